"""profile as a user calls it."""

import json
from pathlib import Path

import numpy as np
import pytest
from command import call
from deploy_nets import samples, ternary_net
from tools_required import need

from tinyq.graph import write


@pytest.fixture
def model(tmp_path: Path) -> Path:
    write(ternary_net(), tmp_path / "net.tflite")
    return tmp_path / "net.tflite"


@pytest.mark.qemu
def test_a_table_with_bars_and_a_chart(model, tmp_path, monkeypatch, capsys):
    need("arm-none-eabi-gcc", "qemu-system-arm")
    pytest.importorskip("matplotlib")
    chart = tmp_path / "chart.png"
    assert call(monkeypatch, "profile", model, "--board", "qemu_cortex_m4", "--png", chart) == 0
    printed = capsys.readouterr().out
    assert "net on qemu_cortex_m4, emulated" in printed and "estimate" in printed and "█" in printed
    assert "start-up check: " in printed and " bytes of stack, never more than " in printed
    assert chart.read_bytes().startswith(b"\x89PNG")


def test_json_of_a_folder_has_every_layer(model, tmp_path, monkeypatch, capsys):
    need("cc")
    assert call(monkeypatch, "emit", model, "--board", "host", "-o", tmp_path / "c") == 0
    capsys.readouterr()
    assert call(monkeypatch, "profile", tmp_path / "c", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["board"] == "host" and facts["unit"] == "ticks" and facts["arena_kept"] is True
    assert len(facts["layers"]) == 6 and abs(sum(x["share"] for x in facts["layers"]) - 1) < 0.01


def test_a_folder_is_not_profiled_as_another_board(model, tmp_path, monkeypatch, capsys):
    assert call(monkeypatch, "emit", model, "--board", "host", "-o", tmp_path / "c") == 0
    assert call(monkeypatch, "profile", tmp_path / "c", "--board", "microbit") == 1
    said = capsys.readouterr().err
    assert "microbit beside a folder" in said and "a folder knows its board" in said


def test_mistakes_are_one_clear_error(model, tmp_path, monkeypatch, capsys):
    assert call(monkeypatch, "profile", tmp_path / "nothing") == 1
    assert "no such file or folder" in capsys.readouterr().err
    assert call(monkeypatch, "profile", model, "--png", tmp_path / "chart.pdf") == 1
    assert ".png" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "profile", "verify"])
def test_a_file_for_a_board_that_is_flashed_is_refused_with_what_to_do(
    command, model, tmp_path, monkeypatch, capsys
):
    np.save(tmp_path / "x.npy", samples(ternary_net(), 1)[0])
    given = {"run": ("-i", tmp_path / "x.npy"), "verify": ("-d", tmp_path / "x.npy"), "profile": ()}
    assert call(monkeypatch, command, model, "-b", "nrf52840", *given[command]) == 1
    said = capsys.readouterr().err
    app = "evaluate" if command == "run" else "bench"
    assert f"tinyq emit {model} -b nrf52840 -o DIR, then tinyq flash DIR --app {app}" in said
    asked = f"run {model} --folder DIR" if command == "run" else "profile DIR"
    assert f"tinyq {asked} --port PORT" in said


def test_a_file_has_no_port(model, monkeypatch, capsys):
    assert call(monkeypatch, "profile", model, "-b", "nrf52840", "--port", "/dev/ttyACM7") == 1
    said = capsys.readouterr().err
    assert "--port with a .tflite file" in said and "tinyq profile DIR --port /dev/ttyACM7" in said
