"""Parameters of the kernels on packed activations: they mirror the C structs of `tinyq/tq_kernels_bits.h`.

Dims are those of `tinyq.core.params`; c counts channels (codes), not words. `levels` are numbers of codes of
`tinyq.core.packed_activations.LEVELS`. A level's number counts the codes from the lowest, from 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyq.core.params import Int8Array, Int32Array

Float32Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class BitsOutput:
    """What becomes of an accumulator. Fields that a kernel does not read are 0 and None.

    * packed: the code's number is how many thresholds of its channel the accumulator exceeds; where `flip`
      is 1, it is counted from the highest code down.
    * int8: (accumulator << bias_shift) + bias, times multiplier * 2**(shift - 31), plus zero_point, clamped.
    * float32: accumulator * scale + bias, clamped; a rounding after each operation.
    """

    levels: int = 0
    thresholds: Int32Array | None = None  # [c_out, levels - 1], ascending
    flip: Int8Array | None = None  # [c_out], 0 or 1; None: no channel
    bias_shift: int = 0
    zero_point: int = 0
    activation_min: int = 0
    activation_max: int = 0
    multiplier: Int32Array | None = None  # [c_out]
    shift: Int8Array | None = None  # [c_out]
    scale: Float32Array | None = None  # [c_out]
    real_min: float = 0.0
    real_max: float = 0.0


@dataclass(frozen=True, eq=False)
class ConvBitsParams:
    """Conv2D and DepthwiseConv2D of packed inputs and weights; taps outside the input hold `pad_code`."""

    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    pad_left: int
    pad_code: int
    x_levels: int
    w_levels: int
    output: BitsOutput


@dataclass(frozen=True, eq=False)
class FullyConnectedBitsParams:
    """FullyConnected of packed inputs and weights."""

    x_levels: int
    w_levels: int
    output: BitsOutput


@dataclass(frozen=True, eq=False)
class QuantizeA8BitsParams:
    """int8 -> packed by thresholds on the stored integer."""

    levels: int
    per_channel: int  # 1: a row of thresholds a channel, 0: one row for all
    thresholds: Int32Array  # [channels or 1, levels - 1], ascending
    flip: Int8Array | None  # [channels], 0 or 1


@dataclass(frozen=True, eq=False)
class QuantizeF32BitsParams:
    """float32 -> packed by thresholds."""

    levels: int
    per_channel: int
    thresholds: Float32Array  # [channels or 1, levels - 1], ascending
    flip: Int8Array | None


@dataclass(frozen=True)
class MaxPoolBitsParams:
    """Max pooling of codes."""

    filter_h: int
    filter_w: int
    stride_h: int
    stride_w: int
    pad_top: int
    pad_left: int
    levels: int


@dataclass(frozen=True, eq=False)
class ConcatenationBitsParams:
    """Input i gives `channels[i]` codes to every row of the output."""

    count: int
    levels: int
    channels: Int32Array  # [count]


@dataclass(frozen=True)
class DequantizeBitsA8Params:
    """packed -> int8: code * multiplier * 2**(shift - 31) + zero_point."""

    levels: int
    multiplier: int
    shift: int
    output_zero_point: int
    activation_min: int
    activation_max: int


@dataclass(frozen=True)
class DequantizeBitsF32Params:
    """packed -> float32: code * scale."""

    levels: int
    scale: float
