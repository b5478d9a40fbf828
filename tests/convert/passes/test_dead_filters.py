"""Filters of zeros: refused where a quantizer made them, noted where nothing was asked."""

from typing import Any

import numpy as np
import pytest
from convert.int8_net import DENSE, DEPTHWISE, KINDS, one_layer, random_filter

from tinyq.convert.asks import Ask, Pattern, Request
from tinyq.convert.passes.pack_weights import pack_weights

TERNARY, BINARY = (-1, 0, 1), (-1, 1)


def dead_filter(kind: str, values: tuple[int, ...], *channels: int) -> np.ndarray:
    weights = random_filter(np.random.default_rng(1), kind, values)
    if kind == DEPTHWISE:
        weights[..., channels] = 0
    else:
        weights[list(channels)] = 0
    return weights


def request(kind: str, codes: np.ndarray, scheme: Any, *patterns: str) -> Request:
    ask = Ask("one", "kernel", "Q", scheme, np.sign(codes).astype(np.int8), depthwise=kind == DEPTHWISE)
    return Request((ask,), tuple(Pattern.parse(text) for text in patterns))


@pytest.mark.parametrize("kind", KINDS)
def test_filters_that_a_ternary_quantizer_made_zero_are_refused_by_channel(kind: str) -> None:
    weights = dead_filter(kind, TERNARY, 1, 3)
    after, (row,) = pack_weights(one_layer(kind, weights), request(kind, weights, "a8wt"))
    assert row.refused
    assert row.stored == "a8wt"
    assert (
        f"2 of {5 if kind == 'CONV_2D' else 8 if kind == DEPTHWISE else 6} filters are all zeros" in row.why
    )
    assert row.why.endswith("output channels 1, 3")
    assert "seed" in row.remedy
    assert "--no-strict" in row.remedy
    assert after.operators[0].kind.startswith("Tq")


@pytest.mark.parametrize("kind", KINDS)
def test_filters_that_a_binary_quantizer_scaled_to_zero_are_refused_by_channel(kind: str) -> None:
    """Its codes are -1 and 1 there, its scale is 0: the constants are zeros."""
    weights = dead_filter(kind, BINARY, 2)
    codes = np.where(weights == 0, 1, weights)
    _, (row,) = pack_weights(one_layer(kind, weights), request(kind, codes, "a8w1"))
    assert row.refused
    assert "filters are all zeros: output channels 2" in row.why
    assert "seed" in row.remedy


def test_binary_filters_with_some_zeros_are_not_called_dead() -> None:
    weights = random_filter(np.random.default_rng(1), DENSE, BINARY)
    weights[0, 0] = 0
    wish = Request(patterns=(Pattern.parse("*=a8w1"),))
    _, (row,) = pack_weights(one_layer(DENSE, weights), wish)
    assert row.refused
    assert "ask a8wt" in row.remedy


def test_a_folded_gain_of_zero_is_noted_not_refused() -> None:
    weights = dead_filter(DENSE, TERNARY, 4)
    codes = weights.copy()
    codes[4] = 127
    _, (row,) = pack_weights(one_layer(DENSE, weights), request(DENSE, codes, "a8wt"))
    assert not row.refused
    assert "1 of 6 filters are all zeros: output channels 4" in row.why


@pytest.mark.parametrize("asked", [(), ("*=a8wt",)], ids=["nothing", "by the user"])
def test_zeros_in_a_file_of_somebody_else_are_packed_and_noted(asked: tuple[str, ...]) -> None:
    weights = dead_filter(DENSE, TERNARY, 0, 5)
    given = Request(patterns=tuple(Pattern.parse(text) for text in asked))
    _, (row,) = pack_weights(one_layer(DENSE, weights), given)
    assert not row.refused
    assert row.stored == "a8wt"
    assert "2 of 6 filters are all zeros: output channels 0, 5" in row.why


def test_of_many_dead_channels_the_first_are_named() -> None:
    weights = np.zeros((40, 40), np.int8)
    weights[0] = 127
    _, (row,) = pack_weights(one_layer(DENSE, weights), Request())
    assert "39 of 40 filters are all zeros: output channels 1, 2, 3, 4, 5, 6, 7, 8, ..." in row.why


def test_filters_too_small_for_int8_are_dead_too() -> None:
    """The quantizer's codes are ternary there, its scale is 1e-20: the converter's constants are zeros."""
    weights = dead_filter(DENSE, TERNARY, 1, 4)
    codes = np.where(weights == 0, 1, np.sign(weights)).astype(np.int8)
    codes = np.where(weights.any(axis=1, keepdims=True), np.sign(weights), codes).astype(np.int8)
    for faint, refused in (([1], True), ([1, 4], True), ([0], False), ([], False)):
        marks = np.isin(np.arange(6), faint)
        ask = Ask("one", "kernel", "Q", "a8wt", codes, faint=marks)
        _, (row,) = pack_weights(one_layer(DENSE, weights), Request((ask,)))
        assert row.refused is refused
        assert "2 of 6 filters are all zeros: output channels 1, 4" in row.why


def test_a_users_pattern_does_not_hide_what_a_quantizer_made_zero() -> None:
    weights = dead_filter(DENSE, TERNARY, 1)
    _, (row,) = pack_weights(one_layer(DENSE, weights), request(DENSE, weights, "a8wt", "*=a8wt"))
    assert row.refused
