"""Quantization-aware training in int8, by tensorflow-model-optimization, alone or with tinyq's quantizers.

Activations are rounded to int8 in ranges that are moving averages, and so are kernels; but a kernel that has
a quantizer keeps it. Training then sees both, and the int8 file holds both.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import QuantizerError, TrainError
from tinyq.quantizers import larq_api
from tinyq.quantizers.larq_api import LAYERS, QUANTIZER_OF, LarqQuantizer, tf
from tinyq.quantizers.models import (
    QuantizedKernel,
    copy_weights,
    frozen_copy,
    named_layers,
    own_weights,
    quantized_kernels,
    rebuilt,
    unwrapped,
)
from tinyq.quantizers.ttq import TTQ

_WHERE = "int8 training (qat)"
_LARQ_ONLY = (*QUANTIZER_OF.values(), "input_quantizer", "pad_values")  # what a plain layer does not take
# Of a SeparableConv2D the package makes two layers: a quantizer's place -> (number of the half, place there).
_HALVES = {"depthwise_quantizer": (0, "depthwise_quantizer"), "pointwise_quantizer": (1, "kernel_quantizer")}

Layer = tf.keras.layers.Layer
Quantizers = Mapping[str, Mapping[str, Any]]  # path -> attribute of the layer -> what it holds


def quantization_aware(
    model: tf.keras.Model, samples: npt.NDArray[np.float32] | None = None
) -> tf.keras.Model:
    """A copy of a model, weights included, whose activations are rounded to int8, and whose kernels are too.

    A kernel with a quantizer is quantized by that alone. Schedules find it in the copy as they do in `model`,
    under the same name (`quantized_kernels`).

    Args:
        model: Sequential or functional, of layers that the package knows; without quantizers, or as
            `quantize_model` gives it. Its activations have none.
        samples: a batch of inputs, whose activations' ranges are the first ones. Without it they are those of
            the package, -6 to 6; a moving average forgets them in some thousands of steps.

    Raises:
        TrainError: the package is missing; activations have quantizers; a layer that the package refuses.

    Source: Jacob et al., arXiv 1712.05877; tensorflow-model-optimization 0.8.

    Example:
        >>> from tinyq.training import quantize_model
        >>> net = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(3, name="dense")])
        >>> aware = quantization_aware(quantize_model(net, "ternary"))
        >>> [kernel.layer for kernel in quantized_kernels(aware)]
        ['dense']
    """
    _refuse(model)
    quantizers = _quantizers(model)
    aware = _wrapped(_plain(model) if quantizers else model, quantizers, keep=True)
    _assign(aware, model)
    if samples is not None:
        _observe(aware, samples)
    return aware


def plain_copy(aware: tf.keras.Model, plain: tf.keras.Model) -> None:
    """Give `plain`, a model like the one that `aware` was made of, what `aware` has learned.

    Variables of quantizers are included; the ranges of activations are not.
    """
    for theirs, ours in _pairs(aware, plain):
        ours.assign(theirs)


def int8_tflite(aware: tf.keras.Model, trained: tf.keras.Model) -> bytes:
    """An int8 .tflite, batch 1, int8 input and output, with the ranges that were learned in training.

    Kernels with a quantizer are stored as what it gives: each value is its code times a scale of the output
    channel, and the largest one 127 of int8 (int8 rounds the others where a quantizer has more than three).

    Args:
        trained: the model that `plain_copy` filled.

    Raises:
        QuantizerError: a quantizer is not at the end of its schedule.
    """
    quantizers = _quantizers(trained)
    if quantizers:
        aware = _frozen(aware, trained, quantizers)
    shape = (1, *aware.input_shape[1:])
    run = tf.function(lambda x: aware(x, training=False)).get_concrete_function(tf.TensorSpec(shape))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([run], aware)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    made: bytes = converter.convert()
    return made


def _frozen(aware: tf.keras.Model, trained: tf.keras.Model, quantizers: Quantizers) -> tf.keras.Model:
    """The same in inference, with constants for the kernels that have quantizers.

    TFLite's converter leaves some of a quantizer's arithmetic in the graph.
    """
    constant = frozen_copy(trained)
    copy = _wrapped(_plain(constant), quantizers, keep=False)
    _assign(copy, constant)
    for new, old in zip(copy.layers, aware.layers, strict=True):  # the same graph, in the same order
        kernels = {w for w, name in QUANTIZER_OF.items() if getattr(unwrapped(old), name, None) is not None}
        learned = {_own_name(weight, old): weight for weight in old.weights}
        for weight in new.weights:
            if _own_name(weight) not in kernels:
                weight.assign(learned[_own_name(weight, new)])
    return copy


def _observe(aware: tf.keras.Model, samples: npt.NDArray[np.float32]) -> None:
    """Set the ranges to those of `samples` in a step of training; what else the step changes is put back."""
    kinds = _package().quantizers
    before = [(w, w.numpy()) for w in aware.weights if not _own_name(w).endswith(("_min", "_max"))]
    # The same arguments; the one sets what the other averages.
    with mock.patch.object(kinds.MovingAverageQuantizer, "__call__", kinds.LastValueQuantizer.__call__):
        aware(tf.constant(samples), training=True)
    for weight, values in before:
        weight.assign(values)


def _refuse(model: tf.keras.Model) -> None:
    """What int8 activations cannot be combined with."""
    found = []
    for path, layer in named_layers(model):
        quantizer = layer if isinstance(layer, LarqQuantizer) else getattr(layer, "input_quantizer", None)
        if quantizer is not None:
            found.append(f"{path} ({getattr(quantizer, 'name', quantizer)})")
        if getattr(layer, "pad_values", 0) != 0:
            raise TrainError(_WHERE, f"{path} pads with {layer.pad_values}", "pad_values=0, as TFLite pads")
    if found:
        raise TrainError(
            _WHERE,
            f"activations have quantizers already: {', '.join(found)}",
            'quantizers of weights: any [[rule]] with weights, and activations = "float"',
            "train it without qat: codes of few bits need no ranges in int8",
        )
    for kernel in quantized_kernels(model):
        if hasattr(kernel.quantizer, "integers"):
            _refuse_lossy(kernel)


def _refuse_lossy(kernel: QuantizedKernel) -> None:
    """A kernel that int8 cannot hold as it is trained; found before the training, not after it."""
    name = f"{kernel.layer}.{kernel.weight} has {type(kernel.quantizer).__name__}"
    allowed = "weight quantizers with one scale a channel: Ternary, Binary, TGA, RPR, BinaryRelax, ..."
    if isinstance(kernel.quantizer, TTQ):
        raise TrainError(_WHERE, f"{name}, whose + and - have scales of their own", allowed)
    try:
        kernel.quantizer.integers(kernel.latent)
    except QuantizerError as error:
        raise TrainError(_WHERE, f"{name}: {error.got}", allowed) from error


def _quantizers(model: tf.keras.Model) -> Quantizers:
    found: dict[str, dict[str, Any]] = {}
    for kernel in quantized_kernels(model):
        found.setdefault(kernel.layer, {})[QUANTIZER_OF[kernel.weight]] = kernel.quantizer
    return found


def _plain(model: tf.keras.Model) -> tf.keras.Model:
    """The same with layers of Keras: the package knows them, and no others, by the names of their classes."""
    plain = rebuilt(model, lambda config: {**config, "layers": [_plain_layer(e) for e in config["layers"]]})
    copy_weights(model, plain)
    return plain


def _plain_layer(entry: dict[str, Any]) -> dict[str, Any]:
    name = _keras_name(entry["class_name"].split(">")[-1])
    if not set(QUANTIZER_OF.values()) & set(entry["config"]) or name not in LAYERS:
        return entry
    config = {key: value for key, value in entry["config"].items() if key not in _LARQ_ONLY}
    return {**entry, "module": "keras.layers", "class_name": name, "registered_name": None, "config": config}


def _keras_name(name: str) -> str:
    return name.removeprefix("Quant") if name.removeprefix("Quant") in LAYERS else name


def _wrapped(plain: tf.keras.Model, quantizers: Quantizers, keep: bool) -> tf.keras.Model:
    """`plain` as the package makes it ready, but for the kernels that have quantizers.

    Args:
        keep: whether their layers get these quantizers; else their kernels stay in float.
    """
    package = _package()
    try:
        return package.quantize_apply(
            package.quantize_annotate_model(plain), _Scheme(package, plain, quantizers, keep)
        )
    except (RuntimeError, ValueError) as error:
        raise TrainError(_WHERE, f"model {plain.name}: {error}", "layers that TFLite has") from error


def _package() -> Any:
    try:
        return importlib.import_module("tensorflow_model_optimization").quantization.keras
    except ImportError as error:
        raise TrainError(
            _WHERE,
            "tensorflow-model-optimization is not installed",
            remedy="pip install 'tinyq[train]'",
        ) from error


@dataclass(frozen=True, eq=False)
class _Scheme:
    """The package's own rules for int8; then layers with quantizers take their place, and keep their kernels.

    The order matters: the package finds a convolution with its batch norm and ReLU, whose outputs alone are
    to be rounded, by the classes of Keras.
    """

    package: Any
    plain: tf.keras.Model
    quantizers: Quantizers
    keep: bool

    def get_layout_transformer(self) -> _Scheme:
        return self

    def get_quantize_registry(self) -> Any:
        return self.package.default_8bit.Default8BitQuantizeRegistry()

    def apply(self, model: tf.keras.Model, chosen: dict[str, Any]) -> tuple[tf.keras.Model, dict[str, Any]]:
        """The model with its layers put in order, and what each of them rounds."""
        model, chosen = self.package.default_8bit.Default8BitQuantizeLayoutTransform().apply(model, chosen)
        layers = {layer.name: layer for layer in model.layers}
        held: dict[str, dict[str, Any]] = {}
        for path, homes in _homes(model.layers, self.plain).items():
            for name, quantizer in self.quantizers.get(path, {}).items():
                half, name_there = _HALVES[name] if len(homes) > 1 else (0, name)
                held.setdefault(homes[half].name, {})[name_there] = quantizer
        for name in held:
            config = chosen[name]["quantize_config"] or self.get_quantize_registry().get_quantize_config(
                layers[name]
            )
            config.weight_attrs = []  # the outputs alone
            chosen[name] = {"quantize_config": config}
        return (self._with_quantizers(model, held) if self.keep and held else model), chosen

    def _with_quantizers(self, model: tf.keras.Model, held: Quantizers) -> tf.keras.Model:
        def copied(layer: Layer) -> Layer:
            kind = type(layer)
            if layer.name in held:
                kind = getattr(larq_api, f"Quant{kind.__name__}")
            own = {name: _fresh(quantizer) for name, quantizer in held.get(layer.name, {}).items()}
            return kind.from_config({**layer.get_config(), **own})

        with self.package.quantize_scope():
            copy = tf.keras.models.clone_model(model, clone_function=copied)
        copy_weights(model, copy)
        return copy


def _fresh(quantizer: Any) -> Any:
    return type(quantizer).from_config(quantizer.get_config()) if isinstance(quantizer, Layer) else quantizer


def _assign(aware: tf.keras.Model, model: tf.keras.Model) -> None:
    for theirs, ours in _pairs(aware, model):
        if "wise_kernel" in ours.name and not np.array_equal(theirs.numpy(), ours.numpy()):
            raise TrainError(_WHERE, f"which layer has {ours.name} now is not known", "one branch")
        theirs.assign(ours)


def _pairs(aware: tf.keras.Model, plain: tf.keras.Model) -> Iterator[tuple[tf.Variable, tf.Variable]]:
    """The variables of `aware` and of `plain` that correspond, those of quantizers included."""
    homes = _homes(aware.layers, plain)
    for path, layer in named_layers(plain):
        found = _variables(homes.get(path, []))
        own = own_weights(layer)
        missing = [w.name for w in own if _own_name(w) not in found]
        if missing:
            raise TrainError(
                _WHERE,
                f"layer {path} ({type(layer).__name__}) was rebuilt without {missing[0]}",
                "layers that keep their weights: dense, convolutions, batch norm",
            )
        yield from ((found[_own_name(w)], w) for w in own)
        for name in QUANTIZER_OF.values():
            quantizer = getattr(layer, name, None)
            if isinstance(quantizer, Layer) and quantizer.weights:
                half, name_there = _HALVES[name] if len(homes[path]) > 1 else (0, name)
                theirs = getattr(unwrapped(homes[path][half]), name_there)
                yield from zip(theirs.weights, quantizer.weights, strict=True)


def _homes(layers: Sequence[Layer], plain: tf.keras.Model) -> dict[str, list[Layer]]:
    """Path in `plain` -> which of `layers` it is now, or the two halves of a separable convolution.

    The halves have names of their own; they come in the order of the convolutions that they are halves of.
    """
    by_name = {unwrapped(layer).name: layer for layer in layers}
    found = {path: [by_name[layer.name]] for path, layer in named_layers(plain) if layer.name in by_name}
    known = {layer.name for _, layer in named_layers(plain)}
    others = [layer for name, layer in by_name.items() if name not in known]
    halves = [
        [layer for layer in others if _kind(unwrapped(layer)) == kind]
        for kind in ("DepthwiseConv2D", "Conv2D")
    ]
    separable = [path for path, layer in named_layers(plain) if _kind(layer) == "SeparableConv2D"]
    if [len(each) for each in halves] == [len(separable)] * 2:
        found |= {path: list(pair) for path, *pair in zip(separable, *halves, strict=True)}
    return found


def _kind(layer: Layer) -> str:
    return _keras_name(type(layer).__name__)


def _variables(homes: Sequence[Layer]) -> dict[str, tf.Variable]:
    """Of the wrappers, by name: the layers within hold what was made of their kernels."""
    found = [{_own_name(w): getattr(w, "latent_variable", w) for w in layer.weights} for layer in homes]
    if len(found) > 1:
        found[1]["pointwise_kernel"] = found[1].pop("kernel")
    return {name: weight for each in found for name, weight in each.items()}


def _own_name(variable: tf.Variable, layer: Layer | None = None) -> str:
    """The last part of its name, without that of its layer, which some of the package's repeat there."""
    name: str = variable.name.split("/")[-1].split(":")[0]
    return name if layer is None else name.removeprefix(f"{layer.name}_")
