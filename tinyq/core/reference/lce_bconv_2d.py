"""LceBconv2d: a convolution of signs, in Larq Compute Engine's own arithmetic.

Source: Larq Compute Engine 0.16, its reference and its fast kernels; the tests compare with both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.packed_activations import Words, pack_codes, unpack_codes, words_of
from tinyq.core.params import ConvDims, Int8Array
from tinyq.core.params_lce import Float32Array, LceBconvParams
from tinyq.core.reference.window_sums import conv_sums, filter_windows

SIGNS = 2  # levels
IntArray = npt.NDArray[np.int64]


def lce_bconv_2d_a1(params: LceBconvParams, dims: ConvDims, image: Words, weights: Words) -> Words:
    """Packed output: bit o is bits > thresholds[o].

    Args:
        params: strides, dilations, padding, thresholds.
        dims: shapes in channels; groups = input.c / filter.c.
        image: int32 [input.n, input.h, input.w, words of input.c].
        weights: int32 [filter.n, filter.h, filter.w, words of filter.c].

    Returns:
        int32 [output.n, output.h, output.w, words of filter.n].
    """
    bits, _ = _counts(params, dims, image, weights)
    return pack_codes(np.where(bits > np.asarray(params.thresholds), -1, 1), SIGNS)


def lce_bconv_2d_f32(params: LceBconvParams, dims: ConvDims, image: Words, weights: Words) -> Float32Array:
    """float32 output [output.n, output.h, output.w, filter.n]; arguments as `lce_bconv_2d_a1`."""
    bits, outside = _counts(params, dims, image, weights)
    clamped = np.clip(2 * bits, params.clamp_min, params.clamp_max).astype(np.float32)
    multiplier, bias = np.asarray(params.multiplier), np.asarray(params.bias)
    real: Float32Array = clamped * multiplier + bias
    if params.corrected:
        excess = outside.astype(np.float32) * multiplier
        real = np.where(_reaches_outside(params, dims), real + excess, real)
    return real


def lce_bconv_2d_a8(params: LceBconvParams, dims: ConvDims, image: Words, weights: Words) -> Int8Array:
    """int8 output: that of `lce_bconv_2d_f32`, rounded, ties away from zero, and saturated."""
    real = lce_bconv_2d_f32(params, dims, image, weights)
    limited = np.clip(real, -128, 127).astype(np.float64)
    rounded: Int8Array = np.copysign(np.floor(np.abs(limited) + 0.5), limited).astype(np.int8)
    return rounded


def _counts(
    params: LceBconvParams, dims: ConvDims, image: Words, weights: Words
) -> tuple[IntArray, npt.NDArray[np.float64]]:
    """(places that differ [n, h, w, o], sum of the signs of the taps outside the input [h, w, o])."""
    signs = _signs(weights, dims.filter.n, dims.filter.h, dims.filter.w, dims.filter.c)
    # float32 holds these sums exactly: below 2**24, as lowering proves.
    products = conv_sums(_signs(image, *dims.input.shape[:3], dims.input.c), signs, dims, params)
    outside = np.tensordot(_outside(params, dims), signs.sum(axis=3), axes=((2, 3), (1, 2)))
    if params.pad_value or params.corrected:
        products = products + outside
    taps = dims.filter.h * dims.filter.w * dims.filter.c
    return (taps - products.astype(np.int64)) // 2, outside


def _outside(params: LceBconvParams, dims: ConvDims) -> npt.NDArray[np.float32]:
    """1 where a tap lies outside the input: [output.h, output.w, filter.h, filter.w]."""
    ones = np.ones((1, dims.input.h, dims.input.w, 1), np.float32)
    inside = filter_windows(ones, dims, params)
    outside: Float32Array = np.float32(1) - inside[0, :, :, 0]
    return outside


def _reaches_outside(params: LceBconvParams, dims: ConvDims) -> npt.NDArray[np.bool_]:
    return np.asarray(_outside(params, dims).any(axis=(2, 3)))[:, :, None]


def _signs(packed: Words, *shape: int) -> npt.NDArray[Any]:
    """Packed words of `shape` (the last axis in channels) as +-1, float32."""
    words = packed.reshape(*shape[:-1], words_of(shape[-1]))
    return unpack_codes(words, shape[-1], SIGNS).astype(np.float32)
