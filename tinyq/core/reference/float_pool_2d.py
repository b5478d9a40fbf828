"""Pools and mean of float32."""

from __future__ import annotations

import numpy as np

from tinyq.core.params import UnaryDims
from tinyq.core.params_float import MeanF32Params, PoolF32Params
from tinyq.core.reference.common import windows
from tinyq.core.reference.float_common import Float32Array, clamped, summed_in_order


def average_pool_2d_f32(params: PoolF32Params, dims: UnaryDims, image: Float32Array) -> Float32Array:
    """Mean of those elements of a window that lie inside the input; [output], clamped."""
    size = (params.filter_h, params.filter_w)
    seen = windows(image.reshape(dims.input.shape), size, dims.output, params)
    inside = windows(np.ones((1, dims.input.h, dims.input.w, 1), np.float32), size, dims.output, params)
    sums = np.zeros(dims.output.shape, np.float32)
    for fy, fx in np.ndindex(*size):
        sums += seen[..., fy, fx]
    return clamped(sums / inside.sum(axis=(4, 5)), params)


def max_pool_2d_f32(params: PoolF32Params, dims: UnaryDims, image: Float32Array) -> Float32Array:
    """Maximum of those elements of a window that lie inside the input; [output], clamped."""
    size = (params.filter_h, params.filter_w)
    seen = windows(image.reshape(dims.input.shape), size, dims.output, params)
    inside = windows(np.ones((1, dims.input.h, dims.input.w, 1), np.bool_), size, dims.output, params)
    highest = np.full(dims.output.shape, -np.inf, np.float32)
    for fy, fx in np.ndindex(*size):
        higher = inside[..., fy, fx] & (seen[..., fy, fx] > highest)
        highest = np.where(higher, seen[..., fy, fx], highest)
    return clamped(highest, params)


def mean_f32(params: MeanF32Params, dims: UnaryDims, values: Float32Array) -> Float32Array:
    """Mean over every axis whose output size is 1; [output]."""
    array = values.reshape(dims.input.shape)
    axes = [axis for axis, size in enumerate(dims.output.shape) if size == 1]
    kept = [axis for axis in range(4) if axis not in axes]
    rows = array.transpose(*kept, *axes).reshape(*(array.shape[axis] for axis in kept), -1)
    return (summed_in_order(rows) / np.float32(params.count)).reshape(dims.output.shape)
