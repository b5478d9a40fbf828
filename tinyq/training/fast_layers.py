"""The rewritings of `temporal`, `temporal_norm`, `fast_codes` and `fast_larq` in the layers of a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from tinyq.quantizers import larq_api
from tinyq.quantizers.larq_api import larq, tf
from tinyq.training.fast_codes import call_with_codes, depthwise_operation, takes_codes
from tinyq.training.fast_larq import fast_larq
from tinyq.training.temporal import dense_depthwise, toeplitz_convolution, wins
from tinyq.training.temporal_norm import batch_moments, mix_and_filter

Layer = tf.keras.layers.Layer
_KINDS = ("Conv1D", "Conv2D", "DepthwiseConv2D")
_TAG = "_tinyq_made_of"  # on a tensor: what the next layer needs to compute its part from the start


@dataclass(frozen=True, eq=False)
class _Convolved:
    x: tf.Tensor
    kernel: tf.Tensor
    padding: str


@dataclass(frozen=True, eq=False)
class _Normed:
    of: _Convolved
    norm: tuple[tf.Tensor, tf.Tensor]


@contextmanager
def use_fast_layers(model: tf.keras.Model, device: str | None = None) -> Iterator[tuple[str, ...]]:
    """Rewrite the layers of `model` where that wins on a CPU, until the end of the `with`.

    For training: enter it before the first step, as what Keras has compiled stays as it is. Reaches Conv1D,
    Conv2D and DepthwiseConv2D layers and their quantized forms, models in models included: long kernels over
    time of few channels; with a batch norm and a depthwise convolution behind them, in float32, all three
    computed as one; inputs that an RTNActivation or EncodingActivation quantizes. larq's own activation
    quantizers take fewer passes, bit for bit the same. What is saved, and what a copy of the model computes,
    does not change. Works under mixed precision and tf.distribute. Which layers: by class and shape alone
    (`wins`), so a resumed training computes the same bits.

    Args:
        model: built.
        device: "CPU" or "GPU"; None: "GPU" where TensorFlow sees one. Nothing is rewritten for a GPU.

    Yields:
        Names of the layers that are rewritten, larq's quantizers not among them.

    Example:
        >>> entry = tf.keras.Input((8, 100, 1))
        >>> net = tf.keras.Model(entry, tf.keras.layers.Conv2D(8, (1, 64), name="temporal")(entry))
        >>> with use_fast_layers(net, "CPU") as names:
        ...     print(names)
        ('temporal',)
    """
    gpu = device == "GPU" or (device is None and tf.config.list_logical_devices("GPU"))
    found = {} if gpu else _rewritten(list(model._flatten_layers(include_self=False)))
    try:
        for (layer, attribute), function in found.items():
            setattr(layer, attribute, function)
        yield tuple(dict.fromkeys(layer.name for layer, _ in found if _kind(layer) or _plain_norm(layer)))
    finally:
        for layer, attribute in found:
            delattr(layer, attribute)


def _rewritten(layers: list[Layer]) -> dict[tuple[Layer, str], Any]:
    """What to set: (layer, method) -> what is called instead; nothing that is set already."""
    found: dict[tuple[Layer, str], Any] = {}
    for layer in layers:
        if quantizer := fast_larq(layer):
            found[quantizer[0]] = quantizer[1]
        kind = _kind(layer)
        if not kind or not layer.built or layer.data_format != "channels_last" or layer.groups != 1:
            continue
        if takes_codes(layer, kind):
            found[layer, "call"] = partial(call_with_codes, layer, kind)
        elif kind == "DepthwiseConv2D" and depthwise_operation(layer) is dense_depthwise:
            found.setdefault((layer, "call"), partial(_call_depthwise, layer))
        if kind != "DepthwiseConv2D" and _slides(layer) and wins(kind, tuple(layer.kernel.shape)):
            head = _head(layer)
            found[layer, "convolution_op"] = partial(_convolution_op, layer, bool(head))
            if head:
                found[head[0], "call"] = partial(_call_norm, head[0])
                found[head[1], "call"] = partial(_call_depthwise, head[1])
    return {place: call for place, call in found.items() if place[1] not in vars(place[0])}


def _kind(layer: Layer) -> str:
    """The Keras class that `layer` computes as, its own or its quantized form; "" for all others.

    A class that anybody derived may compute something else, so it is left alone.
    """
    for name in _KINDS:
        quantized = (getattr(home, f"Quant{name}") for home in (larq_api, larq.layers))
        if type(layer) in (getattr(tf.keras.layers, name), *quantized):
            return name
    return ""


def _slides(layer: Layer) -> bool:
    """By one step, over neighbours."""
    return max(layer.strides) == 1 == max(layer.dilation_rate)


def _head(layer: Layer) -> tuple[Layer, Layer] | None:
    """The batch norm and the depthwise convolution that alone follow `layer`, if all can be one."""
    norm, _ = _next(layer)
    spatial, height = _next(norm) if _plain_norm(norm) else (None, None)
    if spatial is None or _kind(spatial) != "DepthwiseConv2D" or not _slides(spatial):
        return None
    if spatial.padding != "valid" or spatial.data_format != "channels_last":
        return None
    if getattr(spatial, "input_quantizer", None) is not None or takes_codes(layer, _kind(layer)):
        return None
    one = layer.kernel.shape[-2] == 1 and layer.activation is tf.keras.activations.linear
    whole = tuple(spatial.kernel_size) == (height, 1)
    few = whole and layer.kernel.shape[-1] * spatial.depth_multiplier < height  # else no rows are saved
    float32 = {each.compute_dtype for each in (layer, norm, spatial)} == {"float32"}
    return (norm, spatial) if one and few and float32 and not layer.use_bias else None


def _plain_norm(norm: Layer | None) -> bool:
    """A fused batch norm of images, each replica by itself."""
    if type(norm) is not tf.keras.layers.BatchNormalization or not norm.fused or list(norm.axis) != [3]:
        return False
    return not (norm.renorm or norm.virtual_batch_size or getattr(norm, "synchronized", False))


def _next(layer: Layer) -> tuple[Layer | None, int | None]:
    """The one layer that `layer` was connected to, and the height of what it gets."""
    after = layer._outbound_nodes
    return (after[0].layer, after[0].input_shapes[1]) if len(after) == 1 else (None, None)


@tf.autograph.experimental.do_not_convert
def _convolution_op(layer: Layer, head: bool, inputs: tf.Tensor, kernel: Any) -> tf.Tensor:
    """In place of `Conv.convolution_op`: Keras adds bias and activation, and pads causal layers before it."""
    if None in inputs.shape[-2:] or inputs.shape.rank != layer.rank + 2:
        return type(layer).convolution_op(layer, inputs, kernel)
    padding = "SAME" if layer.padding == "same" else "VALID"
    kernel = tf.convert_to_tensor(kernel)
    outputs = toeplitz_convolution(inputs, kernel, padding)
    if head and inputs.shape[1] is not None:
        setattr(outputs, _TAG, _Convolved(inputs, kernel, padding))
    return outputs


@tf.autograph.experimental.do_not_convert
def _call_norm(layer: Layer, inputs: tf.Tensor, training: Any = None, mask: Any = None) -> tf.Tensor:
    """In place of `BatchNormalization.call`, with the same moving averages."""
    source = getattr(inputs, _TAG, None)
    now = layer._get_training_value(training)
    if not isinstance(source, _Convolved) or tf.is_tensor(now) or not now:
        return type(layer).call(layer, inputs, training=training, mask=mask)
    mean, variance = batch_moments(source.x, source.kernel, source.padding)
    size = tf.size(inputs)  # 0: tf.distribute had no samples left for this replica, the averages stay
    for average, value in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
        layer.add_update(partial(layer._assign_moving_average, average, value, layer.momentum, size))
    count = tf.cast(size // inputs.shape[-1], tf.float32)
    scale = tf.math.rsqrt(variance * (count - 1.0) / count + layer.epsilon)
    if layer.gamma is not None:
        scale *= layer.gamma
    shift = -mean * scale
    if layer.beta is not None:
        shift += layer.beta
    outputs = inputs * scale + shift  # dropped by TensorFlow where only the next layer looks at it
    setattr(outputs, _TAG, _Normed(source, (scale, shift)))
    return outputs


@tf.autograph.experimental.do_not_convert
def _call_depthwise(layer: Layer, inputs: tf.Tensor) -> tf.Tensor:
    """In place of `DepthwiseConv2D.call`, and of larq's, which quantizes input and kernel around it."""
    quantized = hasattr(layer, "input_quantizer")
    source = getattr(inputs, _TAG, None)
    if quantized and layer.input_quantizer is not None:
        inputs, source = layer.input_quantizer(inputs), None
    with larq.context.quantized_scope(quantized):
        kernel = tf.convert_to_tensor(layer.depthwise_kernel)
    if isinstance(source, _Normed) and source.of.x.shape[1] == kernel.shape[0]:
        made = source.of
        outputs = mix_and_filter(made.x, made.kernel, source.norm, kernel, made.padding)
    else:
        outputs = depthwise_operation(layer)(inputs, kernel)
    if layer.use_bias:
        outputs = tf.nn.bias_add(outputs, layer.bias)
    return outputs if layer.activation is None else layer.activation(outputs)
