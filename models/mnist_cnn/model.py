"""A small convolutional net for MNIST."""

from __future__ import annotations

import tf_keras

layers = tf_keras.layers


def build(
    input_shape: tuple[int, ...], classes: int, channels: tuple[int, ...] = (16, 32, 32)
) -> tf_keras.Model:
    """Images [n, h, w, c] -> logits [n, classes]; each convolution halves height and width."""
    entry = x = tf_keras.Input(input_shape)
    for i, filters in enumerate(channels, 1):
        x = layers.Conv2D(filters, 3, 2, padding="same", use_bias=False, name=f"conv_{i}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm_{i}")(x)
        x = layers.ReLU(name=f"relu_{i}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(classes, name="dense")(x)
    return tf_keras.Model(entry, x, name="mnist_cnn")
