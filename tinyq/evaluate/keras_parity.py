"""How far each integer layer is from the Keras layers that it stands for, given the same inputs."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.kernels import Step
from tinyq.graph.ir import Graph, Tensor

Array = npt.NDArray[Any]
BORDERS = (0.5, 1.0, 2.0)  # of the distribution, in quantization steps
_HALF_A_LAYER = re.compile(r"separable_conv[12]d/depthwise")  # Keras has no tensor there


@dataclass(frozen=True)
class Distance:
    """A layer against Keras, in quantization steps of its output; both saturate where int8 does.

    Args:
        layer: of the step.
        keras: names of the Keras layers that it stands for; () where none was found.
        largest, mean: of |integer output - Keras' output|.
        within: shares of the outputs up to half a step, one step and two steps away.
    """

    layer: str
    keras: tuple[str, ...]
    largest: float = 0.0
    mean: float = 0.0
    within: tuple[float, ...] = ()


def keras_distances(
    model: Any, graph: Graph, steps: Sequence[Step], found: Mapping[int, Array]
) -> tuple[Distance, ...]:
    """Feed every stretch of Keras layers with what the reference fed the layer it became.

    So the differences of one layer do not add to the next one's: each row is one layer's own.

    Args:
        model: the functional or Sequential Keras model that `graph` was converted from.
        graph, steps: as `Interpreter` has them.
        found: tensor index -> [samples, ...] of the reference, inputs included.

    Returns:
        One row a step; without numbers where Keras has no such layer, as for what the converter added.
    """
    layers = [layer.name for layer in model.layers]
    ends = dict(zip(graph.inputs, model.inputs, strict=True))
    made_by = {step.output: step for step in steps}
    rows = []
    for step in steps:
        end = _end(graph, step, layers)
        tensor = None if end is None else model.get_layer(end).output
        if tensor is not None and _fits(tensor, graph.tensors[step.output]):
            rows.append(_distance(graph, step, found, made_by, ends, tensor))
            ends[step.output] = tensor
        else:
            rows.append(Distance(step.name, ()))
    return tuple(rows)


def _end(graph: Graph, step: Step, layers: Sequence[str]) -> str | None:
    """The last Keras layer whose name is in the names of the step's output."""
    names = [graph.tensors[step.output].name]
    if _HALF_A_LAYER.search(names[0].split(";")[0]):
        return None
    for _, outputs in graph.signatures.values():
        names += [name for name, index in outputs.items() if index == step.output]
    words = {word for name in names for path in name.split(";") for word in re.split(r"[/:]", path)}
    known = [layer for layer in layers if layer in words]
    return known[-1] if known else None


def _fits(keras: Any, tensor: Tensor) -> bool:
    """The converter may move a layer over the borders of another one: then shapes differ."""
    if isinstance(keras, list):
        return False
    sizes = [int(n) for n in tensor.shape[1:] if n != 1]
    return [int(n) for n in keras.shape[1:] if n != 1] == sizes


def _distance(
    graph: Graph,
    step: Step,
    found: Mapping[int, Array],
    made_by: Mapping[int, Step],
    ends: Mapping[int, Any],
    tensor: Any,
) -> Distance:
    inputs = _known_inputs(graph, step, made_by, ends)
    tf_keras = importlib.import_module("tf_keras")
    try:
        part = tf_keras.Model([ends[index] for index in inputs], tensor)
    except ValueError:  # another way leads from the model's inputs to this layer
        return Distance(step.name, ())
    fed = [
        real_values(graph.tensors[index], found[index]).reshape(-1, *ends[index].shape[1:])
        for index in inputs
    ]
    wanted = np.asarray(part(fed if len(fed) > 1 else fed[0], training=False), np.float64)
    made = graph.tensors[step.output]
    got = real_values(made, found[step.output]).astype(np.float64).reshape(wanted.shape)
    scale = 1.0
    if made.dtype == "int8" and made.quantization is not None:
        scale, zero = float(made.quantization.scale[0]), int(made.quantization.zero_point[0])
        wanted = np.clip(wanted, scale * (-128 - zero), scale * (127 - zero))
    away = np.abs(got - wanted) / scale
    names = tuple(layer.name for layer in part.layers if type(layer).__name__ != "InputLayer")
    shares = tuple(float((away <= border + 1e-3).mean()) for border in BORDERS)  # 1e-3: float32's rounding
    return Distance(step.name, names, float(away.max()), float(away.mean()), shares)


def _known_inputs(
    graph: Graph, step: Step, made_by: Mapping[int, Step], ends: Mapping[int, Any]
) -> tuple[int, ...]:
    """Its inputs that are Keras tensors, too; behind those that are not, the inputs of what made them."""
    known: dict[int, None] = {}
    for index in step.inputs:
        if index in ends:
            known[index] = None
        elif graph.tensors[index].data is None:
            known |= dict.fromkeys(_known_inputs(graph, made_by[index], made_by, ends))
    return tuple(known)


def real_values(tensor: Tensor, stored: Array) -> npt.NDArray[np.float32]:
    """What stored numbers stand for: scale * (q - zero_point) for int8, themselves for float32."""
    if tensor.dtype == "float32" or tensor.quantization is None:
        return stored.astype(np.float32)
    scale, zero = tensor.quantization.scale[0], tensor.quantization.zero_point[0]
    real: npt.NDArray[np.float32] = ((stored.astype(np.int64) - zero) * np.float64(scale)).astype(np.float32)
    return real
