"""Run a program that writes its answer to a file: watched, with a limit, and its complaints kept."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tinyq.core.errors import RunError

INPUT = "tq_in.bin"
OUTPUT = "tq_out.bin"
LOG = "log.txt"
_LAST_LINES = 8
_POLL_S = 0.05


@dataclass(frozen=True)
class Job:
    """A program in its own working folder, which holds `INPUT`.

    Args:
        command: what to start.
        folder: its working folder; `OUTPUT` and `LOG` are written there.
        streams: True where the program reads standard input and writes standard output, False where it
            opens the files itself.
    """

    command: Sequence[str]
    folder: Path
    streams: bool


def execute(job: Job, watch: Callable[[int], None], timeout_s: float) -> int:
    """Run a job to its end.

    Args:
        job: what to run.
        watch: called with the size of the output so far, now and then.
        timeout_s: seconds without a new byte of output after which the program is killed.

    Returns:
        Its exit status.

    Raises:
        RunError: it cannot be started, was killed by a signal, or hangs.
    """
    output = job.folder / OUTPUT
    with ExitStack() as files:
        given, taken, log = (
            files.enter_context((job.folder / name).open(mode))
            for name, mode in ((INPUT, "rb"), (OUTPUT, "wb"), (LOG, "wb"))
        )
        try:
            process = subprocess.Popen(
                job.command,
                cwd=job.folder,
                stdin=given if job.streams else subprocess.DEVNULL,
                stdout=taken if job.streams else log,
                stderr=log,
            )
        except OSError as error:
            raise RunError(job.command[0], f"cannot be started ({error.strerror})") from error
        try:
            status = _wait(process, output, watch, timeout_s)
        finally:
            process.kill()
            process.wait()
    if status < 0:
        name = signal.strsignal(-status) or "unknown"
        raise RunError(Path(job.command[0]).name, f"killed by signal {-status} ({name}){log_tail(job)}")
    return status


def log_tail(job: Job) -> str:
    """The last lines of what the program said besides, indented; empty if it said nothing."""
    lines = (job.folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    return "".join(f"\n    {line}" for line in lines[-_LAST_LINES:])


def _wait(
    process: subprocess.Popen[bytes], output: Path, watch: Callable[[int], None], timeout_s: float
) -> int:
    size, since = 0, time.monotonic()
    while True:
        try:
            return process.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            pass
        now = output.stat().st_size
        watch(now)
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > timeout_s:
            raise RunError(
                "the program",
                f"gave no output for {timeout_s:.0f} s, and was stopped after {size} bytes",
                remedy="a longer timeout_s, if one inference takes that long",
            )
