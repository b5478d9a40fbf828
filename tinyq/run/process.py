"""Run a program that writes its answer to a file: watched, with a limit, and its complaints kept."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, cast

from tinyq.core.errors import RunError

INPUT = "tq_in.bin"
OUTPUT = "tq_out.bin"
LOG = "log.txt"
_LAST_LINES = 8
_POLL_S = 0.05
_FEED_S = 0.01


@dataclass(frozen=True)
class Job:
    """A program in its own working folder, which holds `INPUT`.

    Args:
        command: what to start.
        folder: its working folder; `OUTPUT` and `LOG` are written there.
        streams: True where the program reads standard input and writes standard output, False where it
            opens the files itself.
        ready: what it writes when it can read; it gets its input then. Empty: at once.
    """

    command: Sequence[str]
    folder: Path
    streams: bool
    ready: bytes = b""


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
        stdin = subprocess.PIPE if job.ready else given if job.streams else subprocess.DEVNULL
        try:
            process = subprocess.Popen(
                job.command, cwd=job.folder, stdin=stdin, stdout=taken if job.streams else log, stderr=log
            )
        except OSError as error:
            raise RunError(job.command[0], f"cannot be started ({error.strerror})") from error
        feeder = _feeder(process, given, output, job.ready) if process.stdin else None
        try:
            status = _wait(process, output, watch, timeout_s)
        finally:
            process.kill()
            process.wait()
            if feeder:
                feeder.join()
    if status < 0:
        name = signal.strsignal(-status) or "unknown"
        raise RunError(Path(job.command[0]).name, f"killed by signal {-status} ({name}){log_tail(job)}")
    return status


def _feeder(process: subprocess.Popen[bytes], given: IO[bytes], output: Path, ready: bytes) -> Thread:
    """A thread that passes `given` on once the output begins with `ready`; it ends with the process."""

    def feed() -> None:
        with (
            suppress(OSError),
            cast("IO[bytes]", process.stdin) as stdin,
        ):  # it may end before it has read all
            while process.poll() is None:
                if _begins_with(output, ready):
                    shutil.copyfileobj(given, stdin)
                    break
                time.sleep(_FEED_S)

    thread = Thread(target=feed, name="feed")
    thread.start()
    return thread


def _begins_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(start)) == start


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
