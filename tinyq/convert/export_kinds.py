"""What a Keras layer without a kernel is: batch norm, ReLU, max pooling, nothing, or something else.

One of the modules of this package that load TensorFlow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyq.convert.nodes import Affine
from tinyq.quantizers.larq_api import tf

layers = tf.keras.layers
_NOTHING = (
    layers.ActivityRegularization,
    layers.Dropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
)
_BY_ACTIVATION = {"linear": "identity", "relu": "relu", "relu6": "relu6"}


def activation_name(layer: Any) -> str:
    """Name of a layer's activation function."""
    activation = layer.activation
    return str(getattr(activation, "__name__", type(activation).__name__))


def kind_of(layer: tf.keras.layers.Layer) -> tuple[str, Any]:
    """(kind, data) of a node, as `tinyq.convert.nodes` lists them."""
    if isinstance(layer, layers.BatchNormalization) and _of_last_axis(layer):
        return "affine", affine_of(layer)
    if isinstance(layer, _NOTHING):
        return "identity", None
    if isinstance(layer, layers.Activation):
        return _BY_ACTIVATION.get(activation_name(layer), "host"), None
    if isinstance(layer, layers.ReLU):
        plain = not layer.negative_slope and not layer.threshold
        known = {None: "relu", 6.0: "relu6"}.get(layer.max_value)
        return (known if plain and known else "host"), None
    if isinstance(layer, layers.MaxPooling2D) and layer.data_format == "channels_last":
        return "max_pool", {
            "padding": layer.padding.upper(),
            "stride_h": layer.strides[0],
            "stride_w": layer.strides[1],
            "filter_height": layer.pool_size[0],
            "filter_width": layer.pool_size[1],
        }
    if isinstance(layer, layers.Flatten) and layer.data_format == "channels_last":
        return "flatten", None
    return "host", None


def _of_last_axis(layer: tf.keras.layers.BatchNormalization) -> bool:
    axis = [layer.axis] if isinstance(layer.axis, int) else list(layer.axis)
    return axis in ([-1], [len(layer.input_shape) - 1])


def affine_of(layer: tf.keras.layers.BatchNormalization) -> Affine:
    """A batch norm in inference: its operations, in float32 and in the order in which Keras does them."""
    mean, variance = (tf.convert_to_tensor(v) for v in (layer.moving_mean, layer.moving_variance))
    gain = tf.math.rsqrt(variance + layer.epsilon)
    if layer.scale:
        gain = gain * layer.gamma
    beta = tf.convert_to_tensor(layer.beta) if layer.center else tf.zeros_like(mean)
    steps = [("MUL", gain), ("ADD", beta - mean * gain)]
    if layer.fused:
        steps = [("ADD", -mean), ("MUL", gain), ("ADD", beta)]
    return Affine(tuple((kind, np.asarray(values, np.float32)) for kind, values in steps))
