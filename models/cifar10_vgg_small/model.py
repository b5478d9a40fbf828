"""A small VGG for 32x32 images: three pairs of 3x3 convolutions, each followed by max pooling.

Source: Simonyan, Zisserman, arXiv 1409.1556, cut down for microcontrollers."""

from __future__ import annotations

import tf_keras

layers = tf_keras.layers


def build(
    input_shape: tuple[int, ...], classes: int, channels: tuple[int, ...] = (32, 64, 128)
) -> tf_keras.Model:
    """Images [n, h, w, c] -> logits [n, classes]."""
    entry = x = tf_keras.Input(input_shape)
    for i, filters in enumerate(channels, 1):
        for part in "ab":
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv_{i}{part}")(x)
            x = layers.BatchNormalization(momentum=0.9, name=f"norm_{i}{part}")(x)
            x = layers.ReLU(name=f"relu_{i}{part}")(x)
        x = layers.MaxPooling2D(2, name=f"pool_{i}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(classes, name="dense")(x)
    return tf_keras.Model(entry, x, name="vgg_small")
