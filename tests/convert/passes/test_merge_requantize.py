"""int8 to int8 in one operator."""

import numpy as np
from convert.passes.low_net import LowNet, kinds, outputs

from tinyq.convert.passes.merge_requantize import merge_requantize


def test_a_pair_becomes_one_within_a_step() -> None:
    made = LowNet(0)
    x = made.input(1, 40)
    real = made.op("DEQUANTIZE", [x], (1, 40), None, "float32")
    before = made.graph(made.op("QUANTIZE", [real], (1, 40), (0.02, -5), "int8"))
    after = merge_requantize(before)
    assert kinds(after) == ["QUANTIZE"]
    difference = outputs(after)[0].astype(int) - outputs(before)[0].astype(int)
    assert np.abs(difference).max() <= 1  # of one rounding and two


def test_numbers_between_that_others_read_stay() -> None:
    made = LowNet(0)
    x = made.input(1, 4)
    real = made.op("DEQUANTIZE", [x], (1, 4), None, "float32")
    graph = made.graph(made.op("QUANTIZE", [real], (1, 4), (0.02, -5), "int8"), real)
    assert sorted(kinds(merge_requantize(graph))) == ["DEQUANTIZE", "QUANTIZE"]


def test_what_is_made_of_float32_stays() -> None:
    made = LowNet(0)
    x = made.steps(made.input(1, 4, dtype="float32"), ("RELU", None))
    graph = made.graph(made.op("QUANTIZE", [x], (1, 4), (0.02, -5), "int8"))
    assert kinds(merge_requantize(graph)) == kinds(graph)
