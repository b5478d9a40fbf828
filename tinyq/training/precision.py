"""The same model in another precision: float32 variables, steps in bfloat16 or float16."""

from __future__ import annotations

from typing import Any

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import tf


def with_precision(model: tf.keras.Model, policy: str) -> tf.keras.Model:
    """A copy of `model`, weights and quantizers' variables included, that computes by a Keras dtype policy.

    Layers that give an output of the model stay in float32, and so do quantizers: codes are those of the
    float32 latent weights. Made under the current tf.distribute strategy.

    Args:
        model: Sequential or functional.
        policy: "float32", "mixed_bfloat16" or "mixed_float16".

    Raises:
        TrainError: a subclassed model, or a layer that cannot be made from its configuration.

    Example:
        >>> layers = [tf.keras.Input((3,)), tf.keras.layers.Dense(4), tf.keras.layers.Dense(2)]
        >>> net = tf.keras.Sequential(layers)
        >>> [layer.compute_dtype for layer in with_precision(net, "mixed_bfloat16").layers]
        ['bfloat16', 'float32']
    """
    if not isinstance(model, tf.keras.Sequential) and not getattr(model, "_is_graph_network", False):
        raise TrainError(f"model {model.name}", f"a {type(model).__name__}", "Sequential or functional")
    try:
        copy = type(model).from_config(_converted(model.get_config(), policy, output=True))
    except (ValueError, TypeError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise TrainError(
            f"model {model.name}",
            f"cannot be copied: {reason[0][:200]}",
            "layers that Keras can make again from what it saves (a Lambda with a Python lambda is none)",
        ) from error
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
