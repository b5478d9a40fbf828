"""Networks of the model zoo with random weights, converted with ternary weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tools_required import need

from tinyq.convert import convert

SHAPES = {
    "digits_cnn": ((8, 8, 1), 10),
    "eeg_eegnet": ((22, 256, 1), 4),
    "cifar10_resnet8": ((32, 32, 3), 10),
}


def zoo_file(name: str, folder: Path, method: str = "ternary") -> Path:
    """The .tflite file; what Keras saved lies beside it."""
    need("python:tensorflow", "python:larq")
    from tinyq.quantizers.larq_api import tf
    from tinyq.training import build_model, load_recipe

    shape, classes = SHAPES[name]
    tf.keras.utils.set_random_seed(0)
    recipe = load_recipe(name)
    build_model(recipe, recipe.stage(method), shape, classes).save(folder / f"{name}.keras")
    x = np.random.default_rng(0).normal(size=(8, *shape)).astype(np.float32)
    convert(folder / f"{name}.keras", folder / f"{name}.tflite", representative=x)
    return folder / f"{name}.tflite"
