"""Mul: the product of two inputs, rescaled."""

from __future__ import annotations

import numpy as np

from tinyq.core.params import AddDims, Int8Array, MulParams
from tinyq.core.reference.common import to_int8


def mul_a8(params: MulParams, dims: AddDims, input1: Int8Array, input2: Int8Array) -> Int8Array:
    """input1 * input2 with broadcasting.

    Args:
        params: zero points, multiplier, shift, activation range.
        dims: shapes; an input dimension of 1 is broadcast.
        input1: int8 [dims.input1].
        input2: int8 [dims.input2].

    Returns:
        int8 [dims.output].
    """
    centred1 = input1.reshape(dims.input1.shape).astype(np.int64) - params.input1_zero_point
    centred2 = input2.reshape(dims.input2.shape).astype(np.int64) - params.input2_zero_point
    return to_int8(centred1 * centred2, params.multiplier, params.shift, params)
