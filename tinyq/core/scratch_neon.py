"""Scratch bytes of the variants "neon": what their C functions <symbol>_scratch say."""

from __future__ import annotations

from dataclasses import replace

from tinyq.core.packed_activations import LEVELS, planes_of, words_of
from tinyq.core.params import ConvDims

_BEHIND = 32  # words that the loops read, and do not use, behind a panel
_MOST_BITS = 32000  # of a row, so that counts fit 16 bits
_TABLE, _LANES = 65536, 768  # bytes of a table, lanes of a block
_ROWS = 4096  # bytes of laid rows
_COUNTS = 32768  # of filters at lanes of a band
_TABLES = 32768  # bytes of all filters
_COPY = 65536  # bytes of what an output row sees, or two planes of it


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _line(dims: ConvDims) -> int:
    """Words that a position sees."""
    return dims.filter.h * dims.filter.w * words_of(dims.filter.c)


def _fits(dims: ConvDims) -> bool:
    return dims.input.c == dims.filter.c and _line(dims) <= _MOST_BITS // 32


def _copy(dims: ConvDims) -> int:
    """Words of what a band of output rows sees, and of the offsets of a line."""
    width = dims.input.w + 2 * dims.filter.w
    rows = 2 * dims.filter.h * width * words_of(dims.filter.c) * planes_of(LEVELS[-1])
    return max(rows, 8192) + _line(dims)


def neon_signs(dims: ConvDims, opt: int) -> int:
    """Larq's operator: thresholds, a panel of eight positions, one of the filters, sums of a position."""
    if not _fits(dims):
        return opt
    line, apart, pixel = _line(dims), _up(dims.filter.n, 8), _up(dims.filter.n, 64) // 32
    rest = 0 if line % 4 == 3 else line % 4
    steps = -(-(line - rest) // 4)
    rows, filters = 32 * (steps + (rest > 0)) + _BEHIND, apart // 8 * (32 * steps + 8 * rest) + _BEHIND
    starts = (1 + dims.filter.h * dims.filter.w + 8) * apart // 2
    return max(4 * (words_of(dims.filter.c) + _copy(dims) + 9 * pixel + starts + rows + filters + apart), opt)


def neon_bits(dims: ConvDims, opt: int) -> int:
    """Any levels: the larger one of the ways."""
    nibbles = _nibbles(dims) if dims.input.c == dims.filter.c else 0
    return max(_counted(dims) if _fits(dims) else 0, nibbles, opt)


def _counted(dims: ConvDims) -> int:
    """Sums of four positions, thresholds, their panel, one of each plane of the filters."""
    apart, planes = _up(dims.filter.n, 8), planes_of(LEVELS[-1])
    steps = -(-_line(dims) // 4)
    sums, rows = (1 + 4 + 15 + 2) * apart, 32 * steps + 16 + _BEHIND
    filters = planes * (apart * 4 * steps + _BEHIND)
    return 4 * (planes * words_of(dims.filter.c) + _copy(dims) + sums + rows + filters)


def _nibbles(dims: ConvDims) -> int:
    """Planes of nibbles, of what a band of output rows sees, tables of four filters, sums of all of them."""
    apart, groups = _up(dims.filter.n, 8), -(-dims.filter.c // 2)
    lookups, width = dims.filter.h * dims.filter.w * groups, dims.input.w + 2 * dims.filter.w
    positions = (dims.input.h + 2 * dims.filter.h) * width
    lanes = _up(min(max(width, _COUNTS // apart), positions), 64)
    plane = min(max(2 * dims.filter.h * width, _COPY // groups), positions)
    sums, limits = (4 * 16 + 2 * lanes) * apart, 6 * apart + _up(apart // 8, 16)
    filters = _up(dims.filter.n, 4)
    tables = 16 * lookups * (filters if 16 * filters * lookups <= _TABLES else 4)
    return sums + limits + 2 * 16 * 256 + 4 * lookups + tables + 12 * 64 + 5 * width + groups * plane + 64


def neon_products(dims: ConvDims) -> int:
    """int8 weights: a panel and how it is scaled; rows of a padded input, those of some positions, or, of
    columns, of all."""
    taps = dims.filter.h * dims.filter.w * dims.filter.c
    copy = dims.filter.h * (dims.input.w + 2 * dims.filter.w) * dims.filter.c + 16
    row = _up(taps, 16) + 16
    rows = max(max(_ROWS // row // 8 * 8, 8) * row, copy if dims.filter.w == dims.filter.c == 1 else 0)
    return (16 + _up(taps, 16)) * _up(dims.filter.n, 4) + copy + rows


def neon_few(dims: ConvDims) -> int:
    """Weights of 2 to 4 bits: unpacked, then as int8 ones."""
    return _up(dims.filter.n * dims.filter.h * dims.filter.w * dims.filter.c, 16) + neon_products(dims)


def neon_two_bits(dims: ConvDims) -> int:
    """Or as two planes of signs."""
    return max(neon_few(dims), _table(replace(dims, filter=replace(dims.filter, n=2 * dims.filter.n))))


def neon_depthwise(dims: ConvDims) -> int:
    """int8 weights: places of taps, scaling of lanes, rows of a padded input; of few channels, weights and a
    row of outputs."""
    taps, channels = dims.filter.h * dims.filter.w, dims.filter.c
    lanes = max(channels, 16)
    few = 16 * taps + dims.output.w * channels + 16 if channels < 16 else 0
    copy = dims.filter.h * (dims.input.w + 2 * dims.filter.w) * dims.input.c
    return 4 * taps + 14 * lanes + _up(lanes, 16) + few + copy + 16


def neon_depthwise_codes(dims: ConvDims) -> int:
    """Packed weights: unpacked, too."""
    return neon_depthwise(dims) + dims.filter.h * dims.filter.w * dims.filter.c


def neon_depthwise_bits(dims: ConvDims, opt: int) -> int:
    """Any levels: limits; lanes of what columns of an output row see, its planes; how int8 outputs are
    scaled, numbers of some positions; patterns of weights and limits."""
    taps, columns, planes, limits = dims.filter.h * dims.filter.w, dims.input.w + 2 * dims.filter.w, 4, 300
    pixel = 2 if dims.filter.c <= 16 else 4 * words_of(dims.filter.c)
    words, plane = planes * words_of(dims.input.c) + limits + taps, dims.filter.h * columns * pixel + 16
    copy, positions = min(planes * plane, max(2 * plane, _COPY)), 64 if pixel <= 4 else 16
    lanes = (32 * 4 + 2 * 8 * positions) * pixel + copy + planes * (dims.output.w * pixel + 16)
    return max(4 * words + lanes + (planes * taps + 2 + limits) * (pixel + 16), opt)


def neon_codes(dims: ConvDims, opt: int) -> int:
    """Ternary or binary weights: the larger one of the ways."""
    codes = _up(dims.filter.n * dims.filter.h * dims.filter.w * dims.filter.c, 16)
    return max(_table(dims), codes + neon_products(dims), opt)


def _table(dims: ConvDims) -> int:
    """Planes of a padded input, a table, sums, places in it, outputs."""
    taps, lanes = dims.filter.h * dims.filter.w * dims.filter.c, _LANES
    plane = _up((dims.input.h + 2 * dims.filter.h) * (dims.input.w + 2 * dims.filter.w), 16) + 128
    sums, outputs = (2 + 4) * dims.filter.n * lanes, dims.filter.n * (plane + lanes)
    places = _up(8 * dims.filter.h * dims.filter.w, 16) + _up(4 * dims.filter.n, 16)
    codes = _up(taps * dims.filter.n, 16) + 64
    return _TABLE + sums + places + 2 * codes + plane * (dims.filter.c + 8) + outputs
