"""Filters: which are codes times levels, and why others are not."""

import numpy as np
import pytest

from tinyq.convert.filters import (
    pack,
    packed_bytes,
    rows_of,
    several_magnitudes,
    shape_key,
    take_apart,
    unpack,
)


def test_rows_are_output_channels_in_every_order() -> None:
    conv = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    np.testing.assert_array_equal(rows_of(conv, depthwise=False)[1], conv[1].ravel())
    depthwise = np.arange(3 * 4 * 5).reshape(1, 3, 4, 5)
    np.testing.assert_array_equal(rows_of(depthwise, depthwise=True)[2], depthwise[0, :, :, 2].ravel())


def test_a_filter_is_the_same_as_the_one_that_another_operator_holds() -> None:
    assert shape_key((1, 3, 1, 8), depthwise=True) == shape_key((8, 3, 1, 1), depthwise=False)
    assert shape_key((8, 1, 1, 16), depthwise=False) == shape_key((8, 16), depthwise=False)
    assert shape_key((8, 3, 1, 16), depthwise=False) != shape_key((8, 16, 1, 3), depthwise=False)
    assert shape_key((8, 16), depthwise=False) != shape_key((16, 8), depthwise=False)


def test_codes_times_levels_are_the_filter() -> None:
    rng = np.random.default_rng(0)
    levels = rng.integers(1, 128, 8)
    filter_ = (rng.choice((-1, 0, 1), (1, 3, 3, 8)) * levels).astype(np.int8)
    taken = take_apart(filter_, depthwise=True)
    np.testing.assert_array_equal(taken.codes * taken.levels.astype(int), filter_)
    assert taken.codes.dtype == taken.levels.dtype == np.int8


@pytest.mark.parametrize(
    ("rows", "smallest"),
    [([[5, -5], [7, 7]], "a8w1"), ([[5, 0], [7, 7]], "a8wt"), ([[5, 5], [0, 0]], "a8wt"), ([[0]], "a8wt")],
)
def test_the_smallest_scheme_is_binary_unless_there_is_a_zero(rows: list[list[int]], smallest: str) -> None:
    assert take_apart(np.array(rows, np.int8), depthwise=False).smallest == smallest


def test_why_binary_cannot_hold_it_is_said_with_numbers() -> None:
    taken = take_apart(np.array([[1, 1, 1], [2, 0, 0], [0, 3, 3]], np.int8), depthwise=False)
    assert taken.reasons == {"a8w1": "2 of 3 channels hold zeros, the first is channel 1: 2 of 3 weights"}


def test_the_reason_names_the_first_bad_channel_and_counts_the_values() -> None:
    rows = np.zeros((3, 10), np.int8)
    rows[2] = range(10)
    assert take_apart(rows, depthwise=False) == (
        "1 of 3 channels hold several magnitudes, the first is channel 2: 0, 1, 2, 3, 4, 5, ... (10 in all)"
    )


def test_minus_128_is_no_level_but_127_both_ways_is() -> None:
    assert isinstance(take_apart(np.array([[-128, 0]], np.int8), depthwise=False), str)
    assert isinstance(take_apart(np.array([[-128, 127]], np.int8), depthwise=False), str)
    assert take_apart(np.array([[-127, 127]], np.int8), depthwise=False).levels.tolist() == [127]


def test_magnitudes_of_real_kernels_are_compared_exactly() -> None:
    scale = np.float32(0.1)
    rows = np.array([[scale, -scale, 0], [np.nextafter(scale, np.float32(1)), scale, 0]], np.float32)
    assert several_magnitudes(rows[:1]) == ""
    assert several_magnitudes(rows).startswith(
        "1 of 2 channels hold several magnitudes, the first is channel 1"
    )


@pytest.mark.parametrize("scheme", ["a8wt", "a8w1"])
@pytest.mark.parametrize("count", [1, 4, 5, 6, 7, 8, 9, 16, 81])
def test_packed_bytes_is_what_pack_gives(scheme: str, count: int) -> None:
    codes = np.random.default_rng(count).choice((-1, 1), count).astype(np.int8)
    packed = pack(codes, scheme)
    assert packed.size == packed_bytes(count, scheme)
    np.testing.assert_array_equal(unpack(packed, count, scheme), codes)
