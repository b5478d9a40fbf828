"""Lowering of Larq Compute Engine's operators, as its converter writes them.

Source: what LCE 0.16 computes when a model is loaded (`LceBconv2d`: multiplier, bias and clamp in double).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import SpecError
from tinyq.core.kernels import Step
from tinyq.core.packed_activations import WORD_BITS, unpack_codes, words_of
from tinyq.core.params import ConvDims, Dims, RowsDims, UnaryDims
from tinyq.core.params_lce import (
    Float32Array,
    LceBconvParams,
    LceDequantizeParams,
    LceMaxPoolParams,
    LceQuantizeParams,
)
from tinyq.core.requantize import INT32_MAX
from tinyq.graph.ir import Tensor
from tinyq.graph.lower_common import Axis, Call, data_of, padded_axis, round_half_away, title, walk
from tinyq.graph.packed_tensors import declared

_MOST_PRODUCTS = 1 << 23  # of an output: twice as many still are exact in float32
_CLAMPS = {"NONE": (None, None), "RELU": (0, None), "RELU6": (0, 6), "RELU_N1_TO_1": (-1, 1)}
_OUTPUTS = ("float32", "int8", "int32")
_SUFFIXES = {"float32": "f32", "int8": "a8", "int32": "a1", "bool": "bool"}


def lce_bconv_2d(call: Call) -> Step:
    """LceBconv2d with float32, int8 or packed output."""
    call.count(5, 5)
    source, weights = call.input(0, ("int32",)), call.constant(1, "filter", ("int32",))
    output = call.output(_OUTPUTS)
    channels = call.integer("channels_in", 1, INT32_MAX)
    _check_channels(call, source, channels)
    filter_dims = _filter_dims(call, weights, channels)
    along_h = _scanned(call, "height", source.shape[1], filter_dims.h)
    along_w = _scanned(call, "width", source.shape[2], filter_dims.w)
    in_dims = Dims(source.shape[0], source.shape[1], source.shape[2], channels)
    out_dims = Dims(in_dims.n, along_h.output, along_w.output, filter_dims.n)
    last = words_of(filter_dims.n) if output.dtype == "int32" else filter_dims.n
    call.shape_is(output, (*out_dims.shape[:3], last))
    dims = ConvDims(in_dims, filter_dims, out_dims)
    params = _bconv_params(call, dims, along_h, along_w)
    macs = dims.output.size * filter_dims.h * filter_dims.w * filter_dims.c
    kernel = f"lce_bconv_2d_{_SUFFIXES[output.dtype]}"
    return call.step(kernel, params, dims, (0,), (data_of(weights),), macs, macs)


def lce_max_pool_2d(call: Call) -> Step:
    """LceBMaxPool2d."""
    call.count(1, 1)
    source, output = call.input(0, ("int32",)), call.output(("int32",))
    if len(source.shape) != 4:
        raise call.error(f"input {title(source)} has shape {list(source.shape)}", "four axes, NHWC")
    size = (call.integer("filter_height", 1, INT32_MAX), call.integer("filter_width", 1, INT32_MAX))
    along_h = _scanned(call, "height", source.shape[1], size[0], dilated=False)
    along_w = _scanned(call, "width", source.shape[2], size[1], dilated=False)
    call.shape_is(output, (source.shape[0], along_h.output, along_w.output, source.shape[3]))
    params = LceMaxPoolParams(*size, along_h.stride, along_w.stride, along_h.before, along_w.before)
    return call.step("lce_max_pool_2d_a1", params, UnaryDims(Dims(*source.shape), Dims(*output.shape)))


def lce_quantize(call: Call) -> Step:
    """LceQuantize of float32, int8 or bool."""
    call.count(1, 1)
    source, output = call.input(0, ("float32", "int8", "bool")), call.output(("int32",))
    if not source.shape:
        raise call.error(f"input {title(source)} has no axes", "channels as the last axis")
    call.shape_is(output, (*source.shape[:-1], words_of(source.shape[-1])))
    zero_point = {"float32": 0, "bool": 1}.get(source.dtype)
    params = LceQuantizeParams(call.affine(source).zero_point if zero_point is None else zero_point)
    dims = RowsDims(math.prod(source.shape[:-1]), source.shape[-1])
    return call.step(f"lce_quantize_{_SUFFIXES[source.dtype]}_a1", params, dims)


def lce_dequantize(call: Call) -> Step:
    """LceDequantize to float32, int8 or bool."""
    call.count(1, 1)
    source, output = call.input(0, ("int32",)), call.output(("float32", "int8", "bool"))
    channels = output.shape[-1] if output.shape else 0
    if not channels or source.shape != (*output.shape[:-1], words_of(channels)):
        raise call.error(
            f"input {list(source.shape)}, output {list(output.shape)}",
            f"the same axes, but for the last: a word for {WORD_BITS} channels",
        )
    _check_declared(call, source, channels)
    params = {"float32": LceDequantizeParams(1, -1), "bool": LceDequantizeParams(1, 0)}.get(output.dtype)
    dims = RowsDims(math.prod(source.shape[:-1]), channels)
    kernel = f"lce_dequantize_a1_{_SUFFIXES[output.dtype]}"
    return call.step(kernel, params or _int8_signs(call, output), dims)


def _int8_signs(call: Call, output: Tensor) -> LceDequantizeParams:
    """+1 and -1 as stored integers."""
    affine = call.affine(output)
    one = round_half_away(1.0, affine.scale)
    return LceDequantizeParams(min(127, affine.zero_point + one), max(-128, affine.zero_point - one))


def _check_channels(call: Call, source: Tensor, channels: int) -> None:
    if len(source.shape) != 4 or source.shape[3] != words_of(channels):
        raise call.error(
            f"input {title(source)} has shape {list(source.shape)}, option channels_in is {channels}",
            f"four axes, the last of {words_of(channels)} words of {WORD_BITS} channels",
        )
    _check_declared(call, source, channels)


def _check_declared(call: Call, source: Tensor, channels: int) -> None:
    """What made a packed input must have made as many channels of signs."""
    made = declared(call.graph, call.operator.inputs[0])
    if made is not None and made != (channels, 2):
        raise call.error(
            f"input {title(source)} holds {made[0]} channels of {made[1]} levels, not {channels} of 2",
            "what the operator before it makes",
        )


def _filter_dims(call: Call, weights: Tensor, channels: int) -> Dims:
    """The filter's shape in channels; grouped where it has fewer words than the input."""
    if len(weights.shape) != 4:
        raise call.error(f"filter {title(weights)} has shape {list(weights.shape)}", "four axes, OHWI")
    c_out, height, width, words = weights.shape
    groups, rest = divmod(words_of(channels), words)
    per_group = channels // groups if groups else 0
    grouped = groups > 1 and (channels % groups or per_group % WORD_BITS or c_out % groups)
    if rest or grouped or not groups:
        raise call.error(
            f"{channels} input channels, filter {title(weights)} of shape {list(weights.shape)}",
            f"a last axis of {words_of(channels)} words; or groups of a multiple of {WORD_BITS} channels, "
            "and output channels a multiple of the groups",
        )
    if height * width * per_group > _MOST_PRODUCTS:
        raise call.error(f"{height * width * per_group} products an output", f"{_MOST_PRODUCTS}")
    try:
        unpack_codes(data_of(weights), per_group, 2)
    except SpecError as error:
        raise call.error(f"filter {title(weights)}: {error.got}", error.allowed) from error
    return Dims(c_out, height, width, per_group)


def _scanned(call: Call, axis: str, size: int, filter_size: int, dilated: bool = True) -> Axis:
    """`scan_axis` of LCE's option names."""
    steps = (
        call.integer(f"stride_{axis}", 1, INT32_MAX),
        call.integer(f"dilation_{axis}_factor", 1, INT32_MAX) if dilated else 1,
    )
    return padded_axis(call, axis, size, filter_size, steps, call.choice("padding", ("SAME", "VALID")))


def _bconv_params(call: Call, dims: ConvDims, along_h: Axis, along_w: Axis) -> LceBconvParams:
    activation = call.choice("fused_activation_function", tuple(_CLAMPS))
    pad_value, corrected = _padding(call, dims, activation)
    products = dims.filter.h * dims.filter.w * dims.filter.c
    low, high = _CLAMPS[activation]
    multiplier = bias = thresholds = None
    if call.output(_OUTPUTS).dtype == "int32":
        thresholds = _per_channel(call, 4, "thresholds", "int32", dims.filter.n)
    else:
        multiplier, bias = _transform(call, dims.filter.n, products)
    return LceBconvParams(
        **walk(along_h, along_w),
        pad_value=pad_value,
        corrected=corrected,
        clamp_min=products - (products if high is None else min(high, products)),
        clamp_max=products + (products if low is None else min(-low, products)),
        multiplier=multiplier,
        bias=bias,
        thresholds=thresholds,
    )


def _padding(call: Call, dims: ConvDims, activation: str) -> tuple[int, int]:
    """(pad_value, corrected) of the kernel."""
    pad_value = call.integer("pad_values", 0, 1)
    if call.choice("padding", ("SAME", "VALID")) == "VALID" or pad_value:
        return 1, 0
    if call.output(_OUTPUTS).dtype == "float32" and activation == "NONE":
        return 0, 1
    if dims.input.c % 2:
        raise call.error(
            f"zero padding of {dims.input.c} channels, output {call.output(_OUTPUTS).dtype}, {activation}",
            "an even number of channels, or float32 output without activation, or padding with ones",
            "pad with ones: QuantConv2D(pad_values=1.0)",
        )
    return 0, 0


def _transform(call: Call, channels: int, products: int) -> tuple[Float32Array, Float32Array]:
    """Multiplier and bias of the places that differ: sum = products - 2 * bits."""
    output = call.output(("float32", "int8"))
    gain = _per_channel(call, 2, "multiplier", "float32", channels).astype(np.float64)
    shift = _per_channel(call, 3, "bias", "float32", channels).astype(np.float64)
    scale, zero_point = 1.0, 0
    if output.dtype == "int8":
        affine = call.affine(output)
        scale, zero_point = affine.scale, affine.zero_point
    with np.errstate(over="ignore", invalid="ignore"):
        multiplier = (-1 * gain / scale).astype(np.float32)
        bias = ((shift + products * gain) / scale + zero_point).astype(np.float32)
        largest = np.abs(multiplier.astype(np.float64)) * 2 * products + np.abs(bias.astype(np.float64))
    if not (largest < np.finfo(np.float32).max).all():
        raise call.error(
            f"multipliers and biases give outputs up to {largest.max():g}", "finite float32 numbers"
        )
    return multiplier, bias


def _per_channel(call: Call, position: int, role: str, dtype: str, channels: int) -> npt.NDArray[Any]:
    tensor = call.constant(position, role, (dtype,))
    if tensor.shape != (channels,):
        raise call.error(f"{role} {title(tensor)} has shape {list(tensor.shape)}", f"[{channels}]")
    return data_of(tensor)
