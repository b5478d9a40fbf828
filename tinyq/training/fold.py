"""Scales of kernels moved into the batch norms behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tinyq.quantizers.larq_api import LAYERS, tf
from tinyq.quantizers.learned import scale_shape
from tinyq.quantizers.models import QuantizedKernel, named_layers, quantized_kernels
from tinyq.quantizers.rpr import RPR

# Of each kernel that makes the layer's outputs (a separable convolution's depthwise one does not), the axes
# that count them.
_OUTPUTS = {
    kind: {weight: axes for weight, axes in weights.items() if weight == list(weights)[-1]}
    for kind, weights in LAYERS.items()
}
_LEAST = 1e-12  # the square of a smaller scale is lost in float32
Norms = Mapping[str, tf.keras.layers.BatchNormalization]


def followed_by_norm(model: tf.keras.Model) -> Norms:
    """Paths of layers whose only reader is a batch norm over the last axis, and that norm.

    Layers with an activation of their own, those with channels first, those that are called more than once,
    and those that give an output of their model are none of them.
    """
    found = {}
    outputs = {id(output) for output in _outputs(model)}
    for path, layer in named_layers(model):
        readers = [node.layer for node in layer.outbound_nodes]
        plain = getattr(layer, "activation", None) in (None, tf.keras.activations.linear)
        plain = plain and getattr(layer, "data_format", None) != "channels_first"
        if len(readers) != 1 or len(layer.inbound_nodes) != 1 or not plain or id(layer.output) in outputs:
            continue
        norm = readers[0]
        if isinstance(norm, tf.keras.layers.BatchNormalization) and _last_axis(norm):
            found[path] = norm
    return found


def _outputs(model: tf.keras.Model) -> Iterator[tf.Tensor]:
    yield from model.outputs or ()
    for layer in model.layers:
        if isinstance(layer, tf.keras.Model):
            yield from _outputs(layer)


def _last_axis(norm: tf.keras.layers.BatchNormalization) -> bool:
    axis = [norm.axis] if isinstance(norm.axis, int) else list(norm.axis)
    # A norm of several inputs may have no one `input_shape`.
    return len(norm.inbound_nodes) == 1 and axis in ([-1], [len(norm.input_shape) - 1])


def fold_scales(model: tf.keras.Model) -> tuple[str, ...]:
    """Divide every `RPR` kernel by its scale where a batch norm follows, and let that norm make up for it.

    The kernel's levels are then whole numbers, and its scale is 1. The norm's moving mean is divided by the
    scale s, its variance by s^2, and gamma takes up what epsilon adds, so that the network computes the same
    (in training, where the batch's own variance counts, epsilon differs: v + e s^2 instead of v + e).
    Filters with a scale below 1e-12, norms without gamma, scales along other axes than the layer's outputs,
    and kernels whose quantizer has fold=False stay as they are: their scale is stored with the codes.

    Returns:
        layers whose kernels were divided.

    Source: Cavigelli, Benini, arXiv 2001.01091: the authors' code rescales kernels and lets the batch norm
        absorb it, without folding its statistics.
    """
    norms, layers = followed_by_norm(model), dict(named_layers(model))
    done = []
    for kernel in quantized_kernels(model):
        norm, layer = norms.get(kernel.layer), layers[kernel.layer]
        if (
            not isinstance(kernel.quantizer, RPR)
            or not kernel.quantizer.fold
            or norm is None
            or not norm.scale
        ):
            continue
        axes = _OUTPUTS.get(type(layer).__name__.removeprefix("Quant"), {}).get(kernel.weight)
        if axes is not None and set(kernel.quantizer.axis) <= set(axes):
            _fold(kernel, norm, layer, axes)
            done.append(kernel.layer)
    return tuple(done)


def _fold(
    kernel: QuantizedKernel,
    norm: tf.keras.layers.BatchNormalization,
    layer: tf.keras.layers.Layer,
    outputs: tuple[int, ...],
) -> None:
    scale = tf.convert_to_tensor(kernel.quantizer.scale)
    kernel.quantizer.scale.assign(tf.where(scale >= _LEAST, tf.ones_like(scale), scale))
    scale = tf.where(scale >= _LEAST, scale, tf.ones_like(scale))
    kernel.variable.assign(kernel.variable / scale)
    # One number an output channel, in the order of the layer's output.
    shape = scale_shape(kernel.variable.shape, outputs)
    channels = tf.reshape(tf.broadcast_to(scale, shape), [-1])
    if getattr(layer, "use_bias", False):
        layer.bias.assign(layer.bias / channels)
    before = tf.sqrt(norm.moving_variance + norm.epsilon)
    norm.moving_mean.assign(norm.moving_mean / channels)
    norm.moving_variance.assign(norm.moving_variance / channels**2)
    norm.gamma.assign(norm.gamma * channels * tf.sqrt(norm.moving_variance + norm.epsilon) / before)
