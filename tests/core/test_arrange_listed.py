"""Weights of packed dense layers, 32 outputs in a word: every code is where the kernel looks for it."""

import numpy as np
import pytest

from tinyq.core.arrange_listed import BLOCK, GROUP, fully_connected
from tinyq.core.packed_activations import codes_of, pack_codes, planes_of
from tinyq.core.params import FullyConnectedDims
from tinyq.core.params_bits import BitsOutput, FullyConnectedBitsParams


def code_of(bits: list[int], levels: int) -> int:
    """The code that bits of an input's words mean."""
    if levels == 3:
        return bits[0] - bits[1]
    return levels - 1 - 2 * sum(bit << k for k, bit in enumerate(bits))


@pytest.mark.parametrize("c_in", [5, 64, BLOCK + 3])
@pytest.mark.parametrize("c_out", [7, 32, 70])
@pytest.mark.parametrize("x_levels, w_levels", [(2, 2), (3, 3), (3, 4), (4, 3)])
def test_every_code_is_found_again(c_in: int, c_out: int, x_levels: int, w_levels: int) -> None:
    rng = np.random.default_rng(c_in)
    codes = rng.choice(codes_of(w_levels), (c_out, c_in))
    rows = pack_codes(codes, w_levels)
    params = FullyConnectedBitsParams(x_levels, w_levels, BitsOutput())
    bias = np.arange(c_out, dtype=np.int32)
    words, same = fully_connected(params, FullyConnectedDims(1, c_in, c_out), (rows, bias))
    assert same is bias and words.dtype == np.int32
    planes, at = planes_of(w_levels), 0
    for start in range(0, c_in, BLOCK):
        size = min(BLOCK, c_in - start)
        for first in range(0, c_out - GROUP + 1, GROUP):
            group = words[at : at + planes * size].reshape(planes, size)
            at += planes * size
            wanted = codes[first : first + GROUP, start : start + size]
            for lane, i in zip(rng.integers(0, GROUP, 40), rng.integers(0, size, 40), strict=True):
                bits = [int(word) >> int(lane) & 1 for word in group[:, i]]
                assert code_of(bits, w_levels) == wanted[lane, i]
            if x_levels != 3:
                assert words[at : at + GROUP].tolist() == wanted.sum(axis=1).tolist()
                at += GROUP
    assert words[at:].tolist() == rows[c_out // GROUP * GROUP :].reshape(-1).tolist()


def test_ternary_weights_of_ternary_inputs_take_two_bits() -> None:
    rows = pack_codes(np.zeros((64, 100), np.int8), 3)
    params = FullyConnectedBitsParams(3, 3, BitsOutput())
    words, *_ = fully_connected(params, FullyConnectedDims(1, 100, 64), (rows,))
    assert words.nbytes == 64 * 100 * 2 // 8
