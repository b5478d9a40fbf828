"""Scratch bytes of the kernels for Cortex-M with DSP: what firmware/kernels/common/tq_dsp_*.c take."""

from __future__ import annotations

from collections.abc import Callable

from tinyq.core.params import ConvDims, FullyConnectedDims

_BUDGET = 8192  # what blocks of filters may fill
_ROW = 384  # positions of a row at a time
_SCALE = 20  # of a filter
_RUN = 8  # of taps


def conv_2d(coded: bool) -> Callable[[ConvDims], int]:
    """Of conv_2d with ternary or binary codes, or with int8 weights."""

    def scratch(dims: ConvDims) -> int:
        layouts = [(dims.filter.w, dims.filter.h * dims.filter.c, False)]
        if dims.input.c == 1 and dims.filter.h == 1:
            layouts.append((1, dims.filter.w, True))
        most = max(_of_layout(dims, coded, *layout) for layout in layouts)
        return max(most, _fir(dims, coded, dims.filter.w)) if len(layouts) > 1 else most

    return scratch


def _of_layout(dims: ConvDims, coded: bool, columns: int, taps: int, one_row: bool) -> int:
    pairs = columns * (-(-taps // 4) * 2 if one_row else -(-taps // 2))
    runs, filters = (pairs // 30 + 1, 8) if coded else (1, 4)
    block = _SCALE * filters + 16 * pairs
    x = 10 * (_ROW + 2 * pairs) + 8 if one_row else 8 * pairs + -(-dims.filter.c // 4) * 4
    groups = dims.input.c // dims.filter.c
    blocks = -(-(dims.filter.n // groups) // filters)
    fixed = x + _RUN * (2 * runs + 1)
    return fixed + max(1, min(blocks, (_BUDGET - fixed) // block)) * block


def depthwise_conv_2d(coded: bool) -> Callable[[ConvDims], int]:
    """Of depthwise_conv_2d with ternary or binary codes, or with int8 weights."""

    def scratch(dims: ConvDims) -> int:
        area, multiplier = dims.filter.h * dims.filter.w, dims.filter.c // dims.input.c
        taps = -(-area * (2 if coded and multiplier == 1 else 1) // 2) * 2
        quad = 4 + 80 * multiplier + 8 * multiplier * taps
        quads = min(max(_BUDGET // 2 // quad, 1), -(-dims.input.c // 4))
        codes = dims.filter.size if coded else 0
        by_quads = 4 + 12 * taps + 16 * multiplier + 16 + quad * quads + max(dims.input.c, 4) + codes
        if dims.filter.h > 1 or dims.filter.w < 8:
            return by_quads
        return max(by_quads, _fir(dims, coded, dims.filter.size if coded else dims.filter.w))

    return scratch


def _fir(dims: ConvDims, coded: bool, codes: int) -> int:
    """Filters of one row: a row as words, sums, filters, and codes."""
    positions, taps = min(dims.output.w, _ROW), dims.filter.w
    words, tiles = (taps + 5) // 6 * (2 if coded else 3), (positions + coded) // 6 + 1
    if coded:
        room = 8 * (3 * tiles + (3 * words - 3) // 2) + 12 * tiles + (4 * positions if taps > 127 else 0)
    else:
        room = 4 * (3 * tiles + words - 1) + 24 * tiles + (4 * positions if taps > 64 else 0)
    each = 28 + 4 * words
    return room + max(min(_BUDGET // 2 // each, dims.output.c // dims.input.c), 1) * each + codes


def fully_connected(dims: FullyConnectedDims) -> int:
    """Inputs as 16 bits."""
    return -(-dims.c_in // 4) * 8


def fully_connected_dual(inputs: int) -> Callable[[FullyConnectedDims], int]:
    """Inputs as 16 bits, filled up to words of weights that have `inputs` of them, and a word before every
    block of 64, or, ternary, 56."""

    def scratch(dims: FullyConnectedDims) -> int:
        words = -(-dims.c_in // inputs)
        return 2 * inputs * words + 4 * -(-words // (7 if inputs == 8 else 4))

    return scratch
