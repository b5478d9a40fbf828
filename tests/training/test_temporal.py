"""The rewritten convolutions give what TensorFlow's give, and so do their gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import tf
from tinyq.training.temporal import dense_depthwise, toeplitz_convolution, wins
from tinyq.training.temporal_norm import batch_moments, mix_and_filter

TOLERANCE = {tf.float32: 1e-5, tf.bfloat16: 5e-2, tf.float16: 5e-3}
EPSILON = 1e-3


def numbers(*shape: int, seed: int = 0) -> tf.Tensor:
    return tf.constant(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def with_gradients(operation, *inputs):
    """What it gives and its gradients, for a fixed upstream gradient."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = operation(*inputs)
    upstream = tf.cast(numbers(*y.shape, seed=9), y.dtype)
    return [y, *tape.gradient(y, inputs, upstream)]


def assert_alike(found, expected, tolerance=1e-5):
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        a, b = (tf.cast(t, tf.float32).numpy() for t in (a, b))
        assert np.abs(a - b).max() <= tolerance * max(1.0, np.abs(b).max())


@settings(max_examples=25, deadline=None)
@given(
    length=st.integers(1, 70),
    taps=st.integers(1, 40),
    channels=st.integers(1, 3),
    filters=st.integers(1, 3),
    samples=st.integers(1, 20),
    padding=st.sampled_from(["SAME", "VALID"]),
)
def test_toeplitz_is_the_convolution_for_any_shape(length, taps, channels, filters, samples, padding):
    if padding == "VALID":
        length = max(length, taps)
    x, kernel = numbers(2, 3, length, channels), numbers(1, taps, channels, filters, seed=1)
    found = with_gradients(lambda x, k: toeplitz_convolution(x, k, padding, samples), x, kernel)
    assert_alike(found, with_gradients(lambda x, k: tf.nn.conv2d(x, k, 1, padding), x, kernel))


@pytest.mark.parametrize("dtype", TOLERANCE, ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("taps", [32, 33])
def test_toeplitz_is_the_convolution_in_every_precision(dtype, taps):
    x, kernel = tf.cast(numbers(2, 2, 50, 1), dtype), tf.cast(numbers(1, taps, 1, 4, seed=1), dtype)
    found = with_gradients(lambda x, k: toeplitz_convolution(x, k, "SAME"), x, kernel)
    expected = with_gradients(lambda x, k: tf.nn.conv2d(x, k, 1, "SAME"), x, kernel)
    assert_alike(found, expected, TOLERANCE[dtype])


def test_toeplitz_takes_any_axes_before_time_known_or_not():
    kernel = numbers(5, 1, 2)
    specs = [tf.TensorSpec([None, None, 9, 1]), tf.TensorSpec([9, 1])]
    for spec, shape in zip(specs, ((2, 3, 9, 1), (9, 1)), strict=True):
        compiled = tf.function(lambda x: toeplitz_convolution(x, kernel, "SAME"), input_signature=[spec])
        assert compiled(tf.ones(shape)).shape == (*shape[:-1], 2)


@pytest.mark.parametrize("padding,shape", [("CAUSAL", (1, 9, 1)), ("SAME", (1, None, 1))])
def test_toeplitz_refuses_what_it_does_not_know(padding, shape):
    @tf.function(input_signature=[tf.TensorSpec(shape)], autograph=False)  # which wraps what it raises
    def call(x):
        return toeplitz_convolution(x, tf.ones([3, 1, 1]), padding)

    with pytest.raises(TrainError, match="SAME or VALID; known time"):
        call.get_concrete_function()


@settings(max_examples=15, deadline=None)
@given(height=st.integers(1, 6), channels=st.integers(1, 4), multiplier=st.integers(1, 3))
def test_a_dense_depthwise_is_the_depthwise(height, channels, multiplier):
    x, kernel = numbers(2, 6, 5, channels), numbers(height, 1, channels, multiplier, seed=1)
    native = with_gradients(lambda x, k: tf.nn.depthwise_conv2d(x, k, [1] * 4, "VALID"), x, kernel)
    assert_alike(with_gradients(dense_depthwise, x, kernel), native)


@settings(max_examples=20, deadline=None)
@given(
    length=st.integers(2, 50),
    taps=st.integers(1, 40),
    electrodes=st.integers(1, 4),
    filters=st.integers(1, 3),
    multiplier=st.integers(1, 2),
    padding=st.sampled_from(["SAME", "VALID"]),
)
def test_the_head_as_one_is_its_three_layers(length, taps, electrodes, filters, multiplier, padding):
    length = max(length, taps + 1) if padding == "VALID" else length
    inputs = (
        numbers(3, electrodes, length, 1) + 0.5,
        numbers(1, taps, 1, filters, seed=1),
        numbers(filters, seed=2),
        numbers(filters, seed=3),
        numbers(electrodes, 1, filters, multiplier, seed=4),
    )

    def layers(x, kernel, gamma, beta, spatial):
        y = tf.nn.conv2d(x, kernel, 1, padding)
        mean, variance = tf.nn.moments(y, [0, 1, 2])
        y = tf.nn.batch_normalization(y, mean, variance, beta, gamma, EPSILON)
        return tf.nn.depthwise_conv2d(y, spatial, [1] * 4, "VALID")

    def as_one(x, kernel, gamma, beta, spatial):
        mean, variance = batch_moments(x, kernel, padding)
        outputs = 3 * electrodes * (length if padding == "SAME" else length - taps + 1)
        scale = gamma * tf.math.rsqrt(variance * (outputs - 1) / outputs + EPSILON)
        return mix_and_filter(x, kernel, (scale, beta - mean * scale), spatial, padding)

    assert_alike(with_gradients(as_one, *inputs), with_gradients(layers, *inputs), 1e-4)


def test_moments_keep_their_digits_on_a_signal_far_from_zero():
    x, kernel = numbers(4, 8, 100, 1) + 100.0, numbers(1, 32, 1, 2, seed=1)
    y = tf.cast(tf.nn.conv2d(tf.cast(x, tf.float64), tf.cast(kernel, tf.float64), 1, "VALID"), tf.float64)
    mean, variance = batch_moments(x, kernel, "VALID")
    np.testing.assert_allclose(mean, tf.reduce_mean(y, [0, 1, 2]), rtol=1e-4)
    np.testing.assert_allclose(variance, tf.math.reduce_variance(y, [0, 1, 2]), rtol=1e-3)


def test_where_it_wins_depends_on_the_shape_alone():
    assert wins("Conv2D", (1, 64, 1, 8)) and wins("Conv1D", (64, 1, 8))
    assert not wins("Conv2D", (1, 8, 1, 8)) and not wins("Conv2D", (3, 64, 1, 8))
    assert not wins("Conv2D", (1, 64, 1, 32)) and not wins("Conv2D", (1, 64, 64, 8))
    assert wins("DepthwiseConv2D", (22, 1, 8, 2)) and not wins("DepthwiseConv2D", (3, 3, 8, 2))
