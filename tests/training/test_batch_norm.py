"""tinyq.training.batch_norm: statistics of the weights that are there in the end."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow", "python:larq")

from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.quantizers.models import load_model  # noqa: E402
from tinyq.training import load_recipe, train  # noqa: E402
from tinyq.training.batch_norm import BATCH, reestimate_batch_norms  # noqa: E402

layers = tf.keras.layers


def two_norms() -> tf.keras.Model:
    x = inputs = tf.keras.Input((4,))
    x = layers.BatchNormalization(momentum=0.7)(x)
    x = layers.Dropout(0.5)(layers.Dense(3, use_bias=False)(x))
    return tf.keras.Model(inputs, layers.BatchNormalization()(x))


def test_statistics_are_those_of_the_samples_and_of_the_weights() -> None:
    x = np.random.default_rng(0).normal(3, 2, (BATCH, 4)).astype(np.float32)
    net = two_norms()
    assert reestimate_batch_norms(net, x, BATCH) == 2
    first, dense, drop, last = net.layers[1:]
    np.testing.assert_allclose(first.moving_mean, x.mean(0), rtol=1e-5)
    np.testing.assert_allclose(first.moving_variance, x.var(0), rtol=1e-2)
    behind = dense(first(x, training=True)).numpy()  # no dropout
    np.testing.assert_allclose(last.moving_mean, behind.mean(0), atol=1e-5)
    np.testing.assert_allclose(last.moving_variance, behind.var(0), rtol=1e-2)
    assert (first.momentum, last.momentum, drop.rate) == (0.7, 0.99, 0.5)


def test_batches_count_by_their_size() -> None:
    x = np.random.default_rng(1).normal(size=(BATCH + 8, 4)).astype(np.float32)
    net = two_norms()
    reestimate_batch_norms(net, x, len(x))
    np.testing.assert_allclose(net.layers[1].moving_mean, x.mean(0), atol=1e-5)


@pytest.mark.parametrize("samples", [0, 64])
def test_nothing_to_do_changes_nothing(samples: int) -> None:
    x = np.ones((8, 4), np.float32)
    net = two_norms() if samples == 0 else tf.keras.Sequential([tf.keras.Input((4,)), layers.Dense(2)])
    before = [value.copy() for value in net.get_weights()]
    reestimate_batch_norms(net, x, samples)
    assert all(map(np.array_equal, before, net.get_weights()))


def test_a_float_net_keeps_its_moving_averages_and_a_quantized_one_does_not(tmp_path: Path) -> None:
    from tinyq.datasets import load_digits

    data = load_digits()
    data = dataclasses.replace(data, x_train=data.x_train[:256], y_train=data.y_train[:256])
    assert load_recipe("digits_cnn").stage("ternary").norm_samples > 0
    for method in ("float", "ste-ternary"):
        out = tmp_path / f"{method}.keras"
        train("digits_cnn", data, method=method, out=out, epochs=1)
        net = load_model(out)
        kept = net.get_weights()
        reestimate_batch_norms(net, data.x_train, 8192)
        same = all(np.allclose(a, b, atol=1e-5) for a, b in zip(kept, net.get_weights(), strict=True))
        assert same == (method != "float"), method
