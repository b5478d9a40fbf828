"""Softmax of int16: exp and reciprocal from tables of 513 points with straight lines between them.

Source: TFLite's reference softmax of 16x8 quantization.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tinyq.core.params import RowsDims, SoftmaxParams
from tinyq.core.reference.quantize import round_half_away
from tinyq.core.requantize import IntArray, multiply_by_quantized_multiplier

_SEGMENTS = 512


def lookup_table(function: Callable[[float], float], low: float, high: float) -> npt.NDArray[np.int16]:
    """`function` at 513 points of [low, high], times 2**15, moved so that the lines between them fit best.

    float32 throughout, as TFLite computes it.
    """
    step = np.float32(np.float32(high - low) / np.float32(_SEGMENTS))
    half = np.float32(step / np.float32(2))
    scale = np.float32(32768)

    def scaled(x: np.float32) -> np.float32:
        return np.float32(np.float32(function(float(x))) * scale)

    def rounded(x: np.float32) -> np.float32:
        return np.float32(round_half_away(np.array(x, np.float32)))

    table = np.empty(_SEGMENTS + 1, np.int64)
    for i in range(_SEGMENTS):
        here = np.float32(np.float32(low) + np.float32(np.float32(i) * step))
        after = np.float32(np.float32(low) + np.float32(np.float32(i + 1) * step))
        value = rounded(scaled(here))
        straight = rounded(np.float32((scaled(after) + value) / np.float32(2)))
        middle = rounded(scaled(np.float32(here + half)))
        bias = rounded(np.float32((straight - middle) / np.float32(2)))
        table[i] = int(value - bias)
    table[_SEGMENTS] = int(rounded(scaled(np.float32(high))))
    points: npt.NDArray[np.int16] = np.clip(table, -32768, 32767).astype(np.int16)
    return points


def _exp(x: float) -> float:
    return float(np.exp(np.float32(x)))


def _one_over_one_plus(x: float) -> float:
    return float(np.float32(1) / (np.float32(1) + np.float32(x)))


EXP = lookup_table(_exp, -10.0, 0.0)
ONE_OVER_ONE_PLUS = lookup_table(_one_over_one_plus, 0.0, 1.0)


def interpolate(table: npt.NDArray[np.int16], x: IntArray) -> IntArray:
    """What a table says of int16 values."""
    wide = table.astype(np.int64)
    place, rest = 256 + (x >> 7), x & 127
    found: IntArray = wide[place] + (((wide[place + 1] - wide[place]) * rest + 64) >> 7)
    return found


def softmax_a16(
    params: SoftmaxParams, dims: RowsDims, values: npt.NDArray[np.int16]
) -> npt.NDArray[np.int16]:
    """exp(x - max) / sum of exp(x - max) in every row; output scale 2**-15.

    Args:
        params: the difference to the maximum times multiplier * 2**(left_shift - 31) is in units of
            10 / 65535.
        dims: rows and elements a row.
        values: int16 [rows, depth].

    Returns:
        int16 [rows, depth].
    """
    x = values.reshape(dims.rows, dims.depth).astype(np.int64)
    difference = x - x.max(axis=1, keepdims=True)
    scaled = multiply_by_quantized_multiplier(difference, params.multiplier, params.left_shift)
    exps = interpolate(EXP, np.clip(scaled + 32767, -32768, 32767))
    total = exps.sum(axis=1, keepdims=True)
    bits = np.frexp(total.astype(np.float64))[1].astype(np.int64)  # total = (1 + fraction) * 2**(bits - 1)
    fraction = ((total << (31 - bits)) + (1 << 13)) >> 14
    reciprocal = interpolate(ONE_OVER_ONE_PLUS, np.clip(fraction - (1 << 15) - (1 << 16), -32768, 32767))
    shares = (exps * reciprocal + (np.int64(1) << (bits - 2))) >> (bits - 1)
    limited: npt.NDArray[np.int16] = np.clip(shares, 0, 32767).astype(np.int16)
    return limited
