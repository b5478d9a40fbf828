"""Kernel parameters: each dataclass mirrors one C struct of `firmware/include/tinyq/tq_types.h`.

Field names, order and meaning are the struct's (a test compares them), so a lowered operator can be run
by the NumPy reference and be printed as a C initialiser without translation. All zero points are
subtracted from inputs and added to outputs. All shapes are NHWC.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int32Array = npt.NDArray[np.int32]
Int8Array = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Dims:
    """Shape of an activation (n, h, w, c) or of a filter (n = output channels, h, w, c)."""

    n: int
    h: int
    w: int
    c: int

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The four sizes as a NumPy shape."""
        return (self.n, self.h, self.w, self.c)

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.n * self.h * self.w * self.c


@dataclass(frozen=True, eq=False)
class ConvParams:
    """Conv2D and DepthwiseConv2D. `levels` is None for int8 weights (a8w8).

    With a table (a8w2, a8w3, a8w4), weight = tables[levels[o], code].
    """

    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    pad_left: int
    input_zero_point: int
    output_zero_point: int
    activation_min: int
    activation_max: int
    multiplier: Int32Array  # [c_out]
    shift: Int8Array  # [c_out], left if positive
    levels: Int8Array | None  # [c_out], weight = level * code
    tables: Int8Array | None = None  # [tables, 2^bits]


@dataclass(frozen=True)
class ConvDims:
    """Conv: filter (c_out, h, w, c_in / groups). Depthwise: filter (1, h, w, c_out)."""

    input: Dims
    filter: Dims
    output: Dims


@dataclass(frozen=True, eq=False)
class FullyConnectedParams:
    """FullyConnected. `levels` is None for int8 weights (a8w8); `tables` as for Conv2D."""

    input_zero_point: int
    output_zero_point: int
    activation_min: int
    activation_max: int
    multiplier: Int32Array  # [c_out]
    shift: Int8Array  # [c_out]
    levels: Int8Array | None  # [c_out]
    tables: Int8Array | None = None  # [tables, 2^bits]


@dataclass(frozen=True)
class FullyConnectedDims:
    """input (rows, c_in), weights (c_out, c_in), output (rows, c_out)."""

    rows: int
    c_in: int
    c_out: int


@dataclass(frozen=True)
class AddParams:
    """Add: both inputs are brought to a common scale, summed, and rescaled."""

    input1_zero_point: int
    input1_multiplier: int
    input1_shift: int
    input2_zero_point: int
    input2_multiplier: int
    input2_shift: int
    output_zero_point: int
    output_multiplier: int
    output_shift: int
    left_shift: int
    activation_min: int
    activation_max: int


@dataclass(frozen=True)
class MulParams:
    """Mul: the product of both inputs is rescaled."""

    input1_zero_point: int
    input2_zero_point: int
    output_zero_point: int
    multiplier: int
    shift: int
    activation_min: int
    activation_max: int


@dataclass(frozen=True)
class AddDims:
    """An input dimension of 1 is broadcast."""

    input1: Dims
    input2: Dims
    output: Dims


@dataclass(frozen=True)
class PoolParams:
    """Average and max pooling; input and output share scale and zero point."""

    filter_h: int
    filter_w: int
    stride_h: int
    stride_w: int
    pad_top: int
    pad_left: int
    activation_min: int
    activation_max: int


@dataclass(frozen=True)
class UnaryDims:
    """One input, one output."""

    input: Dims
    output: Dims


@dataclass(frozen=True)
class MeanParams:
    """Mean over every axis whose output size is 1; 1/count is folded into multiplier and shift."""

    input_zero_point: int
    output_zero_point: int
    multiplier: int
    shift: int


@dataclass(frozen=True)
class PadParams:
    """Constant padding: `before` elements of `value` ahead of each axis, the rest behind."""

    before: Dims
    value: int


@dataclass(frozen=True)
class SoftmaxParams:
    """Integer softmax of TFLite: the difference to the row maximum is rescaled to Q5.26."""

    multiplier: int
    left_shift: int
    diff_min: int


@dataclass(frozen=True)
class RowsDims:
    """`rows` rows of `depth` contiguous elements."""

    rows: int
    depth: int


@dataclass(frozen=True)
class RequantizeParams:
    """int8 -> int8 with another scale, then clamped: QUANTIZE, RELU and RELU6."""

    input_zero_point: int
    output_zero_point: int
    multiplier: int
    shift: int
    activation_min: int
    activation_max: int


@dataclass(frozen=True)
class CountDims:
    """Element-wise: just how many elements."""

    count: int


@dataclass(frozen=True)
class AffineParams:
    """real = scale * (q - zero_point), between float32 and int8."""

    scale: float
    zero_point: int


@dataclass(frozen=True, eq=False)
class ConcatenationParams:
    """Input i gives `sizes[i]` contiguous elements to every one of the `rows` rows of the output."""

    count: int
    sizes: Int32Array  # [count]
