"""Boards whose program runs on this computer."""

from __future__ import annotations

from pathlib import Path

from tinyq.core.boards import Board
from tinyq.run.process import Job


def host_job(board: Board, elf: Path, folder: Path) -> Job:
    """The program itself, fed through standard input."""
    return Job([str(elf)], folder, streams=True)
