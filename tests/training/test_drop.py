"""What a method takes out: which ReLUs @relu finds, patterns, and quantizers that a ReLU would blind."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import TrainError  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training import explain, quantize_model  # noqa: E402

pytestmark = pytest.mark.train
layers = tf.keras.layers
SIGNS = {"class": "EncodingActivation", "bits": 1, "limiter": "htanh"}


def net() -> tf.keras.Model:
    """ReLUs of every form: layer, activation layer, within a convolution, in a nested model, on branches."""
    tf.keras.utils.set_random_seed(0)
    entry = tf.keras.Input((6, 6, 3))
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="first")(entry)
    x = layers.MaxPool2D(name="pool")(x)
    inner = [
        tf.keras.Input((3, 3, 4)),
        layers.Conv2D(4, 1, name="conv"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(name="relu"),
    ]
    x = tf.keras.Sequential(inner, name="nested")(x)
    y = layers.BatchNormalization(name="between")(layers.ReLU(name="before_norm")(x))
    y = layers.Conv2D(4, 1, name="branch")(y)
    y = layers.Activation("relu", name="after")(
        layers.Add(name="add")([layers.Conv2D(4, 1, name="shortcut")(x), y])
    )
    y = layers.ReLU(6, name="before_dense")(layers.Conv2D(5, 3, name="second")(y))
    return tf.keras.Model(entry, layers.Dense(2, name="dense")(layers.Flatten(name="flatten")(y)))


def method(*drop: str, activations=SIGNS) -> dict:
    rules = [
        {"layers": "*", "weights": "ternary", "activations": activations},
        {"layers": ["@first", "@last"], "weights": "float", "activations": "float"},
    ]
    return {"drop": list(drop), "rule": rules}


def taken(model: tf.keras.Model, how: dict) -> list[str]:
    return [choice.layer for choice in explain(model, how) if choice.dropped]


def test_relu_finds_those_that_feed_quantized_activations_and_no_others() -> None:
    assert taken(net(), method("@relu")) == ["first", "nested/relu", "after"]
    assert taken(net(), method("@relu", activations="float")) == []


def test_without_them_activations_have_both_signs_and_what_is_left_stays() -> None:
    plain = net()
    model = quantize_model(plain, method("@relu"))
    assert [layer.name for layer in model.layers] == [layer.name for layer in plain.layers]
    assert model.get_layer("first").activation is tf.keras.activations.linear
    assert type(model.get_layer("nested").get_layer("relu")).__name__ == "Activation"
    assert model.get_layer("before_dense").max_value == 6
    x = np.random.default_rng(0).normal(size=(8, 6, 6, 3)).astype(np.float32)
    before = tf.keras.Model(model.input, model.get_layer("second").input)(x)
    assert set(np.unique(model.get_layer("second").input_quantizer(before))) == {-1.0, 1.0}
    assert plain.get_layer("first").activation is tf.keras.activations.relu


def test_a_quantizer_that_a_relu_would_blind_is_refused_with_both_names() -> None:
    with pytest.raises(TrainError, match="nested/conv behind first; .*; second behind after") as caught:
        quantize_model(net(), method())
    assert "@relu" in str(caught.value)
    with pytest.raises(TrainError, match="second behind after"):
        quantize_model(net(), method(activations="larq.SteSign"))
    assert "shortcut behind nested/relu" in str(caught.value)
    assert "branch" not in str(caught.value)  # a batch norm between gives both signs
    quantize_model(net(), method(activations={"class": "EncodingActivation", "bits": 2, "limiter": "hrelu"}))


def test_patterns_take_out_what_only_changes_values() -> None:
    assert taken(net(), method("nested/r*", activations="float")) == ["nested/relu"]
    for pattern, message in (
        ("relu_*", "no layer matches 'relu_"),
        ("between", "between .BatchNormalization"),
        ("pool", "pool .MaxPool"),
        ("add", "add .Add"),
    ):
        with pytest.raises(TrainError, match=message):
            quantize_model(net(), method(pattern, activations="float"))
