"""EEGNet for motor imagery, with ReLU, quantized from first to last.

Temporal filters (1 x K) -> spatial filters over all electrodes (depthwise, two a temporal filter) ->
separable convolution -> dense. Source: Lawhern et al.: EEGNet, arXiv 1611.08024, table 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinyq.quantizers import (
    DEPTHWISE,
    QuantConv2D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantSeparableConv2D,
    make_quantizer,
)
from tinyq.quantizers.larq_api import tf

layers = tf.keras.layers


def build(
    input_shape: tuple[int, ...],
    classes: int,
    weights: str | Mapping[str, Any] = "ternary",
    temporal_taps: int = 32,
    dropout: float = 0.25,
) -> tf.keras.Model:
    """Windows [n, electrodes, samples, 1] -> logits [n, classes]; `weights` as `make_quantizer` takes it."""
    entry = tf.keras.Input(input_shape)
    x = QuantConv2D(
        8,
        (1, temporal_taps),
        padding="same",
        use_bias=False,
        kernel_quantizer=make_quantizer(weights),
        name="temporal",
    )(entry)
    x = layers.BatchNormalization(momentum=0.9, name="norm_1")(x)
    x = QuantDepthwiseConv2D(
        (input_shape[0], 1),
        depth_multiplier=2,
        use_bias=False,
        depthwise_quantizer=make_quantizer(weights, DEPTHWISE),
        name="spatial",
    )(x)
    x = _norm_relu_pool(x, 2, 4, dropout)
    x = QuantSeparableConv2D(
        16,
        (1, 16),
        padding="same",
        use_bias=False,
        depthwise_quantizer=make_quantizer(weights, DEPTHWISE),
        pointwise_quantizer=make_quantizer(weights),
        name="separable",
    )(x)
    x = _norm_relu_pool(x, 3, 8, dropout)
    x = layers.Flatten(name="flatten")(x)
    x = QuantDense(classes, kernel_quantizer=make_quantizer(weights), name="dense")(x)
    return tf.keras.Model(entry, x, name="eeg_eegnet")


def _norm_relu_pool(x: tf.Tensor, number: int, width: int, dropout: float) -> tf.Tensor:
    x = layers.BatchNormalization(momentum=0.9, name=f"norm_{number}")(x)
    x = layers.ReLU(name=f"relu_{number}")(x)  # EEGNet's ELU has no integer kernel
    x = layers.AveragePooling2D((1, width), name=f"pool_{number}")(x)
    return layers.Dropout(dropout, name=f"dropout_{number}")(x)
