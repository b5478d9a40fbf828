"""The weights of the Tq operators: packed codes, levels, scales and tables of the file, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import SpecError
from tinyq.core.packing import unpack_binary, unpack_few, unpack_ternary
from tinyq.core.params import Int8Array
from tinyq.core.params_bits import Float32Array
from tinyq.core.reference.few_bits import look_up
from tinyq.core.requantize import INT32_MAX
from tinyq.core.spec import SCHEMES, TABLE_BITS
from tinyq.graph.lower_common import Call, data_of, title

ABI = 1  # of the Tq operators' options; TQ_ABI in tq_types.h
_BITS: dict[str, int] = {str(scheme): bits for scheme, bits in TABLE_BITS.items()}
FEWEST_INPUTS, MOST_INPUTS = 5, 6  # input, packed weights, bias, levels, scales; tables


@dataclass(frozen=True, eq=False)
class PackedWeights:
    """Weights of a Tq operator.

    Args:
        scheme: key of `tinyq.core.spec.SCHEMES`.
        stored: the packed bytes.
        values: the weights that they stand for, int64, the filter's shape.
        levels: int8 [c_out].
        scales: float32 [1] or [c_out], above 0 and finite.
        tables: int8 [tables, 2**bits], where the scheme has them.
    """

    scheme: str
    stored: npt.NDArray[np.uint8]
    values: npt.NDArray[np.int64]
    levels: Int8Array
    scales: Float32Array
    tables: Int8Array | None


def packed_shape(call: Call, axes: tuple[str, ...]) -> tuple[int, ...]:
    """The filter's shape from the options; c_out is the number of levels, "" an axis of 1."""
    levels = call.constant(3, "levels", ("int8",))
    if len(levels.shape) != 1:
        raise call.error(f"levels {title(levels)} have shape {list(levels.shape)}", "one axis")
    known = {"": 1, "c_out": levels.shape[0]}
    return tuple(known[axis] if axis in known else call.integer(axis, 1, INT32_MAX) for axis in axes)


def packed_weights(call: Call, shape: tuple[int, ...], channel_axis: int) -> PackedWeights:
    """Weights of this shape from the constants of a Tq operator.

    Raises:
        GraphError: packed bytes, levels, scales or tables that do not fit.
    """
    call.integer("abi", ABI, ABI)
    scheme = call.choice("scheme", SCHEMES[1:])
    packed, levels = call.constant(1, "packed weights", ("uint8",)), call.constant(3, "levels", ("int8",))
    tables = _tables(call, scheme)
    least, most = (1, 127) if tables is None else (0, len(tables) - 1)
    if data_of(levels).min() < least or data_of(levels).max() > most:
        raise call.error(
            f"levels {title(levels)} reach from {data_of(levels).min()} to {data_of(levels).max()}",
            f"{least} to {most}",
        )
    try:
        values = _values(data_of(packed), scheme, shape, data_of(levels), tables, channel_axis)
    except SpecError as error:
        raise call.error(
            f"packed weights {title(packed)}: {error.got}",
            f"{error.allowed}, for {scheme} weights of shape {list(shape)}",
        ) from error
    scales = _scales(call, data_of(levels).size)
    return PackedWeights(scheme, data_of(packed), values, data_of(levels), scales, tables)


def _scales(call: Call, channels: int) -> Float32Array:
    """One of all channels, or one a channel."""
    tensor = call.constant(4, "scales", ("float32",))
    scales: Float32Array = data_of(tensor)
    if scales.shape not in ((1,), (channels,)):
        allowed = "[1]" if channels == 1 else f"[1] or [{channels}]"
        raise call.error(f"scales {title(tensor)} have shape {list(scales.shape)}", allowed)
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise call.error(f"scales {title(tensor)}: one is 0, below 0, or not finite", "above 0")
    return scales


def _tables(call: Call, scheme: str) -> Int8Array | None:
    """The tables of a scheme that has them."""
    given = len(call.operator.inputs) == MOST_INPUTS
    if scheme not in _BITS:
        if given:
            raise call.error(f"{MOST_INPUTS} inputs", f"{FEWEST_INPUTS} for {scheme}: it has no tables")
        return None
    if not given:
        raise call.error(f"{FEWEST_INPUTS} inputs", f"{MOST_INPUTS} for {scheme}, the last one its tables")
    tensor = call.constant(5, "tables", ("int8",))
    width = 1 << _BITS[scheme]
    if len(tensor.shape) != 2 or tensor.shape[1] != width:
        raise call.error(f"tables {title(tensor)} have shape {list(tensor.shape)}", f"[tables, {width}]")
    tables: Int8Array = data_of(tensor)
    if tables.min() < -127:
        raise call.error(f"tables {title(tensor)} hold -128", "-127 to 127")
    return tables


def _values(
    packed: npt.NDArray[np.uint8],
    scheme: str,
    shape: tuple[int, ...],
    levels: Int8Array,
    tables: Int8Array | None,
    axis: int,
) -> npt.NDArray[np.int64]:
    count = math.prod(shape)
    if tables is not None:
        codes: npt.NDArray[Any] = unpack_few(packed, count, _BITS[scheme]).reshape(shape)
        return look_up(codes, levels, tables, axis).astype(np.int64)
    codes = (unpack_ternary if scheme == "a8wt" else unpack_binary)(packed, count).reshape(shape)
    along = [1] * len(shape)
    along[axis] = levels.size
    return codes * levels.reshape(along).astype(np.int64)
