"""Parameters of the float32 kernels: they mirror the C structs of `tinyq/tq_kernels_f32.h`.

Dims are those of `tinyq.core.params`. Activation ranges are float32 numbers; no activation is the range
of all finite ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinyq.core.params import Dims


@dataclass(frozen=True)
class ConvF32Params:
    """Conv2D and DepthwiseConv2D; taps outside the input count nothing."""

    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    pad_left: int
    activation_min: float
    activation_max: float


@dataclass(frozen=True)
class RangeF32Params:
    """FullyConnected, Add, Mul, ReLUs: only what the output is clamped to."""

    activation_min: float
    activation_max: float


@dataclass(frozen=True)
class PoolF32Params:
    """Average and max pooling."""

    filter_h: int
    filter_w: int
    stride_h: int
    stride_w: int
    pad_top: int
    pad_left: int
    activation_min: float
    activation_max: float


@dataclass(frozen=True)
class MeanF32Params:
    """Mean over every axis whose output size is 1."""

    count: int  # elements of each mean


@dataclass(frozen=True)
class PadF32Params:
    """Constant padding: `before` elements of `value` ahead of each axis, the rest behind."""

    before: Dims
    value: float


@dataclass(frozen=True)
class SoftmaxF32Params:
    """exp(beta * x), normalized."""

    beta: float
