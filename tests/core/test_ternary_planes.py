"""The two-bit encoding of ternary codes and its popcount identity, exhaustively."""

import itertools

import numpy as np
import pytest

from tinyq.core.errors import SpecError
from tinyq.core.ternary_planes import codes_of_planes, ternary_dot, ternary_planes


@pytest.mark.parametrize("n", [1, 2, 3])
def test_popcount_gives_every_dot_product_whatever_the_sign_of_zeros(n: int) -> None:
    vectors = np.array(list(itertools.product((-1, 0, 1), repeat=n)), np.int8)
    random = np.random.default_rng(n)
    for _ in range(8):
        w, x = ternary_planes(vectors)[:, :, None], ternary_planes(vectors)[:, None]
        for planes in (w, x):  # any sign bit where the code is 0, spare bits too
            planes[1] ^= random.integers(0, 256, planes[1].shape, np.uint8) & ~planes[0]
        np.testing.assert_array_equal(ternary_dot(w, x), vectors.astype(int) @ vectors.T.astype(int))
        np.testing.assert_array_equal(codes_of_planes(w[:, :, 0], n), vectors)


@pytest.mark.parametrize("n", [1, 8, 9, 300])
def test_long_rows_and_other_shapes_agree_with_the_product(n: int) -> None:
    random = np.random.default_rng(n)
    w, x = random.integers(-1, 2, (2, 5, n)), random.integers(-1, 2, (2, 1, n))
    np.testing.assert_array_equal(ternary_dot(ternary_planes(w), ternary_planes(x)), (w * x).sum(-1))
    np.testing.assert_array_equal(codes_of_planes(ternary_planes(w), n), w)


def test_first_bit_is_non_zero_and_second_is_plus() -> None:
    assert ternary_planes([1, 0, -1]).tolist() == [[0b101], [0b001]]


def test_what_is_no_ternary_row_is_refused() -> None:
    with pytest.raises(SpecError, match="-1, 0, 1"):
        ternary_planes([0, 2])
    with pytest.raises(SpecError, match="rows of"):
        ternary_planes(1)
    with pytest.raises(SpecError, match=r"uint8 \(2, ..., 2\)"):
        codes_of_planes(ternary_planes([1, 0]), 9)
    with pytest.raises(SpecError, match="planes"):
        ternary_dot(ternary_planes([1]), ternary_planes([1] * 9))
