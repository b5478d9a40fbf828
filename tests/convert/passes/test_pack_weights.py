"""Ternary and binary int8 layers become packed ones that compute the same integers; near misses do not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from convert.int8_net import CONV, DENSE, DEPTHWISE, KINDS, along_channels, one_layer, random_filter
from convert.packing_cases import BINARY, NOTHING, TERNARY, rounded, same_integers, square, two_layers, wish
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyq.convert.filters import rows_of
from tinyq.convert.passes import pack_weights as module
from tinyq.convert.passes.pack_weights import pack_weights
from tinyq.core.errors import ConvertError
from tinyq.core.packing import unpack_binary, unpack_ternary
from tinyq.core.spec import TABLE_BITS, QuantSpec
from tinyq.graph import ABSENT, Graph, Operator, serialize


def varied(rng: np.random.Generator, kind: str) -> np.ndarray:
    """A level of its own for every output channel."""
    return rng.integers(1, 128, {CONV: 5, DEPTHWISE: 8, DENSE: 6}[kind])


@pytest.mark.parametrize("values", [TERNARY, BINARY], ids=["ternary", "binary"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_replaced_and_its_integers_stay(kind: str, values: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    weights = random_filter(rng, kind, values, varied(rng, kind))
    before = one_layer(kind, weights)
    after, (row,) = pack_weights(before, NOTHING)
    operator = after.operators[0]
    scheme = "a8wt" if values == TERNARY else "a8w1"
    assert operator.kind == module.PACKED_KIND[kind]
    assert operator.options["scheme"] == row.stored == scheme
    assert operator.outputs == before.operators[0].outputs
    assert operator.inputs[0] == before.operators[0].inputs[0]
    bias, old_bias = (graph.tensors[graph.operators[0].inputs[2]] for graph in (after, before))
    assert bias.quantization is None and bias.data is old_bias.data
    same_integers(before, after)


@pytest.mark.parametrize("values", [TERNARY, BINARY], ids=["ternary", "binary"])
@pytest.mark.parametrize("kind", KINDS)
def test_stored_bytes_times_levels_times_scales_are_the_real_weights(
    kind: str, values: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(2)
    weights = random_filter(rng, kind, values, varied(rng, kind))
    before = one_layer(kind, weights)
    after, (row,) = pack_weights(before, NOTHING)
    packed, levels, stored = (after.tensors[after.operators[0].inputs[i]] for i in (1, 3, 4))
    unpack = unpack_ternary if row.stored == "a8wt" else unpack_binary
    codes = unpack(packed.data, weights.size).reshape(weights.shape)
    real = codes * along_channels(levels.data.astype(np.float32) * stored.data, kind)
    scales = before.tensors[before.operators[0].inputs[1]].quantization.scale
    np.testing.assert_array_equal(real, codes * along_channels(levels.data * scales, kind))
    np.testing.assert_array_equal(codes * along_channels(levels.data.astype(int), kind), weights)
    assert (packed.dtype, levels.dtype, stored.dtype) == ("uint8", "int8", "float32")
    assert (packed.quantization, levels.quantization, stored.quantization) == (None, None, None)
    assert row.weight_bytes == packed.data.nbytes == -(-weights.size // (5 if row.stored == "a8wt" else 8))
    assert row.scale_bytes == 4 * scales.size + levels.data.nbytes


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kind=st.sampled_from(KINDS), bias=st.booleans(), per_tensor=st.booleans())
def test_any_codes_and_levels_pack_exactly(
    data: st.DataObject, kind: str, bias: bool, per_tensor: bool
) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1), label="seed"))
    values = data.draw(st.sampled_from([TERNARY, BINARY, (0, 1), (-1,), (0,)]))
    weights = random_filter(rng, kind, values, varied(rng, kind))
    before = one_layer(kind, weights, bias=bias, scales=[0.004] if per_tensor else None)
    after, (row,) = pack_weights(before, NOTHING)
    assert row.packed and not row.refused
    assert row.stored == ("a8wt" if (weights == 0).any() else "a8w1")
    assert (after.operators[0].inputs[2] == ABSENT) is not bias
    levels, scales = (after.tensors[after.operators[0].inputs[i]] for i in (3, 4))
    assert scales.data.size == (1 if per_tensor else levels.data.size)
    same_integers(before, after)


@pytest.mark.parametrize("kind", KINDS)
def test_one_other_weight_leaves_the_layer_alone(kind: str) -> None:
    """A channel of 17 values is beyond every table; the others are ternary."""
    rng = np.random.default_rng(3)
    shape = {CONV: (5, 3, 2, 4), DEPTHWISE: (1, 3, 9, 8), DENSE: (6, 40)}[kind]
    weights = (rng.choice(TERNARY, shape) * 127).astype(np.int8)
    rows_of(weights, kind == DEPTHWISE)[1, :17] = range(17)
    before = one_layer(kind, weights)
    after, (row,) = pack_weights(before, NOTHING)
    assert after.operators == before.operators
    assert (row.stored, row.asked, row.refused, row.bits) == ("a8w8", "", False, 8)
    assert "channels hold more than 16 values, the first is channel 1: " in row.why


@pytest.mark.parametrize("levels", [4, 5, 8, 9, 15, 16])
@pytest.mark.parametrize("kind", KINDS)
def test_few_levels_are_packed_in_tables_and_integers_stay(kind: str, levels: int) -> None:
    rng = np.random.default_rng(levels)
    shape = {CONV: (5, 5, 4, 4), DEPTHWISE: (1, 9, 9, 8), DENSE: (12, 40)}[kind]
    weights = rounded(rng, kind, levels, shape)
    before = one_layer(kind, weights)
    after, (row,) = pack_weights(before, NOTHING)
    scheme = QuantSpec(levels).scheme
    operator = after.operators[0]
    assert (operator.kind, row.stored, row.refused) == (module.PACKED_KIND[kind], scheme, False)
    assert len(operator.inputs) == 6
    tables = after.tensors[operator.inputs[5]]
    assert row.weight_bytes == -(-weights.size * TABLE_BITS[scheme] // 8) < weights.size
    levels_bytes = after.tensors[operator.inputs[3]].data.nbytes
    assert row.scale_bytes == 4 * levels_bytes + levels_bytes + tables.data.nbytes
    same_integers(before, after)


def test_minus_128_has_no_level() -> None:
    weights = random_filter(np.random.default_rng(4), DENSE, TERNARY)
    weights[2] = np.where(weights[2] == 0, 0, -128)
    _, (row,) = pack_weights(one_layer(DENSE, weights), NOTHING)
    assert (row.stored, row.why) == ("a8w8", "channel 2 holds -128, and a level is 1 to 127")


@pytest.mark.parametrize("kind", KINDS)
def test_a_filter_of_zeros_is_ternary(kind: str) -> None:
    weights = random_filter(np.random.default_rng(5), kind, BINARY)
    weights[
        along_channels(np.arange(weights.shape[3 if kind == DEPTHWISE else 0]) == 1, kind) & (weights != 0)
    ] = 0
    before = one_layer(kind, weights)
    after, (row,) = pack_weights(before, NOTHING)
    assert row.stored == "a8wt"
    assert after.tensors[after.operators[0].inputs[3]].data.min() == 1
    same_integers(before, after)


def test_what_would_grow_is_packed_only_if_asked() -> None:
    """One weight a channel is always 'binary': nothing was meant by it."""
    weights = np.array([[[[127, -127, 127, 5]]]], np.int8)
    graph = one_layer(DEPTHWISE, weights)
    after, (row,) = pack_weights(graph, NOTHING)
    assert (after.operators[0].kind, row.stored) == (DEPTHWISE, "a8w8")
    assert row.why == "its int8 constants are binary, but packed they take 5 bytes with levels, not 4"
    after, (row,) = pack_weights(graph, wish("one=a8w1"))
    assert (after.operators[0].kind, row.stored, row.asked) == ("TqDepthwiseConv2D", "a8w1", "a8w1")
    same_integers(graph, after)


def test_options_of_a_window_are_carried_over() -> None:
    weights = random_filter(np.random.default_rng(6), CONV, TERNARY)
    graph = one_layer(CONV, weights)
    special = {
        "padding": "VALID",
        "stride_w": 2,
        "stride_h": 3,
        "dilation_w_factor": 4,
        "dilation_h_factor": 5,
    }
    operator = replace(graph.operators[0], options={**special, "fused_activation_function": "RELU6"})
    after, _ = pack_weights(replace(graph, operators=(operator,)), NOTHING)
    assert after.operators[0].options == {
        **special,
        "abi": 1,
        "scheme": "a8wt",
        "fused_activation_function": "RELU6",
        "filter_height": 3,
        "filter_width": 2,
        "channels_in": 4,
    }


def test_depth_multiplier_is_computed_as_tflite_computes_it() -> None:
    graph = one_layer(DEPTHWISE, random_filter(np.random.default_rng(7), DEPTHWISE, TERNARY))
    operator = replace(graph.operators[0], options={**graph.operators[0].options, "depth_multiplier": 0})
    after, _ = pack_weights(replace(graph, operators=(operator,)), NOTHING)
    assert after.operators[0].options["depth_multiplier"] == 2


def test_a_filter_of_two_operators_is_packed_once() -> None:
    before = two_layers(square(9), square(9), shared=True)
    after, rows = pack_weights(before, NOTHING)
    first, second = after.operators
    assert (first.inputs[1], *first.inputs[3:]) == (second.inputs[1], *second.inputs[3:])
    assert [row.shares for row in rows] == ["", "first"]
    assert len(after.tensors) == len(before.tensors) + 5  # packed, levels, scales, and two biases
    same_integers(before, after)


def test_a_shared_filter_may_be_packed_for_one_operator_only() -> None:
    before = two_layers(square(9), square(9), shared=True)
    after, rows = pack_weights(before, wish("first=a8w8"))
    assert [operator.kind for operator in after.operators] == [CONV, "TqConv2D"]
    assert [row.shares for row in rows] == ["", ""]
    same_integers(before, after)


def altered(graph: Graph, position: int, **changes: Any) -> Graph:
    """The graph with another tensor at an input (0, 1) or the output (-1) of its operator."""
    operator = graph.operators[0]
    index = operator.outputs[0] if position < 0 else operator.inputs[position]
    tensors = list(graph.tensors)
    tensors[index] = replace(tensors[index], **changes)
    return replace(graph, tensors=tuple(tensors))


def test_layers_that_are_not_int8_are_left_alone_with_the_reason() -> None:
    weights = random_filter(np.random.default_rng(22), CONV, TERNARY)
    graph = one_layer(CONV, weights)
    quantization = graph.tensors[graph.operators[0].inputs[1]].quantization
    cases = {
        "its filter is float32": altered(graph, 1, dtype="float32", data=weights.astype(np.float32)),
        "its input is int16": altered(graph, 0, dtype="int16"),
        "its output is int16": altered(graph, -1, dtype="int16"),
        "computed at run time": altered(graph, 1, data=None),
        "has no scale": altered(graph, 1, quantization=None),
        "a zero point that is not 0": altered(
            graph, 1, quantization=replace(quantization, zero_point=np.ones(5, np.int64))
        ),
        "along axis 3": altered(graph, 1, quantization=replace(quantization, axis=3)),
        "has 3 axes": altered(graph, 1, shape=(5, 6, 4), data=weights.reshape(5, 6, 4)),
    }
    for reason, case in cases.items():
        after, (row,) = pack_weights(case, wish("one=a8wt"))
        assert after.operators == case.operators
        assert reason in row.why and row.refused, reason


def test_packing_a_packed_graph_changes_nothing() -> None:
    before = two_layers(square(23), square(24))
    once, first = pack_weights(before, NOTHING)
    twice, second = pack_weights(once, NOTHING)
    assert twice.operators == once.operators
    assert [(r.name, r.stored, r.weights, r.weight_bytes, r.scale_bytes) for r in second] == [
        (r.name, r.stored, r.weights, r.weight_bytes, r.scale_bytes) for r in first
    ]
    _, (row, _) = pack_weights(once, wish("first=a8w8", "second=a8wt"))
    assert row.refused and row.why == "it is packed already"


def test_operators_without_weights_are_no_rows() -> None:
    graph = one_layer(DENSE, random_filter(np.random.default_rng(25), DENSE, TERNARY))
    extra = replace(graph.tensors[graph.outputs[0]], name="relu/out")
    last = len(graph.tensors)
    longer = replace(
        graph,
        tensors=(*graph.tensors, extra),
        operators=(*graph.operators, Operator("RELU", graph.outputs, (last,))),
        outputs=(last,),
    )
    after, rows = pack_weights(longer, NOTHING)
    assert [operator.kind for operator in after.operators] == ["TqFullyConnected", "RELU"]
    assert len(rows) == 1


def test_a_wrong_packing_is_caught_by_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.pack

    def wrong(codes: np.ndarray, scheme: Any) -> np.ndarray:
        other = codes.copy()
        other.flat[0] = 1 - other.flat[0]
        return real(other, scheme)

    monkeypatch.setattr(module, "pack", wrong)
    with pytest.raises(ConvertError, match="1 of 120 weights change"):
        pack_weights(one_layer(CONV, random_filter(np.random.default_rng(26), CONV, (0, 1))), NOTHING)


def test_the_graph_given_is_not_changed() -> None:
    weights = random_filter(np.random.default_rng(27), CONV, TERNARY)
    graph = one_layer(CONV, weights.copy())
    before = serialize(graph)
    pack_weights(graph, NOTHING)
    assert serialize(graph) == before
