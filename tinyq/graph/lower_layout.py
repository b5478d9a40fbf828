"""Lowering of pools, mean, pad, concatenation, and the operators that only rename a shape."""

from __future__ import annotations

import math

import numpy as np

from tinyq.core.kernels import Step
from tinyq.core.params import (
    ConcatenationParams,
    Dims,
    MeanParams,
    PadParams,
    PoolParams,
    RowsDims,
    UnaryDims,
)
from tinyq.core.requantize import INT32_MAX
from tinyq.graph.ir import Tensor
from tinyq.graph.lower_common import Affine, Call, activation_range, centred_peak, data_of, scan_axis, title
from tinyq.graph.packed_tensors import same_scale

_SCALE_TOLERANCE = 1e-6  # between input and output of a pool, as TFLite Micro has it


def average_pool_2d(call: Call) -> Step:
    """AVERAGE_POOL_2D."""
    return _pool(call, f"average_pool_2d_{call.suffix}")


def max_pool_2d(call: Call) -> Step:
    """MAX_POOL_2D."""
    return _pool(call, f"max_pool_2d_{call.suffix}")


def _pool(call: Call, kernel: str) -> Step:
    call.count(1, 1)
    source, output = call.input(), call.output()
    if len(source.shape) != 4:
        raise call.error(f"input {title(source)} has shape {list(source.shape)}", "four axes, NHWC")
    call.same_affine(source, output, _SCALE_TOLERANCE)
    size = (call.integer("filter_height", 1, INT32_MAX), call.integer("filter_width", 1, INT32_MAX))
    along_h = scan_axis(call, "h", source.shape[1], size[0], dilated=False)
    along_w = scan_axis(call, "w", source.shape[2], size[1], dilated=False)
    call.shape_is(output, (source.shape[0], along_h.output, along_w.output, source.shape[3]))
    inside = min(size[0], source.shape[1]) * min(size[1], source.shape[2])
    call.fits(-call.limits[0] * inside + inside // 2, 0)
    limits = activation_range(call, call.affine(output))
    params = PoolParams(*size, along_h.stride, along_w.stride, along_h.before, along_w.before, *limits)
    return call.step(kernel, params, UnaryDims(Dims(*source.shape), Dims(*output.shape)))


def mean(call: Call) -> Step:
    """MEAN over constant axes, negative ones included."""
    call.count(2, 2)
    source, output = call.input(), call.output()
    rank = len(source.shape)
    axes = {axis_from_front(call, axis, rank, "axis") for axis in call.integers(1, "axes")}
    kept = [1 if i in axes else size for i, size in enumerate(source.shape)]
    dropped = [size for i, size in enumerate(source.shape) if i not in axes]
    call.shape_is(output, kept if call.flag("keep_dims") else dropped)
    count = math.prod(source.shape[axis] for axis in axes)
    affine_in, affine_out = call.affine(source), call.affine(output)
    params = _mean_params(call, affine_in, affine_out, count)
    return call.step(f"mean_{call.suffix}", params, UnaryDims(call.dims4(source.shape), call.dims4(kept)))


def _mean_params(call: Call, source: Affine, output: Affine, count: int) -> MeanParams:
    """The scales' ratio over `count`: the multiplier is first made large to lose no bits in the division."""
    multiplier, shift = call.multiplier(source.scale / output.scale)
    gain = min(count.bit_length() - 1, 32, 31 + shift)
    multiplier, shift = (multiplier << gain) // count, shift - gain
    call.fits(count * centred_peak(call, source), shift)
    return MeanParams(source.zero_point, output.zero_point, multiplier, shift)


def pad(call: Call) -> Step:
    """PAD with the zero point, and PADV2 with a constant."""
    value_given = call.operator.kind == "PADV2"
    call.count(*((3, 3) if value_given else (2, 2)))
    source, output = call.input(), call.output()
    call.same_affine(source, output)
    margins = call.integers(1, "paddings")
    rank = len(source.shape)
    if len(margins) != 2 * rank or min(margins, default=0) < 0:
        raise call.error(f"paddings {margins}", f"{2 * rank} numbers of at least 0")
    before, after = margins[::2], margins[1::2]
    call.shape_is(output, [b + s + a for b, s, a in zip(before, source.shape, after, strict=True)])
    dims = UnaryDims(call.dims4(source.shape), call.dims4(output.shape))
    value = _pad_value(call, output) if value_given else call.affine(output).zero_point
    params = PadParams(Dims(*[0] * (4 - rank), *before), value)
    return call.step(f"pad_{call.suffix}", params, dims)


def _pad_value(call: Call, output: Tensor) -> int:
    tensor = call.constant(2, "padding value", (call.activation,))
    call.same_affine(tensor, output)
    if math.prod(tensor.shape) != 1:
        raise call.error(f"padding value {title(tensor)} has shape {list(tensor.shape)}", "one element")
    return int(data_of(tensor).reshape(()))


def concatenation(call: Call) -> Step:
    """CONCATENATION along any axis; inputs may be constants."""
    call.count(1, INT32_MAX)
    call.choice("fused_activation_function", ("NONE",), "NONE")
    output = call.output()
    inputs = [call.input(i, constant=True) for i in range(len(call.operator.inputs))]
    rank = len(output.shape)
    axis = axis_from_front(call, call.integer("axis", -rank, rank - 1), rank, "axis")
    for tensor in inputs:
        call.same_affine(tensor, output)
        if len(tensor.shape) != rank:
            raise call.error(f"input {title(tensor)} has shape {list(tensor.shape)}", f"{rank} axes")
    joined = sum(tensor.shape[axis] for tensor in inputs)
    for tensor in inputs:
        call.shape_is(output, (*tensor.shape[:axis], joined, *tensor.shape[axis + 1 :]))
    sizes = [math.prod(tensor.shape[axis:]) for tensor in inputs]
    dims = RowsDims(math.prod(output.shape[:axis]), sum(sizes))
    params = ConcatenationParams(len(sizes), np.array(sizes, np.int32))
    return call.step(f"concatenation_{call.suffix}", params, dims, range(len(inputs)))


def reshape(call: Call) -> Step:
    """RESHAPE; the new shape is the output's, and must be the given one where one is given."""
    call.count(1, 2)
    source, output = _renamed(call)
    if len(call.operator.inputs) == 2:
        given = call.integers(1, "new shape")
    else:
        given = [int(size) for size in call.operator.options.get("new_shape", ())]
    if given.count(-1) == 1 and len(given) == len(output.shape):
        at = given.index(-1)
        given[at] = output.shape[at]
    if given == [0]:  # how old files write a scalar
        given = []
        call.shape_is(output, ())
    if given and tuple(given) != output.shape:
        raise call.error(f"output {title(output)} has shape {list(output.shape)}", f"{given}")
    return call.step("reshape", None, None)


def squeeze(call: Call) -> Step:
    """SQUEEZE of given axes of size 1, or of all."""
    call.count(1, 1)
    source, output = _renamed(call)
    rank = len(source.shape)
    given = call.operator.options.get("squeeze_dims", ())
    axes = {axis_from_front(call, int(axis), rank, "squeeze_dims") for axis in given}
    axes = axes or {i for i, size in enumerate(source.shape) if size == 1}
    if any(source.shape[axis] != 1 for axis in axes):
        raise call.error(f"squeeze_dims {sorted(axes)} of shape {list(source.shape)}", "axes of size 1")
    call.shape_is(output, [size for i, size in enumerate(source.shape) if i not in axes])
    return call.step("reshape", None, None)


def expand_dims(call: Call) -> Step:
    """EXPAND_DIMS by one axis of size 1."""
    call.count(2, 2)
    source, output = _renamed(call)
    axes = call.integers(1, "axis")
    if len(axes) != 1:
        raise call.error(f"axis {axes}", "one number")
    axis = axis_from_front(call, axes[0], len(source.shape) + 1, "axis")
    call.shape_is(output, (*source.shape[:axis], 1, *source.shape[axis:]))
    return call.step("reshape", None, None)


def _renamed(call: Call) -> tuple[Tensor, Tensor]:
    """Input and output that hold the same bytes."""
    source = call.input(0, ("int8", "int16", "float32", "int32"), constant=True)  # int32: packed activations
    if source.data is not None:
        got = f"input 0 {title(source)} is a constant, whose shape could be changed once and for all"
        raise call.error(got, "an activation", "run tinyq convert on the file, which does that")
    output = call.output((source.dtype,))
    if source.dtype in ("int8", "int16"):
        call.same_affine(source, output)
    if source.dtype == "int32":
        same_scale(call, source, output)
        if source.shape[-1:] != output.shape[-1:]:
            got = f"packed input {list(source.shape)}, output {list(output.shape)}"
            raise call.error(got, "the same last axis: its words hold the channels")
    if math.prod(source.shape) != math.prod(output.shape):
        raise call.error(
            f"input {list(source.shape)}, output {list(output.shape)}", "as many elements in both"
        )
    return source, output


def axis_from_front(call: Call, axis: int, rank: int, option: str) -> int:
    """An axis counted from the front."""
    if not -rank <= axis < rank:
        raise call.error(f"{option} {axis} of a tensor of {rank} axes", f"{-rank} to {rank - 1}")
    return axis % rank
