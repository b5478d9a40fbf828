"""A program onto a board, by the tool that the board's facts name."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinyq.core.boards import Board
from tinyq.core.errors import BoardError, RunError
from tinyq.core.files import write_whole
from tinyq.core.packages import debian_packages
from tinyq.run.image import segments, uf2

_TIMEOUT_S = 120.0
_LAST_LINES = 8
_DRIVES = "/media/*/*", "/run/media/*/*", "/Volumes/*"
_UF2_MARK = "INFO_UF2.TXT"  # the boot ROM's drive holds it
_REMEDY = {
    "openocd": "connect the board's debug probe",
    "pyocd": "connect the board's debug probe",
    "uf2": "hold BOOTSEL while you connect the board: a drive appears",
}


@dataclass(frozen=True)
class Flashing:
    """How a program gets onto a board.

    Args:
        image: the file that is written.
        command: what writes it; a shell takes `str(flashing)`.
        ready: whether the tool, or the board's drive, is there.
    """

    image: Path
    command: tuple[str, ...]
    ready: bool

    def __str__(self) -> str:
        return shlex.join(self.command)


def flashing(board: Board, elf: Path) -> Flashing:
    """What writes a program to a board; makes the file that its tool takes, beside the ELF file.

    Raises:
        BoardError: the board's facts name no tool.
        BuildError: `elf` is no ELF file.
    """
    segments(elf)
    if board.flasher == "uf2":
        return _to_drive(board, elf)
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
    return Flashing(elf, command, shutil.which(command[0]) is not None)


def flash(how: Flashing, board: Board) -> None:
    """Write it.

    Raises:
        RunError: the tool or the board is not there (with the command, to be called by hand), or it failed.
    """
    tool = how.command[0]
    by_hand = f"{_REMEDY[board.flasher]}, then: {how}"
    if not how.ready:
        got = "no drive of the board's boot ROM" if board.flasher == "uf2" else f"{tool} is not on PATH"
        package = debian_packages(tool)
        remedy = f"apt-get install {package}; {by_hand}" if package else by_hand
        raise RunError(f"board {board.name!r}", f"nothing was written: {got}", "", remedy)
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


def _to_drive(board: Board, elf: Path) -> Flashing:
    image = elf.with_suffix(".uf2")
    write_whole(image, uf2(elf, int(board.flash_target, 16)))
    drive = next(_drives(), None)
    return Flashing(image, ("cp", str(image), str(drive or "/media/RPI-RP2")), drive is not None)


def _drives() -> Iterator[Path]:
    for pattern in _DRIVES:
        yield from (path for path in Path("/").glob(pattern[1:]) if (path / _UF2_MARK).is_file())
