"""The integers of firmware/apps/stream: filters, windows and smoothed decisions, in NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.stream_plan import COEFFICIENT_BITS, FRACTION_BITS, LIMIT, StreamPlan

Ints = npt.NDArray[np.int64]


def biquads(sections: Sequence[Sequence[int]], samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int32]:
    """A cascade of biquads from rest, each with what it lost by rounding added to its next sum.

    All sections work at once, each one sample behind the one before it, so that Python loops over time only.

    Args:
        sections: (b0, b1, b2, a1, a2) each, in 2**-29.
        samples: [n, channels].

    Returns:
        [n, channels], in 256ths of the input's unit, at most 2**29 in size.
    """
    values = samples.astype(np.int64) << FRACTION_BITS
    if not sections:
        return values.astype(np.int32)
    count, channels = samples.shape
    late = len(sections) - 1
    b0, b1, b2, a1, a2 = np.array(sections, np.int64).T[:, :, None]
    x, x1, y, y1, residue = np.zeros((5, len(sections), channels), np.int64)
    out = np.zeros((count + late, channels), np.int32)
    entry = np.concatenate([values, np.zeros((late, channels), np.int64)])
    for step in range(count + late):
        x2, x1, x = x1, x, np.concatenate([entry[step : step + 1], y[:-1]])
        total = b0 * x + b1 * x1 + b2 * x2 - a1 * y - a2 * y1 + residue
        y1, y = y, total >> COEFFICIENT_BITS
        residue = total - (y << COEFFICIENT_BITS)
        beyond = (y >= LIMIT) | (y <= -LIMIT)
        if beyond.any():
            residue[beyond] = 0
            y = y.clip(-LIMIT, LIMIT)
        out[step] = y[-1]
    return out[late:]


def as_int8(plan: StreamPlan, filtered: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
    """Filtered samples [n, channels] as the model's input: standardised, rounded and saturated."""
    mean, multiplier, shift = np.array(plan.gains, np.int64).T
    scaled = (filtered.astype(np.int64) - mean) * multiplier
    rounded: Ints = (scaled + (np.int64(1) << (shift - 1))) >> shift
    return (rounded + plan.zero_point).clip(-128, 127).astype(np.int8)


def windows(plan: StreamPlan, samples: npt.NDArray[Any], first: int = 0) -> tuple[npt.NDArray[np.int8], Ints]:
    """All windows of samples that come one after another from rest.

    Args:
        plan: what is done to them.
        samples: [n, channels]; int16 of a signal, int8 of images.
        first: the first one's number.

    Returns:
        Inputs of the model [windows, elements], and the number of the sample behind each window's last.
    """
    values = as_int8(plan, biquads(plan.sections, samples)) if plan.signal else samples
    begin = -first % plan.hop_samples
    kept = values[begin :: plan.decimate]
    starts = range(0, len(kept) - plan.window + 1, plan.hop)
    found = [kept[start : start + plan.window] for start in starts]
    laid = [(part.T if plan.time_last else part).reshape(-1) for part in found]
    ends = [first + begin + start * plan.decimate + plan.window_samples for start in starts]
    size = plan.window * plan.channels
    return np.array(laid, np.int8).reshape(len(laid), size), np.array(ends, np.int64)


def decisions(plan: StreamPlan, outputs: npt.NDArray[np.int8]) -> tuple[Ints, Ints, Ints, Ints]:
    """Smoothed decisions of windows one after another.

    Args:
        plan: how many outputs are summed.
        outputs: int8 [windows, classes].

    Returns:
        For each window: class of the sum of the last outputs (the first of equal ones), class of its own
        output alone, the sum of that class, and how many outputs are summed.
    """
    padded = np.concatenate([np.zeros((plan.smooth, plan.classes), np.int64), outputs]).cumsum(axis=0)
    sums = padded[plan.smooth :] - padded[: -plan.smooth]
    best = sums.argmax(axis=1)
    count = np.minimum(np.arange(1, len(outputs) + 1), plan.smooth)
    return best, outputs.argmax(axis=1), sums[np.arange(len(sums)), best], count
