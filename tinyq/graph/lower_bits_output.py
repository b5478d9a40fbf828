"""What becomes of the sums of packed operators: thresholds, int8 by multiplier and shift, or float32."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyq.core.params import Int8Array
from tinyq.core.params_bits import BitsOutput, Float32Array
from tinyq.graph.ir import ABSENT, Tensor
from tinyq.graph.lower_common import REMEDY_SCALES, REMEDY_SUMS, Call, activation_range, data_of, title
from tinyq.graph.packed_tensors import packed_scale

MAX_BIAS_SHIFT = 24
FLOAT32_MAX = float(np.finfo(np.float32).max)
_REAL_RANGES = {
    "NONE": (-FLOAT32_MAX, FLOAT32_MAX),
    "RELU": (0.0, FLOAT32_MAX),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
}

Bias = tuple[npt.NDArray[np.int32] | Float32Array | None, ...]


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums of products of codes that an operator computes.

    Args:
        source, weights: the packed tensors; their scales give the sums' meaning.
        magnitude: int64 [c_out], the largest that a channel's sum can be.
        largest: of `largest_accumulator`, for all channels: the range of thresholds.
        out_levels: levels of the output, 0 if it is not packed.
    """

    source: Tensor
    weights: Tensor
    magnitude: npt.NDArray[np.int64]
    largest: int
    out_levels: int

    @property
    def channels(self) -> int:
        """Output channels."""
        return self.magnitude.size


def output_of(call: Call, sums: Sums) -> tuple[str, Bias, BitsOutput]:
    """(suffix of the kernel's name, its constants behind the weights, what it does with a sum)."""
    output = call.output(("int32", "int8", "float32"))
    if (output.dtype == "int32") != (sums.out_levels > 0):
        raise call.error(
            f"output {title(output)} is {output.dtype}, option out_levels {sums.out_levels}",
            "int32 and 2 or more levels; or int8 or float32 and 0",
        )
    call.fits(int(sums.magnitude.max()), 0)
    bias_shift = call.integer("bias_shift", 0, MAX_BIAS_SHIFT if output.dtype == "int8" else 0)
    if output.dtype == "int32":
        call.choice("fused_activation_function", ("NONE",))
        thresholds = _thresholds(call, sums)
        return "", (), BitsOutput(sums.out_levels, thresholds, flip_of(call, 3, sums.channels))
    if output.dtype == "int8":
        return _int8_output(call, sums, bias_shift)
    return _float32_output(call, sums)


def ascending(call: Call, tensor: Tensor, low: float, high: float) -> npt.NDArray[np.int32] | Float32Array:
    """Thresholds, rows in ascending order (equal ones leave a code out), checked."""
    values: npt.NDArray[np.int32] | Float32Array = data_of(tensor)
    if not np.isfinite(values).all() or values.min() < low or values.max() > high:
        raise call.error(
            f"thresholds {title(tensor)} reach from {values.min():.9g} to {values.max():.9g}",
            f"{low:.9g} to {high:.9g}",
            "limit them: a threshold beyond what is compared with it tells no more than its neighbour",
        )
    if (np.diff(values.astype(np.float64), axis=-1) < 0).any():
        raise call.error(f"thresholds {title(tensor)} are not in order", "each row ascending")
    return values


def flip_of(call: Call, position: int, channels: int) -> Int8Array | None:
    """Which channels count their codes from the highest down; None: none."""
    if position >= len(call.operator.inputs) or call.operator.inputs[position] == ABSENT:
        return None
    tensor = call.constant(position, "flip", ("int8",))
    values: Int8Array = data_of(tensor)
    if tensor.shape != (channels,) or not np.isin(values, (0, 1)).all():
        found = f"values {np.unique(values)[:8].tolist()}, shape {list(tensor.shape)}"
        raise call.error(f"flip {title(tensor)} has {found}", f"0 and 1, shape [{channels}]")
    return values if values.any() else None


def _thresholds(call: Call, sums: Sums) -> npt.NDArray[np.int32]:
    tensor = call.constant(2, "thresholds", ("int32",))
    if tensor.shape != (sums.channels, sums.out_levels - 1):
        wanted = f"[{sums.channels}, {sums.out_levels - 1}]: output channels, output levels - 1"
        raise call.error(f"thresholds {title(tensor)} have shape {list(tensor.shape)}", wanted)
    return ascending(call, tensor, -sums.largest - 1, sums.largest).astype(np.int32)


def _int8_output(call: Call, sums: Sums, bias_shift: int) -> tuple[str, Bias, BitsOutput]:
    affine = call.affine(call.output())
    bias = _bias(call, sums.channels, "int32")
    source_scale = packed_scale(call, sums.source)
    reals = [source_scale * scale / (2**bias_shift * affine.scale) for scale in _scales(call, sums).tolist()]
    pairs = [call.multiplier(real) for real in reals]
    worst = sums.magnitude << bias_shift
    if bias is not None:
        worst = worst + np.abs(bias.astype(np.int64))
    for peak, (_, shift) in zip(worst.tolist(), pairs, strict=True):
        call.fits(peak, shift)
    low, high = activation_range(call, affine)
    multipliers, shifts = (np.array(values) for values in zip(*pairs, strict=True))
    output = BitsOutput(
        bias_shift=bias_shift,
        zero_point=affine.zero_point,
        activation_min=low,
        activation_max=high,
        multiplier=multipliers.astype(np.int32),
        shift=shifts.astype(np.int8),
    )
    return "_a8", (bias,), output


def _float32_output(call: Call, sums: Sums) -> tuple[str, Bias, BitsOutput]:
    kind = call.choice("fused_activation_function", tuple(_REAL_RANGES))
    bias = _bias(call, sums.channels, "float32")
    with np.errstate(over="ignore", under="ignore"):
        scale = np.float32(packed_scale(call, sums.source)) * _scales(call, sums)
    worst = sums.magnitude * scale.astype(np.float64)
    worst = worst if bias is None else worst + np.abs(bias.astype(np.float64))
    if not (worst < FLOAT32_MAX / 2).all():
        raise call.error(f"sums times scales, plus bias, can reach {worst.max():g}", "float32", REMEDY_SCALES)
    low, high = _REAL_RANGES[kind]
    return "_f32", (bias,), BitsOutput(scale=scale, real_min=low, real_max=high)


def _scales(call: Call, sums: Sums) -> Float32Array:
    """Scales of the weights, float32 [c_out]: their own, or input 3 where no axis has c_out elements."""
    q = sums.weights.quantization
    found = np.empty(0, np.float32) if q is None else np.asarray(q.scale, np.float32)
    where = f"packed weights {title(sums.weights)}"
    if len(call.operator.inputs) > 3 and call.operator.inputs[3] != ABSENT:
        if q is not None:
            raise call.error(f"{where} have scales, and input 3 holds scales", "one of both")
        tensor = call.constant(3, "scales", ("float32",))
        found, where = data_of(tensor).reshape(-1), f"scales {title(tensor)}"
    elif q is not None and np.any(q.zero_point):
        raise call.error(f"{where} have a zero point other than 0", "0")
    if found.size not in (1, sums.channels):
        raise call.error(f"{where}: {found.size} scales", f"1 or {sums.channels}")
    if not (np.isfinite(found).all() and (found > 0).all()):
        raise call.error(f"{where}: a scale of 0, below 0, or not finite", "above 0")
    scales: Float32Array = np.broadcast_to(found, sums.channels).copy()
    return scales


def _bias(call: Call, channels: int, dtype: str) -> npt.NDArray[np.int32] | Float32Array | None:
    if len(call.operator.inputs) < 3 or call.operator.inputs[2] == ABSENT:
        return None
    tensor = call.constant(2, "bias", (dtype,))
    values: npt.NDArray[np.int32] | Float32Array = data_of(tensor)
    if math.prod(tensor.shape) != channels or not np.isfinite(values).all():
        raise call.error(
            f"bias {title(tensor)} has shape {list(tensor.shape)}, from {values.min()} to {values.max()}",
            f"{channels} finite values",
            REMEDY_SUMS,
        )
    return values.reshape(channels)
