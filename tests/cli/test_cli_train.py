"""train, convert and demo as a user calls them."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from command import call
from tools_required import need

from tinyq.cli import demo

pytestmark = pytest.mark.train


@pytest.mark.qemu
def test_demo_reaches_its_targets(tmp_path, monkeypatch, capsys):
    need("python:tensorflow", "python:larq", "arm-none-eabi-gcc", "qemu-system-arm", "make")
    assert call(monkeypatch, "demo", "-o", tmp_path / "demo", "--json", tmp_path / "demo.json") == 0
    facts = json.loads((tmp_path / "demo.json").read_text())
    accuracy, nets = facts["accuracy"], facts["nets"]
    assert facts["samples"] >= 2 * 360
    assert facts["identical"] == facts["samples"]
    assert accuracy["board"] == accuracy["reference"] >= 0.985
    assert accuracy["keras_float"] - accuracy["board"] <= 0.006
    assert nets["ternary"]["weight_bytes"] <= nets["int8"]["weight_bytes"] / 4
    assert nets["ternary"]["footprint"]["runtime_code_bytes"] <= 16 * 1024
    weighted = [layer for layer in nets["ternary"]["layers"] if layer["weights"]]
    assert len(weighted) == 5
    assert all(layer["kernel"].endswith("a8wt") for layer in weighted)
    assert "outputs identical" in capsys.readouterr().out


def test_demo_without_the_emulator_says_so_and_takes_the_host(monkeypatch, capsys):
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name in demo.TOOLS else which(name))
    assert demo._runnable("qemu_cortex_m4") == "host"
    assert "apt-get install" in capsys.readouterr().err
    assert demo._runnable("host") == "host"


def test_train_convert_run_by_their_defaults(tmp_path, monkeypatch, capsys):
    need("python:tensorflow", "python:larq", "cc", "make")
    keras = tmp_path / "net.keras"
    assert call(monkeypatch, "train", "digits_cnn", "-o", keras, "--epochs", 1) == 0
    assert call(monkeypatch, "convert", keras, "--json") == 0
    out = capsys.readouterr().out
    report = json.loads(out[out.index("{") :])
    assert [layer["stored"] for layer in report["layers"]] == ["a8wt"] * 5
    assert json.loads((tmp_path / "report.json").read_text()) == report
    x, y = keras.with_suffix(".test_x.npy"), keras.with_suffix(".test_y.npy")
    tflite = keras.with_suffix(".tflite")
    assert call(monkeypatch, "run", tflite, "-b", "host", "-i", x, "--labels", y, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["identical"] == facts["samples"] == len(np.load(y))
    written = {path.name for path in tmp_path.iterdir()}
    assert {"net.history.json", "net.tflite", "report.json"} <= written
    assert ignored(written) == written  # by git, where someone works in a clone


def ignored(names: set[str]) -> set[str]:
    """Those that git leaves alone at the top of a clone."""
    need("git")
    root = Path(__file__).resolve().parent.parent.parent
    if not (root / ".git").exists():
        pytest.skip("no clone")
    asked = ["git", "-C", root, "check-ignore", "--no-index", *sorted(names)]
    return set(subprocess.run(asked, capture_output=True, text=True).stdout.split())


def test_dry_run_writes_nothing(tmp_path, monkeypatch, capsys):
    need("python:tensorflow", "python:larq")
    words = ("train", "digits_cnn", "-o", tmp_path / "x.keras", "--dry-run")
    assert call(monkeypatch, *words, "--model-option", "channels=[4, 8]") == 0
    out = capsys.readouterr().out
    assert "nothing was written" in out and "conv_1" in out and " 36 " in out  # 3 * 3 * 4 weights
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ["train", "no_such_model"],
        ["train", "digits_cnn", "-m", "quaternary"],
        ["train", "digits_cnn", "--model-option", "depth=3"],
        ["train", "digits_cnn", "-o", "model.h5"],
        ["train", "eeg_eegnet", "--data", "/nonexistent"],
        ["convert", "pyproject.toml"],
    ],
    ids=" ".join,
)
def test_mistakes_are_one_clear_error(words, monkeypatch, capsys):
    need("python:tensorflow", "python:larq")
    assert call(monkeypatch, *words) == 1
    err = capsys.readouterr().err
    assert err.count("error:") == 1
    assert "Traceback" not in err
