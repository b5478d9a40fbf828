"""The host's side of the application `stream`: numbered samples to a board, its decisions back."""

from __future__ import annotations

import struct
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import RunError
from tinyq.core.faults import explain, fault_at_end
from tinyq.core.frames import REASONS, VERSION, Frame, Kind, Parser, Reason, encode
from tinyq.core.stream_plan import StreamPlan
from tinyq.run.link import Link

_ASK_S = 2.0
_FAULT_BYTES = 32  # in which a fault that a board tells lies whole
_SEQUENCES = 1 << 16


@dataclass(frozen=True)
class Answer:
    """What the board says to a window.

    Args:
        window: its number; the first sample's number is this times `plan.hop_samples`.
        end: number of the sample behind its last.
        label: class of the sum of the last `windows` outputs.
        alone: class of this window's output.
        score: that sum, in the output's quantization steps.
        windows: how many outputs are summed.
        ticks: from the window's last sample to the answer.
        missed: samples that did not reach the board so far.
    """

    window: int
    end: int
    label: int
    alone: int
    score: int
    windows: int
    ticks: int
    missed: int


@dataclass
class Totals:
    """What became of the samples.

    Args:
        sent: samples that left.
        missed: those that the board says it missed.
        damaged: frames that the board found damaged; damaged_here: those of its answers.
        resets: how often the board began anew.
    """

    sent: int = 0
    missed: int = 0
    damaged: int = 0
    damaged_here: int = 0
    resets: int = 0


@dataclass
class Session:
    """One board that streams; at most `plan.credit` frames are unanswered.

    Args:
        link: where it is.
        plan: what its firmware should do.
        timeout_s: seconds without an answer after which the board counts as dead.
    """

    link: Link
    plan: StreamPlan
    timeout_s: float = 20.0
    totals: Totals = field(default_factory=Totals)
    _parser: Parser = field(default_factory=Parser)
    _waiting: deque[int] = field(default_factory=deque)
    _sequence: int = 0
    _said: bytes = b""
    _next: int = 0
    _taken_up_to: int = 0
    _missed_before: int = 0
    _damaged_before: int = 0
    _heard: float = 0.0  # when the last whole frame came

    def begin(self, first: int = 0) -> None:
        """Have the board begin with empty filters and windows; the next sample has the number `first`.

        Raises:
            RunError: as `greet`.
        """
        self._next, self._taken_up_to = first, first
        self._missed_before, self._damaged_before = 0, 0
        self.totals = Totals()
        self.greet()

    def greet(self) -> None:
        """Say HELLO until the board answers that it runs the firmware of this plan.

        Raises:
            RunError: it does not answer, or runs something else.
        """
        end = time.monotonic() + self.timeout_s
        self._waiting.clear()
        before = self._sequence
        while time.monotonic() < end:
            self._send(Kind.HELLO, struct.pack("<I", self._next % (1 << 32)))
            until = time.monotonic() + _ASK_S / 4
            while time.monotonic() < until:
                for frame in self._frames(until - time.monotonic()):
                    if self._is_greeting(frame, before):
                        self._parser.damaged = (
                            self.totals.damaged_here
                        )  # what a starting board says is no frame
                        return
        got = f"no answer within {self.timeout_s:.0f} s"
        if self._parser.damaged:
            got += f", only noise ({self._parser.damaged} damaged frames)"
        remedy = "is the application `stream` flashed (tinyq flash --app stream), and the baud rate right?"
        raise RunError(self.link.name, got, "", remedy)

    def _is_greeting(self, frame: Frame, before: int) -> bool:
        if frame.version != VERSION:
            got = f"the board speaks version {frame.version} of the protocol"
            raise RunError(self.link.name, got, f"{VERSION}", "emit, build and flash again")
        asked = (self._sequence - before) % _SEQUENCES
        # On a slow line the answer to an earlier HELLO comes; all of them reach the board before any sample.
        if not 0 < (frame.sequence - before) % _SEQUENCES <= asked:
            return False  # to what was sent before
        if frame.kind == Kind.REFUSED:
            raise self._refusal(frame)
        if frame.kind != Kind.INFO:
            return False
        plan = self.plan
        expected = (plan.id, plan.credit, plan.payload_bytes, plan.sample_bytes)
        if frame.words != expected:
            got = "the board runs another model, or the same for another board or with other settings"
            raise RunError(self.link.name, got, "", "build and flash this folder: tinyq flash --app stream")
        return True

    def play(self, blocks: Iterable[npt.NDArray[Any]]) -> Iterator[Answer]:
        """Send samples as fast as the board takes them, and yield its answers.

        Args:
            blocks: [n, channels] each, any n, int16 (signals) or int8 (rows of images).

        Raises:
            RunError: the board has stopped, refuses, or the link is gone.
        """
        for block in blocks:
            data = np.ascontiguousarray(block).astype("<i2" if self.plan.signal else "i1", copy=False)
            for start in range(0, len(data), self.plan.frame_samples):
                yield from self._until(self.plan.credit - 1)
                self._post(data[start : start + self.plan.frame_samples])
                yield from self._answers(0.0)
        yield from self._until(0)

    def _post(self, samples: npt.NDArray[Any]) -> None:
        self._send(Kind.SAMPLES, struct.pack("<I", self._next % (1 << 32)) + samples.tobytes())
        self._waiting.append(self._sequence)
        self._next += len(samples)
        self.totals.sent += len(samples)

    def _until(self, most: int) -> Iterator[Answer]:
        """Wait until at most so many frames are unanswered; ask where the board is if it says nothing."""
        self._heard = asked = time.monotonic()
        while len(self._waiting) > most:
            yield from self._answers(_ASK_S / 10)
            now = time.monotonic()
            if now - self._heard > self.timeout_s:
                got = f"has not answered for {self.timeout_s:.0f} s"
                raise RunError(self.link.name, got, "", "reset the board; a longer --timeout if it is slow")
            if now - max(asked, self._heard) > _ASK_S:
                asked = now
                self._post(np.zeros((0, 1), np.int8))  # frames or answers were lost: an empty one asks

    def _answers(self, timeout_s: float) -> Iterator[Answer]:
        for frame in self._frames(timeout_s):
            if frame.kind == Kind.ANSWER and len(frame.words) == 8:
                words = list(frame.words)
                words[4] -= (words[4] >> 31) << 32
                words[7] += self._missed_before
                yield Answer(*words)
            elif frame.kind == Kind.TAKEN and len(frame.words) == 3:
                self._taken(frame)
            elif frame.kind == Kind.REFUSED:
                self._refused(frame)

    def _taken(self, frame: Frame) -> None:
        self.totals.damaged_here = self._parser.damaged
        self._taken_up_to, missed, damaged = frame.words
        self.totals.missed = self._missed_before + missed
        self.totals.damaged = self._damaged_before + damaged
        if frame.sequence in self._waiting:
            while self._waiting.popleft() != frame.sequence:
                pass

    def _refused(self, frame: Frame) -> None:
        if frame.words[:1] != (Reason.NO_HELLO,):
            raise self._refusal(frame)
        if frame.sequence not in self._waiting:
            return  # of a frame before the greeting that has been answered
        self.totals.resets += 1
        self.totals.missed += (self._next - self._taken_up_to) % (1 << 32)
        self._missed_before, self._damaged_before = self.totals.missed, self.totals.damaged
        self.greet()

    def _refusal(self, frame: Frame) -> RunError:
        reason = frame.words[0] if frame.words else 0
        text = REASONS[Reason(reason)] if reason in list(Reason) else f"reason {reason}"
        return RunError(self.link.name, f"the board refuses: {text}", "", "emit, build and flash again")

    def _send(self, kind: Kind, payload: bytes) -> None:
        self._sequence = (self._sequence + 1) % _SEQUENCES
        self.link.write(encode(Frame(kind, self._sequence, payload)))

    def _frames(self, timeout_s: float) -> list[Frame]:
        """All that have come whole: a caller may leave some, or read again between two of them."""
        data = self.link.read(max(0.0, timeout_s))
        self._said = (self._said + data)[-_FAULT_BYTES:]
        fault = fault_at_end(self._said)
        if fault is not None:
            raise RunError(self.link.name, f"the board stopped with fault {fault}: {explain(fault)}")
        found = list(self._parser.take(data))
        if found:
            self._heard = time.monotonic()
        return found
