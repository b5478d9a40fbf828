"""Quantization-aware training in int8, by tensorflow-model-optimization: what users have today."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import named_layers, quantized_kernels

_PREFIX = "quant_"  # of the layers that tensorflow-model-optimization wraps


def quantization_aware(model: tf.keras.Model) -> tf.keras.Model:
    """A copy of a plain float model, weights included, whose weights and activations are rounded to int8.

    Args:
        model: Sequential or functional, of layers that the package knows, without quantizers.

    Raises:
        TrainError: the package is missing; the model has quantizers, or a layer that the package refuses.

    Source: Jacob et al., arXiv 1712.05877; tensorflow-model-optimization 0.8.
    """
    held = [kernel.layer for kernel in quantized_kernels(model)]
    if held:
        raise TrainError("method int8-qat", f"{held[0]} has a quantizer already", "a plain float model")
    try:
        copy = _package().quantize_model(model)
    except (RuntimeError, ValueError) as error:
        raise TrainError(
            "method int8-qat", f"model {model.name}: {error}", "layers that TFLite has"
        ) from error
    for weight, given in zip(_trained(copy, model), model.weights, strict=True):
        if "wise_kernel" in given.name and not np.array_equal(weight, given):
            raise TrainError(
                "method int8-qat", f"which layer has {given.name} now is not known", "one branch"
            )
        weight.assign(given)
    return copy


def plain_copy(aware: tf.keras.Model, plain: tf.keras.Model) -> None:
    """Give `plain`, the model that `aware` was made of, the weights that `aware` has learned."""
    plain.set_weights([np.asarray(weight) for weight in _trained(aware, plain)])


def int8_tflite(aware: tf.keras.Model) -> bytes:
    """An int8 .tflite, batch 1, int8 input and output, with the ranges that were learned in training."""
    shape = (1, *aware.input_shape[1:])
    run = tf.function(lambda x: aware(x, training=False)).get_concrete_function(tf.TensorSpec(shape))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([run], aware)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    made: bytes = converter.convert()
    return made


def _package() -> Any:
    try:
        return importlib.import_module("tensorflow_model_optimization").quantization.keras
    except ImportError as error:
        raise TrainError(
            "method int8-qat",
            "tensorflow-model-optimization is not installed",
            remedy="pip install 'tinyq[train]'",
        ) from error


def _trained(aware: tf.keras.Model, plain: tf.keras.Model) -> list[tf.Variable]:
    """The variables of `aware` that correspond to `plain.weights`, in that order."""
    layers = {layer.name: layer for _, layer in named_layers(aware)}
    halves = _halves(layers, plain)
    where = {}
    for path, layer in named_layers(plain):
        wrapper = layers.get(_PREFIX + layer.name)
        inner = {_own_name(w): w for w in wrapper.weights} if wrapper is not None else halves.get(path, {})
        missing = [w.name for w in layer.weights if _own_name(w) not in inner]
        if missing:
            raise TrainError(
                "method int8-qat",
                f"layer {path} ({type(layer).__name__}) was rebuilt without {missing[0]}",
                "layers that keep their weights: dense, convolutions, batch norm",
            )
        where.update({id(w): inner[_own_name(w)] for w in layer.weights})
    return [where[id(weight)] for weight in plain.weights]


def _halves(layers: dict[str, Any], plain: tf.keras.Model) -> dict[str, dict[str, tf.Variable]]:
    """Path -> name -> variable of the separable convolutions, each of which the package makes two layers of.

    Those have names of their own; they come in the order of the convolutions that they are halves of.
    """
    known = {_PREFIX + layer.name for _, layer in named_layers(plain)}
    others = [layer for name, layer in layers.items() if name not in known and hasattr(layer, "layer")]
    kinds = (tf.keras.layers.DepthwiseConv2D, tf.keras.layers.Conv2D)
    depthwise, pointwise = ([wrapper for wrapper in others if type(wrapper.layer) is kind] for kind in kinds)
    separable = [pair for pair in named_layers(plain) if isinstance(pair[1], tf.keras.layers.SeparableConv2D)]
    if not len(separable) == len(depthwise) == len(pointwise):
        return {}
    found = {}
    for (path, _), first, second in zip(separable, depthwise, pointwise, strict=True):
        # Of the wrappers, by name: the layers within hold what was made of their kernels.
        inner = {_own_name(w): w for w in (*first.weights, *second.weights)}
        found[path] = {**inner, "pointwise_kernel:0": inner.pop("kernel:0")}
    return found


def _own_name(variable: tf.Variable) -> str:
    name: str = variable.name.split("/")[-1]
    return name
