"""ResNet-8 of MLPerf Tiny (image classification): three residual stages of one block.

Source: Banbury et al.: MLPerf Tiny Benchmark, arXiv 2106.07597; without its regularizers, and with logits
instead of a softmax."""

from __future__ import annotations

import tf_keras

layers = tf_keras.layers


def build(input_shape: tuple[int, ...], classes: int, width: int = 16) -> tf_keras.Model:
    """Images [n, h, w, c] -> logits [n, classes]; the stages have width, 2 and 4 times width channels."""
    entry = tf_keras.Input(input_shape)
    x = layers.Conv2D(width, 3, padding="same", name="conv")(entry)
    x = layers.ReLU(name="relu")(layers.BatchNormalization(momentum=0.9, name="norm")(x))
    for stage in range(3):
        x = _block(x, width << stage, 1 if stage == 0 else 2, stage + 1)
    x = layers.AveragePooling2D(x.shape[1:3], name="pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(classes, name="dense")(x)
    return tf_keras.Model(entry, x, name="resnet8")


def _block(x, filters: int, stride: int, number: int):
    y = layers.Conv2D(filters, 3, stride, padding="same", name=f"conv_{number}a")(x)
    y = layers.BatchNormalization(momentum=0.9, name=f"norm_{number}a")(y)
    y = layers.ReLU(name=f"relu_{number}a")(y)
    y = layers.Conv2D(filters, 3, padding="same", name=f"conv_{number}b")(y)
    y = layers.BatchNormalization(momentum=0.9, name=f"norm_{number}b")(y)
    if stride > 1:
        x = layers.Conv2D(filters, 1, stride, padding="same", name=f"shortcut_{number}")(x)
    return layers.ReLU(name=f"relu_{number}b")(layers.Add(name=f"add_{number}")([x, y]))
