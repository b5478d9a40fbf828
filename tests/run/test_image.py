"""tinyq.run.image: parts of ELF files, pages of UF2 files."""

import struct
from pathlib import Path

import pytest

from tinyq.core.errors import BuildError
from tinyq.run.image import segments, uf2


def elf(path: Path, parts: list[tuple[int, int, bytes]], wide: bool = False) -> Path:
    """An ELF file with program headers (kind, physical address, content)."""
    size, entry = (64, 56) if wide else (52, 32)
    at, headers, contents = size + entry * len(parts), b"", b""
    for kind, address, content in parts:
        place = (at + len(contents), 0, address, len(content), len(content))
        headers += (
            struct.pack("<IIQQQQQQ", kind, 5, *place, 4) if wide else struct.pack("<8I", kind, *place, 5, 4)
        )
        contents += content
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
    fields = (2, 40, 1, 0, size, 0, 0, size, entry, len(parts), 40, 0, 0)
    head = ident + struct.pack("<HHIQQQIHHHHHH" if wide else "<HHIIIIIHHHHHH", *fields)
    path.write_bytes(head + headers + contents)
    return path


PARTS = [(1, 0x2000, b"behind"), (1, 0x1000, b"before"), (4, 0x9000, b"a note"), (1, 0x3000, b"")]


@pytest.mark.parametrize("wide", [False, True])
def test_parts_that_are_loaded_come_by_address(tmp_path: Path, wide: bool) -> None:
    given = elf(tmp_path / "a.elf", PARTS, wide)
    assert segments(given) == ((0x1000, b"before"), (0x2000, b"behind"))


@pytest.mark.parametrize(
    "change",
    [lambda data: data[:-16], lambda data: data[:40], lambda data: b"", lambda data: b"MZ" + data[2:]],
)
def test_a_damaged_file_is_an_error(tmp_path: Path, change: object) -> None:
    given = elf(tmp_path / "a.elf", PARTS[:3])
    given.write_bytes(change(given.read_bytes()))  # type: ignore[operator]
    with pytest.raises(BuildError, match="(?s)a.elf.*damaged.*ELF"):
        segments(given)


def test_parts_that_share_a_page_of_a_uf2_file_make_one_block(tmp_path: Path) -> None:
    given = elf(tmp_path / "a.elf", [(1, 0x10FE, b"1234"), (1, 0x1108, b"5678"), (1, 0x1400, b"9")])
    made = uf2(given, 7)
    addresses = [struct.unpack_from("<I", made, at + 12)[0] for at in range(0, len(made), 512)]
    assert addresses == [0x1000, 0x1100, 0x1400]
    assert made[32 : 32 + 256] == bytes(254) + b"12"
    assert made[512 + 32 : 512 + 32 + 16] == b"34" + bytes(6) + b"5678" + bytes(4)
