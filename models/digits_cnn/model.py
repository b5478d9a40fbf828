"""A small convolutional net for 8x8 digits: every kind of layer that tinyq packs, quantized first to last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinyq.quantizers import DEPTHWISE, QuantConv2D, QuantDense, QuantDepthwiseConv2D, make_quantizer
from tinyq.quantizers.larq_api import tf

layers = tf.keras.layers


def build(
    input_shape: tuple[int, ...],
    classes: int,
    weights: str | Mapping[str, Any] = "ternary",
    channels: tuple[int, int] = (32, 48),
) -> tf.keras.Model:
    """Images [n, h, w, c] -> logits [n, classes]; `weights` as `make_quantizer` takes it."""
    first, second = channels
    entry = tf.keras.Input(input_shape)
    x = _conv(first, 3, weights, "conv_1")(entry)
    x = _norm_relu(x, 1)
    x = _conv(first, 3, weights, "conv_2")(x)
    x = _norm_relu(x, 2)
    x = layers.MaxPooling2D(2, name="pool_1")(x)
    x = QuantDepthwiseConv2D(
        3,
        padding="same",
        use_bias=False,
        depthwise_quantizer=make_quantizer(weights, DEPTHWISE),
        name="depthwise",
    )(x)
    x = _norm_relu(x, 3)
    x = _conv(second, 1, weights, "pointwise")(x)
    x = _norm_relu(x, 4)
    x = layers.AveragePooling2D(2, name="pool_2")(x)
    x = layers.Flatten(name="flatten")(x)
    x = QuantDense(classes, kernel_quantizer=make_quantizer(weights), name="dense")(x)
    return tf.keras.Model(entry, x, name="digits_cnn")


def _conv(filters: int, size: int, weights: str | Mapping[str, Any], name: str) -> tf.keras.layers.Layer:
    return QuantConv2D(
        filters, size, padding="same", use_bias=False, kernel_quantizer=make_quantizer(weights), name=name
    )


def _norm_relu(x: tf.Tensor, number: int) -> tf.Tensor:
    # Directly behind a convolution, so that conversion folds it into the convolution's multipliers and bias.
    x = layers.BatchNormalization(momentum=0.9, name=f"norm_{number}")(x)
    return layers.ReLU(name=f"relu_{number}")(x)
