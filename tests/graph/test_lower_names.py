"""Names of layers, from the names that converters give to tensors."""

import pytest

from tinyq.graph.ir import Graph, Operator, Tensor
from tinyq.graph.lower_names import step_names


def names(*operators: tuple[str, str]) -> tuple[str, ...]:
    """step_names of operators given by kind and output name."""
    tensors = tuple(Tensor(name, (1,), "int8") for _, name in operators)
    return step_names(
        Graph(tensors, tuple(Operator(k, (), (i,)) for i, (k, _) in enumerate(operators)), (), ())
    )


@pytest.mark.parametrize(
    ("kind", "tensor", "wanted"),
    [
        ("CONV_2D", "model/re_lu/Relu;model/stem/Conv2D", "stem"),
        (
            "CONV_2D",
            "model/bn_2/FusedBatchNormV3;model/c/BiasAdd/ReadVariableOp/resource;model/c/BiasAdd;model/d/Conv2D;model/c/Conv2D1",
            "c",
        ),
        ("DEPTHWISE_CONV_2D", "m/re_lu/Relu6;m/bn/FusedBatchNormV3;m/dw/depthwise", "dw"),
        (
            "DEPTHWISE_CONV_2D",
            "m/separable_conv2d_1/separable_conv2d/depthwise",
            "separable_conv2d_1_depthwise",
        ),
        ("CONV_2D", "m/separable_conv2d_1/separable_conv2d", "separable_conv2d_1_pointwise"),
        ("FULLY_CONNECTED", "m/dense/MatMul;m/dense/Relu;m/dense/BiasAdd", "dense"),
        ("FULLY_CONNECTED", "m/dense/Tensordot/MatMul", "dense"),
        ("TqFullyConnected", "m/head/MatMul", "head"),
        ("ADD", "model/activation_2/Relu;model/add/add", "add"),
        ("AVERAGE_POOL_2D", "m/average_pooling2d/AvgPool", "average_pooling2d"),
        ("SOFTMAX", "StatefulPartitionedCall:0", "softmax_0"),
        ("TqConv2D", "Identity", "conv_2d_0"),
        ("TqDepthwiseConv2D", "", "depthwise_conv_2d_0"),
        ("CONV_2D", "m/größe äöü/Conv2D", "gr_e"),
        ("CONV_2D", "/", "conv_2d_0"),
        ("DEPTHWISE_CONV_2D", "depthwise", "depthwise_conv_2d_0"),
        ("CONV_2D", "m/" + "x" * 99 + "/Conv2D", "x" * 40),
    ],
)
def test_the_layer_that_owns_the_kernel_gives_the_name(kind: str, tensor: str, wanted: str) -> None:
    assert names((kind, tensor)) == (wanted,)


def test_layers_with_weights_choose_first_and_all_names_differ() -> None:
    got = names(
        ("RESHAPE", "m/conv1d/Conv1D/ExpandDims"),
        ("CONV_2D", "m/conv1d/Conv1D"),
        ("RESHAPE", "m/conv1d/Conv1D/Squeeze"),
        ("CONV_2D", "other/conv1d/Conv1D"),
        ("CONV_2D", "third/conv1d/Conv1D"),
    )
    assert got == ("conv1d_reshape", "conv1d", "conv1d_reshape_2", "conv1d_conv_2d", "conv1d_conv_2d_2")


def test_the_weights_name_the_layer_where_the_output_does_not() -> None:
    tensors = (Tensor("StatefulPartitionedCall:0", (1,), "int8"), Tensor("model/head/MatMul", (1,), "int8"))
    graph = Graph(tensors, (Operator("FULLY_CONNECTED", (0, 1), (0,)),), (), ())
    assert step_names(graph) == ("head",)


def test_a_signature_names_the_last_layer() -> None:
    tensors = (Tensor("x", (1,), "int8"), Tensor("StatefulPartitionedCall:0", (1,), "int8"))
    operators = (Operator("SOFTMAX", (0,), (1,)),)
    signatures = {"serving_default": ({"x": 0}, {"probabilities": 1})}
    assert step_names(Graph(tensors, operators, (0,), (1,), signatures=signatures)) == ("probabilities",)
