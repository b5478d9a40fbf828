"""Networks as after some training, and the runtimes that run what `convert` writes of them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from lce_cases import lce_interpreter

from tinyq.graph import read


def randomize(model: Any, seed: int = 0) -> Any:
    """Batch norms with gains of both signs, biases, learned scales and shifts."""
    from tinyq.quantizers.larq_api import tf
    from tinyq.quantizers.models import named_layers

    rng = np.random.default_rng(seed)
    for _, layer in named_layers(model):
        if isinstance(layer, tf.keras.layers.BatchNormalization):
            n = int(layer.moving_mean.shape[0])
            values = [rng.normal(size=n) * 0.3, rng.uniform(0.5, 2, n)]
            if layer.center:
                values.insert(0, rng.normal(size=n) * 0.5)
            if layer.scale:
                values.insert(0, rng.uniform(0.5, 1.5, n) * np.where(np.arange(n) % 3 == 1, -1, 1))
            layer.set_weights(values)
        elif getattr(layer, "use_bias", False):
            layer.bias.assign(rng.normal(size=layer.bias.shape) * 0.2)
        quantizer = getattr(layer, "input_quantizer", None)
        if hasattr(quantizer, "gamma"):
            quantizer.gamma.assign(rng.uniform(5, 12) * rng.choice((-1, 1)))
            quantizer.beta.assign(rng.normal() * 3)
    return model


def outputs_of(path: Path, x: np.ndarray, target: str, **kernel: bool) -> np.ndarray:
    """The first output for each sample: in LCE's interpreter, or in TensorFlow's."""
    if target == "lce":
        interpreter = lce_interpreter(read(path), **kernel)
        return np.concatenate([_first(interpreter.predict([x[i : i + 1]])) for i in range(len(x))])
    return _by_tensorflow(path, x)


def _first(outputs: Any) -> np.ndarray:
    return np.asarray(outputs[0])


def _by_tensorflow(path: Path, x: np.ndarray) -> np.ndarray:
    from tinyq.quantizers.larq_api import tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(str(path))
    interpreter.allocate_tensors()
    (entry,), end = interpreter.get_input_details(), interpreter.get_output_details()[0]
    found = []
    for sample in x:
        given, (scale, zero_point) = sample[None], entry["quantization"]
        if entry["dtype"] == np.int8:
            given = np.clip(np.rint(given / scale) + zero_point, -128, 127).astype(np.int8)
        interpreter.set_tensor(entry["index"], given)
        interpreter.invoke()
        made = interpreter.get_tensor(end["index"])
        scale, zero_point = end["quantization"]
        found.append(
            made if made.dtype == np.float32 else (made.astype(np.float32) - zero_point) * np.float32(scale)
        )
    return np.concatenate(found)
