"""Layers that a method takes out: ReLUs in front of quantizers that want negative values too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.make import make_activation
from tinyq.quantizers.models import named_layers

RELUS = "@relu"
_RELU = ("relu", "relu6")
# Layers that give no negative values if they get none, by the beginning of their class names.
_KEEP_SIGN = (
    *("MaxPool", "AveragePool", "GlobalMax", "GlobalAverage", "Flatten", "Reshape", "Permute", "Dropout"),
    *("SpatialDropout", "ZeroPadding", "Cropping", "UpSampling", "Add", "Average", "Maximum", "Minimum"),
    *("Multiply", "Concatenate"),
)
_PROBE = np.linspace(0, 4, 81, dtype=np.float32)  # what a ReLU may give
Activations = Mapping[str, Any]  # layer path -> what `make_activation` takes


def dropped(model: tf.keras.Model, patterns: Sequence[str], activations: Activations) -> dict[str, str]:
    """Paths of the layers that patterns take out, and the pattern that did.

    Args:
        patterns: shell patterns of layer paths; "@relu": every ReLU (also one within a convolution or dense
            layer) that feeds a layer with quantized activations, through layers without weights or not.
        activations: of every layer that may have quantized ones.

    Raises:
        TrainError: a pattern matches nothing, or a layer that does more than change values one by one.
    """
    found: dict[str, str] = {}
    layers = dict(named_layers(model))
    for pattern in patterns:
        if pattern == RELUS:
            found |= dict.fromkeys(
                _relus_before(model, [p for p in activations if activations[p] != "float"]), pattern
            )
            continue
        matched = [path for path in layers if fnmatchcase(path, pattern)]
        if not matched:
            raise TrainError(
                "drop", f"no layer matches {pattern!r}", f'"{RELUS}", patterns for {", ".join(layers)}'
            )
        for path in matched:
            _refuse_shape_or_weights(path, layers[path])
            found[path] = pattern
    return found


def _refuse_shape_or_weights(path: str, layer: tf.keras.layers.Layer) -> None:
    if (
        isinstance(layer, tf.keras.layers.InputLayer)
        or layer.weights
        or layer.input_shape != layer.output_shape
    ):
        raise TrainError(
            "drop",
            f"layer {path} ({type(layer).__name__})",
            "layers without weights whose output has the shape of their input, such as ReLU",
        )


def without(layer: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a layer that does nothing, or of a convolution or dense layer without its ReLU."""
    config = layer["config"]
    if (
        "kernel_initializer" in config
        or "pointwise_initializer" in config
        or "depthwise_initializer" in config
    ):
        return {**layer, "config": {**config, "activation": "linear"}}
    kept = {key: config[key] for key in ("name", "trainable", "dtype") if key in config}
    return {
        **layer,
        "module": "keras.layers",
        "class_name": "Activation",
        "registered_name": None,
        "config": {**kept, "activation": "linear"},
    }


def refuse_constants(model: tf.keras.Model, activations: Activations) -> None:
    """Refuse quantizers that give one value for all that a ReLU before them can give.

    Raises:
        TrainError: with all such layers.
    """
    different = {str(choice): choice for choice in activations.values() if choice != "float"}
    constant = {name for name, choice in different.items() if _constant(choice)}
    blind = [path for path, choice in activations.items() if str(choice) in constant]
    pairs = [f"{path} behind {', '.join(relus)}" for path in blind if (relus := _only_relus(model, path))]
    if pairs:
        raise TrainError(
            f"activations of model {model.name}",
            f"for all that a ReLU gives their quantizer gives one value: {'; '.join(pairs)}",
            "quantized activations behind a batch norm",
            f'drop = ["{RELUS}"] in the method',
        )


def _constant(choice: Any) -> bool:
    quantizer: Any = make_activation(choice)
    # tinyq's give codes without variables; those would be mirrored under a strategy.
    codes = (
        quantizer.integers(_PROBE)[0] if hasattr(quantizer, "integers") else quantizer(tf.constant(_PROBE))
    )
    return np.unique(codes).size == 1


def _only_relus(model: tf.keras.Model, path: str) -> list[str]:
    """The ReLUs that alone give the layer's input; [] if something else has a part in it."""
    layers = dict(named_layers(model))
    readers = _readers(model)

    def before(path: str) -> list[str]:
        found: list[str] = []
        for source in [source for source, after in readers.items() if path in after]:
            through = [source] if _is_relu(layers[source]) else []
            if not through and type(layers[source]).__name__.startswith(_KEEP_SIGN):
                through = before(source)
            if not through:
                return []
            found += through
        return list(dict.fromkeys(found))

    return before(path)


def _relus_before(model: tf.keras.Model, quantized: Sequence[str]) -> list[str]:
    """ReLUs whose values reach the input of one of these layers, no other nonlinearity or weight between."""
    layers = dict(named_layers(model))
    readers = _readers(model)

    def reaches(path: str, seen: frozenset[str]) -> bool:
        for reader in readers.get(path, ()):
            if reader in quantized:
                return True
            passes = not layers[reader].weights and not _is_relu(layers[reader])
            if passes and reader not in seen and reaches(reader, seen | {reader}):
                return True
        return False

    return [path for path, layer in layers.items() if _is_relu(layer) and reaches(path, frozenset())]


def _is_relu(layer: tf.keras.layers.Layer) -> bool:
    if isinstance(layer, tf.keras.layers.ReLU):
        return not float(layer.negative_slope)
    return getattr(getattr(layer, "activation", None), "__name__", "") in _RELU


def _readers(model: tf.keras.Model, prefix: str = "") -> dict[str, set[str]]:
    """Paths of the layers that read the output of a layer, through the borders of models within the model."""
    found: dict[str, set[str]] = {}
    own = {id(layer) for layer in model.layers}
    for layer in model.layers:
        if isinstance(layer, tf.keras.Model):
            for path, inner in _readers(layer, f"{prefix}{layer.name}/").items():
                found.setdefault(path, set()).update(inner)
        after = {node.layer for node in layer.outbound_nodes if id(node.layer) in own}
        for path in _ends(layer, prefix, "outputs"):
            for reader in after:
                found.setdefault(path, set()).update(_ends(reader, prefix, "inputs"))
    return found


def _ends(layer: tf.keras.layers.Layer, prefix: str, side: str) -> Iterator[str]:
    """The layer's path; of a model those of the layers that read its inputs, or give its outputs."""
    path = f"{prefix}{layer.name}"
    if not isinstance(layer, tf.keras.Model):
        yield path
        return
    ends = [tensor.node.layer for tensor in getattr(layer, side)]
    if side == "inputs":
        own = {id(inner) for inner in layer.layers}
        ends = [node.layer for entry in ends for node in entry.outbound_nodes if id(node.layer) in own]
    for inner in ends:
        yield from _ends(inner, f"{path}/", side)
