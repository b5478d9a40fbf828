"""Python values -> C initialisers, exactly: arrays, parameters and shapes of `tinyq.core.params`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import EmitError
from tinyq.core.params import Dims

C_TYPES = {
    "int8": "int8_t",
    "int16": "int16_t",
    "int64": "int64_t",
    "uint8": "uint8_t",
    "uint16": "uint16_t",
    "uint32": "uint32_t",
    "bool": "uint8_t",
    "int32": "int32_t",
    "float32": "float",
}
_ARRAY_WIDTH = 100


def c_type(dtype: str, where: str) -> str:
    """C's element type of a NumPy dtype name.

    Raises:
        EmitError: generated code has no such elements; `where` names the tensor.
    """
    if dtype not in C_TYPES:
        raise EmitError(where, f"elements of type {dtype}", ", ".join(C_TYPES))
    return C_TYPES[dtype]


def struct_type(value: Any) -> str:
    """C's struct of a parameter dataclass: ConvParams -> tq_conv_params.

    Example:
        >>> from tinyq.core.params import CountDims
        >>> struct_type(CountDims(4))
        'tq_count_dims'
    """
    return "tq_" + re.sub(r"(?<!^)(?=[A-Z])", "_", type(value).__name__).lower()


def c_int(value: int) -> str:
    """An integer constant; -2**31 is not one in C, but an expression.

    Example:
        >>> c_int(-7), c_int(-(2**31))
        ('-7', '(-2147483647 - 1)')
    """
    return "(-2147483647 - 1)" if value == -(2**31) else str(int(value))


def c_float(value: float) -> str:
    """A float constant that reads back as the same float32: nine significant digits are enough.

    Raises:
        EmitError: not finite.

    Example:
        >>> c_float(0.1), c_float(2)
        ('0.100000001f', '2.0f')
    """
    if not np.isfinite(np.float32(value)):
        raise EmitError("a real constant", str(value), "a finite float32")
    text = f"{float(np.float32(value)):.9g}"
    return text + ("f" if "." in text or "e" in text else ".0f")


def c_array(array: npt.NDArray[Any]) -> str:
    """Elements in C order between braces, some to a line."""
    flat = array.reshape(-1)
    words = [c_float(x) for x in flat] if flat.dtype == np.float32 else [c_int(x) for x in flat.tolist()]
    lines, line = [], " "
    for word in words:
        if len(line) + len(word) + 2 > _ARRAY_WIDTH:
            lines.append(line)
            line = " "
        line += f" {word},"
    return "{\n" + "\n".join([*lines, line]) + "\n}"


def struct_fields(value: Any, arrays: Mapping[str, str]) -> list[str]:
    """Designated initialisers `.field = value` of a parameter dataclass, one each.

    Args:
        value: a dataclass of `tinyq.core.params` or its like; fields may be such dataclasses again.
        arrays: name as in `array_fields` -> C array that holds the elements.

    Example:
        >>> from tinyq.core.params import RowsDims
        >>> struct_fields(RowsDims(2, 10), {})
        ['.rows = 2', '.depth = 10']
    """
    return [
        f".{field.name} = {_field(field.name, getattr(value, field.name), arrays)}"
        for field in dataclasses.fields(value)
    ]


def _field(name: str, value: Any, arrays: Mapping[str, str]) -> str:
    if name in arrays:
        return arrays[name]
    if value is None:
        return "NULL"
    if isinstance(value, Dims):
        return "{" + ", ".join(c_int(size) for size in value.shape) + "}"
    if dataclasses.is_dataclass(value):
        start = f"{name}."
        inner = {key[len(start) :]: array for key, array in arrays.items() if key.startswith(start)}
        return "{" + ", ".join(struct_fields(value, inner)) + "}"
    return c_float(value) if isinstance(value, float) else c_int(value)


def array_fields(value: Any) -> dict[str, npt.NDArray[Any]]:
    """The fields of a parameter dataclass that are arrays; of one in field `a`, `a.name`."""
    found: dict[str, npt.NDArray[Any]] = {}
    for field in dataclasses.fields(value):
        item = getattr(value, field.name)
        if isinstance(item, np.ndarray):
            found[field.name] = item
        elif dataclasses.is_dataclass(item):
            found |= {f"{field.name}.{name}": array for name, array in array_fields(item).items()}
    return found
