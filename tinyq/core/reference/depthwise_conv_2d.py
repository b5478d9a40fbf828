"""DepthwiseConv2D: output channel oc sees only input channel oc / (output.c / input.c)."""

from __future__ import annotations

import numpy as np

from tinyq.core.packing import UInt8Array, unpack_binary, unpack_ternary
from tinyq.core.params import ConvDims, ConvParams, Int8Array, Int32Array
from tinyq.core.reference.common import layer_outputs
from tinyq.core.reference.window_sums import depthwise_sums


def depthwise_conv_2d_a8w8(
    params: ConvParams, dims: ConvDims, image: Int8Array, weights: Int8Array, bias: Int32Array | None
) -> Int8Array:
    """int8 weights [1, filter.h, filter.w, filter.c = output.c].

    Args:
        params: as for Conv2D.
        dims: shapes.
        image: int8 [input.n, input.h, input.w, input.c].
        weights: int8, or codes, in filter order.
        bias: int32 [output.c] or None.

    Returns:
        int8 [output.n, output.h, output.w, output.c].
    """
    centred = image.reshape(dims.input.shape).astype(np.int32) - params.input_zero_point
    kernel = weights.reshape(dims.filter.shape)
    return layer_outputs(depthwise_sums(centred, kernel, dims, params), bias, params)


def depthwise_conv_2d_a8wt(
    params: ConvParams, dims: ConvDims, image: Int8Array, packed: UInt8Array, bias: Int32Array | None
) -> Int8Array:
    """Ternary codes, five in a byte; weight = levels[oc] * code."""
    return depthwise_conv_2d_a8w8(params, dims, image, unpack_ternary(packed, dims.filter.size), bias)


def depthwise_conv_2d_a8w1(
    params: ConvParams, dims: ConvDims, image: Int8Array, packed: UInt8Array, bias: Int32Array | None
) -> Int8Array:
    """Binary codes, eight in a byte; weight = levels[oc] * code."""
    return depthwise_conv_2d_a8w8(params, dims, image, unpack_binary(packed, dims.filter.size), bias)
