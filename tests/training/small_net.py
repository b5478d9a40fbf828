"""A model folder and a data set that train in a second, for tests of training itself."""

from pathlib import Path
from typing import Any

import numpy as np

from tinyq.datasets import Dataset

NORM = "    x = layers.BatchNormalization(momentum=0.5, name='norm')(x)\n"
MODEL = f"""
from tinyq.quantizers.larq_api import tf

layers = tf.keras.layers

def build(input_shape, classes, width=4):
    entry = tf.keras.Input(input_shape)
    x = layers.Conv2D(width, 3, use_bias=False, name="conv")(entry)
{NORM}    x = layers.ReLU()(x)
    x = layers.DepthwiseConv2D(2, name="depthwise")(x)
    x = layers.Dropout(0.1)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(classes, name="dense")(x)
    return tf.keras.Model(entry, x)
"""
# Two replicas with half the batch each compute what one does with all of it only without batch norm, which
# normalizes with the samples of its own replica (unless synchronized=True), and dropout, which draws its own.
ALIKE = MODEL.replace(NORM, "").replace("Dropout(0.1)", "ReLU()")
# Activations overflow in the first step.
OVERFLOW = MODEL.replace(NORM, "    x = layers.Rescaling(1e38, name='huge')(layers.Rescaling(1e38)(x))\n")
# The loss is finite and the gradient is not.
STEEP = MODEL.replace(f"{NORM}    x = layers.ReLU()(x)\n", "    x = tf.sqrt(tf.abs(x))\n").replace(
    "use_bias=False", "use_bias=False, kernel_initializer='zeros'"
)

RECIPE = """
data = "digits"
seed = 3

[model]
width = 6

[train]
start = "float"
epochs = 5
batch = 16
learning_rate = 1e-2
warmup = 0.2
distill = 0.5
augment = "shift"

[float]
epochs = 4
distill = 0
warmup = 0
augment = "none"

[rpr]
[[rpr.method.rule]]
layers = "*"
weights = { class = "RPR", levels = 3 }
[[rpr.method.callback]]
class = "RandomPartition"
freezing = [[0, 0.5], [0.5, 0.8], [0.8, 1.0]]
"""
FLOAT_STEPS, STEPS = 20, 25  # of [float], and of each stage that starts from it


def write_model(folder: Path, recipe: str = RECIPE, model: str = MODEL) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.py").write_text(model)
    (folder / "recipe.toml").write_text(recipe)
    return folder


def small_data(count: int = 120) -> Dataset:
    """Bright spot left or right, with noise: a small net learns it in a few epochs."""
    random = np.random.default_rng(0)
    x = random.normal(scale=0.3, size=(count, 6, 6, 1)).astype(np.float32)
    y = random.integers(0, 2, count)
    for image, label in zip(x, y, strict=True):
        image[2:4, 1 + 3 * label : 3 + 3 * label] += 1
    cut = count * 3 // 4
    parts: Any = (x[:cut], y[:cut], x[cut:], y[cut:])
    return Dataset("small", *parts, ("left", "right"), "made up", "a quarter held out")


def weights_of(path: Path) -> list[np.ndarray]:
    from tinyq.quantizers import load_model

    found: list[np.ndarray] = load_model(path).get_weights()
    return found


def same(one: Path, other: Path) -> bool:
    """Whether two .keras files hold the same weights and quantizers' variables, bit for bit."""
    pairs = zip(weights_of(one), weights_of(other), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)
