"""Where a program's flash and RAM go: an ELF file and GNU ld's map of it -> bytes by part."""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tinyq.core.errors import BuildError

PARTS = ("weights", "model", "kernels", "runtime", "check", "board", "application", "c_library", "padding")

# Start of an object's path below CMake's firmware.dir/ -> part.
_PART_OF_PATH = {
    "model_weights.c": "weights",
    "model.c": "model",
    "model_check.c": "check",
    "kernels/": "kernels",
    "runtime/tq_check": "check",
    "runtime/tq_crc32": "check",
    "runtime/tq_self_test": "check",
    "runtime/tq_test_inputs": "check",
    "apps/common/tq_safe_state": "check",
    "apps/common/tq_app_guards": "check",
    "runtime/": "runtime",
    "boards/": "board",
    "apps/": "application",
}
_STACK = ".stack"
_SHF_WRITE, _SHF_ALLOC, _SHT_NOBITS = 1, 2, 8


@dataclass(frozen=True)
class Section:
    """A section of the ELF file that takes memory on the board."""

    name: str
    bytes: int
    in_flash: bool
    in_ram: bool


@dataclass(frozen=True)
class Footprint:
    """Bytes by part (`PARTS`): constant arrays; parameters, layer calls and names of the generated model;
    kernels; what walks the model; what checks it at start; start-up code and port; main program; C library;
    and alignment.

    Args:
        flash: code, constants and initial values.
        ram: variables, the arena among them (in "application"); not the stack.
        stack_reserved: what the linker script keeps for the stack.
    """

    flash: Mapping[str, int]
    ram: Mapping[str, int]
    stack_reserved: int

    @property
    def flash_bytes(self) -> int:
        """All that the flash holds."""
        return sum(self.flash.values())

    @property
    def ram_bytes(self) -> int:
        """All variables, without the stack."""
        return sum(self.ram.values())

    @property
    def runtime_code_bytes(self) -> int:
        """Flash for everything but weights, the check at start and the C library."""
        return self.flash_bytes - sum(self.flash[part] for part in ("weights", "check", "c_library"))

    def to_dict(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "flash": dict(self.flash),
            "ram": dict(self.ram),
            "flash_bytes": self.flash_bytes,
            "ram_bytes": self.ram_bytes,
            "runtime_code_bytes": self.runtime_code_bytes,
            "stack_reserved_bytes": self.stack_reserved,
        }


def footprint(elf: Path, map_file: Path | None = None) -> Footprint:
    """Read a program that `tinyq.run.build` made.

    Args:
        elf: the program.
        map_file: the linker's map; beside the program, with suffix .map, unless told.

    Raises:
        BuildError: a file is missing, or is no ELF file or no GNU ld map.
    """
    sections = {section.name: section for section in elf_sections(elf)}
    pieces = list(_map_pieces(map_file or elf.with_suffix(".map")))
    flash, ram = Counter(dict.fromkeys(PARTS, 0)), Counter(dict.fromkeys(PARTS, 0))
    for section in sections.values():
        if section.name == _STACK:
            continue
        parts: Counter[str] = Counter()
        for output, size, path in pieces:
            if output == section.name:
                parts[part_of(path)] += size
        # Alignment, and what the linker made itself.
        parts["padding"] += section.bytes - sum(parts.values())
        if section.in_flash:
            flash.update(parts)
        if section.in_ram:
            ram.update(parts)
    stack = sections[_STACK].bytes if _STACK in sections else 0
    return Footprint(dict(flash), dict(ram), stack)


def part_of(path: str) -> str:
    """The part that an object file of the map belongs to.

    Example:
        >>> part_of("CMakeFiles/firmware.dir/kernels/common/tq_dot.c.obj")
        'kernels'
        >>> part_of("/usr/lib/libc.a(memcpy.o)")
        'c_library'
    """
    ours = re.search(r"CMakeFiles/firmware\.dir/(.*)", path)
    if ours is None:
        return "c_library"
    below = ours.group(1)
    return next((part for start, part in _PART_OF_PATH.items() if below.startswith(start)), "application")


def elf_sections(elf: Path) -> list[Section]:
    """Sections of an ELF file that take memory; little endian, 32 or 64 bits.

    Raises:
        BuildError: the file is missing or is no such file.
    """
    try:
        data = elf.read_bytes()
        if data[:4] != b"\x7fELF" or data[4] not in (1, 2) or data[5] != 1:
            raise ValueError("no little-endian ELF header")
        wide = data[4] == 2
        table, entry, count, names = _section_table(data, wide)
        headers = [_section_header(data, table + i * entry, wide) for i in range(count)]
        strings = headers[names][4]
        return [
            Section(
                name=data[strings + name : data.index(b"\0", strings + name)].decode("ascii", "replace"),
                bytes=size,
                in_flash=kind != _SHT_NOBITS,
                in_ram=bool(flags & _SHF_WRITE),
            )
            for name, kind, flags, size, _ in headers
            if flags & _SHF_ALLOC and size
        ]
    except OSError as error:
        raise BuildError(str(elf), f"cannot be read ({error.strerror})") from error
    except (ValueError, IndexError, struct.error) as error:
        raise BuildError(str(elf), f"not a program for a board ({error})", "an ELF file") from error


def _section_table(data: bytes, wide: bool) -> tuple[int, int, int, int]:
    """(offset, bytes of an entry, entries, index of the names) of the section headers."""
    (offset,) = struct.unpack_from("<Q" if wide else "<I", data, 40 if wide else 32)
    entry, count, names = struct.unpack_from("<HHH", data, 58 if wide else 46)
    return offset, entry, count, names


def _section_header(data: bytes, at: int, wide: bool) -> tuple[int, int, int, int, int]:
    """(name's offset, type, flags, size, file offset) of one section."""
    if wide:
        name, kind, flags, _, offset, size = struct.unpack_from("<IIQQQQ", data, at)
    else:
        name, kind, flags, _, offset, size = struct.unpack_from("<IIIIII", data, at)
    return name, kind, flags, size, offset


def _map_pieces(map_file: Path) -> Iterator[tuple[str, int, str]]:
    """(output section, bytes, object file) of every input section; a long name has a line of its own."""
    try:
        text = map_file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BuildError(str(map_file), f"cannot be read ({error.strerror})") from error
    _, found, text = text.partition("Linker script and memory map\n")
    if not found:
        raise BuildError(str(map_file), "not a map of GNU ld", "what -Wl,-Map=FILE writes")
    output = ""
    text = re.sub(r"^( ?[.\w][^\s(]*)\n +(?=0x)", r"\1 ", text, flags=re.MULTILINE)
    for line in text.splitlines():
        if match := re.match(r"(\.\S+|COMMON)\s", line):
            output = match.group(1)
        elif match := re.match(r" [^*\s]\S* +0x[0-9a-f]+ +0x([0-9a-f]+) (\S.*)$", line):
            yield output, int(match.group(1), 16), match.group(2)
