"""quantize_model: a plain Keras model becomes one with quantizers, by the rules of a method."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import LAYERS, NOT_PACKED, QUANTIZER_OF, tf
from tinyq.quantizers.make import make_activation, make_quantizer
from tinyq.quantizers.models import adapt, copy_weights, named_layers, quantized_kernels, rebuilt
from tinyq.training.drop import dropped, refuse_constants, without
from tinyq.training.fold import fold_scales, followed_by_norm
from tinyq.training.method import Method, load_method

_UNIT = ("larq.", "Encoding")  # quantizers whose scale does not follow the kernel


@dataclass(frozen=True)
class Choice:
    """What the rules say of one layer.

    Args:
        layer: its path.
        kind: its Keras class.
        weights, activations, constraint: as in `Rule`; "float" and "" where no rule speaks.
        hits: (number of the rule from 1, pattern) of every rule that matched, in order; the last one that has
            a key decides it.
        dropped: the pattern of the method's `drop` that takes it out, or its ReLU if it has a kernel.
    """

    layer: str
    kind: str
    weights: str | Mapping[str, Any] = "float"
    activations: str | Mapping[str, Any] = "float"
    constraint: str = ""
    hits: tuple[tuple[int, str], ...] = ()
    dropped: str = ""

    @property
    def quantized(self) -> bool:
        """Whether anything of the layer is."""
        return self.weights != "float" or self.activations != "float"

    @property
    def gone(self) -> bool:
        """Whether the layer itself is taken out, not only its ReLU."""
        return bool(self.dropped) and self.kind not in LAYERS


def quantize_model(model: tf.keras.Model, method: str | Path | Mapping[str, Any] | Method) -> tf.keras.Model:
    """The same network with quantizers, its weights kept.

    Layers that the method's rules choose become tinyq's Quant layers of the same name and arguments; the
    quantizers are adapted to the weights. Scales of `RPR` kernels go into the batch norms behind them, so
    that the network computes the same before its first partition. Compile the result, and give `fit` the
    callbacks that the method names (`tinyq.training.make_callbacks`). What a method's `qat` rounds to int8
    is still float: give the result to `tinyq.training.quantization_aware`.

    Args:
        model: Sequential or functional, models within it included; it is not changed.
        method: a name of `method_names()`, a .toml file, or a table like one.

    Raises:
        TrainError: no such method, a pattern that no layer matches, nothing that can be quantized, a model
            that is subclassed, not built, or quantized already; activations of which a ReLU and the quantizer
            behind it would leave one value.
        QuantizerError: a quantizer that cannot be made, a layer that cannot be copied.

    Warns:
        UserWarning: constraints and regularizers taken off `RPR` kernels; a quantizer without a scale of its
            own on a layer that no batch norm follows; layers with kernels that have no quantized form, or
            whose quantized form `tinyq convert` cannot pack.

    Example:
        >>> net = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(3, name="dense")])
        >>> quantized = quantize_model(net, "ternary")
        >>> type(quantized.get_layer("dense").kernel_quantizer).__name__
        'Ternary'
    """
    method = load_method(method)
    choices = {choice.layer: choice for choice in explain(model, method)}
    quantized = rebuilt(model, lambda config: _quantized(config, choices, ""))
    copy_weights(model, quantized)
    adapt(quantized)
    fold_scales(quantized)
    refuse_constants(quantized, {choice.layer: choice.activations for choice in choices.values()})
    _warn_of_lost_scales(quantized, choices)
    _warn_of_others(model)
    _warn_of_limits(model, quantized)
    return quantized


def explain(model: tf.keras.Model, method: str | Path | Mapping[str, Any] | Method) -> list[Choice]:
    """What `quantize_model` would do with every layer that has a kernel or is taken out, and what says so.

    Raises:
        TrainError: as `quantize_model`.

    Warns:
        UserWarning: quantizers that can be trained and that `tinyq convert` has no packed operator for.
    """
    method = load_method(method)
    if method.qat and not method.rules:
        raise TrainError(
            f"method {method.name}",
            "has no rules",
            "a method with rules",
            f"tinyq train ... -m {method.name}, or in Python tinyq.training.quantization_aware(model, ...)",
        )
    _refuse(model)
    layers = [(path, _kind(layer)) for path, layer in named_layers(model)]
    able = [(path, kind) for path, kind in layers if kind in LAYERS]
    if not able and method.rules:
        raise TrainError(f"model {model.name}", "no layer that can be quantized", ", ".join(LAYERS))
    choices = {path: Choice(path, kind) for path, kind in able}
    for number, rule in enumerate(method.rules, 1):
        for pattern in rule.layers:
            matched = _matching(pattern, [path for path, _ in able])
            if not matched:
                raise TrainError(
                    f"method {method.name}, rule {number}",
                    f"no layer matches {pattern!r}",
                    f'"@first", "@last", patterns for {", ".join(choices)}',
                )
            for path in matched:
                choices[path] = _applied(choices[path], rule, (number, pattern))
    taken = dropped(model, method.drop, {path: choice.activations for path, choice in choices.items()})
    for path, kind in layers:
        if path in taken:
            choices[path] = replace(choices.get(path, Choice(path, kind)), dropped=taken[path])
    found = [choices[path] for path, _ in layers if path in choices]
    _warn_of_not_packed(found)
    return found


def _refuse(model: tf.keras.Model, prefix: str = "") -> None:
    """Models whose layers and connections Keras does not know, and those that have quantizers."""
    where = f"model {prefix}{model.name}"
    if not isinstance(model, tf.keras.Model) and type(model).__module__.startswith("keras."):
        raise TrainError(
            where,
            f"a {type(model).__name__} of Keras 3",
            "a model of Keras 2 (tf_keras), which larq's layers need",
            "make it by `import tf_keras as keras`, or with TF_USE_LEGACY_KERAS=1 set by tf.keras; "
            "weights: model.set_weights(keras_3_model.get_weights())",
        )
    if not isinstance(model, tf.keras.Sequential) and not getattr(model, "_is_graph_network", False):
        raise TrainError(where, f"a {type(model).__name__}", "Sequential or functional")
    if not model.built:
        raise TrainError(where, "has no weights yet", "a built model", "begin it with a tf.keras.Input")
    if held := next(quantized_kernels(model), None):
        raise TrainError(where, f"{held.layer} has a quantizer already", "a plain Keras model")
    for layer in model.layers:
        if isinstance(layer, tf.keras.Model):
            _refuse(layer, f"{prefix}{model.name}/")


def _kind(layer: tf.keras.layers.Layer) -> str:
    return type(layer).__name__


def _matching(pattern: str, paths: list[str]) -> list[str]:
    if pattern in ("@first", "@last"):
        return paths[:1] if pattern == "@first" else paths[-1:]
    return [path for path in paths if fnmatchcase(path, pattern)]


def _applied(choice: Choice, rule: Any, hit: tuple[int, str]) -> Choice:
    values = {
        key: getattr(rule, key)
        for key in ("weights", "activations", "constraint")
        if getattr(rule, key) is not None
    }
    return replace(choice, **values, hits=(*choice.hits, hit))


def _quantized(config: dict[str, Any], choices: Mapping[str, Choice], prefix: str) -> dict[str, Any]:
    """The configuration of a model with Quant layers in the place of those that were chosen."""
    layers = []
    for layer in config["layers"]:
        path = prefix + layer["config"]["name"]
        if "layers" in layer["config"]:  # a model inside the model
            inner = _quantized(layer["config"], choices, f"{path}/")
            layers.append({**layer, "config": inner})
        elif path in choices:
            layer = without(layer) if choices[path].dropped else layer
            layers.append(_quant_layer(layer, choices[path]) if choices[path].quantized else layer)
        else:
            layers.append(layer)
    return {**config, "layers": layers}


def _quant_layer(layer: dict[str, Any], choice: Choice) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    for weight, axis in LAYERS[choice.kind].items():
        quantizer = make_quantizer(choice.weights, axis)
        extra[QUANTIZER_OF[weight]] = _serialized(quantizer)
        if getattr(quantizer, "holds_latent", False):
            extra |= dict.fromkeys(_limits_of(weight))
        if choice.constraint and quantizer is not None:
            extra[_limits_of(weight)[0]] = choice.constraint
    extra["input_quantizer"] = _serialized(make_activation(choice.activations))
    name = f"Quant{choice.kind}"
    return {
        **layer,
        "module": None,
        "class_name": f"tinyq>{name}",
        "registered_name": f"tinyq>{name}",
        "config": {**layer["config"], **extra},
    }


def _limits_of(weight: str) -> tuple[str, str]:
    """What Keras calls the constraint and the regularizer of a kernel: "pointwise_constraint", ..."""
    name = weight.removesuffix("_kernel")
    return f"{name}_constraint", f"{name}_regularizer"


def _serialized(quantizer: Any) -> Any:
    return None if quantizer is None else tf.keras.layers.serialize(quantizer)


def _warn_of_others(model: tf.keras.Model) -> None:
    others = [
        f"{path} ({_kind(layer)})"
        for path, layer in named_layers(model)
        if _kind(layer) not in LAYERS and any(w.shape.rank > 1 for w in layer.trainable_weights)
    ]
    if others:
        warnings.warn(f"no quantized form, left in float: {', '.join(others)}", stacklevel=3)


def _warn_of_not_packed(choices: list[Choice]) -> None:
    lost = [
        f"{choice.layer} ({what} of {choice.kind})"
        for choice in choices
        for what in NOT_PACKED.get(choice.kind, ())
        if getattr(choice, what) != "float"
    ]
    if lost:
        warnings.warn(
            f"can be trained, but tinyq convert has no packed operator for: {', '.join(lost)}; a later rule "
            'with weights = "float" or activations = "float" takes them out',
            stacklevel=3,
        )


def _warn_of_limits(model: tf.keras.Model, quantized: tf.keras.Model) -> None:
    """What `_quant_layer` took off."""
    plain, layers = dict(named_layers(model)), dict(named_layers(quantized))
    gone = [
        f"{kernel.layer}.{name}"
        for kernel in quantized_kernels(quantized)
        for name in _limits_of(kernel.weight)
        if getattr(plain[kernel.layer], name, None) and not getattr(layers[kernel.layer], name)
    ]
    if gone:
        warnings.warn(
            f"taken off, because they would move frozen weights: {', '.join(gone)}; the scales of these "
            "kernels are fixed before training, so nothing grows that they would limit",
            stacklevel=3,
        )


def _warn_of_lost_scales(model: tf.keras.Model, choices: Mapping[str, Choice]) -> None:
    normed = followed_by_norm(model)
    lost = []
    for kernel in quantized_kernels(model):
        choice = choices[kernel.layer]
        name = choice.weights.get("class", "") if isinstance(choice.weights, Mapping) else choice.weights
        inner = kernel.weight == "depthwise_kernel" and "Separable" in choice.kind
        if name.startswith(_UNIT) and kernel.layer not in normed and not inner:
            lost.append(f"{kernel.layer} ({name})")
    if lost:
        warnings.warn(
            f"no batch norm follows {', '.join(lost)}: these quantizers have no scale of their own, so the "
            "size of the outputs is lost; put a BatchNormalization behind, or leave the layer out with "
            'weights = "float"',
            stacklevel=3,
        )
