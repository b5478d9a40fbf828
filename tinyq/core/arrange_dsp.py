"""Constants of dense layers as kernels for Cortex-M with DSP take them: codes of two outputs in every word.

A 16-bit lane a + 2**14 * b makes the products of an input with two codes (tq_dsp_dual.h). Codes lie such that
the word, rotated, has two such lanes in one mask, and all of its bits are used. The part of the input's zero
point is in the bias.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.packing import unpack_binary, unpack_ternary
from tinyq.core.params import ConvParams, FullyConnectedDims, FullyConnectedParams

Constants = tuple[npt.NDArray[Any] | None, ...]
_SECOND = 14  # where a lane has the code of the second output
_PAIRS = 4  # of outputs, whose words alternate


@dataclass(frozen=True)
class Dual:
    """How codes lie in the words of a scheme.

    Args:
        rotations: of a word to the right, one for each pair of inputs.
        padding: a code.
        first, second: codes -> fields of the first and of the second output.
        unpack: bytes and their number -> codes.
    """

    rotations: tuple[int, ...]
    padding: int
    first: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
    second: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
    unpack: Callable[[Any, int], npt.NDArray[np.int8]]

    @property
    def inputs(self) -> int:
        """Inputs of a word."""
        return 2 * len(self.rotations)


TERNARY = Dual((0, 4, 8, 12), 0, lambda codes: codes + 1, lambda codes: codes & 3, unpack_ternary)
BINARY = Dual((0, 1, 4, 5, 8, 9, 12, 13), 1, lambda codes: codes < 0, lambda codes: codes < 0, unpack_binary)


def fully_connected(dual: Dual) -> Callable[[FullyConnectedParams, FullyConnectedDims, Constants], Constants]:
    """What makes (words uint32, bias int32) of (packed uint8, bias or None).

    Words: of eight outputs [ceil(c_in / inputs), 4], of two of those that are left [ceil(c_in / inputs)].
    """

    def arrange(params: FullyConnectedParams, dims: FullyConnectedDims, constants: Constants) -> Constants:
        packed, bias = constants
        codes = dual.unpack(packed, dims.c_out * dims.c_in).reshape(dims.c_out, dims.c_in)
        return _in_blocks(_words(dual, codes)), whole_bias(params, codes, bias)

    return arrange


def _words(dual: Dual, codes: npt.NDArray[np.int8]) -> npt.NDArray[np.uint32]:
    """[pairs of outputs, groups of inputs]"""
    padding = [(0, size) for size in (-codes.shape[0] % 2, -codes.shape[1] % dual.inputs)]
    padded = np.pad(codes, padding, constant_values=dual.padding).astype(np.int64)
    rows = padded.reshape(len(padded) // 2, 2, -1, dual.inputs)
    words = np.zeros((rows.shape[0], rows.shape[2]), np.int64)
    for i in range(dual.inputs):
        # Of four inputs a pair is the even ones, and another one the odd ones, as SXTB16 has them.
        place = dual.rotations[i // 4 * 2 + i % 2] + 16 * (i % 4 // 2)
        words |= dual.first(rows[:, 0, :, i]).astype(np.int64) << place
        words |= dual.second(rows[:, 1, :, i]).astype(np.int64) << (place + _SECOND) % 32
    return words.astype(np.uint32)


def _in_blocks(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    whole = len(words) // _PAIRS * _PAIRS
    blocks = words[:whole].reshape(-1, _PAIRS, words.shape[1]).transpose(0, 2, 1)
    return np.concatenate([blocks.reshape(-1), words[whole:].reshape(-1)])


def whole_bias(
    params: FullyConnectedParams | ConvParams, codes: npt.NDArray[np.int8], bias: Any
) -> npt.NDArray[np.int32]:
    """The bias less the input's zero point's part; codes [c_out, c_in], or weights where there are no levels.

    Modulo 2**32, as the kernel adds it: what it adds up to is in range.
    """
    levels = 1 if params.levels is None else np.asarray(params.levels, np.int64)
    weights = codes.sum(axis=1, dtype=np.int64) * levels
    own = 0 if bias is None else bias.astype(np.int64)
    whole: npt.NDArray[np.int32] = (own - params.input_zero_point * weights).astype(np.int32)
    return whole
