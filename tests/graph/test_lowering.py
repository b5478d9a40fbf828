"""Lowering computes what TFLite computes, and refuses what would not run, naming operator and tensor."""

from dataclasses import replace

import numpy as np
import pytest
from changed_graphs import (
    one_channel_conv,
    packed,
    random_graph,
    with_scales,
    with_tensor,
)
from operator_graph import OneOperator, quantization

from tinyq.core.errors import GraphError
from tinyq.graph.lower_float import FLOAT_LOWERINGS
from tinyq.graph.lowering import LOWERINGS, lower
from tinyq.graph.operators import KINDS

WEIGHTED = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"]


def test_every_kind_that_a_file_may_hold_is_lowered() -> None:
    kinds = {name for name, kind in KINDS.items() if not kind.folded}
    assert LOWERINGS.keys() | FLOAT_LOWERINGS.keys() == kinds


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
    (step,) = lower(one_channel_conv(size, filter_size, stride, dilation, padding, output))
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
    graph = one_channel_conv(
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
    lower(one_channel_conv(bias=limit - products, **fits))
    for bias in (limit - products + 1, -(limit - products) - 1):
        with pytest.raises(GraphError, match="accumulator can reach 2147483520"):
            lower(one_channel_conv(bias=bias, **fits))


def test_the_bound_on_accumulators_knows_the_zero_point() -> None:
    limit = 2**31 - 1 - 128
    centred = {"weights": [127] * 9, "output_scale": 2.0**20}
    lower(one_channel_conv(bias=limit - 9 * 127 * 128, zero_point=0, **centred))
    with pytest.raises(GraphError, match="accumulator"):
        lower(one_channel_conv(bias=limit - 9 * 127 * 128, zero_point=1, **centred))


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
        lower(one_channel_conv(size=2, filter_size=3, padding="VALID", output=1))


def test_a_left_shift_counts_against_the_accumulator() -> None:
    lower(one_channel_conv(output_scale=0.125 / 2**12))
    with pytest.raises(GraphError, match="shifted left by 31|shifted left by 2[0-9]"):
        lower(one_channel_conv(output_scale=0.125 / 2**21))


def test_a_multiplier_of_2_to_the_30_is_refused() -> None:
    with pytest.raises(GraphError, match="multiplier of 1.07374e\\+09"):
        lower(one_channel_conv(output_scale=0.125 / 2**30))


@pytest.mark.parametrize("kind", WEIGHTED)
def test_a_packed_operator_gets_the_multipliers_of_the_int8_one(kind: str) -> None:
    graph = random_graph(kind, "a8w1")
    (int8,), (tq,) = lower(graph), lower(packed(graph, "a8w1"))
    for field in ("multiplier", "shift"):
        np.testing.assert_array_equal(getattr(tq.params, field), getattr(int8.params, field))
    assert int8.params.levels is None
    assert tq.params.levels is not None
    assert tq.constants[0].dtype == np.uint8
