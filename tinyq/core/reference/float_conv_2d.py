"""Conv2D, DepthwiseConv2D and FullyConnected of float32."""

from __future__ import annotations

import numpy as np

from tinyq.core.params import ConvDims, FullyConnectedDims
from tinyq.core.params_float import ConvF32Params, RangeF32Params
from tinyq.core.reference.float_common import Float32Array, biased, clamped
from tinyq.core.reference.window_sums import filter_windows


def conv_2d_f32(
    params: ConvF32Params,
    dims: ConvDims,
    image: Float32Array,
    weights: Float32Array,
    bias: Float32Array | None,
) -> Float32Array:
    """sum of input * weight, + bias, clamped.

    Args:
        params: strides, dilations, padding, activation range.
        dims: shapes; groups = input.c / filter.c.
        image: [input.n, input.h, input.w, input.c].
        weights: [filter.n, filter.h, filter.w, filter.c], finite.
        bias: [filter.n] or None.

    Returns:
        float32 [output.n, output.h, output.w, output.c].
    """
    size = (dims.filter.h, dims.filter.w)
    seen = filter_windows(image.reshape(dims.input.shape), dims, params)
    kernel = np.ascontiguousarray(weights.reshape(dims.filter.shape).transpose(1, 2, 3, 0))
    group = dims.filter.n // (dims.input.c // dims.filter.c)
    sums = np.zeros(dims.output.shape, np.float32)
    for first in range(0, dims.input.c, dims.filter.c):
        outputs = slice(first // dims.filter.c * group, (first // dims.filter.c + 1) * group)
        part = sums[..., outputs]
        for fy, fx, i in np.ndindex(*size, dims.filter.c):
            part += seen[:, :, :, first + i, fy, fx, None] * kernel[fy, fx, i, outputs]
    return clamped(biased(sums, bias), params)


def depthwise_conv_2d_f32(
    params: ConvF32Params,
    dims: ConvDims,
    image: Float32Array,
    weights: Float32Array,
    bias: Float32Array | None,
) -> Float32Array:
    """Output channel o reads input channel o / multiplier; weights [1, filter.h, filter.w, output.c]."""
    size = (dims.filter.h, dims.filter.w)
    seen = filter_windows(image.reshape(dims.input.shape), dims, params)
    kernel = weights.reshape(dims.filter.shape)[0]
    multiplier = dims.output.c // dims.input.c
    sums = np.zeros(dims.output.shape, np.float32)
    for fy, fx in np.ndindex(*size):
        sums += np.repeat(seen[..., fy, fx], multiplier, axis=-1) * kernel[fy, fx]
    return clamped(biased(sums, bias), params)


def fully_connected_f32(
    params: RangeF32Params,
    dims: FullyConnectedDims,
    values: Float32Array,
    weights: Float32Array,
    bias: Float32Array | None,
) -> Float32Array:
    """[rows, c_in] times weights [c_out, c_in]: float32 [rows, c_out]."""
    rows = values.reshape(dims.rows, dims.c_in)
    columns = np.ascontiguousarray(weights.reshape(dims.c_out, dims.c_in).T)
    sums = np.zeros((dims.rows, dims.c_out), np.float32)
    for i in range(dims.c_in):
        sums += rows[:, i, None] * columns[i]
    return clamped(biased(sums, bias), params)
