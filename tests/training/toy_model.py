"""A model folder with a recipe of two methods, in which tests put mistakes."""

from pathlib import Path

import small_net

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
    return small_net.write_model(folder, recipe, model)
