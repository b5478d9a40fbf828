"""Mean: over every axis whose output size is 1; 1/count is folded into multiplier and shift."""

from __future__ import annotations

import numpy as np

from tinyq.core.params import Int8Array, MeanParams, UnaryDims
from tinyq.core.reference.common import clamp
from tinyq.core.requantize import multiply_by_quantized_multiplier


def mean_a8(params: MeanParams, dims: UnaryDims, values: Int8Array) -> Int8Array:
    """(sum of values - count * input_zero_point) * multiplier, saturated to int8; of int16 likewise.

    Args:
        params: zero points, multiplier, shift.
        dims: shapes; output sizes are those of the input or 1.
        values: int8 [dims.input].

    Returns:
        int8 [dims.output].
    """
    centred = values.reshape(dims.input.shape).astype(np.int64) - params.input_zero_point
    axes = tuple(axis for axis, size in enumerate(dims.output.shape) if size == 1)
    sums = centred.sum(axis=axes, keepdims=True)
    scaled = multiply_by_quantized_multiplier(sums, params.multiplier, params.shift)
    limits = np.iinfo(values.dtype)
    return clamp(scaled + params.output_zero_point, limits.min, limits.max, values.dtype)
