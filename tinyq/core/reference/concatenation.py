"""Concatenation: rows of several inputs, one behind the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyq.core.params import ConcatenationParams, Int8Array, RowsDims


def concatenation_a8(params: ConcatenationParams, dims: RowsDims, inputs: Sequence[Int8Array]) -> Int8Array:
    """Row r of the output is row r of input 0, of input 1, ...; of int16 likewise.

    Args:
        params: elements a row that each input gives.
        dims: rows, and elements a row of the output.
        inputs: int8 [rows, sizes[i]] each.

    Returns:
        int8 [rows, depth].
    """
    rows = [x.reshape(dims.rows, size) for x, size in zip(inputs, params.sizes.tolist(), strict=True)]
    return np.concatenate(rows, axis=1)
