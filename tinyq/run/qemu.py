"""Boards that QEMU emulates."""

from __future__ import annotations

from pathlib import Path

from tinyq.core.boards import Board
from tinyq.core.errors import RunError
from tinyq.run.process import Job
from tinyq.run.tools import find_program

UART_READY = b"tinyq\n"  # what a board with a UART says first: bytes that come before are lost


def qemu_job(board: Board, elf: Path, folder: Path) -> Job:
    """QEMU: the program opens its files in `folder` by semihosting, or its UART is standard input and output.

    Either way semihosting takes the exit status. With icount every instruction takes 2**icount_shift ns of
    virtual time, so counts are the same in every run; with a UART to one tick.

    Raises:
        RunError: QEMU is not installed.
    """
    uart = board.console == "uart"
    command = [
        find_program(board.emulator, RunError),
        *("-M", board.machine, "-cpu", board.emulated_cpu or board.cpu),
        *("-display", "none", "-monitor", "none", "-nic", "none"),
        *("-serial", "stdio" if uart else "none"),
        *(("-icount", f"shift={board.icount_shift}") if board.tick == "instructions" else ()),
        *("-semihosting-config", "enable=on,target=native"),
        *("-kernel", str(elf)),
    ]
    return Job(command, folder, streams=uart, ready=UART_READY if uart else b"")
