"""What patterns and quantizers ask of layers: it is proved, or refused with a reason."""

from dataclasses import replace

import numpy as np
import pytest
from convert.int8_net import CONV, DENSE, DEPTHWISE, KINDS, along_channels, one_layer, random_filter
from convert.packing_cases import BINARY, TERNARY, ask, rounded, same_integers, square, two_layers, wish

from tinyq.convert.asks import Request
from tinyq.convert.passes.pack_weights import pack_weights
from tinyq.core.errors import ConvertError
from tinyq.core.spec import QuantSpec


@pytest.mark.parametrize("kind", KINDS)
def test_asked_few_levels_are_proved_against_the_quantizers_codes(kind: str) -> None:
    rng = np.random.default_rng(31)
    shape = {CONV: (5, 5, 4, 4), DEPTHWISE: (1, 9, 9, 8), DENSE: (12, 40)}[kind]
    codes = rng.choice(QuantSpec(4).codes, shape)
    weights = np.rint(codes * 127 / 3).astype(np.int8)
    channels = shape[3 if kind == DEPTHWISE else 0]
    signs = along_channels(np.where(np.arange(channels) % 3 == 1, -1, 1), kind)
    asked = replace(ask(kind, weights, "a8w2"), codes=codes.astype(np.int8))
    _, (row,) = pack_weights(one_layer(kind, weights * signs), Request((asked,)))
    assert (row.asked, row.stored, row.refused) == ("a8w2", "a8w2", False)
    assert "channels negated" in row.why and "in the tables" in row.why
    codes.flat[5] = -codes.flat[5]
    other = replace(asked, codes=codes.astype(np.int8))
    _, (row,) = pack_weights(one_layer(kind, weights * signs), Request((other,)))
    assert (row.stored, row.refused) == ("a8w2", True)
    assert "other codes than its quantizer gives" in row.why


def test_values_that_are_no_multiples_of_one_scale_are_proved_by_their_values() -> None:
    """TTQ: a scale of its own for positive codes, and another for negative ones."""
    rng = np.random.default_rng(32)
    codes = rng.choice(TERNARY, (5, 3, 3, 4)).astype(np.int8)
    values = np.where(codes > 0, 0.3, 0.11) * codes
    weights = np.rint(values / 0.3 * 127).astype(np.int8)
    asked = replace(ask(CONV, weights, "a8w2"), codes=codes, values=values.astype(np.float32))
    _, (row,) = pack_weights(one_layer(CONV, weights), Request((asked,)))
    assert (row.stored, row.refused) == ("a8w2", False)
    _, (row,) = pack_weights(one_layer(CONV, weights), Request((replace(asked, values=None),)))
    assert row.refused


def test_more_levels_than_kernels_have_are_refused() -> None:
    weights = rounded(np.random.default_rng(33), DENSE, 15, (12, 40))
    _, (row,) = pack_weights(one_layer(DENSE, weights), Request((ask(DENSE, weights, "a8w5"),)))
    assert (row.stored, row.refused) == ("a8w4", True)
    assert "no kernel has weights of a8w5" in row.why and "16 levels" in row.remedy


def test_patterns_choose_the_layers_and_the_last_one_wins() -> None:
    before = two_layers(square(10), square(11, BINARY))
    after, rows = pack_weights(before, wish("*=a8wt", "first=a8w8"))
    assert [(row.asked, row.stored) for row in rows] == [("a8w8", "a8w8"), ("a8wt", "a8wt")]
    assert rows[0].why == "left as it is, as asked"
    same_integers(before, after)


def test_a_pattern_without_a_layer_is_an_error_with_all_names() -> None:
    with pytest.raises(ConvertError, match="'third', 'fourth'") as caught:
        pack_weights(two_layers(square(1), square(2)), wish("third=a8wt", "first=a8wt", "fourth=a8w1"))
    assert "first, second" in caught.value.allowed


def test_binary_is_refused_to_a_layer_with_zeros_and_it_is_packed_as_ternary() -> None:
    after, (row,) = pack_weights(
        one_layer(CONV, random_filter(np.random.default_rng(1), CONV, TERNARY)), wish("*=a8w1")
    )
    assert (row.refused, row.stored) == (True, "a8wt")
    assert "hold zeros" in row.why and "a8wt" in row.remedy


def test_a_quantizers_codes_are_proved() -> None:
    weights = random_filter(np.random.default_rng(12), CONV, TERNARY)
    _, (row,) = pack_weights(one_layer(CONV, weights), Request((ask(CONV, weights, layer="stem"),)))
    assert (row.keras, row.asked, row.stored, row.refused) == ("stem.kernel", "a8wt", "a8wt", False)
    assert row.why == "codes are the quantizer's; codes x levels are the int8 constants"


@pytest.mark.parametrize("kind", KINDS)
def test_a_negative_gain_negates_channels_of_the_asked_codes(kind: str) -> None:
    weights = random_filter(np.random.default_rng(13), kind, TERNARY)
    channels = weights.shape[3 if kind == DEPTHWISE else 0]
    signs = np.where(np.arange(channels) % 3 == 1, -1, 1)
    graph = one_layer(kind, weights)
    _, (row,) = pack_weights(graph, Request((ask(kind, weights * along_channels(signs, kind)),)))
    assert not row.refused
    assert f"{int((signs < 0).sum())} of {channels} channels negated" in row.why


def test_a_gain_of_zero_empties_a_channel_of_the_asked_codes() -> None:
    weights = random_filter(np.random.default_rng(14), CONV, TERNARY)
    asked = ask(CONV, weights)
    weights[3] = 0
    _, (row,) = pack_weights(one_layer(CONV, weights), Request((asked,)))
    assert (row.stored, row.refused) == ("a8wt", False)


def test_other_codes_than_the_asked_ones_are_refused() -> None:
    weights = random_filter(np.random.default_rng(15), CONV, TERNARY)
    asked = ask(CONV, weights)
    position = np.flatnonzero(weights)[0]
    weights.flat[position] *= -1
    _, (row,) = pack_weights(one_layer(CONV, weights), Request((asked,)))
    assert (row.refused, row.stored) == (True, "a8wt")
    assert "other codes than its quantizer gives" in row.why


def test_an_asked_layer_that_is_not_ternary_is_refused_with_numbers() -> None:
    weights = random_filter(np.random.default_rng(16), CONV, TERNARY)
    asked = ask(CONV, weights)
    weights[4, 0, 0] = (1, 2, 3, 4)
    _, (row,) = pack_weights(one_layer(CONV, weights), Request((asked,)))
    assert (row.refused, row.stored, row.asked) == (True, "a8w3", "a8wt")
    assert "1 of 5 channels hold several magnitudes, the first is channel 4: " in row.why
    assert row.remedy


def test_an_ask_whose_layer_has_gone_is_a_row_of_its_own() -> None:
    weights = random_filter(np.random.default_rng(17), CONV, TERNARY)
    gone = ask(DENSE, random_filter(np.random.default_rng(18), DENSE, TERNARY), layer="head")
    _, rows = pack_weights(one_layer(CONV, weights), Request((gone,)))
    assert [(row.name, row.kind, row.stored, row.refused) for row in rows] == [
        ("one", CONV, "a8wt", False),
        ("head.kernel", "", "", True),
    ]


def test_a_quantizer_of_no_scheme_is_refused_with_its_reason() -> None:
    weights = np.random.default_rng(19).integers(-127, 128, (5, 3, 2, 4)).astype(np.int8)
    asked = replace(ask(CONV, weights, None), refusal="four magnitudes")
    _, (row,) = pack_weights(one_layer(CONV, weights), Request((asked,)))
    assert (row.asked, row.stored, row.why, row.refused) == ("Ternary", "a8w8", "four magnitudes", True)


def test_a_pattern_wins_over_a_quantizer() -> None:
    weights = random_filter(np.random.default_rng(20), CONV, TERNARY)
    request = replace(wish("one=a8w8"), asks=(ask(CONV, weights),))
    _, (row,) = pack_weights(one_layer(CONV, weights), request)
    assert (row.keras, row.asked, row.stored, row.refused) == ("one.kernel", "a8w8", "a8w8", False)


def test_filters_take_the_names_of_the_layers_that_ask() -> None:
    weights = random_filter(np.random.default_rng(21), CONV, TERNARY)
    graph = one_layer(CONV, weights)
    tensors = [replace(t, name=f"t{i}") for i, t in enumerate(graph.tensors)]
    after, (row,) = pack_weights(
        replace(graph, tensors=tuple(tensors)), Request((ask(CONV, weights, layer="stem"),))
    )
    assert row.name == "stem"
    assert [after.tensors[i].name for i in after.operators[0].inputs[1::2]] == [
        "stem/kernel",
        "stem/kernel/levels",
    ]
