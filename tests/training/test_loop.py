"""The training loop: its loss, its schedule, its reports."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")
sys.path.insert(0, str(Path(__file__).parent))

from toy_model import DIVERGING, toy_data, write_model  # noqa: E402

from tinyq.core.errors import TrainError  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training import Stage, build_model, load_recipe  # noqa: E402
from tinyq.training.loop import _loss, _optimizer, fit  # noqa: E402

pytestmark = pytest.mark.train
STAGE = Stage("float", epochs=3, batch=16, learning_rate=0.01)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def test_loss_is_smoothed_cross_entropy_and_the_teachers_share() -> None:
    random = np.random.default_rng(0)
    x, student, teacher = random.normal(size=(3, 5, 4)).astype(np.float32)
    y = np.array([0, 1, 2, 3, 0])
    stage = dataclasses.replace(STAGE, label_smoothing=0.2, distill=0.3, temperature=2.0)
    found = _loss(tf.constant(student), x, tf.constant(y), stage, lambda x, training: tf.constant(teacher))
    labels = np.eye(4)[y] * 0.8 + 0.05
    hard = -(labels * np.log(softmax(student))).sum(axis=1).mean()
    soft = -(softmax(teacher / 2) * np.log(softmax(student / 2))).sum(axis=1).mean()
    assert float(found) == pytest.approx(0.7 * hard + 0.3 * 4 * soft, rel=1e-5)


def test_without_distillation_the_teacher_is_not_asked() -> None:
    def teacher(x: object, training: bool) -> tf.Tensor:
        raise RuntimeError

    _loss(tf.zeros((2, 3)), None, tf.constant([0, 1]), STAGE, teacher)


@pytest.mark.parametrize("warmup", [0.0, 0.1])
def test_cosine_climbs_to_the_peak_and_ends_at_zero(warmup: float) -> None:
    rate = _optimizer(dataclasses.replace(STAGE, warmup=warmup), 100)._learning_rate
    values = np.array([float(rate(step)) for step in range(101)])
    assert values.max() == pytest.approx(0.01, rel=1e-5)
    assert values.argmax() == round(100 * warmup)
    assert values[100] == pytest.approx(0, abs=1e-9)
    assert (np.diff(values[round(100 * warmup) :]) < 0).all()


def test_constant_schedule_is_constant() -> None:
    optimizer = _optimizer(dataclasses.replace(STAGE, schedule="constant", optimizer="sgd"), 100)
    assert float(optimizer.learning_rate) == pytest.approx(0.01)


def test_epochs_are_reported_and_the_loss_falls(tmp_path: Path) -> None:
    recipe = load_recipe(write_model(tmp_path / "toy"))
    data, reports = toy_data(), []
    tf.keras.utils.set_random_seed(0)
    model = build_model(recipe, recipe.stage("float"), data.input_shape, 2)
    history = fit(model, data, dataclasses.replace(STAGE, epochs=6), (0, 0), None, reports.append)
    assert reports == [1, 2, 3, 4, 5, 6]
    assert len(history.loss) == len(history.accuracy) == 6
    assert history.loss[-1] < history.loss[0] / 2
    assert history.accuracy[-1] > 0.9


def test_fewer_samples_than_a_batch_train_too(tmp_path: Path) -> None:
    recipe = load_recipe(write_model(tmp_path / "toy"))
    data = toy_data(8)
    model = build_model(recipe, recipe.stage("float"), data.input_shape, 2)
    assert len(fit(model, data, STAGE, (0, 0), None, lambda done: None).loss) == 3


def test_a_diverging_loss_is_an_error_with_epoch_and_remedy(tmp_path: Path) -> None:
    recipe = load_recipe(write_model(tmp_path / "toy", model=DIVERGING))
    data = toy_data()
    model = build_model(recipe, recipe.stage("float"), data.input_shape, 2)
    with pytest.raises(TrainError, match=r"\[float\], epoch 1 of 3") as caught:
        fit(model, data, STAGE, (0, 0), None, lambda done: None)
    assert "learning_rate" in caught.value.remedy
