"""Where networks are cut: between low-bit layers nowhere, if what is between works by channel."""

from typing import Any

import numpy as np
import pytest

from tinyq.convert.levels import Levels
from tinyq.convert.nodes import Affine, LowLayer, Network, Node, Ref, Window
from tinyq.convert.split import Split, split
from tinyq.convert.weight_levels import WeightLevels

SIGN = Levels(np.zeros(1, np.float32), False, 2, 1.0, 0.0)
FALLING = Levels(np.zeros(1, np.float32), True, 2, 1.0, 0.0)
UP, DOWN = (Affine((("MUL", np.array([gain], np.float32)),)) for gain in (1, -1))


class Builder:
    """Nodes one after the other; every method returns the new tensor."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.count = 1
        self.x = Ref(0, (4, 4, 8))

    def add(self, kind: str, *inputs: Ref, data: Any = None, shape: Any = None, **how: Any) -> Ref:
        output = Ref(self.count, shape or inputs[0].shape)
        self.count += 1
        name = how.pop("name", f"{kind}_{output.number}")
        self.nodes.append(Node(name, kind, inputs, (output,), lambda *x: x, data, **how))
        return output

    def host(self, *inputs: Ref, **how: Any) -> Ref:
        return self.add("host", *inputs, **how)

    def low(self, x: Ref, operator: str = "conv", levels: Any = SIGN) -> Ref:
        codes = np.ones((8, 1, 1, 8), np.int64)
        layer = LowLayer(
            operator, WeightLevels(codes, 2, np.ones(8)), None, Window(), 1, "a1w1", "layer.kernel"
        )
        shape = (8,) if operator == "dense" else None
        return self.add("low", self.add("quantizer", x, data=levels), data=layer, shape=shape)

    def split(self, *outputs: Ref) -> Split:
        return split(Network((self.x,), outputs, tuple(self.nodes), ()))


def kinds(nodes: Any) -> list[str]:
    return [node.kind for node in nodes]


def test_between_two_low_bit_layers_there_is_no_cut() -> None:
    made = Builder()
    first = made.host(made.x, foldable=True)
    y = made.low(made.add("relu", made.add("affine", made.low(first), data=DOWN)))
    y = made.add("affine", y, data=UP)
    cut = made.split(made.host(y))
    assert kinds(cut.host) == ["host", "host"]
    assert cut.cut_out == (first,) and cut.cut_in == (y,)
    assert kinds(cut.bits) == ["quantizer", "low", "affine", "relu", "quantizer", "low", "affine"]


def test_a_batch_norm_that_the_stock_converter_folds_stays_with_its_convolution() -> None:
    made = Builder()
    normed = made.add("relu", made.add("affine", made.host(made.x, foldable=True), data=UP))
    cut = made.split(made.host(made.low(normed)))
    assert cut.cut_out == (normed,)
    assert kinds(cut.host) == ["host", "affine", "relu", "host"]


def test_a_batch_norm_behind_something_else_goes_into_thresholds() -> None:
    made = Builder()
    total = made.add("relu", made.host(made.x))
    cut = made.split(made.host(made.low(made.add("affine", total, data=DOWN))))
    assert cut.cut_out == (total,)
    assert kinds(cut.bits) == ["affine", "quantizer", "low"]


def test_a_result_with_other_readers_becomes_int8_and_is_quantized_from_there() -> None:
    made = Builder()
    block = made.add("affine", made.low(made.x), data=UP)
    total = made.host(block, made.low(block))
    cut = made.split(total)
    assert cut.cut_out == (made.x, block) and block in cut.cut_in
    assert kinds(cut.host) == ["host"]


@pytest.mark.parametrize(
    ("behind", "levels", "cuts"),
    [(UP, SIGN, 1), (DOWN, SIGN, 2), (UP, FALLING, 2)],
    ids=str,
)
def test_max_pooling_is_no_cut_if_the_order_stays(behind: Affine, levels: Levels, cuts: int) -> None:
    made = Builder()
    pooled = made.add("max_pool", made.low(made.x), shape=(2, 2, 8))
    cut = made.split(made.host(made.low(made.add("affine", pooled, data=behind), levels=levels)))
    assert len(cut.cut_in) == cuts


def test_a_flattened_image_of_codes_feeds_a_dense_layer_without_a_cut() -> None:
    made = Builder()
    flat = made.add("flatten", made.low(made.x), shape=(128,))
    cut = made.split(made.host(made.low(flat, "dense")))
    assert len(cut.cut_in) == 1
    made = Builder()
    flat = made.add("flatten", made.low(made.x), shape=(128,))
    normed = made.add("affine", flat, data=UP)  # of 128 channels, not 8
    assert len(made.split(made.host(made.low(normed, "dense"))).cut_in) == 2


def test_equal_quantizers_share_codes_and_different_ones_read_int8() -> None:
    for levels, cuts in ((SIGN, 2), (Levels(np.ones(1, np.float32), False, 2, 1.0, 0.0), 3)):
        made = Builder()
        y = made.low(made.x)
        cut = made.split(made.host(made.low(y), made.low(y, levels=levels)))
        assert len(cut.cut_in) == cuts


def test_codes_that_something_else_reads_are_taken_apart() -> None:
    made = Builder()
    codes = made.add("quantizer", made.x, data=SIGN)
    cut = made.split(made.host(codes))
    assert cut.cut_in == (codes,)


def test_results_that_are_the_models_outputs_need_no_int8_part() -> None:
    made = Builder()
    y = made.low(made.x)
    cut = made.split(y)
    assert (cut.host, cut.cut_out, cut.cut_in) == ((), (made.x,), (y,))
