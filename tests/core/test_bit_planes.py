"""Odd integers as planes of signs: the encoding's table, and the dot product by xnor and popcount."""

import itertools

import numpy as np
import pytest

from tinyq.core.bit_planes import decomposed_dot, sign_planes, xnor_dot
from tinyq.core.errors import SpecError


def odd_integers(rng: np.random.Generator, bits: int, shape: tuple[int, ...]) -> np.ndarray:
    return 2 * rng.integers(0, 2**bits, shape) - (2**bits - 1)


def test_two_bits_are_the_published_table() -> None:
    low, high = sign_planes([-3, -1, 1, 3], 2)
    assert list(zip(high, low, strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize("bits", range(1, 9))
def test_planes_sum_up_to_the_code(bits: int) -> None:
    codes = np.arange(-(2**bits - 1), 2**bits, 2)
    signs = 2 * sign_planes(codes, bits).astype(int) - 1
    np.testing.assert_array_equal(np.tensordot(2 ** np.arange(bits), signs, 1), codes)


@pytest.mark.parametrize("count", [*range(1, 18), 64, 100])
def test_xnor_dot_is_the_dot_product_of_signs(count: int) -> None:
    rng = np.random.default_rng(count)
    x, w = rng.integers(0, 2, (3, count), np.uint8), rng.integers(0, 2, (5, count), np.uint8)
    found = xnor_dot(np.packbits(x, -1), np.packbits(w, -1), count)
    np.testing.assert_array_equal(found, (2 * x.astype(int) - 1) @ (2 * w.astype(int) - 1).T)


def test_popcount_identity_holds_for_every_pair_of_short_rows() -> None:
    for n in (1, 2, 3):
        for c, d in itertools.product(itertools.product((0, 1), repeat=n), repeat=2):
            agreeing = sum(a == b for a, b in zip(c, d, strict=True))
            dot = sum((2 * a - 1) * (2 * b - 1) for a, b in zip(c, d, strict=True))
            assert 2 * agreeing - n == dot


@pytest.mark.parametrize("m", range(1, 9))
@pytest.mark.parametrize("k", range(1, 9))
def test_decomposition_is_the_product_for_all_bits(m: int, k: int) -> None:
    rng = np.random.default_rng(100 * m + k)
    x, w = odd_integers(rng, m, (4, 37)), odd_integers(rng, k, (37, 6))
    product, scale = decomposed_dot(x, w, m, k)
    np.testing.assert_array_equal(product, x @ w)
    assert scale == 1 / ((2**m - 1) * (2**k - 1))


@pytest.mark.parametrize(("codes", "bits", "said"), [([2], 2, "2"), ([5], 2, "-3 to 3"), ([1], 0, "1 to 8")])
def test_what_is_no_code_is_refused(codes: list[int], bits: int, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        sign_planes(codes, bits)


def test_matrices_that_do_not_fit_are_refused() -> None:
    with pytest.raises(SpecError, match=r"\(1, 2\) and \(3, 1\)"):
        decomposed_dot([[1, 1]], [[1], [1], [1]], 1, 1)
