"""int8 tensors in front of quantizers: all 256 values of every channel have the code that float32 gave."""

import numpy as np
import pytest
from convert.passes.low_net import LowNet, kinds

from tinyq.convert.passes.fold_int8_thresholds import fold_int8_thresholds
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph


def net(steps: str, levels: int = 3, readers: int = 1) -> Graph:
    """int8 ─▶ float32 ─▶ batch norm ─▶ [RELU] ─▶ codes ─▶ float32; each of the 256 values comes in."""
    made = LowNet(levels)
    x = made.input(1, 16, 16, 5)
    real = made.op("DEQUANTIZE", [x], (1, 16, 16, 5), None, "float32")
    ends = []
    for _ in range(readers):
        y = made.norm(real, falling=2) if "norm" in steps else real
        y = made.steps(y, ("RELU", None)) if "relu" in steps else y
        ends.append(made.dequantize(made.sign(y, levels), "float32"))
    return made.graph(*ends)


def every_value(graph: Graph) -> list[np.ndarray]:
    x = np.repeat(np.arange(-128, 128, dtype=np.int8), 5).reshape(1, 16, 16, 5)
    return Interpreter(graph).run(x)


@pytest.mark.parametrize("levels", [2, 3, 4, 8, 16])
@pytest.mark.parametrize("steps", ["", "norm", "norm, relu"])
def test_every_value_keeps_its_code(steps: str, levels: int) -> None:
    before = net(steps, levels)
    after = fold_int8_thresholds(before)
    assert kinds(after) == ["TqQuantize", "TqDequantize"]
    np.testing.assert_array_equal(every_value(after)[0], every_value(before)[0])
    shape = after.tensors[after.operators[0].inputs[1]].shape
    assert shape == ((5, levels - 1) if steps else (levels - 1,))


def test_two_quantizers_of_one_tensor_are_folded_each() -> None:
    before = net("norm", readers=2)
    after = fold_int8_thresholds(before)
    assert kinds(after) == ["TqQuantize", "TqDequantize"] * 2
    for found, wanted in zip(every_value(after), every_value(before), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_what_else_reads_the_numbers_keeps_them() -> None:
    made = LowNet(1)
    x = made.input(1, 2, 2, 5)
    real = made.op("DEQUANTIZE", [x], (1, 2, 2, 5), None, "float32")
    graph = made.graph(made.dequantize(made.sign(real), "float32"), made.steps(real, ("RELU", None)))
    assert sorted(kinds(fold_int8_thresholds(graph))) == ["DEQUANTIZE", "RELU", "TqDequantize", "TqQuantize"]


def test_a_constant_that_is_not_by_channel_stays() -> None:
    made = LowNet(2)
    x = made.input(1, 2, 2, 5)
    real = made.op("DEQUANTIZE", [x], (1, 2, 2, 5), None, "float32")
    y = made.steps(real, ("ADD", np.ones((1, 2, 2, 5))))
    graph = made.graph(made.dequantize(made.sign(y), "float32"))
    assert kinds(fold_int8_thresholds(graph)) == kinds(graph)
