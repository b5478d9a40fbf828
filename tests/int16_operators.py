"""Graphs of one random operator with int16 activations, made from those of int8."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from one_operator import OPERATORS
from operator_graph import quantization

from tinyq.core.errors import GraphError
from tinyq.graph.ir import ABSENT, Graph, Tensor
from tinyq.graph.lowering import lower

KINDS = (
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "ADD",
    "AVERAGE_POOL_2D",
    "MAX_POOL_2D",
    "MEAN",
    "PAD",
    "SOFTMAX",
    "RELU",
    "RELU6",
    "QUANTIZE int8",
    "QUANTIZE float32",
    "DEQUANTIZE",
    "CONCATENATION",
    "RESHAPE",
)
_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def int16_graph(kind: str, rng: np.random.Generator) -> Graph:
    """One operator of a kind of `KINDS` ("QUANTIZE int8" requantizes) that does not overflow."""
    while True:
        graph = _int16_graph(kind, rng)
        try:
            lower(graph)
        except GraphError as error:
            if "accumulator" not in error.got:
                raise
        else:
            return graph


def _int16_graph(kind: str, rng: np.random.Generator) -> Graph:
    graph = OPERATORS[kind](rng)
    (operator,) = graph.operators
    kept = {operator.inputs[1]} if operator.kind in _WEIGHTED else set()
    tensors = [t if i in kept else widened(t) for i, t in enumerate(graph.tensors)]
    if kind == "SOFTMAX":
        shape, scale = tensors[0].shape, np.exp(rng.uniform(np.log(1e-6), np.log(3e-3)))
        tensors[0] = Tensor("x", shape, "int16", quantization([scale], [0]))
        tensors[1] = Tensor("y", shape, "int16", quantization([1 / 32768], [0]))
    if kind == "ADD":
        operator = replace(operator, options={**operator.options, "pot_scale_int16": False})
    if operator.inputs[-1] == ABSENT:  # TFLite takes no absent one
        operator = replace(operator, inputs=operator.inputs[:-1])
    return replace(graph, tensors=tuple(tensors), operators=(operator,))


def widened(tensor: Tensor) -> Tensor:
    """int8 as int16 of 1/256 of the scale and zero point 0, int32 biases as int64; others as they are."""
    q = tensor.quantization
    if tensor.dtype == "int8":
        data = None if tensor.data is None else (tensor.data.astype(np.int16) * 256).astype(np.int16)
        return replace(tensor, dtype="int16", quantization=quantization(q.scale / 256, [0]), data=data)
    if tensor.dtype == "int32" and q is not None:
        data, scale = tensor.data.astype(np.int64) * 256, q.scale / 256
        return replace(tensor, dtype="int64", quantization=quantization(scale, q.zero_point), data=data)
    return tensor


def int16_inputs(graph: Graph, rng: np.random.Generator) -> list[np.ndarray]:
    """Random inputs; now and then all at one end, so that accumulators saturate."""
    arrays = []
    for index in graph.inputs:
        tensor = graph.tensors[index]
        if tensor.dtype == "float32":
            scale = float(graph.tensors[graph.outputs[0]].quantization.scale[0])
            codes = rng.integers(-70000, 70000, tensor.shape) + rng.choice([0, 0.5, 0.3], tensor.shape)
            arrays.append((codes * scale).astype(np.float32))
        else:
            span = [(-32768, 32768), (-32768, 32768), (-32768, -30000), (30000, 32768)][rng.integers(4)]
            arrays.append(rng.integers(*span, tensor.shape).astype(np.int16))
    return arrays
