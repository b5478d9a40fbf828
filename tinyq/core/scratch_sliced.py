"""Scratch bytes of the bit-sliced kernels for Cortex-M: firmware/kernels/common/tq_sliced_lines*.c."""

from __future__ import annotations

from tinyq.core.packed_activations import planes_of, words_of
from tinyq.core.params import ConvDims

_WORDS, _MOST = 1024, 1536  # of lines and of what filters see; where one word of positions needs more
_FILTER = 32  # bytes
_LISTS, _TABLES = 5120, 1600
_FEW_CHANNELS, _FEW_TAPS, _FEW_LISTS = 16, 256, 2816


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


def few_are(dims: ConvDims) -> bool:
    """As tq_sliced_few_are.c has it."""
    channels, filters = dims.input.c, dims.filter
    if filters.c != channels or channels > _FEW_CHANNELS or dims.output.w < 16:
        return False
    return filters.h * filters.w * channels <= _FEW_TAPS and _words(dims, 2) <= _MOST


def few_are_faster(dims: ConvDims, levels: tuple[int, int], down: tuple[int, int]) -> bool:
    """As tq_sliced_few_fit.c has it.

    Args:
        levels: of the input and of weights; down: stride and dilation of rows.
    """
    steps, rest = divmod(down[0], down[1])
    shared = dims.filter.h - steps if rest == 0 and steps < dims.filter.h else 0
    lines = words_of(dims.output.w) * 32 * _instructions(dims, *levels, shared)
    return lines < dims.output.w * _in_blocks(dims, *levels, shared)


def _instructions(dims: ConvDims, x_levels: int, w_levels: int, shared: int) -> int:
    filters, c_out, planes = dims.filter, dims.output.c, planes_of(x_levels)
    pairs, times = w_levels == 3, -(-c_out // _filters(dims))
    each = 570 if max(x_levels, w_levels) > 3 else 330 if pairs else 222
    each += filters.h * filters.w * filters.c * (9 if planes == 1 else 12 if pairs else 18)
    rows = (filters.h - shared) * (220 + filters.c * (200 if filters.w > 1 else 40))
    return c_out * each + times * (500 + planes * (rows + shared * filters.c * 50))


def _in_blocks(dims: ConvDims, x_levels: int, w_levels: int, shared: int) -> int:
    taps, many = dims.filter.h * dims.filter.w, x_levels > 3
    pairs = w_levels == 3 and not many
    tables = taps - shared * dims.filter.w if x_levels == w_levels == 2 else taps
    put = 550 if many or w_levels > 3 else 300 if pairs else 150
    look_up = 70 if pairs else (33 if x_levels == 2 else 64) * planes_of(w_levels)
    return 2 * (1000 + tables * (3200 if many else 800) + dims.output.c * (put + taps * look_up))


def depthwise_lines(dims: ConvDims) -> int:
    """Nothing, where the other ways are all there are."""
    return _lines(dims) if depthwise_lines_are(dims) else 0


def few_lines(dims: ConvDims) -> int:
    """The same of a Conv2D."""
    return _lines(dims) if few_are(dims) else 0


def _lines(dims: ConvDims) -> int:
    """A row of padding; lines and what filters see; filters with their lists; marks or tables."""
    most = max(4 * _words(dims, planes) + max(_TABLES, 64 * _wide(dims, planes)) for planes in (1, 2))
    return 4 * 2 * words_of(dims.input.c) + _filters(dims) * (_FILTER + 2 * _list(dims)) + most


def _depthwise(dims: ConvDims) -> bool:
    return dims.filter.n == 1 and dims.filter.c == dims.output.c


def _channels(dims: ConvDims) -> int:
    return min(dims.input.c, 8) if _depthwise(dims) else dims.input.c


def _together(dims: ConvDims) -> int:
    """Channels that a filter sees."""
    return 1 if _depthwise(dims) else dims.input.c


def _filters(dims: ConvDims) -> int:
    """Those of a byte of channels; of a Conv2D all, or whole bytes of outputs."""
    if _depthwise(dims):
        return _channels(dims) * (dims.output.c // dims.input.c)
    return min(dims.output.c, max(8, _FEW_LISTS // (_FILTER + 2 * _list(dims)) // 8 * 8))


def _list(dims: ConvDims) -> int:
    """Places of the taps in two lists, each in fours."""
    return (_together(dims) * dims.filter.h * dims.filter.w + 7) // 2 * 2


def _words(dims: ConvDims, planes: int) -> int:
    fixed, each = _room(dims, planes)
    return fixed + each * _wide(dims, planes)


def _wide(dims: ConvDims, planes: int) -> int:
    """Words of positions at a time: pieces of a line of the output are of the same size."""
    fixed, each = _room(dims, planes)
    words, most = words_of(dims.output.w), max(1, (_WORDS - fixed) // each)
    return -(-words // -(-words // most))


def _room(dims: ConvDims, planes: int) -> tuple[int, int]:
    before, lines = dims.filter.w - 1, _channels(dims) * planes * dims.filter.h
    seen = _together(dims) * dims.filter.h
    fixed = lines * words_of(before) + planes * 2 * seen * before
    return fixed, lines + planes * (2 * seen + 1) + 1
