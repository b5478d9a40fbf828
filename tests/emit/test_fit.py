"""tinyq.emit.fit: what a model needs against what a board has."""

import dataclasses

import pytest
from deploy_nets import Net, float_net, ternary_net

from tinyq.core.boards import load_board
from tinyq.core.errors import EmitError
from tinyq.emit.fit import Fit, fit
from tinyq.emit.layout import lay_out
from tinyq.graph import Graph
from tinyq.graph.lowering import lower


def fitted(graph: Graph, **facts: int) -> Fit:
    board = dataclasses.replace(load_board("qemu_cortex_m4"), **facts)
    return fit(lay_out(graph, lower(graph)), board)


def test_constants_are_counted_to_the_byte() -> None:
    net = Net(0)
    x = net.conv(net.input(1, 4, 4, 2), 5, (3, 3), scheme="a8wt")
    needed = fitted(net.graph(net.conv(x, 3, (1, 1), bias=False)))
    packed, int8 = -(-5 * 9 * 2 // 5), 3 * 5
    assert needed.weight_bytes == packed + int8
    assert needed.constant_bytes == packed + 5 * (4 + 4 + 1 + 1) + int8 + 3 * (4 + 1)


def test_a_constant_operand_counts() -> None:
    needed = fitted(float_net())
    without_weights = needed.constant_bytes - needed.weight_bytes
    assert without_weights == (8 * 9) + (8 * 9) + 8 + 2 * 4 + 7 * 9


def test_a_model_fits_a_board_that_has_exactly_what_it_needs() -> None:
    needed = fitted(ternary_net())
    assert needed.fits
    needed.require("net")
    ram_kib = -(-needed.ram_bytes // 1024)
    flash_kib = -(-needed.flash_bytes // 1024)
    assert fitted(ternary_net(), ram_kib=ram_kib, flash_kib=flash_kib).fits
    assert not fitted(ternary_net(), ram_kib=ram_kib - 1).fits
    assert not fitted(ternary_net(), flash_kib=flash_kib - 1).fits


def test_a_model_that_does_not_fit_is_refused_with_both_numbers() -> None:
    needed = fitted(ternary_net(), flash_kib=2, ram_kib=9)
    with pytest.raises(EmitError) as caught:
        needed.require("net")
    text = str(caught.value)
    for number in (needed.flash_bytes, needed.board.flash_bytes, needed.ram_bytes, needed.board.ram_bytes):
        assert f"{number:,}" in text
    assert "'net'" in text and "qemu_cortex_m4" in text


def test_only_what_is_short_is_complained_of() -> None:
    with pytest.raises(EmitError) as caught:
        fitted(ternary_net(), ram_kib=9).require("net")
    assert "bytes of RAM" in str(caught.value) and "bytes of flash" not in str(caught.value)
