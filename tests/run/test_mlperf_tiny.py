"""The two MLPerf Tiny networks, emitted: the same integers as the NumPy reference on both boards."""

from pathlib import Path

import numpy as np
import pytest
from tools_required import need, shared

from tinyq.emit import emit
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import read
from tinyq.run import run

pytestmark = pytest.mark.slow
MODELS = ("kws_ref_model.tflite", "pretrainedResnet_quant.tflite")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("board", "count"), [("host", 12), pytest.param("qemu_cortex_m4", 2, marks=pytest.mark.qemu)]
)
def test_emitted_network_equals_the_reference(model: str, board: str, count: int, tmp_path: Path) -> None:
    need(*(("cc",) if board == "host" else ("arm-none-eabi-gcc", "qemu-system-arm")))
    path = shared("models", model)
    graph = read(path)
    shape = graph.tensors[graph.inputs[0]].shape[1:]
    given = np.random.default_rng(5).integers(-128, 128, (count, *shape)).astype(np.int8)
    report = emit(path, board, tmp_path / "out")
    result = run(report.folder, given)
    assert np.array_equal(result.outputs[0], Interpreter(graph).predict(given)[0])
    assert report.layout.plan.arena_bytes == report.layout.plan.lower_bound
