"""Calls of Keras layers -> nodes: which layers are low-bit, and what stands between them.

One of the modules of this package that load TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tinyq.convert.export_calls import Call, calls_of
from tinyq.convert.export_filters import PADS, Stage, has_filter, stages_of
from tinyq.convert.export_kinds import activation_name, kind_of
from tinyq.convert.filters import filter_order
from tinyq.convert.levels import Levels, find_levels
from tinyq.convert.nodes import LowLayer, Network, Node, Ref, Refusal
from tinyq.convert.weight_levels import WeightLevels, weight_levels
from tinyq.core.errors import ConvertError
from tinyq.quantizers.larq_api import LarqQuantizer, tf
from tinyq.quantizers.models import QuantizedKernel, named_layers, quantized_kernels

_ACTIVATIONS = {"linear": "identity", "relu": "relu", "relu6": "relu6"}
_REMEDY_FLOAT = "give it a kernel quantizer, or take its input quantizer out"
_REMEDY_LEVELS = "train it with a kernel quantizer of tinyq that has one scale an output channel"
_REMEDY_PAD = (
    "use the Quant layers of tinyq.quantizers with tinyq's activation quantizers, or padding='valid'"
)
_REMEDY_STRICT = "; or let it be stored in int8: --no-strict"


def network_of(model: tf.keras.Model, plain: tf.keras.Model, where: str) -> Network:
    """The nodes of a model with activation quantizers.

    Args:
        model: as trained.
        plain: `frozen_copy(model)`.
        where: its file, for errors.

    Raises:
        ConvertError: quantizers that are no step functions, or on layers that are not known; all in one.
    """
    inputs, outputs, calls = calls_of(plain)
    kernels = {(kernel.layer, kernel.weight): kernel for kernel in quantized_kernels(model)}
    first = max(ref.number for ref in _all_refs(inputs, calls)) + 1
    builder = _Builder(kernels, first)
    for call in calls:
        builder.call(call)
    if builder.errors:
        lines = "".join(f"\n  {line}" for line in dict.fromkeys(builder.errors))
        raise ConvertError(
            where,
            f"layers that cannot be converted:{lines}",
            "activation quantizers of tinyq or larq on Dense, Conv1D, Conv2D, DepthwiseConv2D, "
            "SeparableConv1D and SeparableConv2D layers",
            "take these quantizers out",
        )
    return Network(inputs, outputs, tuple(builder.nodes), tuple(builder.refusals))


def _all_refs(inputs: tuple[Ref, ...], calls: list[Call]) -> list[Ref]:
    return [*inputs, *(ref for call in calls for ref in call.outputs)]


class _Builder:
    """Nodes so far; `levels` are the tensors that hold codes, with what is known of them."""

    def __init__(self, kernels: Mapping[tuple[str, str], QuantizedKernel], first: int) -> None:
        self.nodes: list[Node] = []
        self.refusals: list[Refusal] = []
        self.errors: list[str] = []
        self._kernels = kernels
        self._next = first
        self._levels: dict[Ref, tuple[Levels | int, str]] = {}
        self._found: dict[int, Levels | int | str] = {}  # of each quantizer object

    def call(self, call: Call) -> None:
        """Add the nodes of one call."""
        layer = call.layer
        if isinstance(layer, LarqQuantizer):
            self._quantize(call.path, layer, call.inputs[0], call.outputs[0])
        elif has_filter(layer) and self._is_quantized(call):
            self._filter(call)
        elif getattr(layer, "input_quantizer", None) is not None:
            name = type(layer.input_quantizer).__name__
            self.errors.append(f"{call.path}: input quantizer {name} on {type(layer).__name__}")
        else:
            self._plain(call)

    def _is_quantized(self, call: Call) -> bool:
        own = getattr(call.layer, "input_quantizer", None)
        return own is not None or any(ref in self._levels for ref in call.inputs)

    def _new(self, shape: tuple[int, ...]) -> Ref:
        self._next += 1
        return Ref(self._next - 1, shape)

    def _add(self, name: str, kind: str, source: Ref, output: Ref, run: Any, data: Any = None) -> Ref:
        self.nodes.append(Node(name, kind, (source,), (output,), run, data))
        return output

    def _plain(self, call: Call) -> None:
        """A layer without a quantizer."""
        kind, data = kind_of(call.layer)
        foldable = has_filter(call.layer) and activation_name(call.layer) == "linear"
        self.nodes.append(Node(call.path, kind, call.inputs, call.outputs, call.run, data, foldable))
        if kind in ("identity", "max_pool", "flatten") and call.inputs[0] in self._levels:
            self._levels[call.outputs[0]] = self._levels[call.inputs[0]]

    def _quantize(self, path: str, quantizer: Any, source: Ref, output: Ref) -> None:
        """A quantizer by itself, or that of a layer's input."""
        if id(quantizer) not in self._found:
            unfinished = getattr(quantizer, "unfinished", str)()
            self._found[id(quantizer)] = unfinished or find_levels(
                lambda x: np.asarray(quantizer(tf.constant(x)), np.float32)
            )
        found = self._found[id(quantizer)]
        if isinstance(found, str):
            self.errors.append(f"{path}: input quantizer {type(quantizer).__name__}: {found}")
            return
        asked = quantizer.spec().levels if hasattr(quantizer, "spec") else _count(found)
        self._levels[output] = (found, _bits(asked))
        self._add(path, "quantizer", source, output, quantizer, found)

    def _filter(self, call: Call) -> None:
        """A layer with a kernel whose input is quantized."""
        layer, source = call.layer, call.inputs[0]
        own = getattr(layer, "input_quantizer", None)
        pad_value = float(getattr(layer, "pad_values", 0.0))
        if own is not None:
            if getattr(layer, "padding", "valid") == "causal":
                source = self._causal(call.path, layer, source)
            elif isinstance(layer, PADS) and getattr(own, "pads_before", False):
                pad_value = value_of_zero(own)
            quantized = self._new(source.shape)
            self._quantize(call.path, own, source, quantized)
            source = quantized
        if source not in self._levels:
            return  # an error was noted
        *inner, last = stages_of(layer)
        for stage in inner:
            half = f"{call.path}_depthwise"
            middle = self._new(stage.after(source.shape))
            source = self._stage(half, call.path, stage, source, middle, pad_value)
            pad_value = 0.0
        end = call.outputs[0]
        kind = _ACTIVATIONS.get(activation_name(layer), "host")
        if kind == "identity":
            self._stage(call.path, call.path, last, source, end, pad_value)
        else:
            middle = self._stage(call.path, call.path, last, source, self._new(end.shape), pad_value)
            self._add(call.path, kind, middle, end, layer.activation)

    def _causal(self, path: str, layer: Any, source: Ref) -> Ref:
        """Pad what the quantizer gets; Keras may pad what it gives, which is the same if it gives 0 for 0."""
        own = layer.input_quantizer
        if not (isinstance(layer, PADS) and getattr(own, "pads_before", False)) and value_of_zero(own):
            self.errors.append(
                f"{path}: causal padding with 0, which {type(own).__name__} does not give for 0"
            )
        before = (layer.kernel_size[0] - 1) * layer.dilation_rate[0]
        padded = self._new((source.shape[0] + before, source.shape[1]))
        return self._add(path, "host", source, padded, lambda x: tf.pad(x, [[0, 0], [before, 0], [0, 0]]))

    def _stage(self, name: str, path: str, stage: Stage, source: Ref, output: Ref, pad_value: float) -> Ref:
        """One kernel: low-bit if its input and it are codes, else int8."""
        run = stage.runner(pad_value, name)
        low = self._low(path, stage, source, pad_value)
        if isinstance(low, LowLayer):
            return self._add(name, "low", source, output, run, low)
        if low is not None:
            self.refusals.append(low)
        self.nodes.append(Node(name, "host", (source,), (output,), run, foldable=True))
        return output

    def _low(self, path: str, stage: Stage, source: Ref, pad_value: float) -> LowLayer | Refusal | None:
        """What is packed; or why it is not; None if nothing asks for it."""
        levels, asked = self._levels.get(source, (0, "8"))
        if isinstance(levels, int):
            return None
        keras = f"{path}.{stage.weight}"
        kernel = self._kernels.get((path, stage.weight))
        if kernel is None:
            return Refusal(path, f"a{asked}", "its kernel is float", _REMEDY_FLOAT + _REMEDY_STRICT, keras)
        weights = kernel_levels(kernel)
        spec = kernel.quantizer.spec().levels if hasattr(kernel.quantizer, "spec") else None
        count = spec or (256 if isinstance(weights, str) else weights.levels)
        scheme = f"a{asked}w{_bits(count)}"
        if isinstance(weights, str):
            return Refusal(path, scheme, weights, _REMEDY_LEVELS + _REMEDY_STRICT, keras)
        padded = stage.window.padding == "SAME"
        code = levels.code_of(pad_value) if padded else 0
        note = _note(levels, asked)
        if code is None:
            levels, code, note = self._zero_border(source, levels, pad_value)
        if code is None:
            why = f"its border holds {pad_value:g}, which is no value of its input quantizer"
            return Refusal(path, scheme, why, _REMEDY_PAD + _REMEDY_STRICT, keras)
        bias = None if stage.bias is None else np.asarray(stage.bias, np.float32)
        return LowLayer(stage.operator, weights, bias, stage.window, code, scheme, keras, note)

    def _zero_border(self, source: Ref, levels: Levels, value: float) -> tuple[Levels, int | None, str]:
        """Two levels become the outer ones of three, if the border is the value between them."""
        wider = levels.with_zero() if levels.count == 2 else levels
        place = next(i for i, node in enumerate(self.nodes) if node.outputs == (source,))
        node = self.nodes[place]
        if wider is levels or wider.code_of(value) is None or node.kind != "quantizer":
            return levels, None, ""
        self.nodes[place] = replace(node, data=wider)
        self._levels[source] = (wider, self._levels[source][1])
        return wider, wider.code_of(value), "its border of zeros needs a third code beside -1 and +1"


def has_activation_quantizers(model: tf.keras.Model) -> bool:
    """Whether a layer of the model quantizes activations."""
    return any(
        isinstance(layer, LarqQuantizer) or getattr(layer, "input_quantizer", None) is not None
        for _, layer in named_layers(model)
    )


def reads_codes(layer: tf.keras.layers.Layer) -> bool:
    """Whether a layer quantizes its input, or a quantizer is in front of it."""
    parents = [parent.layer for node in layer.inbound_nodes for parent in node.parent_nodes]
    own = getattr(layer, "input_quantizer", None)
    return own is not None or any(isinstance(parent, LarqQuantizer) for parent in parents)


def kernel_levels(kernel: QuantizedKernel) -> WeightLevels | str:
    """Codes and scales of one kernel, or why it has none that can be packed."""
    depthwise = kernel.weight == "depthwise_kernel"
    quantizer, latent = kernel.quantizer, kernel.latent
    values = filter_order(np.asarray(quantizer(tf.constant(latent)), np.float32), depthwise)
    if not (hasattr(quantizer, "integers") and hasattr(quantizer, "spec")):
        return weight_levels(values, depthwise, None)
    codes, scale = quantizer.integers(latent)
    ordered = [filter_order(np.broadcast_to(array, latent.shape), depthwise) for array in (codes, scale)]
    return weight_levels(values, depthwise, (ordered[0], ordered[1], quantizer.spec().levels))


def value_of_zero(quantizer: Any) -> float:
    """What an activation quantizer makes of 0."""
    return float(np.asarray(quantizer(tf.zeros((1,))))[0])


def _bits(levels: int) -> str:
    return "t" if levels == 3 else str((levels - 1).bit_length())


def _count(found: Levels | int) -> int:
    return found if isinstance(found, int) else found.count


def _note(levels: Levels, asked: str) -> str:
    stored = _bits(levels.count)
    return "" if stored == asked else f"its input quantizer gives {levels.count} values only"
