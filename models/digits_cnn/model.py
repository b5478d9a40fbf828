"""A small convolutional net for 8x8 digits: every kind of layer that tinyq packs."""

from __future__ import annotations

import tf_keras

layers = tf_keras.layers


def build(input_shape: tuple[int, ...], classes: int, channels: tuple[int, int] = (40, 64)) -> tf_keras.Model:
    """Images [n, h, w, c] -> logits [n, classes]."""
    first, second = channels
    entry = tf_keras.Input(input_shape)
    x = layers.Conv2D(first, 3, padding="same", use_bias=False, name="conv_1")(entry)
    x = _norm_relu(x, 1)
    x = layers.Conv2D(first, 3, padding="same", use_bias=False, name="conv_2")(x)
    x = _norm_relu(x, 2)
    x = layers.MaxPooling2D(2, name="pool_1")(x)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    x = _norm_relu(x, 3)
    x = layers.Conv2D(second, 1, padding="same", use_bias=False, name="pointwise")(x)
    x = _norm_relu(x, 4)
    x = layers.AveragePooling2D(2, name="pool_2")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(classes, name="dense")(x)
    return tf_keras.Model(entry, x, name="digits_cnn")


def _norm_relu(x, number: int):
    # Directly behind a convolution, so that conversion folds it into the convolution's multipliers and bias.
    x = layers.BatchNormalization(momentum=0.9, name=f"norm_{number}")(x)
    return layers.ReLU(name=f"relu_{number}")(x)
