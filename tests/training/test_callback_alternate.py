"""AlternateThreshold: who moves in which epoch, with every optimizer; resuming; bad input."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import TrainError  # noqa: E402
from tinyq.quantizers import TGA, QuantConv2D, QuantDense, Ternary, quantized_kernels  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.quantizers.tga import JOINT, THRESHOLD_ONLY, WEIGHTS_ONLY  # noqa: E402
from tinyq.training.callbacks import AlternateThreshold  # noqa: E402

pytestmark = pytest.mark.train

OPTIMIZERS = {
    "sgd": lambda: tf.keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda: tf.keras.optimizers.Adam(0.01),
    "rmsprop": lambda: tf.keras.optimizers.RMSprop(0.01, momentum=0.9),
    "scaled": lambda: tf.keras.mixed_precision.LossScaleOptimizer(tf.keras.optimizers.Adam(0.01)),
}
X = np.random.default_rng(0).normal(size=(64, 6, 6, 1)).astype(np.float32)
Y = (X[:, 2, 2, 0] > 0).astype(int)


def net(optimizer: str = "adam", make=TGA) -> tf.keras.Model:
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((6, 6, 1)),
            QuantConv2D(4, 3, kernel_quantizer=make(), name="conv"),
            tf.keras.layers.BatchNormalization(name="norm"),
            tf.keras.layers.Flatten(),
            QuantDense(2, kernel_quantizer=make(), name="dense"),
        ]
    )
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(OPTIMIZERS[optimizer](), loss)
    return model


class Recorder(tf.keras.callbacks.Callback):
    """Latent kernels, thresholds and phases at the end of each epoch, the start first."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[np.ndarray, ...]] = []

    def on_train_begin(self, logs=None) -> None:
        self.record()

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        self.record()

    def record(self) -> None:
        kernels = list(quantized_kernels(self.model))
        self.rows.append(
            (
                np.concatenate([k.latent.ravel() for k in kernels]),
                np.concatenate([k.quantizer.threshold.numpy().ravel() for k in kernels]),
                self.model.get_layer("norm").gamma.numpy(),
                np.array([float(k.quantizer.phase) for k in kernels]),
            )
        )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weights_and_thresholds_move_by_turns_and_the_rest_always(optimizer: str) -> None:
    model, recorder = net(optimizer), Recorder()
    model.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[AlternateThreshold(1, 2), recorder])
    for epoch, (before, after) in enumerate(zip(recorder.rows, recorder.rows[1:], strict=False)):
        of_threshold = epoch in (0, 3)
        moved = [bool((a != b).any()) for a, b in zip(before[:3], after[:3], strict=True)]
        assert moved == [not of_threshold, of_threshold, True], epoch
        assert (after[3] == (THRESHOLD_ONLY if of_threshold else WEIGHTS_ONLY)).all()
    assert all(float(k.quantizer.phase) == JOINT for k in quantized_kernels(model))


def test_without_it_both_move_in_every_epoch() -> None:
    model, recorder = net(), Recorder()
    model.fit(X, Y, batch_size=16, epochs=2, verbose=0, callbacks=[recorder])
    for before, after in zip(recorder.rows, recorder.rows[1:], strict=False):
        assert all((a != b).any() for a, b in zip(before[:3], after[:3], strict=True))


def test_training_by_turns_lowers_the_loss() -> None:
    model = net()
    history = model.fit(X, Y, batch_size=16, epochs=20, verbose=0, callbacks=[AlternateThreshold()])
    losses = history.history["loss"]
    assert losses[-1] < 0.7 * losses[0], losses


def test_resumed_at_an_epoch_it_gives_the_same_weights(tmp_path) -> None:
    def fit(model: tf.keras.Model, first: int, last: int) -> None:
        model.fit(
            X,
            Y,
            batch_size=16,
            initial_epoch=first,
            epochs=last,
            shuffle=False,
            verbose=0,
            callbacks=[AlternateThreshold(2, 2)],
        )

    whole, part, rest = net("sgd"), net("sgd"), net("sgd")
    fit(whole, 0, 6)
    fit(part, 0, 3)
    checkpoint = tf.train.Checkpoint(model=part, optimizer=part.optimizer).write(str(tmp_path / "c"))
    rest.optimizer.build(rest.trainable_variables)
    tf.train.Checkpoint(model=rest, optimizer=rest.optimizer).read(checkpoint)
    fit(rest, 3, 6)
    for one, other in zip(whole.get_weights(), rest.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_change_of_turn_does_not_trace_the_step_again() -> None:
    counts = []
    for callbacks in ([AlternateThreshold()], []):
        model = net()
        model.fit(X, Y, batch_size=16, epochs=4, verbose=0, callbacks=callbacks)
        counts.append(model.train_tf_function.experimental_get_tracing_count())
    assert counts[0] == counts[1]


def test_a_model_without_tga_is_refused() -> None:
    with pytest.raises(TrainError, match="no kernel has a trainable threshold"):
        net(make=Ternary).fit(X, Y, verbose=0, callbacks=[AlternateThreshold()])


def test_too_few_epochs_for_the_weights_are_refused() -> None:
    with pytest.raises(TrainError, match="the weights would never learn"):
        net().fit(X, Y, epochs=3, verbose=0, callbacks=[AlternateThreshold(3, 1)])


@pytest.mark.parametrize("arguments", [(0, 1), (1, 0), (1.5, 1), (True, 1)])
def test_lengths_of_turns_are_whole_numbers_above_0(arguments: tuple) -> None:
    with pytest.raises(TrainError, match="at least 1"):
        AlternateThreshold(*arguments)
