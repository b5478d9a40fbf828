"""Models with quantizers in them: their kernels, copies of their weights, and their frozen form."""

from __future__ import annotations

import importlib
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import QuantizerError, TinyqError
from tinyq.quantizers.base import WeightQuantizer
from tinyq.quantizers.larq_api import QUANTIZER_OF, LarqQuantizer, latent_variable, tf


@dataclass(frozen=True, eq=False)
class QuantizedKernel:
    """One kernel of a model that has a quantizer.

    Args:
        layer: the layer's name, with the names of nested models before it ("encoder/conv_1").
        weight: "kernel", "depthwise_kernel" or "pointwise_kernel".
        quantizer: the object given to the layer.
        variable: what training updates, float32, Keras order.
    """

    layer: str
    weight: str
    quantizer: Any
    variable: tf.Variable

    @property
    def latent(self) -> npt.NDArray[np.float32]:
        """The values of `variable` now."""
        values: npt.NDArray[np.float32] = self.variable.numpy()
        return values


def quantized_kernels(model: tf.keras.Model) -> Iterator[QuantizedKernel]:
    """Every kernel of `model` that has a quantizer, in layer order, nested models included."""
    for path, layer in named_layers(model):
        for weight, attribute in QUANTIZER_OF.items():
            quantizer = getattr(layer, attribute, None)
            if quantizer is not None:
                yield QuantizedKernel(path, weight, quantizer, latent_variable(layer, weight))


def adapt(model: tf.keras.Model) -> None:
    """Set every quantizer's variables from the weights that the model has now, as when it was built."""
    for kernel in quantized_kernels(model):
        if isinstance(kernel.quantizer, WeightQuantizer):
            kernel.quantizer.adapt(tf.convert_to_tensor(kernel.variable))


def copy_weights(source: tf.keras.Model, target: tf.keras.Model) -> None:
    """Copy the weights of layers, not the state of quantizers, between models of the same layers.

    Raises:
        QuantizerError: a layer of `target` is not in `source`, or has other shapes there.
    """
    layers = dict(named_layers(source))
    wrong = []
    for path, layer in named_layers(target):
        given, wanted = own_weights(layers[path]) if path in layers else [], own_weights(layer)
        if [w.shape for w in given] != [w.shape for w in wanted]:
            shapes = [
                ", ".join(str(tuple(w.shape)) for w in weights) or "none" for weights in (given, wanted)
            ]
            wrong.append(f"{path}: {shapes[0]} instead of {shapes[1]}")
            continue
        for old, new in zip(given, wanted, strict=True):
            new.assign(old)
    if wrong:
        raise QuantizerError(f"weights of {source.name}", "; ".join(wrong), f"those of {target.name}")


def own_weights(layer: tf.keras.layers.Layer) -> list[tf.Variable]:
    """Latent weights of a layer, without its quantizers' variables."""
    quantizers = [
        getattr(layer, attribute, None) for attribute in (*QUANTIZER_OF.values(), "input_quantizer")
    ]
    state = {id(w) for q in quantizers if isinstance(q, tf.keras.layers.Layer) for w in q.weights}
    return [getattr(w, "latent_variable", w) for w in layer.weights if id(w) not in state]


def count_parameters(layer: tf.keras.layers.Layer) -> int:
    """Number of weights, biases, batch-norm values and learned variables of quantizers of a model or layer.

    What a schedule sets is none of them: masks, fractions, phases, strengths, numbers of bits.

    Example:
        >>> from tinyq.quantizers import RPR, TGA, QuantDense
        >>> nets = [tf.keras.Sequential([tf.keras.Input((4,)), QuantDense(2, kernel_quantizer=q)])
        ...         for q in (None, RPR(levels=3), TGA())]
        >>> [count_parameters(net) for net in nets]  # TGA learns a threshold
        [10, 10, 11]
    """
    quantizers = [part for part in (layer, *layer.submodules) if isinstance(part, LarqQuantizer)]
    state = {id(v) for quantizer in quantizers for v in quantizer.weights if not v.trainable}
    return sum(v.shape.num_elements() for v in layer.weights if id(v) not in state)


def frozen_copy(model: tf.keras.Model) -> tf.keras.Model:
    """The same network without weight quantizers; its kernels hold what the quantizers gave.

    It computes the same outputs. It is what to convert: TFLite's converter folds the arithmetic of a
    quantizer into a constant for some layers and sizes only, and leaves it in the graph for the others.

    Raises:
        QuantizerError: a weight is NaN or infinite, a quantizer is not at the end of its schedule, the model
            cannot be copied.
    """
    refuse_unfinished(model)
    frozen = rebuilt(model, _without_quantizers)
    copy_weights(model, frozen)
    copies = dict(named_layers(frozen))
    for path, layer in named_layers(model):
        if isinstance(
            getattr(layer, "input_quantizer", None), tf.keras.layers.Layer
        ):  # it stays, with its state
            copies[path].input_quantizer.set_weights(layer.input_quantizer.get_weights())
    for kernel in quantized_kernels(model):
        getattr(copies[kernel.layer], kernel.weight).assign(_quantized(kernel.quantizer, kernel.latent))
    return frozen


def finish(model: tf.keras.Model) -> list[str]:
    """Put every quantizer at the end of its schedule at once; the weights stay, the outputs change.

    It is for a training that was stopped: measure the accuracy afterwards, or train on.

    Returns:
        what was unfinished, "layer.weight: how far it was" each; [] for a model that was finished.

    Example:
        >>> from tinyq.quantizers import RPR, QuantDense
        >>> dense = QuantDense(2, kernel_quantizer=RPR(levels=3), name="out")
        >>> net = tf.keras.Sequential([tf.keras.Input((8,)), dense])
        >>> finish(net), finish(net)
        (['out.kernel: freezing fraction 0, not 1'], [])
    """
    found = list(_unfinished(model))
    for _, quantizer in found:
        quantizer.finish()
    return [line for line, _ in found]


def refuse_unfinished(model: tf.keras.Model, file: str = "") -> None:
    """Refuse to export a model that computes otherwise than its codes say.

    Args:
        file: its name, for the error.

    Raises:
        QuantizerError: with all quantizers, of weights and of activations, that are not at the end of their
            schedule, and the command that finishes them.
    """
    missing = [f"\n  {line}" for line, _ in _unfinished(model)]
    if missing:
        raise QuantizerError(
            file or f"model {model.name}",
            f"not fully quantized yet:{''.join(missing)}",
            "quantizers at the end of their schedule",
            "train to the end (a stopped `tinyq train ... --run FOLDER` goes on with --resume), or finish it "
            f"as it is by `tinyq quantize {shlex.quote(file or 'net.keras')} --finish`, in Python by "
            "tinyq.quantizers.finish(model), and measure it again",
        )


def _unfinished(model: tf.keras.Model) -> Iterator[tuple[str, Any]]:
    """("layer.weight: how far", quantizer) of those that are not at the end; a shared one counts once."""
    seen: set[int] = set()
    for path, layer in named_layers(model):
        names = {id(getattr(layer, attribute, None)): weight for weight, attribute in QUANTIZER_OF.items()}
        names[id(getattr(layer, "input_quantizer", None))] = "input"
        for part in (layer, *layer.submodules):
            how_far = part.unfinished() if callable(getattr(part, "unfinished", None)) else ""
            if how_far and id(part) not in seen:
                seen.add(id(part))
                name = names.get(id(part))
                yield f"{path}{f'.{name}' if name else ''}: {how_far}", part


def _quantized(quantizer: Any, latent: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What a layer computes with; a quantizer that is none of tinyq's has no integers."""
    if hasattr(quantizer, "integers"):
        codes, scale = quantizer.integers(latent)
        return np.asarray(codes * scale, np.float32)
    return np.asarray(quantizer(tf.constant(latent)), np.float32)


def _without_quantizers(config: Any) -> Any:
    if isinstance(config, dict):
        none = QUANTIZER_OF.values()
        return {key: None if key in none else _without_quantizers(value) for key, value in config.items()}
    if isinstance(config, list):
        return [_without_quantizers(item) for item in config]
    return config


def rebuilt(model: tf.keras.Model, change: Callable[[dict[str, Any]], dict[str, Any]]) -> tf.keras.Model:
    """A model of the same class from its configuration as `change` gives it, with fresh weights.

    Raises:
        QuantizerError: a subclassed model, or a layer that cannot be made from its configuration.
    """
    if not isinstance(model, tf.keras.Sequential) and not getattr(model, "_is_graph_network", False):
        raise QuantizerError(f"model {model.name}", f"a {type(model).__name__}", "Sequential or functional")
    try:
        return type(model).from_config(change(model.get_config()))
    except (ValueError, TypeError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise QuantizerError(
            f"model {model.name}",
            f"cannot be copied: {reason[0][:200]}",
            "layers that Keras can make again from what it saves (a Lambda with a Python lambda is none)",
        ) from error


def unwrapped(layer: tf.keras.layers.Layer) -> tf.keras.layers.Layer:
    """The layer that tensorflow-model-optimization has wrapped for int8 training; any other as it is."""
    wrapper = isinstance(layer, tf.keras.layers.Wrapper) and hasattr(layer, "quantize_config")
    return layer.layer if wrapper else layer


def named_layers(model: tf.keras.Model, prefix: str = "") -> Iterator[tuple[str, tf.keras.layers.Layer]]:
    """(path, layer) of every layer, those of nested models and within int8 training's wrappers included."""
    for layer in map(unwrapped, model.layers):
        path = f"{prefix}{layer.name}"
        if isinstance(layer, tf.keras.Model):
            yield from named_layers(layer, f"{path}/")
        else:
            yield path, layer


def load_model(path: Path) -> tf.keras.Model:
    """Read a .keras file with tinyq's quantizers and larq's layers in it.

    Raises:
        TinyqError: there is no such file, it is damaged, or it needs a class that is not known here.
    """
    # Keras finds registered classes only; without this a quantizer would stay a string until it is called.
    importlib.import_module("tinyq.quantizers.make")
    try:
        return tf.keras.models.load_model(path, compile=False)
    except Exception as error:  # zipfile, h5py, json and Keras each raise their own
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise TinyqError(
            str(path),
            f"cannot be read as a Keras model: {reason[0]}",
            "a .keras file of Keras 2 (tf_keras), as tinyq train and quantize write them",
            "Keras 3 wrote it: build and save it with tf_keras" if "batch_shape" in reason[0] else "",
        ) from error
