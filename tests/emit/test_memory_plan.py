"""tinyq.emit.memory_plan: live buffers never overlap, and the arena is small."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyq.core.errors import EmitError
from tinyq.emit.memory_plan import Buffer, MemoryPlan, Placement, aligned, check_plan, plan_memory


@st.composite
def buffers(draw: st.DrawFn) -> list[Buffer]:
    lives = draw(
        st.lists(
            st.tuples(st.integers(0, 300), st.integers(0, 12), st.integers(0, 12)), min_size=0, max_size=25
        )
    )
    return [Buffer(f"b{i}", size, min(a, b), max(a, b)) for i, (size, a, b) in enumerate(lives)]


@given(buffers())
@settings(deadline=None)
def test_live_buffers_never_share_a_byte(given_buffers: list[Buffer]) -> None:
    plan = plan_memory(given_buffers)
    for step in range(13):
        owner: dict[int, str] = {}
        for placement in plan.placements:
            if placement.buffer.first <= step <= placement.buffer.last:
                for byte in range(placement.offset, placement.end):
                    assert owner.setdefault(byte, placement.buffer.key) == placement.buffer.key


@given(buffers())
@settings(deadline=None)
def test_the_arena_is_aligned_and_holds_all_and_is_not_below_the_bound(given_buffers: list[Buffer]) -> None:
    plan = plan_memory(given_buffers)
    assert plan.arena_bytes % 8 == 0
    assert all(p.offset % 8 == 0 and p.end <= plan.arena_bytes for p in plan.placements)
    assert plan.lower_bound <= plan.arena_bytes <= sum(aligned(b.bytes) for b in given_buffers)
    assert [p.buffer for p in plan.placements] == given_buffers


def test_a_chain_reaches_the_lower_bound() -> None:
    chain = [Buffer(f"t{i}", size, i, i + 1) for i, size in enumerate([64, 1000, 500, 900, 100, 10])]
    plan = plan_memory(chain)
    assert plan.arena_bytes == plan.lower_bound == 1000 + 504


def test_buffers_that_never_meet_share_memory() -> None:
    plan = plan_memory([Buffer("a", 80, 0, 1), Buffer("b", 80, 2, 3)])
    assert plan.arena_bytes == 80


def test_a_hole_that_is_large_enough_is_used() -> None:
    plan = plan_memory([Buffer("low", 40, 0, 9), Buffer("gone", 100, 0, 3), Buffer("fits", 90, 5, 6)])
    assert plan.arena_bytes == 144


def test_the_search_finds_what_no_order_by_size_or_life_finds() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        starts = rng.integers(0, 8, 14)
        made = [
            Buffer(f"b{i}", int(size) * 8, int(first), int(first + life))
            for i, (size, first, life) in enumerate(
                zip(rng.integers(1, 60, 14), starts, rng.integers(1, 4, 14), strict=True)
            )
        ]
        plan = plan_memory(made)
        assert plan.arena_bytes <= 1.05 * plan.lower_bound


def test_a_chain_of_shared_buffers_has_one_offset_and_frees_what_the_next_one_leaves() -> None:
    made = [Buffer("a", 96, 0, 1), Buffer("b", 96, 1, 2), Buffer("c", 16, 2, 4), Buffer("late", 80, 3, 4)]
    plan = plan_memory(made, [("a", "b"), ("b", "c")])
    assert plan.offset("a") == plan.offset("b") == plan.offset("c")
    assert plan.arena_bytes == plan.lower_bound == 96


@given(buffers())
@settings(deadline=None)
def test_a_plan_with_shared_buffers_holds_what_lives(given_buffers: list[Buffer]) -> None:
    taken: set[str] = set()
    shared = []
    for before in given_buffers:
        for after in given_buffers:
            fits = before.last == after.first and after.last > before.last and before.first < before.last
            if fits and f"<{before.key}" not in taken and f">{after.key}" not in taken:
                steps = {f"step {after.first}"}
                if not steps & taken:
                    taken |= {f"<{before.key}", f">{after.key}", *steps}
                    shared.append((before.key, after.key))
    plan = plan_memory(given_buffers, shared)
    assert plan.lower_bound <= plan.arena_bytes
    for before, after in shared:
        assert plan.offset(before) == plan.offset(after)


def test_the_checker_wants_shared_buffers_at_one_place_and_in_one_step() -> None:
    one, two = Buffer("one", 32, 0, 1), Buffer("two", 32, 1, 2)
    check_plan(MemoryPlan((Placement(one, 0), Placement(two, 0)), 32, 32, (("one", "two"),)))
    with pytest.raises(EmitError, match="overlaps"):
        check_plan(MemoryPlan((Placement(one, 0), Placement(two, 8)), 64, 32, (("one", "two"),)))
    longer = Buffer("two", 32, 0, 2)
    with pytest.raises(EmitError, match="overlaps"):
        check_plan(MemoryPlan((Placement(one, 0), Placement(longer, 0)), 32, 32, (("one", "two"),)))


@pytest.mark.parametrize(
    ("offsets", "arena", "message"),
    [((0, 8), 64, "overlaps"), ((0, 60), 64, "inside"), ((0, 36), 80, "inside"), ((-8, 40), 80, "inside")],
)
def test_the_checker_finds_a_bad_plan(offsets: tuple[int, int], arena: int, message: str) -> None:
    one, two = Buffer("one", 32, 0, 1), Buffer("two", 24, 1, 2)
    plan = MemoryPlan((Placement(one, offsets[0]), Placement(two, offsets[1])), arena, 56)
    with pytest.raises(EmitError, match=message):
        check_plan(plan)
