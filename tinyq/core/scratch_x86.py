"""Bytes of scratch memory of the variants for x86-64: those of firmware/kernels/common/tq_x86_*_scratch.c."""

from __future__ import annotations

from tinyq.core.packed_activations import words_of
from tinyq.core.params import ConvDims

CHANNELS = 32  # of a block of weights
_SCALES = 18 * CHANNELS  # of a block of channels
INT32_MAX = 2**31 - 1


def packed_codes(dims: ConvDims, x_planes: int, w_planes: int) -> int:
    """A padded image, and the weights of a block of channels beside each other; 0 where that is too much."""
    words, taps = words_of(dims.filter.c), dims.filter.h * dims.filter.w
    pixels = (dims.input.h + 2 * dims.filter.h) * (dims.input.w + 2 * dims.filter.w) + 1
    weights = taps * (words * (1 + CHANNELS * (w_planes + 1)) + CHANNELS)
    size = 4 * (weights + pixels * x_planes * words)
    return size if size <= INT32_MAX else 0


def int8_activations(dims: ConvDims) -> int:
    """A padded image, weights of a block of channels, twice, and scales; 0 where that is too much."""
    size = dims.filter
    words = size.h * size.w * -(-size.c // 4)
    pixels = (dims.input.h + 2 * size.h) * (dims.input.w + 2 * size.w)
    total = words * (8 * CHANNELS + 16) + pixels * size.c + (CHANNELS + 2) * 128 + _SCALES
    return total if total <= INT32_MAX else 0
