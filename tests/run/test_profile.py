"""tinyq.run.profile: counts of layers, from an emulator and from a board behind a serial port."""

import json
import os
import threading
import tty
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import NETS, samples
from serial_program import serial_program
from tools_required import need

from tinyq.core.boards import load_board
from tinyq.core.errors import RunError
from tinyq.emit import emit_graph
from tinyq.run import build, run
from tinyq.run import profile as module
from tinyq.run.profile import profile


def deployed(board: str, net: str, folder: Path) -> Path:
    facts = load_board(board)
    need(facts.compiler, *([facts.emulator] if facts.runner == "qemu" else []))
    emit_graph(NETS[net](), net, board, folder)
    return folder


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deployed("host", "ternary", tmp_path_factory.mktemp("profile") / "out")


@pytest.mark.qemu
@pytest.mark.parametrize("board", ["qemu_cortex_m4", "microbit"])
def test_layers_are_counted_and_make_up_the_inference(board: str, tmp_path: Path) -> None:
    folder = deployed(board, "ternary", tmp_path / "out")
    result = profile(folder, options={"TQ_WERROR": "ON"})
    layers, whole = result.counts(result.layer_ticks), int(result.counts(result.ticks))
    assert result.unit == "instructions" and result.emulated and result.microseconds is None
    assert layers.min() > 0 and abs(whole - int(layers.sum())) < 60 * len(layers)
    assert result.counts(result.check_ticks) > whole  # an inference, and the CRC of the constants
    assert result.arena_kept and result.stack_bytes is not None and result.stack_bytes > 100


@pytest.mark.qemu
def test_its_counts_are_those_of_run(tmp_path: Path) -> None:
    folder = deployed("qemu_cortex_m4", "ternary", tmp_path / "out")
    ran = run(folder, [np.zeros_like(x) for x in samples(NETS["ternary"](), 1)])
    counted = profile(folder)
    assert ran.layer_instructions is not None
    apart = np.abs(counted.counts(counted.layer_ticks) - ran.layer_instructions)
    assert apart.max() <= 0.02 * ran.layer_instructions.max()  # inputs of other values


def test_this_computer_counts_time(host: Path) -> None:
    result = profile(host)
    assert result.unit == "ticks" and result.stack_bytes is None
    assert result.microseconds is not None and result.microseconds > 0


def test_a_board_behind_a_port_is_asked_again_and_again(host: Path) -> None:
    with serial_program([str(build(host, "bench"))]) as port:
        for _ in range(2):
            result = profile(host, port, timeout_s=20)
            assert not result.emulated and len(result.layer_ticks) == len(result.model.layers)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("sleep 9", r"no report within 3 s \(0 bytes came\)"),
        (
            "head -c 1 >/dev/null; printf 'tinyq fault 09\\n'; sleep 9",
            "(?s)fault 9 .*constants are not those",
        ),
        (
            "head -c 1 >/dev/null; printf 'hello, a demo\\nnoise \\200\\n'; sleep 9",
            "no report within 3 s .*at last 'hello, a demo'",
        ),
    ],
)
def test_a_board_that_says_something_else_is_an_error(host: Path, script: str, message: str) -> None:
    with (
        serial_program(["/bin/sh", "-c", script]) as port,
        pytest.raises(RunError, match=message),
    ):
        profile(host, port, timeout_s=3)


def test_a_board_that_never_says_anything_is_given_up_soon(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "silent_s", lambda model, inferences: 0.5)
    remedy = "(?s)0 bytes came.*bench at 115200 baud.*its UART.*tinyq flash .* --app bench"
    with serial_program(["sleep", "9"]) as port, pytest.raises(RunError, match=remedy):
        profile(host, port)


def test_a_cable_that_is_pulled_is_an_error(host: Path) -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    port = os.ttyname(theirs)
    os.close(theirs)
    threading.Timer(5.0, os.close, [ours]).start()
    with pytest.raises(RunError, match=r"(?s)the port is gone .*still plugged in\?"):
        profile(host, port, timeout_s=20)


def test_another_model_on_the_board_is_an_error(host: Path, tmp_path: Path) -> None:
    other = build(deployed("host", "two_input", tmp_path / "out"), "bench")
    with (
        serial_program([str(other)]) as port,
        pytest.raises(RunError, match="(?s)runs another model.*tinyq flash .* --app bench"),
    ):
        profile(host, port, timeout_s=20)


def test_another_board_at_the_port_is_an_error_as_its_clock_is_another(host: Path, tmp_path: Path) -> None:
    folder = deployed("linux_arm64", "ternary", tmp_path / "out")
    message = "(?s)board 'host' answers.*board 'linux_arm64'.*port of board 'linux_arm64'.*tinyq flash"
    with (
        serial_program([str(build(host, "bench"))]) as port,
        pytest.raises(RunError, match=message),
    ):
        profile(folder, port, timeout_s=20)


def test_other_weights_on_the_board_are_another_model(host: Path, tmp_path: Path) -> None:
    changed = deployed("host", "ternary", tmp_path / "out")
    facts = json.loads((changed / "model.json").read_text())
    facts["constants_crc32"] ^= 1
    (changed / "model.json").write_text(json.dumps(facts))
    with (
        serial_program([str(build(host, "bench"))]) as port,
        pytest.raises(RunError, match="runs another model"),
    ):
        profile(changed, port, timeout_s=20)


def test_a_port_that_is_not_there_or_busy_is_an_error(host: Path) -> None:
    with pytest.raises(RunError, match="(?s)port /dev/ttyNOWHERE: there is no such port.*serial port: "):
        profile(host, "/dev/ttyNOWHERE")
    serial = pytest.importorskip("serial")
    with (
        serial_program(["sleep", "9"]) as port,
        serial.Serial(port, exclusive=True),
        pytest.raises(RunError, match="another program has it open"),
    ):
        profile(host, port)


def test_a_board_that_cannot_be_started_here_wants_a_port(tmp_path: Path) -> None:
    emit_graph(NETS["ternary"](), "net", "nrf52840", tmp_path / "out")
    with pytest.raises(RunError, match="(?s)nrf52840.*tinyq flash .* --app bench.*--port PORT"):
        profile(tmp_path / "out")


def test_estimates_go_with_the_folder(tmp_path: Path) -> None:
    emit_graph(NETS["ternary"](), "net", "qemu_cortex_m4", tmp_path / "out")
    layers = json.loads((tmp_path / "out" / "model.json").read_text())["layers"]
    assert any(isinstance(layer["estimate"], int) and layer["estimate"] > 1000 for layer in layers)
    assert layers[-1]["estimate"] is None  # softmax
