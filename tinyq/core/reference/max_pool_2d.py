"""MaxPool2D: the maximum of those elements of a window that lie inside the input."""

from __future__ import annotations

import numpy as np

from tinyq.core.params import Int8Array, PoolParams, UnaryDims
from tinyq.core.reference.common import clamp, windows


def max_pool_2d_a8(params: PoolParams, dims: UnaryDims, image: Int8Array) -> Int8Array:
    """Maximum, then clamped; of int16 likewise.

    Args:
        params: filter, strides, padding, activation range.
        dims: shapes; every window touches the input.
        image: int8 [input.n, input.h, input.w, input.c].

    Returns:
        int8 [output.n, output.h, output.w, output.c].
    """
    # Counted from the least number up, so that the zeros of the padding never win.
    least = np.iinfo(image.dtype).min
    lifted = image.reshape(dims.input.shape).astype(np.int32) - least
    size = (params.filter_h, params.filter_w)
    highest = windows(lifted, size, dims.output, params).max(axis=(4, 5)) + least
    return clamp(highest, params.activation_min, params.activation_max, image.dtype)
