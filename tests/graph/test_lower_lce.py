"""Larq Compute Engine's operators: what a file may say, and what is refused with a sentence that names it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from changed_graphs import with_options, with_tensor
from lce_cases import affine, bconv_2d, signs, single

from tinyq.core.errors import EmitError, GraphError
from tinyq.emit import emit_graph
from tinyq.graph import Graph, Operator, Tensor, parse, serialize
from tinyq.graph.ir import ABSENT
from tinyq.graph.lowering import lower
from tinyq.graph.options import read_flex

OPTIONS = {
    "channels_in": 40,
    "dilation_height_factor": 1,
    "dilation_width_factor": 1,
    "fused_activation_function": "NONE",
    "pad_values": 1,
    "padding": "SAME",
    "stride_height": 1,
    "stride_width": 1,
}


def constant(data: np.ndarray) -> Tensor:
    return Tensor("c", data.shape, data.dtype.name, None, data)


def conv(dtype: str = "float32", c_out: int = 8) -> Graph:
    """40 channels, 3x3, padded with ones: tensors x, filter, multiplier, bias, thresholds, y."""
    rng = np.random.default_rng(0)
    tensors = [
        Tensor("x", (1, 4, 4, 2), "int32"),
        constant(signs(rng, c_out, 3, 3, 40)),
        constant(np.ones(c_out, np.float32)),
        constant(np.zeros(c_out, np.float32)),
        constant(np.zeros(c_out, np.int32)),
        Tensor(
            "conv/y",
            (1, 4, 4, -(-c_out // 32) if dtype == "int32" else c_out),
            dtype,
            affine(0.1, 3) if dtype == "int8" else None,
        ),
    ]
    return single("LceBconv2d", tensors, (0, 1, 2, 3, 4), OPTIONS)


def with_inputs(graph: Graph, *inputs: int) -> Graph:
    return replace(graph, operators=(replace(graph.operators[0], inputs=inputs),))


@pytest.mark.parametrize("seed", range(20))
def test_a_file_with_an_lce_bconv_2d_is_read_as_it_was_written(seed: int) -> None:
    graph = bconv_2d(np.random.default_rng(seed))
    again = parse(serialize(graph), "m.tflite")
    assert again.operators[0].options == graph.operators[0].options
    assert again.operators[0].inputs == graph.operators[0].inputs
    (one,), (two,) = lower(graph), lower(again)
    assert one.kernel == two.kernel and one.dims == two.dims and one.macs == two.macs == two.bit_operations


@pytest.mark.parametrize("kind", ["LceQuantize", "LceDequantize"])
def test_operators_without_options_have_no_bytes_for_them(kind: str) -> None:
    assert read_flex(kind, b"", "op") == {}
    with pytest.raises(GraphError, match="3 to 4096 bytes"):
        read_flex("LceBconv2d", b"", "op")


@pytest.mark.parametrize(
    ("dtype", "inputs"),
    [("float32", (0, 1, 2, 3, ABSENT)), ("int8", (0, 1, 2, 3, ABSENT)), ("int32", (0, 1, ABSENT, ABSENT, 4))],
)
def test_inputs_that_an_output_type_does_not_need_may_be_absent(dtype: str, inputs) -> None:
    (step,) = lower(with_inputs(conv(dtype), *inputs))
    assert step.kernel == {"float32": "lce_bconv_2d_f32", "int8": "lce_bconv_2d_a8"}.get(
        dtype, "lce_bconv_2d_a1"
    )


def test_multiplier_bias_and_clamp_are_those_of_lce() -> None:
    graph = with_options(conv("int8"), fused_activation_function="RELU6")
    (step,) = lower(with_tensor(graph, 3, data=np.full(8, 0.5, np.float32)))
    assert step.params.multiplier.tolist() == [np.float32(-1 / np.float64(np.float32(0.1)))] * 8
    assert step.params.bias.tolist() == [np.float32(360.5 / np.float64(np.float32(0.1)) + 3)] * 8
    assert (step.params.clamp_min, step.params.clamp_max) == (354, 360)


BROKEN = [
    ("another number of channels", conv(), lambda g: with_options(g, channels_in=70), "words of 32"),
    ("no channels", conv(), lambda g: with_options(g, channels_in=0), "channels_in is 0"),
    ("negative", conv(), lambda g: with_options(g, channels_in=-40), "channels_in is -40"),
    ("spare bits of the filter", conv(), lambda g: with_options(g, channels_in=33), "behind the 33 channels"),
    ("padding", conv(), lambda g: with_options(g, padding="FULL"), "padding is 'FULL'"),
    ("padding values", conv(), lambda g: with_options(g, pad_values=2), "pad_values is 2"),
    ("stride", conv(), lambda g: with_options(g, stride_width=0), "stride_width is 0"),
    ("dilation", conv(), lambda g: with_options(g, dilation_height_factor=0), "dilation_height_factor is 0"),
    ("huge stride", conv(), lambda g: with_options(g, stride_height=2**30), "2\\*\\*24"),
    ("activation", conv(), lambda g: with_options(g, fused_activation_function="TANH"), "'TANH'"),
    ("output shape", conv(), lambda g: with_tensor(g, -1, shape=(1, 4, 4, 9)), "declared as"),
    ("packed output shape", conv("int32"), lambda g: with_tensor(g, -1, shape=(1, 4, 4, 2)), "declared as"),
    ("output type", conv(), lambda g: with_tensor(g, -1, dtype="int16"), "int16"),
    ("no output scale", conv("int8"), lambda g: with_tensor(g, -1, quantization=None), "no scale"),
    ("input type", conv(), lambda g: with_tensor(g, 0, dtype="int8"), "int8"),
    ("input axes", conv(), lambda g: with_tensor(g, 0, shape=(1, 16, 2)), "four axes"),
    ("no thresholds", conv("int32"), lambda g: with_inputs(g, 0, 1, 2, 3, ABSENT), "thresholds"),
    ("no multiplier", conv(), lambda g: with_inputs(g, 0, 1, ABSENT, 3, ABSENT), "multiplier"),
    ("no bias", conv("int8"), lambda g: with_inputs(g, 0, 1, 2, ABSENT, ABSENT), "bias"),
    ("too few inputs", conv(), lambda g: with_inputs(g, 0, 1, 2, 3), "4 inputs"),
    ("filter at run time", conv(), lambda g: with_tensor(g, 1, data=None), "run time"),
    ("short thresholds", conv("int32"), lambda g: _shortened(g, 4), r"\[7\]"),
    ("short multiplier", conv(), lambda g: _shortened(g, 2), r"\[7\]"),
    ("short bias", conv(), lambda g: _shortened(g, 3), r"\[7\]"),
    ("short filter", conv(), lambda g: _shortened(g, 1), "declared as"),
    ("infinite bias", conv(), lambda g: with_tensor(g, 3, data=np.full(8, np.inf, np.float32)), "finite"),
    ("NaN", conv(), lambda g: with_tensor(g, 2, data=np.full(8, np.nan, np.float32)), "finite"),
    ("too large", conv(), lambda g: with_tensor(g, 2, data=np.full(8, 1e38, np.float32)), "finite"),
    (
        "zero padding of odd channels, packed",
        conv("int32"),
        lambda g: with_options(_odd(g), pad_values=0),
        "zero padding of 39",
    ),
    (
        "zero padding of odd channels with an activation",
        conv(),
        lambda g: with_options(_odd(g), pad_values=0, fused_activation_function="RELU"),
        "zero padding of 39",
    ),
]


def _shortened(graph: Graph, index: int) -> Graph:
    data = graph.tensors[index].data[:-1]
    return with_tensor(graph, index, data=data, shape=data.shape)


def _odd(graph: Graph) -> Graph:
    filters = signs(np.random.default_rng(1), 8, 3, 3, 39)
    return with_options(with_tensor(graph, 1, data=filters), channels_in=39)


@pytest.mark.parametrize(("what", "graph", "change", "message"), BROKEN, ids=[b[0] for b in BROKEN])
def test_what_lies_is_refused_with_operator_and_reason(what, graph, change, message) -> None:
    lower(graph)
    with pytest.raises(GraphError, match=message) as caught:
        lower(change(graph))
    assert "operator 0 LceBconv2d 'conv'" in str(caught.value)


@pytest.mark.parametrize(("channels", "words", "c_out"), [(96, 2, 8), (64, 1, 7), (80, 1, 9), (64, 3, 8)])
def test_groups_that_do_not_fit_are_refused(channels: int, words: int, c_out: int) -> None:
    graph = with_options(conv(c_out=c_out), channels_in=channels)
    graph = with_tensor(graph, 0, shape=(1, 4, 4, -(-channels // 32)))
    filters = signs(np.random.default_rng(1), c_out, 3, 3, 32 * words)
    with pytest.raises(GraphError, match="multiple of 32"):
        lower(with_tensor(graph, 1, data=filters, shape=filters.shape))


def chained(channels: int, said: int) -> Graph:
    """LceQuantize of `channels`, then an LceBMaxPool2d, then a convolution that says another number."""
    graph = with_options(conv(), channels_in=said)
    filters = signs(np.random.default_rng(1), 8, 3, 3, said)
    graph = with_tensor(graph, 1, data=filters, shape=filters.shape)
    pool = {"padding": "SAME", "filter_height": 2, "filter_width": 2, "stride_height": 1, "stride_width": 1}
    tensors = (
        *graph.tensors,
        Tensor("real", (1, 4, 4, channels), "float32"),
        Tensor("signs", (1, 4, 4, 2), "int32"),
    )
    operators = (
        Operator("LceQuantize", (6,), (7,)),
        Operator("LceBMaxPool2d", (7,), (0,), pool),
        *graph.operators,
    )
    return replace(graph, tensors=tensors, operators=operators, inputs=(6,))


def test_channels_that_the_operator_before_did_not_make_are_refused() -> None:
    assert len(lower(chained(40, 40))) == 3
    with pytest.raises(GraphError, match="holds 41 channels of 2 levels, not 40"):
        lower(chained(41, 40))


@pytest.mark.parametrize(
    ("kind", "source", "output", "message"),
    [
        ("LceQuantize", ((2, 40), "float32"), ((2, 1), "int32"), "declared as"),
        ("LceQuantize", ((2, 40), "int16"), ((2, 2), "int32"), "int16"),
        ("LceQuantize", ((), "float32"), ((1,), "int32"), "no axes"),
        ("LceQuantize", ((2, 40), "int8"), ((2, 2), "int32"), "no scale"),
        ("LceDequantize", ((2, 2), "int32"), ((2, 65), "float32"), "the same axes"),
        ("LceDequantize", ((2, 2), "int32"), ((3, 40), "float32"), "the same axes"),
        ("LceDequantize", ((2, 2), "int32"), ((2, 40), "int8"), "no scale"),
        ("LceDequantize", ((2, 2), "int32"), ((), "float32"), "the same axes"),
    ],
)
def test_quantize_and_dequantize_that_lie_are_refused(kind: str, source, output, message: str) -> None:
    graph = single(kind, [Tensor("x", *source), Tensor("y", *output)], (0,), {})
    with pytest.raises(GraphError, match=message):
        lower(graph)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"filter_height": 0}, "filter_height is 0"),
        ({"stride_width": -1}, "stride_width is -1"),
        ({"padding": "ONE"}, "padding is 'ONE'"),
        ({"filter_width": 5}, "does not fit"),
    ],
)
def test_pools_that_lie_are_refused(changes, message: str) -> None:
    options = {"padding": "VALID", "filter_height": 2, "filter_width": 2}
    options |= {"stride_height": 1, "stride_width": 1}
    tensors = [Tensor("x", (1, 4, 4, 2), "int32"), Tensor("y", (1, 3, 3, 2), "int32")]
    graph = single("LceBMaxPool2d", tensors, (0,), options)
    assert lower(graph)[0].kernel == "lce_max_pool_2d_a1"
    with pytest.raises(GraphError, match=message):
        lower(with_options(graph, **changes))
    with pytest.raises(GraphError, match="declared as"):
        lower(with_tensor(graph, 1, shape=(1, 3, 3, 1)))


def test_a_model_whose_input_is_bool_is_not_emitted(tmp_path) -> None:
    graph = single("LceQuantize", [Tensor("x", (1, 40), "bool"), Tensor("y", (1, 2), "int32")], (0,), {})
    with pytest.raises(EmitError, match="input or output 'x': elements of type bool"):
        emit_graph(graph, "m", "host", tmp_path / "c")
