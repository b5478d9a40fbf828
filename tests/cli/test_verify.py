"""`tinyq verify` as a user calls it."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from command import call
from deploy_nets import float_net, lce_net, samples, ternary_net, two_input_net
from tools_required import need

from tinyq.cli import verify, verify_runtimes
from tinyq.graph import write


@pytest.fixture
def model(tmp_path: Path) -> Path:
    write(ternary_net(), tmp_path / "net.tflite")
    np.savez(tmp_path / "x.npz", x=samples(ternary_net(), 3)[0], y=np.zeros(3))
    return tmp_path / "net.tflite"


def test_the_host_gives_the_references_integers_in_every_layer(model, monkeypatch, capsys) -> None:
    need("cc", "make")
    assert (
        call(
            monkeypatch,
            "verify",
            model,
            "-d",
            model.with_name("x.npz"),
            "-b",
            "host",
            "--runtimes",
            "",
            "--json",
        )
        == 0
    )
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
    assert (
        call(monkeypatch, "verify", model, "-d", model.with_name("x.npz"), "-b", "host", "--runtimes", "")
        == 1
    )
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
    words = ("-d", tmp_path / "x.npz", "-b", "host", "--runtimes", "")
    assert call(monkeypatch, "verify", tmp_path / "two.tflite", *words) == 0
    assert "elements that differ" in capsys.readouterr().out


def verified(graph, tmp_path: Path, monkeypatch, capsys, runtimes: str) -> tuple[int, dict]:
    """Exit status and JSON of a call with other runtimes and no board."""
    write(graph, tmp_path / "net.tflite")
    np.savez(tmp_path / "x.npz", x=samples(graph, 2)[0])
    words = ("-d", tmp_path / "x.npz", "-b", "", "--runtimes", runtimes, "--json")
    status = call(monkeypatch, "verify", tmp_path / "net.tflite", *words)
    return status, json.loads(capsys.readouterr().out)


def test_litert_gives_the_references_integers_in_every_layer(tmp_path, monkeypatch, capsys) -> None:
    need("python:ai_edge_litert", "cc", "cmake")
    status, facts = verified(ternary_net(), tmp_path, monkeypatch, capsys, "litert")
    assert status == 0
    rows = facts["runtimes"]["litert"]
    assert len(rows) > 2
    assert all(row["elements"] > 0 and row["differing"] == row["allowed"] == 0 for row in rows)


def test_tflite_micros_wheel_runs_a_file_of_built_in_operators(tmp_path, monkeypatch, capsys) -> None:
    need("python:tflite_micro")
    monkeypatch.delenv("TFLM_INCLUDE_DIRS", raising=False)
    monkeypatch.delenv("TFLM_LIBRARY", raising=False)
    status, facts = verified(float_net(), tmp_path, monkeypatch, capsys, "tflm")
    assert status == 0
    assert len(facts["runtimes"]["tflm"]) > 8
    assert all(row["largest"] == 0 for row in facts["runtimes"]["tflm"])


def test_lces_interpreter_runs_every_layer_on_the_references_inputs(tmp_path, monkeypatch, capsys) -> None:
    need("python:larq_compute_engine")
    status, facts = verified(lce_net(), tmp_path, monkeypatch, capsys, "lce")
    assert status == 0
    rows = {row["kernel"]: row for row in facts["runtimes"]["lce"]}
    assert {"lce_bconv_2d_a1", "lce_bconv_2d_f32", "lce_bconv_2d_a8", "lce_max_pool_2d_a1"} <= set(rows)
    assert all(row["largest"] == 0 for kernel, row in rows.items() if kernel.startswith("lce_"))
    assert 0 < rows["conv_2d_f32"]["allowed"] < 1e-3


def test_a_runtime_that_is_absent_is_a_row_with_the_reason(model, monkeypatch, capsys) -> None:
    def find_spec(name: str):
        return None if name in ("tflite_micro", "larq_compute_engine") else original(name)

    original = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    monkeypatch.setattr(verify_runtimes.litert, "PACKAGE", "no-such-package")
    monkeypatch.setenv("TFLM_INCLUDE_DIRS", "nowhere")
    monkeypatch.delenv("TFLM_LIBRARY", raising=False)
    words = ("-d", model.with_name("x.npz"), "-b", "")
    assert call(monkeypatch, "verify", model, *words) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "litert │ not here: the package no-such-package is missing" in printed
    assert "tflm │ not here: the environment variable TFLM_LIBRARY is not set" in printed
    assert "lce │ not here: its interpreter has no TqConv2D" in printed
    assert call(monkeypatch, "verify", model, *words, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["runtimes"], set(facts["absent"])) == ({}, {"litert", "tflm", "lce"})


def test_a_runtime_whose_integers_differ_fails_and_is_named(model, monkeypatch, capsys) -> None:
    def wrong(runtime, data, inputs):
        outputs = [array.copy() for array in verify.Interpreter(ternary_net()).predict(inputs)]
        outputs[0].reshape(3, -1)[1, 2] ^= 1
        return outputs

    monkeypatch.setattr(verify_runtimes, "_missing", lambda *_: "")
    monkeypatch.setattr(verify_runtimes, "_predict", wrong)
    words = ("-d", model.with_name("x.npz"), "-b", "", "--runtimes", "litert")
    assert call(monkeypatch, "verify", model, *words) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "on litert, layer" in said and "as it is): 1 of" in said


def test_an_unknown_runtime_is_refused(model, monkeypatch, capsys) -> None:
    words = ("-d", model.with_name("x.npz"), "--runtimes", "litert,onnx")
    assert call(monkeypatch, "verify", model, *words) == 1
    assert "onnx" in capsys.readouterr().err
