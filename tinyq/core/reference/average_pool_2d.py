"""AveragePool2D: the mean of those elements of a window that lie inside the input."""

from __future__ import annotations

import numpy as np

from tinyq.core.params import Int8Array, PoolParams, UnaryDims
from tinyq.core.reference.common import clamp, windows


def average_pool_2d_a8(params: PoolParams, dims: UnaryDims, image: Int8Array) -> Int8Array:
    """Rounded to nearest, ties away from zero; the zero point needs no correction. Of int16 likewise.

    Args:
        params: filter, strides, padding, activation range.
        dims: shapes; every window touches the input.
        image: int8 [input.n, input.h, input.w, input.c].

    Returns:
        int8 [output.n, output.h, output.w, output.c].
    """
    size = (params.filter_h, params.filter_w)
    values = image.reshape(dims.input.shape).astype(np.int32)
    sums = windows(values, size, dims.output, params).sum(axis=(4, 5), dtype=np.int64)
    inside = np.ones((1, dims.input.h, dims.input.w, 1), np.int32)
    count = windows(inside, size, dims.output, params).sum(axis=(4, 5), dtype=np.int64)
    # Integer division of C truncates, NumPy's rounds down: divide magnitudes.
    mean = np.sign(sums) * ((np.abs(sums) + count // 2) // count)
    return clamp(mean, params.activation_min, params.activation_max, image.dtype)
