"""What the application `stream` does with samples, as integers: emitted as C, and kept in model.json."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinyq.core.frames import wire_bytes

FRACTION_BITS = 8
COEFFICIENT_BITS = 29
LIMIT = 1 << 29


@dataclass(frozen=True)
class StreamPlan:
    """Of a signal: filters, every n-th sample, int8, windows. Of images: rows, and each image is a window.

    Args:
        model: SHA-256 of the .tflite file; a board with another one is refused.
        board: its name; ticks_hz: ticks a second of it, in which it says how long a window took.
        channels: elements of a sample (of an image: of a row); int16 in a signal, int8 in images.
        window: samples of a window, of those that are kept (of an image: rows).
        hop: from one window to the next.
        decimate: every n-th sample is kept.
        smooth: windows whose outputs are summed for a decision.
        classes: elements of the model's output.
        time_last: whether the model's input is [channels, window], not [window, channels].
        zero_point: of the model's input.
        rate_hz: samples a second, before decimation; 0 for images.
        unit: what one count of an int16 sample is, in the recording's own unit.
        sections: (b0, b1, b2, a1, a2) of each biquad, in 2**-29.
        gains: (mean, multiplier, shift) of each channel; none for images.
        frame_samples: most samples of a frame.
        credit: most frames that are unanswered.
    """

    model: str
    board: str
    ticks_hz: int
    channels: int
    window: int
    hop: int
    decimate: int
    smooth: int
    classes: int
    time_last: bool
    zero_point: int
    rate_hz: float
    unit: float
    sections: tuple[tuple[int, ...], ...]
    gains: tuple[tuple[int, ...], ...]
    frame_samples: int
    credit: int

    @property
    def signal(self) -> bool:
        """Whether it is a signal, and not images."""
        return self.rate_hz > 0

    @property
    def sample_bytes(self) -> int:
        """Bytes of a sample on the wire."""
        return self.channels * (2 if self.signal else 1)

    @property
    def payload_bytes(self) -> int:
        """Most bytes of a frame's payload."""
        return 4 + self.frame_samples * self.sample_bytes

    @property
    def receive_bytes(self) -> int:
        """Of the board's receive buffer, a power of two: all that may be unanswered, and a HELLO."""
        return 1 << (self.credit * wire_bytes(self.payload_bytes) + wire_bytes(4)).bit_length()

    @property
    def window_samples(self) -> int:
        """Samples from the first to the last one of a window, before decimation."""
        return (self.window - 1) * self.decimate + 1

    @property
    def hop_samples(self) -> int:
        """Samples from one window to the next, before decimation."""
        return self.hop * self.decimate

    @property
    def ram_bytes(self) -> int:
        """Of the application, beside the model's arena: filters, window, frame, receive buffer, outputs."""
        states = self.channels * 12 * (len(self.sections) + 1) if self.signal else 0
        outputs = self.smooth * self.classes + 4 * self.classes
        return states + self.window * self.channels + self.payload_bytes + 12 + self.receive_bytes + outputs

    @property
    def constant_bytes(self) -> int:
        """Of its tables, in flash."""
        return 20 * (len(self.sections) + 1) + 12 * len(self.gains) if self.signal else 0

    @property
    def id(self) -> int:
        """A number that firmware and host compare: another board, model or setting is refused."""
        return zlib.crc32(json.dumps(self.to_dict(), sort_keys=True).encode())

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> StreamPlan:
        """The plan of `to_dict`, or of its JSON."""
        rows = {name: tuple(tuple(row) for row in facts[name]) for name in ("sections", "gains")}
        return cls(**{**facts, **rows})
