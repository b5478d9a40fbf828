"""Scales of kernels moved into the batch norms behind them."""

from __future__ import annotations

from collections.abc import Mapping

from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import QuantizedKernel, named_layers, quantized_kernels
from tinyq.quantizers.rpr import RPR

Norms = Mapping[str, tf.keras.layers.BatchNormalization]


def followed_by_norm(model: tf.keras.Model) -> Norms:
    """Paths of layers whose only reader is a batch norm over the last axis, and that norm.

    Layers with an activation of their own are none of them.
    """
    found = {}
    for path, layer in named_layers(model):
        readers = [node.layer for node in layer.outbound_nodes]
        linear = getattr(layer, "activation", None) in (None, tf.keras.activations.linear)
        if len(readers) != 1 or len(layer.inbound_nodes) != 1 or not linear:
            continue
        norm = readers[0]
        if isinstance(norm, tf.keras.layers.BatchNormalization) and _last_axis(norm):
            found[path] = norm
    return found


def _last_axis(norm: tf.keras.layers.BatchNormalization) -> bool:
    axis = [norm.axis] if isinstance(norm.axis, int) else list(norm.axis)
    return len(axis) == 1 and axis[0] in (-1, len(norm.input_shape) - 1) and len(norm.inbound_nodes) == 1


def fold_scales(model: tf.keras.Model) -> tuple[str, ...]:
    """Divide every `RPR` kernel by its scale where a batch norm follows, and let that norm make up for it.

    The kernel's levels are then whole numbers, and its scale is 1. The norm's moving mean is divided by the
    scale s, its variance by s^2, and gamma takes up what epsilon adds, so that the network computes the same
    (in training, where the batch's own variance counts, epsilon differs: v + e s^2 instead of v + e).
    Filters of zeros, norms without gamma, and kernels whose quantizer has fold=False stay.

    Returns:
        layers whose kernels were divided.

    Source: Cavigelli, Benini, arXiv 2001.01091: the authors' code rescales kernels and lets the batch norm
        absorb it, without folding its statistics.
    """
    norms = followed_by_norm(model)
    done = []
    for kernel in quantized_kernels(model):
        quantizer = kernel.quantizer
        norm = norms.get(kernel.layer)
        if not isinstance(quantizer, RPR) or not quantizer.fold or norm is None or not norm.scale:
            continue
        if kernel.weight == "depthwise_kernel" and hasattr(_layer(model, kernel.layer), "pointwise_kernel"):
            continue  # inside a separable convolution: the norm sees the pointwise half
        _fold(kernel, norm, _layer(model, kernel.layer))
        done.append(kernel.layer)
    return tuple(done)


def _layer(model: tf.keras.Model, path: str) -> tf.keras.layers.Layer:
    return dict(named_layers(model))[path]


def _fold(
    kernel: QuantizedKernel, norm: tf.keras.layers.BatchNormalization, layer: tf.keras.layers.Layer
) -> None:
    scale = tf.convert_to_tensor(kernel.quantizer.scale)
    scale = tf.where(scale > 0, scale, tf.ones_like(scale))
    kernel.variable.assign(kernel.variable / scale)
    # One number an output channel, in the order of the layer's output.
    channels = tf.broadcast_to(tf.reshape(scale, [-1]), norm.moving_mean.shape)
    if getattr(layer, "use_bias", False):
        layer.bias.assign(layer.bias / channels)
    before = tf.sqrt(norm.moving_variance + norm.epsilon)
    norm.moving_mean.assign(norm.moving_mean / channels)
    norm.moving_variance.assign(norm.moving_variance / channels**2)
    norm.gamma.assign(norm.gamma * channels * tf.sqrt(norm.moving_variance + norm.epsilon) / before)
    kernel.quantizer.scale.assign(tf.where(kernel.quantizer.scale > 0, tf.ones_like(scale), 0.0))
