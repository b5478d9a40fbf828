"""Constants of dense layers for cores with DSP: every code is where the kernel looks for it."""

import numpy as np
import pytest

from tinyq.core.arrange_dsp import BINARY, TERNARY, Dual, fully_connected
from tinyq.core.packing import pack_binary, pack_ternary
from tinyq.core.params import FullyConnectedDims, FullyConnectedParams

SCHEMES = {"a8wt": (TERNARY, pack_ternary, [-1, 0, 1]), "a8w1": (BINARY, pack_binary, [-1, 1])}
MASKS = {"a8wt": 0xC003C003, "a8w1": 0x40014001}


def params_of(channels: int, zero_point: int) -> FullyConnectedParams:
    ones = np.ones(channels, np.int32)
    levels = np.arange(1, channels + 1, dtype=np.int8)
    return FullyConnectedParams(zero_point, 0, -128, 127, ones, ones.astype(np.int8), levels)


def lanes(word: int, rotation: int, mask: int) -> list[int]:
    """The int16 lanes of a word, rotated to the right and masked."""
    turned = (word >> rotation | word << (32 - rotation)) & mask
    return np.array([turned & 0xFFFF, turned >> 16], np.uint16).view(np.int16).tolist()


def codes_of(dual: Dual, scheme: str, word: int) -> np.ndarray:
    """Codes [2 outputs, inputs] of a word, as products of the kernel see them."""
    found = np.zeros((2, dual.inputs), int)
    for i, rotation in enumerate(dual.rotations):
        for lane, value in enumerate(lanes(word, rotation, MASKS[scheme])):
            first = value & 0x3FFF
            at = i // 2 * 4 + i % 2 + 2 * lane
            found[:, at] = first, (value - first) >> 14
    return found - np.array([[1], [0]]) if scheme == "a8wt" else 1 - 2 * found


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("c_out", [1, 2, 6, 7, 8, 9, 19])
@pytest.mark.parametrize("c_in", [1, 8, 16, 43])
def test_every_code_is_found_again(scheme: str, c_out: int, c_in: int) -> None:
    dual, pack, choices = SCHEMES[scheme]
    codes = np.random.default_rng(c_in).choice(np.array(choices, np.int8), (c_out, c_in))
    dims = FullyConnectedDims(1, c_in, c_out)
    words, _ = fully_connected(dual)(params_of(c_out, 0), dims, (pack(codes), None))
    pairs, groups = -(-c_out // 2), -(-c_in // dual.inputs)
    assert words.dtype == np.uint32 and words.shape == (pairs * groups,)
    for pair in range(pairs):
        block, k = divmod(pair, 4)
        beside = 4 if 4 * block + 4 <= pairs else 1
        begin = 4 * block * groups + (k if beside == 4 else k * groups)
        row = [codes_of(dual, scheme, int(w)) for w in words[begin:][: beside * groups : beside]]
        wanted = codes[2 * pair : 2 * pair + 2]
        assert np.array_equal(np.concatenate(row, axis=1)[: len(wanted), :c_in], wanted)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_mask_and_its_rotations_use_every_bit_once(scheme: str) -> None:
    mask, seen = MASKS[scheme], 0
    for rotation in SCHEMES[scheme][0].rotations:
        turned = (mask << rotation | mask >> (32 - rotation)) & 0xFFFFFFFF
        assert not seen & turned
        seen |= turned
    assert seen == 0xFFFFFFFF


@pytest.mark.parametrize("zero_point", [-128, 0, 127])
def test_the_bias_has_the_part_of_the_zero_point(zero_point: int) -> None:
    codes = np.array([[1, 1, -1], [0, -1, -1]], np.int8)
    arrange, dims = fully_connected(TERNARY), FullyConnectedDims(1, 3, 2)
    for bias in (None, np.array([5, -6], np.int32)):
        _, whole = arrange(params_of(2, zero_point), dims, (pack_ternary(codes), bias))
        own = [0, 0] if bias is None else bias.tolist()
        assert whole.dtype == np.int32
        assert whole.tolist() == [own[0] - zero_point, own[1] + 2 * 2 * zero_point]


def test_a_bias_out_of_range_is_taken_modulo_2_to_the_32() -> None:
    bias = np.array([2**31 - 1], np.int32)
    dims = FullyConnectedDims(1, 2, 1)
    packed = pack_ternary(np.ones((1, 2), np.int8))
    _, whole = fully_connected(TERNARY)(params_of(1, -128), dims, (packed, bias))
    assert whole.tolist() == [2**31 - 1 + 256 - 2**32]
