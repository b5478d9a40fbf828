"""An operator's options: schema table or FlexBuffer map <-> the plain dict of `Operator.options`."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import tflite
from flatbuffers import flexbuffers

from tinyq.core.errors import GraphError
from tinyq.core.packed_activations import LEVELS
from tinyq.core.spec import SCHEMES
from tinyq.graph.operators import KINDS
from tinyq.graph.schema import ABI, FLEX_MAPS, TABLES, Field

MAX_FLEX_BYTES = 4096
MAX_FLEX_KEYS = 64
_FLOAT32_MAX = float(np.finfo(np.float32).max)
_LEVELS = {"x_levels": LEVELS, "w_levels": LEVELS, "out_levels": (0, *LEVELS)}
# (bytes, position) of a table without fields: the generated accessors answer with the schema's defaults.
_EMPTY_TABLE = (struct.pack("<HHi", 4, 4, 4), 4)


def _members(enum: type) -> dict[str, int]:
    return {name: number for name, number in vars(enum).items() if not name.startswith("_")}


# Field -> the schema's names and numbers, for the fields that are enums.
ENUMS: dict[str, dict[str, int]] = {
    "padding": _members(tflite.Padding),
    "fused_activation_function": _members(tflite.ActivationFunctionType),
    "weights_format": _members(tflite.FullyConnectedOptionsWeightsFormat),
    "quantized_bias_type": _members(tflite.TensorType),
    "out_type": _members(tflite.TensorType),
}


def option_fields(kind: str) -> tuple[Field, ...]:
    """Fields of the options of an operator kind of `KINDS`."""
    name = KINDS[kind].options
    return TABLES.get(name, ()) or FLEX_MAPS.get(name, ())


def read_table(kind: str, operator: tflite.Operator, where: str) -> Mapping[str, Any]:
    """Options of a built-in operator; a missing table or field has the schema's default.

    Raises:
        GraphError: another operator's table, an enum without such a member, or a number that is not finite.
    """
    name = KINDS[kind].options
    found = operator.BuiltinOptionsType()
    if found and (not name or found != getattr(tflite.BuiltinOptions, name)):
        raise GraphError(where, f"options of type {found}", name or "none")
    fields = option_fields(kind)
    if not fields:
        return MappingProxyType({})
    generated = getattr(tflite, name)()
    union = operator.BuiltinOptions() if found else None
    generated.Init(*(_EMPTY_TABLE if union is None else (union.Bytes, union.Pos)))
    options = {}
    for field in fields:
        accessor = f"{field.accessor}AsNumpy" if field.vector else field.accessor
        value = getattr(generated, accessor)()
        if field.vector:
            value = value.tolist() if isinstance(value, np.ndarray) else []
        options[field.name] = _named(field, value, where)
    return MappingProxyType(options)


def write_values(kind: str, options: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The schema's numbers for `options`; what is missing in a built-in's options is left to the default.

    Raises:
        GraphError: an option that the operator does not have, or lacks, or a value out of its range.
    """
    fields = {field.name: field for field in option_fields(kind)}
    unknown = sorted(set(options) - set(fields))
    missing = sorted(set(fields) - set(options)) if KINDS[kind].custom else []
    if unknown or missing:
        raise GraphError(where, f"options: unknown {unknown}, missing {missing}", ", ".join(fields) or "none")
    return {name: _numbered(fields[name], options[name], where) for name in fields if name in options}


def read_flex(kind: str, data: bytes, where: str) -> Mapping[str, Any]:
    """Options of one of tinyq's own operators, from their FlexBuffer map.

    Raises:
        GraphError: damaged bytes, other keys than the operator has, or a value out of its range.
    """
    fields = option_fields(kind)
    raw = _decode_flex(data, where) if data or fields else {}  # LceQuantize has no options, not even a map
    names = {field.name for field in fields}
    if set(raw) != names:
        raise GraphError(
            where,
            f"options: unknown {sorted(set(raw) - names)}"[:400] + f", missing {sorted(names - set(raw))}",
            ", ".join(sorted(names)),
            "convert the model again with this version of tinyq",
        )
    return MappingProxyType({field.name: _named(field, raw[field.name], where) for field in fields})


def write_flex(values: Mapping[str, Any]) -> bytes:
    """The FlexBuffer map of what `write_values` returned."""
    return bytes(flexbuffers.Dumps({k: int(v) if isinstance(v, bool) else v for k, v in values.items()}))


def _decode_flex(data: bytes, where: str) -> dict[str, int | str]:
    """A flat map of integers and strings, and nothing else: so the decoder cannot recurse or unfold."""
    if not 3 <= len(data) <= MAX_FLEX_BYTES:
        raise GraphError(where, f"{len(data)} bytes of options", f"3 to {MAX_FLEX_BYTES} bytes")
    result: dict[str, int | str] = {}
    try:
        root = flexbuffers.GetRoot(data).AsMap
        keys, values = root.Keys, root.Values
        if len(keys) != len(values) or len(keys) > MAX_FLEX_KEYS:
            raise ValueError(f"{len(keys)} keys, {len(values)} values")
        for i in range(len(keys)):
            value = values[i]
            if not (value.IsInt or value.IsBool or value.IsString):
                raise ValueError(f"option {i} is neither an integer nor a string")
            result[keys[i].AsKey] = value.AsString if value.IsString else value.AsInt
        if len(result) != len(keys):
            raise ValueError("a key twice")
    except Exception as error:  # the decoder checks nothing: damaged bytes raise whatever comes
        raise GraphError(
            where,
            f"options that are no FlexBuffer map ({str(error)[:80]})",
            "a map of integers and strings",
            "the file is damaged: copy or convert it again",
        ) from error
    return result


def _named(field: Field, value: Any, where: str) -> Any:
    """The file's value as `Operator.options` has it: enums by name, vectors as tuples."""
    if field.name in ENUMS:
        for name, number in ENUMS[field.name].items():
            if number == value:
                return name
        raise GraphError(where, f"{field.name} {value!r}"[:80], ", ".join(ENUMS[field.name]))
    return _checked(field, value, where)


def _numbered(field: Field, value: Any, where: str) -> Any:
    """The inverse of `_named`."""
    if field.name in ENUMS:
        if not isinstance(value, str) or value not in ENUMS[field.name]:
            raise GraphError(where, f"{field.name} {value!r}", ", ".join(ENUMS[field.name]))
        return ENUMS[field.name][value]
    return _checked(field, value, where)


def _checked(field: Field, value: Any, where: str) -> Any:
    """`value` as a plain Python value of the field's type."""
    if field.vector:
        element = Field(field.name, field.type, vector=False)
        return tuple(_checked(element, item, where) for item in value)
    number = isinstance(value, bool | int | np.integer | np.bool_)
    allowed = "a 32-bit integer"
    if field.name == "abi":
        if number and value > ABI:
            got, remedy = f"abi is {value}", "the file is newer than this tinyq: install a newer one"
            raise GraphError(where, got, f"{ABI}", remedy)
        good, allowed = number and value == ABI, f"{ABI}"
    elif field.name in _LEVELS:
        good, allowed = number and value in _LEVELS[field.name], ", ".join(map(str, _LEVELS[field.name]))
    elif field.name == "scheme":
        good, allowed = value in SCHEMES[1:], ", ".join(SCHEMES[1:])
    elif field.type == "bool":
        good, allowed = number and value in (0, 1), "true or false"
    elif field.type == "float":
        good, allowed = isinstance(value, int | float | np.floating), "a finite 32-bit number"
        good = good and abs(value) <= _FLOAT32_MAX
        value = np.float32(value) if good else value
    else:
        good = number and -(2**31) <= value < 2**31
    if not good:
        raise GraphError(where, f"{field.name} is {value!r}"[:120], allowed)
    return {"bool": bool, "float": float, "string": str}.get(field.type, int)(value)
