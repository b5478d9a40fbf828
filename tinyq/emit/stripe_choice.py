"""Which runs of layers become stripes, and how large their tiles are: the least memory for little work."""

from __future__ import annotations

import bisect
import dataclasses
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinyq.core.costs import estimate
from tinyq.core.kernels import Step
from tinyq.core.params import ConvDims
from tinyq.core.scratch_sliced import depthwise_lines_are
from tinyq.emit.lifetimes import lifetimes
from tinyq.emit.memory_plan import lower_bound
from tinyq.emit.stripes import AXES, Stripe, Tiling, make_stripe

if TYPE_CHECKING:
    from tinyq.emit.layout import Layout

ROWS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)  # of a tile of the last output
LONGEST = 24  # steps of a stripe
NEAR = 1.03  # a peak this near to the lowest one is as good
# Instructions, rounded, as counted on a Cortex-M4, of what tiles add, of which core/costs.py tells little: of
# a tile of a layer, of each row of its output where the tile is cut out of rows, of a byte that is moved, of
# a weight (kernels lay them out anew for each call; those of depthwise layers several times, side by side).
CALL, ROW, MOVE, WEIGHT, DEPTHWISE_WEIGHT = 600, 300, 5, 10, 60
LANES = 32  # positions of a line that bit-sliced depthwise kernels take at once
# Of what is done anyway, where core/costs.py tells nothing: a product of a convolution, of a depthwise one,
# of bits; an output without products.
PRODUCT, DEPTHWISE_PRODUCT, BIT_PRODUCT, ELEMENT = 1.0, 2.0, 1 / 16, 50


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
    allowed = budget * _work(layout)
    peaks = sorted({part.peak for part in parts})

    def cheap(peak: int) -> bool:
        cost, _ = _cheapest(parts, len(layout.steps), peak)
        return cost <= allowed and cost < math.inf

    # The lower the peak, the dearer: the first that is cheap enough is the lowest.
    lowest = peaks[bisect.bisect_left(peaks, True, key=cheap)]
    near = peaks[bisect.bisect_right(peaks, max(lowest * NEAR, room / NEAR)) - 1]
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
            yield _Part(first, last, peak, _cost(tiled, stripe), stripe)


def _cost(layout: Layout, stripe: Stripe) -> float:
    """Instructions that the tiles of a layout's only stripe add."""
    return MOVE * stripe.moved_bytes + sum(_added(layout, stripe, tiling) for tiling in stripe.tilings)


def _added(layout: Layout, stripe: Stripe, tiling: Tiling) -> float:
    more = float(CALL * (stripe.count - 1))
    rows = layout.graph.tensors[tiling.step.output].shape[1] if stripe.axis == "w" else 0
    if _is_depthwise(tiling.step) and layout.variant(tiling.step).suffix == "sliced":
        more += _idle(tiling.every_dims) - _idle([tiling.step.dims])
    return more + (stripe.count - 1) * (ROW * rows + _laid_out(tiling.step))


def _idle(every_dims: Iterable[ConvDims]) -> float:
    """Lanes that have no position take what others do."""
    lines = [dims for dims in every_dims if depthwise_lines_are(dims)]
    idle = sum(-d.output.w % LANES * d.output.n * d.output.h * d.filter.size for d in lines)
    return DEPTHWISE_PRODUCT * idle


def _laid_out(step: Step) -> int:
    """What becomes of the weights at each call."""
    if not step.constants:
        return 0
    return int(step.dims.filter.size * (DEPTHWISE_WEIGHT if _is_depthwise(step) else WEIGHT))


def _is_depthwise(step: Step) -> bool:
    return step.kernel.startswith("depthwise")


def _work(layout: Layout) -> float:
    """Instructions of an inference, roughly and rather too few."""
    return sum(_work_of(layout, step) for step in layout.steps)


def _work_of(layout: Layout, step: Step) -> float:
    measured = estimate(step, layout.cpu or "")
    if measured is not None:
        return measured
    if step.bit_operations:
        return step.bit_operations * BIT_PRODUCT
    if step.macs:
        return step.macs * (DEPTHWISE_PRODUCT if _is_depthwise(step) else PRODUCT)
    return ELEMENT * math.prod(layout.graph.tensors[step.output].shape)
