"""Filters by output channel: in which packed schemes int8 constants can be stored, and how.

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
    pack_few,
    pack_ternary,
    packed_binary_bytes,
    packed_few_bytes,
    packed_ternary_bytes,
    unpack_binary,
    unpack_few,
    unpack_ternary,
)
from tinyq.core.reference.few_bits import look_up
from tinyq.core.spec import TABLE_BITS, Scheme

Int8Array = npt.NDArray[np.int8]
UInt8Array = npt.NDArray[np.uint8]

MAX_LEVEL = 127
MAX_TABLES = 128  # what an int8 can count
_MAX_NUMBERS = 6  # how many values of a channel a reason quotes


@dataclass(frozen=True, eq=False)
class Codes:
    """An int8 filter in a packed scheme, exactly.

    Args:
        scheme: ternary, binary, or one with tables.
        codes: shape and axis order of the filter: int8 in {-1, 0, 1}, or uint8 places in a table.
        levels: int8 [c_out]; 1 to 127, 1 for a channel of zeros: weight = level * code; or, with tables,
            the number of the channel's: weight = tables[level, code].
        tables: int8 [tables, 2**bits], or None.
        axis: of the output channels.
    """

    scheme: Scheme
    codes: npt.NDArray[Any]
    levels: Int8Array
    tables: Int8Array | None
    axis: int

    @property
    def bytes(self) -> int:
        """What codes, levels and tables take."""
        tables = 0 if self.tables is None else self.tables.nbytes
        return packed_bytes(self.codes.size, self.scheme) + self.levels.nbytes + tables

    def weights(self, codes: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The int8 constants that codes of the filter's shape stand for."""
        if self.tables is not None:
            return look_up(codes, self.levels, self.tables, self.axis)
        along = [1] * codes.ndim
        along[self.axis] = self.levels.size
        return codes.astype(np.int16) * self.levels.reshape(along)


@dataclass(frozen=True, eq=False)
class Forms:
    """The schemes that hold an int8 filter, and why the others do not.

    Args:
        by_scheme: at least one.
        reasons: scheme -> why it cannot hold the filter; a scheme that can is not in it.
    """

    by_scheme: dict[Scheme, Codes]
    reasons: dict[Scheme, str]

    @property
    def smallest(self) -> Codes:
        """The one of the fewest bytes; of equal ones, that of the fewest bits."""
        return min(self.by_scheme.values(), key=lambda codes: codes.bytes)


def rows_of(filter_: npt.NDArray[Any], depthwise: bool) -> npt.NDArray[Any]:
    """[c_out, n]: the weights of one output channel a row.

    Example:
        >>> rows_of(np.arange(6).reshape(1, 3, 1, 2), depthwise=True).tolist()
        [[0, 2, 4], [1, 3, 5]]
    """
    if depthwise:
        return filter_.reshape(-1, filter_.shape[-1]).T
    return filter_.reshape(filter_.shape[0], -1)


def filter_order(kernel: npt.NDArray[Any], depthwise: bool, transposed: bool = False) -> npt.NDArray[Any]:
    """A Keras kernel in TFLite's order: dense OI, conv (1-D ones too) OHWI, depthwise 1HWO.

    A transposed convolution's kernel, (h, w, c_out, c_in), becomes OHWI too.

    Example:
        >>> filter_order(np.zeros((5, 3, 8)), depthwise=False).shape  # Conv1D: (width, c_in, c_out)
        (8, 1, 5, 3)
    """
    if kernel.ndim == 3:
        kernel = kernel[None]
    if depthwise:
        return kernel.reshape(1, *kernel.shape[:2], -1)
    return np.ascontiguousarray(np.moveaxis(kernel, -2 if transposed else -1, 0))


def shape_key(shape: tuple[int, ...], depthwise: bool) -> tuple[int, ...]:
    """c_out and the sizes that are not 1: equal for a filter that the converter wrote as another operator's.

    A 1x1 convolution may become a dense layer, a depthwise one with a single input channel a convolution.

    Example:
        >>> shape_key((8, 1, 1, 16), depthwise=False) == shape_key((8, 16), depthwise=False)
        True
    """
    channels, rest = (shape[-1], shape[:-1]) if depthwise else (shape[0], shape[1:])
    return (channels, *(size for size in rest if size != 1))


def take_apart(filter_: Int8Array, depthwise: bool) -> Forms | str:
    """The packed schemes that hold an int8 filter, or the reason with numbers why there is none.

    Example:
        >>> forms = take_apart(np.array([[127, 0, -127], [-9, 9, 9]], np.int8), depthwise=False)
        >>> taken = forms.smallest
        >>> taken.scheme, taken.codes.tolist(), taken.levels.tolist()
        ('a8wt', [[1, 0, -1], [-1, 1, 1]], [127, 9])
        >>> taken = take_apart(np.array([[-127, 42, 127, -42]], np.int8), depthwise=False).smallest
        >>> taken.scheme, taken.codes.tolist(), taken.levels.tolist(), taken.tables.tolist()
        ('a8w2', [[0, 2, 3, 1]], [0], [[-127, -42, 42, 127]])
        >>> take_apart(np.arange(20, dtype=np.int8).reshape(1, 20), depthwise=False)
        '1 of 1 channels hold more than 16 values, the first is channel 0: 0, 1, 2, 3, 4, 5, ... (20 in all)'
    """
    rows = rows_of(filter_, depthwise).astype(np.int16)
    lowest = rows.min(axis=1)
    if (lowest < -MAX_LEVEL).any():
        first = int((lowest < -MAX_LEVEL).argmax())
        return f"channel {first} holds -128, and a level is 1 to {MAX_LEVEL}"
    reasons = _reasons(rows)
    axis = filter_.ndim - 1 if depthwise else 0
    found: dict[Scheme, Codes] = {}
    signs, levels = np.sign(filter_).astype(np.int8), np.maximum(np.abs(rows).max(axis=1), 1).astype(np.int8)
    signed: tuple[Scheme, ...] = ("a8w1", "a8wt")
    for scheme in signed:
        if scheme not in reasons:
            found[scheme] = Codes(scheme, signs, levels, None, axis)
    for scheme, bits in TABLE_BITS.items():
        tabled = _with_tables(rows, bits)
        if isinstance(tabled, str):
            reasons[scheme] = tabled
        else:
            codes, numbers, tables = tabled
            shaped = codes.T.reshape(filter_.shape) if depthwise else codes.reshape(filter_.shape)
            found[scheme] = Codes(scheme, shaped, numbers, tables, axis)
    return Forms(found, reasons) if found else reasons["a8w4"]


def _with_tables(rows: npt.NDArray[np.int16], bits: int) -> tuple[UInt8Array, Int8Array, Int8Array] | str:
    """(codes [c_out, n], levels, tables), or why 2**bits values a channel are too few."""
    width = 1 << bits
    values = [np.unique(row) for row in rows]
    many = [channel for channel, found in enumerate(values) if found.size > width]
    if many:
        return (
            f"{len(many)} of {len(rows)} channels hold more than {width} values, "
            f"the first is channel {many[0]}: {_numbers(rows[many[0]])}"
        )
    numbers, tables = _share_tables([set(found.tolist()) for found in values], width)
    if len(tables) > MAX_TABLES:
        return f"its {len(rows)} channels need {len(tables)} tables of {width} values, {MAX_TABLES} can be"
    codes = np.empty(rows.shape, np.uint8)
    for channel, number in enumerate(numbers):
        codes[channel] = np.searchsorted(np.array(tables[number]), rows[channel])
    filled = [table + [0] * (width - len(table)) for table in tables]
    return codes, np.array(numbers, np.int8), np.array(filled, np.int8)


def _share_tables(values: list[set[int]], width: int) -> tuple[list[int], list[list[int]]]:
    """Which table each channel has, and the tables, sorted: the largest sets first, others join them."""
    tables: list[set[int]] = []
    numbers = [0] * len(values)
    for channel in sorted(range(len(values)), key=lambda c: -len(values[c])):
        mine = values[channel]
        fitting = [number for number, table in enumerate(tables) if mine <= table]
        fitting += [number for number, table in enumerate(tables) if len(mine | table) <= width]
        if not fitting:
            fitting = [len(tables)]
            tables.append(set())
        numbers[channel] = fitting[0]
        tables[fitting[0]] |= mine
    return numbers, [sorted(table) for table in tables]


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
    """Why a filter is not binary, not ternary."""
    if several := several_magnitudes(rows):
        return {"a8w1": several, "a8wt": several}
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


def pack(codes: npt.NDArray[Any], scheme: Scheme) -> UInt8Array:
    """Packed bytes of `codes`, flat in the filter's order."""
    if scheme in TABLE_BITS:
        return pack_few(codes, TABLE_BITS[scheme])
    return pack_ternary(codes) if scheme == "a8wt" else pack_binary(codes)


def unpack(packed: UInt8Array, count: int, scheme: Scheme) -> npt.NDArray[Any]:
    """The inverse of `pack`: `count` codes."""
    if scheme in TABLE_BITS:
        return unpack_few(packed, count, TABLE_BITS[scheme])
    return unpack_ternary(packed, count) if scheme == "a8wt" else unpack_binary(packed, count)


def packed_bytes(count: int, scheme: Scheme) -> int:
    """Bytes of `count` packed codes."""
    if scheme in TABLE_BITS:
        return packed_few_bytes(count, TABLE_BITS[scheme])
    return packed_ternary_bytes(count) if scheme == "a8wt" else packed_binary_bytes(count)
