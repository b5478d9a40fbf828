"""A model folder and a data set that train in a second."""

from pathlib import Path

import numpy as np

from tinyq.datasets import Dataset

BATCH_NORM = "    x = keras.layers.BatchNormalization(momentum=0.5)(x)\n"
MODEL = """
import tf_keras as keras

def build(input_shape, classes, width=4):
    entry = keras.Input(input_shape)
    x = keras.layers.Conv2D(width, 3, use_bias=False, name="conv")(entry)
    x = keras.layers.BatchNormalization(momentum=0.5)(x)
    x = keras.layers.ReLU()(x)
    x = keras.layers.DepthwiseConv2D(2, name="depthwise")(x)
    x = keras.layers.Dropout(0.1)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(classes, name="dense")(x)
    return keras.Model(entry, x)
"""
# Activations overflow in the first step.
DIVERGING = MODEL.replace(BATCH_NORM, "    x = keras.layers.Rescaling(1e38)(x)\n")

RECIPE = """
data = "digits"
seed = 3

[model]
width = 6

[float]
epochs = 4
batch = 16
learning_rate = 1e-2

[ternary]
start = "float"
epochs = 5
batch = 16
learning_rate = 1e-2
warmup = 0.2
distill = 0.5
augment = "shift"

[binary]
epochs = 2
batch = 16
learning_rate = 1e-2
optimizer = "sgd"
schedule = "constant"
"""


def write_model(folder: Path, recipe: str = RECIPE, model: str = MODEL) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.py").write_text(model)
    (folder / "recipe.toml").write_text(recipe)
    return folder


def toy_data(count: int = 120) -> Dataset:
    """Bright spot left or right, with noise: a small net learns it in a few epochs."""
    random = np.random.default_rng(0)
    x = random.normal(scale=0.3, size=(count, 6, 6, 1)).astype(np.float32)
    y = random.integers(0, 2, count)
    for image, label in zip(x, y, strict=True):
        image[2:4, 1 + 3 * label : 3 + 3 * label] += 1
    cut = count * 3 // 4
    return Dataset(
        "toy", x[:cut], y[:cut], x[cut:], y[cut:], ("left", "right"), "made up", "a quarter held out"
    )
