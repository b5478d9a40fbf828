"""Packed codes: what the words hold, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyq.core.bit_planes import sign_planes
from tinyq.core.errors import SpecError
from tinyq.core.packed_activations import (
    LEVELS,
    codes_of,
    largest_accumulator,
    pack_codes,
    packed_size,
    planes_of,
    unpack_codes,
)

SIZES = {2: 1, 3: 2, 4: 2, 8: 3, 16: 4, 256: 8}


@given(
    levels=st.sampled_from(LEVELS),
    channels=st.integers(1, 70),
    rows=st.integers(0, 3),
    seed=st.integers(0, 2**32 - 1),
)
@settings(deadline=None, derandomize=True, database=None)
def test_codes_survive_packing(levels: int, channels: int, rows: int, seed: int) -> None:
    codes = np.random.default_rng(seed).choice(codes_of(levels), (rows, 2, channels))
    packed = pack_codes(codes, levels)
    assert packed.dtype == np.int32 and packed.shape == (rows, 2, packed_size(channels, levels))
    np.testing.assert_array_equal(unpack_codes(packed, channels, levels), codes)


@pytest.mark.parametrize("levels", LEVELS)
def test_planes_and_codes(levels: int) -> None:
    codes = codes_of(levels)
    assert len(codes) == levels and planes_of(levels) == SIZES[levels]
    assert codes == tuple(-code for code in codes[::-1])


@pytest.mark.parametrize("levels", [levels for levels in LEVELS if levels != 3])
def test_a_plane_is_the_sign_plane_with_0_for_plus_in_bits_of_words_from_the_lowest(levels: int) -> None:
    codes = np.random.default_rng(levels).choice(codes_of(levels), 45)
    packed = pack_codes(codes, levels).view(np.uint32).reshape(planes_of(levels), 2)
    for plane, signs in zip(packed, sign_planes(codes, planes_of(levels)), strict=True):
        for channel, plus in enumerate(signs.tolist()):
            assert (int(plane[channel // 32]) >> channel % 32 & 1) == 1 - plus
        assert int(plane[1]) >> 13 == 0  # spare


def test_a_ternary_row_has_what_is_not_0_and_then_what_is_minus_1() -> None:
    codes = np.zeros(33, np.int8)
    codes[[0, 2, 32]] = 1, -1, -1
    assert pack_codes(codes, 3).tolist() == [0b101, 1, 0b100, 1]


def test_the_highest_bit_of_a_word_is_its_sign() -> None:
    codes = np.ones(32, np.int8)
    codes[31] = -1
    assert pack_codes(codes, 2).tolist() == [-(2**31)]


@pytest.mark.parametrize(
    ("codes", "levels"),
    [([0], 2), ([2], 3), ([5], 4), ([-4], 4), ([1.0], 2), (1, 2), ([256], 256), ([1], 5), ([1], 32)],
)
def test_codes_that_are_none_are_refused(codes: object, levels: int) -> None:
    with pytest.raises(SpecError):
        pack_codes(codes, levels)


@pytest.mark.parametrize(
    ("words", "channels", "levels", "text"),
    [
        (np.array([2], np.int32), 1, 2, "behind the 1 channels"),
        (np.array([0, -(2**31)], np.int32), 31, 4, "behind the 31 channels"),
        (np.array([0, 1], np.int32), 3, 3, "a sign"),
        (np.array([0], np.int32), 33, 2, "last axis of 2"),
        (np.array([0, 0], np.int32), 3, 2, "last axis of 1"),
        (np.array([0], np.int64), 3, 2, "int32"),
        (np.array([0], np.uint32), 3, 2, "int32"),
        (np.array(0, np.int32), 3, 2, "last axis"),
    ],
)
def test_words_that_are_none_are_refused(words: np.ndarray, channels: int, levels: int, text: str) -> None:
    with pytest.raises(SpecError, match=text):
        unpack_codes(words, channels, levels)


def test_no_sum_exceeds_the_largest_accumulator_and_one_reaches_it() -> None:
    for x_levels in LEVELS:
        for w_levels in LEVELS:
            reached = 7 * max(codes_of(x_levels)) * max(codes_of(w_levels))
            assert largest_accumulator(7, x_levels, w_levels) == reached
