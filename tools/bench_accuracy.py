"""Accuracy of every method on real data, row by row: `make bench-accuracy DATA=FOLDER`.

A row is (task, method, seed); a finished one is a small JSON file in docs/accuracy/, an unfinished one has
checkpoints under build/, so the table can be stopped and gone on with at any time. FOLDER has one folder a
data set: mnist, eeg-ssvep-exo, cifar10-jpeg (as `tinyq train --data` reads them); without it they are
downloaded. Each method starts from one float checkpoint of the same seed and fold; the row "float" trains the
float net on for as many passes as the others.

So that rows compare, all methods quantize the same layers: all but the first and the last one that have a
kernel. Rows that end in "-all" quantize these, too, as the method's own rules say.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from benchmark.accuracy_targets import targets_section

ROOT = Path(__file__).resolve().parent.parent
ROWS = ROOT / "docs" / "accuracy"
TABLE = ROOT / "docs" / "accuracy.md"
WORK = ROOT / "build" / "accuracy"

HEAD = """\
# Accuracy

Written by `make bench-accuracy` from the files in docs/accuracy/, one a finished row. Percent of the test set
in Keras (int8 rows: TFLite's interpreter), mean and standard deviation over seeds and folds (in brackets: how
many). Every method starts from one float checkpoint of the same seed and fold; passes over the training set:
of the checkpoint + of the row. All rows quantize the same layers: all but the first and the last that have a
kernel; those that end in "-all" quantize every one. Batch norms of quantized nets have the
statistics of the final weights (`norm_samples`). Weight bytes: of the packed .tflite, with scales, where
they were recorded. Wall times were taken while the machine did other work.
"""
LONGER = "float-longer"  # a stage of the recipes: the float net, trained on
BASELINES = ("float", "int8", "int8-qat")
BINARY = (
    "ste-binary",
    "larq-ste-sign",
    "larq-approx-sign",
    "dorefa-1",
    "rpr-binary",
    "binaryrelax-binary",
    "larq-a1w1",
    "encoding-1",
)
TERNARY = (
    "ste-ternary",
    "ternary",
    "larq-ste-tern",
    "ttq",
    "rpr-ternary",
    "binaryrelax-ternary",
    "tga",
    "tga-2",
    "rtn-weights",
    "larq-atwt",
    "rtn",
)
METHODS = (
    *(*BASELINES, *BINARY, *TERNARY),
    *("dorefa-2", "dorefa-2-2", "encoding-2", "ste-binary-all", "ste-ternary-all", "tga-all"),
)
FEW = ("float", "int8", "ste-binary", "ste-ternary", "tga")  # of the other models, for their cards
ALL = "-all"
INNER = ({"layers": ["@first", "@last"], "weights": "float"},)  # a rule after the method's own


@dataclass(frozen=True)
class Task:
    """One data set with one net.

    Args:
        model: of the zoo.
        folder: of its data, below the user's.
        seeds: of every row.
        float_epochs, epochs: of the checkpoint, and of each row after it.
        precision: of training; what is measured is float32.
        options: arguments of the model's build().
        methods: the only rows, if any are named.
        repeated: rows that get three seeds.
    """

    model: str
    folder: str
    seeds: int
    float_epochs: int
    epochs: int
    precision: str = "float32"
    options: tuple[tuple[str, int], ...] = ()
    methods: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()


TASKS = {
    "mnist": Task("mnist_cnn", "mnist", 3, 4, 4),
    "ssvep": Task(
        *("ssvep_eegnet", "eeg-ssvep-exo", 1, 30, 30),
        repeated=("float", "int8", "binaryrelax-binary", "tga-2"),
    ),
    "cifar10": Task("cifar10_resnet8", "cifar10-jpeg", 1, 20, 10, "mixed_bfloat16"),
    "mnist-dense": Task("mnist_dense", "mnist", 1, 4, 4, methods=FEW),
    "eeg": Task("eeg_mibminet", "eeg-mmidb-s001", 1, 60, 60, methods=FEW),
    "kws": Task("kws_dscnn", "mlperf-tiny-kws01", 1, 60, 60, methods=FEW),
    "cifar10-vgg": Task("cifar10_vgg_small", "cifar10-jpeg", 1, 6, 3, "mixed_bfloat16", methods=FEW),
    "cifar10-resnet20": Task("cifar10_resnet20", "cifar10-jpeg", 1, 6, 3, "mixed_bfloat16", methods=FEW),
    # more weights than cifar10's net, in fewer bytes than that has in int8
    "cifar10-wide": Task(
        *("cifar10_resnet8", "cifar10-jpeg", 1, 20, 10, "mixed_bfloat16"), (("width", 24),), ("ste-ternary",)
    ),
}


def rows(tasks: list[str], methods: list[str]) -> Iterator[tuple[str, str, int]]:
    """(task, method, seed), those that matter most first."""
    for seed in range(3):
        for task in tasks:
            for method in METHODS:
                wanted = 3 if method in TASKS[task].repeated else TASKS[task].seeds
                if TASKS[task].methods and method not in TASKS[task].methods:
                    continue
                if seed < wanted and (not methods or method in methods):
                    yield task, method, seed


def run_row(task: Task, method: str, seed: int, data: Path | None) -> dict[str, Any]:
    """Train and measure one row, all folds of it."""
    from tinyq.datasets import load_folds
    from tinyq.quantizers.larq_api import tf

    tf.keras.backend.clear_session()  # graphs of the rows before would pile up
    folds = load_folds(_data_name(task), data and data / task.folder)
    started = time.monotonic()
    accuracies = [_fold(task, method, seed, dataset, number) for number, dataset in enumerate(folds)]
    stored = _weight_bytes(task, method, seed, folds[0])
    return {
        "model": task.model,
        "method": method,
        "seed": seed,
        "accuracy": accuracies,
        "weight_bytes": stored,
        "epochs": [task.float_epochs, task.epochs],
        "precision": task.precision,
        "data": folds[0].source.replace(f", from {data / task.folder}" if data else "", ""),
        "split": folds[0].split if len(folds) == 1 else f"{len(folds)} folds: {folds[0].split}; ...",
        "wall_s": round(time.monotonic() - started, 1),
        "machine": _machine(),
    }


def _data_name(task: Task) -> str:
    from tinyq.training import load_recipe

    return load_recipe(task.model).data


def _fold(task: Task, method: str, seed: int, dataset: Any, number: int) -> float:
    folder = _folder(task, seed, number)
    folder.mkdir(parents=True, exist_ok=True)
    common = {"seed": seed, "precision": task.precision, "model_options": dict(task.options)}
    checkpoint = folder / f"float-{task.float_epochs}.keras"
    if not checkpoint.exists():
        _resumable(checkpoint, task.model, dataset, method="float", epochs=task.float_epochs, **common)
    stage = LONGER if method in ("float", "int8") else method.removesuffix(ALL)
    out = folder / f"{LONGER if stage == LONGER else method}.keras"
    options = {**common, "start": checkpoint, "epochs": task.epochs}
    if method == "int8-qat":
        options["precision"] = "float32"  # it has no other
    options["rules"] = () if method.endswith(ALL) else INNER
    history = None
    if method != "int8" or not out.exists():
        history = _resumable(out, task.model, dataset, method=stage, **options)
    if method == "int8-qat":
        return _tflite_accuracy(out.with_suffix(".int8.tflite").read_bytes(), dataset)
    if method == "int8":
        return _tflite_accuracy(_int8(out, dataset), dataset)
    return float(history.test_accuracy)


def _resumable(out: Path, *what: Any, **options: Any) -> Any:
    """Train with checkpoints, which a bench that was killed goes on from."""
    from tinyq.training import train

    run = out.with_suffix(".run")
    history = train(*what, out=out, run_dir=run, resume=True, **options)
    shutil.rmtree(run)
    return history


def _folder(task: Task, seed: int, number: int) -> Path:
    name = "-".join([task.model, *(f"{key}{value}" for key, value in task.options)])
    return WORK / name / f"seed{seed}-fold{number}"


def _weight_bytes(task: Task, method: str, seed: int, dataset: Any) -> int | None:
    """Of the first fold's .tflite file as `tinyq convert` packs it, scales included; None for float nets."""
    from tinyq.convert import convert
    from tinyq.core.errors import TinyqError

    if method in ("float", "int8-qat"):
        return None
    out = _folder(task, seed, 0) / f"{LONGER if method == 'int8' else method}.keras"
    try:
        totals = convert(out, out.with_suffix(".tflite"), representative=dataset.representative()).totals
    except TinyqError as error:  # the accuracy, which took so long, is kept
        print(f"{method} is not converted: {error}", flush=True)
        return None
    return totals.stored_bytes + totals.scale_bytes


def _int8(path: Path, dataset: Any) -> bytes:
    """The stock converter's int8 of a float net."""
    from tinyq.convert import convert

    target = path.with_suffix(".tflite")
    convert(path, target, representative=dataset.representative())
    return target.read_bytes()


def _tflite_accuracy(content: bytes, dataset: Any) -> float:
    """Accuracy by TensorFlow's own interpreter."""
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(model_content=content)
    interpreter.allocate_tensors()
    entry, end = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero_point = entry["quantization"]
    x = np.clip(np.round(dataset.x_test / scale) + zero_point, -128, 127).astype(np.int8)
    hits = 0
    for sample, label in zip(x, dataset.y_test, strict=True):
        interpreter.set_tensor(entry["index"], sample[None])
        interpreter.invoke()
        hits += int(interpreter.get_tensor(end["index"])[0].argmax() == label)
    return hits / len(x)


def _machine() -> str:
    import os

    import tensorflow as tf

    return f"{os.cpu_count()} x86-64 cores, Python {platform.python_version()}, TensorFlow {tf.__version__}"


def write_table() -> None:
    """docs/accuracy.md from the rows that are there."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for path in sorted(ROWS.glob("*.json")):
        row = json.loads(path.read_text())
        found.setdefault((path.name.split("_")[0], row["method"]), []).append(row)
    lines, percent = [], {}
    for name, task in TASKS.items():
        methods = {m: r for (t, m), r in found.items() if t == name}
        percent[name] = {method: _percent(rows) for method, rows in methods.items()}
        lines += _section(name, task, methods)
        if not task.options:
            _write_card(name, task, methods)
    summary = targets_section(percent, {"ternary": TERNARY, "binary": BINARY})
    TABLE.write_text("\n".join([*HEAD.splitlines(), *summary, *lines]) + "\n")


def _percent(rows: list[dict[str, Any]]) -> np.ndarray:
    """Of every fold of every seed."""
    return 100 * np.array([value for row in rows for value in row["accuracy"]])


def _write_card(name: str, task: Task, methods: dict[str, list[dict[str, Any]]]) -> None:
    """The last paragraph of the model's card."""
    means = {method: _percent(rows).mean() for method, rows in methods.items()}
    said = [f"{method} {means[method]:.2f}" for method in ("float", "int8") if method in means]
    for title, group in (("ternary", TERNARY), ("binary", BINARY)):
        if ran := [method for method in group if method in means]:
            best = max(ran, key=lambda method: means[method])
            said.append(f"{best} {means[best]:.2f} (best of {len(ran)} {title})")
    text = f"Accuracy in percent, {task.float_epochs} + {task.epochs} passes over the training set: "
    text += f"{', '.join(said)}. All rows, seeds and folds: `docs/accuracy.md`, {name}."
    text = text if said else "Accuracy in percent: not measured yet, a row of `make bench-accuracy`."
    card = ROOT / "models" / task.model / "README.md"
    above, _, _ = card.read_text().partition("\nAccuracy in percent")
    card.write_text(f"{above.rstrip()}\n\n{fill(text, 118, break_on_hyphens=False)}\n")


def _section(name: str, task: Task, methods: dict[str, list[dict[str, Any]]]) -> list[str]:
    from tinyq.training import load_method, method_names

    if not methods:
        return []
    first = next(iter(methods.values()))[0]
    lines = [
        "",
        f"## {name}: {' '.join([task.model, *(f'{key}={value}' for key, value in task.options)])}",
        "",
        f"{first['data']}. {first['split'].rstrip('; .')}. Passes: {task.float_epochs} + ",
    ]
    hours = sum(row["wall_s"] for each in methods.values() for row in each) / 3600
    lines[-1] += f"{task.epochs}, {task.precision}. {first['machine']}. All rows together: {hours:.1f} h."
    lines += ["", "| method | what | accuracy % | weight bytes | wall s a row |", "|---|---|---|---|---|"]
    for method in METHODS:
        if method not in methods:
            continue
        values = _percent(methods[method])
        own = method.removesuffix(ALL)
        title = load_method(own).title if own in method_names() else "stock int8 conversion of the float net"
        title = f"{title}; every layer" if own != method else title
        title = title.replace("|", "\\|")  # of the table
        seconds = np.mean([row["wall_s"] for row in methods[method]])
        spread = f" ± {values.std():.2f}" if values.size > 1 else ""
        accuracy = f"{values.mean():.2f}{spread} ({values.size})"
        stored = methods[method][0].get("weight_bytes")
        stored = "" if stored is None else f"{stored:,}"
        lines.append(f"| {method} | {title} | {accuracy} | {stored} | {seconds:.0f} |")
    return lines


def main() -> None:
    """Run the rows that are missing, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder with a folder for each data set")
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--methods", nargs="*", default=[], choices=METHODS)
    parser.add_argument("--table", action="store_true", help="only write the table")
    arguments = parser.parse_args()
    ROWS.mkdir(parents=True, exist_ok=True)
    for task, method, seed in [] if arguments.table else rows(arguments.tasks, arguments.methods):
        path = ROWS / f"{task}_{method}_s{seed}.json"
        if path.exists():
            continue
        row = run_row(TASKS[task], method, seed, arguments.data)
        path.write_text(json.dumps(row, indent=1) + "\n")
        print(
            f"{task} {method} seed {seed}: {100 * np.mean(row['accuracy']):.2f} %, {row['wall_s']:.0f} s",
            flush=True,
        )
        write_table()
    write_table()


if __name__ == "__main__":
    main()
