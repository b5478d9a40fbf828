"""Filters of one row on cores with DSP: their loops are assembly, so only an Arm core proves them."""

from pathlib import Path

import numpy as np
import pytest
from deploy_nets import samples
from net_builder import Net
from tools_required import need

from tinyq.emit import emit_graph
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph
from tinyq.run import run

# Every remainder of three, six, and eight taps; as many as parts of a sum have room for, and more.
TAPS = (*range(8, 25), 31, 32, 127, 128, 140)


def rows_net(scheme: str) -> Graph:
    """Convolutions of one channel, and depthwise ones, side by side."""
    net = Net(12)
    one, three = net.input(1, 2, 395, 1), net.input(1, 2, 33, 3)
    outputs = [net.conv(one, 2, (1, taps), scheme) for taps in TAPS[::4]]
    outputs += [net.depthwise(three, 1 + taps % 2, (1, taps), scheme) for taps in TAPS]
    return net.graph(*outputs)


@pytest.mark.qemu
@pytest.mark.parametrize("scheme", ["a8w8", "a8wt", "a8w1"])
def test_rows_of_all_lengths_on_the_emulated_cortex_m4(scheme: str, tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "qemu-system-arm")
    graph, folder = rows_net(scheme), tmp_path / "out"
    layout = emit_graph(graph, "rows", "qemu_cortex_m4", folder).layout
    assert {layout.variant(step).suffix for step in layout.steps} == {"dsp"}
    inputs = [x[:, 0] for x in samples(graph, 4)]
    for x in inputs:
        x[0], x[1] = -128, 127
    result = run(folder, inputs, options={"TQ_WERROR": "ON"})
    wanted = Interpreter(graph).predict(inputs)
    for got, want in zip(result.outputs, wanted, strict=True):
        np.testing.assert_array_equal(got.reshape(want.shape), want)
