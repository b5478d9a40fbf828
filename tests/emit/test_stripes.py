"""tinyq.emit.stripes: run tile by tile by the NumPy references, layers give what they give at once."""

import math
from dataclasses import replace

import numpy as np
import pytest
from deploy_bits import bits_net
from deploy_nets import ternary_net
from stripe_nets import eegnet, residual

from tinyq.core.boards import load_board
from tinyq.core.errors import EmitError
from tinyq.core.kernels import KERNELS, Step
from tinyq.emit.emitter import fitted
from tinyq.emit.fit import fit
from tinyq.emit.layout import Grade, Kernels, Layout, Stripes, lay_out, planned, within
from tinyq.emit.stripe_choice import choose_stripes
from tinyq.emit.stripe_source import tile_runs
from tinyq.emit.stripes import AXES, Stripe, Tile, Tiling, make_stripe, tile_dims
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph
from tinyq.graph.lowering import lower


def steps_of(graph: Graph) -> tuple[tuple[Step, ...], dict[int, int]]:
    layout = lay_out(graph, lower(graph), stripes=Stripes.off)
    return layout.steps, dict(layout.owners)


def arrays_of(graph: Graph) -> dict[int, np.ndarray]:
    """Every activation of an inference, by tensor."""
    rng = np.random.default_rng(3)
    inputs = [rng.integers(-128, 128, graph.tensors[i].shape).astype(np.int8) for i in graph.inputs]
    return observed_all(graph, inputs)


def observed_all(graph: Graph, inputs: list[np.ndarray]) -> dict[int, np.ndarray]:
    found = dict(zip(graph.inputs, inputs, strict=True))
    found |= {i: np.asarray(t.data) for i, t in enumerate(graph.tensors) if t.data is not None}
    for step in Interpreter(graph).steps:
        given = [found[tensor] for tensor in step.inputs]
        if step.kernel == "reshape":
            found[step.output] = given[0].reshape(graph.tensors[step.output].shape)
            continue
        shaped = call(step, step.params, step.dims, given)
        found[step.output] = shaped.reshape(graph.tensors[step.output].shape)
    return found


def call(step: Step, params, dims, inputs: list[np.ndarray]) -> np.ndarray:
    sizes = [getattr(dims, name) for name in ("input1", "input2", "input") if hasattr(dims, name)]
    if sizes:
        inputs = [x.reshape(size.shape) for x, size in zip(inputs, sizes, strict=True)]
    elif hasattr(dims, "c_in"):
        inputs = [inputs[0].reshape(dims.rows, dims.c_in)]
    return KERNELS[step.kernel].reference(params, dims, *inputs, *step.constants)


def by_rows(array: np.ndarray, axis: str) -> np.ndarray:
    """Rows (or columns) first."""
    return np.moveaxis(array, 1 if axis == "h" else 2, 0)


def run_tile(tiling: Tiling, tile: Tile, memory: dict[int, np.ndarray], whole: set[int]) -> np.ndarray:
    """One tile by the NumPy reference, rows first. A padding below 0 is cut off the input."""
    step, axis = tiling.step, tiling.axis
    dims = tile_dims(step.dims, axis, tile.input + min(tile.pad, 0), tile.output, tiling.rows_of_one)
    params = step.params
    inputs = []
    for tensor, start in zip(step.inputs, tile.start, strict=True):
        rows, size = memory[tensor], tile.input
        if len(step.inputs) == 2:
            size = 1 if len(rows) == 1 else tile.output
        assert start + size <= len(rows), f"{step.name} reads rows that are not there"
        inputs.append(rows[start : start + size][max(-tile.pad, 0) :])
    if hasattr(params, "pad_top"):
        params = replace(params, **{"pad_top" if axis == "h" else "pad_left": max(tile.pad, 0)})
    place = 1 if axis == "h" else 2
    made = call(step, params, dims, [np.ascontiguousarray(np.moveaxis(x, 0, place)) for x in inputs])
    _, h, w, c = (int(size) for size in shapes[step.output])
    return by_rows(made.reshape((1, tile.output, w, c) if axis == "h" else (1, h, tile.output, c)), axis)


shapes: dict[int, tuple[int, ...]] = {}


def executed(graph: Graph, stripe: Stripe, arrays: dict[int, np.ndarray]) -> np.ndarray:
    """The last output of a stripe, whose tensors between the layers have only the memory that it says."""
    shapes.update({i: tensor.shape for i, tensor in enumerate(graph.tensors)})
    between = {tiling.step.output for tiling in stripe.tilings[:-1]}
    read = {tensor for tiling in stripe.tilings for tensor in tiling.step.inputs} - between
    memory = {tensor: by_rows(arrays[tensor], stripe.axis) for tensor in read}
    output = stripe.tilings[-1].step.output
    result = np.full_like(by_rows(arrays[output], stripe.axis), 77)
    for number in range(stripe.count):
        for tiling in stripe.tilings:
            tensor, tile = tiling.step.output, tiling.tiles[number]
            if tensor in between:
                kept = memory[tensor][tile.moved : tile.moved + tile.to] if tile.to else None
                pieces = [] if kept is None else [kept]
                assert kept is None or len(kept) == tile.to
            if tile.output:
                made = run_tile(tiling, tile, memory, read)
                if tensor in between:
                    pieces.append(made)
                else:
                    result[tile.to : tile.to + tile.output] = made
            if tensor in between and pieces:
                memory[tensor] = np.concatenate(pieces)
                assert len(memory[tensor]) * stripe.position_bytes[tensor] <= stripe.tile_bytes[tensor]
    return result


CASES = [
    (name, graph, axis, rows)
    for name, graph in (("eegnet", eegnet()), ("odd eegnet", eegnet(61, 5)), ("residual", residual()))
    for axis in AXES
    for rows in (1, 2, 3, 5)
]


@pytest.mark.parametrize(("name", "graph", "axis", "rows"), CASES)
def test_tile_by_tile_every_run_gives_what_it_gives_at_once(name, graph: Graph, axis: str, rows: int) -> None:
    steps, owners = steps_of(graph)
    arrays, found = arrays_of(graph), 0
    for first in range(len(steps)):
        for last in range(first + 1, len(steps)):
            stripe = make_stripe(graph, steps, owners, range(first, last + 1), axis, rows)
            if stripe is not None:
                found += 1
                wanted = by_rows(arrays[steps[last].output], axis)
                np.testing.assert_array_equal(executed(graph, stripe, arrays), wanted)
    # Images of several rows are cut into rows, signals of several electrodes into columns.
    assert bool(found) == ((name == "residual") == (axis == "h"))


def test_each_row_is_computed_once() -> None:
    graph = residual()
    steps, owners = steps_of(graph)
    stripe = make_stripe(graph, steps, owners, range(0, len(steps)), "h", 1)
    for tiling in stripe.tilings:
        rows = graph.tensors[tiling.step.output].shape[1]
        assert (
            rows - 2 <= sum(tile.output for tile in tiling.tiles) <= rows
        )  # the last ones may not be needed
    assert stripe.kept and stripe.moved_bytes > 0


def test_electrodes_of_a_tile_of_columns_begin_inside_the_whole_input() -> None:
    graph = eegnet()
    steps, owners = steps_of(graph)
    stripe = make_stripe(graph, steps, owners, range(0, 4), "w", 4)
    temporal = stripe.tilings[0].tiles
    assert temporal[0].pad == 3 and [tile.pad for tile in temporal[1:3]] == [3 - 16, 3 - 32]
    assert {tile.input for tile in temporal} == {66} and not stripe.kept


def test_what_is_needed_outside_is_no_tile() -> None:
    graph = residual()
    steps, owners = steps_of(graph)
    assert make_stripe(graph, steps, owners, range(0, 2), "h", 2) is None  # the sum needs the first output
    seen = replace(graph, outputs=(*graph.outputs, steps[1].output))
    assert make_stripe(seen, steps, owners, range(1, 3), "h", 2) is None
    assert make_stripe(graph, steps, owners, range(1, 3), "h", 2) is not None


def test_tiles_as_large_as_the_output_are_none() -> None:
    graph = residual()
    steps, owners = steps_of(graph)
    size = graph.tensors[steps[2].output].shape[1]
    assert make_stripe(graph, steps, owners, range(1, 3), "h", size) is None
    assert make_stripe(graph, steps, owners, range(1, 3), "h", size - 1).count == 2


def test_runs_of_tiles_are_the_tiles_again() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        numbers = np.cumsum(rng.integers(-1, 2, 12) * (rng.random(12) < 0.4))
        tiles = [Tile(pad=int(n), to=i * int(n > 0), start=(int(n), i)) for i, n in enumerate(numbers)]
        again = [
            Tile(
                run.first.pad + i * run.step.pad,
                to=run.first.to + i * run.step.to,
                start=tuple(a + i * b for a, b in zip(run.first.start, run.step.start, strict=True)),
            )
            for run in tile_runs(tiles)
            for i in range(run.count)
        ]
        assert again == tiles


def test_modes_order_the_arena() -> None:
    for graph in (eegnet(400, 12), residual(32)):
        arena = {mode: lay_out(graph, lower(graph), stripes=mode).plan.arena_bytes for mode in Stripes}
        assert arena[Stripes.smallest] <= arena[Stripes.auto] <= arena[Stripes.off]
        assert arena[Stripes.smallest] < 0.75 * arena[Stripes.off]


def test_no_budget_no_stripes_and_more_budget_never_more_memory() -> None:
    graph = eegnet(400, 12)
    plain = lay_out(graph, lower(graph), stripes=Stripes.off)
    assert choose_stripes(plain, 0.0) == ()
    arenas = []
    for budget in (0.01, 0.05, 0.5, 100.0):
        stripes = choose_stripes(plain, budget)
        starts = [step for stripe in stripes for step in (stripe.first, stripe.last)]
        assert starts == sorted(set(starts))
        arenas.append(sum(stripe.tile_bytes[plain.steps[0].output] for stripe in stripes))
    assert arenas[1:] == sorted(arenas[1:], reverse=True)


def test_a_model_that_would_not_fit_gets_smaller_tiles() -> None:
    graph, board = eegnet(400, 12), load_board("qemu_cortex_m4")
    steps = lower(graph)
    sizes = {mode: fit(lay_out(graph, steps, board.cpu, mode), board).ram_bytes for mode in Stripes}
    small = replace(board, ram_kib=-(-sizes[Stripes.smallest] // 1024))
    assert small.ram_bytes < sizes[Stripes.auto]
    layout, needed = fitted(graph, small, Stripes.auto)
    assert needed.fits and sizes[Stripes.smallest] <= needed.ram_bytes < sizes[Stripes.auto]
    assert layout.stripes[0].count > fitted(graph, board, Stripes.auto)[0].stripes[0].count
    assert not fitted(graph, small, Stripes.off)[1].fits


def slower(layout: Layout) -> set[Step]:
    """Steps whose kernel is not the fastest one."""
    return {step for step, grade in layout.grades.items() if grade is not Grade.fastest}


def test_kernels_with_less_scratch_are_taken_only_where_memory_is_short() -> None:
    for graph in (eegnet(400, 12), residual(24)):
        steps = lower(graph)
        layout = lay_out(graph, steps, "cortex-m4", Stripes.smallest)
        for step in layout.steps:
            fast = replace(layout, grades={}).scratch_bytes(step) or 0
            assert (layout.scratch_bytes(step) or 0) < fast if step in slower(layout) else True
        assert not slower(lay_out(graph, steps, "cortex-m4"))
        assert lay_out(graph, steps, None, Stripes.smallest).plan.arena_bytes >= layout.plan.arena_bytes


@pytest.mark.parametrize("graph", [ternary_net(), bits_net(), eegnet()], ids=["ternary", "bits", "eegnet"])
def test_what_is_slower_is_taken_only_as_far_as_memory_is_short(graph: Graph) -> None:
    steps = lower(graph)
    fast, least = (lay_out(graph, steps, "cortex-m4", x) for x in (Stripes.auto, Stripes.smallest))
    rooms = np.linspace(least.plan.arena_bytes, fast.plan.arena_bytes, 7).astype(int)[1:-1]
    before = len(slower(least)), sum(stripe.count for stripe in least.stripes)
    for room in map(int, rooms):
        layout = within(least, room)
        assert layout is not None
        now = len(slower(layout)), sum(stripe.count for stripe in layout.stripes)
        assert layout.plan.arena_bytes <= room and now <= before  # fewer slow kernels, then fewer tiles
        before = now
    assert before < (len(slower(least)), sum(stripe.count for stripe in least.stripes))


def test_an_arena_that_was_asked_for_is_kept_and_costs_no_slower_kernel_where_tiles_do() -> None:
    graph, board = eegnet(400, 12), load_board("stm32f405")
    plain, least = (fitted(graph, board, mode)[1].arena_bytes for mode in (Stripes.auto, Stripes.smallest))
    fast = lay_out(graph, lower(graph), board.cpu, Stripes.off)
    smallest_tiles = planned(replace(fast, stripes=choose_stripes(fast, math.inf))).plan.arena_bytes
    assert least < smallest_tiles < plain
    for limit in (smallest_tiles, (smallest_tiles + plain) // 2, plain - 1):
        layout, needed = fitted(graph, board, Stripes.auto, arena_limit=limit)
        assert needed.fits and needed.arena_bytes <= limit and not slower(layout)
    layout, needed = fitted(graph, board, Stripes.auto, arena_limit=least)
    assert needed.fits and slower(layout)
    assert fitted(graph, board, Stripes.auto, arena_limit=plain)[1].arena_bytes == plain
    layout, needed = fitted(graph, board, Stripes.auto, arena_limit=1024)
    assert set(needed.short) == {"arena"}
    with pytest.raises(EmitError, match=r"its arena needs [\d,]+ bytes, 1,024 were allowed"):
        needed.require("net")


def test_small_kernels_that_were_asked_for_stay_where_the_arena_is_limited() -> None:
    graph, board = eegnet(400, 12), load_board("stm32f405")
    plain = fitted(graph, board, Stripes.auto, Kernels.small)[1].arena_bytes
    layout, needed = fitted(graph, board, Stripes.auto, Kernels.small, arena_limit=plain - 1)
    assert needed.fits and set(layout.grades.values()) == {Grade.reference}


def test_the_reference_computes_only_the_layers_for_which_there_is_no_room() -> None:
    graph, board = eegnet(400, 12), load_board("qemu_cortex_m4")
    steps = lower(graph)
    needs = {
        kernels: fit(lay_out(graph, steps, board.cpu, Stripes.auto, kernels=kernels), board).flash_bytes
        for kernels in Kernels
    }
    counts = []
    for flash in range(needs[Kernels.small], needs[Kernels.auto] + 256, 256):
        layout, needed = fitted(graph, replace(board, flash_kib=flash / 1024), Stripes.auto)
        assert needed.fits and needed.flash_bytes <= flash
        references = {step for step, grade in layout.grades.items() if grade is Grade.reference}
        assert all(layout.variant(step).suffix == "ref" for step in references)
        counts.append(sum(step.macs for step in references))
    assert counts[0] > 0 and counts[-1] == 0 and len(set(counts)) > 2
    half = len(counts) // 2  # what is taken first is not always the best of all choices
    assert sum(counts[:half]) > sum(counts[-half:])


def test_a_computer_works_tile_by_tile_only_where_it_is_asked_to() -> None:
    graph = eegnet(400, 12)
    steps = lower(graph)
    for cpu in ("native", "cortex-a53"):
        assert not lay_out(graph, steps, cpu).stripes
        assert lay_out(graph, steps, cpu, Stripes.smallest).stripes
    assert all(lay_out(graph, steps, cpu).stripes for cpu in ("cortex-m0", "cortex-m55", None))
