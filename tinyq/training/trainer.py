"""train(model, data, weights) -> a .keras file; predict and accuracy of such a file."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError, TrainError
from tinyq.core.files import write_whole
from tinyq.datasets import Dataset
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import load_model
from tinyq.training.loop import StageHistory, fit
from tinyq.training.recipes import Recipe, Stage, load_recipe
from tinyq.training.zoo import build_model

Report = Callable[[int, int], None]
_PREDICT_BATCH = 256


@dataclass(frozen=True)
class History:
    """What a training did.

    Args:
        model: the folder's name.
        weights: kind of weights of the saved model.
        seed: that it was trained with.
        stages: in the order they ran; the last one made the saved model.
        train_accuracy, test_accuracy: of the saved model, 0 to 1, without augmentation.
        parameters: number of weights, biases and batch-norm values.
        seconds: wall time of everything.
    """

    model: str
    weights: str
    seed: int
    stages: tuple[StageHistory, ...]
    train_accuracy: float
    test_accuracy: float
    parameters: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return dataclasses.asdict(self)


def train(  # noqa: PLR0913  (all but two are options by keyword)
    model: str | Path,
    data: Dataset,
    *,
    weights: str = "ternary",
    out: Path,
    seed: int | None = None,
    epochs: int | None = None,
    start: Path | None = None,
    progress: Report | None = None,
) -> History:
    """Train a model as its recipe says and write it as a .keras file, whole or not at all.

    The same seed, data and machine give the same weights bit for bit; TensorFlow's and NumPy's global seeds
    are set, and TensorFlow is told to be deterministic.

    Args:
        model: a folder with model.py and recipe.toml, or a name of `model_names()`.
        data: what to train on; the test part is used once, at the end.
        weights: a table of the recipe: "ternary", "binary", "float".
        out: the .keras file.
        seed: 0 or more; the recipe's unless given.
        epochs: of every stage that runs; the recipe's unless given.
        start: the .keras file of the stage that the recipe starts from (float, usually). Without it that
            stage is trained first; the result is the same.
        progress: called with (epochs done, epochs in all).

    Raises:
        TrainError: the recipe, an argument or `start` is wrong, or the loss is no longer finite.
        TinyqError: `out` cannot be written.
    """
    started = time.monotonic()
    recipe = load_recipe(model)
    seed = recipe.seed if seed is None else seed
    _check_arguments(out, seed, epochs)
    stages = _chain(recipe, weights, start)
    if epochs is not None:
        stages = [dataclasses.replace(stage, epochs=epochs) for stage in stages]
    tf.config.experimental.enable_op_determinism()
    total = sum(stage.epochs for stage in stages)
    report = progress or (lambda done, total: None)
    report(0, total)
    teacher = None if start is None else load_model(start)
    histories: list[StageHistory] = []
    done = 0
    for stage in stages:
        student, history = _run_stage(
            recipe, stage, data, seed, teacher, lambda n, d=done: report(d + n, total)
        )
        histories.append(history)
        done += stage.epochs
        teacher = student
    _save(student, out)
    return History(
        model=recipe.folder.name,
        weights=weights,
        seed=seed,
        stages=tuple(histories),
        train_accuracy=accuracy(student, data.x_train, data.y_train),
        test_accuracy=accuracy(student, data.x_test, data.y_test),
        parameters=student.count_params(),
        seconds=time.monotonic() - started,
    )


def _check_arguments(out: Path, seed: int, epochs: int | None) -> None:
    """Before any epoch is spent."""
    if out.suffix != ".keras":
        raise TrainError(str(out), f"a name that ends in {out.suffix!r}", ".keras")
    if not out.parent.is_dir():
        raise TrainError(str(out), f"no folder {out.parent}", remedy="make it first")
    if seed < 0:
        raise TrainError("seed", str(seed), "0 or more")
    if epochs is not None and epochs < 1:
        raise TrainError("epochs", str(epochs), "1 or more")


def _chain(recipe: Recipe, weights: str, start: Path | None) -> list[Stage]:
    """The stages to run, in order: `weights`, before it what it starts from, unless that is given."""
    stages = [recipe.stage(weights)]
    if start is not None:
        if not stages[0].start:
            raise TrainError(
                f"{recipe.folder.name}, [{weights}]", f"start from {start}", "it starts from nothing"
            )
        return stages
    while stages[0].start:
        stages.insert(0, recipe.stage(stages[0].start))
    return stages


def _run_stage(
    recipe: Recipe,
    stage: Stage,
    data: Dataset,
    seed: int,
    teacher: tf.keras.Model | None,
    report: Callable[[int], None],
) -> tuple[tf.keras.Model, StageHistory]:
    number = list(recipe.stages).index(stage.weights)
    # A stage's random numbers are its own: they do not depend on which stages ran before it in this call.
    tf.keras.utils.set_random_seed(int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1))
    model = build_model(recipe, stage, data.input_shape, len(data.classes))
    if teacher is not None:
        shapes = [[tuple(w.shape) for w in one.weights] for one in (teacher, model)]
        if shapes[0] != shapes[1]:
            raise TrainError(
                f"{recipe.folder.name}, [{stage.weights}]",
                f"starts from a model of {teacher.count_params()} parameters in {len(shapes[0])} arrays",
                f"one like it: {model.count_params()} in {len(shapes[1])}",
                f"train [{stage.start}] of the same recipe",
            )
        model.set_weights(teacher.get_weights())
    return model, fit(model, data, stage, (seed, number), teacher, report)


def _save(model: tf.keras.Model, out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        write_whole(out, path.read_bytes())


def predict(model: Path | tf.keras.Model, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Logits [n, classes] of a .keras file, or of a model, for x [n, h, w, channels].

    Raises:
        TinyqError: the file cannot be read.
        DataError: x does not fit the model.
    """
    where = "the model"
    if isinstance(model, str | Path):
        where, model = str(model), load_model(Path(model))
    if x.shape[1:] != model.input_shape[1:] or not len(x):
        raise DataError(
            where, f"inputs {x.shape}", f"('n', {', '.join(map(str, model.input_shape[1:]))}), n > 0"
        )
    parts = [model(x[i : i + _PREDICT_BATCH], training=False) for i in range(0, len(x), _PREDICT_BATCH)]
    logits: npt.NDArray[np.float32] = np.concatenate([part.numpy() for part in parts])
    return logits


def accuracy(model: Path | tf.keras.Model, x: npt.NDArray[np.float32], y: npt.NDArray[np.int64]) -> float:
    """Fraction of `x` that the model puts in its class `y`."""
    return float((predict(model, x).argmax(axis=1) == y).mean())
