"""Add and Sub: inputs are shifted left for precision, brought to one scale, added or subtracted, rescaled."""

from __future__ import annotations

import numpy as np

from tinyq.core.params import AddDims, AddParams, Int8Array
from tinyq.core.reference.common import to_int8
from tinyq.core.requantize import IntArray, multiply_by_quantized_multiplier


def add_a8(params: AddParams, dims: AddDims, input1: Int8Array, input2: Int8Array) -> Int8Array:
    """input1 + input2 with broadcasting; of int16 likewise (add_a16).

    Args:
        params: zero points, multipliers, shifts (none positive), activation range.
        dims: shapes; an input dimension of 1 is broadcast.
        input1: int8 [dims.input1].
        input2: int8 [dims.input2].

    Returns:
        int8 [dims.output].
    """
    scaled1, scaled2 = _on_a_common_scale(params, dims, input1, input2)
    return to_int8(scaled1 + scaled2, params.output_multiplier, params.output_shift, params, input1.dtype)


def sub_a8(params: AddParams, dims: AddDims, input1: Int8Array, input2: Int8Array) -> Int8Array:
    """input1 - input2; else as `add_a8`."""
    scaled1, scaled2 = _on_a_common_scale(params, dims, input1, input2)
    return to_int8(scaled1 - scaled2, params.output_multiplier, params.output_shift, params)


def _on_a_common_scale(
    params: AddParams, dims: AddDims, input1: Int8Array, input2: Int8Array
) -> tuple[IntArray, IntArray]:
    shifted1 = (
        input1.reshape(dims.input1.shape).astype(np.int64) - params.input1_zero_point
    ) << params.left_shift
    shifted2 = (
        input2.reshape(dims.input2.shape).astype(np.int64) - params.input2_zero_point
    ) << params.left_shift
    return (
        multiply_by_quantized_multiplier(shifted1, params.input1_multiplier, params.input1_shift),
        multiply_by_quantized_multiplier(shifted2, params.input2_multiplier, params.input2_shift),
    )
