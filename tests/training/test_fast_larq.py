"""larq's activation quantizers, rewritten, give the same bits forward and backward."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.quantizers import larq_api  # noqa: E402
from tinyq.quantizers.larq_api import larq, tf  # noqa: E402
from tinyq.training.fast_larq import fast_larq  # noqa: E402
from tinyq.training.fast_layers import use_fast_layers  # noqa: E402

pytestmark = pytest.mark.train
QUANTIZERS = {
    "sign": lambda: larq.quantizers.SteSign(),
    "ternary": lambda: larq.quantizers.SteTern(threshold_value=0.5),
    "dorefa-1": lambda: larq.quantizers.DoReFa(1),
    "dorefa-3": lambda: larq.quantizers.DoReFa(3),
}
LIMITS = np.float32([-1, -0.5, -0.0, 0.0, 0.5, 1])
EDGES = [*LIMITS, *np.nextafter(LIMITS, np.float32(2)), *np.nextafter(LIMITS, np.float32(-2))]
HOMES = {"larq": larq.layers.QuantConv2D, "tinyq": larq_api.QuantConv2D}


def model_of(quantizer: tf.keras.layers.Layer, home: str = "larq", dtype: str = "float32") -> tf.keras.Model:
    entry = tf.keras.Input((4, 4, 2))
    conv = HOMES[home](3, 2, padding="same", input_quantizer=quantizer, name="conv", dtype=dtype)
    return tf.keras.Model(entry, conv(entry))


def values_and_gradients(model: tf.keras.Model, x: tf.Tensor) -> list[np.ndarray]:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x, training=True)
        loss = tf.reduce_sum(y * tf.cos(tf.reshape(tf.range(tf.size(y), dtype=y.dtype), y.shape)))
    return [y.numpy(), *(g.numpy() for g in tape.gradient(loss, [x, *model.trainable_variables]))]


def operations(model: tf.keras.Model) -> list[str]:
    """The kinds in the graph of a training step, in its order."""
    graph = tf.function(lambda x: tf.gradients(model(x, training=True), x)).get_concrete_function(
        tf.TensorSpec(model.input_shape)
    )
    return [each.type for each in graph.graph.get_operations()]


@pytest.mark.parametrize(
    ("home", "dtype"), [("larq", "float32"), ("tinyq", "float32"), ("tinyq", "mixed_bfloat16")]
)
@pytest.mark.parametrize("kind", QUANTIZERS)
def test_values_and_gradients_are_the_same_bit_for_bit(kind: str, home: str, dtype: str) -> None:
    quantizer = QUANTIZERS[kind]()
    model = model_of(quantizer, home, dtype)
    x = np.random.default_rng(0).normal(size=(4, 4, 4, 2)).astype(np.float32)
    x.flat[: len(EDGES)] = EDGES
    expected = values_and_gradients(model, tf.constant(x))
    before, stock = set(vars(quantizer)), operations(model)
    with use_fast_layers(model, "CPU") as names:
        assert names == ()
        found = values_and_gradients(model, tf.constant(x))
        fewer = operations(model)
    assert "FakeQuantWithMinMaxArgsGradient" in fewer  # one pass instead of what selects
    assert "FakeQuantWithMinMaxArgsGradient" not in stock
    assert set(vars(quantizer)) == before
    assert operations(model) == stock
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "quantizer",
    [
        larq.quantizers.SteSign(clip_value=None),
        larq.quantizers.SteTern(clip_value=2.0),
        larq.quantizers.SteTern(ternary_weight_networks=True),
        larq.quantizers.SteSign(metrics=["flip_ratio"]),
        larq.quantizers.ApproxSign(),
        type("Mine", (larq.quantizers.SteSign,), {})(),
        tf.sign,
        None,
    ],
)
def test_others_are_left_alone(quantizer) -> None:
    assert fast_larq(larq.layers.QuantConv2D(1, 1, input_quantizer=quantizer)) is None


def test_a_quantizer_that_two_layers_share_is_rewritten_once() -> None:
    quantizer = larq.quantizers.SteSign()
    entry = tf.keras.Input((4, 4, 2))
    shared = [larq.layers.QuantConv2D(3, 2, input_quantizer=quantizer)(entry) for _ in range(2)]
    with use_fast_layers(tf.keras.Model(entry, shared), "CPU"):
        assert "call" in vars(quantizer)
    assert "call" not in vars(quantizer)
