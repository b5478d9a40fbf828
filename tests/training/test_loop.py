"""The training of one stage: its batches, loss, optimizer, reports, and what it says when numbers explode."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from small_net import OVERFLOW, STEEP, small_data, write_model  # noqa: E402

from tinyq.core.errors import TrainError  # noqa: E402
from tinyq.quantizers import quantized_kernels  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training import Stage, build_model, load_recipe  # noqa: E402
from tinyq.training.feed import Feed, Position  # noqa: E402
from tinyq.training.loop import fit  # noqa: E402
from tinyq.training.losses import StageAccuracy, StageLoss  # noqa: E402
from tinyq.training.optimizers import learning_rate, make_optimizer  # noqa: E402

pytestmark = pytest.mark.train
STAGE = Stage("float", epochs=3, batch=16, learning_rate=0.01)
DATA = small_data()


def net(folder: Path, method: str = "float", **files: str) -> tf.keras.Model:
    recipe = load_recipe(write_model(folder / "net", **files))
    tf.keras.utils.set_random_seed(0)
    return build_model(recipe, recipe.stage(method), DATA.input_shape, 2)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_loss_is_smoothed_cross_entropy_and_the_teachers_share() -> None:
    student, teacher = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
    labels = np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]] * 0.8 + 0.05
    targets = np.concatenate([labels, softmax(teacher / 2)], axis=1)
    found = StageLoss(4, distill=0.3, temperature=2.0)(targets, student)
    hard = -(labels * np.log(softmax(student))).sum(axis=1).mean()
    soft = -(softmax(teacher / 2) * np.log(softmax(student / 2))).sum(axis=1).mean()
    assert float(found) == pytest.approx(0.7 * hard + 0.3 * 4 * soft, rel=1e-5)


def test_accuracy_is_that_of_the_labels_not_of_the_teacher() -> None:
    metric = StageAccuracy(2)
    metric.update_state([[0.9, 0.1, 0.0, 1.0], [0.1, 0.9, 0.0, 1.0]], [[2.0, 1.0], [2.0, 1.0]])
    assert float(metric.result()) == 0.5


def test_a_teacher_puts_its_softened_outputs_behind_the_labels(tmp_path: Path) -> None:
    teacher = net(tmp_path)
    stage = dataclasses.replace(STAGE, distill=0.5, temperature=3.0, label_smoothing=0.1)
    x, y = next(Feed(DATA, stage, (0, 0), teacher).chunks(Position(), 1, slice(None)))
    assert y.shape == (5, 16, 4)
    assert set(np.unique(y[..., :2])) == {np.float32(0.05), np.float32(0.95)}
    expected = softmax(teacher(x[2], training=False).numpy() / 3)
    np.testing.assert_allclose(y[2, :, 2:], expected, atol=1e-6)


def test_without_distillation_the_teacher_is_not_asked() -> None:
    def teacher(x: object, training: bool) -> tf.Tensor:
        raise RuntimeError

    _, y = next(Feed(DATA, STAGE, (0, 0), teacher).chunks(Position(), 1, slice(None)))
    assert y.shape == (5, 16, 2)


def test_batches_depend_on_their_position_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinyq.training.feed.CHUNK_BYTES", 2 * 16 * 36 * 4)  # 2 batches a chunk
    feed = Feed(DATA, dataclasses.replace(STAGE, augment="shift"), (0, 0))
    assert len(list(feed.chunks(Position(), 1, slice(None)))) == 3
    whole = np.concatenate([x for x, _ in feed.chunks(Position(), 3, slice(None))])
    assert len(whole) == 15
    for start in (Position(0, 1), Position(0, 2), Position(1, 0), Position(2, 3)):
        rest = np.concatenate([x for x, _ in feed.chunks(start, 3, slice(None))])
        np.testing.assert_array_equal(rest, whole[start.epoch * 5 + start.step :])
    assert not np.array_equal(whole[0], whole[5])


@pytest.mark.parametrize("warmup", [0.0, 0.1])
def test_cosine_climbs_to_the_peak_and_ends_at_zero(warmup: float) -> None:
    rate = learning_rate(dataclasses.replace(STAGE, warmup=warmup), 100)
    values = np.array([float(rate(step)) for step in range(101)])
    assert values.max() == pytest.approx(0.01, rel=1e-5)
    assert values.argmax() == round(100 * warmup)
    assert values[100] == pytest.approx(0, abs=1e-9)
    assert (np.diff(values[round(100 * warmup) :]) < 0).all()


def test_a_constant_rate_is_constant_after_its_climb() -> None:
    stage = dataclasses.replace(STAGE, schedule="constant")
    assert learning_rate(stage, 100) == 0.01
    rate = learning_rate(dataclasses.replace(stage, warmup=0.1), 100)
    assert float(rate(5)) == pytest.approx(0.005)
    assert {round(float(rate(step)), 6) for step in range(10, 101)} == {0.01}


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_kernels_decay_and_nothing_else_does(optimizer: str, tmp_path: Path) -> None:
    model = net(tmp_path, "tga")
    stage = dataclasses.replace(STAGE, optimizer=optimizer, weight_decay=0.1, schedule="constant")
    made = make_optimizer(stage, 10, model)
    before = [variable.numpy() for variable in model.trainable_variables]
    made.apply_gradients([(tf.zeros_like(v), v) for v in model.trainable_variables])
    changed = {
        variable.name.split("/")[-1].split(":")[0]
        for variable, old in zip(model.trainable_variables, before, strict=True)
        if not np.array_equal(variable.numpy(), old)
    }
    assert changed == {"kernel", "depthwise_kernel"}
    assert any("threshold" in variable.name for variable in model.trainable_variables)


def test_nesterov_is_an_option_of_sgd(tmp_path: Path) -> None:
    stage = dataclasses.replace(STAGE, optimizer="sgd", nesterov=True)
    assert make_optimizer(stage, 10, net(tmp_path)).nesterov


def test_steps_are_reported_callbacks_called_and_the_loss_falls(tmp_path: Path) -> None:
    reports, epochs = [], []
    model = net(tmp_path)
    callback = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(logs["loss"]))
    stage = dataclasses.replace(STAGE, epochs=6)
    history = fit(model, DATA, stage, (0, 0), None, lambda *done: reports.append(done), callbacks=[callback])
    assert reports == [(5 * epoch, 30) for epoch in range(1, 7)]
    assert epochs == list(history.loss)
    assert history.loss[-1] < history.loss[0] / 2
    assert history.accuracy[-1] > 0.9


def test_a_callback_may_stop_the_training(tmp_path: Path) -> None:
    stop = tf.keras.callbacks.EarlyStopping("loss", min_delta=100, patience=1)
    history = fit(net(tmp_path), DATA, dataclasses.replace(STAGE, epochs=9), (0, 0), callbacks=[stop])
    assert len(history.loss) == 2


def test_fewer_samples_than_a_batch_train_too(tmp_path: Path) -> None:
    assert len(fit(net(tmp_path), small_data(8), STAGE, (0, 0)).loss) == 3


def test_nothing_is_traced_again_after_the_first_call(tmp_path: Path) -> None:
    traces = []
    model = net(tmp_path, "rpr")

    class Count(tf.keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            traces.append(model.train_tf_function.experimental_get_tracing_count())

    fit(model, DATA, dataclasses.replace(STAGE, epochs=4), (0, 0), callbacks=[Count()])
    assert traces == [traces[0]] * 4
    assert len(list(quantized_kernels(model))) == 3


@pytest.mark.parametrize(
    ("model", "place"),
    [
        (OVERFLOW, "outputs of layer huge are not finite"),
        (STEEP, r"gradient of .*conv/kernel.* is not finite"),
    ],
)
def test_a_diverging_training_names_epoch_layer_and_remedy(model: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"\[float\], epoch 1 of 3") as caught:
        fit(net(tmp_path, model=model), DATA, STAGE, (0, 0))
    assert caught.match(place)
    assert "learning_rate, now 0.01" in caught.value.remedy


def test_weights_that_explode_are_named(tmp_path: Path) -> None:
    class Spoil(tf.keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            kernel = self.model.get_layer("dense").kernel
            kernel.assign(tf.fill(kernel.shape, float("nan")))

    with pytest.raises(TrainError, match="not finite: dense/kernel"):
        fit(net(tmp_path), DATA, STAGE, (0, 0), callbacks=[Spoil()])
