"""Which tensors need memory, from which step to which, and which share it: lowered graph -> memory plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tinyq.core.errors import EmitError
from tinyq.core.kernels import Step
from tinyq.core.variants import Variant, best_variant
from tinyq.emit.memory_plan import Buffer, MemoryPlan, plan_memory
from tinyq.graph.ir import Graph, Tensor

RESHAPE = "reshape"


@dataclass(frozen=True, eq=False)
class Layout:
    """A graph, the steps that compute, and where everything lies in the arena.

    Args:
        graph: the graph.
        steps: its kernel calls in order; reshapes, which move nothing, are left out.
        owners: tensor -> the tensor whose memory it uses (itself, or the input of its reshapes).
        plan: the memory plan; its keys are `tensor_key` and `scratch_key`.
        cpu: the core that it is for, as `Board.cpu` spells it; None: any.
    """

    graph: Graph
    steps: tuple[Step, ...]
    owners: Mapping[int, int]
    plan: MemoryPlan
    cpu: str | None = None

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

    def scratch_offset(self, step: Step) -> int | None:
        """Offset in the arena of a step's scratch memory; None if its kernel takes none."""
        return self.plan.offset(scratch_key(step)) if self.scratch_bytes(step) is not None else None

    def scratch_bytes(self, step: Step) -> int | None:
        """Bytes of scratch memory of a step; None if its kernel takes none."""
        scratch = self.variant(step).scratch
        return None if scratch is None else scratch(step.dims)

    def variant(self, step: Step) -> Variant:
        """How a step's kernel is computed in C."""
        return best_variant(step.kernel, self.cpu)


def tensor_key(graph: Graph, index: int) -> str:
    """Name of a tensor's memory in the plan; unique whatever the tensors are called."""
    return f"{index} {graph.tensors[index].name}"


def scratch_key(step: Step) -> str:
    """Name of a step's scratch memory in the plan."""
    return f"scratch of {step.name}"


def tensor_bytes(tensor: Tensor) -> int:
    """Bytes of a tensor's elements.

    Example:
        >>> tensor_bytes(Tensor("x", (1, 8, 8, 3), "int8"))
        192
    """
    return int(np.prod(tensor.shape, dtype=np.int64)) * np.dtype(tensor.dtype).itemsize


def lay_out(graph: Graph, steps: Sequence[Step], cpu: str | None = None) -> Layout:
    """Plan the arena of a lowered graph, for a core (`Board.cpu`), or for any.

    A model's inputs are all written before the first step, its outputs are all read after the last.

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
    layout = Layout(graph, computing, owners, plan_memory([]), cpu)
    for index in graph.outputs:
        if layout.constant(index) is not None:
            raise EmitError(f"output {graph.tensors[index].name!r}", "a constant", "a computed tensor")
    return Layout(graph, computing, owners, plan_memory(_buffers(layout)), cpu)


def _buffers(layout: Layout) -> list[Buffer]:
    graph, end = layout.graph, len(layout.steps) - 1
    lives: dict[int, tuple[int, int]] = {}

    def use(tensor: int, step: int) -> None:
        if layout.constant(tensor) is None:
            first, last = lives.get(layout.owner(tensor), (step, step))
            lives[layout.owner(tensor)] = (min(first, step), max(last, step))

    for tensor in graph.inputs:
        use(tensor, 0)
    for number, step in enumerate(layout.steps):
        for tensor in (*step.inputs, step.output):
            use(tensor, number)
    for tensor in graph.outputs:
        use(tensor, end)
    buffers = [
        Buffer(tensor_key(graph, tensor), tensor_bytes(graph.tensors[tensor]), first, last)
        for tensor, (first, last) in lives.items()
    ]
    for number, step in enumerate(layout.steps):
        size = layout.scratch_bytes(step)
        if size is not None:
            buffers.append(Buffer(scratch_key(step), size, number, number))
    return buffers
