"""LceBMaxPool2d: the maximum of signs, word by word."""

from __future__ import annotations

import numpy as np

from tinyq.core.packed_activations import Words
from tinyq.core.params import UnaryDims
from tinyq.core.params_lce import LceMaxPoolParams
from tinyq.core.reference.common import windows


def lce_max_pool_2d(params: LceMaxPoolParams, dims: UnaryDims, image: Words) -> Words:
    """-1 (bit 1) only where all elements of a window that lie inside the input are -1.

    Args:
        params: filter, strides, padding.
        dims: shapes in words; every window touches the input.
        image: int32 [input.n, input.h, input.w, input.c].

    Returns:
        int32 [output.n, output.h, output.w, output.c].
    """
    positive = ~image.reshape(dims.input.shape)  # so that the zeros of the padding say nothing
    seen = windows(positive, (params.filter_h, params.filter_w), dims.output, params)
    any_positive: Words = np.bitwise_or.reduce(seen, axis=(4, 5))
    return ~any_positive
