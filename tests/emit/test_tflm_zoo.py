"""Networks of the model zoo in TFLite Micro: identical outputs in QEMU, on this computer and in tinyq's C."""

from pathlib import Path

import numpy as np
import pytest
from emit.tflm_builds import options
from zoo_files import SHAPES, zoo_file

from tinyq.emit import emit
from tinyq.emit.tflm import emit_tflm
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import read
from tinyq.run import run

pytestmark = [pytest.mark.slow, pytest.mark.tflm, pytest.mark.train]
BOARDS = [("host", 12), pytest.param("qemu_cortex_m4", 2, marks=pytest.mark.qemu)]


@pytest.mark.parametrize("name", list(SHAPES))
@pytest.mark.parametrize(("board", "count"), BOARDS)
def test_a_network_of_the_zoo_runs_in_tflite_micro(name: str, board: str, count: int, tmp_path: Path) -> None:
    given = options(board)
    model = zoo_file(name, tmp_path)
    graph = read(model)
    x = np.random.default_rng(3).integers(-128, 128, (count, *SHAPES[name][0])).astype(np.int8)
    (wanted,) = Interpreter(graph).predict(x)
    assert len(np.unique(wanted)) > 2
    in_tflm = run(emit_tflm(model, board, tmp_path / "tflm").folder, x, options=given)
    in_c = run(emit(model, board, tmp_path / "c").folder, x)
    assert in_tflm.outputs[0].tobytes() == wanted.tobytes()
    assert in_c.outputs[0].tobytes() == wanted.tobytes()
