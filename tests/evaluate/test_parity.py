"""Every layer of a graph as an output, and differences that name layer, sample and position."""

import numpy as np
import pytest
from deploy_nets import samples, ternary_net

from tinyq.core.errors import RunError
from tinyq.evaluate.interpreter import Interpreter
from tinyq.evaluate.parity import compare, exposed, shown_steps
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
