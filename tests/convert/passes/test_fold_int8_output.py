"""Layers on packed data write int8 themselves: at most one step from float32 and QUANTIZE, mostly none."""

import numpy as np
import pytest
from convert.passes.low_net import LowNet, kinds, outputs

from tinyq.convert.passes.fold_int8_output import fold_int8_output
from tinyq.graph import Graph, parse, serialize


def net(what: str = "conv", activation: str = "NONE", scale: float = 0.03, seed: int = 1) -> Graph:
    made = LowNet(seed)
    shape = (1, 9) if what == "dense" else (1, 4, 5, 9)
    codes = made.sign(made.input(*shape, dtype="float32"))
    y = made.layer(what, codes, 9 if what == "depthwise" else 6, 3, "float32", activation=activation)
    return made.graph(made.op("QUANTIZE", [y], made.tensors[y].shape, (scale, -7), "int8"))


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
@pytest.mark.parametrize("what", ["conv", "depthwise", "dense"])
@pytest.mark.parametrize("scale", [0.001, 0.03, 0.2])
def test_integers_are_those_of_float32_within_a_step(what: str, activation: str, scale: float) -> None:
    before = net(what, activation, scale)
    after = fold_int8_output(before)
    assert [k.removeprefix("Tq")[:3] for k in kinds(after)] == ["Qua", "Bit"]
    found, wanted = outputs(after)[0].astype(int), outputs(before)[0].astype(int)
    assert np.abs(found - wanted).max() <= 1
    assert (found != wanted).mean() < 0.01  # few sums lie on an edge between two integers
    parse(serialize(after), "folded")


def test_a_bias_of_few_sums_is_not_rounded_to_whole_sums() -> None:
    """9 taps of -1, 0, 1: a bias of a third of a sum is many steps of int8."""
    after = fold_int8_output(net("depthwise", scale=0.001))
    assert after.operators[1].options["bias_shift"] > 16


def test_numbers_that_others_read_stay() -> None:
    made = LowNet(2)
    codes = made.sign(made.input(1, 9, dtype="float32"))
    y = made.layer("dense", codes, 6, 3, "float32")
    graph = made.graph(made.op("QUANTIZE", [y], (1, 6), (0.1, 0), "int8"), y)
    assert kinds(fold_int8_output(graph)) == kinds(graph)


def test_a_bias_beyond_the_accumulator_stays_in_float32() -> None:
    made = LowNet(3)
    codes = made.sign(made.input(1, 9, dtype="float32"))
    y = made.layer("dense", codes, 6, 3, "float32", bias=False)
    y_bias = made.constant(np.full(6, 1e9, np.float32))
    operator = made.operators[-1]
    inputs = (*operator.inputs[:2], y_bias, *operator.inputs[3:])
    made.operators[-1] = type(operator)(operator.kind, inputs, operator.outputs, operator.options)
    graph = made.graph(made.op("QUANTIZE", [y], (1, 6), (0.1, 0), "int8"))
    assert kinds(fold_int8_output(graph)) == kinds(graph)
