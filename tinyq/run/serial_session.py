"""Application `evaluate` behind a serial port, sample by sample: a board that computes hears nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from tinyq.core.errors import RunError
from tinyq.run.emitted import Emitted
from tinyq.run.link import Link, serial_link
from tinyq.run.protocol import END_WORDS, HEADER_WORDS, REPLY
from tinyq.run.session import refuse_fault

_APP = "evaluate"
_SHOWN = 80  # characters of a line
_SILENT_S = 20.0
_SLOWEST_CYCLES_PER_MAC = 100  # of the reference on a Cortex-M0, twice


def silent_s(model: Emitted, inferences: int) -> float:
    """Seconds after which a board that computes so many has answered; infinite without a known clock."""
    if not model.board.clock_hz:
        return math.inf
    inference = sum(layer.macs for layer in model.layers) * _SLOWEST_CYCLES_PER_MAC / model.board.clock_hz
    return _SILENT_S + inferences * inference


def came(said: bytes) -> str:
    """How much a board said, and its last line of text, by which people know what it runs."""
    lines = (line.strip().decode(errors="replace") for line in said.splitlines())
    text = [line for line in lines if line and line.isascii() and line.isprintable()]
    last = f", at last {text[-1][-_SHOWN:]!r}" if text else ""
    return f"{len(said)} bytes came{last}"


def unheard(model: Emitted, port: str, app: str, got: str, allowed: str) -> RunError:
    """The error that a board behind a port does not answer as application `app` does."""
    remedy = f"is {port} its UART, and {app} what it runs? tinyq flash {model.folder} --app {app}; reset it"
    where = f"board {model.board.name!r} at {port}"
    return RunError(where, got, f"{allowed} at {model.board.baud} baud", remedy)


def converse_at_port(
    model: Emitted, port: str, request: bytes, watch: Callable[[int], None], timeout_s: float
) -> bytes:
    """Send a request's header and frames one by one, each once the one before is answered.

    Args:
        model: the emitted folder whose `evaluate` the board runs.
        port: where the board is.
        request: all of it.
        watch: called with the size of the answer so far.
        timeout_s: seconds without an answer after which it is given up, at most; less where it is known how
            long an inference can take.

    Returns:
        The whole answer.

    Raises:
        RunError: no such port, no answer, a fault, or the answer of another program.
    """
    head, frame = 4 * HEADER_WORDS, model.input_bytes
    frames = [request[at : at + frame] for at in range(head, len(request), frame)]
    due = [4 * len(model.layers)] + [4 + model.output_bytes] * (len(frames) - 1)
    due[-1] += 4 * END_WORDS
    with serial_link(port, model.board.baud) as link:
        asked = _Asked(model, port, link, min(timeout_s, silent_s(model, 2)))
        said = asked.greet(request[:head])
        watch(len(said))
        for data, size in zip(frames, due, strict=True):
            said += asked.answer(data, size)
            watch(len(said))
        return said


@dataclass
class _Asked:
    """A board that answers."""

    model: Emitted
    port: str
    link: Link
    limit_s: float

    def greet(self, header: bytes) -> bytes:
        """The header of its answer, behind whatever it said before it heard the request."""
        mark, said = REPLY.to_bytes(4, "little"), b""
        self.link.write(header)
        while mark not in said:
            said += self._more(said, "no answer")
        said = said[said.index(mark) :]
        while len(said) < len(header):
            said += self._more(said, "half an answer")
        if said[4:] != header[4:]:
            raise self._error("a damaged answer")
        return said

    def answer(self, request: bytes, size: int) -> bytes:
        """So many bytes after a frame."""
        self.link.write(request)
        said = b""
        while len(said) < size:
            said += self._more(said, "no whole answer")
        if len(said) > size:
            raise self._error(f"{len(said)} bytes, where {size} are due: noise on the line")
        return said

    def _more(self, said: bytes, what: str) -> bytes:
        end = time.monotonic() + self.limit_s
        while time.monotonic() < end:
            if data := self.link.read(min(1.0, self.limit_s)):
                refuse_fault(self.model, said + data)
                return data
        raise self._error(f"{what} within {self.limit_s:.0f} s ({came(said)})")

    def _error(self, got: str) -> RunError:
        allowed = f"the answers of application {_APP} of {self.model.name!r}"
        return unheard(self.model, self.port, _APP, got, allowed)
