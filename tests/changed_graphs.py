"""Graphs of one operator, and copies of them with something changed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from one_operator import OPERATORS
from operator_graph import OneOperator, quantization

from tinyq.convert.filters import pack, take_apart
from tinyq.convert.survey import PACKED_KIND
from tinyq.graph.ir import ABSENT, Graph, Operator, Tensor


def random_graph(kind: str, *arguments, seed: int = 1) -> Graph:
    return OPERATORS[kind](np.random.default_rng(seed), *arguments)


def with_tensor(graph: Graph, index: int, **changes) -> Graph:
    tensors = list(graph.tensors)
    tensors[index] = replace(tensors[index], **changes)
    return replace(graph, tensors=tuple(tensors))


def with_options(graph: Graph, **changes) -> Graph:
    (operator,) = graph.operators
    return replace(graph, operators=(replace(operator, options={**operator.options, **changes}),))


def with_shapes(graph: Graph, shape: tuple[int, ...]) -> Graph:
    """Input and output of one shape."""
    return with_tensor(with_tensor(graph, 0, shape=shape), -1, shape=shape)


def with_scales(graph: Graph, source: float, output: float) -> Graph:
    graph = with_tensor(graph, 0, quantization=quantization([source], [0]))
    return with_tensor(graph, -1, quantization=quantization([output], [0]))


def one_channel_conv(
    size=5, filter_size=3, stride=1, dilation=1, padding="SAME", output=None, activation="NONE", **changes
):
    """A Conv2D of one channel in and out, along h and w alike."""
    given = {
        "scale": 0.5,
        "weight_scale": 0.25,
        "output_scale": 1.0,
        "zero_point": 0,
        "weights": None,
        "bias": None,
    }
    c = SimpleNamespace(**{**given, **changes})
    b = OneOperator()
    shape = (1, filter_size, filter_size, 1)
    weights = np.ones(shape, np.int8) if c.weights is None else np.array(c.weights, np.int8).reshape(shape)
    x = b.activation((1, size, size, 1), c.scale, c.zero_point)
    w = b.constant(weights, [c.weight_scale])
    bias = b.constant(np.array([c.bias or 0], np.int32))
    output = output or (
        -(-size // stride) if padding == "SAME" else (size - (filter_size - 1) * dilation - 1) // stride + 1
    )
    y = b.activation((1, output, output, 1), c.output_scale, c.zero_point, is_input=False)
    options = {
        "padding": padding,
        "stride_h": stride,
        "stride_w": stride,
        "fused_activation_function": activation,
    }
    return b.graph(
        "CONV_2D", (x, w, bias), y, dilation_h_factor=dilation, dilation_w_factor=dilation, **options
    )


def packed(graph: Graph, scheme: str) -> Graph:
    """The Tq operator that stands for an int8 one whose weights the scheme holds."""
    (operator,) = graph.operators
    weights = graph.tensors[operator.inputs[1]]
    axis = 3 if operator.kind == "DEPTHWISE_CONV_2D" else 0
    taken = take_apart(weights.data, depthwise=axis == 3).by_scheme[scheme]
    levels, data, q = taken.levels, pack(taken.codes, scheme), weights.quantization
    tensors = list(graph.tensors)
    tensors[operator.inputs[1]] = Tensor("packed", data.shape, "uint8", None, data)
    added = [Tensor("levels", levels.shape, "int8", None, levels)]
    added.append(Tensor("scales", q.scale.shape, "float32", None, q.scale))
    if taken.tables is not None:
        added.append(Tensor("tables", taken.tables.shape, "int8", None, taken.tables))
    options = {"abi": 1, "scheme": scheme, **operator.options}
    if operator.kind == "FULLY_CONNECTED":
        options |= {"channels_in": weights.shape[1]}
    else:
        options |= {"filter_height": weights.shape[1], "filter_width": weights.shape[2]}
        options |= {"channels_in": weights.shape[3]} if axis == 0 else {}
    first, third = operator.inputs[0], operator.inputs[2]
    if operator.kind == "TRANSPOSE_CONV":
        first, third = operator.inputs[2], (*operator.inputs, ABSENT)[3]
    inputs = (first, operator.inputs[1], third, *range(len(tensors), len(tensors) + len(added)))
    operators = (Operator(PACKED_KIND[operator.kind], inputs, operator.outputs, options),)
    return replace(graph, tensors=(*tensors, *added), operators=operators)
