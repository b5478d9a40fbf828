"""Built-in operators of float32: equal to TFLite within rounding, and refused where they lie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from changed_graphs import random_graph, with_options, with_tensor
from lce_cases import run_lce

from tinyq.core.errors import GraphError
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph, Tensor, parse, serialize
from tinyq.graph.ir import ABSENT
from tinyq.graph.lower_float import FLOAT_LOWERINGS
from tinyq.graph.lowering import lower

INT8_OF = {"MUL": "ADD"}  # kinds without an int8 kernel, and whose graphs they take


def float_graph(kind: str, seed: int) -> Graph:
    """A random graph of one float32 operator, made from an int8 one."""
    rng = np.random.default_rng(seed + 1000)
    graph = random_graph(INT8_OF.get(kind, kind), seed=seed)
    (operator,) = graph.operators
    biased = {operator.inputs[2]} if kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED") else set()
    tensors = list(graph.tensors)
    for index, tensor in enumerate(tensors):
        if tensor.dtype == "int8" or index in biased - {ABSENT}:
            data = None if tensor.data is None else rng.normal(size=tensor.shape).astype(np.float32)
            tensors[index] = replace(tensor, dtype="float32", quantization=None, data=data)
    return replace(graph, tensors=tuple(tensors), operators=(replace(operator, kind=kind),))


def with_bias(graph: Graph) -> Graph:
    """LCE's TensorFlow Lite takes no CONV_2D without a bias: zeros in its place."""
    (operator,) = graph.operators
    if operator.kind != "CONV_2D" or operator.inputs[2] != ABSENT:
        return graph
    zeros = Tensor(
        "zeros",
        (graph.tensors[-1].shape[-1],),
        "float32",
        None,
        np.zeros(graph.tensors[-1].shape[-1], np.float32),
    )
    inputs = (*operator.inputs[:2], len(graph.tensors))
    return replace(graph, tensors=(*graph.tensors, zeros), operators=(replace(operator, inputs=inputs),))


def inputs_of(graph: Graph, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 3, graph.tensors[i].shape).astype(np.float32) for i in graph.inputs]


@pytest.mark.parametrize("kind", FLOAT_LOWERINGS)
def test_float_operators_equal_tflite_within_rounding(kind: str) -> None:
    """Sums of up to 900 products of numbers up to 40: 1e-6 of the largest sum is some roundings of each."""
    seen: set[float] = set()
    for seed in range(12):
        graph = float_graph(kind, seed)
        inputs = inputs_of(graph, seed)
        (got,) = Interpreter(graph).run(inputs)
        (wanted,) = run_lce(with_bias(graph), inputs)
        np.testing.assert_allclose(got, wanted, rtol=2e-6, atol=5e-5, err_msg=f"{kind} seed {seed}")
        assert got.dtype == np.float32
        seen.update(got.reshape(-1).tolist())
    assert len(seen) > 20


@pytest.mark.parametrize("kind", FLOAT_LOWERINGS)
def test_float_operators_survive_the_file(kind: str) -> None:
    graph = float_graph(kind, 3)
    (one,), (two,) = lower(graph), lower(parse(serialize(graph), "m.tflite"))
    assert one.kernel == two.kernel and one.kernel.endswith("_f32") and one.dims == two.dims


def test_int16_mul_is_refused_with_what_to_use() -> None:
    graph = random_graph("MUL")
    zero = replace(graph.tensors[0].quantization, zero_point=np.zeros(1, np.int64))
    with pytest.raises(GraphError, match=r"is int16(.|\n)*int8"):
        lower(with_tensor(graph, 0, dtype="int16", quantization=zero))


BROKEN = [
    ("CONV_2D", lambda g: with_tensor(g, 1, dtype="int8"), "int8"),
    ("CONV_2D", lambda g: with_tensor(g, 1, data=np.full(g.tensors[1].shape, np.nan, np.float32)), "NaN"),
    ("CONV_2D", lambda g: with_tensor(g, -1, shape=(1, 1, 1, 99)), "declared as"),
    ("CONV_2D", lambda g: with_options(g, fused_activation_function="SIGN_BIT"), "SIGN_BIT"),
    ("CONV_2D", lambda g: with_options(g, stride_w=0), "stride_w is 0"),
    ("DEPTHWISE_CONV_2D", lambda g: with_options(g, depth_multiplier=77), "depth_multiplier 77"),
    ("FULLY_CONNECTED", lambda g: with_tensor(g, -1, shape=(9, 9, 9)), "declared as"),
    ("FULLY_CONNECTED", lambda g: with_options(g, weights_format="SHUFFLED4x16INT8"), "weights_format"),
    ("ADD", lambda g: with_tensor(g, -1, dtype="int8"), "int8"),
    ("ADD", lambda g: with_tensor(g, -1, shape=(9, 9, 9, 9)), "declared as"),
    ("MAX_POOL_2D", lambda g: with_options(g, filter_height=0), "filter_height is 0"),
    ("AVERAGE_POOL_2D", lambda g: with_tensor(g, 0, shape=(3, 3)), "four axes"),
    ("MEAN", lambda g: with_tensor(g, -1, shape=(9, 9, 9)), "declared as"),
    ("PAD", lambda g: with_tensor(g, -1, shape=(9,)), "declared as"),
    ("SOFTMAX", lambda g: with_options(g, beta=0.0), "beta"),
    ("SOFTMAX", lambda g: with_options(g, beta=float("nan")), "beta"),
    ("RELU", lambda g: with_tensor(g, -1, shape=(7, 7)), "declared as"),
    ("CONCATENATION", lambda g: with_options(g, axis=9), "axis"),
    ("CONCATENATION", lambda g: with_options(g, fused_activation_function="RELU"), "RELU"),
]


@pytest.mark.parametrize(("kind", "change", "message"), BROKEN, ids=[f"{b[0]} {b[2]}" for b in BROKEN])
def test_float_operators_that_lie_are_refused(kind: str, change, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        lower(change(float_graph(kind, 3)))
