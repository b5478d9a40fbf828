"""inspect, emit and run as a user calls them: what they print, and what they say to mistakes."""

import errno
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import call
from deploy_nets import float_net, samples, ternary_net, two_input_net
from serial_program import serial_program
from stripe_nets import eegnet
from tools_required import need

from tinyq.cli import commands_deploy, commands_train, demo, inspect
from tinyq.core.boards import load_board
from tinyq.emit import emitter
from tinyq.emit.layout import lay_out
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import write
from tinyq.run import build


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.tflite"
    write(ternary_net(), path)
    return path


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    path = tmp_path / "x.npy"
    np.save(path, samples(ternary_net(), 3)[0])
    return path


def test_inspect_prints_every_layer_and_the_arena(model, monkeypatch, capsys):
    assert call(monkeypatch, "inspect", model, "--board", "host") == 0
    printed = capsys.readouterr().out
    assert "conv_2d_a8wt" in printed
    assert "arena" in printed
    assert "fits" in printed


def test_inspect_json_counts_bits_of_packed_weights(model, monkeypatch, capsys):
    assert call(monkeypatch, "inspect", model, "--json", "--board", "qemu_cortex_m4") == 0
    facts = json.loads(capsys.readouterr().out)
    ternary = [layer for layer in facts["layers"] if layer["kernel"].endswith("a8wt")]
    assert ternary
    for layer in ternary:
        assert layer["weight_bytes"] == -(-layer["weights"] // 5)
    assert facts["totals"]["arena_bytes"] >= facts["totals"]["arena_lower_bound_bytes"]
    assert facts["board"]["fits"] is True


def test_a_limited_arena_is_kept_by_emit_and_inspect_or_refused_in_clear_words(tmp_path, monkeypatch, capsys):
    model = tmp_path / "signal.tflite"
    write(eegnet(400, 12), model)
    assert call(monkeypatch, "inspect", model, "-b", "stm32f405", "--json") == 0
    plain = json.loads(capsys.readouterr().out)["totals"]["arena_bytes"]
    kib = plain / 1024 - 1
    assert call(monkeypatch, "inspect", model, "-b", "stm32f405", "--json", "--arena-kib", kib) == 0
    limited = json.loads(capsys.readouterr().out)["totals"]["arena_bytes"]
    assert limited <= plain - 1024
    emit = ("emit", model, "-b", "stm32f405", "-o", tmp_path / "c", "--arena-kib")
    assert call(monkeypatch, *emit, kib) == 0
    assert f"arena {limited:,} bytes" in " ".join(capsys.readouterr().out.split())
    before = sorted(tmp_path.rglob("*"))
    assert call(monkeypatch, *emit, 1) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "1,024 were allowed" in said and "--arena-kib" in said and sorted(tmp_path.rglob("*")) == before
    assert call(monkeypatch, "inspect", model, "--arena-kib", 9) == 1
    assert "with --board" in capsys.readouterr().err


def test_run_on_host_writes_the_references_outputs(model, inputs, tmp_path, monkeypatch, capsys):
    need("cc", "make")
    y = tmp_path / "y.npz"
    assert call(monkeypatch, "run", model, "-b", "host", "-i", inputs, "-o", y, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["identical"] == facts["samples"] == 3
    stored = np.load(y)
    for i, expected in enumerate(Interpreter(ternary_net()).predict(np.load(inputs)[:, 0])):
        assert np.array_equal(stored[f"output_{i}"], expected)


def test_run_quantizes_real_inputs_as_the_float_model_would(model, inputs, tmp_path, monkeypatch):
    need("cc", "make")
    graph = ternary_net()
    affine = graph.tensors[graph.inputs[0]].quantization
    real = tmp_path / "real.npy"
    np.save(real, ((np.load(inputs).astype(np.float32) - affine.zero_point[0]) * affine.scale[0]))
    for name, x in (("a.npz", inputs), ("b.npz", real)):
        assert call(monkeypatch, "run", model, "-b", "host", "-i", x, "-o", tmp_path / name) == 0
    a, b = np.load(tmp_path / "a.npz"), np.load(tmp_path / "b.npz")
    assert all(np.array_equal(a[name], b[name]) for name in ("output_0", "output_1"))


def test_run_takes_several_inputs_in_order(tmp_path, monkeypatch, capsys):
    need("cc", "make")
    graph = two_input_net()
    path = tmp_path / "two.tflite"
    write(graph, path)
    words: list[object] = ["run", path, "-b", "host", "--json"]
    for i, array in enumerate(samples(graph, 2)):
        np.save(tmp_path / f"{i}.npy", array)
        words += ["-i", tmp_path / f"{i}.npy"]
    assert call(monkeypatch, *words) == 0
    assert json.loads(capsys.readouterr().out)["identical"] == 2
    assert call(monkeypatch, *words[:-2]) == 1
    assert "in this order" in capsys.readouterr().err


@pytest.mark.qemu
def test_run_on_the_emulated_board_counts_instructions(model, inputs, monkeypatch, capsys):
    need("arm-none-eabi-gcc", "qemu-system-arm", "make")
    assert call(monkeypatch, "run", model, "-i", inputs, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["identical"] == 3
    assert facts["instructions_per_inference"] > sum(layer["macs"] for layer in facts["layers"]) / 10
    assert facts["stack_bytes"] > 0


def test_run_takes_a_folder_as_it_was_emitted_here_and_at_a_port(
    model, inputs, tmp_path, monkeypatch, capsys
):
    need("cc", "make")
    folder, other = tmp_path / "net", tmp_path / "other"
    assert call(monkeypatch, "emit", model, "-b", "host", "-o", folder) == 0
    assert call(monkeypatch, "run", model, "--folder", folder, "-i", inputs, "--json") == 0
    capsys.readouterr()
    with serial_program([build(folder, "evaluate")]) as port:
        words = ["run", model, "-i", inputs, "--port", port]
        assert call(monkeypatch, *words, "--folder", folder) == 0
        said = capsys.readouterr().out
        assert "3 of 3 outputs identical to the reference, on host" in said and "us per inference" in said
        assert call(monkeypatch, *words) == 1
        said = capsys.readouterr().err
        assert "--port with a .tflite file" in said and "tinyq flash DIR --app evaluate" in said
        assert f"--folder DIR --port {port}" in " ".join(said.split())
        assert call(monkeypatch, *words, "--folder", folder, "-b", "host") == 1
        assert "a folder knows its board" in capsys.readouterr().err
    assert call(monkeypatch, "emit", model, "-b", "nucleo_f446re", "-o", other) == 0
    assert call(monkeypatch, "run", model, "--folder", other, "-i", inputs) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "--app evaluate, then tinyq run MODEL --folder" in said


def test_what_a_chip_counts_is_cycles(model, inputs, tmp_path, monkeypatch, capsys):
    need("cc", "make")
    folder = tmp_path / "net"
    assert call(monkeypatch, "emit", model, "-b", "host", "-o", folder) == 0
    program = build(folder, "evaluate")
    chip = replace(load_board("stm32f405"), name="host")
    monkeypatch.setattr("tinyq.run.emitted.load_board", lambda _: chip)
    monkeypatch.setattr("tinyq.run.runner.build", lambda *_: program)
    monkeypatch.setattr("tinyq.run.runner.stack_bound", lambda *_: None)
    with serial_program([program]) as port:
        words = ["run", model, "-i", inputs, "--folder", folder, "--port", port]
        assert call(monkeypatch, *words) == 0
        said = capsys.readouterr().out
        assert "cycles per inference" in said and "instructions" not in said and "us per inference" in said
        assert call(monkeypatch, *words, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["tick"] == "cycles" and facts["latency_us"] > 0


def test_float_in_and_out_model_runs(tmp_path, monkeypatch, capsys):
    need("cc", "make")
    path = tmp_path / "float.tflite"
    write(float_net(), path)
    np.save(tmp_path / "x.npy", samples(float_net(), 2)[0].astype(np.float64))
    assert call(monkeypatch, "run", path, "-b", "host", "-i", tmp_path / "x.npy", "--json") == 0
    assert json.loads(capsys.readouterr().out)["identical"] == 2


def edited(path: Path, array: np.ndarray) -> Path:
    np.save(path, array)
    return path


MISTAKES = {
    "no such file": lambda d: ["inspect", d / "none.tflite"],
    "cut file": lambda d: ["inspect", d / "cut.tflite"],
    "text file": lambda d: ["inspect", d / "text.tflite"],
    "unknown board": lambda d: ["emit", d / "net.tflite", "-b", "nucleo", "-o", d / "c"],
    "unknown board, run": lambda d: ["run", d / "net.tflite", "-b", "nucleo", "-i", d / "x.npy"],
    "not an array": lambda d: ["run", d / "net.tflite", "-b", "host", "-i", d / "text.tflite"],
    "wrong shape": lambda d: [
        "run",
        d / "net.tflite",
        "-b",
        "host",
        "-i",
        edited(d / "s.npy", np.zeros((2, 3), np.int8)),
    ],
    "wrong dtype": lambda d: [
        "run",
        d / "net.tflite",
        "-b",
        "host",
        "-i",
        edited(d / "d.npy", np.zeros((2, 3), np.uint8)),
    ],
    "NaN": lambda d: [
        "run",
        d / "net.tflite",
        "-b",
        "host",
        "-i",
        edited(d / "n.npy", np.full((2, 3), np.nan)),
    ],
    "objects": lambda d: ["run", d / "net.tflite", "-b", "host", "-i", edited(d / "o.npy", np.array([{}]))],
    "labels": lambda d: ["run", d / "net.tflite", "-b", "host", "-i", d / "x.npy", "--labels", d / "x.npy"],
    "foreign folder": lambda d: ["emit", d / "net.tflite", "-b", "host", "-o", d],
    "ask": lambda d: ["convert", d / "net.tflite", "-o", d / "p.tflite", "--ask", "nolayer=a8wt"],
    "bad scheme": lambda d: ["convert", d / "net.tflite", "-o", d / "p.tflite", "--ask", "*=a9wt"],
    "same file": lambda d: ["convert", d / "net.tflite", "-o", d / "net.tflite"],
    "infinite": lambda d: [
        *("run", d / "net.tflite", "-b", "host"),
        *("-i", edited(d / "i.npy", np.full((2, 6, 6, 3), np.inf))),
    ],
    "outputs of another suffix": lambda d: [
        *("run", d / "net.tflite", "-b", "host", "-i", d / "x.npy", "-o", d / "y.txt"),
    ],
    "a folder for an array": lambda d: ["run", d / "net.tflite", "-b", "host", "-i", d],
    "a folder for a model": lambda d: ["inspect", d],
    "a device for a model": lambda d: ["convert", d / "net.tflite", "-o", "/dev/null"],
    "a single number": lambda d: [
        *("run", d / "net.tflite", "-b", "host", "--labels", d / "x.npy"),
        *("-i", edited(d / "zero_d.npy", np.array(3, np.int8))),
    ],
    "no folder": lambda d: ["convert", d / "net.tflite", "-o", d / "no" / "p.tflite"],
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_error_and_changes_no_file(
    mistake, model, inputs, tmp_path, monkeypatch, capsys
):
    (tmp_path / "cut.tflite").write_bytes(model.read_bytes()[:200])
    (tmp_path / "text.tflite").write_text("this is no model\n" * 30)
    words = MISTAKES[mistake](tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert call(monkeypatch, *words) == 1
    err = capsys.readouterr().err
    assert err.count("error:") == 1
    assert "Traceback" not in err
    assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


@pytest.mark.parametrize(("board", "package"), [("host", "gcc"), ("qemu_cortex_m4", "gcc-arm-none-eabi")])
def test_missing_compiler_is_named_with_its_package(board, package, model, inputs, tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path)}
    command = [
        sys.executable,
        "-c",
        "from tinyq.cli import main; main()",
        "run",
        model,
        "-b",
        board,
        "-i",
        inputs,
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert package in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("value", "message"),
    [(np.nan, "NaN or infinite"), (-np.inf, "NaN or infinite"), (1e39, "values up to 1e\\+39")],
)
def test_what_float32_cannot_hold_is_refused_by_float_models_too(
    value, message, tmp_path, monkeypatch, capsys
):
    path = tmp_path / "float.tflite"
    write(float_net(), path)
    x = samples(float_net(), 2)[0].astype(np.float64)
    x[1, ..., -1] = value
    words = ["run", path, "-b", "host", "-i", edited(tmp_path / "x.npy", x)]
    assert call(monkeypatch, *words) == 1
    assert re.search(message, capsys.readouterr().err)


def test_places_for_results_are_refused_before_the_work(model, inputs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(commands_deploy, "Interpreter", None)  # it would fail in another way
    monkeypatch.setattr(demo, "need_training_extra", lambda: None)
    monkeypatch.setattr(demo, "_runnable", str)
    monkeypatch.setattr(demo, "_folds", None)
    monkeypatch.setattr(commands_train, "need_training_extra", None)
    (tmp_path / "folder.npz").mkdir()
    run = ("run", model, "-b", "host", "-i", inputs, "-o")
    for words in (
        (*run, tmp_path / "none" / "y.npz"),
        (*run, tmp_path / "folder.npz"),
        (*run, tmp_path / "y.npy"),
        ("demo", "--json", "/dev/null"),
        ("train", "digits_cnn", "-o", tmp_path / "none" / "m.keras"),
        ("train", "digits_cnn", "-o", tmp_path / "m.h5"),
    ):
        assert call(monkeypatch, *words) == 1
        assert capsys.readouterr().err.count("error:") == 1


def denied(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/locked/file")


@pytest.mark.parametrize("what", ["open", "exists", "read_text", "mkdtemp", "stat"])
def test_a_missing_permission_is_one_message_with_the_path(
    what, model, inputs, tmp_path, monkeypatch, capsys
):
    """As root nothing is denied: the calls are made to fail."""
    if what == "mkdtemp":
        monkeypatch.setattr(tempfile, "mkdtemp", denied)
    else:
        monkeypatch.setattr(Path, what, denied)
    assert call(monkeypatch, "run", model, "-b", "host", "-i", inputs, "-o", tmp_path / "y.npz") == 1
    monkeypatch.undo()
    err = capsys.readouterr().err.replace("\n", "")
    assert err.count("error:") == 1
    assert "Permission denied" in err
    assert "/locked/file" in err or str(tmp_path) in err
    assert "Traceback" not in err


def test_an_array_that_may_not_be_read_is_named(model, inputs, monkeypatch, capsys):
    monkeypatch.setattr(np, "load", denied)
    assert call(monkeypatch, "run", model, "-b", "host", "-i", inputs) == 1
    assert "x.npy: cannot be read (Permission denied)" in capsys.readouterr().err.replace("\n", "")


def test_usage_errors_are_status_2(monkeypatch):
    assert call(monkeypatch, "inspect") == 2
    assert call(monkeypatch, "run", "x.tflite", "--no-such-option") == 2
    for option, value in (("--epochs", 0), ("--checkpoint-every", 0), ("--seed", -1)):
        assert call(monkeypatch, "train", "digits_cnn", option, value) == 2


@pytest.mark.parametrize(("board", "cpu"), [(None, None), ("qemu_cortex_m4", "cortex-m4")])
def test_inspect_lays_out_for_the_boards_core(board, cpu, model, monkeypatch):
    cores = []

    def watched(graph, steps, core=None, *how, **named):
        cores.append(core)
        return lay_out(graph, steps, core, *how, **named)

    for module in (inspect, emitter):
        monkeypatch.setattr(module, "lay_out", watched)
    assert call(monkeypatch, "inspect", model, *(("--board", board) if board else ())) == 0
    assert set(cores) == {cpu}


def test_help_of_convert_says_where_the_report_goes(monkeypatch, capsys):
    assert call(monkeypatch, "convert", "--help") == 0
    assert "a second model in the same folder overwrites it" in " ".join(capsys.readouterr().out.split())


def test_help_of_convert_says_which_runtime_each_target_is_for(monkeypatch, capsys):
    assert call(monkeypatch, "convert", "--help") == 0
    text = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for words in ("Larq Compute Engine's interpreter", "any TFLite runtime", "TFLite Micro"):
        assert words in text


def test_commands_that_emit_prints_can_be_given_to_a_shell(tmp_path, monkeypatch, capsys):
    write(ternary_net(), tmp_path / "net.tflite")
    there = tmp_path / "a folder"
    assert call(monkeypatch, "emit", tmp_path / "net.tflite", "--board", "host", "-o", there) == 0
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("build it: ")]
    words = shlex.split(line)
    build_folder = f"{there}/build"
    configure = ["cmake", "-S", str(there), "-B", build_folder]
    assert words[2:] == [*configure, "&&", "cmake", "--build", build_folder]
