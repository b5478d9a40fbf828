"""Plans of the application `stream` for tests."""

import dataclasses
from typing import Any

import numpy as np

from tinyq.core.stream_plan import StreamPlan
from tinyq.emit.stream_filters import design, gain

SIGNAL = StreamPlan(
    model="",
    board="host",
    ticks_hz=10_000_000,
    channels=3,
    window=20,
    hop=6,
    decimate=2,
    smooth=3,
    classes=4,
    time_last=True,
    zero_point=-7,
    rate_hz=160.0,
    unit=1.0,
    sections=design("test", 160.0, (8.0, 30.0), 4, (np.array([50.0, 60.0]), 30.0)),
    gains=tuple(gain("test", mean, 300.0, 0.04) for mean in (0.0, 12.5, -900.0)),
    frame_samples=5,
    credit=4,
)
IMAGES = dataclasses.replace(
    SIGNAL, window=8, hop=8, decimate=1, smooth=1, time_last=False, rate_hz=0.0, sections=(), gains=()
)


def plan(base: StreamPlan = SIGNAL, **changes: Any) -> StreamPlan:
    return dataclasses.replace(base, **changes)
