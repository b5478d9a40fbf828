"""Graphs whose outputs share memory with inputs or each other give the reference's integers in C, too."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import Net, samples
from tools_required import need

from tinyq.emit import emit_graph
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph
from tinyq.run import run


def a_renamed_input_is_an_output() -> Graph:
    net = Net(0)
    x = net.input(1, 8)
    renamed = net.reshape(x, 2, 4)
    return net.graph(renamed, net.dense(x, 5))


def two_names_of_one_result_are_outputs() -> Graph:
    net = Net(0)
    y = net.dense(net.input(1, 8), 6)
    return net.graph(net.reshape(y, 2, 3), net.reshape(y, 3, 2), y)


def an_output_is_read_again() -> Graph:
    net = Net(0)
    first = net.dense(net.input(1, 8), 8)
    return net.graph(first, net.dense(net.dense(first, 7), 4))


@pytest.mark.parametrize(
    "make", [a_renamed_input_is_an_output, two_names_of_one_result_are_outputs, an_output_is_read_again]
)
def test_outputs_that_share_memory(make: Callable[[], Graph], tmp_path: Path) -> None:
    need("cc", "make")
    graph = make()
    given = [array[:, 0] for array in samples(graph, 4)]
    expected = Interpreter(graph).predict(given)
    result = run(emit_graph(graph, "odd", "host", tmp_path / "c").folder, given)
    for got, wanted in zip(result.outputs, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
