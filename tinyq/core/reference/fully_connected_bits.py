"""FullyConnected of packed codes: sum[r, o] = sum over i of x code[r, i] * w code[o, i]."""

from __future__ import annotations

import numpy as np

from tinyq.core.packed_activations import Words, unpack_codes
from tinyq.core.params import FullyConnectedDims, Int8Array, Int32Array
from tinyq.core.params_bits import Float32Array, FullyConnectedBitsParams
from tinyq.core.reference.bits import to_a8, to_f32, to_packed
from tinyq.core.reference.common import exact_int
from tinyq.core.requantize import IntArray


def fully_connected_bits(
    params: FullyConnectedBitsParams, dims: FullyConnectedDims, rows: Words, weights: Words
) -> Words:
    """Packed output.

    Args:
        params: levels; thresholds in `output`.
        dims: shapes in codes.
        rows: int32 [rows, packed_size(c_in, x_levels)].
        weights: int32 [c_out, packed_size(c_in, w_levels)].

    Returns:
        int32 [rows, packed_size(c_out, output.levels)].
    """
    return to_packed(_sums(params, dims, rows, weights), params.output)


def fully_connected_bits_a8(
    params: FullyConnectedBitsParams,
    dims: FullyConnectedDims,
    rows: Words,
    weights: Words,
    bias: Int32Array | None,
) -> Int8Array:
    """As `fully_connected_bits`, but int8 [rows, c_out]; bias int32 [c_out] or None."""
    return to_a8(_sums(params, dims, rows, weights), params.output, bias)


def fully_connected_bits_f32(
    params: FullyConnectedBitsParams,
    dims: FullyConnectedDims,
    rows: Words,
    weights: Words,
    bias: Float32Array | None,
) -> Float32Array:
    """As `fully_connected_bits`, but float32 [rows, c_out]; bias float32 [c_out] or None."""
    return to_f32(_sums(params, dims, rows, weights), params.output, bias)


def _sums(
    params: FullyConnectedBitsParams, dims: FullyConnectedDims, rows: Words, weights: Words
) -> IntArray:
    """int64 [rows, c_out]."""
    codes = unpack_codes(rows.reshape(dims.rows, -1), dims.c_in, params.x_levels)
    kernel = unpack_codes(weights.reshape(dims.c_out, -1), dims.c_in, params.w_levels)
    return exact_int(codes.astype(np.float64) @ kernel.T.astype(np.float64))
