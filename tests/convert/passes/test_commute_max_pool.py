"""Max pooling goes behind the quantizer, if all between keeps the order of numbers."""

import numpy as np
import pytest
from convert.passes.low_net import LowNet, kinds, outputs

from tinyq.convert.passes.commute_max_pool import commute_max_pool
from tinyq.convert.passes.fold_thresholds import fold_thresholds
from tinyq.graph import Graph


def net(falling_before: int = 2, falling_behind: int = 0, flip: bool = False) -> Graph:
    """codes ─▶ conv ─▶ batch norm ─▶ pooling ─▶ batch norm ─▶ RELU ─▶ codes."""
    made = LowNet(1)
    codes = made.sign(made.input(1, 6, 8, 5, dtype="float32"))
    y = made.norm(made.layer("conv", codes, 6, 3, "float32"), falling_before)
    y = made.steps(made.norm(made.pool_f32(y), falling_behind), ("RELU", None))
    packed = made.quantize(y, 4, flip=True) if flip else made.sign(y, 4)
    return made.graph(made.dequantize(packed, "float32"))


def test_codes_are_pooled_and_the_rest_becomes_thresholds() -> None:
    before = net()
    after = commute_max_pool(before)
    assert kinds(after)[-3:] == ["TqQuantize", "TqBitMaxPool2D", "TqDequantize"]
    folded = fold_thresholds(after)
    assert kinds(folded) == ["TqQuantize", "TqBitConv2D", "TqBitMaxPool2D", "TqDequantize"]
    np.testing.assert_array_equal(outputs(after)[0], outputs(before)[0])
    np.testing.assert_array_equal(outputs(folded)[0], outputs(before)[0])
    assert len(np.unique(outputs(before)[0])) > 2


@pytest.mark.parametrize("how", [{"falling_behind": 1}, {"flip": True}], ids=["negative gain", "flip"])
def test_what_turns_the_order_round_stays(how: dict[str, int]) -> None:
    assert kinds(commute_max_pool(net(**how))) == kinds(net(**how))


def test_a_pooling_with_another_reader_stays() -> None:
    made = LowNet(2)
    y = made.pool_f32(made.input(1, 4, 4, 5, dtype="float32"))
    graph = made.graph(made.dequantize(made.sign(y), "float32"), y)
    assert kinds(commute_max_pool(graph)) == kinds(graph)
