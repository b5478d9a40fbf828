"""Lowering computes what TFLite computes, and refuses what would not run, naming operator and tensor."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from one_operator import OPERATORS, OneOperator, packed, quantization

from tinyq.core.errors import GraphError
from tinyq.graph.ir import Graph, Operator, Tensor
from tinyq.graph.lowering import LOWERINGS, lower
from tinyq.graph.operators import KINDS

WEIGHTED = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"]


def random_graph(kind: str, *arguments, seed: int = 1) -> Graph:
    return OPERATORS[kind](np.random.default_rng(seed), *arguments)


def with_tensor(graph: Graph, index: int, **changes) -> Graph:
    tensors = list(graph.tensors)
    tensors[index] = replace(tensors[index], **changes)
    return replace(graph, tensors=tuple(tensors))


def with_options(graph: Graph, **changes) -> Graph:
    (operator,) = graph.operators
    return replace(graph, operators=(replace(operator, options={**operator.options, **changes}),))


def conv(
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


def test_every_kind_that_a_file_may_hold_is_lowered() -> None:
    assert LOWERINGS.keys() == {name for name, kind in KINDS.items() if not kind.folded}


@pytest.mark.parametrize(
    ("size", "filter_size", "stride", "dilation", "padding", "output", "pad"),
    [
        (5, 3, 1, 1, "SAME", 5, 1),
        (5, 2, 1, 1, "SAME", 5, 0),  # the odd element of padding is behind
        (5, 3, 2, 1, "SAME", 3, 1),
        (6, 3, 2, 1, "SAME", 3, 0),
        (5, 3, 1, 2, "SAME", 5, 2),
        (5, 1, 3, 1, "SAME", 2, 0),
        (5, 3, 1, 1, "VALID", 3, 0),
        (6, 3, 2, 1, "VALID", 2, 0),
        (5, 3, 1, 2, "VALID", 1, 0),
    ],
)
def test_padding_is_tensorflows(size, filter_size, stride, dilation, padding, output, pad) -> None:
    (step,) = lower(conv(size, filter_size, stride, dilation, padding, output))
    assert (step.params.pad_top, step.params.pad_left) == (pad, pad)
    assert step.dims.output.shape == (1, output, output, 1)
    assert step.macs == output * output * filter_size**2


@pytest.mark.parametrize(
    ("activation", "scale", "zero_point", "wanted"),
    [
        ("NONE", 0.1, 5, (-128, 127)),
        ("RELU", 0.1, 5, (5, 127)),
        ("RELU6", 0.1, 5, (5, 65)),
        ("RELU6", 0.01, 5, (5, 127)),
        ("RELU6", 4.0, -3, (-3, -1)),  # 6 / 4 rounds away from zero
        ("RELU_N1_TO_1", 0.02, 10, (-40, 60)),
        ("RELU_N1_TO_1", 2.0, 0, (-1, 1)),
        ("RELU6", 1e-38, 0, (0, 127)),
    ],
)
def test_activation_ranges_are_tflites(activation, scale, zero_point, wanted) -> None:
    graph = conv(
        activation=activation,
        scale=1e-3,
        weight_scale=1e-38 if scale < 1e-9 else 1e-3,
        output_scale=scale,
        zero_point=zero_point,
    )
    (step,) = lower(graph)
    assert (step.params.activation_min, step.params.activation_max) == wanted


def test_a_dense_layers_single_scale_is_multiplied_in_float32_and_channel_scales_in_double() -> None:
    graph = random_graph("FULLY_CONNECTED")
    source, weights, output = np.float32(0.1), np.float32(0.3), np.float32(0.7)
    graph = with_tensor(graph, 0, quantization=quantization([source], [0]))
    graph = with_tensor(graph, graph.operators[0].outputs[0], quantization=quantization([output], [0]))
    graph = replace(graph, operators=(replace(graph.operators[0], inputs=graph.operators[0].inputs[:2]),))
    channels = graph.tensors[1].shape[0]
    one = with_tensor(graph, 1, quantization=quantization([weights], [0]))
    many = with_tensor(graph, 1, quantization=quantization([weights] * channels, [0] * channels))
    first, second = lower(one)[0].params, lower(many)[0].params
    assert channels > 1
    assert set(first.shift.tolist()) == set(second.shift.tolist()) == {-4}
    unit = 2.0 ** (31 + 4)
    assert set(first.multiplier.tolist()) == {round(float(source * weights) / float(output) * unit)}
    assert set(second.multiplier.tolist()) == {round(float(source) * float(weights) / float(output) * unit)}
    assert first.multiplier[0] != second.multiplier[0]


def test_an_accumulator_that_cannot_leave_32_bits_is_accepted_and_the_next_one_refused() -> None:
    limit = 2**31 - 1 - 128
    products = 9 * 127 * 255
    fits = {"weights": [127] * 9, "zero_point": -128, "output_scale": 2.0**20}
    lower(conv(bias=limit - products, **fits))
    for bias in (limit - products + 1, -(limit - products) - 1):
        with pytest.raises(GraphError, match="accumulator can reach 2147483520"):
            lower(conv(bias=bias, **fits))


def test_the_bound_on_accumulators_knows_the_zero_point() -> None:
    limit = 2**31 - 1 - 128
    centred = {"weights": [127] * 9, "output_scale": 2.0**20}
    lower(conv(bias=limit - 9 * 127 * 128, zero_point=0, **centred))
    with pytest.raises(GraphError, match="accumulator"):
        lower(conv(bias=limit - 9 * 127 * 128, zero_point=1, **centred))


def test_relu_divides_scales_in_float32_and_quantize_in_double() -> None:
    single, double = (with_scales(random_graph(kind), 0.1, 0.3) for kind in ("RELU", "QUANTIZE int8"))
    (relu,), (quantize,) = lower(single), lower(double)
    assert relu.params.shift == quantize.params.shift == -1
    assert relu.params.multiplier % 2**7 == 0  # 24 significant bits
    assert quantize.params.multiplier % 2**7 != 0
    assert abs(relu.params.multiplier - quantize.params.multiplier) < 2**7


def test_softmax_of_a_huge_scale_counts_only_the_maximum() -> None:
    (step,) = lower(with_tensor(random_graph("SOFTMAX"), 0, quantization=quantization([1e6], [0])))
    assert (step.params.multiplier, step.params.left_shift, step.params.diff_min) == (2**31 - 1, 31, 0)


def test_the_count_of_a_mean_never_shifts_beyond_31_bits() -> None:
    b = OneOperator()
    x, y = b.activation((1, 16), 2.0**-30), b.activation((1,), 1.0, is_input=False)
    (step,) = lower(b.graph("MEAN", (x, b.constant(np.array([1], np.int32))), y, keep_dims=False))
    # 2**-30 is 2**30 with shift -29: only two of the four bits of 16 go into the shift.
    assert (step.params.multiplier, step.params.shift) == (2**28, -31)


def test_a_valid_filter_larger_than_its_input_is_refused() -> None:
    with pytest.raises(GraphError, match="filter of 3 along h does not fit an input of 2"):
        lower(conv(size=2, filter_size=3, padding="VALID", output=1))


def test_a_left_shift_counts_against_the_accumulator() -> None:
    lower(conv(output_scale=0.125 / 2**12))
    with pytest.raises(GraphError, match="shifted left by 31|shifted left by 2[0-9]"):
        lower(conv(output_scale=0.125 / 2**21))


def test_a_multiplier_of_2_to_the_30_is_refused() -> None:
    with pytest.raises(GraphError, match="multiplier of 1.07374e\\+09"):
        lower(conv(output_scale=0.125 / 2**30))


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


def test_float_operators_are_refused_with_the_remedy() -> None:
    b = OneOperator()
    x, y = b.activation((1, 4), dtype="float32"), b.activation((1, 4), dtype="float32", is_input=False)
    with pytest.raises(GraphError, match="float32") as caught:
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


def with_shapes(graph: Graph, shape: tuple[int, ...]) -> Graph:
    """Input and output of one shape."""
    return with_tensor(with_tensor(graph, 0, shape=shape), -1, shape=shape)


def with_scales(graph: Graph, source: float, output: float) -> Graph:
    graph = with_tensor(graph, 0, quantization=quantization([source], [0]))
    return with_tensor(graph, -1, quantization=quantization([output], [0]))


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
        lambda g: with_tensor(g, -1, data=np.zeros(g.tensors[-1].shape, np.int8)),
        "'levels' reach down to 0",
    ),
    ("level -1", lambda g: with_tensor(g, -1, data=-np.ones(g.tensors[-1].shape, np.int8)), "down to -1"),
    (
        "a byte of no five codes",
        lambda g: with_tensor(g, 1, data=np.full(g.tensors[1].shape, 1, np.uint8)),
        "no five codes",
    ),
    ("levels' rank", lambda g: with_tensor(g, -1, data=np.ones((1, 1), np.int8), shape=(1, 1)), "'levels'"),
    ("packed as int8", lambda g: with_tensor(g, 1, dtype="int8"), "uint8"),
]


@pytest.mark.parametrize(("what", "change", "text"), LIES, ids=[x[0] for x in LIES])
def test_a_lying_packed_operator_is_refused_with_operator_and_tensor(what: str, change, text: str) -> None:
    graph = packed(random_graph("CONV_2D", "a8wt", seed=2), "a8wt")
    lower(graph)
    with pytest.raises(GraphError, match=text) as caught:
        lower(change(graph))
    assert "operator 0 TqConv2D" in caught.value.where


@pytest.mark.parametrize("kind", WEIGHTED)
def test_a_packed_operator_gets_the_multipliers_of_the_int8_one(kind: str) -> None:
    graph = random_graph(kind, "a8w1")
    (int8,), (tq,) = lower(graph), lower(packed(graph, "a8w1"))
    for field in ("multiplier", "shift"):
        np.testing.assert_array_equal(getattr(tq.params, field), getattr(int8.params, field))
    assert int8.params.levels is None
    assert tq.params.levels is not None
    assert tq.constants[0].dtype == np.uint8


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
