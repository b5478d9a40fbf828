"""`tinyq verify` as a user calls it."""

import json
from pathlib import Path

import numpy as np
import pytest
from command import call
from deploy_nets import samples, ternary_net, two_input_net
from tools_required import need

from tinyq.cli import verify
from tinyq.graph import write


@pytest.fixture
def model(tmp_path: Path) -> Path:
    write(ternary_net(), tmp_path / "net.tflite")
    np.savez(tmp_path / "x.npz", x=samples(ternary_net(), 3)[0], y=np.zeros(3))
    return tmp_path / "net.tflite"


def test_the_host_gives_the_references_integers_in_every_layer(model, monkeypatch, capsys) -> None:
    need("cc", "make")
    assert call(monkeypatch, "verify", model, "-d", model.with_name("x.npz"), "-b", "host", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["samples"] == 3
    rows = facts["runtimes"]["host"]
    assert len(rows) > 2
    assert all(row["elements"] > 0 and row["differing"] == 0 for row in rows)


def test_the_first_layer_that_differs_is_named(model, monkeypatch, capsys) -> None:
    def broken(folder, inputs, progress):
        graph = verify.exposed(ternary_net()) if folder.name == "layers" else ternary_net()
        outputs = [array.copy() for array in verify.Interpreter(graph).predict(inputs)]
        if folder.name == "layers":
            outputs[1].reshape(3, -1)[2, 5] += 1
        return type("Result", (), {"outputs": outputs})()

    monkeypatch.setattr(verify, "run_folder", broken)
    assert call(monkeypatch, "verify", model, "-d", model.with_name("x.npz"), "-b", "host") == 1
    printed = capsys.readouterr()
    second = verify.shown_steps(ternary_net())[1]
    words = " ".join(printed.err.split())
    assert f"layer {second.name} ({second.kernel})" in words
    assert "1 of" in words
    assert "first: sample 2" in words


def test_an_archive_without_the_inputs_is_refused(model, tmp_path, monkeypatch, capsys) -> None:
    np.savez(tmp_path / "z.npz", z=np.zeros(3))
    assert call(monkeypatch, "verify", model, "-d", tmp_path / "z.npz") == 1
    assert "arrays z (float64)" in " ".join(capsys.readouterr().err.split())
    (tmp_path / "n.npz").write_bytes(b"no archive")
    assert call(monkeypatch, "verify", model, "-d", tmp_path / "n.npz") == 1
    assert "not a .npz file" in " ".join(capsys.readouterr().err.split())


def test_several_inputs_come_from_one_archive_by_name(tmp_path, monkeypatch, capsys) -> None:
    need("cc", "make")
    graph = two_input_net()
    write(graph, tmp_path / "two.tflite")
    names = [graph.tensors[i].name for i in graph.inputs]
    np.savez(tmp_path / "x.npz", **dict(zip(reversed(names), reversed(samples(graph, 2)), strict=True)))
    assert call(monkeypatch, "verify", tmp_path / "two.tflite", "-d", tmp_path / "x.npz", "-b", "host") == 0
    assert "elements that differ" in capsys.readouterr().out
