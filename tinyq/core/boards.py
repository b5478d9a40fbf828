"""Boards are folders of facts: `board.toml` -> `Board`. CMake reads the same file (cmake/tq_board.cmake)."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyq.core.errors import BoardError
from tinyq.core.resources import firmware_dir

RUNNERS = ("host", "qemu", "none")
FLASHERS = ("openocd", "pyocd", "picotool", "uf2")
UF2_FLASHERS = ("picotool", "uf2")
TICKS = ("instructions", "cycles", "time")
COUNTERS = ("dwt", "systick", "timer", "cntvct", "clock")
REQUIRED_FILES = ("board.toml", "board.cmake")


@dataclass(frozen=True)
class Board:
    """The facts of one board.

    Args:
        name: its folder's name.
        description: one line for people.
        cpu, fpu: as the compiler spells them ("cortex-m4", "fpv4-sp-d16"; fpu "none": soft float).
        compiler: the C compiler's program ("cc": whatever CMake chooses).
        flash_kib, ram_kib: what there is; stack_kib: what of the RAM is kept for the
            stack at least; `emit` keeps more where a model's kernels can need more.
        clock_hz: the core's clock; 0 where it is unknown or varies.
        microamps, millivolts: what the chip draws while it computes at that clock, typically, and at which
            voltage; 0 where nobody told. current_from: who did (document, table and conditions).
        runner: who runs a program: "host", "qemu", or "none" (flash it by hand).
        console: how its output is seen ("stdio", "semihosting", "uart").
        uart, baud: of "uart": which one, on which pins, as the board's sources name them; its speed.
        tick: what `tq_port_ticks` counts: "instructions", "cycles" or "time".
        ticks_hz: how many ticks a second.
        counter: what counts them (one of `COUNTERS`); "dwt": DWT's CYCCNT, and SysTick where an emulator's
            DWT stands still.
        machine, icount_shift: of QEMU: its machine, and 2**shift nanoseconds of virtual time an instruction.
        emulator, emulated_cpu: of QEMU: its program (of runner "host": for other processors), and the core it
            runs where that is not `cpu`.
        flasher, flash_target: what writes a program to it (one of `FLASHERS`), and what that calls the chip:
            the name of OpenOCD's target/NAME.cfg, pyOCD's --target, the family's number in UF2 files
            ("uf2": copied to the boot ROM's drive; "picotool": that too, where picotool is not installed).
        drive: of UF2: the label of the boot ROM's drive, and the Board-ID of its INFO_UF2.TXT.
        shared: a folder of sources that several boards use, beside their own.
        folder: where it lies.
    """

    name: str
    description: str
    cpu: str
    fpu: str
    compiler: str
    flash_kib: int
    ram_kib: int
    stack_kib: int
    clock_hz: int
    runner: str
    console: str
    tick: str
    ticks_hz: int
    folder: Path
    machine: str = ""
    icount_shift: int = 0
    counter: str = ""
    emulator: str = "qemu-system-arm"
    emulated_cpu: str = ""
    uart: str = ""
    baud: int = 115200
    flasher: str = ""
    flash_target: str = ""
    drive: str = ""
    shared: str = ""
    microamps: int = 0
    millivolts: int = 0
    current_from: str = ""

    @property
    def shared_folder(self) -> Path | None:
        """Where `shared` lies: beside the board's own folder, or with the boards that come with tinyq."""
        if not self.shared:
            return None
        beside = self.folder.parent / self.shared
        return beside if beside.is_dir() else boards_dir() / self.shared

    @property
    def folders(self) -> dict[str, Path]:
        """All folders that a program for it needs -> where they lie, keyed as an emitted folder has them."""
        own = {f"boards/{self.name}": self.folder}
        return own | ({f"boards/{self.shared}": self.shared_folder} if self.shared_folder else {})

    @property
    def flash_bytes(self) -> int:
        """Flash in bytes."""
        return self.flash_kib * 1024

    @property
    def ram_bytes(self) -> int:
        """RAM in bytes."""
        return self.ram_kib * 1024

    @property
    def stack_bytes(self) -> int:
        """RAM that is kept for the stack, in bytes."""
        return self.stack_kib * 1024

    @property
    def milliwatts(self) -> float:
        """Power while it computes; 0 where it is unknown.

        Example:
            >>> load_board("stm32f405").milliwatts
            132.0
        """
        return self.microamps * self.millivolts / 1e6

    @property
    def instructions_per_tick(self) -> float | None:
        """Instructions that one tick stands for; None where ticks are something else.

        Example:
            >>> load_board("qemu_cortex_m4").instructions_per_tick
            1.25
        """
        if self.tick != "instructions":
            return None
        return 1e9 / (1 << self.icount_shift) / self.ticks_hz


def boards_dir() -> Path:
    """Folder of the boards that come with tinyq."""
    return firmware_dir() / "boards"


def list_boards() -> tuple[str, ...]:
    """Names of the boards that come with tinyq, sorted."""
    return tuple(sorted(path.parent.name for path in boards_dir().glob("[a-z]*/board.toml")))


def load_board(board: str | Path) -> Board:
    """Read a board that comes with tinyq (by name), or a folder of one's own (by a path with a slash in it).

    Raises:
        BoardError: there is no such board, a file of it is missing, or a fact is missing, unknown or wrong.

    Example:
        >>> load_board("qemu_cortex_m4").cpu
        'cortex-m4'
    """
    folder = _folder(board)
    for name in REQUIRED_FILES:
        if not (folder / name).is_file():
            raise BoardError(str(folder), f"no {name}", f"a folder with {', '.join(REQUIRED_FILES)}")
    facts = _read_toml(folder / "board.toml")
    _check_facts(folder, facts)
    made = Board(folder=folder, **facts)
    if made.shared_folder and not made.shared_folder.is_dir():
        raise BoardError(
            str(folder / "board.toml"),
            f"shared = {made.shared!r}",
            f"a folder beside it, or of {boards_dir()}",
        )
    return made


def _folder(board: str | Path) -> Path:
    if isinstance(board, Path) or "/" in board:
        folder = Path(board).resolve()
        if folder.is_dir():
            return folder
    elif board in list_boards():
        return boards_dir() / board
    known = ", ".join(list_boards())
    raise BoardError(
        f"board {str(board)!r}", "not known", known, "or name a folder of your own, with a slash: ./myboard"
    )


def _read_toml(path: Path) -> dict[str, Any]:
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        facts: dict[str, Any] = toml.loads(path.read_text(encoding="utf-8"))
    except (toml.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BoardError(str(path), f"not TOML: {error}", "one `key = value` a line") from error
    for key, value in facts.items():
        if _as_cmake_reads(path).get(key) != str(value):
            raise BoardError(
                str(path), f"CMake cannot read {key!r} = {value!r}", "one plain `key = value` a line"
            )
    return facts


def _as_cmake_reads(path: Path) -> dict[str, str]:
    """The same lines through the regular expression of cmake/tq_board.cmake."""
    pattern = re.compile(r'^([a-z_]+) *= *"?([^"#\n]*)"?', re.MULTILINE)
    return {key: value.strip() for key, value in pattern.findall(path.read_text(encoding="utf-8"))}


def _from_to(least: int, most: int) -> tuple[type, Any, str]:
    return int, lambda value: least <= value <= most, f"a whole number from {least} to {most:,}"


def _one_of(words: tuple[str, ...]) -> tuple[type, Any, str]:
    return str, lambda value: value in words, ", ".join(words)


def _matching(pattern: str, meaning: str) -> tuple[type, Any, str]:
    return str, lambda value: re.fullmatch(pattern, value) is not None, meaning


_WORD = _matching(r"[A-Za-z0-9_.+-]+", "a word of letters, digits and _ . + -")
# Strings reach CMake and command lines: no quotes, no '#', no line ends.
_TEXT = _matching(r'[^"#\\\n\r;$]+', 'text without " # \\ ; $ and line ends')

_MOST_KIB = 1 << 32  # 4 TiB: more is a slip
_MOST_HZ = 10**11

# key -> (type, predicate, what is allowed)
_RULES: Mapping[str, tuple[type, Any, str]] = {
    "name": _matching(r"[a-z][a-z0-9_]*", "lower-case letters, digits and _, as the folder is called"),
    "description": _TEXT,
    "cpu": _WORD,
    "fpu": _WORD,
    "compiler": _WORD,
    "flash_kib": _from_to(1, _MOST_KIB),
    "ram_kib": _from_to(1, _MOST_KIB),
    "stack_kib": _from_to(1, _MOST_KIB),
    "clock_hz": _from_to(0, _MOST_HZ),
    "microamps": _from_to(1, 10**8),
    "millivolts": _from_to(1, 10**5),
    "current_from": _TEXT,
    "runner": _one_of(RUNNERS),
    "console": _WORD,
    "uart": _WORD,
    "baud": _from_to(1200, 4_000_000),
    "tick": _one_of(TICKS),
    "ticks_hz": _from_to(1, _MOST_HZ),
    "counter": _one_of(COUNTERS),
    "machine": _WORD,
    "icount_shift": (int, lambda value: 0 <= value <= 10, "0 to 10 (QEMU's range)"),
    "emulator": _WORD,
    "emulated_cpu": _WORD,
    "flasher": _one_of(FLASHERS),
    "flash_target": _WORD,
    "drive": _WORD,
    "shared": _matching(r"[a-z][a-z0-9_]*", "lower-case letters, digits and _: a folder's name"),
}
_CURRENT = ("microamps", "millivolts", "current_from")
_OPTIONAL = {
    *("counter", "machine", "icount_shift", "emulator", "emulated_cpu"),
    *("uart", "baud", "flasher", "flash_target", "drive", "shared"),
    *_CURRENT,
}


def _check_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    where = str(folder / "board.toml")
    for key in facts:
        if key not in _RULES:
            raise BoardError(where, f"unknown key {key!r}", ", ".join(_RULES))
    for key, (kind, holds, allowed) in _RULES.items():
        if key not in facts:
            if key not in _OPTIONAL:
                raise BoardError(where, f"key {key!r} is missing", allowed)
            continue
        value = facts[key]
        if type(value) is not kind or not holds(value):
            raise BoardError(where, f"{key} = {value!r}", allowed)
    _check_together(folder, facts)


def _check_together(folder: Path, facts: Mapping[str, Any]) -> None:
    where = str(folder / "board.toml")
    if facts["name"] != folder.name:
        raise BoardError(where, f"name = {facts['name']!r}", f"{folder.name!r}, the folder's name")
    if facts["stack_kib"] >= facts["ram_kib"]:
        raise BoardError(
            where, f"stack_kib = {facts['stack_kib']}", f"less than ram_kib = {facts['ram_kib']}"
        )
    if facts["runner"] == "qemu" and not facts.get("machine"):
        raise BoardError(where, "key 'machine' is missing", "a machine of QEMU, such as mps2-an386")
    if missing := [key for key in _CURRENT if any(other in facts for other in _CURRENT) and key not in facts]:
        raise BoardError(where, f"key {missing[0]!r} is missing", f"all of {', '.join(_CURRENT)}, or none")
    if facts.get("flasher") and not facts.get("flash_target"):
        raise BoardError(where, "key 'flash_target' is missing", f"what {facts['flasher']} calls the chip")
    if facts.get("flasher") in UF2_FLASHERS and not facts.get("drive"):
        raise BoardError(where, "key 'drive' is missing", "the Board-ID in INFO_UF2.TXT, such as RPI-RP2")
    if facts["tick"] == "instructions" and facts["runner"] != "qemu":
        raise BoardError(where, "tick = 'instructions'", "only with runner = 'qemu': use cycles or time")
