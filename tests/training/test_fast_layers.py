"""Models train the same with and without the rewriting, and are as before after it."""

import numpy as np
import pytest

from tinyq.quantizers import QuantConv2D, Ternary
from tinyq.quantizers.larq_api import larq, tf
from tinyq.quantizers.models import load_model
from tinyq.training.fast_layers import use_fast_layers
from tinyq.training.method import load_method
from tinyq.training.precision import with_precision
from tinyq.training.quantize import quantize_model

layers = tf.keras.layers
SHAPE = (12, 40, 1)


def eegnet(padding: str = "same", electrodes: int = SHAPE[0], **conv) -> tf.keras.Model:
    tf.keras.utils.set_random_seed(0)
    entry = tf.keras.Input((electrodes, *SHAPE[1:]))
    x = layers.Conv2D(4, (1, 24), padding=padding, name="temporal", **{"use_bias": False, **conv})(entry)
    x = layers.BatchNormalization(momentum=0.5, name="norm")(x)
    x = layers.DepthwiseConv2D((electrodes, 1), depth_multiplier=2, name="spatial", activation="relu")(x)
    x = layers.AveragePooling2D((1, 4))(x)
    return tf.keras.Model(entry, layers.Dense(2, name="dense")(layers.Flatten()(x)))


HEAD, APART = ("temporal", "norm", "spatial"), ("temporal", "spatial")


def one_epoch(model: tf.keras.Model, fast: tuple[str, ...], eager: bool = False) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(size=(16, *SHAPE)).astype(np.float32)
    with use_fast_layers(model, "CPU" if fast else "GPU") as names:
        assert names == fast
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(tf.keras.optimizers.SGD(0.1), loss, run_eagerly=eager)
        model.fit(x, random.integers(0, 2, 16), batch_size=8, shuffle=False, verbose=0)
    return [np.asarray(w, np.float32) for w in model.get_weights()]


def assert_same_training(make, tolerance=2e-4, eager=False, names=HEAD):
    """All weights after an epoch: latent ones, of batch norm, moving averages, of quantizers."""
    for a, b in zip(one_epoch(make(), names, eager), one_epoch(make(), (), eager), strict=True):
        np.testing.assert_allclose(a, b, atol=tolerance)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_float_net_trains_the_same(padding):
    assert_same_training(lambda: eegnet(padding))


def test_it_trains_the_same_where_the_head_is_three_layers():
    assert_same_training(lambda: eegnet(use_bias=True), names=APART)


def test_it_trains_the_same_step_by_step():
    assert_same_training(eegnet, eager=True)


@pytest.mark.parametrize("method", ["ternary", "ste-binary", "tga"])
def test_a_quantized_net_trains_the_same(method):
    assert_same_training(lambda: quantize_model(eegnet(), method))


def test_layers_that_pad_before_they_quantize_train_the_same():
    layer = {"layers": "temporal", "activations": {"class": "RTNActivation"}}
    everywhere = load_method("rtn").with_rules([layer])
    assert_same_training(lambda: quantize_model(eegnet(), everywhere), 1e-3, names=APART)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_the_same(policy):
    made = (lambda: eegnet(), lambda: quantize_model(eegnet(), "tga"))
    for make in made:
        assert_same_training(lambda make=make: with_precision(make(), policy), 2e-2, names=APART)


def test_it_trains_the_same_under_a_strategy():
    def mirrored() -> tf.keras.Model:
        with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
            return eegnet()

    assert_same_training(mirrored)


def test_the_head_has_no_backward_pass_of_its_convolution():
    model = eegnet()
    x = tf.ones([2, *SHAPE])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(x, training=True))
        return tape.gradient(loss, model.trainable_variables)

    with use_fast_layers(model, "CPU"):
        kinds = [operation.type for operation in step.get_concrete_function().graph.get_operations()]
        graph = tf.compat.v1.graph_util.extract_sub_graph(
            step.get_concrete_function().graph.as_graph_def(),
            [t.op.name for t in step.get_concrete_function().outputs],
        )
    assert "FusedBatchNormV3" in kinds
    used = [node.op for node in graph.node]
    assert "FusedBatchNormGradV3" not in used and "Conv2DBackpropInput" not in used
    assert used.count("Conv2DBackpropFilter") == 1  # of the mixed rows, which are fewer


def test_few_electrodes_stay_three_layers():
    model = eegnet(electrodes=8)
    with use_fast_layers(model, "CPU") as names:
        assert names == APART


@pytest.mark.parametrize("padding", ["same", "valid", "causal"])
def test_one_dimension_is_rewritten_too(padding):
    entry = tf.keras.Input((50, 1))
    model = tf.keras.Model(entry, layers.Conv1D(4, 24, padding=padding, name="conv")(entry))
    x = tf.random.stateless_normal([2, 50, 1], [0, 0])
    expected = model(x)
    with use_fast_layers(model, "CPU") as names:
        assert names == ("conv",)
        np.testing.assert_allclose(model(x), expected, atol=1e-5)


@pytest.mark.parametrize(
    "other", [{"strides": (1, 2)}, {"dilation_rate": (1, 2)}, {"filters": 32}, {"kernel_size": (1, 5)}]
)
def test_other_layers_are_left_alone(other):
    entry = tf.keras.Input((4, 60, 1))
    conv = layers.Conv2D(**{"filters": 4, "kernel_size": (1, 24), **other})
    with use_fast_layers(tf.keras.Model(entry, conv(entry)), "CPU") as names:
        assert names == ()


@pytest.mark.parametrize("base", [layers.Conv2D, QuantConv2D])
def test_a_derived_class_is_left_alone(base):
    class Mine(base):
        pass

    entry = tf.keras.Input((4, 60, 1))
    with use_fast_layers(tf.keras.Model(entry, Mine(4, (1, 24))(entry)), "CPU") as names:
        assert names == ()


def assert_same_outputs(model, x, names, training=True):
    expected = tf.nest.flatten(model(x, training=training))
    with use_fast_layers(model, "CPU") as found:
        assert found == names
        for a, b in zip(tf.nest.flatten(model(x, training=training)), expected, strict=True):
            np.testing.assert_allclose(a, b, atol=2e-5)


X = tf.random.stateless_normal([2, *SHAPE], [0, 0])


def test_outputs_that_are_used_elsewhere_too_are_right():
    model = eegnet()
    inner = [model.get_layer(name).output for name in HEAD]
    assert_same_outputs(tf.keras.Model(model.input, [*inner, model.output]), X, HEAD)


def test_layers_that_are_called_twice_are_right():
    entry = tf.keras.Input(SHAPE)
    conv = layers.Conv2D(4, (1, 24), use_bias=False, name="temporal")
    norm, spatial = layers.BatchNormalization(name="norm"), layers.DepthwiseConv2D((12, 1), name="spatial")
    model = tf.keras.Model(entry, [spatial(norm(conv(entry))), spatial(norm(conv(-entry)))])
    assert_same_outputs(model, X, ("temporal",))


def test_a_spatial_filter_over_other_rows_elsewhere_is_right():
    temporal, norm, spatial = (model := eegnet()).layers[1:4]

    def three(x):
        return spatial(norm(temporal(x), training=True))

    higher = tf.concat([X, X], axis=1)
    expected = three(higher)
    with use_fast_layers(model, "CPU") as names:
        assert names == HEAD
        np.testing.assert_allclose(three(higher), expected, atol=2e-5)


def test_a_frozen_batch_norm_keeps_its_averages():
    model = eegnet()
    model.get_layer("norm").trainable = False
    assert_same_outputs(model, X, HEAD)
    np.testing.assert_array_equal(model.get_layer("norm").moving_mean, np.zeros(4))


def test_a_model_in_a_model_is_rewritten():
    entry = tf.keras.Input(SHAPE)
    assert_same_outputs(tf.keras.Model(entry, eegnet()(entry)), X, HEAD)


def test_a_subclassed_model_is_rewritten_layer_by_layer():
    class Net(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(4, (1, 24), name="temporal")
            self.norm = layers.BatchNormalization()

        def call(self, inputs, training=None):
            return self.norm(self.conv(inputs), training=training)

    model = Net()
    model(X)
    assert_same_outputs(model, X, ("temporal",))


def test_a_border_of_another_value_is_kept():
    tf.keras.utils.set_random_seed(0)
    entry = tf.keras.Input(SHAPE)
    quantizers = {"input_quantizer": "ste_sign", "kernel_quantizer": Ternary()}
    conv = larq.layers.QuantConv2D(4, (1, 24), padding="same", pad_values=1.0, name="conv", **quantizers)
    assert_same_outputs(tf.keras.Model(entry, conv(entry)), X, ("conv",))


def test_a_replica_without_samples_leaves_the_averages_alone():
    model = eegnet()
    with use_fast_layers(model, "CPU"):
        assert model(X[:0], training=True).shape == (0, 2)
    np.testing.assert_array_equal(model.get_layer("norm").moving_variance, np.ones(4))


def test_after_it_the_model_is_as_before_also_after_an_error(tmp_path):
    model = eegnet()
    before = {layer.name: set(vars(layer)) for layer in model.layers}
    with pytest.raises(RuntimeError), use_fast_layers(model, "CPU"):
        model.save(tmp_path / "model.keras")
        raise RuntimeError
    assert {layer.name: set(vars(layer)) for layer in model.layers} == before
    x = tf.ones([1, *SHAPE])
    np.testing.assert_array_equal(load_model(tmp_path / "model.keras")(x), model(x))


def test_it_uses_moving_averages_outside_training():
    assert_same_outputs(eegnet(), X, HEAD, training=False)
