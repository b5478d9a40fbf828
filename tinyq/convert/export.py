"""Keras model -> int8 .tflite by the stock converter, and what its quantizers ask for.

The only module of this package that loads TensorFlow. The weight quantizers leave the model before it is
converted: their kernels become plain ones that hold codes * scale, so nothing of a quantizer can be left in
the graph or be folded in another way than it was trained.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.asks import Ask
from tinyq.convert.filters import rows_of, several_magnitudes
from tinyq.convert.samples import check_samples, sizes
from tinyq.core.errors import ConvertError, TinyqError
from tinyq.quantizers.larq_api import (
    QuantConv1D,
    QuantConv2D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantSeparableConv2D,
    tf,
)
from tinyq.quantizers.models import QuantizedKernel, frozen_copy, load_model, named_layers, quantized_kernels

Float32Array = npt.NDArray[np.float32]

SUPPORTED = (QuantConv1D, QuantConv2D, QuantDense, QuantDepthwiseConv2D, QuantSeparableConv2D)
_QUANTIZERS = ("kernel_quantizer", "depthwise_quantizer", "pointwise_quantizer")
# Same kernels, same operators: what is left are other orders of summation.
_SAME_OUTPUTS = 1e-4
_COMPARED_SAMPLES = 4
_FAINT = 5e-7 / 254  # the converter's ranges reach to 5e-7 at least: int8 holds zeros for what is below
_LONGEST_REASON = 300  # Keras quotes whole configurations
# What becomes operators that tinyq runs; another layer may still do, so it is named only if something fails.
_USUAL_LAYERS = re.compile(
    r"(InputLayer|Functional|Sequential|Model|Dense|Flatten|Reshape|ReLU|Softmax|Activation|BatchNormalization|"
    r"Add|Concatenate|Dropout|SpatialDropout[12]D|Gaussian(Noise|Dropout)|(Depthwise|Separable)?Conv[12]D|"
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
    """

    tflite: bytes
    asks: tuple[Ask, ...]
    unusual: tuple[str, ...]


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
    model = _load(model_path)
    shape = _input_shape(model, where)
    check_samples(representative, shape)
    _check_weights(model, where)
    _check_layers(model, where)
    asks = _asks(model, where)
    plain = frozen_copy(model)
    _check_outputs(model, plain, representative, where)
    unusual = tuple(_unusual_layers(model))
    return ExportedModel(_convert(plain, representative, progress, where, unusual), asks, unusual)


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
    if any(base.__module__ == "larq.quantizers" for base in type(layer).__mro__):
        yield f"the quantizer {kind} used as a layer: activations are int8 by calibration"
        return
    if getattr(layer, "input_quantizer", None) is not None:
        name = type(layer.input_quantizer).__name__
        yield f"input quantizer {name}: activations are int8 by calibration, give input_quantizer=None"
    if any(getattr(layer, name, None) is not None for name in _QUANTIZERS) and not isinstance(
        layer, SUPPORTED
    ):
        yield f"a weight quantizer on {kind}"
    if getattr(layer, "pad_values", 0) != 0 and layer.padding == "same":
        yield f"pad_values {layer.pad_values}: TFLite pads with 0"
    inner = [m for m in layer.submodules if any(getattr(m, name, None) is not None for name in _QUANTIZERS)]
    if inner:
        yield f"a quantized {type(inner[0]).__name__} inside a {kind}"


def _asks(model: tf.keras.Model, where: str) -> tuple[Ask, ...]:
    """What every quantizer asks for, verified against what its layer computes with."""
    asks, broken = [], []
    for kernel in quantized_kernels(model):
        computed = kernel.quantizer(tf.constant(kernel.latent)).numpy()
        if hasattr(kernel.quantizer, "integers") and hasattr(kernel.quantizer, "spec"):
            codes, scale = kernel.quantizer.integers(kernel.latent)
            different = int(np.count_nonzero(codes * scale != computed))
            if different:
                broken.append(
                    f"\n  {kernel.layer}.{kernel.weight}: codes * scale of {type(kernel.quantizer).__name__} "
                    f"differs from the kernel in {different} of {computed.size} weights"
                )
            asks.append(_ask(kernel, computed, codes, kernel.quantizer.spec().scheme))
        else:
            asks.append(_ask_by_values(kernel, computed))
    if broken:
        raise ConvertError(
            where,
            f"quantizers break their contract:{''.join(broken)}",
            "integers(w) gives codes and scale with codes * scale == call(w)",
            "run tinyq.quantizers.check_quantizer on them",
        )
    return tuple(asks)


def _ask(
    kernel: QuantizedKernel, computed: Float32Array, codes: npt.NDArray[Any], scheme: Any, refusal: str = ""
) -> Ask:
    depthwise = kernel.weight == "depthwise_kernel"
    name = type(kernel.quantizer).__name__
    ordered = filter_order(codes.astype(np.int8), depthwise)
    largest = np.abs(rows_of(filter_order(computed, depthwise), depthwise)).max(axis=1)
    return Ask(kernel.layer, kernel.weight, name, scheme, ordered, depthwise, refusal, largest < _FAINT)


def _ask_by_values(kernel: QuantizedKernel, computed: Float32Array) -> Ask:
    """A quantizer of someone else, which says nothing of integers: its values tell what it is."""
    depthwise = kernel.weight == "depthwise_kernel"
    reason = several_magnitudes(rows_of(filter_order(computed, depthwise), depthwise))
    scheme = None if reason else "a8w1" if computed.all() else "a8wt"
    refusal = f"{type(kernel.quantizer).__name__} is neither ternary nor binary: {reason}" if reason else ""
    return _ask(kernel, computed, np.sign(computed), scheme, refusal)


def filter_order(kernel: npt.NDArray[Any], depthwise: bool) -> npt.NDArray[Any]:
    """A Keras kernel in TFLite's order: dense OI, conv (1-D ones too) OHWI, depthwise 1HWO.

    Example:
        >>> filter_order(np.zeros((5, 3, 8)), depthwise=False).shape  # Conv1D: (width, c_in, c_out)
        (8, 1, 5, 3)
    """
    if depthwise:
        return kernel.reshape(1, *kernel.shape[:2], -1)
    if kernel.ndim == 3:
        kernel = kernel[None]
    return np.ascontiguousarray(np.moveaxis(kernel, -1, 0))


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


def _convert(
    model: tf.keras.Model,
    samples: Float32Array,
    progress: Callable[[int, int], None] | None,
    where: str,
    unusual: Sequence[str],
) -> bytes:
    """TensorFlow's full int8 conversion, at batch 1: an open one leaves shape arithmetic in the graph."""
    spec = tf.TensorSpec((1, *samples.shape[1:]), tf.float32, name=model.input_names[0])
    function = tf.function(
        lambda x: dict(zip(model.output_names, tf.nest.flatten(model(x, training=False)), strict=True))
    ).get_concrete_function(spec)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    with _Mute() as mute:

        def calibration() -> Iterator[list[Float32Array]]:
            for i in range(len(samples)):
                yield [samples[i : i + 1]]
                if progress:
                    with mute.lifted():
                        progress(i + 1, len(samples))

        converter.representative_dataset = calibration
        try:
            return bytes(converter.convert())
        except Exception as error:  # the converter raises what it likes
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise ConvertError(
                where,
                f"TensorFlow cannot convert it to int8: {reason[0]}",
                remedy=" ".join(["use layers that TFLite has in int8", *_instead_of(unusual)]),
            ) from error


def _instead_of(unusual: Sequence[str]) -> Iterator[str]:
    if unusual:
        yield f"instead of {', '.join(unusual)}"


class _Mute:
    """Takes stderr away while TensorFlow's converter runs, which reports its progress there from C++."""

    def __enter__(self) -> _Mute:
        sys.stderr.flush()
        self._stderr = os.dup(2)
        self._sink = tempfile.TemporaryFile()  # noqa: SIM115  (closed in __exit__)
        os.dup2(self._sink.fileno(), 2)
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.simplefilter("ignore")
        return self

    def __exit__(self, *exception: object) -> None:
        self._warnings.__exit__(None, None, None)
        sys.stderr.flush()
        os.dup2(self._stderr, 2)
        os.close(self._stderr)
        self._sink.close()

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Give stderr back for a moment."""
        os.dup2(self._stderr, 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(self._sink.fileno(), 2)
