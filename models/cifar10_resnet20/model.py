"""ResNet-20 for 32x32 images: three residual stages of three blocks.

Source: He, Zhang, Ren, Sun: Deep Residual Learning, arXiv 1512.03385, section 4.2; 1x1 convolutions where the
shape changes (its option B), because those have integer kernels."""

from __future__ import annotations

import tf_keras

layers = tf_keras.layers


def build(input_shape: tuple[int, ...], classes: int, width: int = 16, blocks: int = 3) -> tf_keras.Model:
    """Images [n, h, w, c] -> logits [n, classes]; the stages have width, 2 and 4 times width channels."""
    entry = tf_keras.Input(input_shape)
    x = layers.ReLU(name="relu")(_conv_norm(entry, width, 3, 1, ""))
    for stage in range(3):
        for block in range(blocks):
            x = _block(x, width << stage, 2 if stage and not block else 1, f"_{stage + 1}{'abcdefgh'[block]}")
    x = layers.AveragePooling2D(x.shape[1:3], name="pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(classes, name="dense")(x)
    return tf_keras.Model(entry, x, name="resnet20")


def _block(x, filters: int, stride: int, name: str):
    y = layers.ReLU(name=f"relu{name}1")(_conv_norm(x, filters, 3, stride, f"{name}1"))
    y = _conv_norm(y, filters, 3, 1, f"{name}2")
    if stride > 1:
        x = _conv_norm(x, filters, 1, stride, f"{name}_shortcut")
    return layers.ReLU(name=f"relu{name}2")(layers.Add(name=f"add{name}")([x, y]))


def _conv_norm(x, filters: int, size: int, stride: int, name: str):
    x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False, name=f"conv{name}")(x)
    return layers.BatchNormalization(momentum=0.9, name=f"norm{name}")(x)
