"""EEGNet for steady-state visual evoked potentials (SSVEP), with ReLU.

Temporal filters (1 x K) -> spatial filters over all electrodes (depthwise, two a temporal filter) ->
separable convolution -> dense. Source: Lawhern et al.: EEGNet, arXiv 1611.08024, table 2."""

from __future__ import annotations

import tf_keras

layers = tf_keras.layers


def build(
    input_shape: tuple[int, ...], classes: int, temporal_taps: int = 64, dropout: float = 0.25
) -> tf_keras.Model:
    """Windows [n, electrodes, samples, 1] -> logits [n, classes]."""
    entry = tf_keras.Input(input_shape)
    x = layers.Conv2D(8, (1, temporal_taps), padding="same", use_bias=False, name="temporal")(entry)
    x = layers.BatchNormalization(momentum=0.9, name="norm_1")(x)
    x = layers.DepthwiseConv2D((input_shape[0], 1), depth_multiplier=2, use_bias=False, name="spatial")(x)
    x = _norm_relu_pool(x, 2, 4, dropout)
    x = layers.SeparableConv2D(16, (1, 16), padding="same", use_bias=False, name="separable")(x)
    x = _norm_relu_pool(x, 3, 8, dropout)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(classes, name="dense")(x)
    return tf_keras.Model(entry, x, name="eegnet")


def _norm_relu_pool(x, number: int, width: int, dropout: float):
    x = layers.BatchNormalization(momentum=0.9, name=f"norm_{number}")(x)
    x = layers.ReLU(name=f"relu_{number}")(x)  # EEGNet's ELU has no integer kernel
    x = layers.AveragePooling2D((1, width), name=f"pool_{number}")(x)
    return layers.Dropout(dropout, name=f"dropout_{number}")(x)
