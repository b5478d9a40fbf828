"""Lowering of the operators on packed activations that compute: convolution, depthwise and dense."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import SpecError
from tinyq.core.kernels import Step
from tinyq.core.packed_activations import (
    LEVELS,
    Words,
    codes_of,
    largest_accumulator,
    packed_size,
    planes_of,
    unpack_codes,
)
from tinyq.core.params import ConvDims, Dims, FullyConnectedDims
from tinyq.core.params_bits import ConvBitsParams, FullyConnectedBitsParams
from tinyq.core.requantize import INT32_MAX
from tinyq.graph.ir import Tensor
from tinyq.graph.lower_bits_output import Sums, output_of
from tinyq.graph.lower_common import Call, scan_axis, title, walk
from tinyq.graph.packed_tensors import levels_option, packed_image, packed_rows
from tinyq.graph.schema import ABI


@dataclass(frozen=True, eq=False)
class Layer:
    """What the operators with weights have in common."""

    x_levels: int
    w_levels: int
    out_levels: int  # 0: the output is not packed
    weights: Tensor
    stored: Words
    codes: npt.NDArray[np.int16]  # channels last, as packed

    def sums(self, source: Tensor, products: int, axes: tuple[int, ...]) -> Sums:
        """What an output channel adds up: `products` products, weights along `axes`."""
        magnitude = np.abs(self.codes.astype(np.int64)).sum(axis=axes) * codes_of(self.x_levels)[-1]
        largest = largest_accumulator(products, self.x_levels, self.w_levels)
        return Sums(source, self.weights, magnitude, largest, self.out_levels)

    @property
    def plane_pairs(self) -> int:
        """One-bit products for each product of codes."""
        return planes_of(self.x_levels) * planes_of(self.w_levels)


def conv_2d_bits(call: Call) -> Step:
    """TqBitConv2D, grouped ones included."""
    channels = call.integer("channels_in", 1, INT32_MAX)
    groups = call.integer("groups", 1, channels)
    if channels % groups:
        raise call.error(f"{channels} channels in {groups} groups", "groups of the same size")
    layer = _layer(call, 4, channels // groups, axis=0)
    c_out, height, width = layer.weights.shape[:3]
    filter_dims = Dims(c_out, height, width, channels // groups)
    _window(call, filter_dims)
    if filter_dims.n % groups:
        raise call.error(f"{filter_dims.n} output channels in {groups} groups", "groups of the same size")
    source, image = packed_image(call, channels, layer.x_levels)
    sums = layer.sums(source, filter_dims.size // filter_dims.n, (1, 2, 3))
    return _scanned(call, "conv_2d_bits", layer, (image, filter_dims, filter_dims.n), sums)


def depthwise_conv_2d_bits(call: Call) -> Step:
    """TqBitDepthwiseConv2D, channel multipliers included."""
    channels = call.integer("channels_in", 1, INT32_MAX)
    c_out = channels * call.integer("depth_multiplier", 1, INT32_MAX // channels)
    layer = _layer(call, 4, c_out, axis=3)
    n, height, width = layer.weights.shape[:3]
    filter_dims = Dims(n, height, width, c_out)
    _window(call, filter_dims)
    if filter_dims.n != 1:
        raise call.error(
            f"packed weights {title(layer.weights)} have shape {list(layer.weights.shape)}",
            f"[1, filter_height, filter_width, {packed_size(c_out, layer.w_levels)}]",
        )
    source, image = packed_image(call, channels, layer.x_levels)
    sums = layer.sums(source, filter_dims.h * filter_dims.w, (0, 1, 2))
    return _scanned(call, "depthwise_conv_2d_bits", layer, (image, filter_dims, c_out), sums)


def fully_connected_bits(call: Call) -> Step:
    """TqBitFullyConnected; all axes of the input but the last are rows."""
    channels = call.integer("channels_in", 1, INT32_MAX)
    layer = _layer(call, 2, channels, axis=0)
    source, rows = packed_rows(call, 0, channels, layer.x_levels)
    c_out = layer.weights.shape[0]
    kind, bias, output = output_of(call, layer.sums(source, channels, (1,)))
    last = packed_size(c_out, layer.out_levels) if layer.out_levels else c_out
    declared = call.output((_dtype(kind),))
    if declared.shape != (*source.shape[:-1], last):
        call.shape_is(declared, (rows, last))
    params = FullyConnectedBitsParams(layer.x_levels, layer.w_levels, output)
    dims, macs = FullyConnectedDims(rows, channels, c_out), rows * channels * c_out
    kernel = f"fully_connected_bits{kind}"
    return call.step(kernel, params, dims, (0,), (layer.stored, *bias), macs, macs * layer.plane_pairs)


def _layer(call: Call, rank: int, channels: int, axis: int) -> Layer:
    """Levels and weights, of `channels` codes a row; `axis`: the weights' output channels."""
    call.count(3, 4)
    call.integer("abi", ABI, ABI)
    x_levels, w_levels = levels_option(call, "x_levels"), levels_option(call, "w_levels")
    out_levels = levels_option(call, "out_levels", (0, *LEVELS))
    weights = call.constant(1, "packed weights", ("int32",))
    size = packed_size(channels, w_levels)
    if len(weights.shape) != rank or weights.shape[-1] != size:
        raise call.error(
            f"packed weights {title(weights)} have shape {list(weights.shape)}",
            f"{rank} axes, the last of {size} words: {channels} channels, {w_levels} levels",
        )
    stored: Words = np.asarray(weights.data, np.int32)
    try:
        codes = unpack_codes(stored, channels, w_levels)
    except SpecError as error:
        raise call.error(f"packed weights {title(weights)}: {error.got}", error.allowed) from error
    return Layer(x_levels, w_levels, out_levels, weights, stored, codes)


def _window(call: Call, filter_dims: Dims) -> None:
    """Check the filter's size against the options."""
    given = [call.integer(f"filter_{axis}", 1, INT32_MAX) for axis in ("height", "width")]
    if given != [filter_dims.h, filter_dims.w]:
        raise call.error(f"filter_height, filter_width {given}", f"{[filter_dims.h, filter_dims.w]}")


def _scanned(call: Call, kernel: str, layer: Layer, sizes: tuple[Dims, Dims, int], sums: Sums) -> Step:
    """What Conv2D and DepthwiseConv2D have in common; sizes: (input, filter, output channels)."""
    image, filter_dims, c_out = sizes
    along_h = scan_axis(call, "h", image.h, filter_dims.h, dilated=True)
    along_w = scan_axis(call, "w", image.w, filter_dims.w, dilated=True)
    pad_code = call.integer("pad_code", -INT32_MAX, INT32_MAX)
    if pad_code not in codes_of(layer.x_levels):
        raise call.error(f"option pad_code is {pad_code}", f"a code of {layer.x_levels} levels")
    kind, bias, output = output_of(call, sums)
    dims = ConvDims(image, filter_dims, Dims(image.n, along_h.output, along_w.output, c_out))
    last = packed_size(c_out, layer.out_levels) if layer.out_levels else c_out
    call.shape_is(call.output((_dtype(kind),)), (*dims.output.shape[:3], last))
    params = ConvBitsParams(
        **walk(along_h, along_w),
        pad_code=pad_code,
        x_levels=layer.x_levels,
        w_levels=layer.w_levels,
        output=output,
    )
    macs = dims.output.size * filter_dims.size // (filter_dims.n if kernel == "conv_2d_bits" else c_out)
    constants = (layer.stored, *bias)
    return call.step(f"{kernel}{kind}", params, dims, (0,), constants, macs, macs * layer.plane_pairs)


def _dtype(kind: str) -> str:
    return {"": "int32", "_a8": "int8", "_f32": "float32"}[kind]
