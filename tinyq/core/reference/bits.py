"""What the kernels on packed activations share: from accumulators, or other values, to their outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.packed_activations import Words, codes_of, pack_codes
from tinyq.core.params import Int8Array, Int32Array
from tinyq.core.params_bits import BitsOutput, Float32Array
from tinyq.core.reference.common import clamp
from tinyq.core.requantize import IntArray, multiply_by_quantized_multiplier


def compared(
    values: npt.NDArray[Any],
    thresholds: Int32Array | Float32Array,
    flip: Int8Array | None,
    levels: int,
) -> Words:
    """Packed codes of values [..., channels]: their number is how many thresholds they exceed.

    Args:
        values: integers or float32; what is no number exceeds nothing.
        thresholds: [channels or 1, levels - 1].
        flip: [channels]; where 1, codes are counted from the highest down.
        levels: of the codes.
    """
    number = np.zeros(values.shape, np.int64)
    for column in range(levels - 1):
        number += values > thresholds[..., column]
    if flip is not None:
        number = np.where(flip == 1, levels - 1 - number, number)
    return pack_codes(np.array(codes_of(levels), np.int16)[number], levels)


def to_packed(sums: IntArray, output: BitsOutput) -> Words:
    """Sums [..., c_out] against the thresholds of their channels."""
    return compared(sums, np.asarray(output.thresholds, np.int32), output.flip, output.levels)


def to_a8(sums: IntArray, output: BitsOutput, bias: Int32Array | None) -> Int8Array:
    """(sum << bias_shift) + bias, rescaled to int8."""
    accumulator = sums << output.bias_shift
    if bias is not None:
        accumulator = accumulator + bias
    multiplier, shift = np.asarray(output.multiplier, np.int64), np.asarray(output.shift, np.int64)
    scaled = multiply_by_quantized_multiplier(accumulator, multiplier, shift)
    return clamp(scaled + output.zero_point, output.activation_min, output.activation_max)


def to_f32(sums: IntArray, output: BitsOutput, bias: Float32Array | None) -> Float32Array:
    """sum * scale + bias, each operation rounded to float32, then clamped."""
    real = sums.astype(np.float32) * np.asarray(output.scale, np.float32)
    if bias is not None:
        real = real + bias
    low, high = np.float32(output.real_min), np.float32(output.real_max)
    # Not np.clip: which zero it makes of -0.0 is not defined.
    real = np.where(real < low, low, real)
    clamped: Float32Array = np.where(real > high, high, real)
    return clamped
