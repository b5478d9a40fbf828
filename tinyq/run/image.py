"""An ELF file as what a flash holds: the parts that are loaded, and UF2 files, which RP2040 and RP2350 take.

Sources: System V ABI, chapters 4 and 5; Microsoft, "USB Flashing Format (UF2)".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from tinyq.core.errors import BuildError

_PT_LOAD = 1
_ELF_HEADER = "<4sBB10xHHIQQQIHHHHHH", "<4sBB10xHHIIIIIHHHHHH"  # 64 bits, 32 bits
_SEGMENT = "<IIQQQQ", "<IIIIII"
_UF2_BLOCK = "<8I476sI"
_UF2_MAGIC = 0x0A324655, 0x9E5D5157, 0x0AB16F30
_UF2_HAS_FAMILY = 0x2000
PAGE = 256


def segments(elf: Path) -> tuple[tuple[int, bytes], ...]:
    """(address in flash, content) of each part of an ELF file that is loaded, by address.

    Raises:
        BuildError: it is no ELF file, or cut off.
    """
    data = elf.read_bytes()
    try:
        return tuple(sorted(_segments(data)))
    except (struct.error, ValueError) as error:
        raise BuildError(str(elf), f"damaged: {error}", "an ELF file", "build it again") from error


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    narrow = data[4:5] == b"\x01"
    magic, _, order, *header = struct.unpack_from(_ELF_HEADER[narrow], data)
    if magic != b"\x7fELF" or order != 1:
        raise ValueError("no little-endian ELF file")
    start, size, count = header[4], header[8], header[9]
    for i in range(count):
        kind, *fields = struct.unpack_from(_SEGMENT[narrow], data, start + i * size)
        offset, address, length = (
            (fields[0], fields[2], fields[3]) if narrow else (fields[1], fields[3], fields[4])
        )
        if offset + length > len(data):
            raise ValueError("it is cut off")
        if kind == _PT_LOAD and length:
            yield address, data[offset : offset + length]


def uf2(elf: Path, family: int) -> bytes:
    """The file that a board's boot ROM takes as a copy to its USB drive: 512 bytes for each page of 256.

    Args:
        elf: the program.
        family: the chip's number in UF2 files: 0xe48bff56 for an RP2040.

    Raises:
        BuildError: it is no ELF file, or cut off.
    """
    pages = _pages(segments(elf))
    first, second, last = _UF2_MAGIC
    blocks = [
        struct.pack(
            _UF2_BLOCK,
            *(first, second, _UF2_HAS_FAMILY, address, PAGE, number, len(pages), family),
            content,
            last,
        )
        for number, (address, content) in enumerate(sorted(pages.items()))
    ]
    return b"".join(blocks)


def _pages(parts: tuple[tuple[int, bytes], ...]) -> dict[int, bytes]:
    """Address -> whole page; what no part has is zeros."""
    pages: dict[int, bytearray] = {}
    for address, content in parts:
        for at, byte in enumerate(content, address):
            pages.setdefault(at - at % PAGE, bytearray(PAGE))[at % PAGE] = byte
    return {address: bytes(page) for address, page in pages.items()}
