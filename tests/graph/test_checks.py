"""What every graph must keep to, whoever made it; the same rules hold for files and for passes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from graph.graph_builders import activation, constant, every_kind, per_channel, small, unchecked

from tinyq.core.errors import GraphError
from tinyq.graph import ABSENT, Graph, Operator, Quantization, parse, serialize
from tinyq.graph.checks import MAX_ELEMENTS, check_graph


def refused(graph: Graph, message: str) -> None:
    """Refused by the check and, as bytes that a careless writer could have written, by the reader."""
    with pytest.raises(GraphError, match=message):
        check_graph(graph, "pass")
    with pytest.raises(GraphError, match=message):
        serialize(graph)
    with pytest.raises(GraphError):
        parse(unchecked(graph), "file")


def with_tensor(index: int, **changes: Any) -> Graph:
    tensors = list(small().tensors)
    tensors[index] = replace(tensors[index], **changes)
    return replace(small(), tensors=tuple(tensors))


def with_operator(index: int, **changes: Any) -> Graph:
    operators = list(small().operators)
    operators[index] = replace(operators[index], **changes)
    return replace(small(), operators=tuple(operators))


def test_sound_graphs_pass() -> None:
    check_graph(small(), "small")
    check_graph(every_kind(), "every kind")


def test_largest_allowed_tensor_passes_and_one_more_does_not() -> None:
    check_graph(with_tensor(3, shape=(1, MAX_ELEMENTS)), "largest")
    refused(with_tensor(3, shape=(1, MAX_ELEMENTS + 1)), "elements")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": (0, 1, ABSENT)}, "3 inputs"),
        ({"inputs": (0, 1, ABSENT, 2, 10, 2, 2)}, "7 inputs"),
        ({"inputs": ()}, "0 inputs"),
        ({"outputs": ()}, "0 outputs"),
        ({"outputs": (3, 5)}, "2 outputs"),
        ({"inputs": (ABSENT, 1, ABSENT, 2, 10)}, "tensor -1"),
        ({"inputs": (0, 1, ABSENT, ABSENT, 10)}, "tensor -1"),
        ({"inputs": (0, 1, 11, 2, 10)}, "tensor 11"),
        ({"inputs": (0, 1, -2, 2, 10)}, "tensor -2"),
        ({"outputs": (11,)}, "tensor 11"),
        ({"outputs": (-1,)}, "tensor -1"),
        ({"version": 0}, "version 0"),
    ],
)
def test_wrong_operator_ends_are_refused(changes: dict[str, Any], message: str) -> None:
    refused(with_operator(0, **changes), message)


def test_unknown_kind_is_refused_when_writing() -> None:
    with pytest.raises(GraphError, match="operator 1 GATHER"):
        serialize(with_operator(1, kind="GATHER"))


def test_operators_out_of_order_are_refused() -> None:
    refused(replace(small(), operators=small().operators[::-1]), "reads tensor 8 'dense' before")


def test_cycle_is_refused() -> None:
    operators = (
        Operator("ADD", (0, 5), (3,), {"fused_activation_function": "NONE"}),
        Operator("RESHAPE", (3, 4), (5,)),
        Operator("RESHAPE", (5, 4), (9,)),
    )
    refused(replace(small(), operators=operators), "reads tensor 5 'flat' before")


def test_operator_that_reads_its_own_output_is_refused() -> None:
    refused(with_operator(3, inputs=(9,)), "reads tensor 9 'softmax' before")


@pytest.mark.parametrize(("index", "output"), [(1, 0), (1, 4), (1, 3), (3, 8)])
def test_tensor_written_twice_or_over_an_input_or_constant_is_refused(index: int, output: int) -> None:
    refused(with_operator(index, outputs=(output,)), "made before")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": ()}, "graph inputs: none"),
        ({"inputs": (0, 0)}, "none twice"),
        ({"inputs": (0, 1)}, "'conv/packed' is a constant"),
        ({"outputs": ()}, "graph outputs: none"),
        ({"outputs": (9, 9)}, "tensor 9 'softmax' is listed more than once(.|\\n)*none twice"),
        ({"outputs": (0,)}, "no operator makes tensor 0 'image': it is an input as well"),
        ({"outputs": (1,)}, "no operator makes tensor 1 .*: it is a constant as well"),
        ({"operators": ()}, "no operator makes"),
        ({"tensors": ()}, "tensor 0"),
        ({"signatures": {"s": ({"x": 11}, {})}}, "signature 's': tensor 11"),
        ({"signatures": {"s": ({}, {"y": -1})}}, "signature 's': tensor -1"),
    ],
)
def test_wrong_graph_ends_are_refused(changes: dict[str, Any], message: str) -> None:
    graph = replace(small(), **changes)
    with pytest.raises(GraphError, match=message):
        check_graph(graph if changes.get("tensors") != () else replace(graph, operators=()), "pass")


@pytest.mark.parametrize("outputs", [(0, 9), (9, 9)])
def test_ends_that_a_sound_file_may_have_are_not_called_damaged(outputs: tuple[int, ...]) -> None:
    with pytest.raises(GraphError) as caught:
        check_graph(replace(small(), outputs=outputs), "pass")
    assert "damaged" not in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("scale", "zero_point", "axis", "message"),
    [
        ([0.5], [0], 1, "quantized axis 1"),
        ([0.5], [0], -1, "quantized axis -1"),
        ([0.5, 0.5, 0.5], [0, 0, 0], 0, "3 scales"),
        ([0.5, 0.5], [0], 0, "1 zero points"),
        ([], [], 0, "0 scales"),
        ([0.5, 0.0], [0, 0], 0, "not positive"),
        ([0.5, -1.0], [0, 0], 0, "not positive"),
        ([0.5, np.nan], [0, 0], 0, "not positive or not finite"),
        ([np.inf, 1.0], [0, 0], 0, "not positive or not finite"),
        ([0.5], [128], 0, "zero point"),
        ([0.5], [-129], 0, "zero point"),
        ([0.5], [2**40], 0, "zero point"),
    ],
)
def test_wrong_quantization_is_refused(
    scale: list[float], zero_point: list[int], axis: int, message: str
) -> None:
    bad = Quantization(np.array(scale, np.float32), np.array(zero_point, np.int64), axis)
    graph = with_tensor(2, quantization=bad)
    with pytest.raises(GraphError, match=message):
        check_graph(graph, "pass")
    if scale:  # an empty vector in a file means: not quantized
        refused(graph, message)


def test_zero_point_range_follows_the_dtype() -> None:
    wide = constant(
        "shape", np.array([1, 32], np.int32), Quantization(np.ones(1, np.float32), np.array([128]))
    )
    graph = replace(small(), tensors=(*small().tensors[:4], wide, *small().tensors[5:]))
    check_graph(graph, "int32")


@pytest.mark.parametrize(
    "data", [np.ones((3, 31), np.int8), np.ones((3, 32), np.int16), np.ones(96, np.int8)]
)
def test_constant_that_contradicts_its_tensor_is_refused(data: np.ndarray) -> None:
    with pytest.raises(GraphError, match="'dense/weights': constant"):
        check_graph(with_tensor(6, data=data), "pass")


@pytest.mark.parametrize("dtype", ["string", "float64", "float", "INT8", ""])
def test_unknown_dtype_is_refused(dtype: str) -> None:
    with pytest.raises(GraphError, match="dtype"):
        check_graph(with_tensor(3, dtype=dtype), "pass")


def test_scalar_may_be_quantized() -> None:
    scalar = constant("s", np.array(3, np.int8), per_channel(1))
    graph = replace(small(), tensors=(*small().tensors, scalar, activation("free", 1)))
    check_graph(graph, "scalar")
