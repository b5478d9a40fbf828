"""Keras model -> int8 .tflite by the stock converter, and what its quantizers ask for.

The only module of this package that loads TensorFlow. The weight quantizers leave the model before it is
converted: their kernels become plain ones that hold codes * scale, so nothing of a quantizer can be left in
the graph or be folded in another way than it was trained.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.asks import Ask
from tinyq.convert.export_asks import asks_of
from tinyq.convert.export_nodes import has_activation_quantizers, network_of, reads_codes
from tinyq.convert.export_parts import export_float_parts, export_parts
from tinyq.convert.export_stock import Job, convert_float, convert_int8
from tinyq.convert.nodes import Network
from tinyq.convert.samples import check_samples, sizes
from tinyq.convert.stitch import Parts
from tinyq.core.errors import ConvertError, TinyqError
from tinyq.quantizers.branches import exportable
from tinyq.quantizers.larq_api import LAYERS, NOT_PACKED, larq, tf
from tinyq.quantizers.models import frozen_copy, load_model, named_layers

Float32Array = npt.NDArray[np.float32]

# larq's own classes, which tinyq's come from
SUPPORTED = tuple(
    getattr(larq.layers, f"Quant{kind}") for kind in LAYERS if "weights" not in NOT_PACKED.get(kind, ())
)
_QUANTIZERS = ("kernel_quantizer", "depthwise_quantizer", "pointwise_quantizer")
# Same kernels, same operators: what is left are other orders of summation.
_SAME_OUTPUTS = 1e-4
_COMPARED_SAMPLES = 4
_LONGEST_REASON = 300  # Keras quotes whole configurations
# What becomes operators that tinyq runs; another layer may still do, so it is named only if something fails.
_USUAL_LAYERS = re.compile(
    r"(InputLayer|Functional|Sequential|Model|Dense|Flatten|Reshape|ReLU|Softmax|Activation|BatchNormalization|"
    r"Add|Concatenate|Dropout|SpatialDropout[12]D|Gaussian(Noise|Dropout)|(Depthwise|Separable)?Conv[12]D|"
    r"Conv2DTranspose|"
    r"(Global)?(Average|Max)Pooling[12]D|ZeroPadding[12]D)"
)
_USUAL_ACTIVATIONS = ("linear", "relu", "relu6", "softmax")


@dataclass(frozen=True, eq=False)
class ExportedModel:
    """What the stock converter made, and what is asked of it.

    Args:
        tflite: the int8 .tflite: batch 1, int8 input and output, weights with a scale a channel.
        asks: one for each kernel with a quantizer, in layer order.
        unusual: "layer (class)" of those that operators which tinyq does not know can come from.
        parts: where activations have few levels: the low-bit part, and how it is joined with `tflite`, which
            is only the int8 part of the model then (b"" if it has none).
    """

    tflite: bytes
    asks: tuple[Ask, ...]
    unusual: tuple[str, ...]
    parts: Parts | None = None


def export_int8(
    model_path: Path,
    representative: npt.NDArray[Any],
    progress: Callable[[int, int], None] | None = None,
) -> ExportedModel:
    """Convert a Keras model to int8 with TensorFlow's own converter.

    Args:
        model_path: a .keras file.
        representative: float32 [n, ...], n >= 1 inputs without the batch axis of the model's.
        progress: called with (samples done, n).

    Raises:
        ConvertError: the file is no Keras model; weights are NaN or infinite (all of them in one error); the
            calibration data are empty, of another shape or dtype, or not finite; a size other than the batch
            is open; a layer is quantized in a way that cannot be packed (all in one error); a quantizer's
            integers are not what its layer computes with; TensorFlow cannot convert the model.
    """
    where = str(model_path)
    model, plain, asks = _opened(model_path, representative)
    unusual = tuple(_unusual_layers(model))
    if not has_activation_quantizers(model):
        job = _job(plain, representative, where, unusual)
        return ExportedModel(convert_int8(job, progress), asks, unusual)
    network = network_of(model, plain, where)
    tflite, parts = export_parts(network, plain, (where, unusual), representative, progress)
    return ExportedModel(tflite, _asks_of_int8(asks, network), unusual, parts)


def export_float(model_path: Path, representative: npt.NDArray[Any] | None = None) -> ExportedModel:
    """Convert a Keras model to float32 built-in operators with TensorFlow's own converter.

    Args:
        model_path: a .keras file.
        representative: as for `export_int8`; only compared with here, so random numbers do as well.

    Raises:
        ConvertError: as `export_int8`.
    """
    where = str(model_path)
    model, plain, asks = _opened(model_path, representative)
    unusual = tuple(_unusual_layers(model))
    if not has_activation_quantizers(model):
        shape = (1, *plain.inputs[0].shape[1:])
        return ExportedModel(
            convert_float(_job(plain, np.zeros(shape, np.float32), where, unusual)), asks, unusual
        )
    network = network_of(model, plain, where)
    tflite, parts = export_float_parts(network, plain, (where, unusual))
    return ExportedModel(tflite, _asks_of_int8(asks, network), unusual, parts)


def _opened(
    path: Path, samples: npt.NDArray[Any] | None
) -> tuple[tf.keras.Model, tf.keras.Model, tuple[Ask, ...]]:
    """A checked model as it is exported, its copy without quantizers, and what they ask for."""
    where = str(path)
    model = _load(path)
    shape = _input_shape(model, where)
    if samples is None:
        samples = np.random.default_rng(0).normal(size=(_COMPARED_SAMPLES, *shape)).astype(np.float32)
    check_samples(samples, shape)
    _check_weights(model, where)
    _check_layers(model, where)
    model = exportable(model, where)
    asks = asks_of(model, where)
    plain = frozen_copy(model)
    _check_outputs(model, plain, samples, where)
    return model, plain, asks


def _asks_of_int8(asks: tuple[Ask, ...], network: Network) -> tuple[Ask, ...]:
    """What is asked of the int8 part: the low-bit layers are not in it, and refusals speak for themselves."""
    others = {node.data.keras for node in network.nodes if node.kind == "low"}
    others |= {refusal.keras for refusal in network.refusals}
    return tuple(ask for ask in asks if ask.name not in others)


def _job(plain: tf.keras.Model, samples: Float32Array, where: str, unusual: Sequence[str]) -> Job:
    """The whole model, at batch 1: an open one leaves shape arithmetic in the graph."""
    spec = tf.TensorSpec((1, *samples.shape[1:]), tf.float32, name=plain.input_names[0])
    function = tf.function(
        lambda x: dict(zip(plain.output_names, tf.nest.flatten(plain(x, training=False)), strict=True))
    ).get_concrete_function(spec)

    def each() -> Iterator[list[Float32Array]]:
        return ([samples[i : i + 1]] for i in range(len(samples)))

    return Job(function, plain, each, len(samples), where, unusual)


def _unusual_layers(model: tf.keras.Model) -> Iterator[str]:
    for path, layer in named_layers(model):
        kind = type(layer).__name__
        activation = getattr(layer, "activation", None)
        name = getattr(activation, "__name__", type(activation).__name__)
        if not isinstance(layer, SUPPORTED) and not _USUAL_LAYERS.fullmatch(kind):
            yield f"{path} ({kind})"
        elif activation is not None and name not in _USUAL_ACTIVATIONS:
            yield f"{path} (activation {name})"


def _load(path: Path) -> tf.keras.Model:
    try:
        with zipfile.ZipFile(path) as archive:
            version = str(json.loads(archive.read("metadata.json"))["keras_version"])
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError):
        version = "2."  # load_model says what is wrong
    if not version.startswith("2."):
        raise ConvertError(
            str(path),
            f"was saved by Keras {version}",
            "a file of Keras 2 (tf-keras), which larq's layers need",
            "save it with TF_USE_LEGACY_KERAS=1 set; or have TFLite make an int8 .tflite of it and "
            "convert that: ternary and binary kernels are found there too",
        )
    try:
        return load_model(path)
    except TinyqError as error:
        lambdas = _lambda_layers(path)
        if lambdas:
            raise ConvertError(
                str(path),
                f"Lambda layers, whose Python code Keras does not load: {', '.join(lambdas)}",
                "layers of Keras and tinyq",
                "put layers of Keras in their place, or compute it before the model; train and save again",
            ) from error
        raise ConvertError(error.where, error.got[:_LONGEST_REASON], error.allowed, error.remedy) from error


def _lambda_layers(path: Path) -> list[str]:
    """Names of the Lambda layers of a .keras file; none of a file that cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            left = [json.loads(archive.read("config.json"))]
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):
        return []
    names = []
    while left:
        value = left.pop()
        if isinstance(value, dict) and value.get("class_name") == "Lambda":
            names.append(str((value.get("config") or {}).get("name")))
        elif isinstance(value, (dict, list)):
            left.extend(reversed(value.values() if isinstance(value, dict) else value))
    return names


def _input_shape(model: tf.keras.Model, where: str) -> tuple[int, ...]:
    """The model's input shape without the batch."""
    if not isinstance(model, tf.keras.Sequential) and not getattr(model, "_is_graph_network", False):
        raise ConvertError(where, f"a subclassed model ({type(model).__name__})", "Sequential or functional")
    inputs = model.inputs
    if not inputs or len(inputs) != 1:
        raise ConvertError(where, f"{len(inputs or ())} inputs", "one input")
    if inputs[0].dtype != tf.float32:
        raise ConvertError(where, f"input {inputs[0].dtype.name}", "float32")
    shape = tuple(inputs[0].shape[1:])
    if None in shape:
        raise ConvertError(
            where,
            f"input shape {sizes('n', *shape)}",
            "fixed sizes, only the batch may be open",
            "build the model with every size of its input given, and save it again",
        )
    return shape


def _check_weights(model: tf.keras.Model, where: str) -> None:
    lines = []
    for path, layer in named_layers(model):
        for variable in layer.weights:
            values = np.asarray(variable.numpy(), np.float64)
            nan, inf = int(np.isnan(values).sum()), int(np.isinf(values).sum())
            if nan or inf:
                name = variable.name.split("/")[-1].split(":")[0]
                lines.append(f"\n  {path}.{name}: {nan} NaN and {inf} infinite of {values.size}")
    if lines:
        got = f"weights are not finite:{''.join(lines)}"
        raise ConvertError(where, got, remedy="training diverged: lower the learning rate and train again")


def _check_layers(model: tf.keras.Model, where: str) -> None:
    """Refuse what is quantized in a way that no packed operator computes."""
    lines = [f"\n  {path}: {why}" for path, layer in named_layers(model) for why in _obstacles(layer)]
    if lines:
        raise ConvertError(
            where,
            f"layers that cannot be converted:{''.join(lines)}",
            f"weight quantizers on {', '.join(kind.__name__ for kind in SUPPORTED)}",
            "take these quantizers out, or use the layers above",
        )


def _obstacles(layer: tf.keras.layers.Layer) -> Iterator[str]:
    kind = type(layer).__name__
    if any(getattr(layer, name, None) is not None for name in _QUANTIZERS) and not isinstance(
        layer, SUPPORTED
    ):
        yield f"a weight quantizer on {kind}"
    if getattr(layer, "pad_values", 0) != 0 and layer.padding == "same" and not reads_codes(layer):
        yield f"pad_values {layer.pad_values}: TFLite pads with 0"
    inner = [m for m in layer.submodules if any(getattr(m, name, None) is not None for name in _QUANTIZERS)]
    if inner:
        yield f"a quantized {type(inner[0]).__name__} inside a {kind}"


def _check_outputs(model: tf.keras.Model, plain: tf.keras.Model, samples: Float32Array, where: str) -> None:
    """The model with plain kernels must compute what the trained one does."""
    batch = tf.constant(samples[:_COMPARED_SAMPLES])
    pairs = zip(tf.nest.flatten(model(batch)), tf.nest.flatten(plain(batch)), strict=True)
    for before, after in pairs:
        if not np.isfinite(before).all():
            raise ConvertError(
                where,
                f"for calibration data its outputs are NaN or infinite; {_largest_weight(model)}",
                "outputs that float32 can hold",
                "training diverged, or the calibration data are not what it was trained on",
            )
        largest = float(tf.reduce_max(tf.abs(before - after)))
        allowed = _SAME_OUTPUTS * max(1.0, float(tf.reduce_max(tf.abs(before))))
        if not largest <= allowed:
            raise ConvertError(
                where,
                f"without its quantizers the model's outputs differ by {largest:.3g}",
                f"at most {allowed:.3g}",
                "a layer quantizes its weights out of tinyq's sight: use the layers of tinyq.quantizers",
            )


def _largest_weight(model: tf.keras.Model) -> str:
    found = [
        (float(np.abs(values).max(initial=0)), path)
        for path, layer in named_layers(model)
        for values in layer.get_weights()
    ]
    largest, path = max(found, default=(0.0, "no layer"))
    return f"the largest of its weights is {largest:.3g}, in {path}"
