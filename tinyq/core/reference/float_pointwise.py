"""Add, Mul, ReLUs, padding and softmax of float32."""

from __future__ import annotations

import numpy as np

from tinyq.core.params import AddDims, CountDims, RowsDims, UnaryDims
from tinyq.core.params_float import PadF32Params, RangeF32Params, SoftmaxF32Params
from tinyq.core.reference.float_common import Float32Array, clamped, summed_in_order

# exp(r) = 1 + r + r^2 * polynomial(r) for |r| <= ln(2) / 2: that of Cephes' expf.
_POLYNOMIAL = (
    *(1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3),
    *(4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1),
)


def add_f32(params: RangeF32Params, dims: AddDims, first: Float32Array, second: Float32Array) -> Float32Array:
    """first + second, clamped; an input dimension of 1 is broadcast."""
    return clamped(first.reshape(dims.input1.shape) + second.reshape(dims.input2.shape), params)


def mul_f32(params: RangeF32Params, dims: AddDims, first: Float32Array, second: Float32Array) -> Float32Array:
    """first * second, clamped; an input dimension of 1 is broadcast."""
    return clamped(first.reshape(dims.input1.shape) * second.reshape(dims.input2.shape), params)


def clamp_f32(params: RangeF32Params, dims: CountDims, values: Float32Array) -> Float32Array:
    """ReLU and its like."""
    return clamped(values.reshape(dims.count), params)


def pad_f32(params: PadF32Params, dims: UnaryDims, values: Float32Array) -> Float32Array:
    """`before` elements of `value` ahead of each axis, the rest behind."""
    sizes = zip(params.before.shape, dims.input.shape, dims.output.shape, strict=True)
    margins = [(before, out - size - before) for before, size, out in sizes]
    return np.pad(values.reshape(dims.input.shape), margins, constant_values=np.float32(params.value))


def softmax_f32(params: SoftmaxF32Params, dims: RowsDims, values: Float32Array) -> Float32Array:
    """exp(beta * (x - maximum of the row)) over the row's sum of them: [rows, depth]; x is finite."""
    rows = values.reshape(dims.rows, dims.depth)
    with np.errstate(over="ignore"):  # to -inf, whose exponential is 0
        weights = exponential((rows - rows.max(axis=1, keepdims=True)) * np.float32(params.beta))
    return weights / summed_in_order(weights)[:, None]


def exponential(x: Float32Array) -> Float32Array:
    """exp(x) for x <= 0 by float32 operations alone, the same bits everywhere; 0 below exp(-87).

    Example:
        >>> exponential(np.array([0, -1, -90], np.float32)).tolist()
        [1.0, 0.3678794503211975, 0.0]
    """
    limited = np.maximum(x, np.float32(-87))
    octaves = np.trunc(limited * np.float32(1.44269504) - np.float32(0.5))
    rest = limited - octaves * np.float32(0.693359375) - octaves * np.float32(-2.12194440e-4)
    total = np.zeros_like(x)
    for coefficient in _POLYNOMIAL:
        total = total * rest + np.float32(coefficient)
    power = ((octaves.astype(np.int32) + 127) << 23).view(np.float32)
    raised = (total * (rest * rest) + rest + np.float32(1)) * power
    return np.where(x > np.float32(-87), raised, np.float32(0))
