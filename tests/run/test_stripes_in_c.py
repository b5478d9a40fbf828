"""Emitted C that works tile by tile gives the integers of the NumPy reference, in less memory."""

from pathlib import Path

import numpy as np
import pytest
from deploy_nets import samples
from stripe_nets import eegnet, residual
from tools_required import need

from tinyq.emit import Stripes, emit_graph
from tinyq.evaluate.interpreter import Interpreter
from tinyq.run import RunResult, run

NETS = {"eegnet": eegnet(130, 8), "residual": residual(24)}
COUNT = 6


def answers(net: str, board: str, folder: Path, stripes: Stripes, **options: str) -> RunResult:
    graph = NETS[net]
    report = emit_graph(graph, net, board, folder / stripes.value, stripes=stripes)
    assert bool(report.layout.stripes) == (stripes is Stripes.smallest)
    result = run(report.folder, samples(graph, COUNT), options={"TQ_WERROR": "ON", **options})
    wanted = Interpreter(graph).predict([array[:, 0] for array in samples(graph, COUNT)])
    for got, want in zip(result.outputs, wanted, strict=True):
        assert len(np.unique(got)) > 5
        assert got.tobytes() == want.tobytes()
    return result


@pytest.mark.parametrize("net", NETS)
def test_host_with_sanitizers_equals_the_reference_tile_by_tile(net: str, tmp_path: Path) -> None:
    need("cc")
    answers(net, "host", tmp_path, Stripes.smallest, TQ_SANITIZE="ON")


@pytest.mark.qemu
@pytest.mark.parametrize("net", NETS)
def test_tiles_on_a_cortex_m4_are_charged_to_their_layers(net: str, tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "qemu-system-arm")
    whole, tiled = (answers(net, "qemu_cortex_m4", tmp_path, s) for s in (Stripes.off, Stripes.smallest))
    assert [layer.name for layer in tiled.layers] == [layer.name for layer in whole.layers]
    assert all(0.8 * a <= b for a, b in zip(whole.layer_ticks, tiled.layer_ticks, strict=True))
    shares = [sum(result.layer_ticks) / result.instructions[0] for result in (whole, tiled)]
    assert shares[1] == pytest.approx(shares[0], rel=0.05)
