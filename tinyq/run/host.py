"""Boards whose program runs on this computer's Linux."""

from __future__ import annotations

import platform
from pathlib import Path

from tinyq.core.boards import Board
from tinyq.core.errors import RunError
from tinyq.run.process import Job
from tinyq.run.tools import find_program


def host_job(board: Board, elf: Path, folder: Path) -> Job:
    """The program, fed through standard input; one for another processor by QEMU's user mode.

    Raises:
        RunError: that is not installed.
    """
    own = board.cpu == "native" or platform.machine() in ("aarch64", "arm64")
    emulator = [] if own else [find_program(board.emulator, RunError)]
    return Job([*emulator, str(elf)], folder, streams=True)
