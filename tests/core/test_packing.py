"""Codes come back from their bytes, and foreign bytes are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyq.core.errors import SpecError
from tinyq.core.packing import (
    pack_binary,
    pack_few,
    pack_ternary,
    packed_binary_bytes,
    packed_few_bytes,
    packed_ternary_bytes,
    unpack_binary,
    unpack_few,
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


@given(bits=st.integers(1, 8), codes=st.lists(st.integers(0, 255), max_size=64))
def test_codes_of_few_bits_come_back_and_lie_where_it_says(bits: int, codes: list[int]) -> None:
    array = (np.array(codes, np.int64) % (1 << bits)).astype(np.uint8)
    packed = pack_few(array, bits)
    assert packed.shape == (packed_few_bytes(len(codes), bits),)
    assert unpack_few(packed, len(codes), bits).tolist() == array.tolist()
    number = int.from_bytes(packed.tobytes(), "little")
    assert [number >> bits * i & (1 << bits) - 1 for i in range(len(codes))] == array.tolist()


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_foreign_bytes_of_few_bits_are_refused(bits: int) -> None:
    count = 16 // bits - (16 % bits == 0)  # two bytes, the last one not full
    with pytest.raises(SpecError, match="behind the last code"):
        unpack_few(np.array([255, 255], np.uint8), count, bits)
    with pytest.raises(SpecError, match="shape"):
        unpack_few(np.zeros(3, np.uint8), 1, bits)
    with pytest.raises(SpecError, match=f"{bits} bits"):
        pack_few(np.array([1 << bits], np.uint8), bits)
    with pytest.raises(SpecError, match="int8"):
        pack_few(np.array([-1], np.int8), bits)


@pytest.mark.parametrize("bits", [0, 9])
def test_only_1_to_8_bits_are_packed(bits: int) -> None:
    empty = np.zeros(1, np.uint8)
    with pytest.raises(SpecError, match="1 to 8"):
        pack_few(empty, bits)
    with pytest.raises(SpecError, match="1 to 8"):
        unpack_few(empty, 1, bits)


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
