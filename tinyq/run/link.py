"""Bytes to and from a board: a serial port, or a program that runs here or in QEMU."""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from tinyq.core.boards import Board
from tinyq.core.errors import RunError
from tinyq.run.process import INPUT, LOG, OUTPUT, Job, log_tail
from tinyq.run.serial_port import open_port
from tinyq.run.session import RUNNERS

_MOST = 1 << 16
_PIECE = 256  # bytes of one write: few, because its time-out is for all of them


class Link(Protocol):
    """Where a board listens and answers."""

    name: str

    def read(self, timeout_s: float) -> bytes:
        """What has come; waits so long for the first byte, and returns b"" if there is none."""

    def write(self, data: bytes) -> None:
        """Send all of it."""


class _Files:
    """Two file descriptors of a program."""

    def __init__(self, name: str, given: int, taken: int, job: Job) -> None:
        self.name = name
        self._given = given
        self._taken = taken
        self._job = job

    def read(self, timeout_s: float) -> bytes:
        ready, _, _ = select.select([self._taken], [], [], timeout_s)
        if not ready:
            return b""
        data = os.read(self._taken, _MOST)
        if not data:
            raise RunError(self.name, f"ended by itself{log_tail(self._job)}", "a program that goes on")
        return data

    def write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._given, data) :]
        except BrokenPipeError as error:
            raise RunError(self.name, f"ended by itself{log_tail(self._job)}") from error


class _Serial:
    """pyserial's port."""

    def __init__(self, name: str, port: Any) -> None:
        self.name = name
        self._port = port

    def read(self, timeout_s: float) -> bytes:
        try:
            self._port.timeout = timeout_s
            first: bytes = self._port.read(1)
            waiting = min(self._port.in_waiting, _MOST) if first else 0
            return first + (self._port.read(waiting) if waiting else b"")
        except OSError as error:  # also what pyserial raises
            raise self._lost(error) from error

    def write(self, data: bytes) -> None:
        try:
            for at in range(0, len(data), _PIECE):
                self._port.write(data[at : at + _PIECE])
        except OSError as error:  # also what pyserial raises
            if type(error).__name__ == "SerialTimeoutException":
                got, remedy = "the board takes no more bytes", "reset it, or plug it in again"
                raise RunError(self.name, got, "", remedy) from error
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> RunError:
        return RunError(self.name, f"the port is gone ({error})", "", "is the board still plugged in?")


@contextmanager
def serial_link(port: str, baud: int) -> Iterator[Link]:
    """A serial port, or what else pyserial opens, such as socket://localhost:5555.

    Raises:
        RunError: see `open_port`.
    """
    with open_port(port, baud) as opened:
        yield _Serial(port, opened)


@contextmanager
def program_link(board: Board, elf: Path) -> Iterator[Link]:
    """A program that is started here, or in QEMU, and stopped at the end.

    Raises:
        RunError: nothing here can run it.
    """
    if board.runner not in RUNNERS:
        remedy = "flash the program (tinyq flash --app stream), and name its port: --port /dev/ttyACM0"
        raise RunError(f"board {board.name!r}", "nothing here emulates it", ", ".join(RUNNERS), remedy)
    with tempfile.TemporaryDirectory(prefix="tinyq-stream-") as name:
        folder = Path(name)
        job = RUNNERS[board.runner](board, elf, folder)
        if not job.streams:
            for pipe in (INPUT, OUTPUT):
                os.mkfifo(folder / pipe)
        with (folder / LOG).open("wb") as log:
            process = _start(job, log)
        try:
            yield _link(board, job, process)
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):
                    stream and stream.close()


def _start(job: Job, log: Any) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE if job.streams else subprocess.DEVNULL
    try:
        return subprocess.Popen(
            job.command, cwd=job.folder, stdin=pipe, stdout=pipe if job.streams else log, stderr=log
        )
    except OSError as error:
        raise RunError(job.command[0], f"cannot be started ({error.strerror})") from error


def _link(board: Board, job: Job, process: subprocess.Popen[bytes]) -> Link:
    name = f"the program for {board.name}"
    if process.stdin and process.stdout:
        return _Files(name, process.stdin.fileno(), process.stdout.fileno(), job)
    # Opened for both ways, a named pipe does not wait for its other end, which may have failed to start.
    given, taken = (os.open(job.folder / pipe, os.O_RDWR) for pipe in (INPUT, OUTPUT))
    return _Files(name, given, taken, job)
