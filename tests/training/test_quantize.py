"""quantize_model: every kind of layer, rules and patterns, weights kept, warnings and refusals."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import QuantizerError, TrainError  # noqa: E402
from tinyq.quantizers import load_model, quantized_kernels  # noqa: E402
from tinyq.quantizers.larq_api import LAYERS, tf  # noqa: E402
from tinyq.training import explain, method_names, quantize_model  # noqa: E402
from tinyq.training.callbacks import RandomPartition  # noqa: E402

pytestmark = pytest.mark.train
layers = tf.keras.layers
METHODS = [name for name in method_names() if name not in ("float", "int8-qat")]
X = np.random.default_rng(0).normal(size=(3, 8, 8, 3)).astype(np.float32)


def every_kind() -> tf.keras.Model:
    """All 2-D kinds, a nested model, and batch norms with statistics of their own."""
    tf.keras.utils.set_random_seed(0)
    entry = tf.keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", name="conv")(entry)
    x = layers.ReLU()(layers.BatchNormalization(name="norm_1")(x))
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(name="norm_2")(x))
    x = layers.SeparableConv2D(6, 3, name="separable")(x)
    x = layers.ReLU()(layers.BatchNormalization(name="norm_3")(x))
    parts = [tf.keras.Input((4, 4, 6)), layers.Conv2D(5, 3, name="inner"), layers.BatchNormalization()]
    x = tf.keras.Sequential(parts, name="nested")(x)
    x = layers.Conv2DTranspose(7, 3, name="transposed")(x)
    x = layers.Flatten()(layers.BatchNormalization(name="norm_4")(x))
    model = tf.keras.Model(entry, layers.Dense(5, name="dense")(x))
    random = np.random.default_rng(1)
    for weight in model.weights:
        if "moving" in weight.name or "gamma" in weight.name:
            weight.assign(random.uniform(0.2, 1.5, weight.shape))
    return model


@pytest.mark.parametrize("method", METHODS)
def test_every_method_on_every_kind_of_layer_survives_a_file(method: str, tmp_path: Path) -> None:
    model = quantize_model(every_kind(), method)
    assert len({kernel.layer for kernel in quantized_kernels(model)}) >= 4
    outputs = model(X).numpy()
    assert np.isfinite(outputs).all()
    model.save(tmp_path / "model.keras")
    assert np.array_equal(load_model(tmp_path / "model.keras")(X).numpy(), outputs)


@pytest.mark.parametrize("method", ["rpr-binary", "rpr-ternary", "rpr-8bit"])
def test_rpr_computes_the_same_before_its_first_partition(method: str) -> None:
    plain = every_kind()
    # Not to the last bit: kernels are divided by their scale and batch norms multiplied by it.
    np.testing.assert_allclose(quantize_model(plain, method)(X), plain(X), rtol=1e-4, atol=1e-5)


def test_weights_are_kept_and_the_float_model_is_not_changed() -> None:
    plain = every_kind()
    before = [w.copy() for w in plain.get_weights()]
    model = quantize_model(plain, "ternary")
    for old, new in zip(before, plain.get_weights(), strict=True):
        assert np.array_equal(old, new)
    for kernel in quantized_kernels(model):
        if "/" not in kernel.layer:
            assert np.array_equal(
                kernel.latent, getattr(plain.get_layer(kernel.layer), kernel.weight).numpy()
            )


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        ((8, 3), layers.Conv1D(4, 3)),
        ((8, 3), layers.SeparableConv1D(4, 3)),
        ((6, 6, 6, 2), layers.Conv3D(4, 3)),
        ((6, 6, 6, 2), layers.Conv3DTranspose(4, 3)),
    ],
)
def test_other_kinds_of_layers_get_a_scale_an_output_channel(shape, layer) -> None:
    model = quantize_model(tf.keras.Sequential([tf.keras.Input(shape), layer]), "ternary")
    scales = {k.weight: k.quantizer.integers(k.latent)[1].size for k in quantized_kernels(model)}
    assert scales.popitem()[1] == 4
    assert type(model.layers[0]).__name__ == f"Quant{type(layer).__name__}"
    assert type(layer).__name__ in LAYERS


def rules(*pairs) -> dict:
    return {"rule": [{"layers": layer, **what} for layer, what in pairs]}


def test_a_later_rule_wins_key_by_key() -> None:
    method = rules(
        ("*", {"weights": "ternary", "activations": {"class": "RTNActivation"}}),
        ("nested/*", {"weights": "binary"}),
        (["@first", "@last"], {"weights": "float", "activations": "float"}),
    )
    found = {choice.layer: choice for choice in explain(every_kind(), method)}
    assert found["nested/inner"].weights == "binary"
    assert found["nested/inner"].activations == {"class": "RTNActivation"}
    assert found["nested/inner"].hits == ((1, "*"), (2, "nested/*"))
    assert not found["conv"].quantized
    assert not found["dense"].quantized
    assert found["transposed"].weights == "ternary"


def test_a_pattern_that_matches_nothing_is_refused_with_all_names() -> None:
    with pytest.raises(TrainError, match=r"(?s)rule 2.*'cnov'.*conv, depthwise, separable, nested/inner"):
        quantize_model(every_kind(), rules(("*", {"weights": "ternary"}), ("cnov", {"weights": "float"})))


def test_what_cannot_be_quantized_is_refused() -> None:
    no_kernels = tf.keras.Sequential([tf.keras.Input((3,)), layers.ReLU()])
    with pytest.raises(TrainError, match="no layer that can be quantized"):
        quantize_model(no_kernels, "ternary")
    with pytest.raises(QuantizerError, match="int5"):
        quantize_model(every_kind(), rules(("*", {"weights": "int5"})))
    with pytest.raises(TrainError, match=r"d has a quantizer already"):
        quantize_model(quantize_model(small(), "ternary"), "binary")
    with pytest.raises(TrainError, match="tinyq train"):
        quantize_model(small(), "int8-qat")
    with pytest.raises(TrainError, match=r"has no weights yet"):
        quantize_model(tf.keras.Sequential([layers.Dense(3)]), "ternary")


def small() -> tf.keras.Model:
    return tf.keras.Sequential([tf.keras.Input((3,)), layers.Dense(3, name="d")])


class Subclassed(tf.keras.Model):
    def call(self, x):
        return 2 * x


def test_subclassed_models_are_refused_wherever_they_are() -> None:
    with pytest.raises(TrainError, match=r"a Subclassed\n.*Sequential or functional"):
        quantize_model(Subclassed(), "ternary")
    entry = tf.keras.Input((3,))
    within = tf.keras.Model(entry, layers.Dense(2)(Subclassed(name="sub")(entry)), name="whole")
    with pytest.raises(TrainError, match="model whole/sub"):
        quantize_model(within, "ternary")


def test_layers_without_a_quantized_form_are_named() -> None:
    entry = tf.keras.Input((5, 3))
    model = tf.keras.Model(entry, layers.Dense(2)(layers.GRU(4, name="gru")(entry)))
    with pytest.warns(UserWarning, match=r"left in float: gru \(GRU\)"):
        quantize_model(model, "ternary")


def test_scales_that_would_be_lost_are_warned_of_by_layer() -> None:
    with pytest.warns(UserWarning, match=r"no batch norm follows dense \(larq.SteSign\)"):
        quantize_model(every_kind(), rules(("dense", {"weights": "larq.SteSign"})))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quantize_model(every_kind(), rules(("conv", {"weights": "larq.SteSign"})))


def test_a_constraint_reaches_the_kernels() -> None:
    model = quantize_model(every_kind(), "larq-ste-sign")
    clip = type(tf.keras.constraints.get("weight_clip"))
    assert isinstance(model.get_layer("conv").kernel_constraint, clip)
    assert isinstance(model.get_layer("separable").pointwise_constraint, clip)
    assert model.get_layer("dense").kernel_constraint is None


def bounded() -> tf.keras.Model:
    """As EEGNet bounds its spatial filters and its classifier."""
    spatial = layers.DepthwiseConv2D((8, 1), depthwise_constraint="max_norm", name="spatial", use_bias=False)
    dense = layers.Dense(2, kernel_constraint="max_norm", kernel_regularizer="l2", name="dense")
    body = [spatial, layers.BatchNormalization(), layers.ReLU(), layers.Flatten(), dense]
    return tf.keras.Sequential([tf.keras.Input((8, 8, 3)), *body])


def test_what_would_move_frozen_weights_is_taken_off_with_a_word_and_rpr_trains() -> None:
    method = rules(("*", {"weights": {"class": "RPR", "levels": 3}}))
    with pytest.warns(UserWarning, match="taken off") as caught:
        model = quantize_model(bounded(), method)
    (said,) = {str(one.message) for one in caught if "taken off" in str(one.message)}
    for name in ("spatial.depthwise_constraint", "dense.kernel_constraint", "dense.kernel_regularizer"):
        assert name in said
    model.compile("adam", "mse")
    model.fit(X, np.zeros((3, 2)), verbose=0, callbacks=[RandomPartition([[0, 1.0]])])


def test_other_quantizers_keep_constraints_and_regularizers() -> None:
    model = quantize_model(bounded(), "ternary")
    assert isinstance(model.get_layer("spatial").depthwise_constraint, tf.keras.constraints.MaxNorm)
    assert model.get_layer("dense").kernel_regularizer is not None


def test_a_constraint_that_a_rule_asks_for_is_not_taken_off_but_refused_in_training() -> None:
    method = rules(("dense", {"weights": {"class": "RPR", "levels": 3}, "constraint": "weight_clip"}))
    model = quantize_model(bounded(), method)
    model.compile("adam", "mse")
    with pytest.raises(TrainError, match="moved by dense.kernel_constraint"):
        model.fit(X, np.zeros((3, 2)), verbose=0, callbacks=[RandomPartition([[0, 1.0]])])


def test_a_model_of_keras_3_is_named_as_such() -> None:
    kind = type("Sequential", (), {"__module__": "keras.src.models.sequential", "name": "net"})
    with pytest.raises(TrainError, match="a Sequential of Keras 3") as caught:
        quantize_model(kind(), "ternary")
    assert "tf_keras" in caught.value.remedy


def test_what_no_packed_operator_computes_is_said_before_the_training() -> None:
    net = tf.keras.Sequential([
        tf.keras.Input((4, 4, 4, 2)),
        layers.Conv3D(2, 2, name="solid"),
        layers.Reshape((3, 3, 6)),
        layers.Conv2DTranspose(2, 2, name="up"),
        layers.Flatten(),
        layers.Dense(2, name="out"),
    ])  # fmt: skip
    both = {"rule": [{"layers": "*", "weights": {"class": "RTN"}, "activations": {"class": "RTNActivation"}}]}
    with pytest.warns(UserWarning, match="no packed operator") as caught:
        explain(net, both)
    (words,) = [str(each.message) for each in caught]
    assert "solid (weights of Conv3D), solid (activations of Conv3D), up (activations of Conv2DTr" in words
    assert "out" not in words.split(";")[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explain(net, {"rule": [{"layers": ["up", "out"], "weights": {"class": "Ternary"}}]})
