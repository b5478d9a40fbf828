"""Float32 operations by channel between two operators, and what they compute, rounding by rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyq.convert.edit import Editor
from tinyq.graph.ir import Operator, Tensor

Float32Array = npt.NDArray[np.float32]

_CLAMPS = {"NONE": (None, None), "RELU": (0.0, None), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}


@dataclass(frozen=True, eq=False)
class Step:
    """ADD or MUL of a value a channel (float32 [1] or [c]), or a clamp: RELU, RELU6."""

    kind: str
    values: Float32Array | None = None


@dataclass(frozen=True, eq=False)
class Chain:
    """Steps in their order, and the operators that they come from."""

    steps: tuple[Step, ...]
    operators: tuple[Operator, ...]

    def apply(self, x: Float32Array) -> Float32Array:
        """The steps on x [..., c]; each result is rounded to float32."""
        for step in self.steps:
            if step.values is None:
                x = clamped(x, step.kind)
            else:
                x = x + step.values if step.kind == "ADD" else x * step.values
        return x

    @property
    def rising(self) -> bool:
        """Whether it keeps the order of numbers in every channel."""
        gains = [step.values for step in self.steps if step.kind == "MUL" and step.values is not None]
        return all((values >= 0).all() for values in gains)


def clamped(x: Float32Array, activation: str) -> Float32Array:
    """A fused activation in float32."""
    low, high = _CLAMPS[activation]
    if low is not None:
        x = np.maximum(x, np.float32(low))
    return x if high is None else np.minimum(x, np.float32(high))


def chain_behind(editor: Editor, index: int, channels: int) -> tuple[Chain, Operator | None]:
    """The steps behind a tensor that has one reader each time; and the operator that reads their result.

    The operator is None if the result has several readers or is an output of the graph.
    """
    steps: list[Step] = []
    operators: list[Operator] = []
    while True:
        reader = editor.only_reader(index)
        found = None if reader is None else steps_of(editor, reader, index, channels)
        if reader is None or found is None:
            return Chain(tuple(steps), tuple(operators)), reader
        steps += found
        operators.append(reader)
        index = reader.outputs[0]


def steps_of(editor: Editor, operator: Operator, source: int, channels: int) -> list[Step] | None:
    """The steps that an operator is; None if it is something else."""
    if editor.tensors[operator.outputs[0]].dtype != "float32":
        return None
    if operator.kind in ("RELU", "RELU6"):
        return [Step(operator.kind)]
    activation = operator.options.get("fused_activation_function", "NONE")
    if operator.kind not in ("ADD", "MUL") or activation not in ("NONE", "RELU", "RELU6"):
        return None
    other = [editor.tensors[i] for i in operator.inputs if i != source]
    values = _by_channel(other[0], channels) if len(other) == 1 else None
    if values is None:
        return None
    return [Step(operator.kind, values)] + ([] if activation == "NONE" else [Step(activation)])


def _by_channel(tensor: Tensor, channels: int) -> Float32Array | None:
    """A constant as one value, or one a channel; None if it is no such constant."""
    if tensor.data is None or tensor.dtype != "float32":
        return None
    if tensor.data.size != 1 and tensor.shape[-1:] != (tensor.data.size,):
        return None
    return tensor.data.reshape(-1) if tensor.data.size in (1, channels) else None
