"""Codes for cores without SIMD instructions: every field is the index of its taps' sum."""

import itertools

import numpy as np
import pytest

from tinyq.core.arrange_swar import BINARY, TERNARY, Units, conv_2d, depthwise_conv_2d, fully_connected
from tinyq.core.packing import pack_binary, pack_ternary
from tinyq.core.params import ConvDims, ConvParams, Dims, FullyConnectedDims, FullyConnectedParams

SCHEMES = {"a8wt": (TERNARY, pack_ternary, [-1, 0, 1]), "a8w1": (BINARY, pack_binary, [1, -1])}


def taps_of(units: Units, choices: list[int], unit: int) -> list[int]:
    """Codes of a unit: a field counts its taps' combinations, the one with the largest factor slowest."""
    width = len(units.factors)
    order = np.argsort([-factor for factor in units.factors])
    combinations = np.array(list(itertools.product(choices, repeat=width)))
    mask = 31 if units is TERNARY else 15
    found = np.zeros((len(units.places), width), int)
    for field, place in enumerate(units.places):
        found[field, order] = combinations[unit >> place & mask]
    return found.reshape(-1).tolist()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("c_in", [1, 9, 16, 43])
def test_every_code_is_found_again(scheme: str, c_in: int) -> None:
    units, pack, choices = SCHEMES[scheme]
    codes = np.random.default_rng(c_in).choice(np.array(choices, np.int8), (5, c_in))
    ones = np.ones(5, np.int32)
    params = FullyConnectedParams(3, 0, -128, 127, ones, ones.astype(np.int8), np.arange(1, 6, dtype=np.int8))
    arranged, bias = fully_connected(units)(params, FullyConnectedDims(1, c_in, 5), (pack(codes), None))
    assert arranged.dtype == np.uint16 and arranged.shape == (5, -(-c_in // units.taps))
    for row, wanted in zip(arranged, codes, strict=True):
        found = [code for unit in row.tolist() for code in taps_of(units, choices, unit)]
        assert found[:c_in] == wanted.tolist() and set(found[c_in:]) <= {units.padding}
    assert bias.tolist() == (-3 * codes.sum(axis=1) * np.arange(1, 6)).tolist()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_filters_of_a_depthwise_layer_lie_in_one_piece(scheme: str) -> None:
    units, pack, choices = SCHEMES[scheme]
    codes = np.random.default_rng(2).choice(np.array(choices, np.int8), (2, 3, 4))
    ones = np.ones(4, np.int32)
    fields = (1, 1, 1, 1, 0, 0, 5, 0, -128, 127, ones, ones.astype(np.int8), ones.astype(np.int8))
    image = Dims(1, 6, 7, 4)
    side_by_side = ConvDims(image, Dims(1, 2, 3, 4), image)
    one_by_one = ConvDims(image, Dims(4, 2, 3, 1), image)
    bias = np.arange(4, dtype=np.int32)
    got = depthwise_conv_2d(units)(ConvParams(*fields), side_by_side, (pack(codes), bias))
    turned = np.ascontiguousarray(codes.reshape(6, 4).T)
    wanted = conv_2d(units)(ConvParams(*fields), one_by_one, (pack(turned), bias))
    assert all(np.array_equal(a, b) for a, b in zip(got, wanted, strict=True))
