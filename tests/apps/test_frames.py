"""The stream's frames in C and in Python: the same frames out of any bytes, and none lost that came whole."""

import random
import re
import struct
from pathlib import Path

import pytest
from host_c import STREAM, answer, build_program
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyq.core.frames import VERSION, Frame, Kind, Parser, Reason, encode, wire_bytes
from tinyq.core.resources import firmware_dir

CAPACITY = 64
END = 255


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    crc = firmware_dir() / "runtime" / "tq_crc32.c"
    sources = [
        Path(__file__).parent / "frames_echo.c",
        STREAM / "frames_take.c",
        STREAM / "frames_send.c",
        crc,
    ]
    return build_program(tmp_path_factory.mktemp("frames") / "echo", sources)


def echoed(frame: Frame) -> Frame:
    """What frames_echo.c sends back of a frame: up to eight words, filled up with zeros."""
    payload = frame.payload[:32]
    return Frame(frame.kind, frame.sequence, payload + bytes(-len(payload) % 4))


def both(echo: Path, wire: bytes) -> list[Frame]:
    """The frames that Python finds, once C has found the same ones and as many damaged ones."""
    here = Parser(CAPACITY)
    found = list(here.take(wire))
    *there, end = Parser().take(answer(echo, wire, CAPACITY))
    assert there == [echoed(frame) for frame in found]
    assert end == Frame(END, 0, struct.pack("<I", here.damaged))
    return found


FRAMES = st.builds(
    Frame,
    st.integers(0, 255),
    st.integers(0, 65535),
    st.one_of(st.binary(max_size=80), st.lists(st.sampled_from([0, 1, 255]), max_size=52).map(bytes)),
)
DAMAGE = st.one_of(
    st.binary(max_size=300),  # noise
    st.tuples(FRAMES, st.integers(0, 70)).map(lambda x: encode(x[0])[: x[1]]),  # a reset in mid-frame
    st.tuples(FRAMES, st.integers(0, 70), st.integers(1, 255)).map(lambda x: flipped(encode(x[0]), *x[1:])),
    st.integers(0, 2000).map(lambda count: b"\x05" * count),  # over-long, and no zero in it
)


def flipped(wire: bytes, at: int, mask: int) -> bytes:
    at %= len(wire)
    return wire[:at] + bytes([wire[at] ^ mask]) + wire[at + 1 :]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(FRAMES, DAMAGE), max_size=8))
def test_whatever_comes_between_a_frame_that_came_whole_is_read(
    echo: Path, parts: list[Frame | bytes]
) -> None:
    wire = b"".join(encode(part) if isinstance(part, Frame) else part for part in parts)
    found = iter(both(echo, wire))
    whole = [x for x in parts if isinstance(x, Frame) and len(x.payload) + 12 <= CAPACITY]
    assert all(frame in found for frame in whole)  # in this order


def test_many_frames_with_a_damaged_byte_each_cost_one_or_two_frames_and_no_more(echo: Path) -> None:
    rng = random.Random(5)
    sent = [Frame(Kind.TAKEN, number, rng.randbytes(12)) for number in range(200)]
    for number in range(len(encode(sent[0]))):
        wire = bytearray(b"".join(encode(frame) for frame in sent[:20]))
        wire[len(encode(sent[0])) * 9 + number] ^= 1 << rng.randrange(8)
        assert len(both(echo, bytes(wire))) >= 18


def test_a_stream_in_single_bytes_is_the_same_as_in_one_piece() -> None:
    frames = [Frame(Kind.SAMPLES, number, bytes(number % 300)) for number in range(600)]
    wire = b"".join(map(encode, frames))
    parser = Parser()
    assert [frame for byte in wire for frame in parser.take(bytes([byte]))] == frames
    assert parser.damaged == 0


@pytest.mark.parametrize("size", [0, 1, 241, 242, 243, 253, 254, 255, 508, 1016, 2000])
@pytest.mark.parametrize("byte", [0, 1])
def test_every_length_fits_in_what_is_kept_for_it(size: int, byte: int) -> None:
    frame = Frame(Kind.SAMPLES, 0x0101, bytes([byte]) * size)
    wire = encode(frame)
    assert len(wire) <= wire_bytes(size)
    assert list(Parser(size + 12).take(wire)) == [frame]
    assert not list(Parser(size + 11).take(wire))


def test_a_parser_does_not_keep_more_than_a_frame() -> None:
    parser = Parser(100)
    for _ in range(100):
        assert not list(parser.take(b"\x07" * 1000))
    assert len(parser._stuffed) <= 104
    frame = Frame(Kind.HELLO, 1)
    assert list(parser.take(encode(frame))) == [frame] and parser.damaged == 1


def test_numbers_are_those_of_the_header() -> None:
    text = (STREAM / "frames.h").read_text()
    numbers = {name: int(value, 0) for name, value in re.findall(r"FRAMES_(\w+) (?:= )?(0x\w+|\d+)", text)}
    assert numbers["VERSION"] == VERSION
    for word in (*Kind, *Reason):
        assert numbers[word.name] == word
