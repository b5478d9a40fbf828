"""tinyq.run at a serial port: one sample after the other, to a board that runs `evaluate` already."""

import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import NETS, samples
from serial_program import serial_program
from tools_required import need

from tinyq.core.boards import load_board
from tinyq.core.errors import RunError
from tinyq.emit import emit_graph
from tinyq.evaluate.interpreter import Interpreter
from tinyq.run import build, run
from tinyq.run import serial_session as module
from tinyq.run.emitted import read_emitted
from tinyq.run.qemu import qemu_job

NET = "ternary"


def deployed(board: str, folder: Path, net: str = NET) -> Path:
    facts = load_board(board)
    need(facts.compiler, *([facts.emulator] if facts.runner == "qemu" else []))
    emit_graph(NETS[net](), net, board, folder)
    return folder


@contextmanager
def flashed(folder: Path, tmp_path: Path) -> Iterator[str]:
    """The port of a board that runs it."""
    board, elf = read_emitted(folder).board, build(folder, "evaluate")
    command = [str(elf)] if board.runner == "host" else qemu_job(board, elf, tmp_path).command
    with serial_program(command) as port:
        yield port


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deployed("host", tmp_path_factory.mktemp("port") / "out")


@pytest.mark.parametrize("board", ["host", pytest.param("stm32f405", marks=pytest.mark.qemu)])
def test_every_sample_gives_the_references_integers_again_and_again(board: str, tmp_path: Path) -> None:
    folder = deployed(board, tmp_path / "out")
    x = samples(NETS[NET](), 3)
    expected = Interpreter(NETS[NET]()).predict([array[:, 0] for array in x])
    seen: list[tuple[int, int]] = []
    with flashed(folder, tmp_path) as port:
        for _ in range(2):
            result = run(folder, x, port=port, progress=lambda done, total: seen.append((done, total)))
            for got, wanted in zip(result.outputs, expected, strict=True):
                assert got.reshape(wanted.shape).tobytes() == wanted.tobytes()
    assert not result.emulated and result.instructions is None and result.arena_kept
    assert len(result.ticks) == 3 and (board == "host" or result.ticks.min() > 1000)
    assert {(done, total) for done, total in seen} == {(done, 3) for done in range(4)}


def test_what_a_board_says_at_its_start_is_skipped(host: Path, tmp_path: Path) -> None:
    x = samples(NETS[NET](), 1)
    script = f"printf 'tinyq\\n\\001\\002'; exec {build(host, 'evaluate')}"
    with serial_program(["/bin/sh", "-c", script]) as port:
        assert len(run(host, x, port=port).ticks) == 1


def test_other_weights_or_other_options_are_another_model(host: Path, tmp_path: Path) -> None:
    x = samples(NETS[NET](), 1)
    board = read_emitted(host)
    changed = tmp_path / "changed"
    emit_graph(NETS[NET](), NET, "host", changed)
    text = (changed / "model.json").read_text()
    crc = str(board.constants_crc32)
    assert text.count(crc) == 1
    (changed / "model.json").write_text(text.replace(crc, str(board.constants_crc32 ^ 1)))
    with (
        flashed(host, tmp_path) as port,
        pytest.raises(RunError, match="(?s)fault 3 .*another model.*other options.*build it again"),
    ):
        run(changed, x, port=port)


def test_the_same_model_for_another_board_is_refused(host: Path, tmp_path: Path) -> None:
    emit_graph(NETS[NET](), NET, "stm32f405", tmp_path / "other")  # by its clock times would be wrong
    with flashed(host, tmp_path) as port, pytest.raises(RunError, match="(?s)fault 3 .*another model, board"):
        run(tmp_path / "other", samples(NETS[NET](), 1), port=port)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("sleep 9", r"no answer within 3 s \(0 bytes came\)"),
        (
            "head -c 1 >/dev/null; printf 'tinyq fault 09\\n'; sleep 9",
            "fault 9 .*constants are not those",
        ),
        (
            "head -c 1 >/dev/null; printf 'QTQOQT'; sleep 9",
            r"half an answer within 3 s \(6 bytes came, at last 'QTQOQT'\)",
        ),
        (
            "head -c 1 >/dev/null; printf 'inference 7\\n\\377\\001\\n'; sleep 9",
            r"no answer within 3 s \(\d+ bytes came, at last 'inference 7'\)",
        ),
    ],
)
def test_a_board_that_says_something_else_is_an_error(host: Path, script: str, message: str) -> None:
    remedy = "" if "fault" in message else ".*evaluate of .* at 115200 baud.*its UART.*reset it"
    with (
        serial_program(["/bin/sh", "-c", script]) as port,
        pytest.raises(RunError, match=f"(?s){message}{remedy}"),
    ):
        run(host, samples(NETS[NET](), 1), port=port, timeout_s=3)


def test_a_board_that_falls_silent_or_says_too_much_is_an_error(host: Path) -> None:
    model, x = read_emitted(host), samples(NETS[NET](), 1)
    words = (module.REPLY, model.abi, model.input_bytes, model.output_bytes, len(model.layers))
    board = zlib.crc32(model.board.name.encode())
    header = np.array([*words, model.constants_crc32, board, 1], "<u4").tobytes()
    said = "".join(f"\\{byte:03o}" for byte in header)
    for more, message in (("", "no whole answer within 3 s"), ("x" * 999, "noise on the line")):
        heard = f"head -c {len(header)} >/dev/null"
        script = f"{heard}; printf '{said}'; head -c 1 >/dev/null; printf '%s' '{more}'; sleep 9"
        with (
            serial_program(["/bin/sh", "-c", script]) as port,
            pytest.raises(RunError, match=message),
        ):
            run(host, x, port=port, timeout_s=3)


def test_a_board_that_never_says_anything_is_given_up_soon(host: Path) -> None:
    model = read_emitted(host)
    slow = replace(model, board=load_board("microbit"))
    assert 20 < module.silent_s(slow, 4) < 60 and module.silent_s(model, 4) == math.inf
