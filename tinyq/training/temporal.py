"""Long (1, K) and tall (H, 1) convolutions by other products of the same numbers, for training on a CPU.

TensorFlow's CPU kernels are made for many channels. EEGNet's first convolution has one input channel and a
long kernel, its second sums over all electrodes of each channel by itself: both are rewritten here as dense
products, forward and backward (by differentiation of the rewriting). Layers, classes and files stay as they
are; sums are taken in another order, so results agree within float rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import larq, tf

SAMPLES = 16  # output samples that one row of the block-Toeplitz product gives

# Where the rewriting wins, by shape alone: a choice by the clock would differ when a run is resumed, and with
# it the last bits of the weights. Derived from the tables of `make bench-training`, docs/training-speed.md.
SHORTEST = 24  # taps
MOST_FILTERS = 12  # from 16 on, oneDNN's blocked convolution is as fast
MOST_INPUTS = 4
SPATIAL_SHORTEST = 8
SPATIAL_MOST_CHANNELS = 8

_KINDS = ("Conv1D", "Conv2D", "DepthwiseConv2D")


def toeplitz_convolution(x: tf.Tensor, kernel: tf.Tensor, padding: str, samples: int = SAMPLES) -> tf.Tensor:
    """A convolution along the last axis but one, stride 1, as a product with a block-Toeplitz matrix.

    Forward: y[..., t, f] = sum over k, c of x[..., t + k - left, c] kernel[k, c, f]. Each row of the product
        holds a window of the signal and gives `samples` outputs; column block r of the matrix is the kernel,
        moved down by r taps.

    Backward: that of the products, so also to a quantized kernel's latent weights.

    Args:
        x: [..., time, channels]; time and channels are known, other axes need not be.
        kernel: [K, channels, filters], with axes of size 1 before them or not.
        padding: "SAME" (zeros; an even K has one more after than before) or "VALID".
        samples: outputs a row.

    Returns:
        [..., time or time - K + 1, filters], dtype of x.

    Raises:
        TrainError: another padding, or time or channels unknown.

    Source: Golub, Van Loan: Matrix Computations, 4th ed., section 4.7 (Toeplitz matrices).

    Example:
        >>> x, kernel = tf.reshape(tf.range(5.0), [1, 5, 1]), tf.ones([2, 1, 1])
        >>> toeplitz_convolution(x, kernel, "VALID")[0, :, 0].numpy().tolist()
        [1.0, 3.0, 5.0, 7.0]
    """
    length, channels = x.shape[-2:]
    taps, filters = kernel.shape[-3], kernel.shape[-1]
    if padding not in ("SAME", "VALID") or length is None or channels is None:
        raise TrainError(
            "toeplitz_convolution",
            f"padding {padding!r}, input {x.shape}",
            "SAME or VALID; known time and channels",
        )
    left = (taps - 1) // 2 if padding == "SAME" else 0
    outputs = length if padding == "SAME" else length - taps + 1
    rows = -(-outputs // samples)
    blocks = 1 + -(-(taps - 1) // samples)  # of `samples` inputs, that a row sees
    block = samples * channels
    signal = tf.reshape(x, [-1, length * channels])
    end = ((rows + blocks - 1) * samples - left - length) * channels
    signal = tf.pad(signal, [[0, 0], [left * channels, max(0, end)]])
    windows = tf.concat(
        [tf.reshape(_cut(signal, i * block, rows * block), [-1, block]) for i in range(blocks)], axis=1
    )
    matrix = _toeplitz(tf.reshape(kernel, [taps * channels, filters]), channels, samples, blocks)
    y = tf.reshape(tf.matmul(windows, matrix), [-1, rows * samples * filters])
    y = _cut(y, 0, outputs * filters)
    return tf.reshape(y, tf.concat([tf.shape(x)[:-2], [outputs, filters]], axis=0))


def _cut(rows: tf.Tensor, start: int, length: int) -> tf.Tensor:
    """rows[:, start : start + length]. The gradient of a slice is tf.pad, ten times slower than tf.concat."""
    rest = rows.shape[1] - start - length
    return rows if start == rest == 0 else tf.split(rows, [start, length, rest], axis=1)[1]


def _toeplitz(kernel: tf.Tensor, channels: int, samples: int, blocks: int) -> tf.Tensor:
    """[blocks * samples * channels, samples * filters] of a kernel [taps * channels, filters].

    A row of zeros-padded kernels, one step longer than the window: cut to windows, each starts one step
    later in the kernel than the one before. No gather, whose gradient would be a scatter.
    """
    taps, filters = kernel.shape
    window = blocks * samples * channels
    longer = tf.pad(kernel, [[0, window + channels - taps], [0, 0]])
    shifted = tf.reshape(tf.tile(longer, [samples, 1])[: samples * window], [samples, window, filters])
    return tf.reshape(tf.transpose(shifted, [1, 0, 2]), [window, samples * filters])


def dense_depthwise(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """A depthwise convolution, stride 1, VALID, as an ordinary one whose other weights are zero.

    Forward: y[..., c * multiplier + m] = the sum of channel c with kernel[:, :, c, m].

    Backward: that of the convolution; what belongs to the zeros is dropped.

    Args:
        x: [n, h, w, channels].
        kernel: [height, width, channels, multiplier].

    Returns:
        [n, h - height + 1, w - width + 1, channels * multiplier], dtype of x.

    Source: Lawhern et al.: EEGNet, arXiv 1611.08024, table 2 (the spatial filters).

    Example:
        >>> dense_depthwise(tf.ones([1, 2, 1, 2]), tf.reshape(tf.range(4.0), [2, 1, 2, 1])).numpy().tolist()
        [[[[2.0, 4.0]]]]
    """
    height, width, channels, multiplier = kernel.shape
    own = tf.eye(channels, dtype=kernel.dtype)[:, :, None]
    dense = own * kernel[:, :, :, None, :]
    dense = tf.reshape(dense, [height, width, channels, channels * multiplier])
    return tf.nn.conv2d(x, dense, strides=1, padding="VALID")


def wins(kind: str, kernel_shape: tuple[int, ...]) -> bool:
    """Whether the rewriting is faster than TensorFlow's kernel for this kernel on a CPU.

    Args:
        kind: "Conv1D", "Conv2D" or "DepthwiseConv2D".
        kernel_shape: as Keras has it: (K, c, filters), (h, w, c, filters) or (h, w, c, multiplier).

    Example:
        >>> wins("Conv2D", (1, 64, 1, 8)), wins("Conv2D", (3, 3, 1, 8)), wins("DepthwiseConv2D", (22, 1, 8, 2))
        (True, False, True)
    """
    *size, channels, filters = kernel_shape
    if kind == "DepthwiseConv2D":
        height, width = size
        few = channels <= SPATIAL_MOST_CHANNELS and filters > 1
        return few and width == 1 and height >= SPATIAL_SHORTEST
    if any(n != 1 for n in size[:-1]):
        return False
    return size[-1] >= SHORTEST and channels <= MOST_INPUTS and filters <= MOST_FILTERS


@contextmanager
def use_fast_temporal(model: tf.keras.Model, device: str | None = None) -> Iterator[tuple[str, ...]]:
    """Rewrite the layers of `model` where that wins, until the end of the `with`.

    For training: enter it before the first step, as what Keras has compiled stays as it is. Conv1D, Conv2D
    and DepthwiseConv2D layers and their quantized forms, models in models included. What is saved, and what
    a copy of the model computes, does not change. Works under mixed precision and tf.distribute.

    Args:
        model: built.
        device: "CPU" or "GPU"; None: "GPU" where TensorFlow sees one. Nothing is rewritten for a GPU.

    Yields:
        Names of the layers that are rewritten.

    Example:
        >>> entry = tf.keras.Input((8, 100, 1))
        >>> net = tf.keras.Model(entry, tf.keras.layers.Conv2D(8, (1, 64), name="temporal")(entry))
        >>> with use_fast_temporal(net, "CPU") as names:
        ...     print(names)
        ('temporal',)
    """
    gpu = device == "GPU" or (device is None and tf.config.list_logical_devices("GPU"))
    found = [] if gpu else [layer for layer in _layers(model) if _kind(layer) and _matches(layer)]
    try:
        for layer in found:
            if _kind(layer) == "DepthwiseConv2D":
                layer.call = partial(_call_depthwise, layer)
            else:
                layer.convolution_op = partial(_convolution_op, layer)
        yield tuple(layer.name for layer in found)
    finally:
        for layer in found:
            for attribute in ("call", "convolution_op"):
                if attribute in vars(layer):
                    delattr(layer, attribute)


def _layers(model: tf.keras.Model) -> list[tf.keras.layers.Layer]:
    """All layers once, in the order of the model."""
    return list({id(layer): layer for layer in model._flatten_layers(include_self=False)}.values())


def _kind(layer: tf.keras.layers.Layer) -> str:
    """The Keras class that `layer` computes as, its own or its larq form; "" for all others.

    A class that anybody derived may compute something else, so it is left alone.
    """
    for name in _KINDS:
        base = getattr(tf.keras.layers, name)
        quantized = isinstance(layer, base) and isinstance(layer, getattr(larq.layers, f"Quant{name}"))
        if type(layer) is base or quantized:
            return name
    return ""


def _matches(layer: tf.keras.layers.Layer) -> bool:
    if not layer.built or layer.data_format != "channels_last" or layer.groups != 1:
        return False
    if max(layer.strides) > 1 or max(layer.dilation_rate) > 1:
        return False
    depthwise = _kind(layer) == "DepthwiseConv2D"
    weight = layer.depthwise_kernel if depthwise else layer.kernel
    if depthwise and layer.padding != "valid":
        return False
    return wins(_kind(layer), tuple(weight.shape))


def _convolution_op(layer: tf.keras.layers.Layer, inputs: tf.Tensor, kernel: Any) -> tf.Tensor:
    """In place of `Conv.convolution_op`: Keras adds bias and activation, and pads causal layers before it."""
    if None in inputs.shape[-2:] or inputs.shape.rank != layer.rank + 2:
        return type(layer).convolution_op(layer, inputs, kernel)
    padding = "SAME" if layer.padding == "same" else "VALID"
    return toeplitz_convolution(inputs, tf.convert_to_tensor(kernel), padding)


def _call_depthwise(layer: tf.keras.layers.Layer, inputs: tf.Tensor) -> tf.Tensor:
    """In place of `DepthwiseConv2D.call`, and of larq's, which quantizes input and kernel around it."""
    quantizer = getattr(layer, "input_quantizer", None)
    if quantizer is not None:
        inputs = quantizer(inputs)
    with larq.context.quantized_scope(hasattr(layer, "input_quantizer")):
        outputs = dense_depthwise(inputs, tf.convert_to_tensor(layer.depthwise_kernel))
    if layer.use_bias:
        outputs = tf.nn.bias_add(outputs, layer.bias)
    return outputs if layer.activation is None else layer.activation(outputs)
