"""Conv2D of packed codes: sum[n, y, x, o] = sum over the window of x code * w code."""

from __future__ import annotations

import numpy as np

from tinyq.core.packed_activations import Words, unpack_codes
from tinyq.core.params import ConvDims, Int8Array, Int32Array
from tinyq.core.params_bits import ConvBitsParams, Float32Array
from tinyq.core.reference.bits import to_a8, to_f32, to_packed
from tinyq.core.reference.common import exact_int
from tinyq.core.reference.window_sums import conv_sums
from tinyq.core.requantize import IntArray


def conv_2d_bits(params: ConvBitsParams, dims: ConvDims, image: Words, weights: Words) -> Words:
    """Packed output.

    Args:
        params: what is outside the input holds `pad_code`; thresholds in `output`.
        dims: shapes in codes; groups = input.c / filter.c.
        image: int32 [input.n, input.h, input.w, packed_size(input.c, x_levels)].
        weights: int32 [filter.n, filter.h, filter.w, packed_size(filter.c, w_levels)].

    Returns:
        int32 [output.n, output.h, output.w, packed_size(output.c, output.levels)].
    """
    return to_packed(_sums(params, dims, image, weights), params.output)


def conv_2d_bits_a8(
    params: ConvBitsParams, dims: ConvDims, image: Words, weights: Words, bias: Int32Array | None
) -> Int8Array:
    """As `conv_2d_bits`, but int8 [output.n, output.h, output.w, output.c]; bias int32 [output.c] or None."""
    return to_a8(_sums(params, dims, image, weights), params.output, bias)


def conv_2d_bits_f32(
    params: ConvBitsParams, dims: ConvDims, image: Words, weights: Words, bias: Float32Array | None
) -> Float32Array:
    """As `conv_2d_bits`, but float32 [output.n, output.h, output.w, output.c]; bias float32 or None."""
    return to_f32(_sums(params, dims, image, weights), params.output, bias)


def _sums(params: ConvBitsParams, dims: ConvDims, image: Words, weights: Words) -> IntArray:
    """int64 [output.n, output.h, output.w, output.c]."""
    codes = unpack_codes(image.reshape(*dims.input.shape[:3], -1), dims.input.c, params.x_levels)
    kernel = unpack_codes(weights.reshape(*dims.filter.shape[:3], -1), dims.filter.c, params.w_levels)
    # Less the code of the padding, so that what is outside is 0.
    centred = codes.astype(np.float64) - params.pad_code
    of_padding = params.pad_code * kernel.astype(np.int64).sum(axis=(1, 2, 3))
    sums: IntArray = exact_int(conv_sums(centred, kernel.astype(np.float64), dims, params)) + of_padding
    return sums
