"""A net of dense layers for MNIST."""

from __future__ import annotations

import tf_keras

layers = tf_keras.layers


def build(input_shape: tuple[int, ...], classes: int, units: tuple[int, ...] = (256, 128)) -> tf_keras.Model:
    """Images [n, h, w, c] -> logits [n, classes]."""
    entry = tf_keras.Input(input_shape)
    x = layers.Flatten(name="flatten")(entry)
    for i, width in enumerate(units, 1):
        x = layers.Dense(width, use_bias=False, name=f"dense_{i}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm_{i}")(x)
        x = layers.ReLU(name=f"relu_{i}")(x)
    x = layers.Dense(classes, name="dense")(x)
    return tf_keras.Model(entry, x, name="mnist_dense")
