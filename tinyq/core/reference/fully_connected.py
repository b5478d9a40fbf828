"""FullyConnected: accumulator[r, o] = sum (input[r] - input_zero_point) * weights[o] + bias[o]."""

from __future__ import annotations

import numpy as np

from tinyq.core.packing import UInt8Array, unpack_binary, unpack_ternary
from tinyq.core.params import FullyConnectedDims, FullyConnectedParams, Int8Array, Int32Array
from tinyq.core.reference.common import exact_int, layer_outputs


def fully_connected_a8w8(
    params: FullyConnectedParams,
    dims: FullyConnectedDims,
    rows: Int8Array,
    weights: Int8Array,
    bias: Int32Array | None,
) -> Int8Array:
    """int8 weights [c_out, c_in].

    Args:
        params: zero points, activation range, multipliers; `levels`, where present, multiply each
            output's sum.
        dims: shapes.
        rows: int8 [rows, c_in].
        weights: int8, or codes, [c_out, c_in].
        bias: int32 [c_out] or None.

    Returns:
        int8 [rows, c_out].
    """
    centred = rows.reshape(dims.rows, dims.c_in).astype(np.float64) - params.input_zero_point
    sums = exact_int(centred @ weights.reshape(dims.c_out, dims.c_in).T.astype(np.float64))
    return layer_outputs(sums, bias, params)


def fully_connected_a8wt(
    params: FullyConnectedParams,
    dims: FullyConnectedDims,
    rows: Int8Array,
    packed: UInt8Array,
    bias: Int32Array | None,
) -> Int8Array:
    """Ternary codes, five in a byte; weight = levels[o] * code."""
    codes = unpack_ternary(packed, dims.c_out * dims.c_in)
    return fully_connected_a8w8(params, dims, rows, codes, bias)


def fully_connected_a8w1(
    params: FullyConnectedParams,
    dims: FullyConnectedDims,
    rows: Int8Array,
    packed: UInt8Array,
    bias: Int32Array | None,
) -> Int8Array:
    """Binary codes, eight in a byte; weight = levels[o] * code."""
    codes = unpack_binary(packed, dims.c_out * dims.c_in)
    return fully_connected_a8w8(params, dims, rows, codes, bias)
