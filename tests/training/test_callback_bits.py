"""Progressive bits: 8 bits down to the quantizers' own, without retracing, resumable, never unfinished."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from training.stop_after import StopAfter  # noqa: E402

from tinyq.core.errors import QuantizerError, TrainError  # noqa: E402
from tinyq.quantizers import (  # noqa: E402
    EncodingActivation,
    EncodingDecomposition,
    QuantConv1D,
    QuantDense,
    Ternary,
    frozen_copy,
)
from tinyq.quantizers.larq_api import larq, tf  # noqa: E402
from tinyq.training.callbacks.bits import ProgressiveBits, even_steps  # noqa: E402

pytestmark = pytest.mark.train
X = np.random.default_rng(0).uniform(-1, 1, (24, 8, 2)).astype(np.float32)
Y = (X.sum((1, 2)) > 0).astype(np.float32)


def net(first: int = 2, last: int = 1) -> tf.keras.Model:
    tf.keras.utils.set_random_seed(1)
    return tf.keras.Sequential(
        [
            tf.keras.Input((8, 2)),
            QuantConv1D(
                4,
                3,
                padding="same",
                input_quantizer=EncodingActivation(first),
                kernel_quantizer=EncodingDecomposition(first),
                kernel_constraint="weight_clip",
                name="conv",
            ),
            tf.keras.layers.Flatten(),
            QuantDense(
                1, kernel_quantizer=EncodingDecomposition(last), kernel_constraint="weight_clip", name="dense"
            ),
        ]
    )


class Seen(tf.keras.callbacks.Callback):
    """The bits that each epoch was trained with: conv's weights and activations, dense's weights."""

    def __init__(self) -> None:
        super().__init__()
        self.bits: list[tuple[int, ...]] = []

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        conv, dense = self.model.get_layer("conv"), self.model.get_layer("dense")
        quantizers = conv.kernel_quantizer, conv.input_quantizer, dense.kernel_quantizer
        self.bits.append(tuple(int(q.bits_now.numpy()) for q in quantizers))


def fit(model, callback, epochs: int = 10, start: int = 0) -> list[tuple[int, ...]]:
    if not model.optimizer:
        model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    seen = Seen()
    model.fit(X, Y, 12, epochs, verbose=0, shuffle=False, initial_epoch=start, callbacks=[callback, seen])
    return seen.bits


def test_bits_come_down_to_those_of_each_quantizer_without_retracing() -> None:
    model = net()
    seen = fit(model, ProgressiveBits([[0, 8], [0.2, 4], [0.5, 2], [0.8, 1]]))
    assert [bits[2] for bits in seen] == [8, 8, 4, 4, 4, 2, 2, 2, 1, 1]
    assert [bits[0] for bits in seen] == [bits[1] for bits in seen] == [8, 8, 4, 4, 4, 2, 2, 2, 2, 2]
    plain = net()
    plain.compile(tf.keras.optimizers.SGD(0.1), "mse")
    plain.fit(X, Y, 12, 2, verbose=0)
    traced = [m.train_function.experimental_get_tracing_count() for m in (model, plain)]
    assert traced[0] == traced[1]
    assert (
        len(np.unique(model.get_layer("dense").kernel_quantizer(model.get_layer("dense").get_weights()[0])))
        == 2
    )


def test_a_model_on_its_way_cannot_be_exported() -> None:
    model = net()
    model.compile("sgd", "mse", run_eagerly=True)
    callback = ProgressiveBits([[0, 8], [0.6, 1]])
    model.fit(X, Y, epochs=10, verbose=0, callbacks=[callback, StopAfter(0)])
    with pytest.raises(QuantizerError, match="dense.kernel: 8 bits now, 1 at the end"):
        frozen_copy(model)
    fit(model, callback, epochs=10, start=9)
    np.testing.assert_array_equal(frozen_copy(model)(X), model(X))


def test_resumed_training_is_the_same() -> None:
    whole, parts = net(), net()
    schedule = [[0, 8], [0.3, 3], [0.6, 1]]
    fit(whole, ProgressiveBits(schedule), epochs=6)
    model_epochs = 6
    parts.compile(tf.keras.optimizers.SGD(0.1), "mse")
    parts.fit(
        X, Y, 12, model_epochs, verbose=0, shuffle=False, callbacks=[ProgressiveBits(schedule), StopAfter(2)]
    )
    fit(parts, ProgressiveBits(schedule), epochs=model_epochs, start=3)
    for one, other in zip(whole.get_weights(), parts.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_default_schedule_goes_down_one_by_one_and_ends_at_0_4() -> None:
    assert even_steps(1)[-1] == (0.4, 1)
    assert [bits for _, bits in even_steps(1)] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert even_steps(8) == [(0.0, 8)]
    model = net()
    model.compile("sgd", "mse", run_eagerly=True)
    seen = fit(model, ProgressiveBits(), epochs=20)
    assert seen[0] == (8, 8, 8)
    assert seen[-1] == (2, 2, 1)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ([[0, 8], [0.5, 2]], "ends with 2 bits"),
        ([[0, 8], [0.5, 0]], "8, 0"),
        ([[0, 9], [0.5, 1]], "9, 1"),
        ([[0, 2.5], [0.5, 1]], "2.5, 1"),
        ([[0, 2], [0.3, 4], [0.5, 1]], "2, 4, 1"),
        ([], "empty"),
    ],
)
def test_schedules_that_do_not_end_as_they_should_are_refused(schedule: list, said: str) -> None:
    with pytest.raises(TrainError, match=said):
        fit(net(), ProgressiveBits(schedule))


def test_models_without_the_quantizers_or_with_zero_padding_are_refused() -> None:
    plain = tf.keras.Sequential([tf.keras.Input((8, 2)), QuantDense(1, kernel_quantizer=Ternary())])
    with pytest.raises(TrainError, match="no layer has an Encoding"):
        fit(plain, ProgressiveBits())
    raw = larq.layers.QuantConv1D(4, 3, padding="same", input_quantizer=EncodingActivation(2), name="raw")
    with pytest.raises(QuantizerError, match="raw: padding='same' with 0"):
        fit(tf.keras.Sequential([tf.keras.Input((8, 2)), raw]), ProgressiveBits())
