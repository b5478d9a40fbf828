"""`tinyq quantize`: lists methods, explains rules, writes a quantized model that trains."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from command import call
from tools_required import need
from typer.testing import CliRunner

need("python:tensorflow")

from tinyq.cli import app  # noqa: E402
from tinyq.core.errors import TinyqError  # noqa: E402
from tinyq.quantizers import load_model, quantized_kernels  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402

pytestmark = pytest.mark.train


def run(*arguments: object):
    return CliRunner().invoke(app, ["quantize", *map(str, arguments)], catch_exceptions=True)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            tf.keras.Input((6, 6, 1)),
            layers.Conv2D(4, 3, name="conv"),
            layers.Conv2D(4, 3, name="second"),
            layers.Flatten(),
            layers.Dense(2, name="dense"),
        ]
    )
    model.save(tmp_path / "net.keras")
    return tmp_path / "net.keras"


def test_without_a_model_it_lists_the_methods() -> None:
    found = run()
    assert found.exit_code == 0
    assert "rpr-ternary" in found.stdout
    assert "1810.01018" in found.stdout


def test_explain_says_which_rule_hit_and_writes_nothing(net: Path) -> None:
    before = sorted(net.parent.iterdir())
    found = run(net, "-m", "rpr-ternary", "--explain", "--json")
    rows = json.loads(found.stdout)["layers"]
    assert [row["weights"] for row in rows] == ["float", {"class": "RPR", "levels": 3}, "float"]
    assert rows[0]["rules"] == [{"rule": 1, "pattern": "*"}, {"rule": 2, "pattern": "@first"}]
    assert "RPR(levels=3)" in run(net, "-m", "rpr-ternary", "--explain").stdout
    assert sorted(net.parent.iterdir()) == before


def test_layers_that_a_method_takes_out_are_rows_too(net: Path, tmp_path: Path) -> None:
    first, *others = load_model(net).layers
    model = tf.keras.Sequential(
        [tf.keras.Input((6, 6, 1)), first, tf.keras.layers.ReLU(name="relu"), *others]
    )
    model.save(tmp_path / "relu.keras")
    rows = json.loads(run(tmp_path / "relu.keras", "-m", "rtn", "--explain", "--json").stdout)["layers"]
    assert [(row["layer"], row["dropped"]) for row in rows[:2]] == [("conv", ""), ("relu", "@relu")]
    assert "taken out" in run(tmp_path / "relu.keras", "-m", "rtn", "--explain").stdout


def test_the_written_model_has_quantizers(net: Path, tmp_path: Path) -> None:
    found = run(net, "-m", "tga", "-o", tmp_path / "out.keras")
    assert found.exit_code == 0, found.output
    names = [
        type(kernel.quantizer).__name__ for kernel in quantized_kernels(load_model(tmp_path / "out.keras"))
    ]
    assert names == ["TGA"] * 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("-m", "int5"), "rpr-binary"), (("-o", "out.h5"), ".keras")],
)
def test_mistakes_are_told(net: Path, arguments, message: str) -> None:
    found = run(net, *arguments)
    assert isinstance(found.exception, TinyqError)
    assert message in str(found.exception)


def test_the_command_that_the_refusal_names_finishes_the_model(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(8, 6, 6, 1)).astype(np.float32))
    assert run(net, "-m", "rpr-ternary", "-o", tmp_path / "new one.keras").exit_code == 0
    convert = ("convert", "--representative", tmp_path / "x.npy")
    assert call(monkeypatch, *convert, tmp_path / "new one.keras") == 1
    error = " ".join(capsys.readouterr().err.split())
    assert "second.kernel: freezing fraction 0, not 1" in error
    command = re.search("`tinyq (quantize .* --finish)`", error)
    assert command is not None
    assert call(monkeypatch, *shlex.split(command[1])) == 0
    assert call(monkeypatch, *convert, tmp_path / "new one.finished.keras") == 0
    assert "a8wt" in capsys.readouterr().out


def test_finishing_a_float_model_is_a_mistake(net: Path) -> None:
    found = run(net, "--finish")
    assert isinstance(found.exception, TinyqError)
    assert "no quantizers" in str(found.exception)
