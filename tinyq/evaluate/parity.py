"""Where two runs of one model differ: layer by layer, against the NumPy reference's integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import RunError
from tinyq.core.kernels import Step
from tinyq.graph.ir import Graph
from tinyq.graph.lowering import lower

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Difference:
    """How one layer of a run compares with the reference.

    Args:
        layer, kernel: of the step.
        elements: compared, over all samples.
        differing: of these.
        largest: the largest |difference|, in units of the stored numbers (quantization steps for int8).
        first: (sample, position in the layer's output) of the first one; () if there is none.
        got, wanted: there.
    """

    layer: str
    kernel: str
    elements: int
    differing: int
    largest: float = 0.0
    first: tuple[int, ...] = ()
    got: float = 0.0
    wanted: float = 0.0

    def __str__(self) -> str:
        if not self.differing:
            return "0"
        sample, *position = self.first
        return (
            f"{self.differing} of {self.elements}, by {self.largest:g} at most; first: sample {sample}, "
            f"{position}: {self.got:g}, not {self.wanted:g}"
        )


def exposed(graph: Graph) -> Graph:
    """The same graph with the output of every layer that computes as an output, in order of execution.

    Every runtime that runs it shows its layers, with no hook in it. It is a model of its own: memory is
    planned otherwise than for `graph`, so compare the outputs of `graph` itself, too.

    Raises:
        GraphError: the graph cannot be lowered.

    Example:
        >>> from tinyq.graph.ir import Operator, Quantization, Tensor
        >>> q = Quantization(np.array([0.5], np.float32), np.array([3]))
        >>> tensors = tuple(Tensor(name, (1, 2), "int8", q) for name in "xyz")
        >>> operators = (Operator("RELU", (0,), (1,)), Operator("RELU6", (1,), (2,)))
        >>> exposed(Graph(tensors, operators, inputs=(0,), outputs=(2,))).outputs
        (1, 2)
    """
    outputs = tuple(step.output for step in shown_steps(graph))
    return replace(graph, outputs=outputs, signatures={})


def shown_steps(graph: Graph) -> tuple[Step, ...]:
    """The steps whose outputs `exposed` shows: all but those that move nothing."""
    return tuple(step for step in lower(graph) if step.kernel != "reshape")


def compare(steps: Sequence[Step], wanted: Sequence[Array], got: Sequence[Array]) -> tuple[Difference, ...]:
    """One row a layer.

    Args:
        steps: what the arrays are outputs of.
        wanted: [samples, ...] each, of the reference.
        got: the same of another runtime; of the same types and sizes.

    Raises:
        RunError: the runtime gave another number of outputs, or one of another type or size.
    """
    if len(got) != len(wanted):
        raise RunError("outputs of the runtime", f"{len(got)} arrays", f"{len(wanted)}")
    return tuple(_difference(*row) for row in zip(steps, wanted, got, strict=True))


def _difference(step: Step, wanted: Array, got: Array) -> Difference:
    if got.size != wanted.size or got.dtype != wanted.dtype:
        raise RunError(
            f"layer {step.name}, output of the runtime",
            f"{got.dtype}, {got.size} elements",
            f"{wanted.dtype}, {wanted.size} elements",
        )
    got = got.reshape(wanted.shape)
    # Bits, not values: -0.0 is not 0.0, and two NaNs of the same bits are the same.
    unequal = got.view(f"u{got.dtype.itemsize}") != wanted.view(f"u{wanted.dtype.itemsize}")
    if not unequal.any():
        return Difference(step.name, step.kernel, wanted.size, 0)
    first = tuple(int(i) for i in np.argwhere(unequal)[0])
    distance = np.abs(got[unequal].astype(np.float64) - wanted[unequal].astype(np.float64))
    return Difference(
        step.name,
        step.kernel,
        wanted.size,
        int(unequal.sum()),
        float(np.nanmax(distance)) if not np.isnan(distance).all() else float("nan"),
        first,
        float(got[first]),
        float(wanted[first]),
    )
