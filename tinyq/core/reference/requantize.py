"""Requantize: int8 to int8 with another scale, then clamped; also stands for ReLU and ReLU6."""

from __future__ import annotations

import numpy as np

from tinyq.core.params import CountDims, Int8Array, RequantizeParams
from tinyq.core.reference.common import to_int8


def requantize_a8(params: RequantizeParams, dims: CountDims, values: Int8Array) -> Int8Array:
    """(value - input_zero_point) * multiplier + output_zero_point, clamped; of int16 likewise.

    Args:
        params: zero points, multiplier, shift, activation range.
        dims: number of elements.
        values: int8 [count].

    Returns:
        int8 [count].
    """
    centred = values.reshape(dims.count).astype(np.int64) - params.input_zero_point
    return to_int8(centred, params.multiplier, params.shift, params, values.dtype)
