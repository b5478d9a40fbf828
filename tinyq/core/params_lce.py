"""Parameters of Larq Compute Engine's operators: they mirror the C structs of `tinyq/tq_kernels_lce.h`.

Dims are those of `tinyq.core.params`; c counts channels, not words, but where it is said. Packed tensors are
one plane of `tinyq.core.packed_activations`: bit 0 means +1, bit 1 means -1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyq.core.params import Int32Array

Float32Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LceBconvParams:
    """LceBconv2d, from the number of places where input and filter differ ("bits") to the output.

    * packed: bits > thresholds[o].
    * float32, int8: clamp(2 * bits) * multiplier[o] + bias[o], rounded to float32 after each operation; int8
      is then rounded, ties away from zero, and saturated.

    Args:
        pad_value: what taps outside the input hold: 1 (+1), or 0, which counts half of a tap's channels.
        corrected: float32 with pad_value 0 only: taps outside count as +1; what that adds is taken off at the
            end, in float32, as LCE's fast kernels do it.
        clamp_min, clamp_max: of twice the bits: the fused activation.
    """

    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    pad_left: int
    pad_value: int
    corrected: int
    clamp_min: int
    clamp_max: int
    multiplier: Float32Array | None  # [c_out]; None where the output is packed
    bias: Float32Array | None  # [c_out]; likewise
    thresholds: Int32Array | None  # [c_out]; None where it is not


@dataclass(frozen=True)
class LceMaxPoolParams:
    """LceBMaxPool2d: dims count words."""

    filter_h: int
    filter_w: int
    stride_h: int
    stride_w: int
    pad_top: int
    pad_left: int


@dataclass(frozen=True)
class LceQuantizeParams:
    """LceQuantize: the bit of x is x < zero_point, which is 0 for float32 and 1 for bool."""

    zero_point: int


@dataclass(frozen=True)
class LceDequantizeParams:
    """LceDequantize: what bit 0 and bit 1 become."""

    zero_bit: int
    one_bit: int
