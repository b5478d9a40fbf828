"""Softmax in fixed point, as gemmlowp and TFLite Micro do it.

Qm.n below is an int32 with m integer bits and n = 31 - m fractional bits. Products are rounded high
halves (`mul`), so the product of Qa and Qb has a + b integer bits.

Source: gemmlowp fixedpoint.h (exp_on_negative_values, one_over_one_plus_x_for_x_in_0_1) and TFLite's
reference softmax.
"""

from __future__ import annotations

import numpy as np

from tinyq.core.params import Int8Array, RowsDims, SoftmaxParams
from tinyq.core.requantize import (
    INT32_MAX,
    INT32_MIN,
    IntArray,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)

mul = saturating_rounding_doubling_high_mul

_EXP_MINUS_EIGHTH = 1895147668  # exp(-1/8), Q0.31
_THIRD = 715827883  # 1/3, Q0.31
# exp(-2**k) in Q0.31 for k = -2 .. 4
_EXP_MINUS_POWER = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
_48_OVER_17 = 1515870810  # Q2.29
_MINUS_32_OVER_17 = -1010580540  # Q2.29


def softmax_a8(params: SoftmaxParams, dims: RowsDims, values: Int8Array) -> Int8Array:
    """exp(x - max) / sum of exp(x - max) in every row; output scale 1/256, zero point -128.

    Args:
        params: the difference to the maximum times multiplier * 2**(left_shift - 31) is Q5.26;
            differences below diff_min count as no weight at all.
        dims: rows and elements a row (at most 511).
        values: int8 [rows, depth].

    Returns:
        int8 [rows, depth].
    """
    x = values.reshape(dims.rows, dims.depth).astype(np.int64)
    difference = x - x.max(axis=1, keepdims=True)
    counted = difference >= params.diff_min
    scaled = mul(np.where(counted, difference, 0) << params.left_shift, params.multiplier)
    exps = exp_on_negative_values(scaled)  # Q0.31
    total = np.where(counted, rounding_divide_by_pot(exps, 12), 0).sum(axis=1, keepdims=True)  # Q12.19
    reciprocal, bits_over_unit = _reciprocal(total)
    shares = rounding_divide_by_pot(mul(reciprocal, exps), bits_over_unit + 31 - 8)
    return np.where(counted, np.clip(shares - 128, -128, 127), -128).astype(np.int8)


def exp_on_negative_values(a: IntArray) -> IntArray:
    """exp(a) in Q0.31 for a <= 0 in Q5.26."""
    quarter = 1 << 24
    # a = part - rest with part in [-1/4, 0) and rest a multiple of 1/4
    part = (a & (quarter - 1)) - quarter
    rest = part - a
    result = _exp_between_minus_quarter_and_0(part << 5)
    for k, factor in zip(range(-2, 5), _EXP_MINUS_POWER, strict=True):
        result = np.where(rest & (1 << (26 + k)), mul(result, factor), result)
    return np.where(a == 0, INT32_MAX, result).astype(np.int64)


def _exp_between_minus_quarter_and_0(a: IntArray) -> IntArray:
    """Taylor series of exp around -1/8; Q0.31 to Q0.31."""
    x = a + (1 << 28)
    x2 = mul(x, x)
    x3 = mul(x2, x)
    x4_over_4 = rounding_divide_by_pot(mul(x2, x2), 2)
    tail = rounding_divide_by_pot(mul(x4_over_4 + x3, _THIRD) + x2, 1)
    return _EXP_MINUS_EIGHTH + mul(x + tail, _EXP_MINUS_EIGHTH)


def _reciprocal(total: IntArray) -> tuple[IntArray, IntArray]:
    """(1/m in Q0.31, e) with total / 2**19 = m * 2**e, 1 <= m < 2."""
    _, bit_length = np.frexp(total.astype(np.float64))
    leading_zeros = 32 - bit_length.astype(np.int64)
    return _one_over_one_plus((total << leading_zeros) - (1 << 31)), 12 - leading_zeros


def _one_over_one_plus(a: IntArray) -> IntArray:
    """1 / (1 + a) in Q0.31 for a in [0, 1) in Q0.31: three steps of Newton and Raphson."""
    half_denominator = (a + INT32_MAX + 1) >> 1
    x = _48_OVER_17 + mul(half_denominator, _MINUS_32_OVER_17)  # Q2.29
    for _ in range(3):
        error = (1 << 29) - mul(half_denominator, x)
        x = x + _saturating_shift(mul(x, error), 2)
    return _saturating_shift(x, 1)


def _saturating_shift(x: IntArray, bits: int) -> IntArray:
    return np.clip(x << bits, INT32_MIN, INT32_MAX)
