"""Runs a graph with the NumPy reference kernels: the integers that every other implementation must give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import RunError
from tinyq.core.kernels import KERNELS, Step
from tinyq.core.params import AddDims, ConvDims, CountDims, Dims, FullyConnectedDims, RowsDims, UnaryDims
from tinyq.graph.ir import Graph, Tensor
from tinyq.graph.lowering import lower

Array = npt.NDArray[Any]
_MOST_ELEMENTS = 1 << 22  # that a folded batch holds at a time: bounds memory


class Interpreter:
    """A lowered graph that runs on NumPy arrays.

    Args:
        graph: what `tinyq.graph.read` returns.

    Raises:
        GraphError: the graph cannot be lowered.

    Example:
        >>> from tinyq.graph.ir import Graph, Operator, Quantization, Tensor
        >>> q = Quantization(np.array([0.5], np.float32), np.array([3]))
        >>> graph = Graph(
        ...     tensors=(Tensor("x", (1, 2), "int8", q), Tensor("y", (1, 2), "int8", q)),
        ...     operators=(Operator("RELU", inputs=(0,), outputs=(1,)),),
        ...     inputs=(0,),
        ...     outputs=(1,),
        ... )
        >>> Interpreter(graph).run(np.array([[-8, 8]], np.int8))
        [array([[3, 8]], dtype=int8)]
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.steps = lower(graph)

    def run(self, inputs: Array | Sequence[Array]) -> list[Array]:
        """The outputs for one set of inputs (a lone array where the graph has one input).

        Raises:
            RunError: wrong number of inputs, or a wrong shape or dtype.
        """
        tensors = self.run_all(inputs)
        return [tensors[index] for index in self.graph.outputs]

    def run_all(self, inputs: Array | Sequence[Array]) -> dict[int, Array]:
        """All activations by tensor index, inputs and outputs included.

        Raises:
            RunError: as `run`.
        """
        arrays = self._checked(inputs, None)
        found = _execute(self.graph, self.steps, dict(zip(self.graph.inputs, arrays, strict=True)), 1)
        return {index: array.reshape(self.graph.tensors[index].shape) for index, array in found.items()}

    def predict(self, samples: Array | Sequence[Array]) -> list[Array]:
        """The outputs for many samples; the same integers as one `run` a sample, but faster.

        Args:
            samples: one array an input, [count, ...]; a leading axis of size 1 of the graph's input is
                replaced by it (or it comes in front, if the graph's input has none).

        Returns:
            One array an output, [count, ...] in the same way.

        Raises:
            RunError: as `run`, or inputs of different counts.
        """
        count = next((len(array) for array in _arrays(samples) if array.ndim), 0)
        arrays = self._checked(samples, count)
        outputs = [self.graph.tensors[index] for index in self.graph.outputs]
        results = [np.empty((count, *_sample_shape(tensor)), tensor.dtype) for tensor in outputs]
        most = self._samples_at_once()
        for start in range(0, count, most):
            part = [array[start : start + most] for array in arrays]
            n = part[0].shape[0]
            steps = [_folded(step, n, self.graph) for step in self.steps] if n > 1 else self.steps
            found = _execute(self.graph, steps, dict(zip(self.graph.inputs, part, strict=True)), n)
            for result, index in zip(results, self.graph.outputs, strict=True):
                result[start : start + n] = found[index].reshape(n, *result.shape[1:])
        return results

    def _samples_at_once(self) -> int:
        if not all(_foldable(step, self.graph) for step in self.steps):
            return 1
        elements = [sum(math.prod(self.graph.tensors[step.output].shape) for step in self.steps)]
        # What a convolution's windows hold when they are spread out for a matrix product.
        elements += [
            step.macs // step.dims.output.c for step in self.steps if isinstance(step.dims, ConvDims)
        ]
        return max(1, _MOST_ELEMENTS // max(1, *elements))

    def _checked(self, given: Array | Sequence[Array], count: int | None) -> list[Array]:
        """The inputs as a list; `count` samples of each, or None for one set in the graph's own shapes."""
        arrays = _arrays(given)
        where = f"graph '{self.graph.name}'"
        if len(arrays) != len(self.graph.inputs):
            raise RunError(where, f"{len(arrays)} inputs", f"{len(self.graph.inputs)}")
        for array, index in zip(arrays, self.graph.inputs, strict=True):
            tensor = self.graph.tensors[index]
            shape = tensor.shape if count is None else (count, *_sample_shape(tensor))
            if array.shape != shape or array.dtype.name != tensor.dtype:
                raise RunError(
                    f"{where}, input '{tensor.name}'",
                    f"{array.dtype.name} {list(array.shape)}",
                    f"{tensor.dtype} {list(shape)}",
                    "reshape the array; turn real values into int8 with the input's scale and zero point",
                )
        return arrays


def _arrays(given: Array | Sequence[Array]) -> list[Array]:
    return [np.asarray(array) for array in given] if isinstance(given, (list, tuple)) else [np.asarray(given)]


def _sample_shape(tensor: Tensor) -> tuple[int, ...]:
    return tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape


def _execute(graph: Graph, steps: Sequence[Step], given: Mapping[int, Array], n: int) -> dict[int, Array]:
    """Run the steps for n samples; returns all activations, in the kernels' shapes."""
    found: dict[int, Array] = dict(given)
    for step in steps:
        kernel = KERNELS[step.kernel]
        arrays = [found[i] if i in found else _constant(graph.tensors[i], step, n) for i in step.inputs]
        arguments = [arrays] if kernel.variadic else arrays
        found[step.output] = kernel.reference(step.params, step.dims, *arguments, *step.constants)
    return found


def _constant(tensor: Tensor, step: Step, n: int) -> Array:
    """A constant operand: Add broadcasts it, Concatenation takes one copy a sample."""
    data = np.asarray(tensor.data)
    return np.tile(data.reshape(-1), n) if KERNELS[step.kernel].variadic else data


def _foldable(step: Step, graph: Graph) -> bool:
    """Whether n samples are n times as many images or rows to the kernel."""
    dims = step.dims
    if isinstance(dims, AddDims):
        if all(graph.tensors[i].data is not None for i in step.inputs):
            return False
        shapes = zip(step.inputs, (dims.input1, dims.input2), strict=True)
        return all(d.n == (dims.output.n if graph.tensors[i].data is None else 1) for i, d in shapes)
    return dims.input.n == dims.output.n if isinstance(dims, UnaryDims) else True


def _folded(step: Step, n: int, graph: Graph) -> Step:
    """The same call for n samples behind one another."""

    def images(dims: Dims) -> Dims:
        return replace(dims, n=dims.n * n)

    dims = step.dims
    match dims:
        case ConvDims() | UnaryDims():
            dims = replace(dims, input=images(dims.input), output=images(dims.output))
        case AddDims():
            constant = [graph.tensors[i].data is not None for i in step.inputs]
            dims = AddDims(
                dims.input1 if constant[0] else images(dims.input1),
                dims.input2 if constant[1] else images(dims.input2),
                images(dims.output),
            )
        case FullyConnectedDims() | RowsDims():
            dims = replace(dims, rows=dims.rows * n)
        case CountDims():
            dims = CountDims(dims.count * n)
    return replace(step, dims=dims)
