"""A program onto a board, by the tool that the board's facts name."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyq.core.boards import UF2_FLASHERS, Board
from tinyq.core.errors import BoardError, RunError
from tinyq.core.files import write_whole
from tinyq.core.packages import debian_packages
from tinyq.run.image import segments, uf2

_TIMEOUT_S = 120.0
_LAST_LINES = 8
_DRIVES = "/media/*/*", "/run/media/*/*", "/Volumes/*"
_UF2_MARK = "INFO_UF2.TXT"  # the boot ROM's drive holds it
_UF2_FACT = re.compile(r"^(Board-ID|Model): *(.*?) *$", re.MULTILINE)
_REMEDY = {
    "openocd": "connect the board's debug probe",
    "pyocd": "connect the board's debug probe",
    "picotool": "hold BOOTSEL while you connect the board",
    "cp": "hold BOOTSEL while you connect the board: a drive appears",
}
_INSTALL = {"pyocd": "pip install 'tinyq[flash]'"}  # what Debian has not, or too old


@dataclass(frozen=True)
class Flashing:
    """How a program gets onto a board.

    Args:
        image: the file that is written.
        command: what writes it; a shell takes `str(flashing)`.
        lacks: why it cannot be called now; "" where the tool, or the board's drive, is there.
    """

    image: Path
    command: tuple[str, ...]
    lacks: str = ""

    def __str__(self) -> str:
        return shlex.join(self.command)


def flashing(board: Board, elf: Path) -> Flashing:
    """What writes a program to a board; makes the file that its tool takes, beside the ELF file.

    Raises:
        BoardError: the board's facts name no tool.
        BuildError: `elf` is no ELF file.
    """
    segments(elf)
    if board.flasher in UF2_FLASHERS:
        return _uf2_flashing(board, elf)
    if not board.flasher:
        got = "its board.toml names no flasher"
        raise BoardError(f"board {board.name!r}", got, "a board that is flashed", "tinyq run runs it")
    commands = {
        "openocd": (
            *("openocd", "-f", "interface/stlink.cfg", "-f", f"target/{board.flash_target}.cfg"),
            *("-c", f"program {{{elf}}} verify reset exit"),
        ),
        "pyocd": ("pyocd", "flash", "--no-wait", "--target", board.flash_target, str(elf)),
    }
    command = commands[board.flasher]
    return Flashing(elf, command, "" if shutil.which(command[0]) else f"{command[0]} is not on PATH")


def flash(how: Flashing, board: Board) -> None:
    """Write it.

    Raises:
        RunError: the tool or the board is not there (with the command, to be called by hand), or it failed.
    """
    tool = how.command[0]
    by_hand = f"{_REMEDY[tool]}, then: {how}"
    if how.lacks:
        package = debian_packages(tool)
        install = f"apt-get install {package}" if package else _INSTALL.get(tool, "")
        remedy = f"{install}; {by_hand}" if install else by_hand
        raise RunError(f"board {board.name!r}", f"nothing was written: {how.lacks}", "", remedy)
    try:
        done = subprocess.run(
            how.command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        got = f"{tool} did not end within {_TIMEOUT_S:.0f} s"
        raise RunError(f"board {board.name!r}", got, "", by_hand) from error
    if done.returncode != 0:
        said = "".join(f"\n    {line}" for line in (done.stdout + done.stderr).splitlines()[-_LAST_LINES:])
        raise RunError(
            f"board {board.name!r}", f"{tool} failed with status {done.returncode}:{said}", "", by_hand
        )


def _uf2_flashing(board: Board, elf: Path) -> Flashing:
    image = elf.with_suffix(".uf2")
    write_whole(image, uf2(elf, int(board.flash_target, 16)))
    if board.flasher == "picotool" and shutil.which("picotool"):
        return Flashing(image, ("picotool", "load", "-x", str(image)))
    drives = [(path, _drive_facts(path)) for path in _drives()]
    ours = [path for path, facts in drives if facts.get("Board-ID") == board.drive]
    there = str(ours[0]) if ours else f"/media/{os.environ.get('USER', 'USER')}/{board.drive}"
    return Flashing(image, ("cp", str(image), there), "" if ours else _no_drive(board, drives))


def _no_drive(board: Board, others: Sequence[tuple[Path, Mapping[str, str]]]) -> str:
    if not others:
        return f"no drive {board.drive} of the board's boot ROM"
    said = [
        f"{path} is the drive of {facts.get('Board-ID', 'no Board-ID')} ({facts.get('Model', 'no Model')})"
        for path, facts in others
    ]
    return f"{'; '.join(said)}, and board {board.name!r} has {board.drive}"


def _drives() -> Iterator[Path]:
    for pattern in _DRIVES:
        yield from (path for path in Path("/").glob(pattern[1:]) if (path / _UF2_MARK).is_file())


def _drive_facts(drive: Path) -> dict[str, str]:
    """Board-ID and Model, as the boot ROM says them."""
    text = (drive / _UF2_MARK).read_text(encoding="utf-8", errors="replace")
    return dict(_UF2_FACT.findall(text))
