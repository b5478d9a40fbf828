"""Scratch bytes of the bit-sliced kernels for Cortex-M: firmware/kernels/common/tq_sliced_lines*.c."""

from __future__ import annotations

from tinyq.core.packed_activations import planes_of, words_of
from tinyq.core.params import ConvDims

_WORDS, _MOST = 1024, 1536  # of lines and of what filters see; where one word of positions needs more
_FILTER = 32  # bytes
_LISTS, _TABLES = 5120, 1600


def depthwise_lines_are(dims: ConvDims) -> bool:
    """As tq_sliced_lines_are.c has it."""
    filters, room = dims.filter, _filters(dims) * 2 * _list(dims)
    if 1 not in (filters.h, filters.w) or max(filters.h, filters.w) > 128 or dims.output.w < 16:
        return False
    return _words(dims, 2) <= _MOST and room <= _LISTS


def depthwise_lines_are_faster(dims: ConvDims, x_levels: int, w_levels: int, packed: bool) -> bool:
    """As tq_sliced_lines_fit.c has it: instructions of 32 positions of a filter, of a word of channels."""
    taps, each = dims.filter.h * dims.filter.w, dims.output.c // dims.input.c
    planes, words = planes_of(x_levels), words_of(dims.output.c)
    if max(x_levels, w_levels) > 3:
        line, word = 1060 + 40 * taps, 900 + 125 * taps
    elif w_levels == 3:
        line, word = 680 + 27 * taps, 190 + 38 * taps
    else:
        line, word = 480 + 18 * taps, 180 + 17 * taps
    if dims.filter.w == 1:
        line += 30 * taps * planes // each
    if each > 1:
        word += 22 * taps * planes
    if not packed:
        line, word = line + 150, word + 75 * dims.output.c // words
    return words_of(dims.output.w) * dims.output.c * line < dims.output.w * words * word


def depthwise_lines(dims: ConvDims) -> int:
    """A row of padding; lines and what filters see; filters with their lists; marks or tables."""
    if not depthwise_lines_are(dims):
        return 0
    most = max(4 * _words(dims, planes) + max(_TABLES, 64 * _wide(dims, planes)) for planes in (1, 2))
    return 4 * 2 * words_of(dims.input.c) + _filters(dims) * (_FILTER + 2 * _list(dims)) + most


def _channels(dims: ConvDims) -> int:
    return min(dims.input.c, 8)


def _filters(dims: ConvDims) -> int:
    """Those of a byte of channels."""
    return _channels(dims) * (dims.output.c // dims.input.c)


def _list(dims: ConvDims) -> int:
    """Places of the taps in two lists, each in fours."""
    return (dims.filter.h * dims.filter.w + 7) // 2 * 2


def _words(dims: ConvDims, planes: int) -> int:
    fixed, each = _room(dims, planes)
    return fixed + each * _wide(dims, planes)


def _wide(dims: ConvDims, planes: int) -> int:
    """Words of positions at a time: pieces of a line of the output are of the same size."""
    fixed, each = _room(dims, planes)
    words, most = words_of(dims.output.w), max(1, (_WORDS - fixed) // each)
    return -(-words // -(-words // most))


def _room(dims: ConvDims, planes: int) -> tuple[int, int]:
    rows, before, lines = dims.filter.h, dims.filter.w - 1, _channels(dims) * planes
    fixed = lines * words_of(before) + planes * 2 * before
    return fixed, lines * rows + planes * (2 * rows + 1) + 1
