"""Dense kernels for cores with DSP: their loops are assembly, so only an Arm core proves them."""

from pathlib import Path

import numpy as np
import pytest
from deploy_nets import Net, samples
from tools_required import need

from tinyq.emit import emit_graph
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph
from tinyq.run import run

# Outputs of a layer are inputs of the next one: 1 to 8 words in its first block, odd and even numbers.
WIDTHS = (449, 57, 113, 8, 16, 65, 129, 9, 64, 40, 1, 3, 31, 2, 7)


def dense_net(scheme: str) -> Graph:
    """A row of dense layers, all of them outputs."""
    net = Net(11)
    x, outputs = net.input(3, 1000), []
    for i, width in enumerate(WIDTHS):
        x = net.dense(x, width, scheme=scheme, bias=i % 3 > 0)
        outputs.append(x)
    return net.graph(*outputs)


@pytest.mark.qemu
@pytest.mark.parametrize("scheme", ["a8wt", "a8w1"])
def test_dense_layers_of_all_widths_on_the_emulated_cortex_m4(scheme: str, tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "qemu-system-arm")
    graph = dense_net(scheme)
    folder = tmp_path / "out"
    report = emit_graph(graph, "dense", "qemu_cortex_m4", folder)
    layout = report.layout
    assert {layout.variant(step).symbol for step in layout.steps} == {f"tq_fully_connected_{scheme}_dsp"}
    result = run(folder, samples(graph, 6), options={"TQ_WERROR": "ON"})
    wanted = Interpreter(graph).predict(samples(graph, 6))
    for got, want in zip(result.outputs, wanted, strict=True):
        np.testing.assert_array_equal(got.reshape(want.shape), want)
    assert report.fit.weight_bytes == sum(
        4 * -(-step.dims.c_out // 2) * -(-step.dims.c_in // (8 if scheme == "a8wt" else 16))
        for step in layout.steps
    )
