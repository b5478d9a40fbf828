"""DS-CNN of MLPerf Tiny (keyword spotting): a convolution and four depthwise separable ones.

Source: Zhang, Suda, Lai, Chandra: Hello Edge, arXiv 1711.07128; shapes of MLPerf Tiny, arXiv 2106.07597."""

from __future__ import annotations

import tf_keras

layers = tf_keras.layers


def build(
    input_shape: tuple[int, ...], classes: int, filters: int = 64, blocks: int = 4, dropout: float = 0.2
) -> tf_keras.Model:
    """MFCC features [n, 49, 10, 1] -> logits [n, classes]."""
    entry = tf_keras.Input(input_shape)
    x = layers.Conv2D(filters, (10, 4), 2, padding="same", use_bias=False, name="conv")(entry)
    x = layers.Dropout(dropout, name="dropout")(_norm_relu(x, ""))
    for i in range(1, blocks + 1):
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"depthwise_{i}")(x)
        x = _norm_relu(x, f"_{i}a")
        x = layers.Conv2D(filters, 1, use_bias=False, name=f"pointwise_{i}")(x)
        x = _norm_relu(x, f"_{i}b")
    x = layers.AveragePooling2D(x.shape[1:3], name="pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(classes, name="dense")(x)
    return tf_keras.Model(entry, x, name="dscnn")


def _norm_relu(x, name: str):
    x = layers.BatchNormalization(momentum=0.9, name=f"norm{name}")(x)
    return layers.ReLU(name=f"relu{name}")(x)
