"""How far each integer layer is from the Keras layers that it stands for, given the same inputs."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tinyq.core.kernels import Step
from tinyq.core.packed_activations import TERNARY, packed_size, unpack_codes
from tinyq.graph.ir import Graph, Tensor

Array = npt.NDArray[Any]
BORDERS = (0.5, 1.0, 2.0)  # of the distribution, in quantization steps
_NAMED = re.compile(r"(.+?)(?:_\d+)?/(output|codes)")  # what the converter calls the ends of low-bit parts
_HALF_A_LAYER = re.compile(r"separable_conv[12]d/depthwise")  # Keras has no tensor there


@dataclass(frozen=True)
class Distance:
    """A layer against Keras, in quantization steps of its output; both saturate where int8 does.

    A step of packed codes is the distance of two levels.

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


class FoundLevels(Protocol):
    """What an activation quantizer does, as `tinyq.convert.levels.find_levels` says it."""

    thresholds: npt.NDArray[np.float32]
    shift: float


@dataclass(frozen=True, eq=False)
class _End:
    """What a tensor of the graph is in Keras; if it holds codes, `reader` is the layer that quantizes it."""

    tensor: Any
    reader: Any = None

    @property
    def quantizer(self) -> Any:
        """Of its input, None where there is none."""
        return getattr(self.reader, "input_quantizer", None)


def keras_distances(
    model: Any,
    graph: Graph,
    steps: Sequence[Step],
    found: Mapping[int, Array],
    find_levels: Callable[[Callable[[Array], Array]], Any] | None = None,
) -> tuple[Distance, ...]:
    """Feed every stretch of Keras layers with what the reference fed the layer it became.

    So the differences of one layer do not add to the next one's: each row is one layer's own. In place of
    codes Keras gets numbers of which its own quantizer makes these codes.

    Args:
        model: the functional or Sequential Keras model that `graph` was converted from.
        graph, steps: as `Interpreter` has them.
        found: tensor index -> [samples, ...] of the reference, inputs included.
        find_levels: `tinyq.convert.levels.find_levels`; without it packed tensors have no numbers.

    Returns:
        One row a step; without numbers where Keras has no such layer, as for what the converter added.
    """
    return _Comparison(model, graph, steps, found, find_levels).rows()


class _Comparison:
    def __init__(self, model: Any, graph: Graph, steps: Sequence[Step], found: Any, find_levels: Any) -> None:
        self._model, self._graph, self._steps, self._found = model, graph, steps, found
        self._layers = KerasLayers(model)
        self._find_levels = find_levels
        self._levels: dict[int, FoundLevels | None] = {}  # by id of the quantizer
        self._made_by = {step.output: step for step in steps}
        self._ends = {i: _End(tensor) for i, tensor in zip(graph.inputs, model.inputs, strict=True)}

    def rows(self) -> tuple[Distance, ...]:
        rows = []
        for step in self._steps:
            end = self._end(step)
            if end is None:
                rows.append(Distance(step.name, ()))
                continue
            rows.append(self._distance(step, end))
            self._ends[step.output] = end
        return tuple(rows)

    def _end(self, step: Step) -> _End | None:
        made = self._graph.tensors[step.output]
        names = [made.name]
        for _, outputs in self._graph.signatures.values():
            names += [name for name, index in outputs.items() if index == step.output]
        tensor = self._layers.tensor_of(names)
        if made.dtype != "int32":
            return _End(tensor) if tensor is not None and _fits(tensor, made) else None
        end = _End(tensor, self._reader(step.output))
        if tensor is None or end.quantizer is None or self._levels_of(end.quantizer) is None:
            return None
        channels = _channels(tensor, made)
        fits = packed_size(channels, _level_count(step)) == made.shape[-1]
        return end if fits else None

    def _reader(self, index: int) -> Any:
        """The low-bit layer that reads a packed tensor, at once or behind what only moves codes."""
        for step in self._steps:
            if index not in step.inputs:
                continue
            if self._graph.tensors[step.output].dtype == "int32" and not step.constants:
                return self._reader(step.output)
            return self._layers.named(self._graph.tensors[step.output].name)
        return None

    def _levels_of(self, quantizer: Any) -> FoundLevels | None:
        if id(quantizer) not in self._levels:

            def apply(x: Array) -> Array:
                return np.asarray(quantizer(x), np.float32)

            known = None if self._find_levels is None else self._find_levels(apply)
            self._levels[id(quantizer)] = None if isinstance(known, int | str) else known
        return self._levels[id(quantizer)]

    def _distance(self, step: Step, end: _End) -> Distance:
        inputs = self._known_inputs(step)
        tensors = [self._ends[index].tensor for index in inputs]
        try:
            part = _part(tensors, end.tensor)
        except ValueError:  # another way leads from the model's inputs to this layer
            return Distance(step.name, ())
        fed = [self._fed(index).reshape(-1, *self._ends[index].tensor.shape[1:]) for index in inputs]
        wanted = fed[0] if part is None else part(fed if len(fed) > 1 else fed[0], training=False)
        got, scale = self._real(step.output, end)
        if end.quantizer is not None:
            wanted = end.quantizer(wanted)
        wanted = np.asarray(wanted, np.float64)
        made = self._graph.tensors[step.output]
        if made.dtype == "int8" and made.quantization is not None:
            zero = int(made.quantization.zero_point[0])
            wanted = np.clip(wanted, scale * (-128 - zero), scale * (127 - zero))
        away = np.abs(got.astype(np.float64).reshape(wanted.shape) - wanted) / scale
        shares = tuple(float((away <= border + 1e-3).mean()) for border in BORDERS)  # float32's rounding
        return Distance(step.name, _names(part, end), float(away.max()), float(away.mean()), shares)

    def _real(self, index: int, end: _End) -> tuple[Array, float]:
        """What the stored numbers stand for; and one step."""
        tensor = self._graph.tensors[index]
        scale = 1.0
        if end.quantizer is not None:
            codes = self._codes(index, end)
            scale = float(tensor.quantization.scale[0]) if tensor.quantization else 1.0
            levels = self._levels_of(end.quantizer)
            values = (codes * np.float64(scale) + (levels.shift if levels else 0.0)).astype(np.float32)
            return values, scale if _level_count(self._packer(index)) == TERNARY else 2 * scale
        if tensor.dtype == "int8" and tensor.quantization is not None:
            scale = float(tensor.quantization.scale[0])
        return real_values(tensor, self._found[index]), scale

    def _fed(self, index: int) -> Array:
        """Numbers for Keras: the stored ones, or some that its quantizer turns into the stored codes."""
        end = self._ends[index]
        values, step = self._real(index, end)
        levels = None if end.quantizer is None else self._levels_of(end.quantizer)
        if levels is None:
            return values
        borders = np.unique(levels.thresholds).astype(np.float64)
        between = (borders[1:] + borders[:-1]) / 2
        numbers = np.array([borders[0] - 1, *between, borders[-1] + 1], np.float32)
        made = np.asarray(end.quantizer(numbers), np.float32)
        places = np.abs(values[..., None] - made).argmin(axis=-1)
        fed: Array = numbers[places]
        return fed

    def _codes(self, index: int, end: _End) -> Array:
        channels = _channels(end.tensor, self._graph.tensors[index])
        return unpack_codes(self._found[index], channels, _level_count(self._packer(index)))

    def _packer(self, index: int) -> Step:
        """The step that made the codes of a packed tensor."""
        step = self._made_by[index]
        return self._packer(step.inputs[0]) if step.params is None else step

    def _known_inputs(self, step: Step) -> tuple[int, ...]:
        """Its inputs that are Keras tensors, too; behind those that are not, the inputs of what made them."""
        known: dict[int, None] = {}
        for index in step.inputs:
            if index in self._ends:
                known[index] = None
            elif self._graph.tensors[index].data is None:
                known |= dict.fromkeys(self._known_inputs(self._made_by[index]))
        return tuple(known)


class KerasLayers:
    """Finds the Keras tensor that a name in a .tflite file stands for."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._names = [layer.name for layer in model.layers]
        self._outputs = {id(tensor) for tensor in model.outputs}

    def tensor_of(self, names: Sequence[str]) -> Any:
        """Output of the last Keras layer that is among the names; None without one.

        A low-bit part's ends are called after the layer with the kernel: batch norm and activation behind it
        are in it.
        """
        if _HALF_A_LAYER.search(names[0].split(";")[0]):
            return None
        layer = self.named(names[0])
        if layer is not None:
            return layer.input if names[0].endswith("/codes") else self._behind(layer)
        words = {word for name in names for path in name.split(";") for word in re.split(r"[/:]", path)}
        known = [name for name in self._names if name in words]
        return self._model.get_layer(known[-1]).output if known else None

    def named(self, name: str) -> Any:
        """The layer that an end of a low-bit part is called after; None if it is no such name."""
        taken = _NAMED.fullmatch(name)
        for wanted in () if taken is None else (name.rsplit("/", 1)[0], taken[1]):
            if wanted in self._names:
                return self._model.get_layer(wanted)
        return None

    def _behind(self, layer: Any) -> Any:
        while hasattr(layer, "kernel") or hasattr(layer, "depthwise_kernel") or _follows(layer):
            nodes = layer.outbound_nodes  # some stand for parts that were made before
            found = {node.layer.name: node.layer for node in nodes if node.layer.name in self._names}
            readers = list(found.values())
            if id(layer.output) in self._outputs or len(readers) != 1 or not _follows(readers[0]):
                break
            layer = readers[0]
        return layer.output


def _part(tensors: Sequence[Any], end: Any) -> Any:
    """The Keras layers from some tensors to one; None if it is the first of them.

    Raises:
        ValueError: it depends on other tensors.
    """
    if tensors and tensors[0] is end:
        return None
    return importlib.import_module("tf_keras").Model(list(tensors), end)


def _names(part: Any, end: _End) -> tuple[str, ...]:
    """Of the layers, and of the quantizer behind them."""
    layers = () if part is None else part.layers
    names = [layer.name for layer in layers if type(layer).__name__ != "InputLayer"]
    return (*names, *(() if end.reader is None else (f"{end.reader.name}'s input quantizer",)))


def _follows(layer: Any) -> bool:
    """Whether the converter computes a layer as a part of the one with a kernel before it."""
    kind = type(layer).__name__
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    plain = kind == "Activation" and activation in ("relu", "relu6", "linear")
    return plain or kind in ("BatchNormalization", "ReLU", "Dropout")


def _level_count(step: Step) -> int:
    """How many levels the packed output of a step has."""
    return int(getattr(step.params, "output", step.params).levels)


def _channels(keras: Any, tensor: Tensor) -> int:
    """Codes of a row of a packed tensor; Keras may have flattened rows."""
    rows = int(np.prod(tensor.shape[1:-1]))
    return int(np.prod([int(n) for n in keras.shape[1:]])) // max(rows, 1)


def _fits(keras: Any, tensor: Tensor) -> bool:
    """The converter may move a layer over the borders of another one: then shapes differ."""
    if isinstance(keras, list):
        return False
    sizes = [int(n) for n in tensor.shape[1:] if n != 1]
    return [int(n) for n in keras.shape[1:] if n != 1] == sizes


def real_values(tensor: Tensor, stored: Array) -> npt.NDArray[np.float32]:
    """What stored numbers stand for: scale * (q - zero_point) for int8, themselves for float32."""
    if tensor.dtype == "float32" or tensor.quantization is None:
        return stored.astype(np.float32)
    scale, zero = tensor.quantization.scale[0], tensor.quantization.zero_point[0]
    real: npt.NDArray[np.float32] = ((stored.astype(np.int64) - zero) * np.float64(scale)).astype(np.float32)
    return real
