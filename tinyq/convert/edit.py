"""What passes share: who reads a tensor, new tensors and operators, and what nobody reads any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.graph.ir import Graph, Operator, Quantization, Tensor


class Editor:
    """A graph while a pass changes it; operators are known by the tensor that they give."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.tensors = list(graph.tensors)
        self.operators = list(graph.operators)

    def readers(self, index: int) -> list[Operator | None]:
        """The operators that read a tensor; None stands for an output of the graph."""
        found: list[Operator | None] = [o for o in self.operators if index in o.inputs]
        return found + [None] * (index in self._graph.outputs)

    def only_reader(self, index: int) -> Operator | None:
        """The one operator that reads a tensor; None if there are several, or it is an output."""
        found = self.readers(index)
        return found[0] if len(found) == 1 else None

    def maker(self, index: int) -> Operator | None:
        """The operator that gives a tensor."""
        return next((o for o in self.operators if index in o.outputs), None)

    def tensor(self, tensor: Tensor) -> int:
        """Add a tensor."""
        if tensor.data is not None:
            tensor.data.flags.writeable = False
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def constant(
        self, name: str, data: npt.NDArray[Any], scales: npt.NDArray[np.float32] | None = None
    ) -> int:
        """Add a constant; `scales` are those of its output channels."""
        quantization = None
        if scales is not None:
            quantization = Quantization(scales.astype(np.float32), np.zeros(scales.size, np.int64))
        array = np.ascontiguousarray(data).copy()
        return self.tensor(Tensor(name, array.shape, array.dtype.name, quantization, array))

    def name(self, index: int, name: str) -> None:
        """Rename a tensor."""
        self.tensors[index] = replace(self.tensors[index], name=name)

    def put(
        self,
        old: Sequence[Operator],
        kind: str,
        inputs: Sequence[int],
        output: int,
        options: Mapping[str, Any],
    ) -> None:
        """An operator in the place of the last of `old`, which all go."""
        new = Operator(kind, tuple(inputs), (output,), MappingProxyType(dict(options)))
        self.operators[self.operators.index(old[-1])] = new
        self.operators = [o for o in self.operators if o not in old]

    def graph(self) -> Graph:
        """The new graph, without operators whose results nobody reads."""
        needed, kept = set(self._graph.outputs), []
        for operator in reversed(self.operators):
            if needed.intersection(operator.outputs):
                kept.append(operator)
                needed.update(operator.inputs)
        return replace(self._graph, tensors=tuple(self.tensors), operators=tuple(reversed(kept)))
