"""`train` rewrites layers for the CPU where that wins, lets XLA compile where it is asked to, and says so."""

import json
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from small_net import RECIPE, same, write_model  # noqa: E402

from tinyq.core.errors import TrainError  # noqa: E402
from tinyq.datasets import Dataset  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training import compile as compiling  # noqa: E402
from tinyq.training import fast_layers, train  # noqa: E402

pytestmark = pytest.mark.train
EEGNET = """
from tinyq.quantizers.larq_api import tf

layers = tf.keras.layers

def build(input_shape, classes, width=4):
    entry = tf.keras.Input(input_shape)
    x = layers.Conv2D(4, (1, 24), padding="same", use_bias=False, name="temporal")(entry)
    x = layers.BatchNormalization(momentum=0.5, name="norm")(x)
    x = layers.DepthwiseConv2D((10, 1), depth_multiplier=2, use_bias=False, name="spatial")(x)
    x = layers.BatchNormalization(momentum=0.5, name="norm_2")(x)
    x = layers.Dropout(0.1)(layers.ReLU()(x))
    return tf.keras.Model(entry, layers.Dense(classes, name="dense")(layers.Flatten()(x)))
"""
STEPS = 6  # an epoch
LINE = "computed as dense products on this CPU: temporal, norm, spatial"


class Killed(Exception):
    """Raised by a test in the place of a kill."""


def signals() -> Dataset:
    random = np.random.default_rng(0)
    x = random.normal(size=(120, 10, 40, 1)).astype(np.float32)
    y = random.integers(0, 2, 120)
    x[y == 1, :5] += np.sin(np.arange(40, dtype=np.float32))[:, None]
    return Dataset("signals", x[:100], y[:100], x[100:], y[100:], ("left", "right"), "made up", "a sixth")


DATA = signals()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    recipe = RECIPE.replace('augment = "shift"\n', "").replace("epochs = 5", "epochs = 3")
    recipe = recipe.replace("epochs = 4", "epochs = 2")
    return write_model(tmp_path_factory.mktemp("fast") / "net", recipe, EEGNET)


def run(folder: Path, out: Path, kill: int = 0, **options):
    def progress(done: int, total: int) -> None:
        if kill and done >= kill:
            raise Killed

    return train(folder, DATA, out=out, progress=progress, **options)


def test_a_training_with_rewritten_layers_goes_on_bit_for_bit_and_says_it_once(folder, tmp_path):
    lines: list[str] = []
    options = {"run_dir": tmp_path / "run", "resume": True}
    history = run(folder, tmp_path / "a.keras", tell=lines.append)
    assert lines == [LINE]
    assert [stage.notes for stage in history.stages] == [(LINE,), (LINE,)]
    for kill in (2 * STEPS - 2, 4 * STEPS + 3):
        with pytest.raises(Killed):
            run(folder, tmp_path / "b.keras", kill, checkpoint_every=2, **options)
    again = run(folder, tmp_path / "b.keras", **options)
    assert same(tmp_path / "a.keras", tmp_path / "b.keras")
    assert [stage.notes for stage in again.stages] == [(LINE,), (LINE,)]
    assert json.loads((tmp_path / "b.history.json").read_text())["stages"][0]["notes"] == [LINE]


def test_it_learns_what_stock_layers_learn(folder, tmp_path, monkeypatch):
    accuracy = run(folder, tmp_path / "a.keras", method="float").stages[0].accuracy
    monkeypatch.setattr(fast_layers, "_rewritten", lambda layers: {})
    stock = run(folder, tmp_path / "b.keras", method="float").stages[0]
    assert stock.notes == ()
    assert stock.accuracy == pytest.approx(accuracy, abs=0.03)


@pytest.mark.slow
def test_int8_training_is_rewritten_too(folder, tmp_path):
    history = run(folder, tmp_path / "a.keras", method="int8-qat")
    assert [stage.notes for stage in history.stages] == [
        (LINE,),
        ("computed as dense products on this CPU: temporal, spatial",),
    ]


@pytest.mark.parametrize("jit", [5.0, 20.0], ids=["faster", "slower"])
def test_what_was_chosen_of_xla_holds_when_the_run_goes_on(jit, folder, tmp_path, monkeypatch):
    options = {"method": "float", "jit_compile": True, "run_dir": tmp_path / "run", "resume": True}
    compiled, compile_model = [], tf.keras.Model.compile

    def spy(self, *args, jit_compile, **keywords):  # without XLA, which takes long
        compiled.append(jit_compile)
        compile_model(self, *args, **keywords)

    monkeypatch.setattr(tf.keras.Model, "compile", spy)
    monkeypatch.setattr(compiling, "_times", lambda passes: {False: 10.0, True: jit})
    with pytest.raises(Killed):
        run(folder, tmp_path / "a.keras", STEPS, checkpoint_every=2, **options)
    monkeypatch.setattr(compiling, "_times", lambda passes: pytest.fail("timed again"))
    history = run(folder, tmp_path / "a.keras", checkpoint_every=2, **options)
    assert compiled == [jit < 10] * 2
    refused = "jit_compile refused: 20 ms a pass with XLA, 10 ms without, on this CPU"
    assert history.stages[0].notes == ((LINE,) if jit < 10 else (LINE, refused))
    assert len(history.stages[0].loss) == 2


def test_a_damaged_choice_is_refused_with_a_remedy(folder, tmp_path, monkeypatch):
    options = {"method": "float", "jit_compile": True, "run_dir": tmp_path / "run", "resume": True}
    monkeypatch.setattr(compiling, "_times", lambda passes: {False: 1.0, True: 2.0})
    with pytest.raises(Killed):
        run(folder, tmp_path / "a.keras", 1, **options)
    (tmp_path / "run" / "float" / compiling.CHOSEN).write_text("{")
    with pytest.raises(TrainError, match="cannot be read") as caught:
        run(folder, tmp_path / "a.keras", **options)
    assert "remove its folder" in caught.value.remedy
