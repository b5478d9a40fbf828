"""Batch norms behind layers on packed data go into scales and bias: the same numbers but for rounding."""

import numpy as np
import pytest
from convert.passes.low_net import LowNet, kinds, outputs

from tinyq.convert.passes.fold_affine import fold_affine
from tinyq.graph import Graph


def net(what: str = "conv", activation: str = "RELU", w_levels: int = 3) -> Graph:
    made = LowNet(1)
    shape = (1, 7) if what == "dense" else (1, 4, 5, 7)
    codes = made.sign(made.input(*shape, dtype="float32"))
    y = made.norm(made.layer(what, codes, 14 if what == "depthwise" else 6, w_levels, "float32"), falling=3)
    return made.graph(made.steps(y, (activation, None)) if activation else y)


@pytest.mark.parametrize("activation", ["", "RELU", "RELU6"])
@pytest.mark.parametrize(("what", "w_levels"), [("conv", 2), ("depthwise", 3), ("dense", 4)])
def test_numbers_stay(what: str, w_levels: int, activation: str) -> None:
    before = net(what, activation, w_levels)
    after = fold_affine(before)
    assert len(after.operators) == 2
    assert after.operators[1].options["fused_activation_function"] == (activation or "NONE")
    np.testing.assert_allclose(outputs(after)[0], outputs(before)[0], rtol=1e-5, atol=1e-5)


def test_what_follows_a_clamp_stays() -> None:
    made = LowNet(2)
    codes = made.sign(made.input(1, 7, dtype="float32"))
    y = made.steps(made.layer("dense", codes, 6, 3, "float32"), ("RELU", None))
    graph = made.graph(made.norm(y))
    assert kinds(fold_affine(graph)) == ["TqQuantize", "TqBitFullyConnected", "ADD", "MUL", "ADD"]


def test_a_gain_of_zero_stays() -> None:
    made = LowNet(3)
    codes = made.sign(made.input(1, 7, dtype="float32"))
    y = made.steps(made.layer("dense", codes, 2, 2, "float32"), ("MUL", [0.0, 1.0]))
    graph = made.graph(y)
    assert kinds(fold_affine(graph)) == kinds(graph)


def test_a_kernel_that_two_layers_share_keeps_its_codes_for_the_other() -> None:
    made = LowNet(4)
    codes = made.sign(made.input(1, 7, dtype="float32"))
    first = made.layer("dense", codes, 6, 3, "float32")
    operator = made.operators[-1]
    second = made.op(operator.kind, operator.inputs, (1, 6), None, "float32", **operator.options)
    before = made.graph(made.norm(first, falling=6), second)
    for found, wanted in zip(outputs(fold_affine(before)), outputs(before), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
