"""Scratch bytes of the kernels for Cortex-M55 with vectors: what firmware/kernels/common/tq_mve_*.c take."""

from __future__ import annotations

from collections.abc import Callable

from tinyq.core.packed_activations import words_of
from tinyq.core.params import ConvDims, Dims, FullyConnectedDims

_PANEL = 20480  # unpacked filters
_POSITIONS = 12  # whose sums are scaled together
_APART = 32  # filters at once, at most
_TABLES = 48  # at a time
_ALONG = 384  # positions along a row


def conv_2d(packed: bool) -> Callable[[ConvDims], int]:
    """Of conv_2d with packed, or with int8 weights."""

    def scratch(dims: ConvDims) -> int:
        taps = dims.filter.h * dims.filter.w * dims.filter.c
        filters = dims.filter.n // (dims.input.c // dims.filter.c)
        most = min(_APART, max(2, _PANEL // taps)) if packed else _APART
        filters = -(-filters // -(-filters // most))
        panel = filters * taps if packed else 0
        whole = 12 * filters + 4 * _POSITIONS * _APART + (2 + 3) * taps + panel
        return max(whole, _rows(dims)) if dims.input.c == 1 and dims.filter.h == 1 else whole

    return scratch


def _rows(dims: ConvDims) -> int:
    """Filters of one row on single channels: filters, sums, and what they slide along."""
    line = -(-(_ALONG + dims.filter.w + 80) // 4) * 4
    return -(-dims.filter.w // 16) * 16 * dims.output.c + 4 * _ALONG + line


def depthwise_conv_2d(dims: ConvDims) -> int:
    """Places of taps, scales, sums, weights in whole sixteens and as before, a window; or rows, and codes."""
    taps, whole = dims.filter.h * dims.filter.w, -(-dims.output.c // 16) * 16
    lanes = 4 * (2 * taps + _APART * (3 + _POSITIONS)) + taps * (whole + dims.output.c + dims.input.c)
    return max(lanes, _rows(dims) + taps * dims.output.c) if dims.filter.h == 1 else lanes


def depthwise_conv_2d_bits(other: Callable[[ConvDims], int]) -> Callable[[ConvDims], int]:
    """Padding, positions, pointers, weights, a window; thresholds, or sums, a table; lines; or `other`'s."""

    def scratch(dims: ConvDims) -> int:
        taps = dims.filter.h * dims.filter.w
        words = 2 * words_of(dims.input.c) + 3 * 64 + 17 * taps
        own = 4 * words + max(36 * min(9 * taps + 1, 256), 240)
        return max(own, _lines(dims, 1), _lines(dims, 2), other(dims))

    return scratch


def _lines(dims: ConvDims, planes: int) -> int:
    """Filters of one row or column (tq_mve_lines.h): what positions see, tables, D; sums of D, or marks."""
    taps, column, bits = dims.filter.h * dims.filter.w, dims.filter.w == 1, 8 if dims.output.w > 384 else 4
    if 1 not in (dims.filter.h, dims.filter.w) or not 8 <= taps <= 128 or dims.output.w < 16:
        return 0
    together, w_apart = bits // planes, -(-taps // 16) * 16
    groups = -(-taps // together)
    most = (1536 // groups if column else 1536 - taps) // 64 * 64
    block = min(-(-dims.output.w // 64) * 64, max(64, most))
    apart = -(-(block + groups * together) // 16) * 16
    seen = max(bits * block if column else planes * (apart + 16), 2 * (w_apart + 16), 3 * block)
    entries = (9 if planes == 2 else 1) * taps + 1
    tables = -(-max(256 * groups if bits == 8 else 0, entries) // 4) * 4
    indices = 8 * (block * groups if column else apart)
    fixed = 8 * words_of(dims.input.c) + 4 + 2 * bits * groups + 528
    return fixed + seen + indices + 8 * w_apart + tables + max(4 * entries, 3 * block)


def fully_connected(dims: FullyConnectedDims) -> int:
    """Scales, sums."""
    return 12 * _APART + 4 * (dims.c_out + 3)


def fully_connected_binary(dims: FullyConnectedDims) -> int:
    """Inputs as whole vectors, too."""
    return fully_connected(dims) + -(-dims.c_in // 16) * 16


def fully_connected_ternary(dims: FullyConnectedDims) -> int:
    """Inputs twice: in order, and as digits lie."""
    return fully_connected(dims) + 2 * 80 * -(-dims.c_in // 80)


def sliced(other: Callable[[ConvDims], int]) -> Callable[[ConvDims], int]:
    """Bit-sliced: outside, lanes, weights as nibbles, sums, tables; as `narrow`; or what `other` takes."""

    def scratch(dims: ConvDims) -> int:
        filters = min(dims.filter.n, 64) + 2
        lanes = 5 * 64 + 2 * filters * _TABLES // 8 + words_of(dims.filter.n)
        own = (
            4 * (_limits(dims.filter.n) + 4 * words_of(dims.input.c) + lanes)
            + 2 * 64 * filters
            + _TABLES * 512
        )
        return max(own, _narrow_at_most(dims), other(dims))

    return scratch


def narrow(filters: Dims, planes: int, pairs: bool) -> int:
    """A line of pixels (tq_mve_narrow.h): limits, places of entries, sums or pixels, tables."""
    taps, nibbles = filters.h * filters.w, -(-filters.c // 4)
    tables = nibbles + ((filters.c + 1) // 4 if pairs else 0)
    threes = -(-taps * tables // 3)
    in_bytes = threes <= 21 or (taps <= 64 and (filters.c == 1 if pairs else filters.c <= 3))
    words = planes + words_of(filters.n) + _limits(filters.n) + 3 * filters.n * threes
    sums = (64 if in_bytes else 128) * (-(-filters.n // 8) * 8)
    return 4 * words + max(sums, 8 * planes * 208) + tables * 2816 + 96


def _limits(channels: int) -> int:
    """Words of three thresholds of 16 bits a channel."""
    return (3 * channels + 1) // 2


def _narrow_at_most(dims: ConvDims) -> int:
    right = dims.filter.w - 1
    row = dims.output.w + right
    if dims.filter.c > 16 or dims.input.c != dims.filter.c or dims.input.w > row:
        return 0
    return narrow(dims.filter, 2, True) if (dims.filter.h - 1) * row + right <= 80 else 0
