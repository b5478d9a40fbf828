"""Quantize: float32 to int8."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.params import AffineParams, CountDims, Int8Array


def round_half_away(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """C's roundf. (Adding 0.5 and truncating is wrong for the largest float32 below 0.5.)"""
    whole: npt.NDArray[np.float32] = np.trunc(x)
    with np.errstate(invalid="ignore"):  # inf - inf
        up = np.abs(x - whole) >= np.float32(0.5)
    return np.where(up, whole + np.copysign(np.float32(1), x), whole)


def quantize_f32_a8(params: AffineParams, dims: CountDims, values: npt.NDArray[np.float32]) -> Int8Array:
    """round(value / scale) + zero_point, saturated; the division is in float32, ties go away from zero.

    Args:
        params: scale and zero point of the output.
        dims: number of elements.
        values: float32 [count]; NaN becomes -128, which TFLite leaves undefined.

    Returns:
        int8 [count].
    """
    return _quantized(params, dims, values, np.int8)


def quantize_f32_a16(
    params: AffineParams, dims: CountDims, values: npt.NDArray[np.float32]
) -> npt.NDArray[np.int16]:
    """As `quantize_f32_a8`, but int16; NaN becomes -32768."""
    return _quantized(params, dims, values, np.int16)


def _quantized(
    params: AffineParams, dims: CountDims, values: npt.NDArray[np.float32], dtype: npt.DTypeLike
) -> npt.NDArray[Any]:
    with np.errstate(over="ignore"):
        steps = round_half_away(values.reshape(dims.count) / np.float32(params.scale))
    # Saturated before the conversion to an integer, which is undefined in C out of range.
    limits = np.iinfo(np.dtype(dtype))
    low, high = np.float32(limits.min - params.zero_point), np.float32(limits.max - params.zero_point)
    saturated = np.where(steps > low, np.minimum(steps, high), low)
    return (saturated.astype(np.int32) + params.zero_point).astype(dtype)
