"""Quantize int8 or float32 to packed codes by thresholds."""

from __future__ import annotations

import numpy as np

from tinyq.core.packed_activations import Words
from tinyq.core.params import Int8Array, RowsDims
from tinyq.core.params_bits import Float32Array, QuantizeA8BitsParams, QuantizeF32BitsParams
from tinyq.core.reference.bits import compared


def quantize_a8_bits(params: QuantizeA8BitsParams, dims: RowsDims, values: Int8Array) -> Words:
    """The code's number is how many thresholds of its channel the stored integer exceeds.

    Args:
        params: levels, thresholds, channels whose codes count down.
        dims: rows, and channels (depth).
        values: int8 [rows, depth].

    Returns:
        int32 [rows, packed_size(depth, levels)].
    """
    rows = values.reshape(dims.rows, dims.depth).astype(np.int32)
    return compared(rows, params.thresholds, params.flip, params.levels)


def quantize_f32_bits(params: QuantizeF32BitsParams, dims: RowsDims, values: Float32Array) -> Words:
    """As `quantize_a8_bits`, of float32 values; what is no number exceeds no threshold."""
    rows = values.reshape(dims.rows, dims.depth)
    return compared(rows, params.thresholds, params.flip, params.levels)
