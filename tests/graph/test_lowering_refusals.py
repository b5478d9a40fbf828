"""Lowering refuses what would not run, naming operator and tensor, all at once."""

from dataclasses import replace

import numpy as np
import pytest
from changed_graphs import packed, random_graph, with_options, with_scales, with_shapes, with_tensor
from operator_graph import OneOperator, quantization

from tinyq.core.errors import GraphError
from tinyq.graph.ir import Graph, Operator, Tensor
from tinyq.graph.lowering import lower


def test_all_operators_that_cannot_be_lowered_are_in_one_error() -> None:
    graph = random_graph("ADD", seed=4)
    operators = (
        Operator("LSTM", (0,), (2,)),
        replace(graph.operators[0], options={"fused_activation_function": "TANH"}),
        Operator("GELU", (0,), (2,)),
    )
    with pytest.raises(GraphError) as caught:
        lower(replace(graph, operators=operators))
    text = str(caught.value)
    assert "3 operators cannot be lowered" in text
    for part in ("operator 0 LSTM", "operator 1 ADD", "'TANH'", "operator 2 GELU"):
        assert part in text
    assert (
        text.count("use only operators of ADD" if "of ADD" in text else "use only operators of CONV_2D") == 1
    )


def test_operators_in_half_precision_are_refused_with_the_remedy() -> None:
    b = OneOperator()
    x, y = b.activation((1, 4), dtype="float16"), b.activation((1, 4), dtype="float16", is_input=False)
    with pytest.raises(GraphError, match="float16") as caught:
        lower(b.graph("SOFTMAX", (x,), y, beta=1.0))
    assert "full int8 quantization" in caught.value.remedy


# (what, kind, change, text of the error)
BROKEN = [
    ("declared output shape", "CONV_2D", lambda g: with_tensor(g, -1, shape=(1, 2, 3, 4)), "declared as"),
    ("declared output shape", "ADD", lambda g: with_tensor(g, -1, shape=(9, 9, 9, 9)), "declared as"),
    ("declared output shape", "MEAN", lambda g: with_tensor(g, -1, shape=(7, 7)), "declared as"),
    (
        "declared output shape",
        "FULLY_CONNECTED",
        lambda g: with_tensor(g, -1, shape=(7, 7, 7)),
        "declared as",
    ),
    ("dynamic shape", "RELU", lambda g: with_tensor(g, 0, shape=(-1, 4)), "static sizes"),
    ("empty shape", "RELU", lambda g: with_tensor(g, 0, shape=(0, 4)), "static sizes"),
    ("huge shape", "RELU", lambda g: with_tensor(g, 0, shape=(2**20, 2**20)), "2\\*\\*31"),
    ("no quantization", "RELU", lambda g: with_tensor(g, 0, quantization=None), "no scale"),
    (
        "per-channel input",
        "RELU",
        lambda g: with_tensor(g, 0, quantization=quantization([1, 1], [0, 0])),
        "2 scales",
    ),
    ("scale 0", "RELU", lambda g: with_tensor(g, 0, quantization=quantization([0], [0])), "scale 0"),
    ("scale NaN", "RELU", lambda g: with_tensor(g, 0, quantization=quantization([np.nan], [0])), "scale nan"),
    (
        "zero point",
        "RELU",
        lambda g: with_tensor(g, 0, quantization=quantization([1], [128])),
        "zero point 128",
    ),
    (
        "NaN weight scale",
        "CONV_2D",
        lambda g: with_tensor(g, 1, quantization=quantization([np.nan], [0])),
        "finite",
    ),
    (
        "weight zero point",
        "CONV_2D",
        lambda g: with_tensor(g, 1, quantization=quantization([1], [3])),
        "zero point other",
    ),
    (
        "scale count",
        "CONV_2D",
        lambda g: with_tensor(g, 1, quantization=quantization([1] * 99, [0] * 99)),
        "99 scales",
    ),
    ("float weights", "CONV_2D", lambda g: with_tensor(g, 1, dtype="float32"), "int8"),
    ("weights at run time", "CONV_2D", lambda g: with_tensor(g, 1, data=None), "run time"),
    (
        "lying constant",
        "CONV_2D",
        lambda g: with_tensor(g, 1, data=np.zeros(3, np.int8)),
        "holds int8 \\[3\\]",
    ),
    ("stride 0", "CONV_2D", lambda g: with_options(g, stride_h=0), "stride_h is 0"),
    ("huge stride", "CONV_2D", lambda g: with_options(g, stride_h=2**31 - 1), "2\\*\\*24"),
    (
        "huge dilation",
        "CONV_2D",
        lambda g: with_options(g, dilation_w_factor=2**30),
        "dilat|2\\*\\*24|does not fit",
    ),
    ("stride text", "CONV_2D", lambda g: with_options(g, stride_h="2"), "stride_h is '2'"),
    ("padding", "CONV_2D", lambda g: with_options(g, padding="FULL"), "padding is 'FULL'"),
    (
        "channel multiplier",
        "DEPTHWISE_CONV_2D",
        lambda g: with_options(g, depth_multiplier=77),
        "depth_multiplier 77",
    ),
    (
        "shuffled weights",
        "FULLY_CONNECTED",
        lambda g: with_options(g, weights_format="SHUFFLED4x16INT8"),
        "weights_format",
    ),
    (
        "other scale",
        "MAX_POOL_2D",
        lambda g: with_tensor(g, -1, quantization=quantization([9], [0])),
        "same scale",
    ),
    (
        "other scale",
        "RESHAPE",
        lambda g: with_tensor(g, 1, quantization=quantization([9], [0])),
        "same scale",
    ),
    (
        "other scale",
        "CONCATENATION",
        lambda g: with_tensor(g, -1, quantization=quantization([9], [0])),
        "same scale",
    ),
    (
        "fused activation",
        "CONCATENATION",
        lambda g: with_options(g, fused_activation_function="RELU"),
        "RELU",
    ),
    ("axis", "CONCATENATION", lambda g: with_options(g, axis=4), "axis is 4"),
    ("axis", "MEAN", lambda g: with_tensor(g, 1, data=np.array([7], np.int32), shape=(1,)), "axis 7"),
    (
        "softmax scale",
        "SOFTMAX",
        lambda g: with_tensor(g, -1, quantization=quantization([0.5], [0])),
        "1/256",
    ),
    ("beta", "SOFTMAX", lambda g: with_options(g, beta=float("nan")), "beta is nan"),
    ("beta 0", "SOFTMAX", lambda g: with_options(g, beta=0.0), "beta is 0"),
]


def large_window(graph: Graph) -> Graph:
    """Some 2**24 elements of up to 128 in one average."""
    graph = with_tensor(graph, 0, shape=(1, 4097, 4096, 1))
    graph = with_tensor(graph, -1, shape=(1, 1, 1, 1))
    return with_options(graph, filter_height=4097, filter_width=4096, padding="VALID")


def large_mean() -> Graph:
    b = OneOperator()
    x, y = b.activation((4096, 4096), 1.0), b.activation((), 1.0, is_input=False)
    return b.graph("MEAN", (x, b.constant(np.array([0, 1], np.int32))), y, keep_dims=False)


def bias_of(channels: int, scale: float = 1.0, zero_point: int = 0):
    """Give operator 0 a bias of its own."""

    def change(graph: Graph) -> Graph:
        q = quantization([scale], [zero_point])
        bias = Tensor("bias", (channels,), "int32", q, np.zeros(channels, np.int32))
        (operator,) = graph.operators
        inputs = (*operator.inputs[:2], len(graph.tensors), *operator.inputs[3:])
        return replace(graph, tensors=(*graph.tensors, bias), operators=(replace(operator, inputs=inputs),))

    return change


def other_zero_point(index: int):
    """Change a tensor's zero point."""

    def change(graph: Graph) -> Graph:
        q = graph.tensors[index].quantization
        return with_tensor(graph, index, quantization=replace(q, zero_point=q.zero_point // 2 - 3))

    return change


def other_axis(graph: Graph) -> Graph:
    channels = graph.tensors[1].shape[0]
    return with_tensor(graph, 1, quantization=quantization([1] * channels, [0] * channels, axis=1))


def margins_below_zero(graph: Graph) -> Graph:
    margins = graph.tensors[1].data.copy()
    margins[0] = (-1, margins[0].sum() + 1)
    return with_tensor(graph, 1, data=margins)


BROKEN += [
    ("bias length", "CONV_2D", bias_of(99), "bias 'bias' has shape"),
    ("bias zero point", "CONV_2D", bias_of(10, zero_point=1), "zero point other"),
    ("bias scale", "FULLY_CONNECTED", bias_of(8, scale=1e9), "bias 'bias'"),
    ("scales of another axis", "CONV_2D", other_axis, "axis 1"),
    ("odd input", "FULLY_CONNECTED", lambda g: with_tensor(g, 0, shape=(1, 997)), "a last axis of"),
    ("channels", "CONV_2D", lambda g: with_tensor(g, 0, shape=(*g.tensors[0].shape[:3], 997)), "groups"),
    ("classes", "SOFTMAX", lambda g: with_shapes(g, (1, 512)), "1 to 511"),
    ("no classes", "SOFTMAX", lambda g: with_shapes(g, ()), "1 to 511"),
    (
        "shapes",
        "ADD",
        lambda g: with_tensor(with_tensor(g, 0, shape=(97, 89)), 1, shape=(97, 88)),
        "broadcast",
    ),
    (
        "output scale",
        "ADD",
        lambda g: with_tensor(g, -1, quantization=quantization([1e-12], [0])),
        "output scale 1e-12",
    ),
    (
        "ratio of scales",
        "QUANTIZE int8",
        lambda g: with_tensor(g, 0, quantization=quantization([1e12], [0])),
        "accumulator|multiplier",
    ),
    ("ratio of scales", "RELU", lambda g: with_scales(g, 2.0**25, 1), "accumulator can reach"),
    ("a negative margin", "PAD", margins_below_zero, "paddings"),
    (
        "too few margins",
        "PAD",
        lambda g: with_tensor(g, 1, data=np.zeros((7, 2), np.int32), shape=(7, 2)),
        "paddings",
    ),
    ("other zero point", "PAD", other_zero_point(0), "same scale"),
    ("other zero point", "PADV2", other_zero_point(2), "same scale"),
    ("other zero point", "AVERAGE_POOL_2D", other_zero_point(0), "same scale"),
    ("another shape", "RESHAPE", lambda g: with_tensor(g, 2, data=g.tensors[2].data + 1), "output"),
    ("rank", "CONCATENATION", lambda g: with_tensor(g, 0, shape=(2, 2, 2, 2, 2)), "axes"),
    ("a large window", "AVERAGE_POOL_2D", large_window, "accumulator"),
    ("a large sum", "MEAN", lambda g: large_mean(), "accumulator"),
]


@pytest.mark.parametrize(("what", "kind", "change", "text"), BROKEN, ids=[f"{b[1]} {b[0]}" for b in BROKEN])
def test_a_broken_operator_is_refused_by_name(what: str, kind: str, change, text: str) -> None:
    graph = random_graph(kind, seed=2)
    lower(graph)
    with pytest.raises(GraphError, match=text) as caught:
        lower(change(graph))
    assert f"operator 0 {kind.split()[0]}" in caught.value.where


# (what, change, text of the error), for a ternary convolution
LIES = [
    ("abi", lambda g: with_options(g, abi=2), "abi is 2"),
    ("scheme", lambda g: with_options(g, scheme="a8w8"), "scheme is 'a8w8'"),
    ("binary bytes", lambda g: with_options(g, scheme="a8w1"), "'packed'"),
    ("filter height", lambda g: with_options(g, filter_height=77), "'packed'"),
    ("huge filter", lambda g: with_options(g, filter_height=2**31 - 1, filter_width=2**31 - 1), "'packed'"),
    ("channels", lambda g: with_options(g, channels_in=77), "'packed'"),
    (
        "level 0",
        lambda g: with_tensor(g, -2, data=np.zeros(g.tensors[-2].shape, np.int8)),
        "'levels' reach from 0 to ",
    ),
    (
        "level -1",
        lambda g: with_tensor(g, -2, data=-np.ones(g.tensors[-2].shape, np.int8)),
        "reach from -1 to -1",
    ),
    ("scale 0", lambda g: with_tensor(g, -1, data=0 * g.tensors[-1].data), "'scales': one is 0, below 0, or"),
    (
        "scale below 0",
        lambda g: with_tensor(g, -1, data=-g.tensors[-1].data),
        "'scales': one is 0, below 0, or",
    ),
    (
        "endless scale",
        lambda g: with_tensor(g, -1, data=np.full(g.tensors[-1].shape, np.inf, np.float32)),
        "'scales': one is 0, below 0, or not finite",
    ),
    (
        "a scale too many",
        lambda g: with_tensor(g, -1, data=np.ones(99, np.float32), shape=(99,)),
        r"'scales' have shape \[99\]",
    ),
    (
        "scales' rank",
        lambda g: with_tensor(g, -1, data=np.ones((1, 1), np.float32), shape=(1, 1)),
        r"'scales' have shape \[1, 1\]",
    ),
    ("scales as int8", lambda g: with_tensor(g, -1, dtype="int8"), "float32"),
    (
        "no scales",
        lambda g: replace(g, operators=(replace(g.operators[0], inputs=g.operators[0].inputs[:4]),)),
        "4 inputs",
    ),
    (
        "a byte of no five codes",
        lambda g: with_tensor(g, 1, data=np.full(g.tensors[1].shape, 1, np.uint8)),
        "no five codes",
    ),
    ("levels' rank", lambda g: with_tensor(g, -2, data=np.ones((1, 1), np.int8), shape=(1, 1)), "'levels'"),
    ("packed as int8", lambda g: with_tensor(g, 1, dtype="int8"), "uint8"),
]


@pytest.mark.parametrize(("what", "change", "text"), LIES, ids=[x[0] for x in LIES])
def test_a_lying_packed_operator_is_refused_with_operator_and_tensor(what: str, change, text: str) -> None:
    graph = packed(random_graph("CONV_2D", "a8wt", seed=2), "a8wt")
    lower(graph)
    with pytest.raises(GraphError, match=text) as caught:
        lower(change(graph))
    assert "operator 0 TqConv2D" in caught.value.where


# (what, change, text of the error), for a convolution of 2-bit codes
TABLE_LIES = [
    ("other bits", lambda g: with_options(g, scheme="a8w4"), r"tables 'tables' have shape \[3, 4\]"),
    ("ternary", lambda g: with_options(g, scheme="a8wt"), "6 inputs"),
    ("channels", lambda g: with_options(g, channels_in=77), "'packed'"),
    ("level", lambda g: with_tensor(g, -3, data=np.full(g.tensors[-3].shape, 3, np.int8)), "from 3 to 3"),
    ("-1", lambda g: with_tensor(g, -3, data=np.full(g.tensors[-3].shape, -1, np.int8)), "from -1 to -1"),
    ("-128", lambda g: with_tensor(g, -1, data=np.full(g.tensors[-1].shape, -128, np.int8)), "-128"),
    ("tables as int32", lambda g: with_tensor(g, -1, dtype="int32"), "int8"),
    (
        "no tables",
        lambda g: replace(g, operators=(replace(g.operators[0], inputs=g.operators[0].inputs[:5]),)),
        "5 inputs",
    ),
]


@pytest.mark.parametrize(("what", "change", "text"), TABLE_LIES, ids=[x[0] for x in TABLE_LIES])
def test_lying_tables_are_refused_with_operator_and_tensor(what: str, change, text: str) -> None:
    graph = packed(random_graph("CONV_2D", "a8w2", seed=2), "a8w2")
    tables = np.concatenate([graph.tensors[-1].data, np.zeros((2, 4), np.int8)])[:3]
    graph = with_tensor(graph, -1, data=tables, shape=tables.shape)
    lower(graph)
    with pytest.raises(GraphError, match=text) as caught:
        lower(change(graph))
    assert "operator 0 TqConv2D" in caught.value.where


def test_squeeze_takes_only_axes_of_size_1() -> None:
    b = OneOperator()
    x, y = b.activation((1, 2, 1), 1.0), b.activation((2, 1), 1.0, is_input=False)
    graph = b.graph("SQUEEZE", (x,), y, squeeze_dims=(-3,))
    lower(graph)
    with pytest.raises(GraphError, match="axes of size 1"):
        lower(with_tensor(with_options(graph, squeeze_dims=(1,)), y, shape=(1, 2)))


def chain(*pairs: tuple[int, int]) -> Graph:
    q = quantization([1], [0])
    tensors = tuple(Tensor(f"t{i}", (1, 2), "int8", q) for i in range(4))
    return Graph(tensors, tuple(Operator("RELU", (a,), (b,)) for a, b in pairs), (0,), (3,))


def test_order_is_checked() -> None:
    lower(chain((0, 1), (1, 2), (2, 3)))
    with pytest.raises(GraphError, match="'t2' is not computed before"):
        lower(chain((0, 1), (2, 3), (1, 2)))
    with pytest.raises(GraphError, match="'t1' is written a second time"):
        lower(chain((0, 1), (0, 1), (1, 3)))
    with pytest.raises(GraphError, match="'t0' is written a second time"):
        lower(chain((0, 3), (3, 0)))
    with pytest.raises(GraphError, match="no operator computes output tensor 3"):
        lower(chain((0, 1)))


@pytest.mark.parametrize("kind", ["RELU", "QUANTIZE", "ADD"])
def test_scales_too_far_apart_are_a_matter_of_calibration_not_of_a_damaged_file(kind: str) -> None:
    b = OneOperator()
    inputs = [b.activation((1, 4), 1.0) for _ in range(2 if kind == "ADD" else 1)]
    y = b.activation((1, 4), 1e-9, is_input=False)
    with pytest.raises(GraphError) as caught:
        lower(b.graph(kind, tuple(inputs), y))
    assert caught.value.remedy.startswith("calibrate again")
