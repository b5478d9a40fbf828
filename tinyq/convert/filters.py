"""Filters by output channel: which int8 constants are ternary or binary, and with which level.

A filter is OHWI (conv), 1HWO (depthwise) or OI (dense). Everything here works on its *rows*: int8 [c_out, n],
the weights of one output channel a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.packing import (
    pack_binary,
    pack_ternary,
    packed_binary_bytes,
    packed_ternary_bytes,
    unpack_binary,
    unpack_ternary,
)
from tinyq.core.spec import Scheme

Int8Array = npt.NDArray[np.int8]
UInt8Array = npt.NDArray[np.uint8]

MAX_LEVEL = 127
_MAX_NUMBERS = 6  # how many values of a channel a reason quotes


@dataclass(frozen=True, eq=False)
class Codes:
    """An int8 filter taken apart: filter = codes * levels of its output channel, exactly.

    Args:
        codes: int8 in {-1, 0, 1}, shape and axis order of the filter.
        levels: int8 [c_out], 1 to 127; 1 for a channel of zeros.
        reasons: scheme -> why it cannot hold these codes; a scheme that can is not in it.
    """

    codes: Int8Array
    levels: Int8Array
    reasons: dict[Scheme, str]

    @property
    def smallest(self) -> Scheme:
        """The scheme with the fewest bits that holds the codes."""
        return "a8wt" if "a8w1" in self.reasons else "a8w1"


def rows_of(filter_: npt.NDArray[Any], depthwise: bool) -> npt.NDArray[Any]:
    """[c_out, n]: the weights of one output channel a row.

    Example:
        >>> rows_of(np.arange(6).reshape(1, 3, 1, 2), depthwise=True).tolist()
        [[0, 2, 4], [1, 3, 5]]
    """
    if depthwise:
        return filter_.reshape(-1, filter_.shape[-1]).T
    return filter_.reshape(filter_.shape[0], -1)


def shape_key(shape: tuple[int, ...], depthwise: bool) -> tuple[int, ...]:
    """c_out and the sizes that are not 1: equal for a filter that the converter wrote as another operator's.

    A 1x1 convolution may become a dense layer, a depthwise one with a single input channel a convolution.

    Example:
        >>> shape_key((8, 1, 1, 16), depthwise=False) == shape_key((8, 16), depthwise=False)
        True
    """
    channels, rest = (shape[-1], shape[:-1]) if depthwise else (shape[0], shape[1:])
    return (channels, *(size for size in rest if size != 1))


def take_apart(filter_: Int8Array, depthwise: bool) -> Codes | str:
    """Codes and levels of an int8 filter, or the reason with numbers why it has none.

    Example:
        >>> taken = take_apart(np.array([[127, 0, -127], [-9, 9, 9]], np.int8), depthwise=False)
        >>> taken.codes.tolist(), taken.levels.tolist(), taken.smallest
        ([[1, 0, -1], [-1, 1, 1]], [127, 9], 'a8wt')
        >>> take_apart(np.array([[127, 3, -127]], np.int8), depthwise=False)
        '1 of 1 channels hold several magnitudes, the first is channel 0: 3, 127'
    """
    rows = rows_of(filter_, depthwise).astype(np.int16)
    level = np.abs(rows).max(axis=1)
    if reason := several_magnitudes(rows):
        return reason
    if (level > MAX_LEVEL).any():
        first = int((level > MAX_LEVEL).argmax())
        return f"channel {first} holds -128, and a level is 1 to {MAX_LEVEL}"
    codes: Int8Array = np.sign(filter_).astype(np.int8)
    return Codes(codes, np.maximum(level, 1).astype(np.int8), _reasons(rows))


def several_magnitudes(rows: npt.NDArray[Any]) -> str:
    """Which channels, a row each, hold more than zeros and one magnitude; "" if none does."""
    magnitude = np.abs(rows)
    several = ((magnitude != 0) & (magnitude != magnitude.max(axis=1, keepdims=True))).any(axis=1)
    if not several.any():
        return ""
    first = int(several.argmax())
    return (
        f"{int(several.sum())} of {several.size} channels hold several magnitudes, "
        f"the first is channel {first}: {_numbers(magnitude[first])}"
    )


def _reasons(rows: npt.NDArray[np.int16]) -> dict[Scheme, str]:
    zeros = (rows == 0).sum(axis=1)
    if not zeros.any():
        return {}
    first = int((zeros > 0).argmax())
    return {
        "a8w1": f"{int((zeros > 0).sum())} of {zeros.size} channels hold zeros, "
        f"the first is channel {first}: {int(zeros[first])} of {rows.shape[1]} weights"
    }


def _numbers(values: npt.NDArray[Any]) -> str:
    """The distinct values, shortened."""
    distinct = np.unique(values).tolist()
    text = ", ".join(f"{value:g}" for value in distinct[:_MAX_NUMBERS])
    return text if len(distinct) <= _MAX_NUMBERS else f"{text}, ... ({len(distinct)} in all)"


def pack(codes: Int8Array, scheme: Scheme) -> UInt8Array:
    """Packed bytes of `codes`, flat in the filter's order."""
    return pack_ternary(codes) if scheme == "a8wt" else pack_binary(codes)


def unpack(packed: UInt8Array, count: int, scheme: Scheme) -> Int8Array:
    """The inverse of `pack`: int8 [count]."""
    return unpack_ternary(packed, count) if scheme == "a8wt" else unpack_binary(packed, count)


def packed_bytes(count: int, scheme: Scheme) -> int:
    """Bytes of `count` packed codes."""
    return packed_ternary_bytes(count) if scheme == "a8wt" else packed_binary_bytes(count)
