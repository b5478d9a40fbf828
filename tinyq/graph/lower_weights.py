"""Lowering of the operators with weights: convolution, depthwise convolution and dense, int8 and packed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.kernels import Step
from tinyq.core.params import (
    ConvDims,
    ConvParams,
    Dims,
    FullyConnectedDims,
    FullyConnectedParams,
    Int8Array,
    Int32Array,
)
from tinyq.core.requantize import INT32_MAX
from tinyq.graph.ir import ABSENT, Tensor
from tinyq.graph.lower_common import (
    REMEDY_SUMS,
    Affine,
    Axis,
    Call,
    activation_range,
    centred_peak,
    data_of,
    scan_axis,
    title,
    walk,
)
from tinyq.graph.lower_packed import FEWEST_INPUTS, MOST_INPUTS, packed_shape, packed_weights

_MOST_WIDE_SUM, _MOST_WIDE_SHIFT = 1 << 47, 7  # of int16 activations


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights as the kernel takes them, and what requantization needs to know about them."""

    scheme: str
    stored: npt.NDArray[Any]  # int8 in the filter's shape, or packed uint8
    levels: Int8Array | None  # [channels]
    tables: Int8Array | None
    scales: npt.NDArray[np.float32]  # [1] or [channels]
    magnitude: npt.NDArray[np.int64]  # [channels], sum of |weight|
    bias: npt.NDArray[Any] | None  # [channels], int32; int64 with int16 activations


def conv_2d(call: Call) -> Step:
    """CONV_2D and TqConv2D, grouped ones included."""
    packed = _count(call)
    source, output = _image(call, packed), call.output()
    shape = packed_shape(call, ("c_out", "filter_height", "filter_width", "channels_in")) if packed else None
    weights = weights_of(call, shape, 4, channel_axis=0)
    filter_dims = Dims(*(shape or weights.stored.shape))
    if source.c % filter_dims.c or filter_dims.n % (source.c // filter_dims.c):
        raise call.error(
            f"{source.c} input channels, filter {list(filter_dims.shape)}",
            "input channels = groups * the filter's last axis; output channels a multiple of groups",
        )
    return _scanned(call, "conv_2d", ConvDims(source, filter_dims, call.dims4(output.shape)), weights)


def depthwise_conv_2d(call: Call) -> Step:
    """DEPTHWISE_CONV_2D and TqDepthwiseConv2D, channel multipliers included."""
    packed = _count(call)
    source, output = _image(call, packed), call.output()
    multiplier = call.integer("depth_multiplier", 1, INT32_MAX)
    shape = packed_shape(call, ("", "filter_height", "filter_width", "c_out")) if packed else None
    weights = weights_of(call, shape, 4, channel_axis=3)
    filter_dims = Dims(*(shape or weights.stored.shape))
    if filter_dims.n != 1 or filter_dims.c != source.c * multiplier:
        raise call.error(
            f"{source.c} input channels, filter {list(filter_dims.shape)}, depth_multiplier {multiplier}",
            "filter [1, h, w, input channels * depth_multiplier]",
        )
    dims = ConvDims(source, filter_dims, call.dims4(output.shape))
    return _scanned(call, "depthwise_conv_2d", dims, weights)


def fully_connected(call: Call) -> Step:
    """FULLY_CONNECTED and TqFullyConnected; all axes of the input but the last are rows."""
    packed = _count(call)
    if not packed:
        call.choice("weights_format", ("DEFAULT",), "DEFAULT")
    source, output = call.input(dtypes=_dtypes(call, packed)), call.output()
    shape = packed_shape(call, ("c_out", "channels_in")) if packed else None
    weights = weights_of(call, shape, 2, channel_axis=0)
    c_out, c_in = shape or weights.stored.shape
    rows, rest = divmod(math.prod(source.shape), c_in)
    if rest or (call.flag("keep_num_dims") and source.shape[-1:] != (c_in,)):
        raise call.error(f"input {list(source.shape)}, weights {[c_out, c_in]}", f"a last axis of {c_in}")
    # The runtimes take any shape with these rows (older converters kept leading axes of size 1).
    if output.shape[-1:] != (c_out,) or math.prod(output.shape) != rows * c_out:
        call.shape_is(output, [*source.shape[:-1], c_out] if call.flag("keep_num_dims") else [rows, c_out])
    affine_in, affine_out = call.affine(source), call.affine(output)
    reals = _dense_reals(call, weights, affine_in, affine_out)
    multiplier, shift = rescaling(call, weights, affine_in, reals)
    low, high = activation_range(call, affine_out)
    params = FullyConnectedParams(
        *(affine_in.zero_point, affine_out.zero_point, low, high),
        *(multiplier, shift, weights.levels, weights.tables),
    )
    dims = FullyConnectedDims(rows, c_in, c_out)
    kernel = f"fully_connected_{weights.scheme}"
    return call.step(kernel, params, dims, (0,), (weights.stored, weights.bias), rows * c_in * c_out)


def _dtypes(call: Call, packed: bool) -> tuple[str]:
    """Of activations: packed weights go with int8 only."""
    return ("int8",) if packed else (call.activation,)


def _count(call: Call) -> bool:
    """Check the number of inputs; returns whether the operator is a packed one."""
    packed = call.operator.kind.startswith("Tq")
    call.count(*((FEWEST_INPUTS, MOST_INPUTS) if packed else (2, 3)))
    return packed


def _image(call: Call, packed: bool) -> Dims:
    tensor = call.input(dtypes=_dtypes(call, packed))
    if len(tensor.shape) != 4:
        raise call.error(f"input {title(tensor)} has shape {list(tensor.shape)}", "four axes, NHWC")
    return Dims(*tensor.shape)


def _scanned(call: Call, operator: str, dims: ConvDims, weights: Weights) -> Step:
    """What Conv2D and DepthwiseConv2D have in common once their filters are known."""
    source, output = call.input(), call.output()
    along_h = scan_axis(call, "h", dims.input.h, dims.filter.h, dilated=True)
    along_w = scan_axis(call, "w", dims.input.w, dims.filter.w, dilated=True)
    call.shape_is(output, (dims.input.n, along_h.output, along_w.output, weights.magnitude.size))
    params = conv_params(call, (along_h, along_w), weights, call.affine(source), call.affine(output))
    macs = dims.output.size * dims.filter.h * dims.filter.w
    macs *= dims.filter.c if operator == "conv_2d" else 1
    return call.step(f"{operator}_{weights.scheme}", params, dims, (0,), (weights.stored, weights.bias), macs)


def conv_params(
    call: Call, along: tuple[Axis, Axis], weights: Weights, source: Affine, output: Affine
) -> ConvParams:
    """Parameters of convolutions: steps along both axes, scales of input, weights and output."""
    scales = np.broadcast_to(weights.scales, weights.magnitude.size).tolist()
    reals = [source.scale * scale / output.scale for scale in scales]
    multiplier, shift = rescaling(call, weights, source, reals)
    low, high = activation_range(call, output)
    return ConvParams(
        **walk(*along),
        input_zero_point=source.zero_point,
        output_zero_point=output.zero_point,
        activation_min=low,
        activation_max=high,
        multiplier=multiplier,
        shift=shift,
        levels=weights.levels,
        tables=weights.tables,
    )


def _dense_reals(call: Call, weights: Weights, source: Affine, output: Affine) -> list[float]:
    """Real multipliers of a dense layer: TFLite multiplies a per-tensor pair of scales in float32."""
    if weights.scales.size > 1:
        return [source.scale * scale / output.scale for scale in weights.scales.tolist()]
    with np.errstate(over="ignore", under="ignore"):
        product = float(np.float32(source.scale) * weights.scales[0])
    bias = _bias_tensor(call, 2)
    if bias is not None and bias.quantization is not None and bias.quantization.scale.size == 1:
        exact = source.scale * float(weights.scales[0])
        if not abs(exact - float(bias.quantization.scale[0])) <= 0.02 * output.scale:
            raise call.error(
                f"bias {title(bias)} has scale {bias.quantization.scale[0]:g}",
                f"input scale * weights scale = {exact:g}",
            )
    return [product / output.scale] * weights.magnitude.size


def rescaling(
    call: Call, weights: Weights, source: Affine, reals: list[float]
) -> tuple[Int32Array, Int8Array]:
    """(multiplier, shift) a channel, after a check that no accumulator leaves 32 bits."""
    pairs = [call.multiplier(real) for real in reals]
    worst = weights.magnitude * centred_peak(call, source)
    if weights.bias is not None:
        worst = worst + np.abs(weights.bias.astype(np.int64))
    for peak, (_, shift) in zip(worst.tolist(), pairs, strict=True):
        if call.activation == "int16":
            _fits_64_bits(call, peak, shift)
        else:
            call.fits(peak, shift)
    multipliers, shifts = zip(*pairs, strict=True)
    return np.array(multipliers, np.int32), np.array(shifts, np.int8)


def _fits_64_bits(call: Call, worst: int, shift: int) -> None:
    """What TFLite's multiplication of 64-bit sums takes, which gives 32 bits."""
    scaled = worst << shift if shift > 0 else worst >> -shift
    if worst >= _MOST_WIDE_SUM or shift > _MOST_WIDE_SHIFT or scaled >= INT32_MAX:
        raise call.error(
            f"the accumulator can reach {worst}, and {scaled} when it is scaled",
            f"below {_MOST_WIDE_SUM} and {INT32_MAX}, scaled by at most 2**{_MOST_WIDE_SHIFT}",
            REMEDY_SUMS,
        )


def weights_of(
    call: Call, shape: tuple[int, ...] | None, rank: int, channel_axis: int, bias_at: int = 2
) -> Weights:
    """Weights (input 1) and bias (input `bias_at`), checked.

    `shape` is that of packed weights, None for int8 ones.
    """
    if shape is None:
        tensor = call.constant(1, "weights", ("int8",))
        if len(tensor.shape) != rank:
            raise call.error(f"weights {title(tensor)} have shape {list(tensor.shape)}", f"{rank} axes")
        values = stored = data_of(tensor)
        levels, tables, scheme = None, None, f"{call.suffix}w8"
        scales = _scales(call, tensor, channel_axis, tensor.shape[channel_axis])
    else:
        packed = packed_weights(call, shape, channel_axis)
        values, tables, scheme, stored = packed.values, packed.tables, packed.scheme, packed.stored
        levels, scales = packed.levels, packed.scales
    other = tuple(axis for axis in range(rank) if axis != channel_axis)
    magnitude = np.abs(values.astype(np.int64)).sum(axis=other)
    return Weights(scheme, stored, levels, tables, scales, magnitude, _bias(call, magnitude.size, bias_at))


def _scales(call: Call, tensor: Tensor, axis: int, channels: int) -> npt.NDArray[np.float32]:
    """Scales of weights: one, or one a channel; the zero points are 0."""
    q = tensor.quantization
    if q is None or len(q.scale) == 0:
        raise call.error(f"weights {title(tensor)} have no scale", "one, or one a channel")
    counts = {len(q.scale), len(q.zero_point)}
    if counts not in ({1}, {channels}) or (channels > 1 and counts == {channels} and q.axis != axis):
        raise call.error(
            f"weights {title(tensor)} have {len(q.scale)} scales and {len(q.zero_point)} zero points, "
            f"axis {q.axis}",
            f"1, or {channels} on axis {axis}",
        )
    if np.any(q.zero_point):
        raise call.error(f"weights {title(tensor)} have a zero point other than 0", "0")
    scales = np.asarray(q.scale, np.float32)
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise call.error(f"weights {title(tensor)} have a scale of 0, below 0, or not finite", "above 0")
    return scales


def _bias_tensor(call: Call, position: int) -> Tensor | None:
    if len(call.operator.inputs) <= position or call.operator.inputs[position] == ABSENT:
        return None
    return call.constant(position, "bias", ("int64" if call.activation == "int16" else "int32",))


def _bias(call: Call, channels: int, position: int) -> npt.NDArray[Any] | None:
    tensor = _bias_tensor(call, position)
    if tensor is None:
        return None
    if math.prod(tensor.shape) != channels:
        raise call.error(f"bias {title(tensor)} has shape {list(tensor.shape)}", f"[{channels}]")
    if tensor.quantization is not None and np.any(tensor.quantization.zero_point):
        raise call.error(f"bias {title(tensor)} has a zero point other than 0", "0")
    return data_of(tensor).reshape(channels)
