"""Which runs of layers become stripes, and how large their tiles are: the least memory for little work."""

from __future__ import annotations

import bisect
import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinyq.emit.lifetimes import lifetimes
from tinyq.emit.memory_plan import lower_bound
from tinyq.emit.stripe_costs import tiles_add, work
from tinyq.emit.stripes import AXES, Stripe, make_stripe

if TYPE_CHECKING:
    from tinyq.emit.layout import Layout

ROWS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)  # of a tile of the last output
LONGEST = 24  # steps of a stripe
NEAR = 1.03  # a peak this near to the lowest one is as good


@dataclass(frozen=True, eq=False)
class _Part:
    """Steps first .. last, as a stripe, or one step as it is."""

    first: int
    last: int
    peak: int
    cost: float
    stripe: Stripe | None = None


def choose_stripes(layout: Layout, budget: float, room: int = 0) -> tuple[Stripe, ...]:
    """The stripes with which a layout that has none needs the least memory, or nearly.

    Args:
        layout: steps and owners; its plan is not used.
        budget: what tiles may add, as a share of the work that there is.
        room: bytes that are there; of stripes that fit them, those that add least.
    """
    parts = list(_parts(layout))
    allowed = budget * work(layout)
    peaks = sorted({part.peak for part in parts})

    def cheap(peak: int) -> bool:
        cost, _ = _cheapest(parts, len(layout.steps), peak)
        return cost <= allowed and cost < math.inf

    # The lower the peak, the dearer: the first that is cheap enough is the lowest.
    lowest = peaks[bisect.bisect_left(peaks, True, key=cheap)]
    near = peaks[bisect.bisect_right(peaks, room if room >= lowest else lowest * NEAR) - 1]
    return _cheapest(parts, len(layout.steps), near)[1]


def _cheapest(parts: list[_Part], count: int, peak: int) -> tuple[float, tuple[Stripe, ...]]:
    """Least cost with which no step needs more than `peak`, and the stripes for it."""
    best: list[tuple[float, tuple[Stripe, ...]]] = [(0.0, ()), *[(math.inf, ())] * count]
    for part in parts:  # sorted by their first step
        cost, stripes = best[part.first]
        if part.peak <= peak and cost + part.cost < best[part.last + 1][0]:
            best[part.last + 1] = (cost + part.cost, (*stripes, part.stripe) if part.stripe else stripes)
    return best[count]


def _parts(layout: Layout) -> Iterator[_Part]:
    buffers, shared = lifetimes(layout)
    peaks = [lower_bound(buffers, shared, range(i, i + 1)) for i in range(len(layout.steps))]
    for first, alone in enumerate(peaks):
        yield _Part(first, first, alone, 0.0)
        for last in range(first + 1, min(first + LONGEST, len(layout.steps))):
            yield from _stripes(layout, first, last, max(peaks[first : last + 1]))


def _stripes(layout: Layout, first: int, last: int, whole: int) -> Iterator[_Part]:
    """Stripes of steps first .. last that need less than `whole`."""
    for axis in AXES:
        for rows in ROWS:
            run = range(first, last + 1)
            stripe = make_stripe(layout.graph, layout.steps, layout.owners, run, axis, rows)
            if stripe is None:
                break
            tiled = dataclasses.replace(layout, stripes=(stripe,))
            buffers, shared = lifetimes(tiled)
            peak = lower_bound(buffers, shared, run)
            if peak >= whole:
                break  # larger tiles need more
            yield _Part(first, last, peak, tiles_add(tiled, stripe), stripe)
