"""Static memory plan: where in the arena each buffer lies, decided before the compiler runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass

from tinyq.core.errors import EmitError

ALIGNMENT = 8
_ATTEMPTS = 300  # of the search; a network of thirty buffers takes a second for them


@dataclass(frozen=True)
class Buffer:
    """Memory that is needed from step `first` to step `last`, both included.

    Args:
        key: what the caller knows it by; unique.
        bytes: its size, > 0.
        first, last: 0 <= first <= last.
    """

    key: str
    bytes: int
    first: int
    last: int

    def meets(self, other: Buffer) -> bool:
        """Whether both are needed at some step."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Placement:
    """A buffer and the offset of its first byte in the arena."""

    buffer: Buffer
    offset: int

    @property
    def end(self) -> int:
        """Offset behind the buffer's last byte."""
        return self.offset + self.buffer.bytes


@dataclass(frozen=True)
class MemoryPlan:
    """All placements, the arena's size, and the size that no plan can go below.

    `shared` are the pairs of buffers (before, after) of which the second takes the place of the first in the
    step where both are needed.
    """

    placements: tuple[Placement, ...]
    arena_bytes: int
    lower_bound: int
    shared: tuple[tuple[str, str], ...] = ()

    def offset(self, key: str) -> int:
        """Offset of the buffer `key`; KeyError if there is none."""
        return {placement.buffer.key: placement.offset for placement in self.placements}[key]


# Buffers that have one offset, because each takes the place of the one before.
Chain = tuple[Buffer, ...]


def aligned(size: int) -> int:
    """`size` rounded up to the arena's alignment.

    Example:
        >>> aligned(13)
        16
    """
    return -(-size // ALIGNMENT) * ALIGNMENT


def plan_memory(buffers: Sequence[Buffer], shared: Sequence[tuple[str, str]] = ()) -> MemoryPlan:
    """Place all buffers: several orders, each buffer at the lowest offset that is free while it is needed;
    where none of them reaches the lower bound, a search from the best one.

    Args:
        buffers: with unique keys.
        shared: pairs (before, after): `after` is first needed in the step where `before` is last needed, and
            gets its offset. A buffer is in two pairs at most, once on either side.

    Returns:
        Offsets are multiples of 8, and so is the arena's size. `lower_bound` is the most bytes that are
        needed at one step, each buffer rounded up to 8.

    Raises:
        EmitError: two live buffers overlap (a defect in this planner).

    Example:
        >>> plan = plan_memory([Buffer("x", 100, 0, 1), Buffer("y", 40, 1, 2), Buffer("z", 90, 2, 3)])
        >>> plan.arena_bytes, plan.lower_bound, plan.offset("z")
        (144, 144, 0)
        >>> plan_memory([Buffer("x", 100, 0, 1), Buffer("y", 100, 1, 2)], [("x", "y")]).arena_bytes
        104
    """
    bound = lower_bound(buffers, shared)
    placed = {p.buffer.key: p for p in _best(_chains(buffers, shared), bound)}
    placements = tuple(placed[buffer.key] for buffer in buffers)
    plan = MemoryPlan(placements, _end(placements), bound, tuple(shared))
    check_plan(plan)
    return plan


def lower_bound(
    buffers: Sequence[Buffer], shared: Iterable[tuple[str, str]] = (), steps: range | None = None
) -> int:
    """The most bytes that are needed at one step, or at one of `steps`."""
    by_key = {buffer.key: buffer for buffer in buffers}
    saved: dict[int, int] = {}
    for before, after in shared:
        both, step = (by_key[before], by_key[after]), by_key[after].first
        saved[step] = saved.get(step, 0) + min(aligned(buffer.bytes) for buffer in both)
    # The sum only grows where a buffer begins, and sinks behind a step where two share: these are enough.
    starts = {buffer.first for buffer in buffers} | {step + 1 for step in saved}
    if steps is not None:
        starts = {step for step in starts if step in steps} | {steps.start}
    return max((_live(buffers, step) - saved.get(step, 0) for step in starts), default=0)


def _live(buffers: Iterable[Buffer], step: int) -> int:
    return sum(aligned(buffer.bytes) for buffer in buffers if buffer.first <= step <= buffer.last)


def _chains(buffers: Sequence[Buffer], shared: Iterable[tuple[str, str]]) -> list[Chain]:
    by_key = {buffer.key: buffer for buffer in buffers}
    after = dict(shared)
    chains = []
    for buffer in buffers:
        if buffer.key not in after.values():
            chain = [buffer]
            while chain[-1].key in after:
                chain.append(by_key[after[chain[-1].key]])
            chains.append(tuple(chain))
    return chains


def _bytes(chain: Chain) -> int:
    return max(buffer.bytes for buffer in chain)


def _life(chain: Chain) -> int:
    return chain[-1].last - chain[0].first + 1


_ORDERS: tuple[Callable[[Chain], tuple[int | str, ...]], ...] = (
    lambda chain: (-_bytes(chain), chain[0].first, chain[0].key),
    lambda chain: (-_bytes(chain) * _life(chain), chain[0].first, chain[0].key),
    lambda chain: (-_life(chain), -_bytes(chain), chain[0].key),
    lambda chain: (chain[0].first, -_bytes(chain), chain[0].key),
    lambda chain: (-chain[-1].last, -_bytes(chain), chain[0].key),
)


def _best(chains: list[Chain], bound: int) -> list[Placement]:
    """The best placements that are found; the same in every run."""
    tried = [(order, _place(order)) for order in (sorted(chains, key=key) for key in _ORDERS)]
    order, placed = min(tried, key=lambda each: _end(each[1]))
    rng = random.Random(0)
    for _ in range(_ATTEMPTS):
        if _end(placed) <= bound:
            break
        other = _changed(order, placed, rng)
        moved = _place(other)
        if _end(moved) <= _end(placed):
            order, placed = other, moved
    return placed


def _changed(order: list[Chain], placed: list[Placement], rng: random.Random) -> list[Chain]:
    """Another order: what ends highest in the arena, or any other, comes somewhere else."""
    highest = max(placed, key=lambda placement: aligned(placement.end)).buffer
    one = next(i for i, chain in enumerate(order) if highest in chain)
    if rng.random() < 0.5:
        one = rng.randrange(len(order))
    changed = order.copy()
    changed.insert(rng.randrange(len(order)), changed.pop(one))
    return changed


def _place(order: Iterable[Chain]) -> list[Placement]:
    placed: list[Placement] = []
    for chain in order:
        offset = _first_fit(chain, placed)
        placed += [Placement(buffer, offset) for buffer in chain]
    return placed


def _end(placements: Iterable[Placement]) -> int:
    return max((aligned(placement.end) for placement in placements), default=0)


def _first_fit(chain: Chain, placed: Sequence[Placement]) -> int:
    """The lowest offset that is below or above all that is needed at the same time."""
    taken = sorted(
        (other.offset - buffer.bytes, aligned(other.end))
        for buffer in chain
        for other in placed
        if other.buffer.meets(buffer)
    )
    offset = 0
    for below, above in taken:
        if offset <= below:
            break
        offset = max(offset, above)
    return offset


def check_plan(plan: MemoryPlan) -> None:
    """Prove a plan: aligned, inside the arena, and no two buffers that are needed at one step overlap, but
    for those that share their place in the one step where both are needed.

    Raises:
        EmitError: naming the two buffers.
    """
    shared = set(plan.shared)
    for i, one in enumerate(plan.placements):
        if one.offset % ALIGNMENT or one.offset < 0 or one.end > plan.arena_bytes:
            raise EmitError("memory plan", f"{one.buffer.key} at {one.offset}..{one.end}", "inside the arena")
        for other in plan.placements[:i]:
            apart = one.offset >= other.end or other.offset >= one.end
            if apart or not one.buffer.meets(other.buffer):
                continue
            if not any(_follows(*pair, shared) for pair in ((one, other), (other, one))):
                raise EmitError("memory plan", f"{one.buffer.key} overlaps {other.buffer.key}")


def _follows(before: Placement, after: Placement, shared: Container[tuple[str, str]]) -> bool:
    """Whether a buffer takes another's place in the step where that ends."""
    one_step = before.buffer.last == after.buffer.first and before.offset == after.offset
    return one_step and (before.buffer.key, after.buffer.key) in shared
