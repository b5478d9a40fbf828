"""Which tensors need memory, from which step to which, and which share it: lowered graph -> memory plan."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tinyq.core.costs import choose, levels_of
from tinyq.core.errors import EmitError
from tinyq.core.kernels import Step
from tinyq.core.variants import FAMILIES, Variant, variants_of
from tinyq.emit.lifetimes import lifetimes
from tinyq.emit.memory_plan import MemoryPlan, lower_bound, plan_memory
from tinyq.emit.stripe_choice import NEAR, choose_stripes
from tinyq.emit.stripes import Stripe, Tiling
from tinyq.emit.tensors import scratch_key, tensor_key
from tinyq.graph.ir import Graph, Tensor

RESHAPE = "reshape"


class Stripes(str, enum.Enum):
    """Whether layers are executed tile by tile (emit/stripes.py), and how much work that may add."""

    auto = "auto"  # where it saves a microcontroller's memory and adds little
    smallest = "smallest"  # as little memory as can be, whatever it adds; kernels with less scratch, too
    off = "off"


class Kernels(str, enum.Enum):
    """Which variants of kernels (core/variants.py)."""

    auto = "auto"  # the fastest ones, unless there is no room for their code
    small = "small"  # the reference: a fifth of the code, at several times the time


class Grade(enum.Enum):
    """Which variant of one step's kernel."""

    fastest = "fastest"
    lean = "lean"  # of the least scratch memory, but for the reference
    reference = "reference"  # no scratch memory, the least code, several times the time


# Share of an inference's work that tiles may add.
_BUDGETS = {Stripes.auto: 0.13, Stripes.smallest: math.inf}


@dataclass(frozen=True, eq=False)
class Layout:
    """A graph, the steps that compute, and where everything lies in the arena.

    Args:
        graph: the graph.
        steps: its kernel calls in order; reshapes, which move nothing, are left out.
        owners: tensor -> the tensor whose memory it uses (itself, or the input of its reshapes).
        plan: the memory plan; its keys are `tensor_key` and `scratch_key`.
        cpu: the core that it is for, as `Board.cpu` spells it; None: any.
        stripes: runs of steps that are executed tile by tile, in order.
        grades: step -> which variant; the fastest one where it says nothing.
    """

    graph: Graph
    steps: tuple[Step, ...]
    owners: Mapping[int, int]
    plan: MemoryPlan
    cpu: str | None = None
    stripes: tuple[Stripe, ...] = ()
    grades: Mapping[Step, Grade] = field(default_factory=dict)

    def offset(self, tensor: int) -> int:
        """Offset in the arena of an activation tensor; KeyError for a constant."""
        return self.plan.offset(tensor_key(self.graph, self.owner(tensor)))

    def owner(self, tensor: int) -> int:
        """The tensor whose memory `tensor` uses."""
        return self.owners.get(tensor, tensor)

    def constant(self, tensor: int) -> Tensor | None:
        """The constant that `tensor` is, or is a reshape of; None for an activation."""
        owner = self.graph.tensors[self.owner(tensor)]
        return owner if owner.data is not None else None

    @cached_property
    def _tilings(self) -> dict[Step, tuple[Stripe, Tiling]]:
        return {tiling.step: (stripe, tiling) for stripe in self.stripes for tiling in stripe.tilings}

    def stripe(self, step: Step) -> Stripe | None:
        """The stripe that a step is in; None if it is executed at once."""
        found = self._tilings.get(step)
        return found and found[0]

    def tiling(self, step: Step) -> Tiling | None:
        """A step's tiles; None if it is executed at once."""
        found = self._tilings.get(step)
        return found and found[1]

    def scratch_offset(self, step: Step) -> int | None:
        """Offset in the arena of a step's scratch memory; None if its kernel takes none."""
        return self.plan.offset(scratch_key(step)) if self.scratch_bytes(step) is not None else None

    def scratch_bytes(self, step: Step) -> int | None:
        """Bytes of scratch memory of a step; None if its kernel takes none."""
        variant = self.variant(step)
        return None if variant.scratch is None else self._scratch(variant, step)

    def variant(self, step: Step) -> Variant:
        """How a step's kernel is computed in C."""
        grade = self.grades.get(step, Grade.fastest)
        if grade is Grade.reference:
            return variants_of(step.kernel)[-1]
        return self.leanest(step) if grade is Grade.lean else self._fastest(step)

    def arranged(self, step: Step) -> Step:
        """The step with its constants as C takes them."""
        arrange = self.variant(step).arrange
        constants = arrange(step.params, step.dims, step.constants) if arrange else step.constants
        return dataclasses.replace(step, constants=constants)

    def leanest(self, step: Step) -> Variant:
        """The variant with the least scratch memory, but for the slow reference; of several the fastest."""
        inside = self._begins_inside(step)
        choices = [self._fastest(step)]
        for variant in variants_of(step.kernel):
            family = FAMILIES[variant.suffix]
            if variant.suffix != "ref" and family.runs_on(self.cpu) and (family.inside or not inside):
                choices.append(variant)
        return min(choices, key=lambda variant: self._scratch(variant, step))

    def _fastest(self, step: Step) -> Variant:
        tiling = self.tiling(step)
        dims = tiling.largest_dims if tiling else step.dims
        return choose(step.kernel, self.cpu, dims, levels_of(step.params), self._begins_inside(step))

    def _begins_inside(self, step: Step) -> bool:
        tiling = self.tiling(step)
        return tiling is not None and tiling.begins_inside

    def _scratch(self, variant: Variant, step: Step) -> int:
        tiling = self.tiling(step)
        return max(map(variant.scratch, tiling.all_dims if tiling else [step.dims])) if variant.scratch else 0


def lay_out(
    graph: Graph,
    steps: Sequence[Step],
    cpu: str | None = None,
    stripes: Stripes = Stripes.auto,
    in_place: bool = True,
    kernels: Kernels = Kernels.auto,
) -> Layout:
    """Plan the arena of a lowered graph, for a core (`Board.cpu`), or for any.

    A model's inputs are all written before the first step, its outputs are all read after the last.

    Args:
        graph, steps, cpu: as in `Layout`; steps with the reshapes.
        stripes: whether layers may be executed tile by tile.
        in_place: whether an output may take the place of an input (emit/in_place.py).
        kernels: which variants.

    Raises:
        EmitError: nothing is computed, or an output is a constant.
    """
    computing = tuple(step for step in steps if step.kernel != RESHAPE)
    if not computing:
        raise EmitError(f"graph {graph.name!r}", "it computes nothing", "at least one operator with a kernel")
    owners: dict[int, int] = {}
    for step in steps:
        if step.kernel == RESHAPE:
            owners[step.output] = owners.get(step.inputs[0], step.inputs[0])
    grade = Grade.lean if stripes is Stripes.smallest else Grade.fastest
    if kernels is Kernels.small:
        grade = Grade.reference
    layout = Layout(graph, computing, owners, plan_memory([]), cpu, grades=dict.fromkeys(computing, grade))
    for index in graph.outputs:
        if layout.constant(index) is not None:
            raise EmitError(f"output {graph.tensors[index].name!r}", "a constant", "a computed tensor")
    if _may_be_striped(stripes, cpu):
        layout = dataclasses.replace(layout, stripes=choose_stripes(layout, _BUDGETS[stripes]))
    layout = planned(layout, in_place)
    if grade is not Grade.lean:
        return layout
    least = layout.plan.arena_bytes
    return quicker(layout, lambda faster: faster.plan.arena_bytes <= least, in_place)


def within(layout: Layout, room: int) -> Layout | None:
    """The layout in tiles that an arena of `room` bytes holds, as fast as it allows; None: too little.

    Tiles come first; a kernel with less scratch memory, which may be several times slower, only where the
    smallest tiles leave no room for the fastest one. The reference stays where it is.
    """
    kept = {step: grade for step, grade in layout.grades.items() if grade is Grade.reference}
    grades = {step: kept.get(step, Grade.fastest) for step in layout.steps}

    def fits(faster: Layout) -> bool:
        return faster.plan.arena_bytes <= room and faster.grades.items() >= kept.items()

    while True:
        layout = dataclasses.replace(layout, grades=grades, stripes=())
        for near in (room, room / NEAR):  # a plan may need a little more than the bound that is looked at
            tiled = dataclasses.replace(layout, stripes=choose_stripes(layout, math.inf, int(near)))
            tiled = planned(tiled)
            if fits(tiled):
                return quicker(tiled, fits)
        step = _limiting(tiled)
        if grades[step] is not Grade.fastest:
            return None
        grades = {**grades, step: Grade.lean}


def _limiting(layout: Layout) -> Step:
    """The step that needs the most memory."""
    buffers, shared = lifetimes(layout)
    needs = [lower_bound(buffers, shared, range(i, i + 1)) for i in range(len(layout.steps))]
    return layout.steps[needs.index(max(needs))]


def quicker(layout: Layout, fits: Callable[[Layout], bool], in_place: bool = True) -> Layout:
    """The layout with faster kernels, as far as it still fits: first those of steps that do the most work."""
    for step in sorted(layout.grades, key=lambda step: step.macs or step.bit_operations, reverse=True):
        for grade in Grade:  # the fastest first
            if grade is layout.grades[step]:
                break
            faster = planned(dataclasses.replace(layout, grades={**layout.grades, step: grade}), in_place)
            if fits(faster):
                layout = faster
                break
    return layout


def _may_be_striped(stripes: Stripes, cpu: str | None) -> bool:
    """Processors of computers have memory enough: there, only where it is asked for."""
    microcontroller = cpu is None or cpu.startswith("cortex-m")
    return stripes is Stripes.smallest or (stripes is Stripes.auto and microcontroller)


def planned(layout: Layout, in_place: bool = True) -> Layout:
    """The layout with a memory plan for its stripes and kernels."""
    buffers, shared = lifetimes(layout)
    return dataclasses.replace(layout, plan=plan_memory(buffers, shared if in_place else ()))
