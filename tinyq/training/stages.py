"""One stage of a recipe from its start to its result, fresh, resumed, or taken from a run's folder."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tinyq.core.errors import QuantizerError, TrainError
from tinyq.datasets import Dataset
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import load_model, quantized_kernels
from tinyq.training.batch_norm import reestimate_batch_norms
from tinyq.training.checkpoints import Checkpoints
from tinyq.training.loop import Report, StageHistory, Tell, fit
from tinyq.training.measure import accuracy
from tinyq.training.precision import with_precision
from tinyq.training.qat import int8_tflite, plain_copy, quantization_aware
from tinyq.training.recipes import Recipe, Stage
from tinyq.training.run_folder import RESULT, RunFolder
from tinyq.training.zoo import build_model, make_callbacks

MakeCallbacks = Callable[[Stage, tf.keras.Model], Sequence[tf.keras.callbacks.Callback]]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a stage gives.

    Args:
        model: float32, of one replica; what is saved, and what the next stage starts from.
        history: of all runs together.
        train_accuracy, test_accuracy: without augmentation, 0 to 1.
        files: what to write, suffix -> content.
        seconds_now: wall time of this run alone.
    """

    model: tf.keras.Model
    history: StageHistory
    train_accuracy: float
    test_accuracy: float
    files: dict[str, bytes] = field(repr=False)
    seconds_now: float = 0.0

    def facts(self) -> dict[str, Any]:
        """Plain data, for `taken`."""
        return {
            **dataclasses.asdict(self.history),
            "train_accuracy": self.train_accuracy,
            "test_accuracy": self.test_accuracy,
            "files": list(self.files),
        }

    @classmethod
    def taken(cls, folder: Path, facts: dict[str, Any]) -> Outcome:
        """What a finished stage left in `folder`."""
        history = StageHistory(
            *(facts["weights"], tuple(facts["loss"]), tuple(facts["accuracy"]), facts["seconds"]),
            notes=tuple(facts["notes"]),
        )
        files = {suffix: (folder / f"{RESULT}{suffix}").read_bytes() for suffix in facts["files"]}
        model = load_model(folder / f"{RESULT}.keras")
        return cls(model, history, facts["train_accuracy"], facts["test_accuracy"], files)


@dataclass(frozen=True)
class StageRunner:
    """Runs stages; its arguments are what the stages of one training share."""

    recipe: Recipe
    data: Dataset
    seed: int
    strategy: tf.distribute.Strategy
    runs: RunFolder | None = None
    checkpoint_every: int | None = None
    callbacks: MakeCallbacks | None = None
    tell: Tell = lambda line: None  # noqa: E731

    def steps(self, stage: Stage) -> int:
        """Optimizer steps of a stage."""
        return max(1, len(self.data.x_train) // stage.batch) * stage.epochs

    def run(self, stage: Stage, teacher: tf.keras.Model | None, report: Report) -> Outcome:
        """Train a stage, or take up what an earlier run left of it.

        Args:
            teacher: the model of `stage.start`.
        """
        if self.runs is None:
            return self._train(stage, teacher, report, None)
        folder = self.runs.stage(stage)
        done = self.runs.finished(folder)
        if done is not None:
            return Outcome.taken(folder, done)
        outcome = self._train(stage, teacher, report, Checkpoints(folder, self.checkpoint_every))
        files = {f"{RESULT}{suffix}": content for suffix, content in outcome.files.items()}
        self.runs.finish(folder, files, outcome.facts())
        return outcome

    def _train(
        self,
        stage: Stage,
        teacher: tf.keras.Model | None,
        report: Report,
        checkpoints: Checkpoints | None,
    ) -> Outcome:
        started = time.monotonic()
        # A stage's random numbers are its own: they do not depend on which stages ran before it in this call.
        seed = (self.seed, self.recipe.number(stage.weights))
        tf.keras.utils.set_random_seed(int(np.random.SeedSequence(seed).generate_state(1)[0] >> 1))
        with self.strategy.scope():
            plain, model = self._models(stage, teacher)
        callbacks = [
            *make_callbacks(stage, self.seed),
            *(self.callbacks(stage, model) if self.callbacks else ()),
        ]
        history = fit(
            *(model, self.data, stage, seed, teacher, report),
            callbacks=callbacks,
            checkpoints=checkpoints,
            tell=self.tell,
        )
        # In float32, of one replica, and without what belongs to the training: its optimizer and its loss.
        result = with_precision(plain if stage.method.qat else model, "float32")
        files = {}
        if stage.method.qat:
            plain_copy(model, result)
            try:
                files[".int8.tflite"] = int8_tflite(model, result)
            except QuantizerError as error:  # the training is not lost by that
                self.tell(f"no .int8.tflite: {error}")
        elif any(quantized_kernels(result)):
            reestimate_batch_norms(result, self.data.x_train, stage.norm_samples)
        files[".keras"] = _saved(result)
        measured = model if stage.method.qat else result
        right = [
            accuracy(measured, x, y)
            for x, y in ((self.data.x_train, self.data.y_train), (self.data.x_test, self.data.y_test))
        ]
        return Outcome(result, history, right[0], right[1], files, time.monotonic() - started)

    def _models(self, stage: Stage, start: tf.keras.Model | None) -> tuple[tf.keras.Model, tf.keras.Model]:
        """What model.py builds, quantized by the method's rules, and what of it is trained."""
        plain = build_model(self.recipe, stage, self.data.input_shape, len(self.data.classes), start)
        if not stage.method.qat:
            # Copied in any case: what could not be saved in the end is refused before the first step.
            return plain, with_precision(plain, stage.precision)
        if stage.precision != "float32":
            raise TrainError(
                f"[{stage.weights}] precision", repr(stage.precision), "float32 for int8 training"
            )
        return plain, quantization_aware(plain, self.data.representative(stage.batch))


def _saved(model: tf.keras.Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        return path.read_bytes()
