"""larq's quantizers by name: values, gradients, what the converter makes of them, mixed precision."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.convert.export_asks import asks_of  # noqa: E402
from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.quantizers import DEPTHWISE, QuantDense, frozen_copy, load_model, make_quantizer  # noqa: E402
from tinyq.quantizers.baselines import ACTIVATIONS, WEIGHTS  # noqa: E402
from tinyq.quantizers.larq_api import larq, tf  # noqa: E402
from tinyq.quantizers.make import make_activation  # noqa: E402

pytestmark = pytest.mark.train
X = np.array([-1.5, -0.9, -0.3, -0.02, 0.0, 0.02, 0.3, 0.9, 1.5], np.float32)


def values_and_gradient(quantizer, x: np.ndarray) -> tuple[list[float], list[float]]:
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = quantizer(x)
    return y.numpy().tolist(), tape.gradient(y, x).numpy().round(4).tolist()


def dense_net(choice: object) -> tf.keras.Model:
    tf.keras.utils.set_random_seed(3)
    layer = QuantDense(
        4, kernel_quantizer=make_quantizer(choice), kernel_constraint="weight_clip", name="dense"
    )
    return tf.keras.Sequential([tf.keras.Input((20,)), layer])


@pytest.mark.parametrize("name", WEIGHTS)
def test_every_name_makes_larqs_own_object_for_any_kernel(name: str) -> None:
    for axis in ((-1,), DEPTHWISE, ()):
        assert type(make_quantizer(name, axis)) is getattr(larq.quantizers, name.removeprefix("larq."))


def test_dorefa_knows_weights_from_activations() -> None:
    assert make_quantizer({"class": "larq.DoReFa", "k_bit": 3}).mode == "weights"
    assert make_activation({"class": "larq.DoReFa", "k_bit": 3}).mode == "activations"
    assert set(ACTIVATIONS) == set(WEIGHTS)


def test_values_and_gradients_are_those_of_the_papers() -> None:
    signs, clipped = [-1, -1, -1, -1, 1, 1, 1, 1, 1], [0, 1, 1, 1, 1, 1, 1, 1, 0]
    assert values_and_gradient(make_quantizer("larq.SteSign"), X) == (signs, clipped)
    triangle = [0, 0.2, 1.4, 1.96, 2, 1.96, 1.4, 0.2, 0]
    values, slope = values_and_gradient(make_quantizer("larq.ApproxSign"), X)
    assert values == signs
    assert slope == pytest.approx(triangle, abs=1e-4)
    ternary = [-1, -1, -1, 0, 0, 0, 1, 1, 1]
    assert values_and_gradient(make_quantizer("larq.SteTern"), X) == (ternary, clipped)
    values, slope = values_and_gradient(make_activation("larq.DoReFa"), X)
    assert values == pytest.approx([0, 0, 0, 0, 0, 0, 1 / 3, 1, 1])
    assert slope == [0, 0, 0, 0, 1, 1, 1, 1, 0]


def test_ste_tern_has_a_threshold_of_its_own_and_no_scale() -> None:
    small = np.full((8, 2), 0.04, np.float32)
    assert not make_quantizer("larq.SteTern")(small).numpy().any()  # every weight below 0.05 is lost
    twn = make_quantizer({"class": "larq.SteTern", "ternary_weight_networks": True})
    assert np.unique(twn(small)).tolist() == [1.0]  # 25 times too large


@pytest.mark.parametrize(
    ("choice", "scheme"),
    [
        ("larq.SteSign", "a8w1"),
        ("larq.ApproxSign", "a8w1"),
        ("larq.SteTern", "a8wt"),
        ({"class": "larq.SteTern", "ternary_weight_networks": True}, "a8wt"),
        ({"class": "larq.DoReFa", "k_bit": 1}, "a8w1"),
    ],
)
def test_the_converter_packs_binary_and_ternary_values(choice: object, scheme: str) -> None:
    model = dense_net(choice)
    (ask,) = asks_of(model, "net")
    assert (ask.scheme, ask.refusal) == (scheme, "")
    values = model.layers[0].kernel_quantizer(model.get_weights()[0]).numpy()
    np.testing.assert_array_equal(ask.codes, values.T)


@pytest.mark.parametrize(("k_bit", "scheme"), [(2, "a8w2"), (3, "a8w3"), (4, "a8w4")])
def test_the_converter_packs_k_bit_values(k_bit: int, scheme: str) -> None:
    model = dense_net({"class": "larq.DoReFa", "k_bit": k_bit})
    model.layers[0].set_weights([np.random.default_rng(0).uniform(-2, 2, (20, 4)), np.zeros(4)])
    (ask,) = asks_of(model, "net")
    assert (ask.scheme, ask.refusal) == (scheme, "")
    values = model.layers[0].kernel_quantizer(model.get_weights()[0]).numpy()
    np.testing.assert_array_equal(ask.values, values.T)


def test_the_converter_refuses_more_than_16_values_with_the_reason() -> None:
    model = dense_net({"class": "larq.DoReFa", "k_bit": 8})
    (ask,) = asks_of(model, "net")
    assert ask.scheme is None
    assert "DoReFa gives more than 16 values a channel: 4 of 4 channels hold several mag" in ask.refusal


@pytest.mark.parametrize("name", WEIGHTS)
def test_models_are_saved_and_frozen(name: str, tmp_path) -> None:
    model, x = dense_net(name), np.random.default_rng(0).normal(size=(5, 20)).astype(np.float32)
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "m.keras")(x), model(x))
    np.testing.assert_array_equal(frozen_copy(model)(x), model(x))


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", WEIGHTS)
def test_they_train_in_every_precision(name: str, policy: str) -> None:
    tf.keras.mixed_precision.set_global_policy(policy)
    try:
        model = dense_net(name)
        model.compile("sgd", "mse")
        before = model.get_weights()[0]
        x = np.random.default_rng(0).normal(size=(8, 20)).astype(np.float32)
        loss = model.fit(x, x[:, :4], epochs=8, verbose=0).history["loss"][0]  # float16 skips the first
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")
    assert np.isfinite(loss)
    assert (model.get_weights()[0] != before).any()


@pytest.mark.parametrize(
    "choice",
    [
        {"class": "larq.SteTern", "threshold_value": -0.1},
        {"class": "larq.SteTern", "threshold_value": 1.0},
        {"class": "larq.SteSign", "clip_value": 0},
        {"class": "larq.DoReFa", "k_bit": 9},
        {"class": "larq.DoReFa", "mode": "weights"},
        "larq.SwishSign",
    ],
)
def test_what_is_out_of_range_or_unknown_is_refused(choice: object) -> None:
    with pytest.raises(QuantizerError):
        make_quantizer(choice)
