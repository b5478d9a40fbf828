"""One session with a program: it gets its input, its answer is taken, and what stopped it is explained."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tinyq.core.boards import Board
from tinyq.core.errors import RunError
from tinyq.core.faults import explain, fault_at_end
from tinyq.run.emitted import Emitted
from tinyq.run.host import host_job
from tinyq.run.process import INPUT, OUTPUT, Job, execute, log_tail
from tinyq.run.qemu import qemu_job

RUNNERS: Mapping[str, Callable[[Board, Path, Path], Job]] = {
    "host": host_job,
    "qemu": qemu_job,
}
_FAULT_BYTES = len(b"tinyq fault 00\n")


def require_runner(board: Board, remedy: str) -> None:
    """Do nothing where a program for the board can be started here.

    Raises:
        RunError: it cannot.
    """
    if board.runner not in RUNNERS:
        got = f"runner = {board.runner!r}: tinyq cannot start it"
        raise RunError(f"board {board.name!r}", got, ", ".join(RUNNERS), remedy)


def require_started_here(model: Emitted, app: str, command: str) -> None:
    """`require_runner` of an emitted folder, with how its board is flashed with `app` and asked instead."""
    flashed = f"tinyq flash {model.folder} --app {app}"
    if not model.board.flasher:
        flashed = f"build {model.folder} with -DTQ_APP={app}, flash it as the board's README says"
    require_runner(model.board, f"{flashed}, then tinyq {command} {model.folder} --port PORT")


def converse(
    model: Emitted, elf: Path, request: bytes, watch: Callable[[int], None], timeout_s: float, most: int = -1
) -> bytes:
    """Run a program to its end.

    Args:
        model, elf: the program.
        request: all of its input.
        watch: called with the size of the answer so far, now and then.
        timeout_s: seconds without any output after which the program is stopped.
        most: bytes of the answer that are read; all of them unless told.

    Returns:
        What it answered.

    Raises:
        RunError: no emulator, a crash, a hang, a fault, or no room for the files.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="tinyq-run-") as name:
            folder = Path(name)
            (folder / INPUT).write_bytes(request)
            job = RUNNERS[model.board.runner](model.board, elf, folder)

            def look(size: int) -> None:
                watch(size)
                refuse_fault(model, _end(folder / OUTPUT, size), _refusal(folder / OUTPUT))

            status = execute(job, look, timeout_s)
            if status != 0:
                got = f"exit status {status} ({explain(status)}){_refusal(folder / OUTPUT)}{log_tail(job)}"
                raise RunError(f"model {model.name!r} on {model.board.name}", got, "exit status 0")
            with (folder / OUTPUT).open("rb") as stream:
                data = stream.read(len(job.ready) + most if most >= 0 else -1)
    except OSError as error:
        where = error.filename or tempfile.gettempdir()
        raise RunError(str(where), f"cannot be written or read ({os.strerror(error.errno or 0)})") from error
    return data.removeprefix(job.ready)


def refuse_fault(model: Emitted, end: bytes, refusal: str = "") -> None:
    """Do nothing unless an answer ends with a fault: a board waits in its safe state, without exit status.

    Raises:
        RunError: it does.
    """
    fault = fault_at_end(end)
    if fault is not None:
        got = f"stopped in its safe state: fault {fault} ({explain(fault)}){refusal}"
        raise RunError(f"model {model.name!r} on {model.board.name}", got, "no fault")


def _end(output: Path, size: int) -> bytes:
    with output.open("rb") as stream:
        stream.seek(max(0, size - _FAULT_BYTES))
        return stream.read(_FAULT_BYTES)


def _refusal(output: Path) -> str:
    """What TFLite Micro wrote behind the answer so far, if it refused the model."""
    said = re.findall(rb"TFLite Micro: [^\n]*", output.read_bytes())
    return f"\n    {said[-1].decode(errors='replace')}" if said else ""
