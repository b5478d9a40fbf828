"""Shapes that a model with an open batch computes become constants; other slices and stacks stay."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tinyq.convert.passes.fold_shape_arithmetic import fold_shape_arithmetic
from tinyq.convert.passes.remove_unused_tensors import remove_unused_tensors
from tinyq.core.errors import GraphError
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph, Operator, Quantization, Tensor, parse, serialize

AFFINE = Quantization(np.array([0.1], np.float32), np.array([-3]))


def vector(name: str, *values: int) -> Tensor:
    return Tensor(name, (len(values),), "int32", None, np.array(values, np.int32))


def flatten(**slice_options: Any) -> Graph:
    """Keras' Flatten of an open batch: x [1, 4, 6] -> [1, 24]."""
    tensors = (
        Tensor("x", (1, 4, 6), "int8", AFFINE),
        Tensor("flatten/Shape", (3,), "int32"),
        vector("begin", 0),
        vector("end", 1),
        vector("stride", 1),
        Tensor("flatten/strided_slice", (), "int32"),
        Tensor("24", (), "int32", None, np.array(24, np.int32)),
        Tensor("flatten/pack", (2,), "int32"),
        Tensor("flatten/Reshape", (1, 24), "int8", AFFINE),
    )
    operators = (
        Operator("SHAPE", (0,), (1,), {"out_type": "INT32"}),
        Operator("STRIDED_SLICE", (1, 2, 3, 4), (5,), {"shrink_axis_mask": 1, **slice_options}),
        Operator("PACK", (5, 6), (7,), {"values_count": 2, "axis": 0}),
        Operator("RESHAPE", (0, 7), (8,), {"new_shape": ()}),
    )
    return Graph(tensors, operators, (0,), (8,))


def test_only_the_reshape_is_left_and_its_shape_is_a_constant() -> None:
    graph = flatten()
    with pytest.raises(GraphError, match="4 operators cannot be lowered(.|\n)*tinyq convert"):
        Interpreter(graph)
    folded = remove_unused_tensors(fold_shape_arithmetic(graph))
    assert [operator.kind for operator in folded.operators] == ["RESHAPE"]
    assert folded.tensors[folded.operators[0].inputs[1]].data.tolist() == [1, 24]
    sample = np.arange(24, dtype=np.int8).reshape(1, 4, 6)
    read_again = parse(serialize(folded), "folded")
    np.testing.assert_array_equal(Interpreter(read_again).run(sample)[0], sample.reshape(1, 24))


def test_what_comes_from_a_file_is_folded_alike() -> None:
    again = fold_shape_arithmetic(parse(serialize(flatten()), "file"))
    assert [operator.kind for operator in again.operators] == ["RESHAPE"]


@pytest.mark.parametrize(
    ("options", "begin", "end", "stride", "expected"),
    [
        ({"shrink_axis_mask": 1}, -2, 0, 1, 4),
        ({}, 1, 3, 1, [4, 6]),
        ({"begin_mask": 1}, 2, 2, 1, [1, 4]),
        ({"end_mask": 1}, 1, 0, 1, [4, 6]),
        ({"begin_mask": 1, "end_mask": 1}, 0, 0, -1, [6, 4, 1]),
        ({}, 0, 3, 2, [1, 6]),
    ],
)
def test_slices_of_a_shape(options: dict[str, int], begin: int, end: int, stride: int, expected: Any) -> None:
    graph = flatten(shrink_axis_mask=0, **options) if "shrink_axis_mask" not in options else flatten()
    tensors = list(graph.tensors)
    tensors[2:5] = [vector("begin", begin), vector("end", end), vector("stride", stride)]
    tensors[5] = replace(tensors[5], shape=np.shape(expected))
    folded = fold_shape_arithmetic(replace(graph, tensors=tuple(tensors)))
    assert folded.tensors[5].data.tolist() == expected


@pytest.mark.parametrize(
    "change",
    [
        {"ellipsis_mask": 1},
        {"new_axis_mask": 1},
        {"offset": True},
        {"shrink_axis_mask": 0},  # the declared shape is a scalar's
    ],
)
def test_other_slices_stay(change: dict[str, Any]) -> None:
    folded = fold_shape_arithmetic(flatten(**change))
    assert [operator.kind for operator in folded.operators] == ["STRIDED_SLICE", "PACK", "RESHAPE"]


@pytest.mark.parametrize(("begin", "stride"), [(3, 1), (-4, 1)])
def test_an_index_out_of_the_shape_stays(begin: int, stride: int) -> None:
    tensors = list(flatten().tensors)
    tensors[2] = vector("begin", begin)
    folded = fold_shape_arithmetic(replace(flatten(), tensors=tuple(tensors)))
    assert len(folded.operators) == 3


def test_a_stride_of_zero_stays() -> None:
    tensors = list(flatten().tensors)
    tensors[4] = vector("stride", 0)
    tensors[5] = replace(tensors[5], shape=(1,))
    folded = fold_shape_arithmetic(replace(flatten(shrink_axis_mask=0), tensors=tuple(tensors)))
    assert len(folded.operators) == 3


def test_activations_are_not_folded() -> None:
    tensors = (
        Tensor("x", (3,), "int8", AFFINE),
        vector("begin", 0),
        vector("end", 2),
        vector("stride", 1),
        Tensor("y", (2,), "int8", AFFINE),
    )
    graph = Graph(tensors, (Operator("STRIDED_SLICE", (0, 1, 2, 3), (4,)),), (0,), (4,))
    assert fold_shape_arithmetic(graph).operators == graph.operators


def test_a_shape_that_is_an_output_stays() -> None:
    graph = replace(flatten(), outputs=(8, 1))
    folded = fold_shape_arithmetic(graph)
    assert folded.operators[0].kind == "SHAPE"
    assert folded.tensors[1].data is None


@pytest.mark.parametrize("shape", [(1, 4), (1, -1)])
@pytest.mark.parametrize("as_option", [True, False])
def test_a_reshaped_constant_becomes_one_of_that_shape(shape: tuple[int, ...], as_option: bool) -> None:
    values = np.array([1, -2, 3, 4], np.int8)
    tensors = (
        Tensor("x", (1, 4), "int8", AFFINE),
        Tensor("table", (4,), "int8", AFFINE, values),
        vector("shape", *shape),
        Tensor("reshaped", (1, 4), "int8", AFFINE),
        Tensor("sum", (1, 4), "int8", AFFINE),
    )
    operators = (
        Operator("RESHAPE", (1,) if as_option else (1, 2), (3,), {"new_shape": shape if as_option else ()}),
        Operator("ADD", (0, 3), (4,), {"fused_activation_function": "NONE"}),
    )
    graph = Graph(tensors, operators, (0,), (4,))
    with pytest.raises(GraphError, match="'table' is a constant(.|\n)*tinyq convert"):
        Interpreter(graph)
    folded = remove_unused_tensors(fold_shape_arithmetic(graph))
    assert [operator.kind for operator in folded.operators] == ["ADD"]
    sample = np.array([[10, 20, 30, -128]], np.int8)
    sums = np.clip(sample.astype(int) + values + 3, -128, 127)
    np.testing.assert_array_equal(Interpreter(folded).run(sample)[0], sums)


def test_a_constant_that_cannot_have_the_new_shape_is_left_to_be_refused() -> None:
    tensors = (
        Tensor("x", (1, 4), "int8", AFFINE),
        Tensor("table", (3,), "int8", AFFINE, np.ones(3, np.int8)),
        Tensor("reshaped", (1, 4), "int8", AFFINE),
        Tensor("sum", (1, 4), "int8", AFFINE),
    )
    operators = (
        Operator("RESHAPE", (1,), (2,), {"new_shape": (1, 4)}),
        Operator("ADD", (0, 2), (3,), {"fused_activation_function": "NONE"}),
    )
    folded = fold_shape_arithmetic(Graph(tensors, operators, (0,), (3,)))
    assert len(folded.operators) == 2
    with pytest.raises(GraphError):
        Interpreter(folded)
