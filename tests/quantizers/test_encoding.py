"""Encoding decomposition: q_k, ties, gradients, the sine encoder, padding, layers as binary branches."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.bit_planes import decomposed_dot, sign_planes  # noqa: E402
from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.quantizers import (  # noqa: E402
    DEPTHWISE,
    EncodingActivation,
    EncodingDecomposition,
    QuantConv1D,
    QuantConv2D,
    QuantConv2DTranspose,
    QuantConv3D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantSeparableConv1D,
    QuantSeparableConv2D,
    check_quantizer,
    load_model,
)
from tinyq.quantizers.encoding import check_padding, sine_encoder  # noqa: E402
from tinyq.quantizers.larq_api import QUANTIZER_OF, larq, tf  # noqa: E402

pytestmark = pytest.mark.train
BITS = range(1, 9)


def paper_q(x: np.ndarray, bits: int) -> np.ndarray:
    """q_k of arXiv 1905.13389 in float64, for x that is no tie."""
    n = 2**bits - 1
    return 2 * (np.round(n * (np.clip(x, -1, 1).astype(np.float64) + 1) / 2) / n - 0.5)


def grid_without_ties(bits: int) -> np.ndarray:
    """Points all over [-1.5, 1.5], each at least 1e-4 from a boundary between codes."""
    x = np.linspace(-1.5, 1.5, 20_001)
    distance = np.abs((2**bits - 1) * x / 2 - np.round((2**bits - 1) * x / 2))
    return x[(distance > 1e-4) | (np.abs(x) > 1)].astype(np.float32)


def gradient(function, x: np.ndarray) -> np.ndarray:
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(function(x))
    return tape.gradient(total, x).numpy()


@pytest.mark.parametrize("bits", BITS)
def test_weights_keep_the_contract(bits: int) -> None:
    check_quantizer(EncodingDecomposition(bits, DEPTHWISE if bits % 2 else (-1,)))


@pytest.mark.parametrize("bits", BITS)
def test_weights_are_q_k_of_the_paper(bits: int) -> None:
    x = grid_without_ties(bits)
    np.testing.assert_allclose(EncodingDecomposition(bits)(x[:, None])[:, 0], paper_q(x, bits), atol=1e-6)


@pytest.mark.parametrize("bits", BITS)
def test_zero_becomes_the_smallest_positive_code_and_tiny_weights_keep_their_sign(bits: int) -> None:
    w = np.array([[0.0], [1e-30], [-1e-30]], np.float32)
    codes, _ = EncodingDecomposition(bits).integers(w)
    assert codes[:, 0].tolist() == [1, 1, -1]


def test_a_tie_goes_up() -> None:
    codes, _ = EncodingDecomposition(2, ()).integers(np.array([[-2 / 3, 2 / 3]]))
    assert codes.tolist() == [[-1, 3]]


@pytest.mark.parametrize("bits", BITS)
def test_levels_are_the_odd_integers(bits: int) -> None:
    codes, scale = EncodingDecomposition(bits, ()).integers(np.linspace(-1, 1, 4001)[:, None])
    assert tuple(np.unique(codes)) == EncodingDecomposition(bits).spec().codes
    assert scale.tolist() == [[np.float32(1 / (2**bits - 1))]]


def test_gradient_is_one_inside_the_limits_and_zero_outside() -> None:
    x = np.array([-1.1, -1.0, -0.2, 0.0, 0.7, 1.0, 1.1], np.float32)
    inside = [0, 1, 1, 1, 1, 1, 0]
    assert gradient(EncodingDecomposition(3), x[:, None])[:, 0].tolist() == inside
    assert gradient(EncodingActivation(3), x).tolist() == inside
    assert gradient(EncodingActivation(3, "hrelu"), x).tolist() == [0, 0, 0, 1, 1, 1, 0]


@pytest.mark.parametrize("bits", BITS)
def test_activations_are_q_m_within_their_limits(bits: int) -> None:
    x = grid_without_ties(bits)
    np.testing.assert_allclose(EncodingActivation(bits)(x), paper_q(x, bits), atol=1e-6)
    codes, scale, shift = EncodingActivation(bits).integers(x)
    np.testing.assert_allclose(codes * scale + shift, EncodingActivation(bits)(x), atol=1e-6)
    if bits > 1:
        limited = EncodingActivation(bits, "hrelu")(x)
        np.testing.assert_allclose(limited, paper_q(np.maximum(x, 1e-6), bits), atol=1e-6)


@pytest.mark.parametrize("bits", BITS)
def test_sine_encoder_gives_the_planes_of_q_m(bits: int) -> None:
    x = np.append(grid_without_ties(bits), np.float32([0, 1, -1]))
    planes = sine_encoder(tf.constant(x), bits).numpy()
    codes, _, _ = EncodingActivation(bits).integers(x)
    np.testing.assert_array_equal(planes, 2.0 * sign_planes(codes, bits) - 1)


def test_sine_encoder_has_the_gradient_of_its_sines() -> None:
    x = np.array([-1.2, -0.4, 0.1, 0.9], np.float32)
    weights = np.array([[0.5], [2.0], [-1.0]], np.float32)
    found = gradient(lambda v: sine_encoder(v, 3) * weights, x)
    slopes = [
        -np.cos(7 * np.pi / 2 * x) * 7 / 2,
        -np.cos(7 * np.pi / 4 * x) * 7 / 4,
        np.cos(7 * np.pi / 8 * x) * 7 / 8,
    ]
    expected = np.pi * (weights * np.array(slopes)).sum(axis=0) * (np.abs(x) <= 1)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(("m", "k"), [(1, 1), (2, 2), (3, 2), (8, 8)])
def test_a_layer_is_m_times_k_binary_ones(m: int, k: int) -> None:
    layer = QuantDense(
        5, use_bias=False, input_quantizer=EncodingActivation(m), kernel_quantizer=EncodingDecomposition(k)
    )
    x = np.random.default_rng(m).uniform(-1.2, 1.2, (7, 33)).astype(np.float32)
    result = layer(x).numpy()
    codes, _ = layer.kernel_quantizer.integers(layer.get_weights()[0])
    product, scale = decomposed_dot(layer.input_quantizer.integers(x)[0], codes, m, k)
    np.testing.assert_allclose(result, product * scale, atol=1e-4)


SAME = {
    "conv_1d": (QuantConv1D, (9, 2), {"filters": 3, "kernel_size": 4, "strides": 2}),
    "conv_2d": (QuantConv2D, (6, 5, 2), {"filters": 3, "kernel_size": (3, 2)}),
    "conv_3d": (QuantConv3D, (4, 5, 3, 2), {"filters": 2, "kernel_size": 3}),
    "depthwise": (QuantDepthwiseConv2D, (6, 5, 2), {"kernel_size": 3, "depth_multiplier": 2}),
    "separable_1d": (QuantSeparableConv1D, (9, 2), {"filters": 3, "kernel_size": 5}),
    "separable_2d": (QuantSeparableConv2D, (6, 5, 2), {"filters": 3, "kernel_size": 3}),
}


def same_layer(kind: str, bits: int, **more) -> tuple[tf.keras.layers.Layer, np.ndarray]:
    make, shape, arguments = SAME[kind]
    quantizers = {"kernel_quantizer": EncodingDecomposition(2)}
    if kind.startswith(("depth", "sep")):
        quantizers = {"depthwise_quantizer": EncodingDecomposition(2, DEPTHWISE)}
    if kind.startswith("sep"):
        quantizers["pointwise_quantizer"] = EncodingDecomposition(2)
    layer = make(**arguments, padding="same", input_quantizer=EncodingActivation(bits), **quantizers, **more)
    return layer, np.random.default_rng(5).uniform(-1, 1, (2, *shape)).astype(np.float32)


@pytest.mark.parametrize("kind", SAME)
@pytest.mark.parametrize("bits_now", [3, 5])
def test_same_padding_sees_codes_only_whatever_the_bits_are_now(kind: str, bits_now: int) -> None:
    layer, x = same_layer(kind, 3)
    layer(x)
    layer.input_quantizer.bits_now.assign(bits_now)
    result = layer(x).numpy()
    make, _, arguments = SAME[kind]
    valid = make(**arguments, padding="valid")
    pads = [(0, 0), *borders(layer, x), (0, 0)]
    border = 1 / (2**bits_now - 1)
    padded = np.pad(layer.input_quantizer(x).numpy(), pads, constant_values=border)
    valid.build(padded.shape)
    named = {w.name.split("/")[-1]: w for w in valid.weights}
    for weight, attribute in QUANTIZER_OF.items():
        if getattr(layer, attribute, None) is not None:
            named[f"{weight}:0"].assign(getattr(layer, attribute)(getattr(layer, weight)))
    np.testing.assert_allclose(result, valid(padded).numpy(), atol=1e-5)


def borders(layer: tf.keras.layers.Layer, x: np.ndarray) -> list[tuple[int, int]]:
    """What "same" pads on each spatial axis."""
    sizes = zip(x.shape[1:], np.atleast_1d(layer.strides), np.atleast_1d(layer.kernel_size), strict=False)
    total = [max((-(-n // s) - 1) * s + k - n, 0) for n, s, k in sizes]
    return [(t // 2, t - t // 2) for t in total]


def test_causal_padding_sees_codes_only() -> None:
    layer = QuantConv1D(2, 3, padding="causal", use_bias=False, input_quantizer=EncodingActivation(2))
    x = np.full((1, 5, 1), -1, np.float32)
    layer.build(x.shape)
    layer.set_weights([np.ones((3, 1, 2), np.float32)])
    assert layer(x).numpy()[0, :, 0].tolist() == pytest.approx([-1 / 3, -5 / 3, -3, -3, -3])


@pytest.mark.parametrize("kind", SAME)
def test_a_padding_value_beside_the_quantizer_is_refused(kind: str) -> None:
    layer, x = same_layer(kind, 3, pad_values=1 / 7)
    with pytest.raises(QuantizerError, match=r"pad_values=0\.14"):
        layer(x)


def behind(layer: tf.keras.layers.Layer, *before: tf.keras.layers.Layer) -> tf.keras.Model:
    return tf.keras.Sequential([tf.keras.Input((6, 6, 2)), *before, layer])


def test_layers_that_pad_codes_with_zero_are_refused_together() -> None:
    inner = behind(
        larq.layers.QuantConv2D(2, 3, padding="same", input_quantizer=EncodingActivation(2), name="raw")
    )
    inner._name = "inner"
    model = behind(inner, tf.keras.layers.Conv2D(2, 3, padding="same", name="fine"))
    with pytest.raises(QuantizerError, match="inner/raw: padding='same' with 0 behind 2-bit codes"):
        check_padding(model)
    model = behind(tf.keras.layers.Conv2D(2, 3, padding="same", name="plain"), EncodingActivation(3))
    with pytest.raises(QuantizerError, match=r"plain: .* smallest is 0\.142857"):
        check_padding(model)


@pytest.mark.parametrize(
    "layers",
    [
        (QuantConv2D(2, 3, padding="same", input_quantizer=EncodingActivation(2)),),
        (QuantConv2DTranspose(2, 3, strides=2, padding="same", input_quantizer=EncodingActivation(2)),),
        (QuantConv2D(2, 3, padding="same", kernel_quantizer=EncodingDecomposition(2)),),
        (tf.keras.layers.Conv2D(2, 3), EncodingActivation(2)),
        (QuantConv2D(2, 3, padding="same", pad_values=1 / 3), EncodingActivation(2)),
        (
            larq.layers.QuantConv2D(
                2, 3, padding="same", pad_values=1.0, input_quantizer=EncodingActivation(1)
            ),
        ),
        (tf.keras.layers.MaxPool2D(padding="same"), EncodingActivation(2)),
    ],
)
def test_layers_that_pad_with_codes_or_not_at_all_are_accepted(layers: tuple) -> None:
    check_padding(behind(*layers))


def test_hrelu_with_one_bit_is_refused_with_the_reason() -> None:
    with pytest.raises(QuantizerError, match=r"every output would be \+1"):
        EncodingActivation(1, "hrelu")


@pytest.mark.parametrize("bits", [0, 9, 2.0, True, "2"])
def test_bits_out_of_range_are_refused(bits: object) -> None:
    for make in (EncodingDecomposition, EncodingActivation):
        with pytest.raises(QuantizerError, match="1 to 8"):
            make(bits)
    with pytest.raises(QuantizerError, match="'relu'"):
        EncodingActivation(2, "relu")


def test_bits_of_now_are_saved_with_the_model_and_finish_ends_them(tmp_path) -> None:
    model = tf.keras.Sequential(
        [
            tf.keras.Input((3,)),
            QuantDense(2, input_quantizer=EncodingActivation(2), kernel_quantizer=EncodingDecomposition(1)),
        ]
    )
    layer = model.layers[0]
    assert layer.kernel_quantizer.unfinished() == layer.input_quantizer.unfinished() == ""
    layer.kernel_quantizer.bits_now.assign(5.0)
    layer.input_quantizer.bits_now.assign(6.0)
    model.save(tmp_path / "m.keras")
    again = load_model(tmp_path / "m.keras").layers[0]
    assert again.kernel_quantizer.unfinished() == "5 bits now, 1 at the end"
    assert again.input_quantizer.unfinished() == "6 bits now, 2 at the end"
    w = again.get_weights()[0]
    assert len(np.unique(again.kernel_quantizer(w))) > 2
    again.kernel_quantizer.finish()
    codes, scale = again.kernel_quantizer.integers(w)
    np.testing.assert_array_equal(codes * scale, again.kernel_quantizer(w))


def test_half_precision_keeps_dtype_and_codes() -> None:
    x = np.linspace(-1, 1, 999).astype(np.float16)
    for bits in BITS:
        result = EncodingActivation(bits)(x)
        assert result.dtype == tf.float16
        assert len(np.unique(result)) == 2**bits


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_keeps_float32_codes(policy: str) -> None:
    tf.keras.mixed_precision.set_global_policy(policy)
    try:
        layer = QuantConv1D(
            3,
            3,
            padding="same",
            input_quantizer=EncodingActivation(2),
            kernel_quantizer=EncodingDecomposition(4),
        )
        model = tf.keras.Sequential([tf.keras.Input((6, 2)), layer, tf.keras.layers.Flatten()])
        model.compile("sgd", "mse", run_eagerly=True)
        x = np.random.default_rng(0).uniform(-1, 1, (4, 6, 2)).astype(np.float32)
        before = layer.get_weights()[0]
        history = model.fit(x, np.repeat(x, 2, -1)[..., :3].reshape(4, -1), epochs=8, verbose=0)
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")
    assert np.isfinite(history.history["loss"][-1])
    after = layer.get_weights()[0]
    assert (after != before).any()
    codes, scale = layer.kernel_quantizer.integers(after)
    np.testing.assert_array_equal(codes * scale, layer.kernel_quantizer(after))
