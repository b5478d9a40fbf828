"""RTN: gradients by hand, padding with code 0, the identity of codes, popcount, training."""

from pathlib import Path

import numpy as np
import pytest
from quantizers.striped_images import stripes
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.quantizers import (  # noqa: E402
    DEPTHWISE,
    RTN,
    QuantConv1D,
    QuantConv2D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantSeparableConv1D,
    RTNActivation,
    check_quantizer,
    frozen_copy,
    learned_variables,
    load_model,
    make_quantizer,
    quantized_kernels,
)
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.quantizers.make import make_activation  # noqa: E402

pytestmark = pytest.mark.train

W = np.float32([[1.5, 0.5], [-0.75, 0.125], [0.25, -0.25], [0.0, -1.0]])  # 0.7 mean |w| = 0.383
CODES = [[1, 1], [-1, 0], [0, 0], [0, -1]]


def test_alpha_starts_as_the_scale_of_ternary_weight_networks() -> None:
    codes, scale = RTN().integers(W)
    assert codes.tolist() == CODES
    assert scale.item() == np.float32((1.5 + 0.5 + 0.75 + 1) / 4)
    per_channel = RTN(axis=-1).integers(W)[1]
    np.testing.assert_array_equal(per_channel, [[1.125, 0.75]])


@pytest.mark.parametrize("rate", [1.0, 0.1])
def test_weight_gradients_are_those_of_the_reparametrization(rate: float) -> None:
    quantizer, x = RTN(rate), tf.constant(W)
    quantizer(x)
    upstream = np.float32([[1, 2], [3, 4], [5, 6], [7, 8]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(quantizer(x) * upstream)
    by_x, by_alpha = tape.gradient(loss, [x, quantizer.alpha])
    alpha = quantizer.integers(W)[1]
    np.testing.assert_array_equal(by_x, upstream * alpha * (np.abs(W) <= 1))
    assert by_alpha.numpy().item() == (upstream * CODES).sum()


@pytest.mark.parametrize("axis", [(), (-1,), DEPTHWISE])
def test_contract_holds(axis: tuple[int, ...]) -> None:
    check_quantizer(RTN(axis=axis))


@pytest.mark.parametrize("value", [0.0, 0.5, -2.0])
def test_degenerate_kernels_are_finite(value: float) -> None:
    w = np.full((3, 2), value, np.float32)
    codes, scale = RTN().integers(w)
    assert (codes == np.sign(value)).all()
    assert scale.item() == (abs(value) or 1)
    np.testing.assert_array_equal(RTN()(w), w)


def test_alpha_never_gets_negative_and_can_come_back() -> None:
    quantizer = RTN(rate=1.0)
    quantizer(W)
    quantizer.alpha.assign([[-0.5]])
    codes, scale = quantizer.integers(W)
    assert 0 < scale.item() < 1e-30
    for sign, passes in ((1.0, False), (-1.0, True)):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(quantizer(W) * codes * sign)
        assert bool(tape.gradient(loss, quantizer.alpha).numpy().item()) == passes


def activation(gamma: float = 1.0, beta: float = 0.0, rate: float = 0.1) -> RTNActivation:
    quantizer = RTNActivation(rate)
    quantizer(tf.zeros(1))
    quantizer.gamma.assign(gamma / rate)
    quantizer.beta.assign(beta / rate)
    return quantizer


def test_activations_are_rounded_and_clipped_and_halves_are_0() -> None:
    x = np.float32([-7, -1, -0.51, -0.5, 0, 0.5, 0.51, 1, 7])
    np.testing.assert_array_equal(RTNActivation()(x), np.round(np.clip(x, -1, 1)))
    np.testing.assert_allclose(activation(2.0, -0.25)(x), 2 * np.round(np.clip(x, -1, 1)) - 0.25, rtol=1e-6)
    codes, scale, shift = activation(2.0, -0.25).integers(x)
    assert codes.tolist() == [-1, -1, -1, 0, 0, 0, 1, 1, 1]
    assert (scale, shift) == (pytest.approx(2.0), pytest.approx(-0.25))


def test_scale_and_shift_learn_where_the_activation_saturates() -> None:
    quantizer, x = activation(2.0, -0.25), tf.constant([-3.0, -0.7, 0.1, 0.9, 5.0])
    upstream = np.float32([1, 2, 3, 4, 5])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(quantizer(x) * upstream)
    by_x, by_gamma, by_beta = tape.gradient(loss, [x, quantizer.gamma, quantizer.beta])
    np.testing.assert_allclose(by_x, [0, 4, 6, 8, 0], rtol=1e-6)
    assert float(by_gamma) == -1 - 2 + 4 + 5
    assert float(by_beta) == upstream.sum()


def test_mixed_precision_keeps_the_dtype_of_activations() -> None:
    x = tf.constant([-0.7, 0.2, 3.0], tf.bfloat16)
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = activation(2.0, 0.5)(x)
    assert result.dtype == tf.bfloat16
    assert tf.cast(result, tf.float32).numpy().tolist() == [-1.5, 0.5, 2.5]
    assert tape.gradient(result, x).dtype == tf.bfloat16


X = np.random.default_rng(0).normal(size=(2, 7, 6, 3)).astype(np.float32)
ROWS = X.reshape(2, 42, 3)[:, :11]


def layer_2d(**arguments: object) -> QuantConv2D:
    return QuantConv2D(4, 3, kernel_quantizer=RTN(), **arguments)


PADDED = {
    "same": (X, lambda q: layer_2d(padding="same", input_quantizer=q)),
    "strides": (X, lambda q: layer_2d(padding="same", input_quantizer=q, strides=2)),
    "dilated": (X, lambda q: layer_2d(padding="same", input_quantizer=q, dilation_rate=2)),
    "even": (X, lambda q: QuantConv2D(4, (2, 4), kernel_quantizer=RTN(), padding="same", input_quantizer=q)),
    "valid": (X, lambda q: layer_2d(input_quantizer=q)),
    "causal": (
        ROWS,
        lambda q: QuantConv1D(4, 5, kernel_quantizer=RTN(), padding="causal", input_quantizer=q),
    ),
    "1d": (ROWS, lambda q: QuantConv1D(4, 5, kernel_quantizer=RTN(), padding="same", input_quantizer=q)),
}


@pytest.mark.parametrize("kind", PADDED)
def test_codes_padded_with_code_0_give_the_layers_output(kind: str) -> None:
    """alpha gamma <codes> + alpha beta sum(w_t), with no correction at the borders."""
    x, make = PADDED[kind]
    quantizer = activation(0.75, -0.4)
    layer = make(quantizer)
    output = layer(x).numpy()
    codes, gamma, beta = quantizer.integers(x)
    w_t, alpha = layer.kernel_quantizer.integers(layer.get_weights()[0])
    plain = type(layer).from_config(
        {**layer.get_config(), "kernel_quantizer": None, "input_quantizer": None, "use_bias": False}
    )
    plain.build(x.shape)
    plain.set_weights([w_t.astype(np.float32)])
    dot = plain(codes.astype(np.float32)).numpy()  # Keras pads codes with 0: exact, as integers are
    np.testing.assert_array_equal(dot, np.round(dot))
    constant = w_t.astype(int).sum(axis=tuple(range(w_t.ndim - 1)))
    expected = alpha.item() * gamma * dot + alpha.item() * beta * constant
    np.testing.assert_allclose(output, expected, atol=2e-6)
    assert output.shape == tuple(layer.compute_output_shape(x.shape))


def test_zeros_at_the_border_would_not_do() -> None:
    quantizer = activation(1.0, 0.5)
    layer = layer_2d(padding="same", input_quantizer=quantizer)
    output = layer(X).numpy()
    plain = tf.nn.conv2d(quantizer(X), layer.kernel_quantizer(layer.get_weights()[0]), 1, "SAME").numpy()
    np.testing.assert_allclose(output[:, 1:-1, 1:-1], plain[:, 1:-1, 1:-1], atol=1e-6)
    assert np.abs(output - plain)[:, 0].max() > 0.1


def test_shift_gets_its_gradient_from_the_border_too() -> None:
    quantizer = activation(1.0, 0.5)
    layer = layer_2d(padding="same", input_quantizer=quantizer)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(X))
    by_beta = float(tape.gradient(loss, quantizer.beta))
    w = layer.kernel_quantizer(layer.get_weights()[0]).numpy()
    assert by_beta == pytest.approx(2 * 7 * 6 * w.sum(), rel=1e-4)  # every output sees every tap


@pytest.mark.parametrize("padding", ["same", "causal"])
def test_separable_and_depthwise_layers_pad_with_code_0(padding: str) -> None:
    quantizer = activation(0.5, 2.0)
    layer = QuantSeparableConv1D(2, 3, padding=padding, input_quantizer=quantizer)
    before = ((1, 1), (2, 0))[padding == "causal"]
    padded = tf.pad(quantizer(ROWS), [(0, 0), before, (0, 0)], constant_values=2.0)
    plain = QuantSeparableConv1D(2, 3)
    layer.build(ROWS.shape)
    plain.build(ROWS.shape)
    plain.set_weights(layer.get_weights()[:3])
    np.testing.assert_allclose(layer(ROWS), plain(padded), atol=1e-6)
    if padding == "same":
        deep = QuantDepthwiseConv2D(3, padding="same", input_quantizer=activation(0.5, 2.0))
        output = deep(X)
        padded = tf.pad(quantizer(X), [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=2.0)
        expected = tf.nn.depthwise_conv2d(padded, deep.get_weights()[0], [1] * 4, "VALID")
        np.testing.assert_allclose(output, expected, atol=1e-5)


def test_a_padding_value_of_the_layers_own_is_refused() -> None:
    with pytest.raises(QuantizerError, match="pad_values=1"):
        layer_2d(padding="same", input_quantizer=RTNActivation(), pad_values=1.0).build(X.shape)


@pytest.mark.parametrize("make", [RTN, RTNActivation])
@pytest.mark.parametrize("rate", [0.0, -1.0, 1.5, float("nan")])
def test_rates_out_of_range_are_refused(make, rate: float) -> None:
    with pytest.raises(QuantizerError, match="above 0, at most 1"):
        make(rate)


def net() -> tf.keras.Model:
    """First and last layer ternary too; activations ternary but for the picture."""
    tf.keras.utils.set_random_seed(3)
    norm = tf.keras.layers.BatchNormalization
    return tf.keras.Sequential(
        [
            tf.keras.Input((8, 8, 1)),
            QuantConv2D(8, 3, kernel_quantizer=RTN(), use_bias=False, name="first"),
            norm(),
            QuantConv2D(
                8, 3, kernel_quantizer=RTN(), input_quantizer=RTNActivation(), padding="same", name="same"
            ),
            norm(),
            tf.keras.layers.Flatten(),
            QuantDense(
                3, kernel_quantizer=RTN(), input_quantizer=RTNActivation(), name="last", dtype="float32"
            ),
        ]
    )


def fitted(epochs: int = 10) -> tuple[tf.keras.Model, list[float], list[np.ndarray]]:
    model = net()
    start = [v.numpy() for v in learned_variables(model)]
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(tf.keras.optimizers.Adam(0.02), loss)
    return model, model.fit(*stripes(), batch_size=32, epochs=epochs, verbose=0).history["loss"], start


def test_training_lowers_the_loss_and_moves_alpha_gamma_and_beta_everywhere(tmp_path: Path) -> None:
    model, losses, start = fitted()
    assert losses[-1] < 0.5 * losses[0], losses
    learned = learned_variables(model)
    names = sorted(v.name.split("/")[-1].split(":")[0] for v in learned)
    assert names == ["alpha"] * 3 + ["beta"] * 2 + ["gamma"] * 2
    for variable, before in zip(learned, start, strict=True):
        assert np.abs(variable.numpy() - before).max() > 1e-3, variable.name
    for kernel in quantized_kernels(model):
        codes, scale = kernel.quantizer.integers(kernel.latent)
        np.testing.assert_array_equal(codes * scale, kernel.quantizer(kernel.latent).numpy())
    x, _ = stripes()
    np.testing.assert_array_equal(model(x), frozen_copy(model)(x))
    model.save(tmp_path / "m.keras")
    again = load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(model(x), again(x))
    assert again.get_layer("same").padding == "same"
    model.save_weights(tmp_path / "checkpoint")
    fresh = net()
    fresh.load_weights(tmp_path / "checkpoint").expect_partial()
    np.testing.assert_array_equal(model(x), fresh(x))


def test_mixed_bfloat16_trains() -> None:
    tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model, losses, _ = fitted()
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")
    assert losses[-1] < 0.6 * losses[0], losses
    assert {v.dtype for v in learned_variables(model)} == {tf.float32}


def test_recipes_make_both() -> None:
    assert make_quantizer({"class": "RTN", "axis": []}).axis == ()
    assert isinstance(make_activation("RTNActivation"), RTNActivation)
