"""Graphs of one random operator each, valid for tinyq and for TFLite Micro, from a seeded generator.

`OPERATORS[kind](rng)` makes one; `inputs_for(graph, rng)` makes inputs that reach both ends of the range.
"""

from __future__ import annotations

import numpy as np
from operator_graph import OneOperator, Rng, random_activation, random_scale, random_zero_point, windows
from weighted_operators import conv_2d, depthwise_conv_2d, fully_connected, transpose_conv

from tinyq.graph.ir import Graph


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
    padding, (h, w) = windows(rng, dilated=False)
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
