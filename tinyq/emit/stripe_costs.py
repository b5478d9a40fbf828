"""What tiles cost, of which core/costs.py tells little: what a kernel does once more for each of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinyq.core.costs import estimate
from tinyq.core.kernels import Step
from tinyq.core.params import ConvDims
from tinyq.core.scratch_sliced import depthwise_lines_are
from tinyq.emit.stripes import Stripe, Tiling

if TYPE_CHECKING:
    from tinyq.emit.layout import Layout

# Instructions, rounded, as counted of the networks of `models/` in tiles of several sizes: of a tile of a
# layer, of a byte that is moved.
CALL, MOVE = 600, 5
# Of what is done anyway, where core/costs.py tells nothing: a product of a convolution, of a depthwise one,
# of bits; an output without products.
PRODUCT, DEPTHWISE_PRODUCT, BIT_PRODUCT, ELEMENT = 1.0, 2.0, 1 / 16, 50


@dataclass(frozen=True)
class Again:
    """What a kernel does for each call, in instructions; counted alike.

    Args:
        weight, depthwise: of a weight, which is laid out anew; of a depthwise convolution's.
        row: of each row of the output where the tile is cut out of rows; row_weight: and of each weight, too.
        lanes: positions of a line that are computed at once.
        idle: of a lane that has no position, for each weight and line.
    """

    weight: float = 10
    depthwise: float = 60
    row: float = 300
    row_weight: float = 0
    lanes: int = 1
    idle: float = 0


AGAIN = {
    "dsp": Again(12, 45, 1400, 1.0),
    "sliced": Again(10, 60, lanes=32, idle=2.0),
    "mve": Again(12, 30, 300, 2.3),
    "swar": Again(14, 35, 300, 6.5, lanes=4, idle=3.0),
    "swar codes": Again(110, 150, lanes=8, idle=0.8),
    "swar tables": Again(1, 150),
}


def tiles_add(layout: Layout, stripe: Stripe) -> float:
    """Instructions that the tiles of a layout's only stripe add."""
    return MOVE * stripe.moved_bytes + sum(_added(layout, stripe, tiling) for tiling in stripe.tilings)


def _added(layout: Layout, stripe: Stripe, tiling: Tiling) -> float:
    step = tiling.step
    rows = layout.graph.tensors[step.output].shape[1] if stripe.axis == "w" else 0
    again = AGAIN.get(_way(layout, step), Again())
    more = (stripe.count - 1) * (CALL + again.row * rows)
    if not step.constants:
        return more
    weight = again.depthwise if is_depthwise(step) else again.weight
    more += (stripe.count - 1) * int(step.dims.filter.size) * (weight + again.row_weight * rows)
    return more + again.idle * (_idle(again.lanes, tiling.every_dims) - _idle(again.lanes, [step.dims]))


def _way(layout: Layout, step: Step) -> str:
    suffix = layout.variant(step).suffix
    if not step.constants:
        return ""
    if suffix != "swar" or step.kernel.endswith("a8w8"):
        return suffix
    return "swar codes" if is_depthwise(step) or step.dims.filter.c == 1 else "swar tables"


def _idle(lanes: int, every_dims: Iterable[ConvDims]) -> float:
    """Products of lanes that have no position, which take what others do."""
    lines = [dims for dims in every_dims if lanes < 32 or depthwise_lines_are(dims)]
    return float(sum(-d.output.w % lanes * d.output.n * d.output.h * d.filter.size for d in lines))


def is_depthwise(step: Step) -> bool:
    """Whether a step is a depthwise convolution."""
    return step.kernel.startswith("depthwise")


def work(layout: Layout) -> float:
    """Instructions of an inference, roughly and rather too few."""
    return sum(_work_of(layout, step) for step in layout.steps)


def _work_of(layout: Layout, step: Step) -> float:
    measured = estimate(step, layout.cpu or "")
    if measured is not None:
        return measured
    if step.bit_operations:
        return step.bit_operations * BIT_PRODUCT
    if step.macs:
        return step.macs * (DEPTHWISE_PRODUCT if is_depthwise(step) else PRODUCT)
    return ELEMENT * math.prod(layout.graph.tensors[step.output].shape)
