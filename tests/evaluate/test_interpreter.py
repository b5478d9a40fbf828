"""The NumPy interpreter: whole networks against TFLite Micro, batches against single samples, bad input."""

from dataclasses import replace

import numpy as np
import pytest
from one_operator import OPERATORS, inputs_for
from operator_graph import OneOperator, quantization
from tflm import run_tflm
from tools_required import shared

from tinyq.core.errors import RunError
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import parse
from tinyq.graph.ir import Graph, Operator, Tensor


def kws() -> tuple[bytes, np.ndarray, np.ndarray]:
    data = np.load(shared("data", "mlperf-tiny-kws01", "kws01.npz"))
    return shared("models", "kws_ref_model.tflite").read_bytes(), data["mfcc_int8"], data["y"]


def resnet() -> tuple[bytes, np.ndarray, np.ndarray]:
    data = np.load(shared("data", "mlperf-tiny-ic01", "ic01.npz"))
    images = (data["x"].astype(np.int16) - 128).astype(np.int8)
    return shared("models", "pretrainedResnet_quant.tflite").read_bytes(), images, data["y"]


@pytest.mark.tflm
@pytest.mark.parametrize("network", [kws, resnet], ids=["keywords", "ResNet-8"])
def test_mlperf_networks_equal_tflite_micro(network) -> None:
    model, samples, _ = network()
    samples = samples[:: len(samples) // 25][:25]
    expected = np.concatenate([out[0] for out in run_tflm(model, [[s[None]] for s in samples])])
    (got,) = Interpreter(parse(model, "network")).predict(samples)
    np.testing.assert_array_equal(got, expected)
    assert len(np.unique(got)) > 20


@pytest.mark.slow
@pytest.mark.parametrize(("network", "wanted"), [(kws, 0.90), (resnet, 0.85)], ids=["keywords", "ResNet-8"])
def test_mlperf_networks_reach_their_accuracy(network, wanted: float) -> None:
    model, samples, labels = network()
    (got,) = Interpreter(parse(model, "network")).predict(samples)
    assert (got.argmax(axis=1) == labels).mean() >= wanted


def small_net() -> Graph:
    """Conv 3x3 -> ADD of a constant row -> MEAN over h and w -> CONCATENATION with a constant."""
    rng = np.random.default_rng(0)
    q = quantization([0.1], [3])
    weights = rng.integers(-127, 128, (4, 3, 3, 2)).astype(np.int8)
    row, extra = (rng.integers(-128, 128, s).astype(np.int8) for s in ((4,), (1, 3)))
    tensors = (
        Tensor("x", (1, 6, 5, 2), "int8", q),
        Tensor("w", weights.shape, "int8", quantization([0.01] * 4, [0] * 4), weights),
        Tensor("conv", (1, 6, 5, 4), "int8", q),
        Tensor("row", (4,), "int8", q, row),
        Tensor("sum", (1, 6, 5, 4), "int8", q),
        Tensor("axes", (2,), "int32", None, np.array([1, -2], np.int32)),
        Tensor("mean", (1, 4), "int8", q),
        Tensor("extra", (1, 3), "int8", q, extra),
        Tensor("y", (1, 7), "int8", q),
    )
    scan = {"padding": "SAME", "stride_h": 1, "stride_w": 1, "fused_activation_function": "NONE"}
    operators = (
        Operator("CONV_2D", (0, 1), (2,), scan),
        Operator("ADD", (2, 3), (4,), {"fused_activation_function": "RELU"}),
        Operator("MEAN", (4, 5), (6,), {"keep_dims": False}),
        Operator("CONCATENATION", (6, 7), (8,), {"axis": -1, "fused_activation_function": "NONE"}),
    )
    return Graph(tensors, operators, (0,), (8, 6))


def test_predict_gives_what_run_gives_for_every_sample() -> None:
    interpreter = Interpreter(small_net())
    samples = np.random.default_rng(1).integers(-128, 128, (9, 6, 5, 2)).astype(np.int8)
    together = interpreter.predict(samples)
    assert [t.shape for t in together] == [(9, 7), (9, 4)]
    for i, sample in enumerate(samples):
        for one, many in zip(interpreter.run(sample[None]), together, strict=True):
            np.testing.assert_array_equal(one[0], many[i])


@pytest.mark.parametrize("kind", OPERATORS)
def test_predict_gives_what_run_gives_for_every_operator(kind: str) -> None:
    for seed in range(15):
        rng = np.random.default_rng(seed)
        graph = OPERATORS[kind](rng)
        interpreter = Interpreter(graph)
        runs = [inputs_for(graph, rng) for _ in range(4)]
        shapes = [graph.tensors[i].shape for i in graph.inputs]
        samples = [
            np.concatenate(arrays) if shape[:1] == (1,) else np.stack(arrays)
            for shape, arrays in zip(shapes, zip(*runs, strict=True), strict=True)
        ]
        (together,) = interpreter.predict(samples)
        for i, inputs in enumerate(runs):
            (one,) = interpreter.run(inputs)
            np.testing.assert_array_equal(one.reshape(together[i].shape), together[i], err_msg=f"seed {seed}")


def test_a_large_batch_is_run_in_parts() -> None:
    interpreter = Interpreter(small_net())
    assert 1 < interpreter._samples_at_once() < 40_000
    samples = np.random.default_rng(1).integers(-128, 128, (40_000, 6, 5, 2)).astype(np.int8)
    (outputs, _) = interpreter.predict(samples)
    last = [interpreter.run(sample[None])[0][0] for sample in samples[-2:]]
    np.testing.assert_array_equal(outputs[-2:], last)


def test_an_empty_batch_gives_empty_outputs() -> None:
    outputs = Interpreter(small_net()).predict(np.empty((0, 6, 5, 2), np.int8))
    assert [(o.shape, o.dtype.name) for o in outputs] == [((0, 7), "int8"), ((0, 4), "int8")]


def test_run_all_has_every_activation_in_its_own_shape() -> None:
    graph = small_net()
    interpreter = Interpreter(graph)
    x = np.zeros((1, 6, 5, 2), np.int8)
    found = interpreter.run_all(x)
    assert {i: a.shape for i, a in found.items()} == {i: graph.tensors[i].shape for i in (0, 2, 4, 6, 8)}
    np.testing.assert_array_equal(found[8], interpreter.run(x)[0])


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (np.zeros((1, 5, 6, 2), np.int8), r"int8 \[1, 5, 6, 2\]"),
        (np.zeros((6, 5, 2), np.int8), r"int8 \[6, 5, 2\]"),
        (np.zeros((1, 6, 5, 2), np.uint8), "uint8"),
        (np.zeros((1, 6, 5, 2)), "float64"),
        ([], "0 inputs"),
        ([np.zeros((1, 6, 5, 2), np.int8)] * 2, "2 inputs"),
        (np.int8(3), r"int8 \[\]"),
        ([[1, 2, 3]], r"int64 \[3\]"),
    ],
)
@pytest.mark.parametrize("method", ["run", "run_all", "predict"])
def test_wrong_inputs_are_refused_with_what_is_allowed(method: str, given, text: str) -> None:
    with pytest.raises(RunError, match=text):
        getattr(Interpreter(small_net()), method)(given)


def test_inputs_of_different_counts_are_refused() -> None:
    b = OneOperator()
    x, z = b.activation((1, 2), 1.0), b.activation((1, 2), 1.0)
    y = b.activation((1, 2), 1.0, is_input=False)
    interpreter = Interpreter(b.graph("ADD", (x, z), y))
    with pytest.raises(RunError, match=r"int8 \[3, 2\]"):
        interpreter.predict([np.zeros((4, 2), np.int8), np.zeros((3, 2), np.int8)])


def test_an_input_may_be_an_output_and_inputs_are_left_alone() -> None:
    graph = small_net()
    interpreter = Interpreter(replace(graph, outputs=(0, 8)))
    x = np.random.default_rng(2).integers(-128, 128, (1, 6, 5, 2)).astype(np.int8)
    before = x.copy()
    np.testing.assert_array_equal(interpreter.run(x)[0], before)
    np.testing.assert_array_equal(x, before)


def test_a_graph_without_operators_gives_its_input() -> None:
    graph = Graph((Tensor("x", (1, 2), "int8", quantization([1], [0])),), (), (0,), (0,))
    x = np.array([[1, 2], [3, 4]], np.int8)
    np.testing.assert_array_equal(Interpreter(graph).predict(x)[0], x)


@pytest.mark.parametrize("shapes", [((1, 3), (1, 3)), ((2, 3), (3,))])
def test_the_sum_of_two_constants_is_the_same_for_every_sample(shapes) -> None:
    q, rng = quantization([1], [0]), np.random.default_rng(0)
    one, two = (rng.integers(-60, 60, shape).astype(np.int8) for shape in shapes)
    tensors = (
        Tensor("x", (1, 2), "int8", q),
        Tensor("one", one.shape, "int8", q, one),
        Tensor("two", two.shape, "int8", q, two),
        Tensor("sum", one.shape, "int8", q),
        Tensor("y", (1, 2), "int8", q),
    )
    plain = {"fused_activation_function": "NONE"}
    graph = Graph(tensors, (Operator("ADD", (1, 2), (3,), plain), Operator("RELU", (0,), (4,))), (0,), (4, 3))
    x = np.array([[1, -2], [-3, 4], [5, 6]], np.int8)
    y, total = Interpreter(graph).predict(x)
    np.testing.assert_array_equal(y, np.maximum(x, 0))
    for sample in total.reshape(3, *one.shape):
        np.testing.assert_array_equal(sample, one + two)
