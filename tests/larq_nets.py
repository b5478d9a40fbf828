"""Networks of larq layers with random weights, and what Larq Compute Engine makes of them.

QuickNet, Bi-Real Net (arXiv 1808.00278) and BinaryDenseNet (arXiv 1906.08637) are built from their published
descriptions.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from tools_required import need

need("python:tensorflow", "python:larq", "python:larq_compute_engine")

from tinyq.quantizers.larq_api import larq, tf  # noqa: E402

layers = tf.keras.layers


def lce_file(model: Any, **options: Any) -> bytes:
    """The .tflite that LCE's own converter writes."""
    import larq_compute_engine

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bytes(larq_compute_engine.convert_keras_model(model, **options))


def randomized(model: Any, seed: int) -> Any:
    """The model with weights and batch norms as after some training; half of the gains are negative."""
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        shape = variable.shape
        if "gamma" in variable.name:
            variable.assign(rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape))
        elif "moving_variance" in variable.name:
            variable.assign(rng.uniform(0.5, 2, shape))
        elif "beta" in variable.name or "moving_mean" in variable.name or "bias" in variable.name:
            variable.assign(rng.normal(0, 0.5, shape))
        else:
            variable.assign(rng.normal(0, (2 / np.prod(shape[:-1])) ** 0.5, shape))
    return model


def binary_conv(x: Any, filters: int, size: int = 3, padding: str = "same", **options: Any) -> Any:
    """A convolution of signs with signs, no batch norm."""
    signs = {"input_quantizer": "ste_sign", "kernel_quantizer": "ste_sign"}
    fixed = {"padding": padding, "kernel_constraint": "weight_clip", "use_bias": False}
    return larq.layers.QuantConv2D(filters, size, **fixed, **(signs | options))(x)


def norm(x: Any) -> Any:
    """Batch norm."""
    return layers.BatchNormalization()(x)


def real_conv(x: Any, filters: int, size: int, stride: int = 1) -> Any:
    """A float32 convolution without bias."""
    return layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)(x)


def classified(image: Any, x: Any, classes: int) -> Any:
    """The model whose features are x: global average, dense, softmax."""
    x = layers.AveragePooling2D(x.shape[1:3])(x)
    return tf.keras.Model(image, layers.Softmax()(layers.Dense(classes)(layers.Flatten()(x))))


def image(size: int, channels: int = 3) -> Any:
    """Input of a model."""
    return tf.keras.Input((size, size, channels), batch_size=1)


def small_net(size: int = 16, ranges: bool = False, groups: int = 1) -> Any:
    """All that LCE writes: float32, packed and, with `ranges`, int8 outputs; padding with zeros and ones;
    VALID; a stride, a dilation, a fused ReLU, a pool of signs, a residual sum, an average."""

    def ranged(x: Any) -> Any:
        fake = layers.Lambda(lambda t: tf.quantization.fake_quant_with_min_max_args(t, -4.0, 4.0))
        return fake(x) if ranges else x

    source = image(size)
    x = ranged(norm(real_conv(ranged(source), 32, 3)))
    x = ranged(norm(binary_conv(x, 32, activation="relu", pad_values=1.0)))
    x = ranged(layers.Add()([ranged(norm(binary_conv(x, 32))), x]))
    x = norm(binary_conv(x, 70, pad_values=1.0, strides=2))
    x = layers.MaxPooling2D(2, strides=1, padding="same")(x)
    x = norm(binary_conv(x, 64, padding="valid"))
    x = ranged(norm(binary_conv(x, 48, size=2, padding="valid", dilation_rate=2, groups=groups)))
    return classified(source, x, 10)


def quicknet_small(size: int = 224, classes: int = 1000) -> Any:
    """Stem of a depthwise-separable convolution, residual blocks padded with ones, blur pools between."""
    source = image(size)
    x = layers.ReLU()(norm(real_conv(source, 8, 3, stride=2)))
    x = norm(layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x))
    x = norm(real_conv(x, 32, 1))
    for section, filters in enumerate((32, 64, 256, 512)):
        if section:
            x = layers.MaxPooling2D(2, strides=1)(layers.ReLU()(x))
            x = layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x)
            x = norm(real_conv(x, filters, 1))
        for _ in range(4):
            y = norm(binary_conv(x, filters, activation="relu", pad_values=1.0))
            x = layers.Add()([y, x])
    return classified(source, layers.ReLU()(x), classes)


def birealnet18(size: int = 224, classes: int = 1000) -> Any:
    """Sixteen binary convolutions, each with its own shortcut."""
    source = image(size)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(norm(real_conv(source, 64, 7, stride=2)))
    for section, filters in enumerate((64, 128, 256, 512)):
        for block in range(4):
            shortcut, stride = x, 1
            if section and not block:
                stride = 2
                shortcut = layers.AveragePooling2D(2, strides=2, padding="same")(x)
                shortcut = norm(real_conv(shortcut, filters, 1))
            signs = {"input_quantizer": "approx_sign", "kernel_quantizer": "magnitude_aware_sign"}
            x = layers.Add()([norm(binary_conv(x, filters, strides=stride, **signs)), shortcut])
    return classified(source, x, classes)


def binary_densenet28(size: int = 224, classes: int = 1000) -> Any:
    """Dense blocks: each binary convolution adds 64 channels."""
    source = image(size)
    x = layers.ReLU()(norm(real_conv(source, 64, 7, stride=2)))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for count, reduction in ((6, 2.7), (6, 2.7), (6, 2.2), (5, 0)):
        for _ in range(count):
            x = layers.Concatenate()([x, binary_conv(norm(x), 64)])
        if reduction:
            x = layers.ReLU()(layers.MaxPooling2D(2)(norm(x)))
            x = real_conv(x, round(x.shape[-1] // reduction / 32) * 32, 1)
    return classified(source, layers.ReLU()(norm(x)), classes)


NETWORKS: dict[str, Callable[..., Any]] = {
    "quicknet_small": quicknet_small,
    "birealnet18": birealnet18,
    "binary_densenet28": binary_densenet28,
}
