"""Pad: a constant around the input."""

from __future__ import annotations

import numpy as np

from tinyq.core.params import Int8Array, PadParams, UnaryDims


def pad_a8(params: PadParams, dims: UnaryDims, values: Int8Array) -> Int8Array:
    """The input inside an array of `params.value`; of int16 likewise.

    Args:
        params: elements ahead of each axis, and the value.
        dims: shapes; what the output has more than input and `before` is behind.
        values: int8 [dims.input].

    Returns:
        int8 [dims.output].
    """
    output = np.full(dims.output.shape, params.value, values.dtype)
    place = tuple(
        slice(before, before + size)
        for before, size in zip(params.before.shape, dims.input.shape, strict=True)
    )
    output[place] = values.reshape(dims.input.shape)
    return output
