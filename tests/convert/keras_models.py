"""Keras models in files, and their conversion with the stock int8 file beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tinyq.convert import convert
from tinyq.convert.report import ConvertReport


def keras() -> Any:
    from tinyq.quantizers.larq_api import tf

    return tf.keras


def save(tmp_path: Path, outputs_of: Any, shape: tuple[int, ...], seed: int = 0) -> Path:
    """Save a model input -> outputs_of(input) with random batch-norm values, half of the gains negative."""
    k = keras()
    k.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = k.Input(shape)
    model = k.Model(x, outputs_of(x))
    for layer in model.layers:
        if isinstance(layer, k.layers.BatchNormalization):
            n = layer.gamma.shape[0]
            gains = rng.uniform(0.5, 1.5, n) * np.where(np.arange(n) % 2, 1, -1)
            layer.set_weights([gains, rng.normal(size=n), rng.normal(size=n), rng.uniform(0.5, 2, n)])
        elif getattr(layer, "use_bias", False):
            *kernels, bias = layer.get_weights()
            layer.set_weights([*kernels, rng.normal(size=bias.shape) * 0.1])
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def samples(shape: tuple[int, ...], count: int = 24, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, *shape)).astype(np.float32)


def run(path: Path, shape: tuple[int, ...], **how: Any) -> ConvertReport:
    out = path.parent
    return convert(path, out / "packed.tflite", samples(shape), keep_int8=out / "int8.tflite", **how)


def simple(x: Any) -> Any:
    from tinyq.quantizers import QuantConv2D, QuantDense, Ternary

    x = QuantConv2D(4, 3, kernel_quantizer=Ternary(), name="conv")(x)
    return QuantDense(3, kernel_quantizer=Ternary(), name="head")(keras().layers.Flatten()(x))
