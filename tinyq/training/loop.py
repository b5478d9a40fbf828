"""One stage of training by Keras' `fit`, deterministic for a seed, and resumable.

What a step computes depends on the weights, the state of quantizers, optimizer and Dropout, and the position
in the data: all of that is in a checkpoint, so a stage that was killed goes on bit for bit.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tinyq.datasets import Dataset
from tinyq.quantizers.larq_api import tf
from tinyq.training.checkpoints import Checkpoints
from tinyq.training.compile import remembered_jit
from tinyq.training.distribution import workers
from tinyq.training.fast_layers import use_fast_layers
from tinyq.training.feed import Feed, Position
from tinyq.training.guard import NotFinite, diverged, finite_weights
from tinyq.training.losses import StageAccuracy, StageLoss
from tinyq.training.optimizers import make_optimizer
from tinyq.training.random_layers import seed_random_layers
from tinyq.training.recipes import Stage

Report = Callable[[int, int], None]
Tell = Callable[[str], None]
STEPS_A_CALL = 32  # between two looks of Python: at the loss, for Ctrl-C, for a checkpoint
_LOOKED_AT = 64  # samples of a batch that is run again to find the layer that overflows


@dataclass(frozen=True)
class StageHistory:
    """What one stage did.

    Args:
        weights: the stage's name.
        loss, accuracy: on the training set as augmented, one value an epoch.
        seconds: wall time, of all runs together that it took.
        notes: how steps were computed, where that was chosen for this machine.
    """

    weights: str
    loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    seconds: float
    notes: tuple[str, ...] = ()


def fit(  # noqa: PLR0913  (the last two are options by keyword)
    model: tf.keras.Model,
    data: Dataset,
    stage: Stage,
    seed: tuple[int, int],
    teacher: tf.keras.Model | None = None,
    report: Report = lambda done, total: None,
    *,
    callbacks: Sequence[tf.keras.callbacks.Callback] = (),
    checkpoints: Checkpoints | None = None,
    tell: Tell = lambda line: None,
) -> StageHistory:
    """Train `model` in place for `stage.epochs`, under the tf.distribute strategy that it was made in.

    Args:
        seed: (the user's, the stage's number).
        teacher: a model with the same outputs, for `stage.distill`; not made under a strategy.
        report: called with (steps done, steps of the stage).
        callbacks: Keras callbacks. A training that resumes within an epoch does not begin that epoch again
            for them: what they set is in the checkpoint; state of their own must follow from the epoch.
        checkpoints: where to go on from, and what to go on from next time.
        tell: called with lines for the user: which layers are rewritten for the CPU, why XLA is not used.

    Raises:
        TrainError: the loss, a gradient or a weight became NaN or infinite; a checkpoint cannot be written.
        KeyboardInterrupt: Ctrl-C; with `checkpoints`, after one more was written.
    """
    feed = Feed(data, stage, seed, teacher)
    notes: list[str] = []
    with ExitStack() as rewritten:
        names = rewritten.enter_context(use_fast_layers(model))
        if teacher is not None:
            rewritten.enter_context(use_fast_layers(teacher))
        if names:
            notes.append(f"computed as dense products on this CPU: {', '.join(names)}")
        notes += _compile(model, feed, stage, seed, checkpoints)
        for note in notes:
            tell(note)
        progress = _Progress(stage, feed.steps, report, checkpoints)
        try:
            with _patient(progress, checkpoints is not None and workers(model.distribute_strategy) == 1):
                _fit(model, feed, stage, progress, callbacks)
        except NotFinite as found:
            x, y = next(feed.chunks(Position(found.epoch), found.epoch + 1, slice(_LOOKED_AT)))
            raise diverged(model, stage, found, progress.weights, (x[0], y[0])) from None
        finally:
            if checkpoints is not None:
                checkpoints.close()
    losses, accuracies = tuple(progress.loss), tuple(progress.accuracy)
    return StageHistory(stage.weights, losses, accuracies, progress.seconds, tuple(notes))


def _compile(
    model: tf.keras.Model, feed: Feed, stage: Stage, seed: tuple[int, int], checkpoints: Checkpoints | None
) -> list[str]:
    """Optimizer, loss and random numbers for `fit`, known to `checkpoints`; what the user should know."""
    every = STEPS_A_CALL
    if checkpoints is not None and checkpoints.every:
        every = math.ceil(checkpoints.every / math.ceil(checkpoints.every / STEPS_A_CALL))
    with model.distribute_strategy.scope():
        optimizer = make_optimizer(stage, feed.steps * stage.epochs, model)
        generators = seed_random_layers(model, seed)
    folder = None if checkpoints is None else checkpoints.folder
    jit = remembered_jit(model, (feed.batch, *feed.sample_shape), stage.jit_compile, folder)
    with model.distribute_strategy.scope():
        model.compile(
            optimizer,
            StageLoss(feed.classes, stage.distill if feed.width > feed.classes else 0.0, stage.temperature),
            [StageAccuracy(feed.classes)],
            # At least 2: for 1, Keras compiles another function, which may round otherwise.
            steps_per_execution=max(2, min(every, feed.steps)),
            jit_compile=jit.use,
        )
    if checkpoints is not None:
        checkpoints.track(model, optimizer, generators)
    return [jit.word] if jit.word else []


def _fit(
    model: tf.keras.Model,
    feed: Feed,
    stage: Stage,
    progress: _Progress,
    callbacks: Sequence[tf.keras.callbacks.Callback],
) -> None:
    strategy = model.distribute_strategy
    hooks = _Hooks([*callbacks, progress], model=model, epochs=stage.epochs, steps=feed.steps, verbose=0)
    with strategy.scope():
        hooks.begin()
    start = progress.restore()  # after the callbacks' beginning: a checkpoint has the last word
    if start.step:  # the rest of an epoch, then the others
        hooks.within_epoch = True
        last = start.epoch + 1
        rest = feed.dataset(start, last, strategy)
        _keras_fit(model, rest, hooks, (start.epoch, last), feed.steps - start.step)
        start = Position(last)
    if start.epoch < stage.epochs and not model.stop_training:
        batches = feed.dataset(start, stage.epochs, strategy)
        _keras_fit(model, batches, hooks, (start.epoch, stage.epochs), feed.steps)
    with strategy.scope():
        hooks.end()


def _keras_fit(
    model: tf.keras.Model, batches: Any, hooks: _Hooks, epochs: tuple[int, int], steps: int
) -> None:
    model.fit(
        batches,
        initial_epoch=epochs[0],
        epochs=epochs[1],
        steps_per_epoch=steps,
        callbacks=hooks,
        verbose=0,
    )


class _Hooks(tf.keras.callbacks.CallbackList):
    """The callbacks of a stage, whose training begins and ends once, however many calls of `fit` it takes."""

    within_epoch = False  # the next epoch has begun already, in the process that wrote the checkpoint

    def begin(self) -> None:
        self.model.stop_training = False
        super().on_train_begin()

    def end(self) -> None:
        super().on_train_end()

    def on_train_begin(self, logs: Any = None) -> None:
        pass

    def on_train_end(self, logs: Any = None) -> None:
        pass

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if not self.within_epoch:
            super().on_epoch_begin(epoch, logs)
        self.within_epoch = False


class _Progress(tf.keras.callbacks.Callback):
    """Keeps the losses, looks whether they are finite, writes checkpoints; the last of the callbacks."""

    def __init__(self, stage: Stage, steps: int, report: Report, checkpoints: Checkpoints | None) -> None:
        super().__init__()
        self._supports_tf_logs = True  # or Keras copies every metric to the host after every call
        self.loss: list[float] = []
        self.accuracy: list[float] = []
        self.interrupted = False
        self._stage, self._steps = stage, steps
        self._report, self._checkpoints = report, checkpoints
        self._started, self._before = time.monotonic(), 0.0
        self._first, self._earlier = (
            0,
            (0.0, 0.0),
        )  # steps of this epoch that another process did, their means
        self._saved = 0

    @property
    def seconds(self) -> float:
        return self._before + time.monotonic() - self._started

    def restore(self) -> Position:
        """Where to go on."""
        found = None if self._checkpoints is None else self._checkpoints.restore()
        self._finite = finite_weights(self.model)
        self.weights = self.model.get_weights()
        if found is None:
            return Position()
        self.loss, self.accuracy = found["loss"], found["accuracy"]
        self._first, self._earlier, self._before = found["step"], tuple(found["means"]), found["seconds"]
        self._saved = found["epoch"] * self._steps + found["step"]
        self._report(self._saved, self._steps * self._stage.epochs)
        return Position(found["epoch"], found["step"])

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        epoch, step = len(self.loss), self._first + batch + 1
        means = self._means(logs, batch + 1)
        if not math.isfinite(means[0]):
            raise NotFinite(epoch, means[0])
        done = epoch * self._steps + step
        self._report(done, self._steps * self._stage.epochs)
        if step == self._steps:
            return  # the epoch's end writes a checkpoint, after what other callbacks do there
        every = self._checkpoints.every if self._checkpoints else None
        if self.interrupted or (every and done - self._saved >= every):
            self._save(Position(epoch, step), means)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        means = self._means(logs, self._steps - self._first)
        if not self._finite():
            raise NotFinite(epoch, means[0])
        self.loss.append(means[0])
        self.accuracy.append(means[1])
        self._first, self._earlier = 0, (0.0, 0.0)
        self.weights = self.model.get_weights()
        if self._checkpoints is not None:
            self._save(Position(epoch + 1), self._earlier)

    def _means(self, logs: Any, steps: int) -> tuple[float, float]:
        """Loss and accuracy of the epoch so far, `steps` of it in this process."""
        now = (float(logs["loss"]), float(logs["accuracy"]))
        if not self._first:
            return now
        mixed = [
            (a * self._first + b * steps) / (self._first + steps)
            for a, b in zip(self._earlier, now, strict=True)
        ]
        return mixed[0], mixed[1]

    def _save(self, position: Position, means: tuple[float, float]) -> None:
        self._saved = position.epoch * self._steps + position.step
        self._checkpoints.save(
            self._saved,
            {
                "epoch": position.epoch,
                "step": position.step,
                "loss": self.loss,
                "accuracy": self.accuracy,
                "means": means,
                "seconds": self.seconds,
            },
        )
        if self.interrupted:
            raise KeyboardInterrupt


@contextmanager
def _patient(progress: _Progress, patient: bool) -> Iterator[None]:
    """Ctrl-C waits for the next moment at which a checkpoint can be written; a second one does not wait."""
    if not patient or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: Any) -> None:
        if progress.interrupted:
            raise KeyboardInterrupt
        progress.interrupted = True

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
