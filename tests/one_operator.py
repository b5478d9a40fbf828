"""Graphs of one random operator each, valid for tinyq and for TFLite Micro, from a seeded generator.

`OPERATORS[kind](rng)` makes one; `inputs_for(graph, rng)` makes inputs that reach both ends of the range.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyq.core.spec import TABLE_BITS, QuantSpec
from tinyq.graph.ir import ABSENT, Graph, Operator, Quantization, Tensor

Rng = np.random.Generator


class OneOperator:
    """Collects tensors and makes the graph of a single operator."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.inputs: list[int] = []

    def activation(self, shape, scale=None, zero_point=0, dtype="int8", is_input=True) -> int:
        q = None if scale is None else quantization([scale], [zero_point])
        self.tensors.append(Tensor(f"t{len(self.tensors)}", tuple(map(int, shape)), dtype, q))
        if is_input:
            self.inputs.append(len(self.tensors) - 1)
        return len(self.tensors) - 1

    def constant(self, data, scale=None, zero_point=0, axis=0) -> int:
        scales = None if scale is None else np.atleast_1d(scale)
        q = None if scales is None else quantization(scales, [zero_point] * len(scales), axis)
        data = np.asarray(data)
        self.tensors.append(Tensor(f"c{len(self.tensors)}", data.shape, data.dtype.name, q, data))
        return len(self.tensors) - 1

    def graph(self, kind, inputs, output, **options: Any) -> Graph:
        return Graph(
            tuple(self.tensors),
            (Operator(kind, tuple(inputs), (output,), options),),
            tuple(self.inputs),
            (output,),
        )


def quantization(scales, zero_points, axis=0) -> Quantization:
    return Quantization(np.array(scales, np.float32), np.array(zero_points, np.int64), axis)


def random_scale(rng: Rng, low=1e-3, high=0.5) -> np.float32:
    return np.float32(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_zero_point(rng: Rng) -> int:
    return int(rng.choice([-128, 127, 0, int(rng.integers(-128, 128))]))


def random_activation(rng: Rng) -> str:
    return str(rng.choice(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"]))


def inputs_for(graph: Graph, rng: Rng) -> list[np.ndarray]:
    """Random inputs; now and then all at one end, so that accumulators saturate."""
    arrays = []
    for index in graph.inputs:
        tensor = graph.tensors[index]
        if tensor.dtype == "float32":
            scale = float(graph.tensors[graph.outputs[0]].quantization.scale[0])
            codes = rng.integers(-300, 300, tensor.shape) + rng.choice(
                [0, 0.5, 0.49999997, 0.3], tensor.shape
            )
            arrays.append((codes * scale).astype(np.float32))
        else:
            low, high = [(-128, 128), (-128, 128), (-128, -120), (120, 128)][rng.integers(4)]
            arrays.append(rng.integers(low, high, tensor.shape).astype(np.int8))
    return arrays


def _window(rng: Rng, dilated: bool) -> dict[str, int]:
    """Sizes of one axis that fit: input, filter, stride, dilation, output for a random padding."""
    filter_size, stride = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    dilation = int(rng.integers(1, 4)) if dilated else 1
    extent = (filter_size - 1) * dilation + 1
    return {"filter": filter_size, "stride": stride, "dilation": dilation, "extent": extent}


def _windows(rng: Rng, dilated: bool = True) -> tuple[str, list[dict[str, int]]]:
    padding = str(rng.choice(["SAME", "VALID"]))
    axes = [_window(rng, dilated), _window(rng, dilated)]
    for axis in axes:
        least = axis["extent"] if padding == "VALID" else 1
        axis["input"] = int(rng.integers(least, least + 10))
        span = axis["input"] if padding == "SAME" else axis["input"] - axis["extent"] + 1
        axis["output"] = -(-span // axis["stride"])
    return padding, axes


def _bias(b: OneOperator, rng: Rng, channels: int, scales: np.ndarray, may_be_absent: bool) -> int:
    kind = rng.integers(0 if may_be_absent else 1, 3)
    if kind == 0:
        return ABSENT
    span = 2000 if kind == 1 else 2**20
    return b.constant(rng.integers(-span, span, channels).astype(np.int32), scales)


def weights_of(rng: Rng, shape, axis: int, scheme: str) -> tuple[np.ndarray, np.ndarray]:
    """int8 weights, and one level a channel: a8w8 uses all of int8, a8wt {-L, 0, L}, a8w1 {-L, L}.

    The others: odd integers, or neighbours with zero, as TFLite's converter rounds them.
    """
    along = [1] * len(shape)
    along[axis] = shape[axis]
    levels = rng.choice([1, 127, int(rng.integers(1, 128))], shape[axis]).astype(np.int8)
    if scheme in TABLE_BITS:
        most = 1 << TABLE_BITS[scheme]
        codes = rng.choice(np.array(QuantSpec(int(rng.integers(most // 2 + 1, most + 1))).codes), shape)
        largest = np.abs(codes).max(axis=tuple(i for i in range(len(shape)) if i != axis), keepdims=True)
        return np.rint(codes * 127 / np.maximum(largest, 1)).astype(np.int8), levels
    codes = {"a8w8": None, "a8wt": [-1, 0, 1], "a8w1": [-1, 1]}[scheme]
    if codes is None:
        return rng.integers(-127, 128, shape).astype(np.int8), levels
    return (rng.choice(codes, shape) * levels.reshape(along)).astype(np.int8), levels


def _output_scale(rng: Rng, source: np.float32, weights: np.ndarray, scales: np.ndarray) -> np.float32:
    """A scale with which some outputs saturate and some do not; now and then, a multiplier of 1 or more."""
    if rng.random() < 1 / 8:
        return np.float32(float(source) * float(np.mean(scales)) / 2.0 ** rng.integers(0, 4))
    inputs = max(1, np.count_nonzero(weights) // max(len(np.atleast_1d(scales)), 1))
    typical = float(source) * float(np.mean(scales)) * 60 * max(np.abs(weights).mean(), 1) * np.sqrt(inputs)
    return np.float32(typical / 60 * np.exp(rng.uniform(-1.5, 1.5)))


def conv_2d(rng: Rng, scheme: str = "a8w8") -> Graph:
    padding, (h, w) = _windows(rng)
    groups = int(rng.choice([1, 1, 2, 3]))
    per_group_in, per_group_out = int(rng.integers(1, 7)), int(rng.integers(1, 7))
    c_out, n = groups * per_group_out, int(rng.integers(1, 3))
    weights, _ = weights_of(rng, (c_out, h["filter"], w["filter"], per_group_in), 0, scheme)
    return _scan_graph(rng, "CONV_2D", padding, (h, w), (n, groups * per_group_in, c_out), weights, 0)


def depthwise_conv_2d(rng: Rng, scheme: str = "a8w8") -> Graph:
    padding, (h, w) = _windows(rng)
    c_in, multiplier, n = int(rng.integers(1, 9)), int(rng.integers(1, 4)), int(rng.integers(1, 3))
    c_out = c_in * multiplier
    weights, _ = weights_of(rng, (1, h["filter"], w["filter"], c_out), 3, scheme)
    return _scan_graph(
        rng, "DEPTHWISE_CONV_2D", padding, (h, w), (n, c_in, c_out), weights, 3, depth_multiplier=multiplier
    )


def _scan_graph(rng, kind, padding, axes, sizes, weights, channel_axis, **options) -> Graph:
    b, (h, w), (n, c_in, c_out) = OneOperator(), axes, sizes
    scale = random_scale(rng)
    per_channel = rng.random() < 0.8
    scales = np.array([random_scale(rng, 1e-3, 0.05) for _ in range(c_out if per_channel else 1)])
    x = b.activation((n, h["input"], w["input"], c_in), scale, random_zero_point(rng))
    f = b.constant(weights, scales, axis=channel_axis)
    # TFLite Micro ends with a segmentation fault on a depthwise convolution whose bias is absent.
    bias = _bias(b, rng, c_out, scale * scales, may_be_absent=kind == "CONV_2D")
    out_scale = _output_scale(rng, scale, weights, scales)
    y = b.activation((n, h["output"], w["output"], c_out), out_scale, random_zero_point(rng), is_input=False)
    return b.graph(
        kind,
        (x, f, bias),
        y,
        padding=padding,
        stride_h=h["stride"],
        stride_w=w["stride"],
        dilation_h_factor=h["dilation"],
        dilation_w_factor=w["dilation"],
        fused_activation_function=random_activation(rng),
        **options,
    )


def transpose_conv(rng: Rng, scheme: str = "a8w8") -> Graph:
    b, padding, axes = OneOperator(), str(rng.choice(["SAME", "VALID"])), []
    for _ in "hw":
        size, taps, stride = int(rng.integers(1, 7)), int(rng.integers(1, 6)), int(rng.integers(1, 4))
        rest = int(rng.integers(0, stride))
        output = size * stride - rest if padding == "SAME" else (size - 1) * stride + taps + rest
        axes.append((size, taps, stride, output))
    (h, w), n, c_in, c_out = axes, int(rng.integers(1, 3)), int(rng.integers(1, 7)), int(rng.integers(1, 7))
    weights, _ = weights_of(rng, (c_out, h[1], w[1], c_in), 0, scheme)
    scale = random_scale(rng)
    scales = np.array([random_scale(rng, 1e-3, 0.05) for _ in range(c_out if rng.random() < 0.8 else 1)])
    shape = (n, h[3], w[3], c_out)
    size = b.constant(np.array(shape, np.int32))
    f = b.constant(weights, scales)
    x = b.activation((n, h[0], w[0], c_in), scale, random_zero_point(rng))
    bias = _bias(b, rng, c_out, scale * scales, may_be_absent=True)
    out_scale = _output_scale(rng, scale, weights, scales)
    y = b.activation(shape, out_scale, random_zero_point(rng), is_input=False)
    inputs = (size, f, x) if bias == ABSENT else (size, f, x, bias)
    options = {"padding": padding, "stride_h": h[2], "stride_w": w[2]}
    return b.graph("TRANSPOSE_CONV", inputs, y, fused_activation_function=random_activation(rng), **options)


def fully_connected(rng: Rng, scheme: str = "a8w8") -> Graph:
    b = OneOperator()
    c_in, c_out = int(rng.integers(1, 70)), int(rng.integers(1, 20))
    lead = tuple(rng.integers(1, 4, rng.integers(1, 4)))
    keep = bool(rng.random() < 0.5)
    weights, _ = weights_of(rng, (c_out, c_in), 0, scheme)
    scale = random_scale(rng)
    scales = np.array([random_scale(rng, 1e-3, 0.05) for _ in range(c_out if rng.random() < 0.5 else 1)])
    x = b.activation((*lead, c_in), scale, random_zero_point(rng))
    f = b.constant(weights, scales)
    bias = _bias(b, rng, c_out, scale * scales, may_be_absent=True)
    shape = (*lead, c_out) if keep else (int(np.prod(lead)), c_out)
    out_scale = _output_scale(rng, scale, weights, scales)
    y = b.activation(shape, out_scale, random_zero_point(rng), is_input=False)
    return b.graph(
        "FULLY_CONNECTED",
        (x, f, bias),
        y,
        keep_num_dims=keep,
        fused_activation_function=random_activation(rng),
    )


def sub(rng: Rng) -> Graph:
    return add(rng, "SUB")


def mul(rng: Rng) -> Graph:
    return add(rng, "MUL")


def add(rng: Rng, kind: str = "ADD") -> Graph:
    b = OneOperator()
    shape = rng.integers(1, 6, rng.integers(1, 5))
    shapes = [shape.copy(), shape.copy()]
    if rng.random() < 0.6:  # broadcast some axes, and leave leading ones out
        for s in shapes:
            s[rng.random(len(s)) < 0.3] = 1
        shapes[1] = shapes[1][rng.integers(0, len(shape)) :]
    scales = [random_scale(rng) for _ in range(2)]
    first = b.activation(shapes[0], scales[0], random_zero_point(rng))
    if rng.random() < 0.3:
        data = rng.integers(-128, 128, shapes[1]).astype(np.int8)
        second = b.constant(data, scales[1], random_zero_point(rng))
    else:
        second = b.activation(shapes[1], scales[1], random_zero_point(rng))
    reach = 128 * scales[0] * scales[1] if kind == "MUL" else sum(scales)
    out_scale = np.float32(reach * np.exp(rng.uniform(-1.5, 1)))
    shape = np.broadcast_shapes(tuple(shapes[0]), tuple(shapes[1]))
    y = b.activation(shape, out_scale, random_zero_point(rng), is_input=False)
    return b.graph(kind, (first, second), y, fused_activation_function=random_activation(rng))


def _pool(rng: Rng, kind: str) -> Graph:
    b = OneOperator()
    padding, (h, w) = _windows(rng, dilated=False)
    n, c = int(rng.integers(1, 3)), int(rng.integers(1, 9))
    scale, zero_point = random_scale(rng, 1e-2, 0.1), random_zero_point(rng)
    x = b.activation((n, h["input"], w["input"], c), scale, zero_point)
    y = b.activation((n, h["output"], w["output"], c), scale, zero_point, is_input=False)
    return b.graph(
        kind,
        (x,),
        y,
        padding=padding,
        stride_h=h["stride"],
        stride_w=w["stride"],
        filter_height=h["filter"],
        filter_width=w["filter"],
        fused_activation_function=random_activation(rng),
    )


def average_pool_2d(rng: Rng) -> Graph:
    return _pool(rng, "AVERAGE_POOL_2D")


def max_pool_2d(rng: Rng) -> Graph:
    return _pool(rng, "MAX_POOL_2D")


def mean(rng: Rng) -> Graph:
    b = OneOperator()
    shape = tuple(rng.integers(1, 9, rng.integers(1, 5)))
    rank = len(shape)
    axes = rng.permutation(rank)[: rng.integers(1, rank + 1)]
    keep = bool(rng.random() < 0.5)
    kept = [1 if i in axes else s for i, s in enumerate(shape)]
    out = kept if keep else [s for i, s in enumerate(shape) if i not in axes]
    scale = random_scale(rng)
    x = b.activation(shape, scale, random_zero_point(rng))
    signed = [int(a) - rank if rng.random() < 0.5 else int(a) for a in axes]
    a = b.constant(np.array(signed, np.int32))
    out_scale = np.float32(scale * np.exp(rng.uniform(-2, 1)))
    y = b.activation(out, out_scale, random_zero_point(rng), is_input=False)
    return b.graph("MEAN", (x, a), y, keep_dims=keep)


def pad(rng: Rng, kind: str = "PAD") -> Graph:
    b = OneOperator()
    shape = rng.integers(1, 6, rng.integers(1, 5))
    margins = rng.integers(0, 4, (len(shape), 2)).astype(np.int32)
    scale, zero_point = random_scale(rng), random_zero_point(rng)
    x = b.activation(shape, scale, zero_point)
    inputs = [x, b.constant(margins)]
    if kind == "PADV2":
        inputs.append(b.constant(np.array([rng.integers(-128, 128)], np.int8), scale, zero_point))
    y = b.activation(shape + margins.sum(axis=1), scale, zero_point, is_input=False)
    return b.graph(kind, inputs, y)


def padv2(rng: Rng) -> Graph:
    return pad(rng, "PADV2")


def softmax(rng: Rng) -> Graph:
    b = OneOperator()
    shape = (*rng.integers(1, 4, rng.integers(0, 3)), int(rng.choice([1, 2, 10, 12, 100, 511])))
    x = b.activation(shape, random_scale(rng, 1e-5, 100), random_zero_point(rng))
    y = b.activation(shape, np.float32(1 / 256), -128, is_input=False)
    return b.graph("SOFTMAX", (x,), y, beta=float(np.float32(rng.choice([1.0, 0.5, 0.1, 3.0]))))


def _elementwise(rng: Rng, kind: str, same: bool = False) -> Graph:
    b = OneOperator()
    shape = rng.integers(1, 9, rng.integers(1, 5))
    scale, zero_point = random_scale(rng), random_zero_point(rng)
    x = b.activation(shape, scale, zero_point)
    if not same:
        scale = np.float32(scale * np.exp(rng.uniform(-4, 4)))
        zero_point = random_zero_point(rng)
    y = b.activation(shape, scale, zero_point, is_input=False)
    return b.graph(kind, (x,), y)


def relu(rng: Rng) -> Graph:
    return _elementwise(rng, "RELU")


def relu6(rng: Rng) -> Graph:
    return _elementwise(rng, "RELU6", same=True)


def requantize(rng: Rng) -> Graph:
    return _elementwise(rng, "QUANTIZE")


def quantize(rng: Rng) -> Graph:
    b = OneOperator()
    shape = rng.integers(1, 9, rng.integers(1, 5))
    x = b.activation(shape, dtype="float32")
    y = b.activation(shape, random_scale(rng), random_zero_point(rng), is_input=False)
    return b.graph("QUANTIZE", (x,), y)


def dequantize(rng: Rng) -> Graph:
    b = OneOperator()
    shape = rng.integers(1, 9, rng.integers(1, 5))
    x = b.activation(shape, random_scale(rng), random_zero_point(rng))
    y = b.activation(shape, dtype="float32", is_input=False)
    return b.graph("DEQUANTIZE", (x,), y)


def concatenation(rng: Rng) -> Graph:
    b = OneOperator()
    shape = rng.integers(1, 6, rng.integers(1, 5))
    axis, scale, zero_point = int(rng.integers(len(shape))), random_scale(rng), random_zero_point(rng)
    inputs, joined = [], 0
    for i in range(int(rng.integers(1, 5))):
        part = shape.copy()
        part[axis] = rng.integers(1, 6)
        joined += part[axis]
        if i and rng.random() < 0.2:
            inputs.append(b.constant(rng.integers(-128, 128, part).astype(np.int8), scale, zero_point))
        else:
            inputs.append(b.activation(part, scale, zero_point))
    shape[axis] = joined
    y = b.activation(shape, scale, zero_point, is_input=False)
    signed = axis - len(shape) if rng.random() < 0.5 else axis
    return b.graph("CONCATENATION", inputs, y, axis=signed)


def reshape(rng: Rng) -> Graph:
    b = OneOperator()
    shape = rng.integers(1, 6, rng.integers(1, 5))
    target = rng.permutation(shape)
    scale, zero_point = random_scale(rng), random_zero_point(rng)
    x = b.activation(shape, scale, zero_point)
    y = b.activation(target, scale, zero_point, is_input=False)
    return b.graph("RESHAPE", (x, b.constant(target.astype(np.int32))), y)


def squeeze(rng: Rng) -> Graph:
    b = OneOperator()
    shape = rng.choice([1, 1, 2, 3], rng.integers(1, 5))
    ones = np.flatnonzero(shape == 1)
    axes = [] if rng.random() < 0.5 else ones[rng.random(len(ones)) < 0.6].tolist()
    gone = axes or ones.tolist()
    scale, zero_point = random_scale(rng), random_zero_point(rng)
    x = b.activation(shape, scale, zero_point)
    y = b.activation([s for i, s in enumerate(shape) if i not in gone], scale, zero_point, is_input=False)
    return b.graph("SQUEEZE", (x,), y, squeeze_dims=tuple(a - len(shape) if a % 2 else a for a in axes))


def expand_dims(rng: Rng) -> Graph:
    b = OneOperator()
    shape = rng.integers(1, 6, rng.integers(1, 4))
    axis = int(rng.integers(0, len(shape) + 1))
    scale, zero_point = random_scale(rng), random_zero_point(rng)
    x = b.activation(shape, scale, zero_point)
    y = b.activation(np.insert(shape, axis, 1), scale, zero_point, is_input=False)
    signed = axis - len(shape) - 1 if rng.random() < 0.5 else axis
    return b.graph("EXPAND_DIMS", (x, b.constant(np.array(signed, np.int32))), y)


OPERATORS = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "TRANSPOSE_CONV": transpose_conv,
    "FULLY_CONNECTED": fully_connected,
    "ADD": add,
    "SUB": sub,
    "MUL": mul,
    "AVERAGE_POOL_2D": average_pool_2d,
    "MAX_POOL_2D": max_pool_2d,
    "MEAN": mean,
    "PAD": pad,
    "PADV2": padv2,
    "SOFTMAX": softmax,
    "RELU": relu,
    "RELU6": relu6,
    "QUANTIZE int8": requantize,
    "QUANTIZE float32": quantize,
    "DEQUANTIZE": dequantize,
    "CONCATENATION": concatenation,
    "RESHAPE": reshape,
    "SQUEEZE": squeeze,
    "EXPAND_DIMS": expand_dims,
}
