"""Real multiplier -> (multiplier, shift), and the one rounding rule: TFLite's double rounding.

A positive shift is applied to the accumulator first, in 32 bits. NumPy and C both wrap there (C shifts as
unsigned), but no model gets so far: `tinyq.graph.lowering` refuses an operator whose worst accumulator,
shifted, exceeds `MAX_ACCUMULATOR`.

Source: gemmlowp's fixed-point arithmetic as TFLite Micro uses it (kernels/internal/common.cc).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

INT32_MIN = -(2**31)
INT32_MAX = 2**31 - 1

# A multiplier is below 2**31, so rescaling never grows the magnitude; 128 leaves room for the zero point.
MAX_ACCUMULATOR = INT32_MAX - 128

IntArray = npt.NDArray[np.int64]


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Split a non-negative real multiplier into a Q0.31 integer and a left shift.

    Args:
        real: finite, >= 0.

    Returns:
        (multiplier, shift): multiplier is 0 or in [2**30, 2**31); real ~ multiplier * 2**(shift - 31).

    Example:
        >>> quantize_multiplier(0.75)
        (1610612736, 0)
    """
    if real == 0.0:
        return 0, 0
    mantissa, shift = math.frexp(real)
    multiplier = math.floor(mantissa * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier //= 2
        shift += 1
    if shift < -31:
        return 0, 0
    return multiplier, shift


def saturating_rounding_doubling_high_mul(a: IntArray, b: IntArray | int) -> IntArray:
    """round(a * b / 2**31), ties towards plus infinity; int32 values in int64 arrays.

    The one case that overflows, both -2**31, saturates.

    Example:
        >>> saturating_rounding_doubling_high_mul(np.array([3, -3]), 1 << 30).tolist()
        [2, -1]
    """
    rounded = (a * np.asarray(b, np.int64) + (1 << 30)) >> 31
    return np.minimum(rounded, INT32_MAX)


def rounding_divide_by_pot(x: IntArray, exponent: IntArray | int) -> IntArray:
    """round(x / 2**exponent), ties away from zero, 0 <= exponent <= 31."""
    exponent = np.asarray(exponent, np.int64)
    mask = (np.int64(1) << exponent) - 1
    remainder = x & mask
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + (remainder > threshold)


def multiply_by_quantized_multiplier(
    x: npt.NDArray[np.integer[Any]], multiplier: IntArray | int, shift: IntArray | int
) -> IntArray:
    """x * multiplier * 2**(shift - 31), rounded twice as TFLite Micro does.

    Args:
        x: int32 values, any shape.
        multiplier, shift: scalars or arrays that broadcast against x (per channel on the last axis).

    Returns:
        int32 values as int64, shape of x.

    Example:
        >>> multiply_by_quantized_multiplier(np.array([5, -5]), 1 << 30, 0).tolist()
        [3, -2]
    """
    shift = np.asarray(shift, np.int64)
    left = np.maximum(shift, 0)
    shifted = (x.astype(np.int64) << left).astype(np.int32).astype(np.int64)
    high = saturating_rounding_doubling_high_mul(shifted, np.asarray(multiplier, np.int64))
    return rounding_divide_by_pot(high, np.maximum(-shift, 0))
