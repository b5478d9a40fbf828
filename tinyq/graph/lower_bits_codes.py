"""Lowering of the operators that make packed activations, move them, or take them apart."""

from __future__ import annotations

import math

import numpy as np

from tinyq.core.kernels import Step
from tinyq.core.packed_activations import codes_of, packed_size
from tinyq.core.params import Dims, RowsDims, UnaryDims
from tinyq.core.params_bits import (
    ConcatenationBitsParams,
    DequantizeBitsA8Params,
    DequantizeBitsF32Params,
    MaxPoolBitsParams,
    QuantizeA8BitsParams,
    QuantizeF32BitsParams,
)
from tinyq.core.requantize import INT32_MAX
from tinyq.graph.lower_bits_output import FLOAT32_MAX, ascending, flip_of
from tinyq.graph.lower_common import (
    INT8_MAX,
    INT8_MIN,
    REMEDY_SCALES,
    Call,
    data_of,
    scan_axis,
    title,
)
from tinyq.graph.packed_tensors import (
    check_packed,
    levels_option,
    packed_image,
    packed_rows,
    packed_scale,
    same_scale,
)
from tinyq.graph.schema import ABI


def quantize_bits(call: Call) -> Step:
    """TqQuantize: int8 or float32 to packed."""
    call.count(2, 3)
    channels, levels = _options(call)
    source, output = call.input(0, ("int8", "float32")), call.output(("int32",))
    if source.shape[-1:] != (channels,):
        raise call.error(f"input {title(source)} has shape {list(source.shape)}", f"{channels} channels")
    check_packed(call, output, "output", channels, levels)
    call.shape_is(output, (*source.shape[:-1], packed_size(channels, levels)))
    int8 = source.dtype == "int8"
    tensor = call.constant(1, "thresholds", ("int32" if int8 else "float32",))
    if tensor.shape not in ((levels - 1,), (channels, levels - 1)):
        wanted = f"[{levels - 1}] or [{channels}, {levels - 1}]"
        raise call.error(f"thresholds {title(tensor)} have shape {list(tensor.shape)}", wanted)
    limits = (INT8_MIN - 1, INT8_MAX) if int8 else (-FLOAT32_MAX, FLOAT32_MAX)
    thresholds = ascending(call, tensor, *limits)
    per_channel, flip = len(tensor.shape) - 1, flip_of(call, 2, channels)
    dims = RowsDims(math.prod(source.shape[:-1]), channels)
    if int8:
        a8 = QuantizeA8BitsParams(levels, per_channel, thresholds.astype(np.int32), flip)
        return call.step("quantize_a8_bits", a8, dims)
    f32 = QuantizeF32BitsParams(levels, per_channel, thresholds.astype(np.float32), flip)
    return call.step("quantize_f32_bits", f32, dims)


def dequantize_bits(call: Call) -> Step:
    """TqDequantize: packed to float32 or int8."""
    call.count(1, 1)
    channels, levels = _options(call)
    source, rows = packed_rows(call, 0, channels, levels)
    output = call.output(("float32", "int8"))
    call.shape_is(output, (*source.shape[:-1], channels))
    scale, dims = packed_scale(call, source), RowsDims(rows, channels)
    if output.dtype == "float32":
        if scale * codes_of(levels)[-1] >= FLOAT32_MAX:
            raise call.error(
                f"{title(source)} has scale {scale:g}", "codes * scale in float32", REMEDY_SCALES
            )
        return call.step("dequantize_bits_f32", DequantizeBitsF32Params(levels, scale), dims)
    affine = call.affine(output)
    multiplier, shift = call.multiplier(scale / affine.scale)
    call.fits(codes_of(levels)[-1], shift, REMEDY_SCALES)
    params = DequantizeBitsA8Params(levels, multiplier, shift, affine.zero_point, INT8_MIN, INT8_MAX)
    return call.step("dequantize_bits_a8", params, dims)


def max_pool_2d_bits(call: Call) -> Step:
    """TqBitMaxPool2D, over the codes that are inside the input."""
    call.count(1, 1)
    channels, levels = _options(call)
    source, image = packed_image(call, channels, levels)
    output = call.output(("int32",))
    size = (call.integer("filter_height", 1, INT32_MAX), call.integer("filter_width", 1, INT32_MAX))
    along_h = scan_axis(call, "h", image.h, size[0], dilated=False)
    along_w = scan_axis(call, "w", image.w, size[1], dilated=False)
    dims = UnaryDims(image, Dims(image.n, along_h.output, along_w.output, channels))
    check_packed(call, output, "output", channels, levels)
    call.shape_is(output, (*dims.output.shape[:3], source.shape[3]))
    same_scale(call, source, output)
    strides = (along_h.stride, along_w.stride, along_h.before, along_w.before)
    return call.step("max_pool_2d_bits", MaxPoolBitsParams(*size, *strides, levels), dims)


def concatenation_bits(call: Call) -> Step:
    """TqBitConcatenation along channels; the last input says how many each other one has."""
    call.count(2, INT32_MAX)
    call.integer("abi", ABI, ABI)
    levels, output = levels_option(call, "x_levels"), call.output(("int32",))
    count = len(call.operator.inputs) - 1
    tensor = call.constant(count, "channels", ("int32",))
    channels = data_of(tensor).astype(np.int32)
    if tensor.shape != (count,) or channels.min() < 1 or channels.sum(dtype=np.int64) > INT32_MAX:
        got = f"channels {title(tensor)} are {channels.tolist()}"[:200]
        raise call.error(got, f"{count} numbers from 1, one an input")
    joined = int(channels.sum())
    check_packed(call, output, "output", joined, levels)
    rows = 0
    for position, each in enumerate(channels.tolist()):
        source, rows = packed_rows(call, position, each, levels)
        same_scale(call, source, output)
        call.shape_is(output, (*source.shape[:-1], packed_size(joined, levels)))
    params = ConcatenationBitsParams(count, levels, channels)
    return call.step("concatenation_bits", params, RowsDims(rows, joined), range(count))


def _options(call: Call) -> tuple[int, int]:
    """(channels, levels), and a check of the ABI number."""
    call.integer("abi", ABI, ABI)
    return call.integer("channels", 1, INT32_MAX), levels_option(call, "x_levels")
