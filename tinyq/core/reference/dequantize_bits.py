"""Dequantize packed codes to float32 or int8."""

from __future__ import annotations

import numpy as np

from tinyq.core.packed_activations import Words, unpack_codes
from tinyq.core.params import Int8Array, RowsDims
from tinyq.core.params_bits import DequantizeBitsA8Params, DequantizeBitsF32Params, Float32Array
from tinyq.core.reference.common import to_int8


def dequantize_bits_f32(params: DequantizeBitsF32Params, dims: RowsDims, packed: Words) -> Float32Array:
    """code * scale.

    Args:
        params: levels and scale.
        dims: rows, and channels (depth).
        packed: int32 [rows, packed_size(depth, levels)].

    Returns:
        float32 [rows, depth].
    """
    codes = unpack_codes(packed.reshape(dims.rows, -1), dims.depth, params.levels)
    return codes.astype(np.float32) * np.float32(params.scale)


def dequantize_bits_a8(params: DequantizeBitsA8Params, dims: RowsDims, packed: Words) -> Int8Array:
    """code * multiplier * 2**(shift - 31) + output_zero_point, int8 [rows, depth]; arguments as above."""
    codes = unpack_codes(packed.reshape(dims.rows, -1), dims.depth, params.levels)
    return to_int8(codes.astype(np.int64), params.multiplier, params.shift, params)
