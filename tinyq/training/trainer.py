"""train(model, data, method) -> a .keras file; predict and accuracy of such a file."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyq.core.errors import TrainError
from tinyq.core.files import write_together
from tinyq.datasets import Dataset
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import count_parameters, load_model
from tinyq.training.distribution import is_chief
from tinyq.training.loop import StageHistory, Tell
from tinyq.training.recipes import PRECISIONS, Recipe, Stage, load_recipe
from tinyq.training.run_folder import RunFolder, identity
from tinyq.training.stages import MakeCallbacks, Outcome, StageRunner

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class History:
    """What a training did.

    Args:
        model: the folder's name.
        method: the stage that made the saved model, by name.
        seed: that it was trained with.
        stages: in the order they ran; the last one made the saved model.
        train_accuracy, test_accuracy: of the saved model, 0 to 1, without augmentation.
        parameters: see `tinyq.quantizers.count_parameters`.
        seconds: wall time of everything; of a training that was resumed, of all its runs together.
        recipe: the stages as they were run: every key of their tables.
    """

    model: str
    method: str
    seed: int
    stages: tuple[StageHistory, ...]
    train_accuracy: float
    test_accuracy: float
    parameters: int
    seconds: float
    recipe: tuple[Stage, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return dataclasses.asdict(self)


def train(  # noqa: PLR0913  (all but two are options by keyword)
    model: str | Path,
    data: Dataset,
    *,
    method: str = "ternary",
    out: Path,
    seed: int | None = None,
    epochs: int | None = None,
    start: Path | None = None,
    precision: str | None = None,
    jit_compile: bool | None = None,
    rules: Sequence[Mapping[str, Any]] = (),
    model_options: Mapping[str, Any] | None = None,
    qat: bool = False,
    progress: Report | None = None,
    tell: Tell = lambda line: None,
    run_dir: Path | None = None,
    resume: bool = False,
    checkpoint_every: int | None = None,
    strategy: tf.distribute.Strategy | None = None,
    callbacks: MakeCallbacks | None = None,
) -> History:
    """Train a model of the zoo, or of a folder like one, and save it.

    The same arguments on the same machine give the same weights, bit for bit; a run that was killed and
    resumed gives those too.

    Args:
        model: a name of `model_names()`, or a folder with model.py and recipe.toml.
        data: what to train on, and to measure with.
        method: a stage of the recipe: a name of `method_names()`, or one of the recipe's own. The stages that
            it starts from are trained before it.
        out: the .keras file to write; a file that is there already stays until the new one is whole. Losses,
            recipe and times go to <out>.history.json beside it.
        seed: of initial weights, order, augmentation and dropout; the recipe's if None.
        epochs: of every stage; the recipe's if None.
        start: a .keras file of the stage that `method` starts from, not to train that again.
        precision: of every stage's steps, a name of `PRECISIONS`; the recipe's if None.
        jit_compile: whether XLA compiles the steps; on a CPU refused where a few of them show that it is
            slower, and what was chosen holds for the whole run; the recipe's if None.
        rules: after the method's own, each like its [[rule]]: {"layers": "@last", "weights": "float"}.
        model_options: arguments of the model's build(), before those of the recipe: {"width": 24}.
        qat: whether what the method leaves in float is trained in int8 (`quantization_aware`), with ranges
            that are learned; then <out>.int8.tflite is written too, which `tinyq convert` packs.
        progress: called with (steps done, steps of all stages).
        tell: called with lines for the user, each once: which layers are rewritten for the CPU, why XLA is
            not used.
        run_dir: a folder for checkpoints and finished stages.
        resume: go on with the run that is in `run_dir`, if there is one.
        checkpoint_every: optimizer steps between checkpoints; they are written at the ends of epochs anyway.
        strategy: of tf.distribute. `batch` is that of all replicas together. All workers call `train` alike;
            the first one writes the files, and `run_dir` must be a folder that all of them see.
        callbacks: (stage, its model) -> Keras callbacks, beside those of the method.

    Raises:
        TrainError: the recipe, an argument or `start` is wrong, `run_dir` holds another run, or the loss, a
            gradient or a weight is no longer finite.
        TinyqError: `out` cannot be written.
        KeyboardInterrupt: Ctrl-C; with `run_dir`, after a checkpoint.
    """
    began = time.monotonic()
    recipe = load_recipe(model, model_options)
    seed = recipe.seed if seed is None else seed
    _check_arguments(out, seed, epochs, precision)
    if run_dir is None and (resume or checkpoint_every is not None):
        raise TrainError("resume, checkpoint_every", "no run folder", "with run_dir (--run FOLDER)")
    changes = {"epochs": epochs, "precision": precision, "jit_compile": jit_compile}
    changes = {name: value for name, value in changes.items() if value is not None}
    stages = chain(recipe, method, start)
    if qat:
        stages[-1] = dataclasses.replace(stages[-1], method=stages[-1].method.with_qat())
    stages = [dataclasses.replace(s, method=s.method.with_rules(rules), **changes) for s in stages]
    tf.config.experimental.enable_op_determinism()
    strategy = strategy or tf.distribute.get_strategy()
    runs = None
    if run_dir is not None:
        facts = identity(recipe, stages, data, seed, strategy.num_replicas_in_sync, start)
        runs = RunFolder(run_dir, facts, resume, is_chief(strategy))
    runner = StageRunner(recipe, data, seed, strategy, runs, checkpoint_every, callbacks, _once(tell))
    outcomes = _run(runner, stages, None if start is None else load_model(start), progress)
    history = _history(recipe, seed, stages, outcomes, time.monotonic() - began)
    if is_chief(strategy):
        _write(out, outcomes[-1], history)
    return history


def _once(tell: Tell) -> Tell:
    """The same, but a line that was told already is not told again."""
    told: set[str] = set()

    def tell_once(line: str) -> None:
        if line not in told:
            told.add(line)
            tell(line)

    return tell_once


def _run(
    runner: StageRunner, stages: Sequence[Stage], teacher: tf.keras.Model | None, progress: Report | None
) -> list[Outcome]:
    report = progress or (lambda done, total: None)
    total = sum(runner.steps(stage) for stage in stages)
    report(0, total)
    outcomes: list[Outcome] = []
    done = 0
    for stage in stages:
        outcomes.append(runner.run(stage, teacher, lambda n, of, before=done: report(before + n, total)))
        done += runner.steps(stage)
        report(done, total)
        teacher = outcomes[-1].model
    return outcomes


def _history(
    recipe: Recipe, seed: int, stages: Sequence[Stage], outcomes: Sequence[Outcome], seconds: float
) -> History:
    last = outcomes[-1]
    earlier = sum(outcome.history.seconds - outcome.seconds_now for outcome in outcomes)
    return History(
        model=recipe.folder.name,
        method=stages[-1].weights,
        seed=seed,
        stages=tuple(outcome.history for outcome in outcomes),
        train_accuracy=last.train_accuracy,
        test_accuracy=last.test_accuracy,
        parameters=count_parameters(last.model),
        seconds=seconds + earlier,
        recipe=tuple(stages),
    )


def _write(out: Path, outcome: Outcome, history: History) -> None:
    """The model, what belongs beside it, and what was done."""
    files: dict[Path, bytes | str] = {
        out.with_suffix(".history.json"): json.dumps(history.to_dict(), indent=2, default=str) + "\n"
    }
    for name, content in outcome.files.items():
        files[out.with_suffix(name)] = content
    write_together(files)


def _check_arguments(out: Path, seed: int, epochs: int | None, precision: str | None) -> None:
    """Before any epoch is spent."""
    if out.suffix != ".keras":
        raise TrainError(str(out), f"a name that ends in {out.suffix!r}", ".keras")
    if not out.parent.is_dir():
        raise TrainError(str(out), f"no folder {out.parent}", remedy="make it first")
    if seed < 0:
        raise TrainError("seed", str(seed), "0 or more")
    if epochs is not None and epochs < 1:
        raise TrainError("epochs", str(epochs), "1 or more")
    if precision is not None and precision not in PRECISIONS:
        raise TrainError("precision", repr(precision), ", ".join(PRECISIONS))


def chain(recipe: Recipe, method: str, start: Path | None = None) -> list[Stage]:
    """The stages to run, in order: `method`, before it what it starts from, unless that is given."""
    stages = [recipe.stage(method)]
    if start is not None:
        if not stages[0].start:
            raise TrainError(
                f"{recipe.folder.name}, [{method}]", f"start from {start}", "it starts from nothing"
            )
        return stages
    while stages[0].start:
        stages.insert(0, recipe.stage(stages[0].start))
    return stages
