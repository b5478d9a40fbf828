"""Scratch bytes of the bit-sliced kernels for Cortex-M: firmware/kernels/common/tq_sliced_lines*.c."""

from __future__ import annotations

from tinyq.core.packed_activations import planes_of, words_of
from tinyq.core.params import ConvDims

_WORDS, _MOST = 1024, 1536  # of lines and of what filters see; where one word of positions needs more
_FILTER = 40  # bytes
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
    """A row of padding; lines, what filters see, and marks; filters with their lists; tables."""
    if not depthwise_lines_are(dims):
        return 0
    words = 2 * words_of(dims.input.c) + max(_words(dims, 1), _words(dims, 2))
    return 4 * words + _filters(dims) * (_FILTER + 2 * _list(dims)) + _TABLES


def _channels(dims: ConvDims) -> int:
    return min(dims.input.c, 8)


def _filters(dims: ConvDims) -> int:
    """Those of a byte of channels."""
    return _channels(dims) * (dims.output.c // dims.input.c)


def _list(dims: ConvDims) -> int:
    """Places of the taps in four lists, each in fours."""
    return (dims.filter.h * dims.filter.w + 13) // 2 * 2


def _words(dims: ConvDims, planes: int) -> int:
    rows, columns, channels = dims.filter.h, dims.filter.w, _channels(dims)
    block, behind = rows * min(columns, 32) + 2, (columns - 1) // 32
    lines = 0 if columns == 1 else channels * planes
    blocks = channels * planes if columns == 1 else planes
    fixed, each = blocks * behind * block + lines * (behind + 1), blocks * block + lines + 16
    return fixed + each * min(words_of(dims.output.w), max(1, (_WORDS - fixed) // each))
