"""Every layer of a graph as an output, and differences that name layer, sample and position."""

import numpy as np
import pytest
from deploy_nets import float_net, lce_net, samples, ternary_net

from tinyq.core.errors import RunError
from tinyq.evaluate.interpreter import Interpreter
from tinyq.evaluate.parity import allowances, compare, exposed, observed, rounds, separated, shown_steps
from tinyq.graph import parse, serialize


def test_every_layer_that_computes_is_an_output_with_the_values_it_had() -> None:
    graph = ternary_net()
    shown = parse(serialize(exposed(graph)), "exposed")
    x = [array[0] for array in samples(graph, 1)]
    x = [array.reshape(graph.tensors[i].shape) for array, i in zip(x, graph.inputs, strict=True)]
    steps, wanted, got = shown_steps(graph), Interpreter(graph).run_all(x), Interpreter(shown).run(x)
    assert len(steps) == len(got) > 2
    assert all(step.kernel != "reshape" for step in steps)
    for step, array in zip(steps, got, strict=True):
        np.testing.assert_array_equal(array, wanted[step.output])


def test_a_difference_says_where_and_by_how_much() -> None:
    steps = shown_steps(ternary_net())[:2]
    wanted = [np.zeros((3, 2, 2), np.int8), np.zeros((3, 4), np.float32)]
    got = [array.copy() for array in wanted]
    got[0][1, 0, 1] = -128
    got[0][2, 1, 1] = 1
    first, second = compare(steps, wanted, got)
    assert (first.differing, first.elements, first.largest) == (2, 12, 128)
    assert (first.first, first.got, first.wanted) == ((1, 0, 1), -128, 0)
    assert "sample 1, [0, 1]: -128, not 0" in str(first)
    assert (second.differing, str(second)) == (0, "0")


def test_floats_are_compared_by_their_bits() -> None:
    wanted = [np.array([[0.0, np.nan]], np.float32)]
    steps = shown_steps(ternary_net())[:1]
    assert compare(steps, wanted, [wanted[0].copy()])[0].differing == 0
    assert compare(steps, wanted, [np.array([[-0.0, np.nan]], np.float32)])[0].differing == 1


@pytest.mark.parametrize("got", [[], [np.zeros((3, 5), np.int8)], [np.zeros((3, 4), np.uint8)]])
def test_outputs_of_another_number_size_or_type_are_refused(got) -> None:
    with pytest.raises(RunError, match="of the runtime"):
        compare(shown_steps(ternary_net())[:1], [np.zeros((3, 4), np.int8)], got)


@pytest.mark.parametrize("net", [ternary_net, float_net, lce_net])
def test_separated_layers_compute_what_they_did_from_what_they_are_given(net) -> None:
    graph = net()
    found = observed(graph, [x.reshape(-1, *x.shape[2:]) for x in samples(graph, 3)])
    apart, sources = separated(graph)
    apart = parse(serialize(apart), "apart")
    assert all(not set(operator.inputs) & set(apart.outputs) for operator in apart.operators)
    outputs = Interpreter(apart).predict([found[index] for index in sources])
    steps = shown_steps(graph)
    assert len(steps) == len(outputs)
    for step, array in zip(steps, outputs, strict=True):
        assert array.tobytes() == found[step.output].tobytes(), step.name


def test_flags_are_observed_but_not_shown() -> None:
    graph = lce_net()
    found = observed(graph, [x[:, 0] for x in samples(graph, 1)])
    flags = [index for index, tensor in enumerate(graph.tensors) if tensor.dtype == "bool"]
    assert len(flags) == 1 and found[flags[0]].dtype == np.bool_
    assert not set(flags) & {step.output for step in shown_steps(graph)}


def test_only_built_in_float_layers_may_round_otherwise() -> None:
    graph = lce_net()
    steps = shown_steps(graph)
    found = observed(graph, [x[:, 0] for x in samples(graph, 2)])
    kernels = {step.kernel for step in steps if rounds(graph, step)}
    assert "conv_2d_f32" in kernels
    assert not kernels & {"lce_bconv_2d_f32", "lce_dequantize_a1_f32", "dequantize_a8_f32"}
    for step, allowed in zip(steps, allowances(graph, found), strict=True):
        assert (allowed > 0) == rounds(graph, step)
    foreign = dict(zip((s.kernel for s in steps), allowances(graph, found, foreign=True), strict=True))
    assert foreign["lce_bconv_2d_a8"] == 0 < foreign["dequantize_a8_f32"]


def test_differences_within_what_is_allowed_are_none_but_are_told() -> None:
    wanted = [np.array([[1.0, 2.0]], np.float32)]
    got = [np.array([[1.25, 2.0]], np.float32)]
    steps = shown_steps(ternary_net())[:1]
    (row,) = compare(steps, wanted, got, [0.25])
    assert (row.differing, row.largest, str(row)) == (0, 0.25, "0 (rounding: 0.25)")
    (row,) = compare(steps, wanted, got, [0.2])
    assert (row.differing, row.first) == (1, (0, 0))
    (row,) = compare(steps, wanted, [np.array([[np.nan, 2.0]], np.float32)], [9.0])
    assert row.differing == 1
