"""A layer that convolves the codes of its input gives what it gave with values, and its gradients."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.quantizers import (  # noqa: E402
    DEPTHWISE,
    RTN,
    EncodingActivation,
    EncodingDecomposition,
    QuantConv1D,
    QuantConv2D,
    QuantDepthwiseConv2D,
    QuantSeparableConv2D,
    RTNActivation,
)
from tinyq.quantizers.larq_api import larq, tf  # noqa: E402
from tinyq.training.fast_layers import use_fast_layers  # noqa: E402

pytestmark = pytest.mark.train
LAYERS = {
    "same": (QuantConv2D, {"filters": 4, "kernel_size": 3, "padding": "same"}),
    "strided": (QuantConv2D, {"filters": 4, "kernel_size": 3, "padding": "same", "strides": 2}),
    "dilated": (QuantConv2D, {"filters": 4, "kernel_size": (2, 3), "padding": "same", "dilation_rate": 2}),
    "valid": (QuantConv2D, {"filters": 4, "kernel_size": 2, "use_bias": False, "activation": "tanh"}),
    "causal": (QuantConv1D, {"filters": 4, "kernel_size": 3, "padding": "causal"}),
    "long": (QuantConv1D, {"filters": 4, "kernel_size": 24, "padding": "same"}),
    "depthwise": (QuantDepthwiseConv2D, {"kernel_size": 3, "padding": "same", "depth_multiplier": 2}),
    "spatial": (QuantDepthwiseConv2D, {"kernel_size": (8, 1), "depth_multiplier": 2}),
}
ACTIVATIONS = {
    "rtn": lambda: RTNActivation(),
    "one bit": lambda: EncodingActivation(1),
    "positive": lambda: EncodingActivation(3, "hrelu"),
}


def made(kind: str, activation: str, policy: str = "float32") -> tuple[tf.keras.Model, tf.Tensor]:
    tf.keras.utils.set_random_seed(0)
    layer, arguments = LAYERS[kind]
    depthwise = layer is QuantDepthwiseConv2D
    weights = RTN() if activation == "rtn" else EncodingDecomposition(2, DEPTHWISE if depthwise else (-1,))
    quantizers = {"depthwise_quantizer" if depthwise else "kernel_quantizer": weights}
    shape = (70, 3) if layer is QuantConv1D else (9, 8, 3)
    quantized = layer(
        **{"bias_initializer": "normal", **arguments, **quantizers},
        input_quantizer=ACTIVATIONS[activation](),
        dtype=policy,
        name="layer",
    )
    entry = tf.keras.Input(shape)
    model = tf.keras.Model(entry, tf.cast(quantized(entry), tf.float32))
    for variable in quantized.input_quantizer.trainable_variables:
        variable.assign_add(0.7)
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    return model, tf.constant(x)


def outputs_and_gradients(model: tf.keras.Model, x: tf.Tensor) -> list[np.ndarray]:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x, training=True)
        loss = tf.reduce_sum(y * np.random.default_rng(1).normal(size=y.shape).astype(np.float32))
    gradients = tape.gradient(loss, [x, *model.trainable_variables])
    assert all(gradient is not None for gradient in gradients)
    return [y.numpy(), *(gradient.numpy() for gradient in gradients)]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kind", LAYERS)
def test_outputs_and_all_gradients_are_the_same(kind: str, activation: str) -> None:
    model, x = made(kind, activation)
    expected = outputs_and_gradients(model, x)
    assert len(expected) >= (5 if activation == "rtn" else 3)
    with use_fast_layers(model, "CPU") as names:
        assert names == ("layer",)
        found = outputs_and_gradients(model, x)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5 * max(1, np.abs(b).max()))


@pytest.mark.parametrize("activation", ["rtn", "positive"])
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_is_the_same_within_its_rounding(activation: str, policy: str) -> None:
    model, x = made("same", activation, policy)
    expected = outputs_and_gradients(model, x)
    with use_fast_layers(model, "CPU"):
        found = outputs_and_gradients(model, x)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=0.03 * np.abs(b).max())


def test_bits_may_change_between_steps() -> None:
    model, x = made("same", "positive")
    with use_fast_layers(model, "CPU"):
        step = tf.function(lambda x: model(x, training=True))
        step(x)
        model.get_layer("layer").input_quantizer.bits_now.assign(5)
        found = step(x)
    np.testing.assert_allclose(found, model(x, training=True), atol=1e-5)


def test_no_pass_over_the_activations_is_left_but_their_codes() -> None:
    model, x = made("same", "rtn")

    @tf.function
    def step(x: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(model(x, training=True))
        return tape.gradient(loss, [x, *model.trainable_variables])

    def kinds() -> dict[str, int]:
        concrete = tf.function(step.python_function).get_concrete_function(x)
        graph = tf.compat.v1.graph_util.extract_sub_graph(
            concrete.graph.as_graph_def(), [t.op.name for t in concrete.outputs]
        )
        large = {op.name for op in concrete.graph.get_operations() if _elements(op) >= tf.size(x)}
        found = [node.op for node in graph.node if node.name in large and node.op != "Placeholder"]
        return {kind: found.count(kind) for kind in found}

    stock = sum(kinds().values())
    with use_fast_layers(model, "CPU"):
        found = kinds()
    assert "Pad" not in found
    assert sum(found.values()) < stock - 5


def _elements(operation: tf.Operation) -> int:
    return max(
        (t.shape.num_elements() or 0 for t in operation.outputs if t.shape.rank is not None), default=0
    )


def test_what_is_padded_otherwise_is_left_alone() -> None:
    entry = tf.keras.Input((9, 8, 3))
    separable = QuantSeparableConv2D(4, 3, input_quantizer=RTNActivation())
    larqs = larq.layers.QuantConv2D(4, 3, padding="same", input_quantizer=RTNActivation())
    signs = QuantConv2D(4, 3, padding="same", input_quantizer="ste_sign")
    model = tf.keras.Model(entry, [layer(entry) for layer in (separable, larqs, signs)])
    with use_fast_layers(model, "CPU") as names:
        assert names == ()
