"""A graph in the making, in which one operator of another graph may become many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.edit import Editor
from tinyq.graph.ir import Graph, Operator, Quantization, Tensor

_NOTHING = {"ADD": 0.0, "MUL": 1.0}


class Expansion:
    """Tensors of `graph` keep their numbers; its operators are emitted again, or others in their place."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.tensors = list(graph.tensors)
        self.operators: list[Operator] = []
        self._constants: dict[tuple[Any, ...], int] = {}
        self._same: dict[int, int] = {}

    def graph(self) -> Graph:
        """The new graph, without operators whose results nobody reads."""
        outputs = tuple(self._same.get(i, i) for i in self._graph.outputs)
        graph = replace(
            self._graph, tensors=tuple(self.tensors), operators=tuple(self.operators), outputs=outputs
        )
        return Editor(graph).graph()

    def becomes(self, old: int, new: int) -> None:
        """Whoever reads the tensor `old` gets `new`, which takes its name, from now on."""
        self._same[old] = new
        self.tensors[new] = replace(self.tensors[new], name=self.tensors[old].name)

    def shape(self, index: int) -> tuple[int, ...]:
        """Shape of a tensor."""
        return self.tensors[index].shape

    def data(self, index: int) -> npt.NDArray[Any]:
        """What a constant holds."""
        return np.asarray(self.tensors[index].data)

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str = "float32",
        quantization: Quantization | None = None,
    ) -> int:
        """A new activation."""
        self.tensors.append(Tensor(name, tuple(int(n) for n in shape), dtype, quantization))
        return len(self.tensors) - 1

    def constant(self, name: str, data: npt.ArrayLike, quantization: Quantization | None = None) -> int:
        """A constant; one that is there already is not stored again."""
        array = np.ascontiguousarray(data).copy()
        key = (array.dtype.str, array.shape, array.tobytes())
        if quantization is not None or key not in self._constants:
            array.flags.writeable = False
            self.tensors.append(Tensor(name, array.shape, array.dtype.name, quantization, array))
            if quantization is not None:
                return len(self.tensors) - 1
            self._constants[key] = len(self.tensors) - 1
        return self._constants[key]

    def emit(self, kind: str, inputs: Sequence[int], output: int, **options: Any) -> int:
        """An operator; returns its output."""
        given = tuple(self._same.get(i, i) for i in inputs)
        self.operators.append(Operator(kind, given, (output,), MappingProxyType(options)))
        return output

    def again(self, operator: Operator) -> None:
        """An operator of the old graph as it is."""
        inputs = tuple(self._same.get(i, i) for i in operator.inputs)
        self.operators.append(replace(operator, inputs=inputs))

    def pointwise(self, kind: str, x: int, other: npt.ArrayLike, activation: str = "NONE") -> int:
        """ADD or MUL of float32 numbers; nothing if that changes nothing.

        Args:
            kind: "ADD" or "MUL".
            x: a tensor.
            other: a tensor's number, an int; or numbers that broadcast.
            activation: fused.
        """
        name = f"{self.tensors[x].name}/{kind.lower()}"
        if not isinstance(other, int):
            values = np.atleast_1d(np.asarray(other, np.float32))
            if activation == "NONE" and (values == _NOTHING[kind]).all():
                return x
            other = self.constant(f"{name}/constant", values)
        made = self.tensor(name, self.shape(x))
        more: Mapping[str, Any] = {"pot_scale_int16": False} if kind == "ADD" else {}
        return self.emit(kind, [x, other], made, fused_activation_function=activation, **more)

    def reshaped(self, x: int, shape: Sequence[int]) -> int:
        """The same numbers in another shape."""
        tensor = self.tensors[x]
        if tensor.shape == tuple(shape):
            return x
        made = self.tensor(f"{tensor.name}/shaped", shape, tensor.dtype, tensor.quantization)
        size = self.constant("shape", np.asarray(shape, np.int32))
        return self.emit("RESHAPE", [x, size], made, new_shape=tuple(int(n) for n in shape))
