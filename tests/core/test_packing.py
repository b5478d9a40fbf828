"""Codes come back from their bytes, and foreign bytes are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyq.core.errors import SpecError
from tinyq.core.packing import (
    pack_binary,
    pack_ternary,
    packed_binary_bytes,
    packed_ternary_bytes,
    unpack_binary,
    unpack_ternary,
)


@given(codes=st.lists(st.sampled_from([-1, 0, 1]), max_size=64))
def test_ternary_codes_come_back(codes: list[int]) -> None:
    array = np.array(codes, np.int8)
    packed = pack_ternary(array)
    assert packed.dtype == np.uint8
    assert packed.shape == (packed_ternary_bytes(len(codes)),)
    assert unpack_ternary(packed, len(codes)).tolist() == codes


@given(codes=st.lists(st.sampled_from([-1, 1]), max_size=64))
def test_binary_codes_come_back(codes: list[int]) -> None:
    array = np.array(codes, np.int8)
    packed = pack_binary(array)
    assert packed.shape == (packed_binary_bytes(len(codes)),)
    assert unpack_binary(packed, len(codes)).tolist() == codes


def test_packing_is_flat_in_the_order_of_the_filter() -> None:
    codes = np.random.default_rng(0).integers(-1, 2, (3, 2, 2, 5)).astype(np.int8)
    np.testing.assert_array_equal(pack_ternary(codes), pack_ternary(codes.reshape(-1)))


def test_exactly_243_bytes_are_ternary() -> None:
    good = 0
    for value in range(256):
        try:
            unpack_ternary(np.array([value], np.uint8), 5)
            good += 1
        except SpecError:
            pass
    assert good == 243


def test_five_codes_take_a_byte_and_eight_bits_do() -> None:
    assert [packed_ternary_bytes(n) for n in (0, 1, 5, 6)] == [0, 1, 1, 2]
    assert [packed_binary_bytes(n) for n in (0, 1, 8, 9)] == [0, 1, 1, 2]


@pytest.mark.parametrize("codes", [[2], [-2], [0, 3], [127], [-128]])
def test_foreign_ternary_codes_are_refused(codes: list[int]) -> None:
    with pytest.raises(SpecError, match="-1, 0, 1"):
        pack_ternary(np.array(codes, np.int8))


def test_a_zero_is_no_binary_code() -> None:
    with pytest.raises(SpecError, match="-1, 1"):
        pack_binary(np.array([1, 0], np.int8))


@pytest.mark.parametrize("unpack", [unpack_ternary, unpack_binary])
def test_a_wrong_length_is_refused(unpack) -> None:
    for size in (0, 2):
        with pytest.raises(SpecError, match=r"shape \(1,\)"):
            unpack(np.full(size, 128, np.uint8), 3)


def test_a_tail_that_is_not_filled_with_zero_is_refused() -> None:
    five = pack_ternary(np.array([0, 0, 0, 0, 1], np.int8))
    with pytest.raises(SpecError):
        unpack_ternary(five, 4)
    with pytest.raises(SpecError):
        unpack_binary(np.array([0b1000], np.uint8), 3)
