"""tinyq.run.protocol and tinyq.run.emitted: requests are checked, replies are not trusted."""

import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from tinyq.core.boards import load_board
from tinyq.core.errors import BoardError, BuildError, RunError
from tinyq.core.resources import firmware_dir
from tinyq.run import protocol
from tinyq.run.emitted import Emitted, Endpoint, Layer, read_emitted
from tinyq.run.protocol import decode_reply, encode_request, reply_bytes, samples_done

A = Endpoint("a", (1, 2, 3), "int8", 0.5, -3)
B = Endpoint("b", (2, 2), "float32", 1.0, 0)
BOARD = zlib.crc32(b"host")
LAYERS = Layer("x", "add_a8", 0), Layer("y", "add_a8", 0)
MODEL = Emitted(Path(), "net", 1, load_board("host"), 8192, 0xFFFFFFFE, (A, B), (B, A), LAYERS)


def inputs(count: int) -> list[np.ndarray]:
    return [
        np.arange(count * 6).astype(np.int8).reshape(count, 2, 3),
        np.arange(count * 4).astype(np.float32).reshape(count, 2, 2),
    ]


def reply(count: int) -> bytes:
    head = (
        np.array([protocol.REPLY, 1, 22, 22, 2, 0xFFFFFFFE, BOARD, count], "<u4").tobytes()
        + np.array([7, 8], "<u4").tobytes()
    )
    a, b = inputs(count)
    frames = b"".join(
        np.array([100 + i], "<u4").tobytes() + b[i].tobytes() + a[i].tobytes() for i in range(count)
    )
    return head + frames + np.array([900, 0, 444, protocol.END], "<u4").tobytes()


def test_numbers_are_those_of_the_c_header() -> None:
    text = (firmware_dir() / "apps" / "evaluate" / "protocol.h").read_text()
    macros = {name: int(value, 0) for name, value in re.findall(r"#define EVALUATE_(\w+) (\w+?)u?\b", text)}
    for name in ("REQUEST", "REPLY", "END", "HEADER_WORDS", "END_WORDS"):
        assert macros[name] == getattr(protocol, name)


def test_a_request_is_a_header_the_first_frame_and_all_frames() -> None:
    data = encode_request(MODEL, inputs(3))
    assert np.frombuffer(data[:32], "<u4").tolist() == [protocol.REQUEST, 1, 22, 22, 2, 0xFFFFFFFE, BOARD, 3]
    frames = [a.tobytes() + b.tobytes() for a, b in zip(*inputs(3), strict=True)]
    assert data[32:] == frames[0] + b"".join(frames)


def test_a_batch_of_one_may_be_left_out_or_written_out() -> None:
    a, b = inputs(2)
    assert encode_request(MODEL, [a[:, None], b]) == encode_request(MODEL, [a, b])


def test_a_strided_array_is_sent_in_c_order() -> None:
    a, b = inputs(2)
    backwards = np.asfortranarray(a)
    assert encode_request(MODEL, [backwards, b]) == encode_request(MODEL, [a, b])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, b: [a], "1 input arrays.*allowed: 2"),
        (lambda a, b: [a, b[:1]], r"\[2, 1\] samples"),
        (lambda a, b: [a.astype(np.int32), b], r"'a'.*int32.*int8.*round\(x / 0.5\) \+ -3"),
        (lambda a, b: [a, b.astype(np.float64)], "'b'.*float64.*float32"),
        (lambda a, b: [a.reshape(2, 3, 2), b], r"'a'.*shape \[2, 3, 2\].*\[n, 2, 3\]"),
        (lambda a, b: [a[:0], b[:0]], "no samples"),
        (lambda a, b: [np.int8(1), b], r"shape \[\]"),
    ],
)
def test_wrong_inputs_are_refused(change: object, message: str) -> None:
    with pytest.raises(RunError, match=f"(?s){message}"):
        encode_request(MODEL, change(*inputs(2)))  # type: ignore[operator]


def test_a_reply_is_read_back() -> None:
    assert len(reply(3)) == reply_bytes(MODEL, 3)
    answer = decode_reply(MODEL, 3, reply(3))
    a, b = inputs(3)
    assert np.array_equal(answer.outputs[0], b) and np.array_equal(answer.outputs[1], a)
    assert answer.ticks.tolist() == [100, 101, 102] and answer.layer_ticks.tolist() == [7, 8]
    assert answer.stack_bytes == 444


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: b"",
        lambda data: data + b"\0",
        lambda data: b"XXXX" + data[4:],
        lambda data: data[:-4] + b"XXXX",
        lambda data: data[:20] + b"\5" + data[21:],
    ],
)
def test_a_reply_that_makes_no_sense_is_an_error(damage: object) -> None:
    with pytest.raises(RunError, match="output of model 'net' on host"):
        decode_reply(MODEL, 3, damage(reply(3)))  # type: ignore[operator]


def test_progress_counts_whole_samples() -> None:
    sizes = [samples_done(MODEL, size) for size in (0, 39, 40, 40 + 25, 40 + 26, 40 + 3 * 26 + 8)]
    assert sizes == [0, 0, 0, 0, 1, 3]


def test_a_folder_that_was_not_emitted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="(?s)no model.json.*tinyq emit"):
        read_emitted(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"board": 1}', '{"layers": [{}]}', "\x00"])
def test_a_damaged_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(BuildError, match="damaged model.json"):
        read_emitted(tmp_path)


def test_a_manifest_without_its_board_is_refused(tmp_path: Path) -> None:
    facts = {"name": "x", "abi": 1, "board": "gone", "inputs": [], "outputs": [], "layers": []}
    (tmp_path / "model.json").write_text(json.dumps(facts))
    with pytest.raises(BoardError, match="gone"):
        read_emitted(tmp_path)
