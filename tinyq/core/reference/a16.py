"""int16 activations with int8 weights: sums of 64 bits, one rounding, zero points of 0.

Source: TFLite's reference_integer_ops of 16x8 quantization, and its MultiplyByQuantizedMultiplier of 64 bits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinyq.core.params import (
    ConvDims,
    ConvParams,
    FullyConnectedDims,
    FullyConnectedParams,
    Int8Array,
    Int32Array,
)
from tinyq.core.reference.common import exact_int
from tinyq.core.reference.window_sums import conv_sums, depthwise_sums
from tinyq.core.requantize import IntArray

Int16Array = npt.NDArray[np.int16]
Int64Array = npt.NDArray[np.int64]


def multiply_by_reduced_multiplier(x: IntArray, multiplier: Int32Array, shift: Int8Array) -> IntArray:
    """x * multiplier * 2**(shift - 31), multiplier of 15 bits, rounded once, ties towards plus infinity.

    Args:
        x: int64, |x| < 2**47, channels last.
        multiplier, shift: one a channel, shift -31 to 7.

    Example:
        >>> half = np.array([1 << 30], np.int32)
        >>> multiply_by_reduced_multiplier(np.array([5, -5]), half, np.array([0], np.int8)).tolist()
        [3, -2]
    """
    wide = multiplier.astype(np.int64)
    reduced = np.where(wide < 0x7FFF0000, (wide + (1 << 15)) >> 16, 0x7FFF)
    total = 15 - shift.astype(np.int64)
    scaled: IntArray = (x * reduced + (np.int64(1) << (total - 1))) >> total
    return scaled


def conv_2d_a16w8(
    params: ConvParams, dims: ConvDims, image: Int16Array, weights: Int8Array, bias: Int64Array | None
) -> Int16Array:
    """Conv2D; groups = input.c / filter.c.

    Args:
        params: as for `conv_2d_a8w8`; the zero points are 0.
        dims: shapes.
        image: int16 [input.n, input.h, input.w, input.c].
        weights: int8 [filter.n, filter.h, filter.w, filter.c].
        bias: int64 [filter.n] or None.

    Returns:
        int16 [output.n, output.h, output.w, output.c].
    """
    kernel = weights.reshape(dims.filter.shape).astype(np.float64)
    sums = conv_sums(image.reshape(dims.input.shape).astype(np.float64), kernel, dims, params)
    return _outputs(params, exact_int(sums), bias)


def depthwise_conv_2d_a16w8(
    params: ConvParams, dims: ConvDims, image: Int16Array, weights: Int8Array, bias: Int64Array | None
) -> Int16Array:
    """DepthwiseConv2D, weights int8 [1, filter.h, filter.w, filter.c = output.c]; else as `conv_2d_a16w8`."""
    wide = image.reshape(dims.input.shape).astype(np.int32)
    sums = depthwise_sums(wide, weights.reshape(dims.filter.shape), dims, params)
    return _outputs(params, sums, bias)


def fully_connected_a16w8(
    params: FullyConnectedParams,
    dims: FullyConnectedDims,
    rows: Int16Array,
    weights: Int8Array,
    bias: Int64Array | None,
) -> Int16Array:
    """FullyConnected: int16 [rows, c_in], int8 [c_out, c_in], int64 [c_out] -> int16 [rows, c_out]."""
    wide = rows.reshape(dims.rows, dims.c_in).astype(np.float64)
    sums = exact_int(wide @ weights.reshape(dims.c_out, dims.c_in).T.astype(np.float64))
    return _outputs(params, sums, bias)


def _outputs(
    params: ConvParams | FullyConnectedParams, sums: IntArray, bias: Int64Array | None
) -> Int16Array:
    if bias is not None:
        sums = sums + bias
    scaled = multiply_by_reduced_multiplier(sums, params.multiplier, params.shift)
    return np.clip(scaled, params.activation_min, params.activation_max).astype(np.int16)
