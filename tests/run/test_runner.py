"""tinyq.run.run: programs that lie, stop half-way or cannot be started are errors."""

from pathlib import Path

import numpy as np
import pytest
from deploy_nets import Net, samples
from tools_required import need

from tinyq.core.boards import boards_dir, load_board
from tinyq.core.errors import RunError
from tinyq.emit import emit_graph
from tinyq.evaluate.interpreter import Interpreter
from tinyq.run import run, runner
from tinyq.run.process import INPUT, execute, log_tail
from tinyq.run.qemu import qemu_job

GIVEN = np.zeros((2, 8), np.int8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    net = Net(0)
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", "host", tmp_path / "out")
    return tmp_path / "out"


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Let a shell script be what the build gives."""
    program = folder / "fake.elf"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(runner, "build", lambda *arguments: program)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 4", "exit status 4 .the program got fewer input bytes"),
        ("echo oh no >&2; exit 99", "(?s)exit status 99 .not one of the program.s own.*oh no"),
        ("exit 0", "(?s)0 bytes.*allowed: 66 bytes"),
        ("head -c 65 /dev/zero", "(?s)65 bytes.*allowed: 66 bytes"),
        ("head -c 66 /dev/zero", "damaged"),
        ("head -c 5000 /dev/zero", "67 bytes"),
        ("kill -SEGV $$", "killed by signal 11"),
        ("sleep 60", "gave no output for 1 s"),
    ],
)
def test_a_program_that_does_not_answer_as_agreed_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    pretend(monkeypatch, folder, script)
    with pytest.raises(RunError, match=message):
        run(folder, GIVEN, timeout_s=1.0)


def test_wrong_inputs_are_refused_before_the_build(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "build", None)
    with pytest.raises(RunError, match=r"(?s)shape \[2, 9\].*\[n, 8\]"):
        run(folder, np.zeros((2, 9), np.int8))


def test_a_list_of_rows_is_no_list_of_inputs(folder: Path) -> None:
    with pytest.raises(RunError, match="(?s)2 input arrays.*allowed: 1"):
        run(folder, list(GIVEN))


def test_a_board_that_is_flashed_by_hand_is_not_started(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for path in (boards_dir() / "host").iterdir():
        (mine / path.name).write_bytes(path.read_bytes())
    toml = mine / "board.toml"
    toml.write_text(
        toml.read_text().replace('"host"', '"mine"', 1).replace('runner = "host"', 'runner = "none"')
    )
    net = Net(0)
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", mine, tmp_path / "out")
    with pytest.raises(RunError, match="(?s)'mine'.*runner = 'none'.*host, qemu.*README"):
        run(tmp_path / "out", GIVEN)


@pytest.mark.qemu
def test_what_qemu_complains_of_is_shown(tmp_path: Path) -> None:
    need("qemu-system-arm")
    (tmp_path / INPUT).touch()
    job = qemu_job(load_board("qemu_cortex_m4"), tmp_path / "nothing.elf", tmp_path)
    assert execute(job, lambda size: None, 20) == 1
    assert "nothing.elf" in log_tail(job)


def test_no_temporary_files_are_left(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there = tmp_path / "temporary"
    there.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(there))
    pretend(monkeypatch, folder, "exit 4")
    with pytest.raises(RunError):
        run(folder, GIVEN)
    assert list(there.iterdir()) == []


def test_a_temporary_folder_that_cannot_be_written_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
    pretend(monkeypatch, folder, "exit 0")
    with pytest.raises(RunError, match="(?s)/proc/nowhere.*cannot be written"):
        run(folder, GIVEN)


@pytest.mark.arm64
def test_a_program_for_arm64_linux_runs_by_qemus_user_mode_elsewhere(tmp_path: Path) -> None:
    board = load_board("linux_arm64")
    need(board.compiler, board.emulator)
    net = Net(0)
    graph = net.graph(net.conv(net.input(1, 8, 8, 16), 16, (3, 3), scheme="a8wt"))
    report = emit_graph(graph, "net", "linux_arm64", tmp_path / "out")
    assert any(name.startswith("kernels/arm64") for name in report.files)
    given = samples(graph, 2)
    result = run(report.folder, given, options={"TQ_WERROR": "ON"})
    (wanted,) = Interpreter(graph).predict([array[:, 0] for array in given])
    np.testing.assert_array_equal(result.outputs[0].reshape(wanted.shape), wanted)
    assert result.instructions is None and result.stack_bound is None
