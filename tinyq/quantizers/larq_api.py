"""All contact with larq and with what Keras keeps private: the day larq goes, this file changes.

Importing it loads TensorFlow with Keras 2 (`tf-keras`), the only Keras that larq knows; the rest of tinyq
takes `tf` from here, so that it cannot be loaded with another.
"""

from __future__ import annotations

import importlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Both are read when TensorFlow is imported, so they come first.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tinyq.core.errors import QuantizerError, TinyqError
from tinyq.core.spec import PER_CHANNEL, QuantSpec

if not tf.keras.layers.Layer.__module__.startswith("tf_keras."):
    raise TinyqError(
        "TensorFlow",
        f"uses the Keras of {tf.keras.layers.Layer.__module__}",
        "Keras 2 (tf-keras), because larq needs it",
        "set TF_USE_LEGACY_KERAS=1 before TensorFlow is imported, or import tinyq.quantizers first",
    )

import larq
from larq.layers import (
    QuantConv1D,
    QuantConv2D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantSeparableConv2D,
)

__all__ = [
    "QuantConv1D",
    "QuantConv2D",
    "QuantDense",
    "QuantDepthwiseConv2D",
    "QuantSeparableConv2D",
    "QuantizedKernel",
    "WeightQuantizer",
    "frozen_copy",
    "load_model",
    "named_layers",
    "quantized_kernels",
    "reduced_axes",
    "register",
    "straight_through",
    "tf",
]

Codes = npt.NDArray[np.int8]
Scale = npt.NDArray[np.float32]

# One line a weight that a layer may quantize: variable -> attribute of the layer that holds its quantizer.
_QUANTIZER_OF = {
    "kernel": "kernel_quantizer",
    "depthwise_kernel": "depthwise_quantizer",
    "pointwise_kernel": "pointwise_quantizer",
}

# Saved in a .keras file as "tinyq>Ternary"; a fresh process finds the class again by its module.
register = tf.keras.utils.register_keras_serializable(package="tinyq")


def reduced_axes(rank: int, axis: tuple[int, ...]) -> tuple[int, ...]:
    """The axes that share a scale, all but `axis`.

    Raises:
        QuantizerError: the kernel has too few axes: no two weights would share a scale.

    Example:
        >>> reduced_axes(4, (-2, -1))
        (0, 1)
    """
    kept = {rank + a for a in axis}
    if any(a < 0 for a in kept) or len(kept) >= rank:
        raise QuantizerError(
            f"axis={axis}",
            f"a kernel with {rank} axes",
            f"at least {max(-a for a in axis) + (len(kept) >= rank)} axes, so that weights share a scale",
            "axis=(-1,) for conv and dense kernels, (-2, -1) for depthwise ones",
        )
    return tuple(a for a in range(rank) if a not in kept)


@tf.custom_gradient
def straight_through(x: tf.Tensor, quantized: tf.Tensor) -> tf.Tensor:
    """Forward: `quantized`, untouched. Backward: the identity to `x`, nothing to `quantized`.

    `x + stop_gradient(quantized - x)` has the same gradient but rounds: the sum is not `quantized`
    to the last bit, so it would not be codes * scale either.
    """
    return tf.identity(quantized), lambda upstream: (upstream, None)


class WeightQuantizer(larq.quantizers.Quantizer, ABC):
    """Base of tinyq's weight quantizers: a Keras object for `kernel_quantizer=` of the Quant layers.

    A subclass gives `project(x)`, `spec()` and, if it takes more than `axis`, `get_config()`.

    Args:
        axis: axes of the kernel with a scale of their own, negative, Keras order. (-1,): one scale an output
            channel of a conv or dense kernel. A *depthwise* kernel is (h, w, channels, multiplier): its
            output channels are the last two axes, so it needs (-2, -1), or `DEPTHWISE`; with (-1,) all its
            channels would silently share one scale. (): one scale for the kernel.

    Raises:
        SpecError: an axis is not negative.
    """

    def __init__(self, axis: tuple[int, ...] | int = PER_CHANNEL, **keras: Any) -> None:
        super().__init__(**keras)
        self.axis = (axis,) if isinstance(axis, int) else tuple(axis)
        self.spec()

    @abstractmethod
    def spec(self) -> QuantSpec:
        """Levels and axes of the codes that `integers` gives."""

    @abstractmethod
    def project(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes (dtype of x, shape of x) and scale (dtype of x, size 1 on every axis that shares one)."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """codes * scale with an identity gradient; shape and dtype of x."""
        x = tf.convert_to_tensor(x)
        codes, scale = self.project(x)
        return straight_through(x, codes * scale)

    def integers(self, w: npt.ArrayLike) -> tuple[Codes, Scale]:
        """What the converter stores for the latent kernel `w`.

        Returns:
            codes, int8, shape of w; scale, float32, shape of w with 1 on every axis not in `axis`.
            codes * scale equals `call(w)` bit for bit.

        Raises:
            QuantizerError: a weight is NaN or infinite.
        """
        w = np.asarray(w, np.float32)
        nan, inf = int(np.isnan(w).sum()), int(np.isinf(w).sum())
        if nan or inf:
            raise QuantizerError(
                f"{type(self).__name__}.integers",
                f"{nan} NaN and {inf} infinite among {w.size} weights",
                "finite weights",
                "training diverged: lower the learning rate",
            )
        codes, scale = self.project(tf.constant(w))
        return codes.numpy().astype(np.int8), scale.numpy()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {**super().get_config(), "axis": list(self.axis)}


@dataclass(frozen=True, eq=False)
class QuantizedKernel:
    """One kernel of a model that has a quantizer.

    Args:
        layer: the layer's name, with the names of nested models before it ("encoder/conv_1").
        weight: "kernel", "depthwise_kernel" or "pointwise_kernel".
        quantizer: the object given to the layer.
        latent: the float32 kernel that training updates, Keras order.
    """

    layer: str
    weight: str
    quantizer: Any
    latent: npt.NDArray[np.float32]


def quantized_kernels(model: tf.keras.Model) -> Iterator[QuantizedKernel]:
    """Every kernel of `model` that has a quantizer, in layer order, nested models included."""
    for path, layer in named_layers(model):
        for weight, attribute in _QUANTIZER_OF.items():
            quantizer = getattr(layer, attribute, None)
            if quantizer is not None:
                with larq.context.quantized_scope(False):
                    latent = getattr(layer, weight).numpy()
                yield QuantizedKernel(path, weight, quantizer, latent)


def frozen_copy(model: tf.keras.Model) -> tf.keras.Model:
    """The same network without weight quantizers; its kernels hold what the quantizers gave.

    It computes the same outputs. It is what to convert: TFLite's converter folds the arithmetic of a
    quantizer into a constant for some layers and sizes only, and leaves it in the graph for the others.

    Raises:
        QuantizerError: a weight is NaN or infinite.
    """
    frozen = type(model).from_config(_without_quantizers(model.get_config()))
    with larq.context.quantized_scope(False):
        frozen.set_weights(model.get_weights())
        copies = dict(named_layers(frozen))
        for path, layer in named_layers(model):
            for weight, attribute in _QUANTIZER_OF.items():
                quantizer = getattr(layer, attribute, None)
                if quantizer is not None:
                    kernel = _quantized(quantizer, getattr(layer, weight).numpy())
                    getattr(copies[path], weight).assign(kernel)
    return frozen


def _quantized(quantizer: Any, latent: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What a layer computes with; a quantizer that is none of tinyq's has no integers."""
    if hasattr(quantizer, "integers"):
        codes, scale = quantizer.integers(latent)
        return np.asarray(codes * scale, np.float32)
    return np.asarray(quantizer(tf.constant(latent)), np.float32)


def _without_quantizers(config: Any) -> Any:
    if isinstance(config, dict):
        none = _QUANTIZER_OF.values()
        return {key: None if key in none else _without_quantizers(value) for key, value in config.items()}
    if isinstance(config, list):
        return [_without_quantizers(item) for item in config]
    return config


def named_layers(model: tf.keras.Model, prefix: str = "") -> Iterator[tuple[str, tf.keras.layers.Layer]]:
    """(path, layer) of every layer, those of nested models included."""
    for layer in model.layers:
        path = f"{prefix}{layer.name}"
        if isinstance(layer, tf.keras.Model):
            yield from named_layers(layer, f"{path}/")
        else:
            yield path, layer


def load_model(path: Path) -> tf.keras.Model:
    """Read a .keras file with tinyq's quantizers and larq's layers in it.

    Raises:
        TinyqError: there is no such file, it is damaged, or it needs a class that is not known here.
    """
    # Keras finds registered classes only; without this a quantizer would stay a string until it is called.
    importlib.import_module("tinyq.quantizers.make")
    try:
        return tf.keras.models.load_model(path, compile=False)
    except Exception as error:  # zipfile, h5py, json and Keras each raise their own
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise TinyqError(
            str(path), f"cannot be read as a Keras model: {reason[0]}", "a .keras file that tinyq train wrote"
        ) from error
