"""Weights of dense layers on packed codes as `listed` kernels for Cortex-M take them: 32 outputs in a word.

Such a kernel lists the inputs whose bit is 1, and counts the words of these only, for 32 outputs at a time
(tq_listed.h). The bits are those of the file, none more; where inputs are not ternary, there are the sums of
an output's weights, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.packed_activations import (
    TERNARY,
    WORD_BITS,
    Words,
    packed_size,
    planes_of,
    unpack_codes,
    words_of,
)
from tinyq.core.params import FullyConnectedDims
from tinyq.core.params_bits import FullyConnectedBitsParams

GROUP = WORD_BITS  # outputs of a word
BLOCK = 1024  # inputs that are listed at a time

Constants = tuple[npt.NDArray[Any] | None, ...]


def fully_connected(
    params: FullyConnectedBitsParams, dims: FullyConnectedDims, constants: Constants
) -> Constants:
    """(packed rows, bias or nothing) -> (int32 words, the same): of the blocks of inputs, then the rest.

    A block is, for each whole group of outputs, words [planes, inputs], and but for ternary inputs the sums
    of weights [32]; ternary weights have the planes "is 1" and "is -1". The rest are the rows of the outputs
    that are no whole group.
    """
    packed, *bias = constants
    rows = np.asarray(packed).reshape(dims.c_out, packed_size(dims.c_in, params.w_levels))
    whole = dims.c_out // GROUP * GROUP
    codes = unpack_codes(rows[:whole], dims.c_in, params.w_levels).astype(np.int32)
    bits = _bits(rows[:whole], dims.c_in, params.w_levels)
    parts = []
    for start in range(0, dims.c_in, BLOCK):
        for first in range(0, whole, GROUP):
            group = slice(first, first + GROUP)
            parts.append(_words(bits[group, :, start : start + BLOCK]))
            if params.x_levels != TERNARY:
                parts.append(codes[group, start : start + BLOCK].sum(axis=1, dtype=np.int32))
    return np.concatenate([*parts, rows[whole:].reshape(-1)]), *bias


def _bits(rows: Words, c_in: int, levels: int) -> npt.NDArray[np.uint8]:
    """[outputs, planes, inputs], 0 or 1"""
    shape = (len(rows), planes_of(levels), words_of(c_in))
    planes = np.ascontiguousarray(rows, "<i4").reshape(shape).view(np.uint8)
    bits = np.unpackbits(planes, axis=-1, count=c_in, bitorder="little")
    if levels == TERNARY:
        bits[:, 0] ^= bits[:, 1]  # not 0, but not -1
    return bits


def _words(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """32 outputs' bits [32, planes, inputs] -> words [planes * inputs]."""
    packed = np.packbits(bits.reshape(GROUP, -1).T, axis=-1, bitorder="little")
    words: npt.NDArray[np.int32] = np.ascontiguousarray(packed).view("<i4").astype(np.int32).reshape(-1)
    return words
