"""What a layer with a kernel computes behind its input quantizer, as plain TensorFlow functions.

One of the modules of this package that load TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tinyq.convert.nodes import Window
from tinyq.quantizers.larq_api import (
    QuantConv1D,
    QuantConv2D,
    QuantDepthwiseConv2D,
    QuantSeparableConv1D,
    QuantSeparableConv2D,
    larq,
    tf,
)

# Pad before their quantizer.
PADS = (QuantConv1D, QuantConv2D, QuantDepthwiseConv2D, QuantSeparableConv1D, QuantSeparableConv2D)
_SEPARABLE = (tf.keras.layers.SeparableConv1D, tf.keras.layers.SeparableConv2D)
_TRANSPOSED = (tf.keras.layers.Conv2DTranspose,)
_FILTERS = (
    tf.keras.layers.Dense,
    tf.keras.layers.Conv1D,
    tf.keras.layers.Conv2D,
    tf.keras.layers.DepthwiseConv2D,
    *_SEPARABLE,
)


def has_filter(layer: tf.keras.layers.Layer) -> bool:
    """Whether `stages_of` knows the layer."""
    return isinstance(layer, _FILTERS) and not isinstance(layer, _TRANSPOSED)


@dataclass(frozen=True, eq=False)
class Stage:
    """One kernel of a layer; a separable convolution has two stages.

    Args:
        operator: "conv", "depthwise" or "dense".
        weight: name of the kernel.
        kernel: its values, Keras order.
        bias: [c_out] or None.
        window: of convolutions; "causal" padding is the caller's.
    """

    operator: str
    weight: str
    kernel: tf.Tensor
    bias: tf.Tensor | None
    window: Window

    def runner(self, pad_value: float, scope: str) -> Callable[[Any], Any]:
        """The function of it; a border holds `pad_value`."""
        padded = self.window.padding == "SAME" and pad_value != 0.0

        def run(x: Any) -> Any:
            with tf.name_scope(scope):
                if self.operator == "dense":
                    y = tf.tensordot(x, self.kernel, 1)
                else:
                    y = self._filtered(x, pad_value if padded else None)
                return y if self.bias is None else tf.nn.bias_add(y, self.bias)

        return run

    def after(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape [h, w, c] or [w, c] of the output of a depthwise stage."""
        *taps, channels, multiplier = self.kernel.shape
        window, sizes = self.window, []
        axes = zip(taps, window.strides[-len(taps) :], window.dilations[-len(taps) :], strict=True)
        for size, (tap, stride, step) in zip(shape, axes, strict=False):
            reach = 1 if window.padding == "SAME" else (tap - 1) * step + 1
            sizes.append(-(-(size - reach + 1) // stride))
        return (*sizes, int(channels * multiplier))

    def _filtered(self, x: Any, pad_value: float | None) -> Any:
        window, kernel = self.window, self.kernel
        line = x.shape.rank == 3  # a 1-D convolution is one of height 1
        if line:
            x, kernel = tf.expand_dims(x, 1), kernel[None]
        if pad_value is not None:
            border = [
                _border(x.shape[i + 1], kernel.shape[i], window.strides[i], window.dilations[i])
                for i in (0, 1)
            ]
            x = tf.pad(x, [[0, 0], *border, [0, 0]], constant_values=pad_value)
        padding = "VALID" if pad_value is not None else window.padding
        if self.operator == "depthwise":
            strides = [1, *window.strides, 1]
            y = tf.nn.depthwise_conv2d(x, kernel, strides, padding, dilations=window.dilations)
        else:
            y = tf.nn.conv2d(x, kernel, window.strides, padding, dilations=window.dilations)
        return tf.squeeze(y, [1]) if line else y


def stages_of(layer: tf.keras.layers.Layer) -> tuple[Stage, ...]:
    """The kernels of a layer in the order in which they are applied, without its activation."""
    bias = tf.convert_to_tensor(layer.bias) if layer.use_bias else None
    if isinstance(layer, tf.keras.layers.Dense):
        return (Stage("dense", "kernel", _values(layer, "kernel"), bias, Window()),)
    window = Window(
        _pair(layer.strides), _pair(layer.dilation_rate), "SAME" if layer.padding == "same" else "VALID"
    )
    if isinstance(layer, _SEPARABLE):
        return (
            Stage("depthwise", "depthwise_kernel", _values(layer, "depthwise_kernel"), None, window),
            Stage("conv", "pointwise_kernel", _values(layer, "pointwise_kernel"), bias, Window()),
        )
    if isinstance(layer, tf.keras.layers.DepthwiseConv2D):
        return (Stage("depthwise", "depthwise_kernel", _values(layer, "depthwise_kernel"), bias, window),)
    return (Stage("conv", "kernel", _values(layer, "kernel"), bias, window),)


def _values(layer: tf.keras.layers.Layer, weight: str) -> tf.Tensor:
    with larq.context.quantized_scope(False):
        return tf.convert_to_tensor(getattr(layer, weight))


def _pair(sizes: tuple[int, ...]) -> tuple[int, int]:
    return (1, *sizes) if len(sizes) == 1 else (sizes[0], sizes[1])


def _border(size: int, taps: int, stride: int, dilation: int) -> list[int]:
    """Elements before and behind that padding SAME adds along one axis."""
    total = max((-(-size // stride) - 1) * stride + (taps - 1) * dilation + 1 - size, 0)
    return [total // 2, total - total // 2]
