"""MI-BMInet for motor imagery: spatial filters first, so that all that follows works on few channels.

Source: Wang, Hersche, Magno, Benini: MI-BMInet, arXiv 2203.14592, table I; ReLU as in its quantized form.
"""

from __future__ import annotations

import tf_keras

layers = tf_keras.layers


def build(
    input_shape: tuple[int, ...],
    classes: int,
    filters: int = 16,
    temporal_taps: int = 128,
    pool: int = 8,
    dropout: float = 0.2,
) -> tf_keras.Model:
    """Windows [n, electrodes, samples, 1] -> logits [n, classes]."""
    entry = tf_keras.Input(input_shape)
    # One input channel: a depthwise convolution with `filters` outputs a channel is a convolution.
    x = layers.Conv2D(filters, (input_shape[0], 1), use_bias=False, name="spatial")(entry)
    x = layers.BatchNormalization(momentum=0.9, name="norm_1")(x)
    x = layers.DepthwiseConv2D((1, temporal_taps), padding="same", use_bias=False, name="temporal")(x)
    x = _norm_relu_pool(x, 2, pool, dropout)
    x = layers.SeparableConv2D(filters, (1, 16), padding="same", use_bias=False, name="separable")(x)
    x = _norm_relu_pool(x, 3, pool, dropout)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(classes, name="dense")(x)
    return tf_keras.Model(entry, x, name="mibminet")


def _norm_relu_pool(x, number: int, width: int, dropout: float):
    x = layers.BatchNormalization(momentum=0.9, name=f"norm_{number}")(x)
    x = layers.ReLU(name=f"relu_{number}")(x)
    x = layers.AveragePooling2D((1, width), name=f"pool_{number}")(x)
    return layers.Dropout(dropout, name=f"dropout_{number}")(x)
