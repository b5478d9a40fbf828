"""What a trained model answers, and how often it is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import load_model

_PREDICT_BATCH = 256


def predict(model: Path | tf.keras.Model, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Logits [n, classes] of a .keras file, or of a model, for x [n, h, w, channels].

    Raises:
        TinyqError: the file cannot be read.
        DataError: x does not fit the model.
    """
    where = "the model"
    if isinstance(model, str | Path):
        where, model = str(model), load_model(Path(model))
    if x.shape[1:] != model.input_shape[1:] or not len(x):
        raise DataError(
            where, f"inputs {x.shape}", f"('n', {', '.join(map(str, model.input_shape[1:]))}), n > 0"
        )
    parts = [model(x[i : i + _PREDICT_BATCH], training=False) for i in range(0, len(x), _PREDICT_BATCH)]
    logits: npt.NDArray[np.float32] = np.concatenate([part.numpy() for part in parts])
    return logits


def accuracy(model: Path | tf.keras.Model, x: npt.NDArray[np.float32], y: npt.NDArray[np.int64]) -> float:
    """Fraction of `x` that the model puts in its class `y`."""
    return float((predict(model, x).argmax(axis=1) == y).mean())
