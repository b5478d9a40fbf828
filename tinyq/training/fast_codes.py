"""Convolutions of quantized activations by their codes: scale and shift go into the kernel and the bias.

Quantized values are scale * code + shift, and the border that is padded holds code 0. So a layer's outputs
are the convolution of the codes, padded with zeros, by scale * kernel, and shift * (the sum over the kernel)
in every output. Scale, shift and padding then need no pass over the activations, forward or backward.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinyq.quantizers import larq_api
from tinyq.quantizers.larq_api import larq, tf
from tinyq.training.temporal import dense_depthwise, wins

Layer = tf.keras.layers.Layer
Operation = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def takes_codes(layer: Layer, kind: str) -> bool:
    """Whether `call_with_codes` can be the `call` of `layer`; `kind`: Conv1D, Conv2D or DepthwiseConv2D."""
    quantizer = getattr(layer, "input_quantizer", None)
    if type(layer) is not getattr(larq_api, f"Quant{kind}") or not hasattr(quantizer, "parts"):
        return False
    return layer.built and quantizer.built and layer.data_format == "channels_last" and layer.groups == 1


@tf.autograph.experimental.do_not_convert
def call_with_codes(layer: Layer, kind: str, inputs: tf.Tensor) -> tf.Tensor:
    """In place of the `call` of tinyq's Quant layers."""
    depthwise = kind == "DepthwiseConv2D"
    codes, scale, shift = layer.input_quantizer.parts(inputs)
    codes = tf.cast(codes, inputs.dtype)
    if getattr(layer, "_is_causal", False):
        codes = tf.pad(codes, layer._compute_causal_padding(codes))
    with larq.context.quantized_scope(True):
        kernel = tf.convert_to_tensor(layer.depthwise_kernel if depthwise else layer.kernel)
    operation = depthwise_operation(layer) if depthwise else layer.convolution_op
    if layer.input_quantizer.slope_is_scale:
        outputs = operation(codes, kernel * tf.cast(scale, kernel.dtype))
    else:
        outputs = _with_unit_slope(operation, codes, kernel, tf.cast(scale, kernel.dtype))
    taps = [0, 1] if depthwise else list(range(kernel.shape.rank - 1))
    bias = tf.cast(shift, kernel.dtype) * tf.reshape(tf.reduce_sum(kernel, taps), [-1])
    outputs = tf.nn.bias_add(outputs, bias + layer.bias if layer.use_bias else bias)
    return outputs if layer.activation is None else layer.activation(outputs)


def depthwise_operation(layer: Layer) -> Operation:
    """What a DepthwiseConv2D computes of its input and kernel, as a dense convolution where that wins."""
    one = max(layer.strides) == 1 == max(layer.dilation_rate)
    if one and layer.padding == "valid" and wins("DepthwiseConv2D", tuple(layer.depthwise_kernel.shape)):
        return dense_depthwise

    def operation(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return tf.nn.depthwise_conv2d(
            *(x, kernel, [1, *layer.strides, 1], layer.padding.upper()), dilations=layer.dilation_rate
        )

    return operation


def _with_unit_slope(operation: Operation, codes: tf.Tensor, kernel: tf.Tensor, scale: tf.Tensor) -> Any:
    """operation(codes, scale * kernel), with the gradient to `codes` of operation(codes, kernel)."""

    @tf.custom_gradient
    def outputs(codes: tf.Tensor, kernel: tf.Tensor) -> Any:
        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with (
                tf.GradientTape() as tape
            ):  # what it computes is dropped by TensorFlow, its gradient needs none
                tape.watch([codes, kernel])
                again = operation(codes, kernel)
            to_codes, to_kernel = tape.gradient(again, [codes, kernel], upstream)
            return to_codes, to_kernel * scale

        return operation(codes, kernel * scale), gradient

    return outputs(codes, kernel)
