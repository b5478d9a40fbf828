"""What host and board say to each other; mirrors firmware/apps/evaluate/protocol.h, which explains it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import RunError
from tinyq.run.emitted import Emitted, frames

REQUEST = 0x49515451
REPLY = 0x4F515451
END = 0x45515451
HEADER_WORDS = 8
END_WORDS = 4

Words = npt.NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Reply:
    """All that the board said.

    Args:
        layer_ticks: int64 [layers], of the first sample.
        ticks: int64 [count], of each inference.
        outputs: one array per output, [count, *shape], or [count, *shape[1:]] where the batch is 1.
        stack_bytes: the most stack used; 0 where the board does not measure it.
        check_ticks: of the start-up check.
        arena_kept: whether nothing was written beside the arena.
    """

    layer_ticks: npt.NDArray[np.int64]
    ticks: npt.NDArray[np.int64]
    outputs: tuple[npt.NDArray[Any], ...]
    stack_bytes: int
    check_ticks: int
    arena_kept: bool


def encode_request(model: Emitted, inputs: Sequence[npt.NDArray[Any]]) -> bytes:
    """The bytes of a request, without END; the first sample goes twice: once to be profiled.

    Raises:
        RunError: a number, shape or dtype of inputs is wrong.
    """
    if len(inputs) != len(model.inputs):
        raise RunError(f"model {model.name!r}", f"{len(inputs)} input arrays", str(len(model.inputs)))
    checked = [frames(tensor, np.asarray(x)) for tensor, x in zip(model.inputs, inputs, strict=True)]
    counts = [len(x) for x in checked]
    if len(set(counts)) != 1:
        raise RunError(f"model {model.name!r}", f"inputs with {counts} samples", "as many for each input")
    rows = np.concatenate([x.reshape(len(x), -1).view(np.uint8) for x in checked], axis=1)
    return _header(REQUEST, model, counts[0]) + rows[:1].tobytes() + rows.tobytes()


def decode_reply(model: Emitted, count: int, data: bytes) -> Reply:
    """Read a whole reply.

    Raises:
        RunError: it is too short or too long, or not a reply to this request.
    """
    where = f"output of model {model.name!r} on {model.board.name}"
    if len(data) != reply_bytes(model, count):
        raise RunError(where, f"{len(data)} bytes", f"{reply_bytes(model, count)} bytes")
    head, layers, end = 4 * HEADER_WORDS, 4 * len(model.layers), len(data) - 4 * END_WORDS
    check_ticks, guards, stack_bytes, mark = _words(data[end:]).tolist()
    if data[:head] != _header(REPLY, model, count) or mark != END:
        raise RunError(where, "damaged", remedy="build and run again")
    body = np.frombuffer(data[head + layers : end], np.uint8).reshape(count, 4 + model.output_bytes)
    outputs, at = [], 4
    for tensor in model.outputs:
        raw = np.ascontiguousarray(body[:, at : at + tensor.bytes])
        outputs.append(raw.view(np.dtype(tensor.dtype)).reshape(count, *tensor.sample_shape))
        at += tensor.bytes
    return Reply(
        layer_ticks=_words(data[head : head + layers]).astype(np.int64),
        ticks=_words(np.ascontiguousarray(body[:, :4]).tobytes()).astype(np.int64),
        outputs=tuple(outputs),
        stack_bytes=stack_bytes,
        check_ticks=check_ticks,
        arena_kept=guards == 0,
    )


def reply_bytes(model: Emitted, count: int) -> int:
    """Bytes of the reply to `count` samples."""
    return 4 * (HEADER_WORDS + len(model.layers) + END_WORDS) + count * (4 + model.output_bytes)


def samples_done(model: Emitted, size: int) -> int:
    """How many samples a reply of `size` bytes so far answers."""
    return max(0, (size - 4 * (HEADER_WORDS + len(model.layers))) // (4 + model.output_bytes))


def _header(kind: int, model: Emitted, count: int) -> bytes:
    sizes = (model.input_bytes, model.output_bytes, len(model.layers))
    whose = (model.constants_crc32, zlib.crc32(model.board.name.encode()))
    return np.array((kind, model.abi, *sizes, *whose, count), "<u4").tobytes()


def _words(data: bytes) -> Words:
    return np.frombuffer(data, "<u4")
