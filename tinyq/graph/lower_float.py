"""Lowering of built-in operators whose input is float32: the fallback for what is not quantized."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tinyq.core.kernels import Step
from tinyq.core.params import (
    AddDims,
    ConcatenationParams,
    ConvDims,
    CountDims,
    Dims,
    FullyConnectedDims,
    RowsDims,
    UnaryDims,
)
from tinyq.core.params_float import (
    ConvF32Params,
    MeanF32Params,
    PadF32Params,
    PoolF32Params,
    RangeF32Params,
    SoftmaxF32Params,
)
from tinyq.core.params_lce import Float32Array
from tinyq.core.requantize import INT32_MAX
from tinyq.graph.ir import ABSENT, Tensor
from tinyq.graph.lower_common import Call, data_of, scan_axis, title, walk
from tinyq.graph.lower_layout import axis_from_front
from tinyq.graph.lower_pointwise import broadcast_shape

_REAL = ("float32",)
_MOST = float(np.finfo(np.float32).max)
_RANGES = {"NONE": (-_MOST, _MOST), "RELU": (0.0, _MOST), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}


def is_float32(call: Call) -> bool:
    """Whether the first input is float32."""
    first = call.operator.inputs[:1]
    return bool(first and 0 <= first[0] < len(call.graph.tensors)) and (
        call.graph.tensors[first[0]].dtype == "float32"
    )


def conv_2d(call: Call) -> Step:
    """CONV_2D, grouped ones included."""
    call.count(2, 3)
    source, weights = _image(call), _weights(call, 4)
    filter_dims = Dims(*weights.shape)
    if source.c % filter_dims.c or filter_dims.n % (source.c // filter_dims.c):
        raise call.error(
            f"{source.c} input channels, filter {list(filter_dims.shape)}",
            "input channels = groups * the filter's last axis; output channels a multiple of groups",
        )
    return _scanned(call, "conv_2d_f32", source, filter_dims, filter_dims.n)


def depthwise_conv_2d(call: Call) -> Step:
    """DEPTHWISE_CONV_2D, channel multipliers included."""
    call.count(2, 3)
    source, weights = _image(call), _weights(call, 4)
    multiplier, filter_dims = call.integer("depth_multiplier", 1, INT32_MAX), Dims(*weights.shape)
    if filter_dims.n != 1 or filter_dims.c != source.c * multiplier:
        raise call.error(
            f"{source.c} input channels, filter {list(filter_dims.shape)}, depth_multiplier {multiplier}",
            "filter [1, h, w, input channels * depth_multiplier]",
        )
    return _scanned(call, "depthwise_conv_2d_f32", source, filter_dims, filter_dims.c)


def _scanned(call: Call, kernel: str, source: Dims, filter_dims: Dims, channels: int) -> Step:
    along_h = scan_axis(call, "h", source.h, filter_dims.h, dilated=True)
    along_w = scan_axis(call, "w", source.w, filter_dims.w, dilated=True)
    shape = (source.n, along_h.output, along_w.output, channels)
    call.shape_is(call.output(_REAL), shape)
    low, high = _range(call)
    params = ConvF32Params(**walk(along_h, along_w), activation_min=low, activation_max=high)
    dims = ConvDims(source, filter_dims, Dims(*shape))
    macs = dims.output.size * filter_dims.size // channels
    return call.step(kernel, params, dims, (0,), _constants(call, channels), macs)


def fully_connected(call: Call) -> Step:
    """FULLY_CONNECTED; all axes of the input but the last are rows."""
    call.count(2, 3)
    call.choice("weights_format", ("DEFAULT",), "DEFAULT")
    source, output = call.input(0, _REAL), call.output(_REAL)
    c_out, c_in = _weights(call, 2).shape
    rows, rest = divmod(math.prod(source.shape), c_in)
    if rest or (call.flag("keep_num_dims") and source.shape[-1:] != (c_in,)):
        raise call.error(f"input {list(source.shape)}, weights {[c_out, c_in]}", f"a last axis of {c_in}")
    if output.shape[-1:] != (c_out,) or math.prod(output.shape) != rows * c_out:
        call.shape_is(output, [*source.shape[:-1], c_out] if call.flag("keep_num_dims") else [rows, c_out])
    dims, params = FullyConnectedDims(rows, c_in, c_out), RangeF32Params(*_range(call))
    constants = _constants(call, c_out)
    return call.step("fully_connected_f32", params, dims, (0,), constants, rows * c_in * c_out)


def add(call: Call) -> Step:
    """ADD with broadcasting; either input may be a constant."""
    return _paired(call, "add_f32")


def mul(call: Call) -> Step:
    """MUL with broadcasting; either input may be a constant."""
    return _paired(call, "mul_f32")


def _paired(call: Call, kernel: str) -> Step:
    call.count(2, 2)
    first, second = (call.input(i, _REAL, constant=True) for i in range(2))
    output = call.output(_REAL)
    call.shape_is(output, broadcast_shape(call, first, second))
    params = RangeF32Params(*_range(call))
    if first.shape == second.shape:
        flat = Dims(1, 1, 1, math.prod(output.shape))
        return call.step(kernel, params, AddDims(flat, flat, flat), (0, 1))
    dims = AddDims(call.dims4(first.shape), call.dims4(second.shape), call.dims4(output.shape))
    return call.step(kernel, params, dims, (0, 1))


def average_pool_2d(call: Call) -> Step:
    """AVERAGE_POOL_2D."""
    return _pool(call, "average_pool_2d_f32")


def max_pool_2d(call: Call) -> Step:
    """MAX_POOL_2D."""
    return _pool(call, "max_pool_2d_f32")


def _pool(call: Call, kernel: str) -> Step:
    call.count(1, 1)
    source, output = _image(call), call.output(_REAL)
    size = (call.integer("filter_height", 1, INT32_MAX), call.integer("filter_width", 1, INT32_MAX))
    along_h = scan_axis(call, "h", source.h, size[0], dilated=False)
    along_w = scan_axis(call, "w", source.w, size[1], dilated=False)
    call.shape_is(output, (source.n, along_h.output, along_w.output, source.c))
    steps = (along_h.stride, along_w.stride, along_h.before, along_w.before)
    params = PoolF32Params(*size, *steps, *_range(call))
    return call.step(kernel, params, UnaryDims(source, Dims(*output.shape)))


def mean(call: Call) -> Step:
    """MEAN over constant axes, negative ones included."""
    call.count(2, 2)
    source, output = call.input(0, _REAL), call.output(_REAL)
    axes = {axis_from_front(call, axis, len(source.shape), "axis") for axis in call.integers(1, "axes")}
    kept = [1 if i in axes else size for i, size in enumerate(source.shape)]
    dropped = [size for i, size in enumerate(source.shape) if i not in axes]
    call.shape_is(output, kept if call.flag("keep_dims") else dropped)
    params = MeanF32Params(math.prod(source.shape[axis] for axis in axes))
    return call.step("mean_f32", params, UnaryDims(call.dims4(source.shape), call.dims4(kept)))


def pad(call: Call) -> Step:
    """PAD with zeros, and PADV2 with a constant."""
    value_given = call.operator.kind == "PADV2"
    call.count(*((3, 3) if value_given else (2, 2)))
    source, output = call.input(0, _REAL), call.output(_REAL)
    margins, rank = call.integers(1, "paddings"), len(source.shape)
    if len(margins) != 2 * rank or min(margins, default=0) < 0:
        raise call.error(f"paddings {margins}", f"{2 * rank} numbers of at least 0")
    before, after = margins[::2], margins[1::2]
    call.shape_is(output, [b + s + a for b, s, a in zip(before, source.shape, after, strict=True)])
    values = data_of(call.constant(2, "padding value", _REAL)) if value_given else np.zeros(1, np.float32)
    if values.size != 1 or not np.isfinite(values).all():
        raise call.error(f"padding value of shape {list(values.shape)}", "one finite number")
    dims = UnaryDims(call.dims4(source.shape), call.dims4(output.shape))
    params = PadF32Params(Dims(*[0] * (4 - rank), *before), float(values.reshape(())))
    return call.step("pad_f32", params, dims)


def relu(call: Call) -> Step:
    """RELU that is not fused."""
    return _clamp(call, "RELU")


def relu6(call: Call) -> Step:
    """RELU6 that is not fused."""
    return _clamp(call, "RELU6")


def _clamp(call: Call, kind: str) -> Step:
    source = _same_shape(call)
    return call.step("clamp_f32", RangeF32Params(*_RANGES[kind]), CountDims(math.prod(source.shape)))


def softmax(call: Call) -> Step:
    """SOFTMAX over the last axis."""
    source = _same_shape(call)
    beta = call.operator.options.get("beta", 1.0)
    if not isinstance(beta, (int, float, np.floating)) or not 0 < beta <= _MOST:
        raise call.error(f"option beta is {beta!r}", "a finite number above 0")
    if not source.shape:
        raise call.error(f"input {title(source)} has no axes", "at least one")
    dims = RowsDims(math.prod(source.shape[:-1]), source.shape[-1])
    return call.step("softmax_f32", SoftmaxF32Params(float(beta)), dims)


def concatenation(call: Call) -> Step:
    """CONCATENATION along any axis; inputs may be constants."""
    call.count(1, INT32_MAX)
    call.choice("fused_activation_function", ("NONE",), "NONE")
    output = call.output(_REAL)
    inputs = [call.input(i, _REAL, constant=True) for i in range(len(call.operator.inputs))]
    rank = len(output.shape)
    axis = axis_from_front(call, call.integer("axis", -rank, rank - 1), rank, "axis")
    short = next((tensor for tensor in inputs if len(tensor.shape) != rank), None)
    if short is not None:
        raise call.error(f"input {title(short)} has shape {list(short.shape)}", f"{rank} axes")
    joined = sum(tensor.shape[axis] for tensor in inputs)
    for tensor in inputs:
        call.shape_is(output, (*tensor.shape[:axis], joined, *tensor.shape[axis + 1 :]))
    sizes = [math.prod(tensor.shape[axis:]) for tensor in inputs]
    params = ConcatenationParams(len(sizes), np.array(sizes, np.int32))
    dims = RowsDims(math.prod(output.shape[:axis]), sum(sizes))
    return call.step("concatenation_f32", params, dims, range(len(inputs)))


FLOAT_LOWERINGS: dict[str, Callable[[Call], Step]] = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "FULLY_CONNECTED": fully_connected,
    "ADD": add,
    "MUL": mul,
    "AVERAGE_POOL_2D": average_pool_2d,
    "MAX_POOL_2D": max_pool_2d,
    "MEAN": mean,
    "PAD": pad,
    "PADV2": pad,
    "RELU": relu,
    "RELU6": relu6,
    "SOFTMAX": softmax,
    "CONCATENATION": concatenation,
}


def _same_shape(call: Call) -> Tensor:
    call.count(1, 1)
    source = call.input(0, _REAL)
    call.shape_is(call.output(_REAL), source.shape)
    return source


def _image(call: Call) -> Dims:
    tensor = call.input(0, _REAL)
    if len(tensor.shape) != 4:
        raise call.error(f"input {title(tensor)} has shape {list(tensor.shape)}", "four axes, NHWC")
    return Dims(*tensor.shape)


def _range(call: Call) -> tuple[float, float]:
    """What a fused activation leaves."""
    return _RANGES[call.choice("fused_activation_function", tuple(_RANGES), "NONE")]


def _weights(call: Call, rank: int) -> Tensor:
    tensor = call.constant(1, "weights", _REAL)
    if len(tensor.shape) != rank:
        raise call.error(f"weights {title(tensor)} have shape {list(tensor.shape)}", f"{rank} axes")
    if not np.isfinite(data_of(tensor)).all():
        raise call.error(f"weights {title(tensor)} hold NaN or infinite values", "finite numbers")
    return tensor


def _constants(call: Call, channels: int) -> tuple[Float32Array, Float32Array | None]:
    """Weights and bias."""
    weights = data_of(call.constant(1, "weights", _REAL))
    if len(call.operator.inputs) < 3 or call.operator.inputs[2] == ABSENT:
        return weights, None
    bias = call.constant(2, "bias", _REAL)
    if math.prod(bias.shape) != channels or not np.isfinite(data_of(bias)).all():
        raise call.error(
            f"bias {title(bias)} has shape {list(bias.shape)}, or is not finite", f"{channels} finite numbers"
        )
    return weights, data_of(bias).reshape(channels)
