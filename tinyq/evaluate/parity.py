"""Where two runs of one model differ: layer by layer, against the NumPy reference's integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import RunError
from tinyq.core.kernels import Step
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph.ir import Graph
from tinyq.graph.lowering import lower
from tinyq.graph.operators import KINDS

Array = npt.NDArray[Any]
REAL = 1e-5  # of a layer's largest output: sums of float32 in another order differ by a few roundings


@dataclass(frozen=True)
class Difference:
    """How one layer of a run compares with the reference.

    Args:
        layer, kernel: of the step.
        elements: compared, over all samples.
        differing: of these, by more than `allowed`.
        largest: the largest |difference|, in units of the stored numbers (quantization steps for int8).
        first: (sample, position in the layer's output) of the first one; () if there is none.
        got, wanted: there.
        allowed: the |difference| that is none; 0 where the bits have to be the same.
    """

    layer: str
    kernel: str
    elements: int
    differing: int
    largest: float = 0.0
    first: tuple[int, ...] = ()
    got: float = 0.0
    wanted: float = 0.0
    allowed: float = 0.0

    def __str__(self) -> str:
        if not self.differing:
            return f"0 (rounding: {self.largest:.2g})" if self.largest else "0"
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
    """The steps whose outputs `exposed` shows: all but those that move nothing, and flags (bool)."""
    steps = (step for step in lower(graph) if step.kernel != "reshape")
    return tuple(step for step in steps if graph.tensors[step.output].dtype != "bool")


def observed(graph: Graph, inputs: Sequence[Array]) -> dict[int, Array]:
    """What the reference computes: tensor index -> [samples, ...], inputs included.

    Raises:
        RunError: the inputs are not the graph's.
    """
    outputs = tuple(step.output for step in lower(graph))
    arrays = Interpreter(replace(graph, outputs=outputs, signatures={})).predict(inputs)
    return dict(zip((*graph.inputs, *outputs), (*inputs, *arrays), strict=True))


def separated(graph: Graph) -> tuple[Graph, tuple[int, ...]]:
    """Every layer by itself: the same layers as outputs, but whatever one reads is an input of the model.

    For runtimes that round float32 otherwise: one sum that ends on the other side of 0 would change every
    layer behind it.

    Returns:
        the graph; and of each of its inputs the tensor of `graph` that it stands for.

    Raises:
        GraphError: the graph cannot be lowered.
    """
    steps = shown_steps(graph)
    made = {step.output for step in lower(graph)}
    kept = [graph.operators[step.operator] for step in steps]
    given = tuple(dict.fromkeys(i for operator in kept for i in operator.inputs if i in made))
    copies = {index: len(graph.tensors) + number for number, index in enumerate(given)}
    tensors = (*graph.tensors, *(replace(graph.tensors[i], name=f"given_{i}") for i in given))
    operators = tuple(
        replace(operator, inputs=tuple(copies.get(i, i) for i in operator.inputs)) for operator in kept
    )
    sources = tuple(i for i in graph.inputs if any(i in o.inputs for o in kept)) + given
    inputs = tuple(copies.get(i, i) for i in sources)
    outputs = tuple(step.output for step in steps)
    return replace(
        graph, tensors=tensors, operators=operators, inputs=inputs, outputs=outputs, signatures={}
    ), sources


def rounds(graph: Graph, step: Step) -> bool:
    """Whether a step is a built-in float32 operator: another runtime may add in another order."""
    custom = KINDS[graph.operators[step.operator].kind].custom
    return step.kernel.endswith("_f32") and not custom and not step.kernel.startswith("dequantize")


def allowances(graph: Graph, found: Mapping[int, Array], foreign: bool = False) -> tuple[float, ...]:
    """The |difference| that each of `shown_steps` may have in another runtime: 0 where bits must be the same.

    Args:
        graph, found: as `observed` has them.
        foreign: the runtime's built-in operators are not TFLite's reference kernels: int8 outputs may be a
            step away (it rounds once, where they round twice), all float32 ones some roundings.
    """

    def allowed(step: Step) -> float:
        dtype = graph.tensors[step.output].dtype
        built_in = foreign and not KINDS[graph.operators[step.operator].kind].custom
        if rounds(graph, step) or (built_in and dtype == "float32"):
            return REAL * float(np.abs(found[step.output]).max(initial=0))
        return float(built_in and dtype == "int8")

    return tuple(allowed(step) for step in shown_steps(graph))


def compare(
    steps: Sequence[Step],
    wanted: Sequence[Array],
    got: Sequence[Array],
    allowed: Sequence[float] = (),
) -> tuple[Difference, ...]:
    """One row a layer.

    Args:
        steps: what the arrays are outputs of.
        wanted: [samples, ...] each, of the reference.
        got: the same of another runtime; of the same types and sizes.
        allowed: the |difference| that is none, for each; () for 0.

    Raises:
        RunError: the runtime gave another number of outputs, or one of another type or size.
    """
    if len(got) != len(wanted):
        raise RunError("outputs of the runtime", f"{len(got)} arrays", f"{len(wanted)}")
    limits = allowed or [0.0] * len(wanted)
    return tuple(_difference(*row) for row in zip(steps, wanted, got, limits, strict=True))


def _difference(step: Step, wanted: Array, got: Array, allowed: float) -> Difference:
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
        return Difference(step.name, step.kernel, wanted.size, 0, allowed=allowed)
    distance = np.abs(got.astype(np.float64) - wanted.astype(np.float64))
    beyond = unequal & ~(distance <= allowed) if allowed else unequal
    first = tuple(int(i) for i in np.argwhere(beyond)[0]) if beyond.any() else ()
    worst = distance[unequal]
    return Difference(
        step.name,
        step.kernel,
        wanted.size,
        int(beyond.sum()),
        float(np.nanmax(worst)) if not np.isnan(worst).all() else float("nan"),
        first,
        float(got[first]) if first else 0.0,
        float(wanted[first]) if first else 0.0,
        allowed,
    )
