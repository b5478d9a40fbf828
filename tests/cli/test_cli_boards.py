"""boards, fit, build and flash as a user calls them."""

import json
from pathlib import Path

import pytest
from command import call
from deploy_nets import Net, ternary_net
from rich.console import Console
from tools_required import need

from tinyq.cli import commands_boards as module
from tinyq.core.boards import list_boards
from tinyq.emit import emit_graph
from tinyq.graph import write
from tinyq.run.profile import profile


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.tflite"
    write(ternary_net(), path)
    return path


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A small net, emitted for the board that the test names."""
    net = Net(0)
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", request.param, tmp_path / "out")
    return tmp_path / "out"


def test_boards_lists_all_with_core_and_runner(monkeypatch, capsys):
    assert call(monkeypatch, "boards") == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in list_boards())
    assert "QEMU netduinoplus2" in printed and "openocd" in printed


def test_boards_json_has_the_facts(monkeypatch, capsys):
    assert call(monkeypatch, "boards", "--json") == 0
    facts = {board["name"]: board for board in json.loads(capsys.readouterr().out)}
    assert list(facts) == list(list_boards())
    assert facts["stm32f100"]["ram_kib"] == 8 and facts["stm32f100"]["emulated"] is True
    assert facts["rp2040"]["flasher"] == "picotool" and facts["rp2040"]["emulated"] is False


def test_fit_says_which_boards_a_model_fits_and_what_the_others_are_short_of(tmp_path, monkeypatch, capsys):
    net = Net(0)
    write(net.graph(net.conv(net.input(1, 64, 64, 4), 8, (3, 3), scheme="a8wt")), tmp_path / "wide.tflite")
    assert call(monkeypatch, "fit", tmp_path / "wide.tflite", "--json") == 0
    rows = {row["board"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["stm32f405"]["reference_layers"] == 0
    assert rows["stm32f405"]["fits"] and not rows["stm32f405"]["limits"]
    small = rows["stm32f100"]
    short = small["ram"] - small["ram_there"]
    assert not small["fits"] and small["limits"] == [f"RAM (short of {short:,})"] and short > 0
    assert small["ram"] >= small["arena"] + small["stack"]
    assert call(monkeypatch, "fit", tmp_path / "wide.tflite", "-b", "stm32f100", "-b", "stm32f405") == 0
    printed = capsys.readouterr().out
    assert f"stm32f100 does not fit: RAM (short of {short:,})" in printed
    assert "yes" in printed and "microbit" not in printed


def test_fit_knows_the_time_where_all_layers_were_measured(tmp_path, monkeypatch, capsys):
    net = Net(0)
    write(net.graph(net.conv(net.input(1, 16, 16, 64), 64, (3, 3), scheme="a8wt")), tmp_path / "conv.tflite")
    boards = ("-b", "stm32f405", "-b", "nrf52840", "-b", "host")
    assert call(monkeypatch, "fit", tmp_path / "conv.tflite", *boards, "--json") == 0
    fast, slow, unknown = json.loads(capsys.readouterr().out)
    assert unknown["milliseconds"] is None
    assert fast["instructions"] == slow["instructions"] > 16 * 16 * 9 * 64 * 64 // 4
    assert fast["milliseconds"] * 168 == pytest.approx(slow["milliseconds"] * 64)


def test_fit_knows_the_energy_of_boards_whose_datasheet_told_and_of_what_the_user_tells(
    tmp_path, monkeypatch, capsys
):
    net = Net(0)
    write(net.graph(net.conv(net.input(1, 16, 16, 64), 64, (3, 3), scheme="a8wt")), tmp_path / "conv.tflite")
    boards = ("-b", "stm32f405", "-b", "qemu_cortex_m4")
    assert call(monkeypatch, "fit", tmp_path / "conv.tflite", *boards, "--json") == 0
    told, unknown = json.loads(capsys.readouterr().out)
    assert told["microjoules"] == pytest.approx(told["milliseconds"] * 40 * 3.3)
    assert unknown["microjoules"] is None and unknown["power_from"] is None
    assert call(monkeypatch, "fit", tmp_path / "conv.tflite", *boards) == 0
    assert "uJ of stm32f405: 40 mA at 3.3 V (DS8626" in capsys.readouterr().out
    own = ("--milliamps", 5, "--volts", 1.8, "--json")
    assert call(monkeypatch, "fit", tmp_path / "conv.tflite", *boards, *own) == 0
    for row in json.loads(capsys.readouterr().out):
        assert row["microjoules"] == pytest.approx(row["milliseconds"] * 9)
        assert row["power_from"] == "9 mW, as --milliamps says"


def test_fit_estimates_also_where_a_small_layer_was_not_measured_and_says_so(tmp_path, monkeypatch, capsys):
    net = Net(0)
    values = net.conv(net.input(1, 16, 16, 64), 64, (3, 3), scheme="a8wt")
    write(net.graph(net.dense(net.reshape(values, 1, 16 * 16 * 64), 4)), tmp_path / "net.tflite")
    assert call(monkeypatch, "fit", tmp_path / "net.tflite", "-b", "stm32f405", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["milliseconds"] > 0 and row["counted"] is False
    assert call(monkeypatch, "fit", tmp_path / "net.tflite", "-b", "stm32f405") == 0
    printed = capsys.readouterr().out
    assert f"~{row['milliseconds']:,.1f}" in printed and "--count counts" in printed


@pytest.mark.parametrize("width", [80, 110])
def test_no_figure_of_fit_is_cut(width, model, monkeypatch, capsys):
    assert call(monkeypatch, "fit", model, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    monkeypatch.setattr(module, "out", Console(width=width, highlight=False, markup=False))
    assert call(monkeypatch, "fit", model, "--milliamps", 5) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    for row in rows:
        shown = lines[row["board"]]
        assert all(f"{row[what]:,}" in shown.split() for what in ("flash", "arena", "stack", "ram")), shown
        assert "…" not in shown and shown.split()[-1] == ("yes" if row["fits"] else "no")


def test_fit_of_an_unknown_board_names_the_known_ones(model, monkeypatch, capsys):
    assert call(monkeypatch, "fit", model, "-b", "cortex_z9") == 1
    assert "stm32f405" in capsys.readouterr().err


@pytest.mark.qemu
@pytest.mark.parametrize("folder", ["rp2040"], indirect=True)
def test_build_and_flash_print_the_command_for_the_board(folder, monkeypatch, capsys):
    need("arm-none-eabi-gcc")
    assert call(monkeypatch, "build", folder) == 0
    image = folder.resolve() / "build" / "hello" / "firmware.uf2"
    assert f"flash it: cp {image} " in capsys.readouterr().out
    assert image.stat().st_size % 512 == 0
    assert call(monkeypatch, "flash", folder, "--dry-run") == 0
    assert capsys.readouterr().out.startswith(f"cp {image} ")


@pytest.mark.parametrize("folder", ["host"], indirect=True)
def test_a_board_that_is_not_flashed_is_built_and_refused(folder, monkeypatch, capsys):
    need("cc", "make")
    assert call(monkeypatch, "build", folder) == 0
    assert "for board host" in capsys.readouterr().out
    assert call(monkeypatch, "flash", folder) == 1
    assert "names no flasher" in capsys.readouterr().err


@pytest.mark.qemu
def test_fit_counts_in_qemu_also_for_boards_that_qemu_does_not_run(model, tmp_path, monkeypatch, capsys):
    need("arm-none-eabi-gcc", "qemu-system-arm")
    words = ("fit", model, "-b", "qemu_cortex_m4", "-b", "nrf52840", "-b", "host", "--json", "--count")
    assert call(monkeypatch, *words) == 0
    emulated, real, host = json.loads(capsys.readouterr().out)
    emit_graph(ternary_net(), "net", "qemu_cortex_m4", tmp_path / "c")
    counted = profile(tmp_path / "c")
    assert emulated["instructions"] == real["instructions"] == counted.counts(counted.ticks)
    assert emulated["stack_used"] == counted.stack_bytes < emulated["stack"]
    assert real["milliseconds"] == pytest.approx(1e3 * real["instructions"] / 64e6)
    assert host["instructions"] is None and host["stack_used"] is None
