"""RestartableAdam: Keras' Adam until a restart, a fresh Adam after it; in files, checkpoints and graphs."""

from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training.adam import RestartableAdam  # noqa: E402

pytestmark = pytest.mark.train
GRADIENTS = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)


def moved(optimizer, gradients, start=0.0, apply=None) -> np.ndarray:
    """Where a variable is after each gradient."""
    variable = tf.Variable(np.full(5, start, np.float32))
    return steps(optimizer, variable, gradients, apply)


def steps(optimizer, variable: tf.Variable, gradients, apply=None) -> np.ndarray:
    places = []
    for gradient in gradients:
        (apply or optimizer.apply_gradients)([(tf.constant(gradient), variable)])
        places.append(variable.numpy())
    return np.array(places)


@pytest.mark.parametrize("options", [{}, {"amsgrad": True}, {"weight_decay": 0.1}])
def test_without_a_restart_it_is_keras_adam_bit_for_bit(options: dict) -> None:
    ours, keras = RestartableAdam(0.1, **options), tf.keras.optimizers.Adam(0.1, **options)
    np.testing.assert_array_equal(moved(ours, GRADIENTS, 1.0), moved(keras, GRADIENTS, 1.0))


@pytest.mark.parametrize("options", [{}, {"amsgrad": True}, {"weight_decay": 0.1}])
def test_after_a_restart_it_is_a_fresh_adam_bit_for_bit(options: dict) -> None:
    optimizer, variable = RestartableAdam(0.1, **options), tf.Variable(np.zeros(5, np.float32))
    steps(optimizer, variable, 100 * GRADIENTS[:20])
    optimizer.restart()
    fresh, copy = tf.keras.optimizers.Adam(0.1, **options), tf.Variable(variable.numpy())
    np.testing.assert_array_equal(
        steps(optimizer, variable, GRADIENTS[20:]), steps(fresh, copy, GRADIENTS[20:])
    )
    assert int(optimizer.iterations) == 40


def test_cleared_moments_alone_would_multiply_the_steps_by_6_5() -> None:
    """The reason for it: Keras' bias correction counts all steps."""
    variable, ones = tf.Variable(np.zeros(5, np.float32)), np.ones((30, 5), np.float32)
    keras = tf.keras.optimizers.Adam(1e-3)
    steps(keras, variable, ones[:1])
    keras.iterations.assign(10_000)
    for slot in (*keras._momentums, *keras._velocities):
        slot.assign(tf.zeros_like(slot))
    places = steps(keras, variable, ones)[:, 0]
    assert np.abs(np.diff(places)).max() / 1e-3 == pytest.approx(6.5, abs=0.1)
    ours = RestartableAdam(1e-3)
    ours.build([variable])
    ours.iterations.assign(10_000)
    ours.restart()
    places = steps(ours, variable, ones)[:, 0]
    np.testing.assert_allclose(np.abs(np.diff(places)), 1e-3, rtol=1e-3)


def test_the_schedule_of_the_learning_rate_goes_on() -> None:
    """With gradients of 1 a step is the rate."""
    rate = tf.keras.optimizers.schedules.PiecewiseConstantDecay([9], [0.1, 0.01])
    optimizer, variable = RestartableAdam(rate), tf.Variable(np.zeros(5, np.float32))
    ones = np.ones((10, 5), np.float32)
    first = steps(optimizer, variable, ones[:5])[:, 0]
    optimizer.restart()
    second = steps(optimizer, variable, ones)[:, 0]
    rates = -np.diff(np.concatenate([[0], first, second]))
    np.testing.assert_allclose(rates, [0.1] * 10 + [0.01] * 5, rtol=1e-3)


def test_a_restart_needs_no_new_trace_of_the_step() -> None:
    optimizer, plain = RestartableAdam(0.1), RestartableAdam(0.1)
    variable, copy = (tf.Variable(np.zeros(5, np.float32)) for _ in range(2))
    optimizer.build([variable])
    step = tf.function(lambda g: optimizer.apply_gradients([(g, variable)]))
    for half in (GRADIENTS[:20], GRADIENTS[20:]):
        for gradient in half:
            step(tf.constant(gradient))
        steps(plain, copy, half)
        np.testing.assert_allclose(variable, copy, rtol=1e-5, atol=1e-6)
        optimizer.restart()
        plain.restart()
    assert step.experimental_get_tracing_count() == 1
    assert int(optimizer.restarted_at) == 40


def test_before_its_first_step_there_is_nothing_to_forget() -> None:
    optimizer = RestartableAdam(0.1)
    optimizer.restart()
    keras = tf.keras.optimizers.Adam(0.1)
    np.testing.assert_array_equal(moved(optimizer, GRADIENTS[:3]), moved(keras, GRADIENTS[:3]))


def trained() -> tf.keras.Model:
    """Restarted after 3 steps, then one more."""
    tf.keras.utils.set_random_seed(0)
    model = tf.keras.Sequential([tf.keras.Input((5,)), tf.keras.layers.Dense(2)])
    model.compile(RestartableAdam(0.1), "mse", run_eagerly=True)
    for batch in (GRADIENTS[:4], GRADIENTS[4:8], GRADIENTS[8:12], None, GRADIENTS[12:16]):
        if batch is None:
            model.optimizer.restart()
        else:
            model.train_on_batch(batch, batch[:, :2])
    return model


def test_a_file_and_a_checkpoint_hold_when_it_began_anew(tmp_path: Path) -> None:
    model = trained()
    model.save(tmp_path / "model.keras")
    written = tf.train.Checkpoint(model=model, optimizer=model.optimizer).write(str(tmp_path / "c"))
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    restored = trained()
    restored.optimizer.restart()  # to something else
    tf.train.Checkpoint(model=restored, optimizer=restored.optimizer).read(written).assert_consumed()
    for other in (loaded, restored):
        assert (int(other.optimizer.iterations), int(other.optimizer.restarted_at)) == (4, 3)
    for one in (model, loaded, restored):
        one.train_on_batch(GRADIENTS[20:24], GRADIENTS[20:24, :2])
    for other in (loaded, restored):
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)  # eager and compiled steps round apart


def test_it_works_under_loss_scaling() -> None:
    scaled = tf.keras.mixed_precision.LossScaleOptimizer(RestartableAdam(0.1), dynamic=False, initial_scale=8)
    variable = tf.Variable(np.zeros(5, np.float32))

    def apply(pairs) -> None:
        ((gradient, _),) = pairs
        scaled.get_scaled_loss(tf.constant(1.0))  # Keras warns of a step without it
        scaled.apply_gradients(zip(scaled.get_unscaled_gradients([8 * gradient]), [variable], strict=True))

    steps(scaled, variable, GRADIENTS[:5], apply)
    scaled.inner_optimizer.restart()
    copy, fresh = tf.Variable(variable.numpy()), tf.keras.optimizers.Adam(0.1)
    np.testing.assert_allclose(
        steps(scaled, variable, GRADIENTS[5:9], apply),
        steps(fresh, copy, GRADIENTS[5:9]),
        rtol=1e-5,
        atol=1e-6,
    )


def test_its_configuration_makes_an_equal_one() -> None:
    first = RestartableAdam(0.1, beta_1=0.8, epsilon=1e-9)
    again = tf.keras.optimizers.deserialize(tf.keras.optimizers.serialize(first))
    assert isinstance(again, RestartableAdam)
    np.testing.assert_array_equal(moved(first, GRADIENTS), moved(again, GRADIENTS))
