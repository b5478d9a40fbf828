"""Dequantize: int8 to float32."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinyq.core.params import AffineParams, CountDims, Int8Array


def dequantize_a8_f32(params: AffineParams, dims: CountDims, values: Int8Array) -> npt.NDArray[np.float32]:
    """scale * (value - zero_point) in float32, rounded once.

    Args:
        params: scale and zero point of the input.
        dims: number of elements.
        values: int8 [count].

    Returns:
        float32 [count].
    """
    centred = values.reshape(dims.count).astype(np.int32) - params.zero_point
    return np.float32(params.scale) * centred.astype(np.float32)
