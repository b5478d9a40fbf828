"""Kernels divided by a scale, for which the batch norms behind them make up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tinyq.quantizers.base import reduced_axes
from tinyq.quantizers.encoding import EncodingDecomposition
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
    """Divide kernels whose levels are fixed where a batch norm follows, and let that norm make up for it.

    A kernel with `RPR` is divided by its scale: its levels are then whole numbers, and the scale is 1. One
    with `EncodingDecomposition` of 2 bits or more is divided by its largest weight, so that it fills the
    range [-1, 1] that the codes are for; of small weights all would be the innermost codes. (The sign of
    1 bit has no range.) The norm's moving mean is divided by the
    scale s, its variance by s^2, and gamma takes up what epsilon adds, so that the network computes the same
    (in training, where the batch's own variance counts, epsilon differs: v + e s^2 instead of v + e).
    Filters with a scale below 1e-12, norms without gamma, scales along other axes than the layer's outputs,
    and kernels whose RPR has fold=False stay as they are: their scale is stored with the codes.

    Returns:
        layers whose kernels were divided.

    Source: Cavigelli, Benini, arXiv 2001.01091: the authors' code rescales kernels and lets the batch norm
        absorb it, without folding its statistics. For encodings it is chosen here; arXiv 1905.13389 trains
        from the start with latent weights in [-1, 1].
    """
    norms, layers = followed_by_norm(model), dict(named_layers(model))
    done = []
    for kernel in quantized_kernels(model):
        norm, layer = norms.get(kernel.layer), layers[kernel.layer]
        axes = _OUTPUTS.get(type(layer).__name__.removeprefix("Quant"), {}).get(kernel.weight)
        if norm is None or not norm.scale or axes is None:
            continue
        scale = _divisor(kernel, axes)
        if scale is not None:
            _fold(kernel, scale, norm, layer, axes)
            done.append(kernel.layer)
    return tuple(done)


def _divisor(kernel: QuantizedKernel, outputs: tuple[int, ...]) -> tf.Tensor | None:
    """What to divide the kernel by, at most one number an output; None: nothing."""
    quantizer, w = kernel.quantizer, tf.convert_to_tensor(kernel.variable)
    if isinstance(quantizer, RPR) and quantizer.fold and set(quantizer.axis) <= set(outputs):
        return tf.convert_to_tensor(quantizer.scale)
    if isinstance(quantizer, EncodingDecomposition) and quantizer.bits > 1:
        return tf.reduce_max(tf.abs(w), reduced_axes(w.shape.rank, outputs), keepdims=True)
    return None


def _fold(
    kernel: QuantizedKernel,
    scale: tf.Tensor,
    norm: tf.keras.layers.BatchNormalization,
    layer: tf.keras.layers.Layer,
    outputs: tuple[int, ...],
) -> None:
    if isinstance(kernel.quantizer, RPR):
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
