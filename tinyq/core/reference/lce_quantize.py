"""LceQuantize and LceDequantize: signs of float32, int8 or bool, one bit each, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.packed_activations import Words, pack_codes, unpack_codes, words_of
from tinyq.core.params import RowsDims
from tinyq.core.params_lce import LceDequantizeParams, LceQuantizeParams


def lce_quantize(params: LceQuantizeParams, dims: RowsDims, values: npt.NDArray[Any]) -> Words:
    """-1 where x < zero_point, else +1: so -0.0 and NaN are +1.

    Args:
        params: the zero point: 0 for float32, 1 for bool.
        dims: rows, and channels of each.
        values: float32, int8 or bool [rows, depth].

    Returns:
        int32 [rows, words of depth].
    """
    rows = values.reshape(dims.rows, dims.depth)
    return pack_codes(np.where(rows < params.zero_point, -1, 1), 2)


def lce_dequantize_f32(params: LceDequantizeParams, dims: RowsDims, packed: Words) -> npt.NDArray[np.float32]:
    """float32 [rows, depth] of int32 [rows, words of depth]."""
    return _unpacked(params, dims, packed).astype(np.float32)


def lce_dequantize_a8(params: LceDequantizeParams, dims: RowsDims, packed: Words) -> npt.NDArray[np.int8]:
    """int8 [rows, depth] of int32 [rows, words of depth]."""
    return _unpacked(params, dims, packed).astype(np.int8)


def lce_dequantize_bool(params: LceDequantizeParams, dims: RowsDims, packed: Words) -> npt.NDArray[np.bool_]:
    """bool [rows, depth] of int32 [rows, words of depth]."""
    return _unpacked(params, dims, packed).astype(np.bool_)


def _unpacked(params: LceDequantizeParams, dims: RowsDims, packed: Words) -> npt.NDArray[Any]:
    codes = unpack_codes(packed.reshape(dims.rows, words_of(dims.depth)), dims.depth, 2)
    return np.where(codes > 0, params.zero_bit, params.one_bit)
