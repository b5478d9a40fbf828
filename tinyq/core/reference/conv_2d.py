"""Conv2D: accumulator[y, x, o] = sum (input - input_zero_point) * weight + bias[o]."""

from __future__ import annotations

import numpy as np

from tinyq.core.packing import UInt8Array, unpack_binary, unpack_ternary
from tinyq.core.params import ConvDims, ConvParams, Int8Array, Int32Array
from tinyq.core.reference.common import exact_int, layer_outputs
from tinyq.core.reference.window_sums import conv_sums


def conv_2d_a8w8(
    params: ConvParams, dims: ConvDims, image: Int8Array, weights: Int8Array, bias: Int32Array | None
) -> Int8Array:
    """int8 weights [filter.n, filter.h, filter.w, filter.c]; groups = input.c / filter.c.

    Args:
        params: strides, dilations, padding, zero points, activation range, multipliers; `levels`, where
            present, multiply each output channel's sum.
        dims: shapes.
        image: int8 [input.n, input.h, input.w, input.c].
        weights: int8, or codes, in filter order.
        bias: int32 [filter.n] or None.

    Returns:
        int8 [output.n, output.h, output.w, output.c].
    """
    centred = image.reshape(dims.input.shape).astype(np.float64) - params.input_zero_point
    kernel = weights.reshape(dims.filter.shape).astype(np.float64)
    return layer_outputs(exact_int(conv_sums(centred, kernel, dims, params)), bias, params)


def conv_2d_a8wt(
    params: ConvParams, dims: ConvDims, image: Int8Array, packed: UInt8Array, bias: Int32Array | None
) -> Int8Array:
    """Ternary codes, five in a byte; weight = levels[o] * code."""
    return conv_2d_a8w8(params, dims, image, unpack_ternary(packed, dims.filter.size), bias)


def conv_2d_a8w1(
    params: ConvParams, dims: ConvDims, image: Int8Array, packed: UInt8Array, bias: Int32Array | None
) -> Int8Array:
    """Binary codes, eight in a byte; weight = levels[o] * code."""
    return conv_2d_a8w8(params, dims, image, unpack_binary(packed, dims.filter.size), bias)
