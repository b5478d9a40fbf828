"""RelaxSchedule: lambda and phase in every epoch, for trainings of any length; resuming; bad input."""

from itertools import pairwise

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from training.stop_after import StopAfter  # noqa: E402

from tinyq.core.errors import QuantizerError, TrainError  # noqa: E402
from tinyq.quantizers import BinaryRelax, QuantDense, Ternary, frozen_copy, quantized_kernels  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training.callbacks import RelaxSchedule  # noqa: E402

pytestmark = pytest.mark.train
X = np.random.default_rng(0).normal(size=(64, 8)).astype(np.float32)
Y = (X @ np.random.default_rng(1).normal(size=(8, 2))).astype(np.float32)


def net(make=BinaryRelax) -> tf.keras.Model:
    tf.keras.utils.set_random_seed(1)
    hidden = QuantDense(12, activation="relu", kernel_quantizer=make(), name="hidden")
    last = QuantDense(2, kernel_quantizer=BinaryRelax(3) if make is BinaryRelax else make(), name="last")
    model = tf.keras.Sequential([tf.keras.Input((8,)), hidden, last])
    model.compile(tf.keras.optimizers.SGD(0.02, momentum=0.9), "mse")
    return model


class Recorder(tf.keras.callbacks.Callback):
    """(lambda, phase) of each kernel, and the loss, at the end of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[tuple[float, int]]] = []
        self.losses: list[float] = []

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        found = [k.quantizer for k in quantized_kernels(self.model)]
        self.rows.append([(float(q.strength), int(q.phase)) for q in found])
        self.losses.append(logs["loss"])


def fit(model, *callbacks, epochs: int = 8, start: int = 0) -> None:
    model.fit(X, Y, 16, epochs, verbose=0, shuffle=False, initial_epoch=start, callbacks=list(callbacks))


def test_over_200_epochs_it_is_the_authors_schedule() -> None:
    """1.04 times more an epoch, 150 epochs of phase one, 50 of phase two."""
    schedule = RelaxSchedule()
    growth = [b / a for a, b in pairwise(schedule.strength(epoch, 200) for epoch in range(150))]
    np.testing.assert_allclose(growth, 1.04, atol=5e-4)
    assert [schedule.phase(epoch, 200) for epoch in (0, 149, 150, 199)] == [1, 1, 2, 2]


@pytest.mark.parametrize("epochs", [3, 4, 10, 37, 200])
@pytest.mark.parametrize("switch", [0.1, 0.75, 0.99])
def test_any_number_of_epochs_ends_phase_one_with_the_final_lambda_and_has_phase_two(
    epochs: int, switch: float
) -> None:
    schedule = RelaxSchedule(2.0, 100.0, switch)
    phases = [schedule.phase(epoch, epochs) for epoch in range(epochs)]
    assert phases == sorted(phases)
    assert (phases[0], phases[-1]) == (1, 2)
    ones = phases.count(1)
    assert schedule.strength(0, epochs) == 2.0
    if ones > 1:
        assert schedule.strength(ones - 1, epochs) == pytest.approx(100.0)


def test_every_kernel_follows_without_retracing_and_the_end_is_exact() -> None:
    model, plain, seen = net(), net(), Recorder()
    fit(model, RelaxSchedule(), seen)
    fit(plain, epochs=1)
    traced = [m.train_function.experimental_get_tracing_count() for m in (model, plain)]
    assert traced[0] == traced[1]
    assert all(row[0] == row[1] for row in seen.rows)
    strengths, phases = zip(*(row[0] for row in seen.rows), strict=True)
    assert phases == (1, 1, 1, 1, 1, 1, 2, 2)
    np.testing.assert_allclose(strengths[:6], 359 ** (np.arange(6) / 5), rtol=1e-5)
    np.testing.assert_array_equal(frozen_copy(model)(X), model(X))
    assert seen.losses[-1] < seen.losses[0]


def test_a_model_in_phase_one_cannot_be_exported() -> None:
    model = net()
    fit(model, RelaxSchedule(), StopAfter(3))
    with pytest.raises(QuantizerError, match=r"hidden.kernel: phase one"):
        frozen_copy(model)


def test_resumed_training_is_the_same() -> None:
    whole, parts = net(), net()
    fit(whole, RelaxSchedule())
    fit(parts, RelaxSchedule(), StopAfter(4))
    fit(parts, RelaxSchedule(), start=5)
    for one, other in zip(whole.get_weights(), parts.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"switch": 1.0}, "switch=.*1.0"),
        ({"switch": 0.0}, "switch=.*0.0"),
        ({"final": 5.0}, "final=.*5.0"),
        ({"final": float("inf")}, "final=.*inf"),
        ({"initial": float("nan")}, "initial=.*nan"),
        ({"initial": 0.0}, "initial=.*0.0"),
        ({"initial": 400.0}, "final = 359"),
    ],
)
def test_schedules_that_never_get_exact_or_jump_there_are_refused(arguments: dict, said: str) -> None:
    with pytest.raises(TrainError, match=said):
        RelaxSchedule(**arguments)


def test_a_single_epoch_and_models_without_it_are_refused() -> None:
    with pytest.raises(TrainError, match="1 epoch"):
        fit(net(), RelaxSchedule(), epochs=1)
    with pytest.raises(TrainError, match="no kernel has BinaryRelax"):
        fit(net(Ternary), RelaxSchedule())
