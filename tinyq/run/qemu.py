"""Boards that QEMU emulates."""

from __future__ import annotations

from pathlib import Path

from tinyq.core.boards import Board
from tinyq.core.errors import RunError
from tinyq.run.process import Job
from tinyq.run.tools import find_program


def qemu_job(board: Board, elf: Path, folder: Path) -> Job:
    """QEMU with semihosting: the program opens its files in `folder`.

    With icount every instruction takes 2**icount_shift ns of virtual time, so counts are the same in every
    run.

    Raises:
        RunError: QEMU is not installed.
    """
    command = [
        find_program(board.emulator, RunError),
        *("-M", board.machine, "-cpu", board.emulated_cpu or board.cpu),
        *("-display", "none", "-monitor", "none", "-serial", "none", "-nic", "none"),
        *(("-icount", f"shift={board.icount_shift}") if board.tick == "instructions" else ()),
        *("-semihosting-config", "enable=on,target=native"),
        *("-kernel", str(elf)),
    ]
    return Job(command, folder, streams=False)
