"""Join the int8 part of a network with its low-bit part: every cut becomes one int8 tensor.

int8 ─▶ cut out; float32 ─▶ low-bit part ─▶ float32; cut in ─▶ int8
                                  -->
int8 ─▶ cut out ─▶ DEQUANTIZE ─▶ low-bit part ─▶ QUANTIZE ─▶ cut in ─▶ int8
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from tinyq.convert.nodes import LowLayer, Ref, Refusal
from tinyq.graph.ir import Graph, Operator, Quantization, Tensor

INT8_MIN, INT8_MAX = -128, 127
_LEAST_RANGE = 1e-6  # as the stock converter's


@dataclass(frozen=True, eq=False)
class Parts:
    """What is joined.

    Args:
        bits: the low-bit part, float32 at its ends.
        cut_out, cut_in: what its inputs and outputs are.
        host_inputs, host_outputs: inputs and outputs of the int8 part, with their names in its signature.
        inputs, outputs: of the whole model.
        ranges: of tensors that are no tensor of the int8 part: (least, most) of their values.
        names: of the layers that give the tensors.
        layers: the low-bit layers.
        refusals: layers that are not, though their quantizers ask for it.
    """

    bits: Graph
    cut_out: tuple[Ref, ...]
    cut_in: tuple[Ref, ...]
    host_inputs: Mapping[Ref, str]
    host_outputs: Mapping[Ref, str]
    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]
    ranges: Mapping[Ref, tuple[float, float]]
    names: Mapping[Ref, str]
    layers: tuple[LowLayer, ...]
    refusals: tuple[Refusal, ...]


def named(host: Graph) -> Graph:
    """The int8 part with the layers' names for its ends, which the stock converter calls Partitioned..."""
    tensors = list(host.tensors)
    for ends in host.signatures.values():
        for end in ends:
            for name, index in end.items():
                tensors[index] = replace(tensors[index], name=f"{name}/output")
    return replace(host, tensors=tuple(tensors))


def stitch(host: Graph, parts: Parts) -> Graph:
    """The whole network, operators in an order in which they can run."""
    return _Stitcher(host, parts).graph()


def quantization_of(least: float, most: float) -> Quantization:
    """Scale and zero point for int8, as the stock converter takes them: 0 is one of the numbers.

    Example:
        >>> q = quantization_of(-1.0, 1.55)
        >>> round(float(q.scale[0]), 6), int(q.zero_point[0])
        (0.01, -28)
    """
    least, most = min(least, 0.0), max(most, 0.0)
    scale = max(most - least, _LEAST_RANGE) / (INT8_MAX - INT8_MIN)
    zero_point = int(np.clip(round(INT8_MIN - least / scale), INT8_MIN, INT8_MAX))
    return Quantization(np.array([scale], np.float32), np.array([zero_point], np.int64))


class _Stitcher:
    def __init__(self, host: Graph, parts: Parts) -> None:
        self._host = host
        self._parts = parts
        self._tensors = list(host.tensors)
        self._operators = list(host.operators)
        self._int8: dict[Ref, int] = {}
        for inputs, outputs in host.signatures.values():
            self._int8 |= {ref: inputs[name] for ref, name in parts.host_inputs.items()}
            self._int8 |= {ref: outputs[name] for ref, name in parts.host_outputs.items()}

    def graph(self) -> Graph:
        parts = self._parts
        first = len(self._tensors)
        self._tensors += parts.bits.tensors
        for operator in parts.bits.operators:
            inputs = tuple(i + first if i >= 0 else i for i in operator.inputs)
            outputs = tuple(i + first for i in operator.outputs)
            self._operators.append(replace(operator, inputs=inputs, outputs=outputs))
        for ref, index in zip(parts.cut_out, parts.bits.inputs, strict=True):
            self._take(self._boundary(ref), first + index)
        for ref, index in zip(parts.cut_in, parts.bits.outputs, strict=True):
            self._give(first + index, self._boundary(ref))
        inputs = tuple(self._boundary(ref) for ref in parts.inputs)
        graph = replace(
            self._host,
            tensors=tuple(self._tensors),
            operators=tuple(self._operators),
            inputs=inputs,
            outputs=tuple(self._boundary(ref) for ref in parts.outputs),
            signatures=MappingProxyType({}),
        )
        return replace(graph, operators=in_order(graph))

    def _boundary(self, ref: Ref) -> int:
        """The int8 tensor of a cut; its own one if the int8 part has none."""
        if ref not in self._int8:
            name = f"{self._parts.names.get(ref, f'cut_{ref.number}')}/output"
            quantization = quantization_of(*self._parts.ranges[ref])
            self._int8[ref] = self._add(Tensor(name, (1, *ref.shape), "int8", quantization))
        return self._int8[ref]

    def _add(self, tensor: Tensor) -> int:
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _operator(self, kind: str, source: int, output: int, **options: Any) -> None:
        self._operators.append(Operator(kind, (source,), (output,), MappingProxyType(options)))

    def _reshaped(self, index: int, shape: Sequence[int], back: bool = False) -> int:
        """The int8 tensor in another shape; `back`: the one that becomes it when it is reshaped."""
        tensor = self._tensors[index]
        if tensor.shape == tuple(shape):
            return index
        other = self._add(replace(tensor, name=f"{tensor.name}/shaped", shape=tuple(shape)))
        source, output = (other, index) if back else (index, other)
        self._operator("RESHAPE", source, output, new_shape=self._tensors[output].shape)
        return other

    def _take(self, int8: int, real: int) -> None:
        self._operator("DEQUANTIZE", self._reshaped(int8, self._tensors[real].shape), real)

    def _give(self, real: int, int8: int) -> None:
        self._operator("QUANTIZE", real, self._reshaped(int8, self._tensors[real].shape, back=True))


def in_order(graph: Graph) -> tuple[Operator, ...]:
    """The operators, each behind those that it needs; else as they are.

    Example:
        >>> steps = Operator("RELU", (1,), (2,)), Operator("RELU", (0,), (1,))
        >>> [o.inputs for o in in_order(Graph((Tensor("", (1,), "int8"),) * 3, steps, (0,), (2,)))]
        [(0,), (1,)]
    """
    makers = {index: operator for operator in graph.operators for index in operator.outputs}
    ordered: dict[Operator, None] = {}
    for last in graph.operators:
        stack = [last]
        while stack:
            operator = stack[-1]
            missing = [makers[i] for i in operator.inputs if i in makers and makers[i] not in ordered]
            if missing:
                stack += missing
            else:
                ordered[stack.pop()] = None
    return tuple(ordered)
