"""From which step to which each tensor of a layout is needed, how large it is, and which may share memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinyq.core.kernels import Step
from tinyq.emit.in_place import in_place_inputs
from tinyq.emit.memory_plan import Buffer
from tinyq.emit.stripes import Stripe
from tinyq.emit.tensors import scratch_key, tensor_bytes, tensor_key

if TYPE_CHECKING:
    from tinyq.emit.layout import Layout

Life = tuple[int, int]
Pair = tuple[str, str]


def lifetimes(layout: Layout) -> tuple[list[Buffer], list[Pair]]:
    """All buffers of a layout, and the pairs (input, output) of which the second may take the first's place.

    In a stripe, steps take turns: what any of them reads from outside is needed until the last one is done,
    the last one's output from the first one on, and so is a tile of which rows are kept.
    """
    graph, lives = layout.graph, _lives(layout)
    sizes = {tensor: tensor_bytes(graph.tensors[tensor]) for tensor in lives}
    for stripe in layout.stripes:
        sizes |= stripe.tile_bytes
    buffers = [Buffer(tensor_key(graph, tensor), sizes[tensor], *life) for tensor, life in lives.items()]
    for number, step in enumerate(layout.steps):
        size = layout.scratch_bytes(step)
        if size is not None:
            buffers.append(Buffer(scratch_key(step), size, number, number))
    return buffers, _pairs(layout, lives)


def _lives(layout: Layout) -> dict[int, Life]:
    """Tensor that owns memory -> its first and last step."""
    lives: dict[int, Life] = {}

    def use(tensor: int, *steps: int) -> None:
        if layout.constant(tensor) is None:
            owner = layout.owner(tensor)
            steps += lives.get(owner, ())
            lives[owner] = (min(steps), max(steps))

    for tensor in layout.graph.inputs:
        use(tensor, 0)
    for number, step in enumerate(layout.steps):
        for tensor in (*step.inputs, step.output):
            use(tensor, number)
    for tensor in layout.graph.outputs:
        use(tensor, len(layout.steps) - 1)
    for stripe in layout.stripes:
        for tensor in stripe.position_bytes:
            use(tensor, *_needed(layout, stripe, tensor))
    return lives


def _needed(layout: Layout, stripe: Stripe, tensor: int) -> tuple[int, ...]:
    """Steps in which a stripe needs a tensor beside those that read or write it."""
    if tensor in stripe.kept:
        return (stripe.first, stripe.last)
    if tensor == layout.steps[stripe.last].output:
        return (stripe.first,)
    return () if tensor in stripe.tile_bytes else (stripe.last,)


def _pairs(layout: Layout, lives: dict[int, Life]) -> list[Pair]:
    """One a step at most: of the inputs that end there the largest, and the output that begins there."""
    pairs, outputs = [], {layout.owner(tensor) for tensor in layout.graph.outputs}
    for number, step in enumerate(layout.steps):
        output, stripe = layout.owner(step.output), layout.stripe(step)
        ending = [
            layout.owner(tensor)
            for tensor in (step.inputs[i] for i in in_place_inputs(step))
            if layout.constant(tensor) is None and lives[layout.owner(tensor)][1] == number
        ]
        ending = [tensor for tensor in ending if tensor not in outputs]  # which are read after the last step
        if stripe is not None:
            ending = [tensor for tensor in ending if _same_part(layout, stripe, step, tensor)]
        if ending and lives[output][0] == number:
            largest = max(ending, key=lambda tensor: tensor_bytes(layout.graph.tensors[tensor]))
            pairs.append((tensor_key(layout.graph, largest), tensor_key(layout.graph, output)))
    return pairs


def _same_part(layout: Layout, stripe: Stripe, step: Step, tensor: int) -> bool:
    """Whether a step of a stripe reads and writes tiles that begin at the same place, in every tile."""
    tiling = layout.tiling(step)
    between = tensor in stripe.tile_bytes and step.output in stripe.tile_bytes
    if tiling is None or not between or {tensor, step.output} & stripe.kept:
        return False
    return all(tile.to == 0 and not any(tile.start) for tile in tiling.tiles)
