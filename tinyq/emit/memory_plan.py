"""Static memory plan: where in the arena each buffer lies, decided before the compiler runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinyq.core.errors import EmitError

ALIGNMENT = 8


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
    """All placements, the arena's size, and the size that no plan can go below."""

    placements: tuple[Placement, ...]
    arena_bytes: int
    lower_bound: int

    def offset(self, key: str) -> int:
        """Offset of the buffer `key`; KeyError if there is none."""
        return {placement.buffer.key: placement.offset for placement in self.placements}[key]


def aligned(size: int) -> int:
    """`size` rounded up to the arena's alignment.

    Example:
        >>> aligned(13)
        16
    """
    return -(-size // ALIGNMENT) * ALIGNMENT


def plan_memory(buffers: Sequence[Buffer]) -> MemoryPlan:
    """Place all buffers: the largest first, each at the lowest offset that is free while it is needed.

    Returns:
        Offsets are multiples of 8, and so is the arena's size. `lower_bound` is the most bytes that are
        needed at one step, each buffer rounded up to 8.

    Raises:
        EmitError: two live buffers overlap (a defect in this planner).

    Example:
        >>> plan = plan_memory([Buffer("x", 100, 0, 1), Buffer("y", 40, 1, 2), Buffer("z", 90, 2, 3)])
        >>> plan.arena_bytes, plan.lower_bound, plan.offset("z")
        (144, 144, 0)
    """
    placed: list[Placement] = []
    for buffer in sorted(buffers, key=lambda b: (-b.bytes, b.first, b.key)):
        placed.append(Placement(buffer, _first_fit(buffer, placed)))
    arena_bytes = max((aligned(placement.end) for placement in placed), default=0)
    by_key = {placement.buffer.key: placement for placement in placed}
    plan = MemoryPlan(tuple(by_key[b.key] for b in buffers), arena_bytes, _lower_bound(buffers))
    check_plan(plan)
    return plan


def _first_fit(buffer: Buffer, placed: Sequence[Placement]) -> int:
    offset = 0
    for other in sorted((p for p in placed if p.buffer.meets(buffer)), key=lambda p: p.offset):
        if offset + buffer.bytes <= other.offset:
            break
        offset = max(offset, aligned(other.end))
    return offset


def _lower_bound(buffers: Sequence[Buffer]) -> int:
    # The sum only grows where a buffer begins, so these steps are enough.
    starts = {buffer.first for buffer in buffers}
    live = (sum(aligned(b.bytes) for b in buffers if b.first <= step <= b.last) for step in starts)
    return max(live, default=0)


def check_plan(plan: MemoryPlan) -> None:
    """Prove a plan: aligned, inside the arena, and no two buffers that are needed at one step overlap.

    Raises:
        EmitError: naming the two buffers.
    """
    for i, one in enumerate(plan.placements):
        if one.offset % ALIGNMENT or one.offset < 0 or one.end > plan.arena_bytes:
            raise EmitError("memory plan", f"{one.buffer.key} at {one.offset}..{one.end}", "inside the arena")
        for other in plan.placements[:i]:
            if one.buffer.meets(other.buffer) and one.offset < other.end and other.offset < one.end:
                raise EmitError("memory plan", f"{one.buffer.key} overlaps {other.buffer.key}")
