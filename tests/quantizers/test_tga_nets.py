"""Networks with TGA: training, weight decay, files, and layers of one branch in place of several."""

from pathlib import Path

import numpy as np
import pytest
from quantizers.striped_images import stripes
from tools_required import need

need("python:tensorflow")
from tinyq.core.errors import TinyqError  # noqa: E402
from tinyq.quantizers import (  # noqa: E402
    TGA,
    QuantConv2D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantSeparableConv2D,
    frozen_copy,
    learned_variables,
    load_model,
    quantized_kernels,
    split_branches,
)
from tinyq.quantizers.larq_api import tf  # noqa: E402

pytestmark = pytest.mark.train


def whole_net(make=TGA) -> tf.keras.Model:
    """First and last layer ternary too."""
    tf.keras.utils.set_random_seed(4)
    return tf.keras.Sequential(
        [
            tf.keras.Input((8, 8, 1)),
            QuantConv2D(8, 3, kernel_quantizer=make(), use_bias=False, name="first"),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.ReLU(),
            QuantDepthwiseConv2D(3, depthwise_quantizer=make(), activation="relu", name="depthwise"),
            tf.keras.layers.Flatten(),
            QuantDense(3, kernel_quantizer=make(), name="last", dtype="float32"),
        ]
    )


def trained(make=TGA, epochs: int = 12) -> tuple[tf.keras.Model, list[float]]:
    model = whole_net(make)
    optimizer = tf.keras.optimizers.Adam(0.02, weight_decay=0.01)
    optimizer.exclude_from_weight_decay(var_names=["threshold"])
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss)
    history = model.fit(*stripes(), batch_size=32, epochs=epochs, verbose=0)
    return model, history.history["loss"]


def test_training_lowers_the_loss_and_moves_every_threshold() -> None:
    start = [k.quantizer.threshold.numpy() for k in quantized_kernels(whole_net())]
    model, losses = trained()
    assert losses[-1] < 0.5 * losses[0], losses
    kernels = list(quantized_kernels(model))
    assert [k.layer for k in kernels] == ["first", "depthwise", "last"]
    for kernel, before in zip(kernels, start, strict=True):
        assert abs(kernel.quantizer.threshold.numpy() - before).max() > 1e-3, kernel.layer
        codes, scale = kernel.quantizer.integers(kernel.latent)
        np.testing.assert_array_equal(codes * scale, kernel.quantizer(kernel.latent).numpy())
        assert 0 < np.abs(codes).mean() <= 1
    x, _ = stripes()
    np.testing.assert_array_equal(model(x).numpy(), frozen_copy(model)(x).numpy())


def test_weight_decay_leaves_the_threshold_alone_by_name_and_by_the_list() -> None:
    model = whole_net()
    thresholds = [k.quantizer.threshold for k in quantized_kernels(model)]
    found = learned_variables(model)
    assert [id(v) for v in found] == [id(v) for v in thresholds]
    for arguments in ({"var_names": ["threshold"]}, {"var_list": found}):
        optimizer = tf.keras.optimizers.AdamW(0.1, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(**arguments)
        before = [v.numpy() for v in thresholds]
        kernel = model.get_layer("last").trainable_variables[0]
        latent = kernel.numpy()
        optimizer.apply_gradients([(tf.zeros(v.shape), v) for v in [*thresholds, kernel]])
        for variable, value in zip(thresholds, before, strict=True):
            np.testing.assert_array_equal(variable, value)
        assert (kernel.numpy() != latent).any()


def test_keras_file_keeps_trained_thresholds(tmp_path: Path) -> None:
    model, _ = trained(epochs=1)
    model.save(tmp_path / "m.keras")
    again = load_model(tmp_path / "m.keras")
    x, _ = stripes()
    np.testing.assert_array_equal(model(x).numpy(), again(x).numpy())
    model.save_weights(tmp_path / "checkpoint")
    fresh = whole_net()
    fresh.load_weights(tmp_path / "checkpoint").expect_partial()
    np.testing.assert_array_equal(model(x).numpy(), fresh(x).numpy())


def test_mixed_bfloat16_trains_with_codes_of_float32() -> None:
    tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model, losses = trained()
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")
    assert losses[-1] < 0.6 * losses[0], losses
    for kernel in quantized_kernels(model):
        assert kernel.quantizer.threshold.dtype == tf.float32
        codes, scale = kernel.quantizer.integers(kernel.latent)
        np.testing.assert_array_equal(codes * scale, kernel.quantizer(kernel.latent).numpy())


def expanded() -> tf.keras.Model:
    tf.keras.utils.set_random_seed(6)
    entry = tf.keras.Input((8, 8, 2))
    x = QuantConv2D(4, 3, kernel_quantizer=TGA(2), activation="relu", padding="same", name="conv")(entry)
    x = tf.keras.layers.BatchNormalization(name="norm")(x)
    x = QuantSeparableConv2D(
        4, 3, depthwise_quantizer=TGA(2), pointwise_quantizer=TGA(2, axis=-1), name="separable"
    )(x)
    inner = tf.keras.Sequential(
        [
            tf.keras.Input((6, 6, 4)),
            QuantDepthwiseConv2D(3, depthwise_quantizer=TGA(4), name="depthwise"),
            tf.keras.layers.Flatten(),
            QuantDense(3, kernel_quantizer=TGA(1), activation="softmax", name="dense"),
        ],
        name="inner",
    )
    return tf.keras.Model(entry, inner(x))


def test_split_branches_gives_layers_of_one_branch_with_the_same_kernels_and_outputs(tmp_path: Path) -> None:
    model = expanded()
    x = np.random.default_rng(7).normal(size=(16, 8, 8, 2)).astype(np.float32)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, np.arange(16) % 3, epochs=2, verbose=0)
    split = split_branches(model)
    np.testing.assert_allclose(model(x).numpy(), split(x).numpy(), atol=1e-6)
    kernels = {(k.layer, k.weight): k for k in quantized_kernels(split)}
    assert len(kernels) == 2 + 4 * 2 + 4 + 1
    assert split.get_layer("norm").__class__.__name__ == "BatchNormalization"  # behind a ReLU: stays
    conv = next(k for k in quantized_kernels(model) if k.layer == "conv")
    for number, (codes, scale) in enumerate(conv.quantizer.branches_of(conv.latent), 1):
        part = kernels[(f"conv_branch_{number}", "kernel")]
        for one, other in zip(part.quantizer.integers(part.latent), (codes, scale), strict=True):
            np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(split(x).numpy(), frozen_copy(split)(x).numpy())
    split.save(tmp_path / "split.keras")
    np.testing.assert_array_equal(split(x).numpy(), load_model(tmp_path / "split.keras")(x).numpy())
    with pytest.raises(TinyqError, match="split_branches"):
        frozen_copy(model)


def test_a_batch_norm_behind_a_sum_of_branches_goes_before_it() -> None:
    model, _ = trained(lambda: TGA(2), epochs=2)
    x, _ = stripes()
    split = split_branches(model)
    np.testing.assert_allclose(model(x).numpy(), split(x).numpy(), atol=1e-5)
    names = [layer.name for layer in split.layers]
    norm = model.layers[1].name
    assert {f"{norm}_branch_1", f"{norm}_branch_2", norm} <= set(names)
    assert isinstance(split.get_layer(norm), tf.keras.layers.Add)
    assert "first" not in names
