"""`tinyq demo`: the whole way, once, on real data: train, convert, emit, build, run, compare."""

from __future__ import annotations

import io
import shutil
import time
import warnings
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import typer

from tinyq.cli.arrays import to_int8
from tinyq.cli.commands_deploy import require_identical, summary
from tinyq.cli.console import err, need_training_extra, progress
from tinyq.cli.demo_table import print_tables
from tinyq.cli.inspect import describe
from tinyq.core.boards import load_board
from tinyq.core.files import check_writable, write_whole
from tinyq.core.packages import debian_packages
from tinyq.emit import emit
from tinyq.evaluate.footprint import footprint
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import read
from tinyq.run import RunResult, run
from tinyq.run.session import require_runner

if TYPE_CHECKING:
    from tinyq.datasets import Dataset

EMULATED = "qemu_cortex_m4"
TOOLS = ("arm-none-eabi-gcc", "qemu-system-arm")


class Task(str, Enum):
    """What the demo classifies."""

    digits = "digits"
    eeg = "eeg"


MODELS = {Task.digits: "digits_cnn", Task.eeg: "eeg_eegnet"}


@dataclass
class Answers:
    """Class numbers that one way of running the nets gave, fold by fold, beside the true ones."""

    given: list[npt.NDArray[Any]] = field(default_factory=list)
    truth: list[npt.NDArray[Any]] = field(default_factory=list)

    def add(self, scores: npt.NDArray[Any], labels: npt.NDArray[Any]) -> None:
        """One fold: scores [n, classes], labels [n]."""
        self.given.append(scores.reshape(len(labels), -1).argmax(axis=1))
        self.truth.append(labels)

    @property
    def accuracy(self) -> float:
        """Over all folds, 0 to 1."""
        return float((np.concatenate(self.given) == np.concatenate(self.truth)).mean())


def demo(
    task: Task = typer.Option(
        Task.digits, help="digits: scikit-learn's 8x8 images; eeg: motor imagery, EEGNet."
    ),
    data: Path = typer.Option(None, help="eeg: folder of S001R05.edf ... or .npz; else MNE downloads."),
    board: str = typer.Option(EMULATED, "--board", "-b", help="Board to build for and run on."),
    folder: Path = typer.Option(
        None, "--out", "-o", help="Where all files go; ./tinyq-demo-<task> unless told."
    ),
    json: Path = typer.Option(None, help="Also write the table there, as JSON."),
    seed: int = typer.Option(0, help="Seed of initial weights, shuffling and dropout."),
) -> None:
    """Train a ternary net and its float twin, pack it, run all test samples on a Cortex-M4, print a table."""
    if json:
        check_writable(json)
    need_training_extra()
    started = time.monotonic()
    board = _runnable(board)
    folder = folder or Path(f"tinyq-demo-{task.value}")
    folds = _folds(task, data)
    answers = {
        key: Answers() for key in ("keras_float", "keras_ternary", "int8_tflite", "reference", "board")
    }
    facts: dict[str, Any] = {}
    for number, dataset in enumerate(folds):
        where = folder / f"fold{number}" if len(folds) > 1 else folder
        title = f"fold {number + 1} of {len(folds)}: " if len(folds) > 1 else ""
        found = _fold(dataset, _Work(MODELS[task], where, board, seed, title), answers)
        for key in ("samples", "identical"):
            found[key] += facts.get(key, 0)
        facts = found
    facts["accuracy"] = {key: value.accuracy for key, value in answers.items()}
    facts["data"] = folds[0].source
    facts["split"] = "; ".join(dataset.split for dataset in folds)
    facts["folder"] = str(folder)
    facts["wall_s"] = round(time.monotonic() - started, 1)
    if json:
        write_whole(json, _json(facts))
    print_tables(facts)
    require_identical(folder, facts)


@dataclass(frozen=True)
class _Work:
    model: str
    folder: Path
    board: str
    seed: int
    title: str

    def path(self, weights: str, suffix: str) -> Path:
        return self.folder / weights / f"model.{suffix}"


def _runnable(board: str) -> str:
    """The board, or `host` with a word where the emulated one's tools are missing."""
    require_runner(load_board(board), "train on an emulated one, then tinyq emit, tinyq flash, tinyq profile")
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if load_board(board).name == EMULATED and missing:
        err.print(
            f"[yellow]{', '.join(missing)} not found: it runs on the 'host' board, not on a Cortex-M4.[/]\n"
            f"To have that, on Debian, as root: apt-get install --no-install-recommends "
            f"{debian_packages(*TOOLS)}"
        )
        return "host"
    return board


def _folds(task: Task, data: Path | None) -> list[Dataset]:
    from tinyq.datasets import load, load_eeg_folds

    return load_eeg_folds(data) if task is Task.eeg else [load(task.value, data)]


def _fold(dataset: Dataset, work: _Work, answers: dict[str, Answers]) -> dict[str, Any]:
    """One training and test split; adds its answers, returns sizes and counts."""
    from tinyq.training import predict

    facts: dict[str, Any] = {"board": work.board, "nets": {}, "samples": 0, "identical": 0}
    facts["arena_kept"] = True
    for weights in ("float", "ternary"):
        _train_and_convert(dataset, work, weights)
        answers[f"keras_{weights}"].add(predict(work.path(weights, "keras"), dataset.x_test), dataset.y_test)
    answers["int8_tflite"].add(_stock(work.path("float", "tflite"), dataset.x_test), dataset.y_test)
    for weights, name in (("float", "int8"), ("ternary", "ternary")):
        graph = read(work.path(weights, "tflite"))
        samples = to_int8(graph.tensors[graph.inputs[0]], dataset.x_test)
        expected = Interpreter(graph).predict(samples)
        report = emit(work.path(weights, "tflite"), work.board, work.folder / weights / "c")
        with progress(f"{work.title}{name} net on {work.board}") as bar:
            result = run(report.folder, samples, progress=bar)
        found = summary(result, expected, dataset.y_test)
        facts["nets"][name] = _net(describe(report.layout, None), result, found)
        facts["samples"] += found["samples"]
        facts["identical"] += found["identical"]
        facts["arena_kept"] &= found["arena_kept"]
        _keep_samples(work.folder / weights, samples, dataset.y_test)
    answers["reference"].add(expected[0], dataset.y_test)
    answers["board"].add(result.outputs[0], dataset.y_test)
    return facts


def _keep_samples(folder: Path, samples: npt.NDArray[np.int8], labels: npt.NDArray[Any]) -> None:
    for name, array in (("test_x", samples), ("test_y", labels)):
        stream = io.BytesIO()
        np.save(stream, array)
        write_whole(folder / f"model.{name}.npy", stream.getvalue())


def _train_and_convert(dataset: Dataset, work: _Work, weights: str) -> None:
    from tinyq.convert import convert
    from tinyq.training import train

    path = work.path(weights, "keras")
    path.parent.mkdir(parents=True, exist_ok=True)
    start = work.path("float", "keras") if weights != "float" else None
    with progress(f"{work.title}training, {weights} weights") as bar:
        train(work.model, dataset, method=weights, out=path, seed=work.seed, start=start, progress=bar)
    representative = dataset.representative()
    with progress(f"{work.title}converting, {weights} weights") as bar:
        convert(path, work.path(weights, "tflite"), representative=representative, progress=bar)


def _stock(path: Path, x: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """Scores of TensorFlow's own interpreter: the int8 TFLite that users have today."""
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the class is deprecated, and still what users have
        interpreter = tf.lite.Interpreter(
            str(path),
            experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
    interpreter.allocate_tensors()
    entry, end = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    graph = read(path)
    scores = []
    for sample in to_int8(graph.tensors[graph.inputs[0]], x):
        interpreter.set_tensor(entry["index"], sample[None])
        interpreter.invoke()
        scores.append(interpreter.get_tensor(end["index"])[0])
    return np.stack(scores)


def _net(layout: dict[str, Any], result: RunResult, found: dict[str, Any]) -> dict[str, Any]:
    """Sizes and speed of one net on the board."""
    facts = {**layout["totals"], "stack_bytes": found["stack_bytes"]}
    stored = {layer["name"]: layer for layer in layout["layers"]}
    facts["layers"] = [{**stored[layer["name"]], **layer} for layer in found["layers"]]
    for key in ("instructions_per_inference", "ticks_per_inference", "tick"):
        if key in found:
            facts[key] = found[key]
    if result.board.runner != "host":
        facts["footprint"] = footprint(result.elf).to_dict()
    return facts


def _json(facts: dict[str, Any]) -> str:
    import json

    return json.dumps(facts, indent=2) + "\n"
