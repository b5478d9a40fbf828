"""Concatenation of packed codes along their channels: a channel may start within a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyq.core.packed_activations import Words, pack_codes, unpack_codes
from tinyq.core.params import RowsDims
from tinyq.core.params_bits import ConcatenationBitsParams


def concatenation_bits(params: ConcatenationBitsParams, dims: RowsDims, inputs: Sequence[Words]) -> Words:
    """Row r of the output has the codes of row r of input 0, of input 1, ...

    Args:
        params: channels of each input, levels of all.
        dims: rows, and channels of the output.
        inputs: int32 [rows, packed_size(channels[i], levels)] each.

    Returns:
        int32 [rows, packed_size(depth, levels)].
    """
    codes = [
        unpack_codes(x.reshape(dims.rows, -1), channels, params.levels)
        for x, channels in zip(inputs, params.channels.tolist(), strict=True)
    ]
    return pack_codes(np.concatenate(codes, axis=1), params.levels)
