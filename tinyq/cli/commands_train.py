"""`tinyq train` and `tinyq convert`: a model of the zoo to a .keras file, and that to a packed .tflite."""

from __future__ import annotations

import enum
import io
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt
import typer
from rich.table import Table

from tinyq.cli.arrays import load_array
from tinyq.cli.console import err, existing, need_training_extra, out, print_json, progress
from tinyq.core.files import check_writable, write_together

if TYPE_CHECKING:
    from tinyq.convert import ConvertReport
    from tinyq.datasets import Dataset
    from tinyq.training import DryRun, Stage


def train(
    model: str = typer.Argument(
        ..., help="A model of the zoo (digits_cnn, eeg_eegnet), or a folder like models/digits_cnn."
    ),
    output: Path = typer.Option(Path("model.keras"), "--out", "-o", help="The .keras file to write."),
    method: str = typer.Option(
        "ternary", "--method", "-m", help="How the weights are quantized: ternary, float, rpr-binary, ..."
    ),
    rule: list[str] = typer.Option(
        [],
        help="LAYERS=WEIGHTS after the method's own rules, e.g. '@first=float', 'conv_*=binary'; repeatable, "
        "a later one wins. `tinyq quantize --explain` shows what each layer gets.",
    ),
    qat: bool = typer.Option(
        False,
        "--qat",
        help="Train in int8 what the method leaves in float, and learn the activations' ranges: writes "
        "model.int8.tflite too, for `tinyq convert`. Not with few-bit activations.",
    ),
    model_option: list[str] = typer.Option(
        [], help="NAME=VALUE for the model's build(), before the recipe's, e.g. width=24; repeatable."
    ),
    data: Path = typer.Option(
        None, help="Folder of your own copy of the data, where the set can be read from one."
    ),
    start: Path = typer.Option(
        None, help="The .keras file of the stage to start from, not to train it again."
    ),
    seed: int = typer.Option(None, min=0, help="Seed; the recipe's unless told."),
    epochs: int = typer.Option(None, min=1, help="Epochs of every stage; the recipe's unless told."),
    precision: str = typer.Option(
        None, help="Of a step's arithmetic: float32, mixed_bfloat16, mixed_float16; the recipe's unless told."
    ),
    jit_compile: bool = typer.Option(
        None,
        "--jit-compile/--no-jit-compile",
        help="Let XLA compile the steps, on a CPU only where that is faster; the recipe's unless told.",
    ),
    run: Path = typer.Option(None, help="Folder for checkpoints: a run that is stopped can go on."),
    resume: bool = typer.Option(False, "--resume", help="Go on with what is in the --run folder."),
    checkpoint_every: int = typer.Option(
        None, min=1, help="Steps between checkpoints; there is one at the end of every epoch anyway."
    ),
    strategy: str = typer.Option(
        "none", help="none; mirrored: all GPUs of this machine; multiworker: the machines of TF_CONFIG."
    ),
    histograms: Path = typer.Option(
        None, help="Folder for histograms of the weights, as TensorBoard summaries and PNG."
    ),
    dry: bool = typer.Option(
        False, "--dry-run", help="Check recipe, data and model by one step; write nothing."
    ),
) -> None:
    """Train a model as its recipe.toml says.

    Beside model.keras it writes model.history.json, model.representative.npy (for `tinyq convert`),
    model.test_x.npy and model.test_y.npy (for `tinyq run`).
    """
    if not dry:
        check_writable(output, ".keras")
    need_training_extra()
    from tinyq.datasets import load
    from tinyq.training import dry_run, load_recipe, make_strategy
    from tinyq.training import train as train_model
    from tinyq.training.method import parse_rules
    from tinyq.training.recipes import parse_model_options

    rules, options = parse_rules(rule), parse_model_options(model_option)
    recipe = load_recipe(model, options)
    chosen = make_strategy(strategy)  # before TensorFlow computes anything
    dataset = load(recipe.data, data)
    out.print(f"data: {dataset.source}\nsplit: {dataset.split}")
    if dry:
        _print_dry_run(dry_run(model, dataset, method, rules, options, qat))
        return
    try:
        with progress(f"training {recipe.folder.name}, {method}") as report:
            history = train_model(
                model,
                dataset,
                **{"method": method, "out": output, "seed": seed, "epochs": epochs, "start": start},
                **{"precision": precision, "jit_compile": jit_compile, "rules": rules, "strategy": chosen},
                **{
                    "model_options": options,
                    "qat": qat,
                    "progress": report,
                    "tell": lambda line: err.print(line, markup=False),
                },
                **{"run_dir": run, "resume": resume, "checkpoint_every": checkpoint_every},
                callbacks=_histograms(histograms),
            )
    except KeyboardInterrupt:
        _stopped(run)
    _write_samples(output, dataset)
    out.print(
        f"wrote {output}: {history.parameters:,} parameters, accuracy {100 * history.train_accuracy:.2f} % "
        f"on the training set, {100 * history.test_accuracy:.2f} % on the test set, {history.seconds:.0f} s"
    )


def _histograms(folder: Path | None) -> Callable[[Stage, Any], list[Any]] | None:
    """The callbacks of every stage that draw its weights into a folder of its own."""
    if folder is None:
        return None
    from tinyq.quantizers import quantized_kernels
    from tinyq.training.callbacks.histograms import WeightHistograms

    def make(stage: Stage, net: Any) -> list[Any]:
        quantized = next(quantized_kernels(net), None) is not None
        return [WeightHistograms(folder / stage.weights)] if quantized else []

    return make


def _stopped(run: Path | None) -> NoReturn:
    if run is None:
        err.print("stopped; nothing was kept. With --run FOLDER a training can go on later", markup=False)
    else:
        words = [word for word in sys.argv[1:] if word != "--resume"]
        err.print(f"stopped; this goes on: tinyq {shlex.join(words)} --resume", markup=False, soft_wrap=True)
    raise typer.Exit(130)  # as the shell counts a program that Ctrl-C ended


def _write_samples(output: Path, dataset: Dataset) -> None:
    arrays = {
        "representative": dataset.representative(),
        "test_x": dataset.x_test,
        "test_y": dataset.y_test,
    }
    files = {}
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.save(stream, array)
        files[output.with_suffix(f".{name}.npy")] = stream.getvalue()
    write_together(files)


def _print_dry_run(found: DryRun) -> None:
    table = Table(title=f"{found.parameters:,} parameters", title_justify="left")
    table.add_column("layer")
    table.add_column("class")
    table.add_column("parameters", justify="right")
    table.add_column("quantizers")
    for layer in found.layers:
        table.add_row(layer.name, layer.kind, f"{layer.parameters:,}", ", ".join(layer.quantizers))
    out.print(table)
    for stage, steps in zip(found.stages, found.steps, strict=True):
        int8 = ", in int8 with learned ranges" if stage.method.qat else ""
        out.print(
            f"stage {stage.weights}: {stage.epochs} epochs, {steps:,} steps of {stage.batch} samples{int8}"
        )
    out.print(f"one step ran, its loss is {found.loss:.4f}; nothing was written")
    for warning in found.warnings:
        out.print(f"warning: {warning}", markup=False)


class Target(str, enum.Enum):
    """Whose operators `convert` writes."""

    tinyq = "tinyq"
    lce = "lce"
    tflite = "tflite"


def convert(  # noqa: PLR0913  (options of the command line)
    source: Path = typer.Argument(..., help="A .keras file, or any full-int8 .tflite."),
    output: Path = typer.Option(
        None, "--out", "-o", help="The .tflite to write; <source>.tflite unless told."
    ),
    representative: Path = typer.Option(
        None,
        help="For a .keras source: .npy of typical inputs [n, ...]; <source>.representative.npy unless told.",
    ),
    ask: list[str] = typer.Option(
        [],
        help="PATTERN=SCHEME for layers whose name matches, e.g. 'conv*=a8wt'; repeatable, a later one wins.",
    ),
    strict: bool = typer.Option(True, help="Whether an asked layer that cannot be packed is an error."),
    keep_int8: Path = typer.Option(None, help="Also write the stock converter's int8 .tflite there."),
    target: Target = typer.Option(
        Target.tinyq,
        help="Which runtime the file is for. tinyq: emitted C, TFLite Micro, LiteRT with tinyq's operators; "
        "integers throughout. lce: Larq Compute Engine's interpreter; few-bit layers as sums of signs, "
        "the rest float32. tflite: any TFLite runtime, built-in operators only, int8 if there are typical "
        "inputs (--representative), else float32. lce and tflite need a .keras source.",
    ),
    json: bool = typer.Option(False, "--json", help="Print report.json instead of a table."),
) -> None:
    """Convert to int8 and pack every binary, ternary or few-bit layer.

    Writes report.json beside the .tflite; a second model in the same folder overwrites it.
    """
    if existing(source, "file").suffix == ".keras":
        need_training_extra()
    from tinyq.convert import convert as convert_model

    with progress(f"converting {source.name}") as bar:
        report = convert_model(
            source,
            output or source.with_suffix(".tflite" if source.suffix == ".keras" else ".packed.tflite"),
            representative=_representative(source, representative),
            asks=ask,
            strict=strict,
            keep_int8=keep_int8,
            progress=bar,
            target=target.value,
        )
    if json:
        print_json(report.to_dict())
    else:
        print_report(report)


def _representative(source: Path, given: Path | None) -> npt.NDArray[Any] | None:
    beside = source.with_suffix(".representative.npy")
    if given is None and source.suffix == ".keras" and beside.exists():
        given = beside
    return None if given is None else load_array(given)


def print_report(report: ConvertReport) -> None:
    """Print what report.json says."""
    table = Table(title=f"{report.source} -> {report.output}", title_justify="left")
    for column in ("layer", "asked", "stored"):
        table.add_column(column)
    work = ["macs"] + ["bit_operations"] * bool(report.totals.bit_operations)
    for column in ("weights", "bits", "bytes", *({"macs": "MACs"}.get(name, "bit ops") for name in work)):
        table.add_column(column, justify="right")
    table.add_column("why", overflow="fold")
    for row in report.layers:
        table.add_row(
            *(row.name, row.asked or "-", row.stored or "-"),
            *(f"{row.weights:,}", f"{row.bits:.2f}", f"{row.weight_bytes:,}"),
            *(f"{getattr(row, name):,}" for name in work),
            f"{row.why}; {row.remedy}" if row.remedy else row.why,
        )
    out.print(table)
    totals = report.totals
    out.print(
        f"weights {totals.stored_bytes:,} bytes (int8 {totals.int8_bytes:,}, float32 "
        f"{totals.float32_bytes:,}), scales {totals.scale_bytes:,} bytes; {totals.macs:,} MACs"
        f"{f', of which are {totals.bit_operations:,} bit operations' if totals.bit_operations else ''}\n"
        f"file {totals.file_bytes:,} bytes"
        f"{f' (int8 {totals.int8_file_bytes:,})' if totals.int8_file_bytes else ''}"
    )
    for note in report.notes:
        out.print(note, markup=False)
