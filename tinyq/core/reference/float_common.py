"""What the float32 references share. They add in the order of the C kernels' loops, so the bits are equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.params_float import ConvF32Params, PoolF32Params, RangeF32Params

Float32Array = npt.NDArray[np.float32]


def clamped(values: Float32Array, params: ConvF32Params | PoolF32Params | RangeF32Params) -> Float32Array:
    """Values limited to the activation range; NaN stays, and so does the sign of a zero."""
    low, high = np.float32(params.activation_min), np.float32(params.activation_max)
    return np.where(values < low, low, np.where(values > high, high, values))


def biased(sums: Float32Array, bias: Float32Array | None) -> Float32Array:
    """Sums plus the bias, where there is one."""
    return sums if bias is None else sums + bias


def summed_in_order(values: npt.NDArray[Any]) -> Float32Array:
    """0 + the first element of the last axis + the second, ...; np.sum adds in pairs."""
    total: Float32Array = np.float32(0) + np.cumsum(values, axis=-1, dtype=np.float32)[..., -1]
    return total
