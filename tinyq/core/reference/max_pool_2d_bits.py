"""MaxPool2D of packed codes: the largest code of those in a window that lie inside the input."""

from __future__ import annotations

import numpy as np

from tinyq.core.packed_activations import Words, codes_of, pack_codes, unpack_codes
from tinyq.core.params import UnaryDims
from tinyq.core.params_bits import MaxPoolBitsParams
from tinyq.core.reference.common import windows


def max_pool_2d_bits(params: MaxPoolBitsParams, dims: UnaryDims, image: Words) -> Words:
    """Largest codes.

    Args:
        params: filter, strides, padding, levels.
        dims: shapes in codes; every window touches the input.
        image: int32 [input.n, input.h, input.w, packed_size(input.c, levels)].

    Returns:
        int32 [output.n, output.h, output.w, packed_size(input.c, levels)].
    """
    codes = unpack_codes(image.reshape(*dims.input.shape[:3], -1), dims.input.c, params.levels)
    # Counted from the lowest code up, so that the zeros of the padding never win.
    least = codes_of(params.levels)[0]
    lifted = codes.astype(np.int32) - least
    seen = windows(lifted, (params.filter_h, params.filter_w), dims.output, params)
    return pack_codes(seen.max(axis=(4, 5)) + least, params.levels)
