"""Frames between host and board; mirrors firmware/apps/stream/frames.h, which explains them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

VERSION = 1
_HEADER = struct.Struct("<BBHI")
_CRC_BYTES = 4
_BLOCK = 254  # bytes that are no zeros, which one byte of stuffing can announce


class Kind(IntEnum):
    """What a frame is."""

    HELLO = 1
    SAMPLES = 2
    INFO = 0x81
    TAKEN = 0x82
    ANSWER = 0x83
    REFUSED = 0x84


class Reason(IntEnum):
    """Why a board refuses a frame."""

    BAD_VERSION = 1
    BAD_KIND = 2
    BAD_SIZE = 3
    NO_HELLO = 4


REASONS = {
    Reason.BAD_VERSION: "it speaks another version of the protocol",
    Reason.BAD_KIND: "it does not know this kind of frame",
    Reason.BAD_SIZE: "a frame had another size than its settings ask for",
    Reason.NO_HELLO: "it was reset",
}


@dataclass(frozen=True)
class Frame:
    """A whole frame.

    Args:
        kind: one of `Kind`, or a number that this version does not know.
        sequence: 0 to 65535; an answer repeats its question's.
        payload: words of 32 bits; of SAMPLES, one word and samples.
        version: of the protocol that the sender speaks.
    """

    kind: int
    sequence: int
    payload: bytes = b""
    version: int = VERSION

    @property
    def words(self) -> tuple[int, ...]:
        """The payload's words; bytes behind the last whole one are left out."""
        return struct.unpack_from(f"<{len(self.payload) // 4}I", self.payload)


def encode(frame: Frame) -> bytes:
    """The bytes of a frame on the wire: zeros at both ends, none between.

    Example:
        >>> encode(Frame(Kind.HELLO, 7, struct.pack("<I", 0))).hex(" ")
        '00 04 01 01 07 02 04 01 01 01 01 01 01 05 43 40 68 47 00'
    """
    raw = _HEADER.pack(frame.kind, frame.version, frame.sequence, len(frame.payload)) + frame.payload
    return b"\0" + _stuffed(raw + struct.pack("<I", zlib.crc32(raw))) + b"\0"


def wire_bytes(payload: int) -> int:
    """The most bytes that a frame with `payload` bytes of payload takes on the wire."""
    raw = _HEADER.size + payload + _CRC_BYTES
    return raw + raw // _BLOCK + 3


def _stuffed(raw: bytes) -> bytes:
    """COBS: each zero, and the end, becomes the number of bytes up to the next one."""
    out = bytearray()
    parts = raw.split(b"\0")
    for number, part in enumerate(parts):
        while len(part) >= _BLOCK:
            out += b"\xff" + part[:_BLOCK]
            part = part[_BLOCK:]
            if not part and number == len(parts) - 1:
                return bytes(out)  # a whole block at the very end needs no empty one behind it
        out += bytes([len(part) + 1]) + part
    return bytes(out)


@dataclass
class Parser:
    """Takes bytes as they come, and gives whole frames; the rest is counted and forgotten.

    Args:
        capacity: most bytes of header, payload and CRC; longer frames are damaged ones.

    Example:
        >>> parser = Parser()
        >>> wire = encode(Frame(Kind.TAKEN, 1, bytes(12)))
        >>> [len(list(parser.take(part))) for part in (b"noise" + wire[:9], wire + wire[3:] + wire)]
        [0, 2]
        >>> parser.damaged
        3
    """

    capacity: int = 1 << 20
    damaged: int = 0
    _stuffed: bytearray = field(default_factory=bytearray)

    def take(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` ends."""
        first, *others = data.split(b"\0")
        most = self.capacity + self.capacity // _BLOCK + 2
        self._stuffed += first[: most - len(self._stuffed)]
        for part in others:
            stuffed, self._stuffed = bytes(self._stuffed), bytearray(part[:most])
            frame = _frame(stuffed, self.capacity)
            self.damaged += bool(stuffed) and frame is None
            if frame is not None:
                yield frame


def _frame(stuffed: bytes, capacity: int) -> Frame | None:
    raw = _unstuffed(stuffed)
    if raw is None or not _HEADER.size + _CRC_BYTES <= len(raw) <= capacity:
        return None
    kind, version, sequence, size = _HEADER.unpack_from(raw)
    body, crc = raw[:-_CRC_BYTES], raw[-_CRC_BYTES:]
    if size != len(body) - _HEADER.size or struct.unpack("<I", crc)[0] != zlib.crc32(body):
        return None
    return Frame(kind, sequence, body[_HEADER.size :], version)


def _unstuffed(stuffed: bytes) -> bytes | None:
    out, at = bytearray(), 0
    while at < len(stuffed):
        code = stuffed[at]
        part = stuffed[at + 1 : at + code]
        if len(part) != code - 1:
            return None
        out += part
        at += code
        if code != _BLOCK + 1 and at < len(stuffed):
            out.append(0)
    return bytes(out)
