"""Filters: which are codes times levels, and why others are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyq.convert.filters import (
    pack,
    packed_bytes,
    rows_of,
    several_magnitudes,
    shape_key,
    take_apart,
    unpack,
)
from tinyq.core.spec import SCHEMES, TABLE_BITS, QuantSpec


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
    taken = take_apart(filter_, depthwise=True).by_scheme["a8wt"]
    np.testing.assert_array_equal(taken.codes * taken.levels.astype(int), filter_)
    np.testing.assert_array_equal(taken.weights(taken.codes), filter_)
    assert taken.codes.dtype == taken.levels.dtype == np.int8


@pytest.mark.parametrize(
    ("rows", "smallest"),
    [([[5, -5], [7, 7]], "a8w1"), ([[5, 0], [7, 7]], "a8wt"), ([[5, 5], [0, 0]], "a8wt"), ([[0]], "a8wt")],
)
def test_the_smallest_scheme_is_binary_unless_there_is_a_zero(rows: list[list[int]], smallest: str) -> None:
    assert take_apart(np.array(rows, np.int8), depthwise=False).smallest.scheme == smallest


def test_why_binary_cannot_hold_it_is_said_with_numbers() -> None:
    taken = take_apart(np.array([[1, 1, 1], [2, 0, 0], [0, 3, 3]], np.int8), depthwise=False)
    assert taken.reasons == {"a8w1": "2 of 3 channels hold zeros, the first is channel 1: 2 of 3 weights"}


def test_the_reason_names_the_first_bad_channel_and_counts_the_values() -> None:
    rows = np.zeros((3, 10), np.int8)
    rows[2] = range(10)
    values = "the first is channel 2: 0, 1, 2, 3, 4, 5, ... (10 in all)"
    assert take_apart(rows, depthwise=False).reasons == {
        "a8w1": f"1 of 3 channels hold several magnitudes, {values}",
        "a8wt": f"1 of 3 channels hold several magnitudes, {values}",
        "a8w2": f"1 of 3 channels hold more than 4 values, {values}",
        "a8w3": f"1 of 3 channels hold more than 8 values, {values}",
    }
    seventeen = take_apart(np.arange(17, dtype=np.int8)[None], depthwise=False)
    assert seventeen == (
        "1 of 1 channels hold more than 16 values, the first is channel 0: 0, 1, 2, 3, 4, 5, ... (17 in all)"
    )


def test_minus_128_is_no_level_but_127_both_ways_is() -> None:
    assert isinstance(take_apart(np.array([[-128, 0]], np.int8), depthwise=False), str)
    assert isinstance(take_apart(np.array([[-128, 127]], np.int8), depthwise=False), str)
    forms = take_apart(np.array([[-127, 127]], np.int8), depthwise=False)
    assert forms.smallest.levels.tolist() == [127]


def test_magnitudes_of_real_kernels_are_compared_exactly() -> None:
    scale = np.float32(0.1)
    rows = np.array([[scale, -scale, 0], [np.nextafter(scale, np.float32(1)), scale, 0]], np.float32)
    assert several_magnitudes(rows[:1]) == ""
    assert several_magnitudes(rows).startswith(
        "1 of 2 channels hold several magnitudes, the first is channel 1"
    )


@pytest.mark.parametrize("depthwise", [False, True])
@given(
    seed=st.integers(0, 2**32 - 1),
    levels=st.integers(2, 16),
    channels=st.integers(1, 9),
    taps=st.integers(1, 40),
)
@settings(max_examples=80, deadline=None)
def test_what_int8_makes_of_any_codes_comes_back_from_tables(depthwise, seed, levels, channels, taps) -> None:
    """Codes of every QuantSpec, scaled and rounded a channel as TFLite's converter does."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(np.array(QuantSpec(levels).codes), (channels, taps))
    real = codes * rng.uniform(1e-3, 1e3, (channels, 1)) * rng.choice([-1, 1], (channels, 1))
    step = np.maximum(np.abs(real).max(axis=1, keepdims=True), 1e-9) / 127
    rows = np.rint(real / step).astype(np.int8)
    filter_ = rows.T.reshape(1, 1, taps, channels) if depthwise else rows
    forms = take_apart(filter_, depthwise)
    for scheme in TABLE_BITS:
        if QuantSpec(levels).bits <= TABLE_BITS[scheme]:
            taken = forms.by_scheme[scheme]
            stored = unpack(pack(taken.codes, scheme), filter_.size, scheme).reshape(filter_.shape)
            np.testing.assert_array_equal(taken.weights(stored), filter_)
            assert len(taken.tables) <= channels and taken.levels.max() < len(taken.tables)
            assert taken.bytes == packed_bytes(filter_.size, scheme) + channels + taken.tables.size


def test_channels_of_fewer_values_share_the_table_of_others() -> None:
    rows = np.array(
        [[-127, 127, 127, 127], [-127, -42, 42, 127], [0, 0, 0, 0], [-127, -42, 127, 127]], np.int8
    )
    taken = take_apart(rows, depthwise=False).by_scheme["a8w2"]
    assert taken.tables.tolist() == [[-127, -42, 42, 127], [0, 0, 0, 0]]
    assert taken.levels.tolist() == [0, 0, 1, 0]


def test_more_tables_than_a_level_can_number_are_a_reason() -> None:
    rng = np.random.default_rng(0)
    rows = np.stack([rng.permutation(np.arange(-127, 128))[:4] for _ in range(200)]).astype(np.int8)
    forms = take_apart(rows, depthwise=False)
    assert "its 200 channels need" in forms.reasons["a8w2"] and "128 can be" in forms.reasons["a8w2"]


@pytest.mark.parametrize("scheme", SCHEMES[1:])
@pytest.mark.parametrize("count", [1, 4, 5, 6, 7, 8, 9, 16, 81])
def test_packed_bytes_is_what_pack_gives(scheme: str, count: int) -> None:
    rng = np.random.default_rng(count)
    codes = rng.choice((-1, 1), count).astype(np.int8)
    if scheme in TABLE_BITS:
        codes = rng.integers(0, 1 << TABLE_BITS[scheme], count).astype(np.uint8)
    packed = pack(codes, scheme)
    assert packed.size == packed_bytes(count, scheme)
    np.testing.assert_array_equal(unpack(packed, count, scheme), codes)
