"""Join the float32 part of a network with its low-bit part: every cut is one float32 tensor of both.

float32 part ─▶ cut out, cut out ─▶ low-bit part ─▶ cut in, cut in ─▶ float32 part
                                  -->
float32 part ─▶ low-bit part ─▶ float32 part            (RESHAPE where a 1-D layer has height 1)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from tinyq.convert.nodes import Ref
from tinyq.convert.stitch import Parts, in_order
from tinyq.graph.ir import Graph, Operator, Tensor


def stitch_float(host: Graph, parts: Parts) -> Graph:
    """The whole network with float32 ends, operators in an order in which they can run."""
    return _Stitcher(host, parts).graph()


class _Stitcher:
    def __init__(self, host: Graph, parts: Parts) -> None:
        self._host = host
        self._parts = parts
        self._first = len(host.tensors)
        self._tensors = [*host.tensors, *parts.bits.tensors]
        self._operators = [*host.operators, *(self._moved(o) for o in parts.bits.operators)]
        self._same: dict[int, int] = {}  # tensor -> the one that stands for it
        self._real: dict[Ref, int] = {}
        for inputs, outputs in host.signatures.values():
            self._real |= {ref: inputs[name] for ref, name in parts.host_inputs.items()}
            self._real |= {ref: outputs[name] for ref, name in parts.host_outputs.items()}

    def graph(self) -> Graph:
        parts = self._parts
        for ref, index in zip(parts.cut_out, parts.bits.inputs, strict=True):
            self._join(self._boundary(ref), self._first + index)
        for ref, index in zip(parts.cut_in, parts.bits.outputs, strict=True):
            self._join(self._first + index, self._boundary(ref))
        graph = replace(
            self._host,
            tensors=tuple(self._tensors),
            operators=tuple(
                replace(o, inputs=tuple(self._resolved(i) for i in o.inputs)) for o in self._operators
            ),
            inputs=self._ends(parts.inputs),
            outputs=self._ends(parts.outputs),
            signatures=MappingProxyType({}),
        )
        return replace(graph, operators=in_order(graph))

    def _moved(self, operator: Operator) -> Operator:
        inputs = tuple(i + self._first if i >= 0 else i for i in operator.inputs)
        return replace(operator, inputs=inputs, outputs=tuple(i + self._first for i in operator.outputs))

    def _ends(self, refs: Sequence[Ref]) -> tuple[int, ...]:
        return tuple(self._resolved(self._boundary(ref)) for ref in refs)

    def _boundary(self, ref: Ref) -> int:
        """The tensor of a cut; its own one if the float32 part has none."""
        if ref not in self._real:
            name = f"{self._parts.names.get(ref, f'cut_{ref.number}')}/output"
            self._tensors.append(Tensor(name, (1, *ref.shape), "float32"))
            self._real[ref] = len(self._tensors) - 1
        return self._real[ref]

    def _join(self, source: int, target: int) -> None:
        """Readers of `target` get what is in `source`."""
        shape = self._tensors[target].shape
        if self._tensors[source].shape == shape:
            self._same[target] = source
            return
        size = np.asarray(shape, np.int32)
        size.flags.writeable = False
        self._tensors.append(Tensor("shape", size.shape, "int32", None, size))
        options = MappingProxyType({"new_shape": shape})
        self._operators.append(Operator("RESHAPE", (source, len(self._tensors) - 1), (target,), options))

    def _resolved(self, index: int) -> int:
        while index in self._same:
            index = self._same[index]
        return index
