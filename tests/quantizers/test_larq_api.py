"""Quantizers inside larq's layers: forward values, gradients, .keras files, the copy that is converted."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import QuantizerError, TinyqError  # noqa: E402
from tinyq.quantizers import (  # noqa: E402
    DEPTHWISE,
    Binary,
    QuantConv1D,
    QuantConv2D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantSeparableConv2D,
    Ternary,
    frozen_copy,
    load_model,
    quantized_kernels,
)
from tinyq.quantizers.base import reduced_axes, straight_through  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402

pytestmark = pytest.mark.train


def every_layer(make) -> tf.keras.Model:
    """Conv2D, depthwise (multiplier 2), separable, Conv1D, and a nested model with a dense layer."""
    tf.keras.utils.set_random_seed(1)
    entry = tf.keras.Input((6, 6, 2))
    x = QuantConv2D(4, 3, use_bias=False, kernel_quantizer=make((-1,)), name="conv")(entry)
    x = tf.keras.layers.BatchNormalization(name="norm")(x)
    x = QuantDepthwiseConv2D(
        3, padding="same", depth_multiplier=2, depthwise_quantizer=make(DEPTHWISE), name="depthwise"
    )(x)
    x = QuantSeparableConv2D(
        5, 3, depthwise_quantizer=make(DEPTHWISE), pointwise_quantizer=make((-1,)), name="separable"
    )(x)
    x = tf.keras.layers.Reshape((4, 5), name="rows")(x)
    x = QuantConv1D(3, 2, kernel_quantizer=make((-1,)), name="conv_1d")(x)
    inner = tf.keras.Sequential(
        [
            tf.keras.Input((3, 3)),
            tf.keras.layers.Flatten(),
            QuantDense(4, kernel_quantizer=make((-1,)), name="dense"),
        ],
        name="head",
    )
    return tf.keras.Model(entry, inner(x))


MAKERS = {
    "twn": lambda axis: Ternary("twn", axis),
    "exact": lambda axis: Ternary("exact", axis),
    "binary": lambda axis: Binary(axis),
}
X = np.random.default_rng(0).normal(size=(7, 6, 6, 2)).astype(np.float32)


@pytest.mark.parametrize("kind", MAKERS)
def test_keras_file_gives_the_same_model_back(kind: str, tmp_path: Path) -> None:
    model = every_layer(MAKERS[kind])
    model.save(tmp_path / "m.keras")
    again = load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(model(X).numpy(), again(X).numpy())
    for one, other in zip(quantized_kernels(model), quantized_kernels(again), strict=True):
        assert (one.layer, one.weight) == (other.layer, other.weight)
        assert one.quantizer.spec() == other.quantizer.spec()
        np.testing.assert_array_equal(one.latent, other.latent)


def test_keras_file_loads_in_a_fresh_process_that_imports_only_load_model(tmp_path: Path) -> None:
    every_layer(MAKERS["exact"]).save(tmp_path / "m.keras")
    code = (
        "import sys; from pathlib import Path; from tinyq.quantizers import load_model\n"
        "assert 'tensorflow' in sys.modules\n"
        "print(load_model(Path(sys.argv[1])).get_layer('conv').kernel_quantizer.spec().scheme)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "TF_USE_LEGACY_KERAS"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "m.keras")],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "a8wt"


def test_importing_the_package_loads_no_tensorflow() -> None:
    code = "import sys, tinyq.quantizers, tinyq.training, tinyq.datasets; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_keras_3_is_refused_with_the_way_out() -> None:
    code = "import tensorflow as tf; tf.keras.layers; import tinyq.quantizers as q; q.Ternary"
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode != 0
    assert "set TF_USE_LEGACY_KERAS=1" in done.stderr


@pytest.mark.parametrize("kind", MAKERS)
def test_kernels_are_listed_with_integers_that_are_what_the_layer_computes_with(kind: str) -> None:
    kernels = list(quantized_kernels(every_layer(MAKERS[kind])))
    assert [(k.layer, k.weight, k.latent.ndim) for k in kernels] == [
        ("conv", "kernel", 4),
        ("depthwise", "depthwise_kernel", 4),
        ("separable", "depthwise_kernel", 4),
        ("separable", "pointwise_kernel", 4),
        ("conv_1d", "kernel", 3),
        ("head/dense", "kernel", 2),
    ]
    for kernel in kernels:
        codes, scale = kernel.quantizer.integers(kernel.latent)
        np.testing.assert_array_equal(codes * scale, kernel.quantizer(kernel.latent).numpy())


@pytest.mark.parametrize("kind", MAKERS)
def test_frozen_copy_computes_the_same_without_quantizers(kind: str) -> None:
    model = every_layer(MAKERS[kind])
    model.get_layer("norm").moving_mean.assign([0.1, 0.2, 0.3, 0.4])
    frozen = frozen_copy(model)
    np.testing.assert_array_equal(model(X).numpy(), frozen(X).numpy())
    assert not list(quantized_kernels(frozen))
    assert len(np.unique(np.abs(frozen.get_layer("conv").kernel.numpy()[..., 0]))) <= 2
    assert list(quantized_kernels(model))  # the original keeps its own


def test_frozen_copy_refuses_nan_weights() -> None:
    model = every_layer(MAKERS["exact"])
    model.get_layer("conv").kernel.assign(np.full((3, 3, 2, 4), np.nan))
    with pytest.raises(QuantizerError, match="72 NaN"):
        frozen_copy(model)


def test_forward_of_a_layer_equals_keras_with_quantized_kernel() -> None:
    layer = QuantConv2D(4, 3, kernel_quantizer=Ternary("exact"))
    layer.build(X.shape)
    plain = tf.keras.layers.Conv2D(4, 3)
    plain.build(X.shape)
    plain.set_weights([layer.kernel_quantizer(layer.get_weights()[0]), layer.get_weights()[1]])
    np.testing.assert_array_equal(layer(X).numpy(), plain(X).numpy())


def test_gradient_reaches_the_latent_kernel_unchanged() -> None:
    layer = QuantDense(3, use_bias=False, kernel_quantizer=Binary())
    layer.build((None, 2))
    layer.set_weights([np.array([[5.0, -0.1, 0.2], [0.1, 7.0, 0.3]], np.float32)])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(tf.constant([[2.0, 3.0]])))
    (gradient,) = tape.gradient(total, layer.trainable_variables)
    np.testing.assert_array_equal(gradient.numpy(), [[2, 2, 2], [3, 3, 3]])


def test_straight_through_returns_the_quantized_value_to_the_last_bit() -> None:
    x = tf.constant([1e8, 0.1])
    quantized = tf.constant([0.1, 1e-8])
    np.testing.assert_array_equal(straight_through(x, quantized).numpy(), quantized.numpy())
    assert (x + (quantized - x)).numpy()[0] != quantized.numpy()[0]  # why the usual trick is not used


def test_mixed_precision_keeps_the_dtype() -> None:
    x = tf.constant(np.random.default_rng(1).normal(size=(3, 3, 2, 4)), tf.float16)
    result = Ternary("exact", dtype="float16")(x)
    assert result.dtype == tf.float16
    assert len(np.unique(np.abs(result.numpy()[..., 0]))) <= 2


def test_reduced_axes_are_all_but_the_scales() -> None:
    assert reduced_axes(4, (-1,)) == (0, 1, 2)
    assert reduced_axes(3, ()) == (0, 1, 2)
    with pytest.raises(QuantizerError, match="share a scale"):
        reduced_axes(1, (-1,))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 truncated"])
def test_damaged_keras_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    path.write_bytes(content)
    with pytest.raises(TinyqError, match="cannot be read as a Keras model"):
        load_model(path)


def test_missing_keras_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TinyqError, match="none.keras"):
        load_model(tmp_path / "none.keras")
