"""Scratch bytes of the kernels for cores without SIMD instructions, and where they are worth it.

The bytes are what firmware/kernels/common/tq_swar_*.c take.
"""

from __future__ import annotations

from collections.abc import Callable

from tinyq.core import arrange_swar
from tinyq.core.arrange_swar import Units
from tinyq.core.params import ConvDims, FullyConnectedDims

_BUDGET = 8192
_FILTERS = 64  # at a time
_TILE = 8  # positions, of two bytes each in lanes
_LANES_ROOM = 255  # taps
_TILES = 16  # of a stretch of an output row
_ROWS = 4096  # what rows, and filters, may fill, unless one takes more
_MORE_ROWS = 4  # behind a window's
_DENSE_TABLES = 4096  # bytes at most
_LINE = 256  # positions
_FILTER = 40  # of a filter, what is not places of taps


def conv_2d(units: Units) -> Callable[[ConvDims], int]:
    """Of conv_2d with codes in these units."""

    def scratch(dims: ConvDims) -> int:
        return _conv(units, dims, dims.filter.n, dims.filter.c)

    return scratch


def depthwise_conv_2d(units: Units) -> Callable[[ConvDims], int]:
    """Of depthwise_conv_2d, which is a Conv2D of as many groups as channels."""

    def scratch(dims: ConvDims) -> int:
        return _conv(units, dims, dims.output.c, 1)

    return scratch


def fully_connected(units: Units) -> Callable[[FullyConnectedDims], int]:
    """Of fully_connected: sums of all outputs, and tables of some units."""

    def scratch(dims: FullyConnectedDims) -> int:
        unit = 2 * len(units.places) * units.entries
        return 4 * dims.c_out + unit * min(-(-dims.c_in // units.taps), _DENSE_TABLES // unit)

    return scratch


def int8_conv_2d(dims: ConvDims) -> int:
    """Of conv_2d with int8 weights."""
    return _int8(dims, dims.filter.n, dims.filter.c)


def int8_depthwise_conv_2d(dims: ConvDims) -> int:
    """Of depthwise_conv_2d with int8 weights."""
    return _int8(dims, dims.output.c, 1)


def _int8(dims: ConvDims, filters: int, channels: int) -> int:
    """Sums of filters, some taps of a tile's inputs as words, and a pixel."""
    of_group = min(filters // (dims.input.c // channels), _FILTERS)
    h, w = dims.filter.h, dims.filter.w
    rest = 4 * _TILE * of_group + channels
    most = max((_BUDGET - rest) // (4 * _TILE), _TILE)
    windows = rest + 4 * _TILE * min(most, h * w * channels)
    positions = line_positions(dims) if channels == 1 else 0
    return max(windows, 4 * (h * w + positions + h * (positions + w - 1))) if positions else windows


def line_positions(dims: ConvDims) -> int:
    """Of an output row, at a time, where filters of one row or column slide along lines; 0: they do not."""
    h, w = dims.filter.h, dims.filter.w
    room = _BUDGET // 4 - h * w - h * (w - 1)
    if (h > 1 and w > 1) or room <= 0:
        return 0
    return min(room // (h + 1) // 4 * 4, -(-dims.output.w // 4) * 4, _LINE)


def _conv(units: Units, dims: ConvDims, filters: int, channels: int) -> int:
    of_group = filters // (dims.input.c // channels)
    taps = dims.filter.h * dims.filter.w * channels
    lines = channels == 1 and taps <= _LANES_ROOM
    tables = _tables(units, taps, channels, min(of_group, _FILTERS), lines)
    return max(tables, _lines(dims, of_group)) if lines else tables


def _tables(units: Units, taps: int, channels: int, filters: int, lines: bool) -> int:
    """Tables and inputs of some units, lanes of filters, their sums where lanes have no room, and a pixel."""
    row_units = -(-taps // units.taps)
    per_filter = 2 * _TILE + (4 * _TILE if row_units * units.taps > _LANES_ROOM else 0)
    unit = 2 * _TILE * (len(units.places) * units.entries + units.taps)
    rest = per_filter * filters + -(-channels // 4) * 4
    most = 1 if lines else max((_BUDGET - rest) // unit, 1)
    return rest + unit * min(most, row_units)


def _lines(dims: ConvDims, filters: int) -> int:
    """Lines are rows, or, of images that are narrow, columns; dilations say which."""
    h, w, out = dims.filter.h, dims.filter.w, dims.output
    rows = _rows(h, w, out.w, filters)
    return max(rows, _rows(w, h, out.h, filters)) if out.w < _TILE and out.h > out.w else rows


def _rows(h: int, w: int, width: int, filters: int) -> int:
    """Rows of the input as words, lanes of a stretch, filters as lists of their taps, and codes of one."""
    tiles = min(-(-width // _TILE), _TILES)
    most = 4 * (h + _MORE_ROWS) * w * (_TILE // 2 * tiles + 1)
    rows = min(most, max(20 * h * w, _ROWS))
    of_filter = _FILTER + -(-h * w // 2) * 4
    return rows + 2 * _TILE * tiles + min(filters, _ROWS // of_filter) * of_filter + -(-h * w // 4) * 4


def _shares_tables(dims: ConvDims) -> bool:
    """Whether there are enough positions for tables of eight, and enough filters that these serve."""
    positions = dims.output.n * dims.output.h * dims.output.w
    return dims.filter.c == 1 or (positions >= 4 and dims.filter.n * dims.filter.c >= 6 * dims.input.c)


def _shares_inputs(dims: ConvDims) -> bool:
    """Whether there are enough positions for tiles of eight, and enough filters that their inputs serve."""
    positions = dims.output.n * dims.output.h * dims.output.w
    return positions >= 4 and dims.filter.n * dims.filter.c >= 3 * dims.input.c


def _is_line(dims: ConvDims) -> bool:
    """Whether filters are so long that what is around them is little."""
    return dims.output.w >= 4 and dims.filter.h * dims.filter.w >= 6 and line_positions(dims) > 0


def _has_lines(dims: ConvDims) -> bool:
    """Of eight positions, nearly."""
    return max(dims.output.h, dims.output.w) >= 6


def _has_outputs(dims: FullyConnectedDims) -> bool:
    """Enough of them that tables serve."""
    return dims.c_out >= 8


SCHEMES = {"a8wt": arrange_swar.TERNARY, "a8w1": arrange_swar.BINARY}

# (kernel, scratch of units, where it suits, arrangement of units)
KERNELS = (
    ("conv_2d", conv_2d, _shares_tables, arrange_swar.conv_2d),
    ("depthwise_conv_2d", depthwise_conv_2d, _has_lines, arrange_swar.depthwise_conv_2d),
    ("fully_connected", fully_connected, _has_outputs, arrange_swar.fully_connected),
)

# (kernel with its scheme, scratch, where it suits, arrangement)
INT8_KERNELS = (
    ("conv_2d_a8w8", int8_conv_2d, _shares_inputs, arrange_swar.int8_conv_2d),
    ("depthwise_conv_2d_a8w8", int8_depthwise_conv_2d, _is_line, arrange_swar.int8_depthwise_conv_2d),
)
