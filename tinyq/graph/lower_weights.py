"""Lowering of the operators with weights: convolution, depthwise convolution and dense, int8 and packed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import SpecError
from tinyq.core.kernels import Step
from tinyq.core.packing import unpack_binary, unpack_ternary
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
    Affine,
    Call,
    activation_range,
    centred_peak,
    data_of,
    scan_axis,
    title,
)

ABI = 1  # of the Tq operators' options; TQ_ABI in tq_types.h
_UNPACK: dict[str, Callable[[npt.NDArray[np.uint8], int], Int8Array]] = {
    "a8wt": unpack_ternary,
    "a8w1": unpack_binary,
}


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights as the kernel takes them, and what requantization needs to know about them."""

    scheme: str
    stored: npt.NDArray[Any]  # int8 in the filter's shape, or packed uint8
    levels: Int8Array | None  # [channels]
    scales: npt.NDArray[np.float32]  # [1] or [channels]
    magnitude: npt.NDArray[np.int64]  # [channels], sum of |weight|
    bias: Int32Array | None  # [channels]


def conv_2d(call: Call) -> Step:
    """CONV_2D and TqConv2D, grouped ones included."""
    packed = _count(call)
    source, output = _image(call), call.output()
    shape = _packed_shape(call, ("c_out", "filter_height", "filter_width", "channels_in")) if packed else None
    weights = _weights(call, shape, 4, channel_axis=0)
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
    source, output = _image(call), call.output()
    multiplier = call.integer("depth_multiplier", 1, INT32_MAX)
    shape = _packed_shape(call, ("", "filter_height", "filter_width", "c_out")) if packed else None
    weights = _weights(call, shape, 4, channel_axis=3)
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
    source, output = call.input(), call.output()
    shape = _packed_shape(call, ("c_out", "channels_in")) if packed else None
    weights = _weights(call, shape, 2, channel_axis=0)
    c_out, c_in = shape or weights.stored.shape
    rows, rest = divmod(math.prod(source.shape), c_in)
    if rest or (call.flag("keep_num_dims") and source.shape[-1:] != (c_in,)):
        raise call.error(f"input {list(source.shape)}, weights {[c_out, c_in]}", f"a last axis of {c_in}")
    # The runtimes take any shape with these rows (older converters kept leading axes of size 1).
    if output.shape[-1:] != (c_out,) or math.prod(output.shape) != rows * c_out:
        call.shape_is(output, [*source.shape[:-1], c_out] if call.flag("keep_num_dims") else [rows, c_out])
    affine_in, affine_out = call.affine(source), call.affine(output)
    multiplier, shift = _rescaling(
        call, weights, affine_in, _dense_reals(call, weights, affine_in, affine_out)
    )
    low, high = activation_range(call, affine_out)
    params = FullyConnectedParams(
        affine_in.zero_point, affine_out.zero_point, low, high, multiplier, shift, weights.levels
    )
    dims = FullyConnectedDims(rows, c_in, c_out)
    kernel = f"fully_connected_{weights.scheme}"
    return call.step(kernel, params, dims, (0,), (weights.stored, weights.bias), rows * c_in * c_out)


def _count(call: Call) -> bool:
    """Check the number of inputs; returns whether the operator is a packed one."""
    packed = call.operator.kind.startswith("Tq")
    call.count(*((4, 4) if packed else (2, 3)))
    return packed


def _image(call: Call) -> Dims:
    tensor = call.input()
    if len(tensor.shape) != 4:
        raise call.error(f"input {title(tensor)} has shape {list(tensor.shape)}", "four axes, NHWC")
    return Dims(*tensor.shape)


def _scanned(call: Call, operator: str, dims: ConvDims, weights: Weights) -> Step:
    """What Conv2D and DepthwiseConv2D have in common once their filters are known."""
    source, output = call.input(), call.output()
    along_h = scan_axis(call, "h", dims.input.h, dims.filter.h, dilated=True)
    along_w = scan_axis(call, "w", dims.input.w, dims.filter.w, dilated=True)
    channels = weights.magnitude.size
    call.shape_is(output, (dims.input.n, along_h.output, along_w.output, channels))
    affine_in, affine_out = call.affine(source), call.affine(output)
    scales = np.broadcast_to(weights.scales, channels).tolist()
    reals = [affine_in.scale * scale / affine_out.scale for scale in scales]
    multiplier, shift = _rescaling(call, weights, affine_in, reals)
    low, high = activation_range(call, affine_out)
    params = ConvParams(
        stride_h=along_h.stride,
        stride_w=along_w.stride,
        dilation_h=along_h.dilation,
        dilation_w=along_w.dilation,
        pad_top=along_h.before,
        pad_left=along_w.before,
        input_zero_point=affine_in.zero_point,
        output_zero_point=affine_out.zero_point,
        activation_min=low,
        activation_max=high,
        multiplier=multiplier,
        shift=shift,
        levels=weights.levels,
    )
    macs = dims.output.size * dims.filter.h * dims.filter.w
    macs *= dims.filter.c if operator == "conv_2d" else 1
    return call.step(f"{operator}_{weights.scheme}", params, dims, (0,), (weights.stored, weights.bias), macs)


def _dense_reals(call: Call, weights: Weights, source: Affine, output: Affine) -> list[float]:
    """Real multipliers of a dense layer: TFLite multiplies a per-tensor pair of scales in float32."""
    if weights.scales.size > 1:
        return [source.scale * scale / output.scale for scale in weights.scales.tolist()]
    with np.errstate(over="ignore", under="ignore"):
        product = float(np.float32(source.scale) * weights.scales[0])
    bias = _bias_tensor(call)
    if bias is not None and bias.quantization is not None and bias.quantization.scale.size == 1:
        exact = source.scale * float(weights.scales[0])
        if not abs(exact - float(bias.quantization.scale[0])) <= 0.02 * output.scale:
            raise call.error(
                f"bias {title(bias)} has scale {bias.quantization.scale[0]:g}",
                f"input scale * weights scale = {exact:g}",
            )
    return [product / output.scale] * weights.magnitude.size


def _rescaling(
    call: Call, weights: Weights, source: Affine, reals: list[float]
) -> tuple[Int32Array, Int8Array]:
    """(multiplier, shift) a channel, after a check that no accumulator leaves 32 bits."""
    pairs = [call.multiplier(real) for real in reals]
    worst = weights.magnitude * centred_peak(source)
    if weights.bias is not None:
        worst = worst + np.abs(weights.bias.astype(np.int64))
    for peak, (_, shift) in zip(worst.tolist(), pairs, strict=True):
        call.fits(peak, shift)
    multipliers, shifts = zip(*pairs, strict=True)
    return np.array(multipliers, np.int32), np.array(shifts, np.int8)


def _weights(call: Call, packed_shape: tuple[int, ...] | None, rank: int, channel_axis: int) -> Weights:
    """Weights and bias, checked. `packed_shape` is None for int8 weights."""
    if packed_shape is None:
        tensor = call.constant(1, "weights", ("int8",))
        if len(tensor.shape) != rank:
            raise call.error(f"weights {title(tensor)} have shape {list(tensor.shape)}", f"{rank} axes")
        values, levels, scheme, stored = data_of(tensor), None, "a8w8", data_of(tensor)
        scales = _scales(call, tensor, channel_axis, tensor.shape[channel_axis])
    else:
        scheme, stored, codes, level_tensor = _codes(call, packed_shape)
        levels = data_of(level_tensor)
        scales = _scales(call, level_tensor, 0, levels.size)
        along = [1] * rank
        along[channel_axis] = levels.size
        values = codes.reshape(packed_shape) * levels.reshape(along).astype(np.int64)
    other = tuple(axis for axis in range(rank) if axis != channel_axis)
    magnitude = np.abs(values.astype(np.int64)).sum(axis=other)
    return Weights(scheme, stored, levels, scales, magnitude, _bias(call, magnitude.size))


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


def _packed_shape(call: Call, axes: tuple[str, ...]) -> tuple[int, ...]:
    """The filter's shape from the options; c_out is the number of levels, "" an axis of 1."""
    levels = call.constant(3, "levels", ("int8",))
    if len(levels.shape) != 1:
        raise call.error(f"levels {title(levels)} have shape {list(levels.shape)}", "one axis")
    known = {"": 1, "c_out": levels.shape[0]}
    return tuple(known[axis] if axis in known else call.integer(axis, 1, INT32_MAX) for axis in axes)


def _codes(call: Call, shape: tuple[int, ...]) -> tuple[str, npt.NDArray[np.uint8], Int8Array, Tensor]:
    """(scheme, packed bytes, codes, levels) of a Tq operator."""
    call.integer("abi", ABI, ABI)
    scheme = call.choice("scheme", tuple(_UNPACK))
    packed, levels = call.constant(1, "packed weights", ("uint8",)), call.constant(3, "levels", ("int8",))
    if data_of(levels).min() < 1:
        raise call.error(f"levels {title(levels)} reach down to {data_of(levels).min()}", "1 to 127")
    try:
        codes = _UNPACK[scheme](data_of(packed), math.prod(shape))
    except SpecError as error:
        raise call.error(
            f"packed weights {title(packed)}: {error.got}",
            f"{error.allowed}, for {scheme} weights of shape {list(shape)}",
        ) from error
    return scheme, data_of(packed), codes, levels


def _bias_tensor(call: Call) -> Tensor | None:
    if len(call.operator.inputs) < 3 or call.operator.inputs[2] == ABSENT:
        return None
    return call.constant(2, "bias", ("int32",))


def _bias(call: Call, channels: int) -> Int32Array | None:
    tensor = _bias_tensor(call)
    if tensor is None:
        return None
    if math.prod(tensor.shape) != channels:
        raise call.error(f"bias {title(tensor)} has shape {list(tensor.shape)}", f"[{channels}]")
    if tensor.quantization is not None and np.any(tensor.quantization.zero_point):
        raise call.error(f"bias {title(tensor)} has a zero point other than 0", "0")
    return data_of(tensor).reshape(channels)
