"""The rounding rule, against the literal definitions of gemmlowp."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyq.core.requantize import (
    INT32_MAX,
    INT32_MIN,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)

int32 = st.integers(INT32_MIN, INT32_MAX)


def truncating(a: int, b: int) -> int:
    """C's integer division."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


@given(a=int32, b=int32)
def test_high_mul_is_gemmlowps(a: int, b: int) -> None:
    nudge = 1 << 30 if a * b >= 0 else 1 - (1 << 30)
    wanted = INT32_MAX if a == b == INT32_MIN else truncating(a * b + nudge, 1 << 31)
    assert saturating_rounding_doubling_high_mul(np.array([a], np.int64), b).tolist() == [wanted]


@pytest.mark.parametrize(("a", "wanted"), [(1, 1), (-1, 0), (3, 2), (-3, -1)])
def test_high_mul_rounds_ties_up(a: int, wanted: int) -> None:
    assert saturating_rounding_doubling_high_mul(np.array([a]), 1 << 30).tolist() == [wanted]


def test_high_mul_saturates_where_the_product_overflows() -> None:
    assert saturating_rounding_doubling_high_mul(np.array([INT32_MIN]), INT32_MIN).tolist() == [INT32_MAX]


@pytest.mark.parametrize(
    ("x", "wanted"), [(2, 1), (-2, -1), (6, 2), (-6, -2), (5, 1), (-5, -1), (7, 2), (-7, -2)]
)
def test_divide_by_pot_rounds_ties_away_from_zero(x: int, wanted: int) -> None:
    assert rounding_divide_by_pot(np.array([x]), 2).tolist() == [wanted]


@given(x=int32, exponent=st.integers(0, 31))
def test_divide_by_pot_rounds_to_nearest(x: int, exponent: int) -> None:
    (got,) = rounding_divide_by_pot(np.array([x]), exponent).tolist()
    assert abs(2 * (got * 2**exponent - x)) <= 2**exponent
    assert got == -int(rounding_divide_by_pot(np.array([-x]), exponent)[0])


def test_rounding_twice_differs_from_rounding_once() -> None:
    # 11 * 2**-3 = 1.375; the high half of 11 * 2**30 is 6 (5.5 rounded up), and 6 / 4 rounds to 2.
    assert multiply_by_quantized_multiplier(np.array([11]), 1 << 30, -2).tolist() == [2]


@given(real=st.floats(1e-12, 2.0**29))
def test_a_multiplier_represents_the_real_one(real: float) -> None:
    multiplier, shift = quantize_multiplier(real)
    assert multiplier == 0 or 2**30 <= multiplier < 2**31
    assert -31 <= shift <= 30
    # Below 2**-32 TFLite flushes to zero.
    assert abs(multiplier * 2.0 ** (shift - 31) - real) <= (2.0**-31 * real if multiplier else 2.0**-31)


@pytest.mark.parametrize(
    ("real", "wanted"),
    [
        (0.0, (0, 0)),
        (1.0, (1 << 30, 1)),
        (0.5, (1 << 30, 0)),
        (1 - 2.0**-40, (1 << 30, 1)),  # rounds up to the next power of two
        (2.0**-32, (1 << 30, -31)),
        (2.0**-33, (0, 0)),
    ],
)
def test_edge_multipliers(real: float, wanted: tuple[int, int]) -> None:
    assert quantize_multiplier(real) == wanted


@given(
    x=st.lists(int32, min_size=1, max_size=8),
    shift=st.integers(-31, 0),
    multiplier=st.integers(1 << 30, INT32_MAX),
)
def test_channels_are_scaled_as_single_values(x: list[int], shift: int, multiplier: int) -> None:
    shifts = np.maximum(np.arange(len(x)) * -1 + shift, -31)
    together = multiply_by_quantized_multiplier(np.array(x), np.full(len(x), multiplier, np.int64), shifts)
    alone = [
        int(multiply_by_quantized_multiplier(np.array([v]), multiplier, int(s))[0])
        for v, s in zip(x, shifts, strict=True)
    ]
    assert together.tolist() == alone


def test_a_left_shift_comes_before_the_product() -> None:
    # 3 * 0.75 * 2**2: exact, since no bit is lost to rounding before the shift.
    assert multiply_by_quantized_multiplier(np.array([3]), *quantize_multiplier(3.0)).tolist() == [9]
