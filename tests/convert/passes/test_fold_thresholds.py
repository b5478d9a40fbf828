"""Batch norm, activation and quantizer become thresholds: the codes stay what float32 gave, one by one."""

from typing import Any

import numpy as np
import pytest
from convert.passes.low_net import LowNet, kinds, outputs

from tinyq.convert.passes.fold_thresholds import fold_thresholds
from tinyq.graph import Graph, parse, serialize

LAYERS: dict[str, dict[str, Any]] = {
    "conv": {},
    "depthwise": {"size": (3, 3)},
    "dense": {},
}
LEVELS = [(2, 2, 2), (3, 3, 3), (4, 4, 4), (16, 16, 16), (2, 3, 4), (3, 2, 8), (8, 256, 2)]


def net(what: str, levels: tuple[int, int, int], seed: int, falling: int = 2, **extra: Any) -> Graph:
    """x ─▶ codes ─▶ layer ─▶ batch norm ─▶ [RELU] ─▶ codes ─▶ float32."""
    x_levels, w_levels, out = levels
    made = LowNet(seed)
    shape = (1, 37) if what == "dense" else (1, 5, 4, 37)
    codes = made.sign(made.input(*shape, dtype="float32"), x_levels)
    y = made.layer(what, codes, 37 if what == "depthwise" else 6, w_levels, "float32", **LAYERS[what])
    y = made.norm(y, falling)
    if extra.get("relu"):
        y = made.steps(y, ("RELU", None))
    return made.graph(made.dequantize(made.sign(y, out), "float32"))


@pytest.mark.parametrize("levels", LEVELS, ids=str)
@pytest.mark.parametrize("what", list(LAYERS))
def test_codes_are_those_of_float32(what: str, levels: tuple[int, int, int]) -> None:
    before = net(what, levels, seed=sum(levels), relu=levels[2] > 3)
    after = fold_thresholds(before)
    layer = {"conv": "TqBitConv2D", "depthwise": "TqBitDepthwiseConv2D", "dense": "TqBitFullyConnected"}[what]
    assert kinds(after) == ["TqQuantize", layer, "TqDequantize"]
    assert after.operators[1].options["out_levels"] == levels[2]
    np.testing.assert_array_equal(outputs(after)[0], outputs(before)[0])
    assert len(np.unique(outputs(before)[0])) > 1
    parse(serialize(after), "folded")


def test_negative_gains_flip_their_channels_only() -> None:
    after = fold_thresholds(net("conv", (3, 3, 3), 1, falling=2))
    flip = after.tensors[after.operators[1].inputs[3]].data
    np.testing.assert_array_equal(flip, [1, 1, 0, 0, 0, 0])
    rising = fold_thresholds(net("conv", (3, 3, 3), 1, falling=0))
    assert rising.operators[1].inputs[3] == -1


def test_a_tie_falls_as_in_float32() -> None:
    """sum * 1 + 0 of 1 is exactly the threshold: x > t is false there, so is sum > 1."""
    made = LowNet(0)
    codes = made.spaced(made.input(1, 4, dtype="float32"), [0.0])
    y = made.layer("dense", codes, 1, 2, "float32", bias=False, per_channel=False)
    weights = made.operators[-1].inputs[1]
    scale = made.affine(made.operators[-1].inputs[0])[0] * made.affine(weights)[0]
    y = made.steps(y, ("MUL", [1 / scale]))
    graph = fold_thresholds(made.graph(made.dequantize(made.spaced(y, [-2.0, 0.0, 2.0]), "float32")))
    thresholds = graph.tensors[graph.operators[1].inputs[2]].data
    np.testing.assert_array_equal(thresholds, [[-2, 0, 2]])


def test_gains_of_zero_give_one_code_for_every_sum() -> None:
    made = LowNet(3)
    codes = made.sign(made.input(1, 5, dtype="float32"))
    y = made.layer("dense", codes, 3, 3, "float32")
    y = made.steps(y, ("MUL", np.zeros(3)), ("ADD", [-3.0, 0.0, 3.0]))
    before = made.graph(made.dequantize(made.sign(y), "float32"))
    after = fold_thresholds(before)
    assert kinds(after) == ["TqQuantize", "TqBitFullyConnected", "TqDequantize"]
    np.testing.assert_array_equal(outputs(after)[0], outputs(before)[0])


def test_a_flipped_quantizer_and_fused_activations_are_folded_too() -> None:
    made = LowNet(4)
    codes = made.sign(made.input(1, 3, 3, 5, dtype="float32"))
    y = made.norm(made.layer("conv", codes, 6, 3, "float32", activation="RELU"), 3)
    before = made.graph(made.dequantize(made.quantize(y, 4, per_channel=True, flip=True), "float32"))
    after = fold_thresholds(before)
    assert kinds(after) == ["TqQuantize", "TqBitConv2D", "TqDequantize"]
    np.testing.assert_array_equal(outputs(after)[0], outputs(before)[0])


@pytest.mark.parametrize("near_miss", ["another reader", "an output", "a pooling", "a sum of two layers"])
def test_near_misses_stay(near_miss: str) -> None:
    made = LowNet(5)
    codes = made.sign(made.input(1, 4, 4, 5, dtype="float32"))
    first = made.norm(made.layer("conv", codes, 6, 3, "float32"))
    ends = []
    if near_miss == "another reader":
        ends = [made.steps(first, ("RELU", None))]
    elif near_miss == "an output":
        ends = [first]
    elif near_miss == "a pooling":
        first = made.pool_f32(first)
    else:
        second = made.layer("conv", codes, 6, 3, "float32")
        options = {"fused_activation_function": "NONE", "pot_scale_int16": False}
        first = made.op("ADD", [first, second], made.tensors[first].shape, None, "float32", **options)
    before = made.graph(made.dequantize(made.sign(first), "float32"), *ends)
    assert kinds(fold_thresholds(before)) == kinds(before)
