"""The same model in another precision: float32 variables, steps in bfloat16 or float16."""

from __future__ import annotations

from typing import Any

from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import rebuilt


def with_precision(model: tf.keras.Model, policy: str) -> tf.keras.Model:
    """A copy of `model`, weights and quantizers' variables included, that computes by a Keras dtype policy.

    Layers that give an output of the model stay in float32, and so do quantizers: codes are those of the
    float32 latent weights. Made under the current tf.distribute strategy.

    Args:
        model: Sequential or functional.
        policy: "float32", "mixed_bfloat16" or "mixed_float16".

    Raises:
        QuantizerError: a subclassed model, or a layer that cannot be made from its configuration.

    Example:
        >>> layers = [tf.keras.Input((3,)), tf.keras.layers.Dense(4), tf.keras.layers.Dense(2)]
        >>> net = tf.keras.Sequential(layers)
        >>> [layer.compute_dtype for layer in with_precision(net, "mixed_bfloat16").layers]
        ['bfloat16', 'float32']
    """
    copy = rebuilt(model, lambda config: _converted(config, policy, output=True))
    copy.set_weights(model.get_weights())
    return copy


def _converted(config: dict[str, Any], policy: str, output: bool) -> dict[str, Any]:
    """The configuration of a model in the new policy; `output`: whether its outputs leave the whole model."""
    layers = config["layers"]
    entries = config.get("output_layers", [[layers[-1]["config"]["name"]]])
    last = set(tf.nest.flatten(entries)) if output else set()
    return {
        **config,
        "layers": [_layer(layer, policy, layer["config"]["name"] in last) for layer in layers],
    }


def _layer(layer: dict[str, Any], policy: str, output: bool) -> dict[str, Any]:
    config = layer["config"]
    if "layers" in config:  # a model inside the model
        return {**layer, "config": _converted(config, policy, output)}
    if layer["class_name"] == "InputLayer":
        return layer
    return {**layer, "config": {**config, "dtype": "float32" if output else policy}}
