"""Scales folded into batch norms: the network computes the same, levels become whole numbers."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.quantizers import (  # noqa: E402
    DEPTHWISE,
    RPR,
    TRANSPOSED,
    EncodingDecomposition,
    QuantConv2D,
    QuantConv2DTranspose,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantSeparableConv2D,
    frozen_copy,
    quantized_kernels,
)
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training.adam import RestartableAdam  # noqa: E402
from tinyq.training.callbacks import RandomPartition  # noqa: E402
from tinyq.training.fold import fold_scales  # noqa: E402

pytestmark = pytest.mark.train
layers = tf.keras.layers
X = np.random.default_rng(0).normal(size=(7, 6, 6, 4)).astype(np.float32)
KINDS = {
    "conv": lambda: QuantConv2D(5, 3, kernel_quantizer=RPR(3), name="layer"),
    "conv_l1": lambda: QuantConv2D(5, 3, kernel_quantizer=RPR(3, "l1"), use_bias=False, name="layer"),
    "conv_per_layer": lambda: QuantConv2D(5, 3, kernel_quantizer=RPR(3, axis=()), name="layer"),
    "dense": lambda: QuantDense(5, kernel_quantizer=RPR(2), name="layer"),
    "depthwise": lambda: QuantDepthwiseConv2D(
        3, depth_multiplier=2, depthwise_quantizer=RPR(3, axis=DEPTHWISE), name="layer"
    ),
    "transposed": lambda: QuantConv2DTranspose(5, 3, kernel_quantizer=RPR(3, axis=TRANSPOSED), name="layer"),
}


def net(layer, **norm) -> tf.keras.Model:
    """With statistics that matter, and biases that are not 0."""
    model = tf.keras.Sequential([tf.keras.Input(X.shape[1:]), layer, layers.BatchNormalization(**norm)])
    random = np.random.default_rng(3)
    for weight in model.layers[1].weights + ([layer.bias] if layer.use_bias else []):
        weight.assign(random.uniform(0.2, 1.5, weight.shape))
    return model


def the(model: tf.keras.Model) -> RPR:
    found: RPR = next(quantized_kernels(model)).quantizer
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("epsilon", [1e-3, 0.5])
def test_the_network_computes_the_same_and_its_levels_are_whole_numbers(kind: str, epsilon: float) -> None:
    tf.keras.utils.set_random_seed(0)
    model = net(KINDS[kind](), epsilon=epsilon)
    kernel = next(quantized_kernels(model))
    before, codes = model(X).numpy(), kernel.quantizer.integers(kernel.latent)[0]
    assert fold_scales(model) == ("layer",)
    # Not to the last bit: kernel, statistics and gamma are each scaled, and round.
    np.testing.assert_allclose(model(X), before, rtol=1e-4, atol=1e-5)
    again, scale = kernel.quantizer.integers(kernel.latent)
    np.testing.assert_array_equal(again, codes)
    assert (scale == 1).all()
    kernel.quantizer.finish()
    assert set(np.unique(kernel.quantizer(kernel.latent))) <= {-1.0, 0.0, 1.0}


def test_a_kernel_with_an_encoding_fills_its_range_and_one_bit_has_none() -> None:
    for bits in (1, 2, 8):
        model = net(QuantConv2D(5, 3, kernel_quantizer=EncodingDecomposition(8), name="layer"))
        kernel = next(quantized_kernels(model))
        kernel.variable.assign(kernel.variable * 0.05)
        wanted, before = model(X).numpy(), kernel.variable.numpy()
        kernel.quantizer.bits = bits
        assert fold_scales(model) == (("layer",) if bits > 1 else ())
        largest = [np.abs(w).max(axis=(0, 1, 2)) for w in (before, kernel.variable.numpy())]
        np.testing.assert_allclose(largest[1], 1.0 if bits > 1 else largest[0], rtol=1e-6)
        # Within the steps of 8 bits, which the scaled kernel uses better.
        np.testing.assert_allclose(model(X), wanted, atol=0.15 if bits > 1 else 0)


def test_in_training_it_computes_nearly_the_same() -> None:
    outputs = []
    for fold in (False, True):
        tf.keras.utils.set_random_seed(0)
        model = net(KINDS["conv"]())
        if fold:
            fold_scales(model)
        outputs.append(model(X, training=True).numpy())
    assert np.abs(outputs[0] - outputs[1]).max() < 0.1 * outputs[0].std()


def test_dead_filters_are_left_alone() -> None:
    for size in (0.0, 1e-20, 1e-13):
        model = net(KINDS["conv"]())
        kernel = next(quantized_kernels(model))
        values = kernel.latent
        values[..., 1] *= size
        kernel.variable.assign(values)
        kernel.quantizer.adapt(values)
        before = model(X).numpy()
        fold_scales(model)
        np.testing.assert_allclose(model(X), before, rtol=1e-4, atol=1e-5)
        scales = kernel.quantizer.scale.numpy().ravel()
        assert scales[1] < 1e-12
        assert (np.delete(scales, 1) == 1).all()
        assert all(np.isfinite(w).all() for w in model.get_weights())


def unchanged(model: tf.keras.Model) -> bool:
    before = [w.copy() for w in model.get_weights()]
    done = fold_scales(model)
    same = all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    return same and done == ()


def test_where_nothing_can_take_the_scale_it_stays() -> None:
    layer = KINDS["conv"]
    assert unchanged(tf.keras.Sequential([tf.keras.Input(X.shape[1:]), layer(), layers.ReLU()]))
    assert unchanged(net(layer(), scale=False))
    assert unchanged(net(layer(), axis=1))
    assert unchanged(net(QuantConv2D(5, 3, activation="relu", kernel_quantizer=RPR(3))))
    assert unchanged(net(QuantConv2D(5, 3, kernel_quantizer=RPR(3, fold=False))))
    assert unchanged(net(QuantConv2D(5, 3, kernel_quantizer=RPR(3, axis=(-2, -1)))))
    separable = QuantSeparableConv2D(5, 3, depthwise_quantizer=RPR(3, axis=DEPTHWISE), name="layer")
    assert unchanged(net(separable))


def test_outputs_that_somebody_else_reads_keep_their_scale() -> None:
    for readers in (1, 2):
        entry = tf.keras.Input(X.shape[1:])
        x = KINDS["conv"]()(entry)
        y = layers.BatchNormalization()(x)
        second = x if readers == 1 else layers.ReLU()(x)
        assert unchanged(tf.keras.Model(entry, [y, second]))


def test_of_a_separable_convolution_the_pointwise_half_is_folded() -> None:
    quantizers = {"depthwise_quantizer": RPR(3, axis=DEPTHWISE), "pointwise_quantizer": RPR(3)}
    model = net(QuantSeparableConv2D(5, 3, name="layer", **quantizers))
    before = model(X).numpy()
    assert fold_scales(model) == ("layer",)
    np.testing.assert_allclose(model(X), before, rtol=1e-4, atol=1e-5)
    scales = {k.weight: k.quantizer.scale.numpy() for k in quantized_kernels(model)}
    assert (scales["pointwise_kernel"] == 1).all()
    assert not (scales["depthwise_kernel"] == 1).any()


def test_nested_models_are_folded_and_norms_beyond_their_border_are_not() -> None:
    tf.keras.utils.set_random_seed(0)
    inner = tf.keras.Sequential(
        [
            tf.keras.Input((6, 6, 4)),
            QuantConv2D(4, 3, padding="same", kernel_quantizer=RPR(3), name="folded"),
            layers.BatchNormalization(),
            QuantConv2D(4, 3, padding="same", kernel_quantizer=RPR(3), name="kept"),
        ],
        name="inner",
    )
    entry = tf.keras.Input(X.shape[1:])
    twice = inner(inner(entry))  # both calls share what is folded
    model = tf.keras.Model(entry, layers.BatchNormalization()(twice))
    before = model(X).numpy()
    assert fold_scales(model) == ("inner/folded",)
    np.testing.assert_allclose(model(X), before, rtol=1e-4, atol=1e-5)


def test_shared_layers_shared_norms_and_norms_further_behind_are_left_alone() -> None:
    def conv() -> QuantConv2D:
        return QuantConv2D(4, 3, padding="same", kernel_quantizer=RPR(3))

    one, other = tf.keras.Input((6, 6, 4)), tf.keras.Input((9, 9, 4))
    shared, norm = conv(), layers.BatchNormalization()
    calls = [layers.BatchNormalization()(shared(x)) for x in (one, other)]
    assert unchanged(tf.keras.Model([one, other], calls))
    assert unchanged(tf.keras.Model([one, other], [norm(conv()(x)) for x in (one, other)]))
    behind = [tf.keras.Input((6, 6, 4)), conv(), layers.Dropout(0.1), layers.BatchNormalization()]
    assert unchanged(tf.keras.Sequential(behind))
    # A norm over the last axis is one over the width here.
    first = QuantConv2D(4, 3, data_format="channels_first", kernel_quantizer=RPR(3))
    assert unchanged(tf.keras.Sequential([tf.keras.Input((4, 6, 6)), first, layers.BatchNormalization()]))


@pytest.mark.parametrize("levels", [2, 3])
def test_trained_to_the_end_the_exported_kernel_is_whole_levels(levels: int) -> None:
    tf.keras.utils.set_random_seed(0)
    conv = QuantConv2D(5, 3, kernel_quantizer=RPR(levels), name="layer")
    head = [layers.ReLU(), layers.Flatten(), layers.Dense(2)]
    norm = layers.BatchNormalization()
    model = tf.keras.Sequential([tf.keras.Input(X.shape[1:]), conv, norm, *head])
    fold_scales(model)
    model.compile(RestartableAdam(0.01), "mse", run_eagerly=True)
    schedule = RandomPartition([[0, 0.5], [0.7, 1]])
    model.fit(X, X[:, 0, 0, :2], 7, 3, verbose=0, callbacks=[schedule])
    frozen = frozen_copy(model)
    assert set(np.unique(frozen.get_layer("layer").kernel)) == set(range(-1, 2, 4 - levels))
    np.testing.assert_array_equal(frozen(X), model(X))
