"""`tinyq verify`: one model on every runtime; the first layer that differs is named."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import typer
from rich.table import Table

from tinyq.cli.arrays import input_samples
from tinyq.cli.console import existing, need_training_extra, out, print_json, progress
from tinyq.cli.unflashed import refuse_unflashed
from tinyq.cli.verify_runtimes import RUNTIMES, Absent, chosen, run_on
from tinyq.core.errors import RunError
from tinyq.emit import emit as emit_folder
from tinyq.evaluate.interpreter import Interpreter
from tinyq.evaluate.parity import Difference, compare, exposed, observed, shown_steps
from tinyq.graph import read, serialize
from tinyq.graph.ir import Graph
from tinyq.run import run as run_folder

if TYPE_CHECKING:
    from tinyq.evaluate.keras_parity import Distance

Arrays = Sequence[npt.NDArray[Any]]
Results = Mapping[str, tuple[Difference, ...] | Absent]


def verify(
    model: Path = typer.Argument(..., help="A .tflite file, packed or plain int8."),
    data: list[Path] = typer.Option(
        ...,
        "--data",
        "-d",
        help=".npy [n, ...] an input, repeated for several; or one .npz with x, or an array an input.",
    ),
    boards: str = typer.Option(
        "host,qemu_cortex_m4",
        "--boards",
        "-b",
        help="Boards to run it on, with commas between: names or folders.",
    ),
    runtimes: str = typer.Option(
        ",".join(RUNTIMES),
        help="Runtimes to ask besides: LiteRT; TFLite Micro, built where TFLM_INCLUDE_DIRS and TFLM_LIBRARY "
        "are set, else its Python package; Larq Compute Engine's interpreter. Absent ones are a row.",
    ),
    keras: Path = typer.Option(
        None, help="The .keras file it was converted from: how far each layer is from Keras' own."
    ),
    samples: int = typer.Option(32, min=1, help="How many of the samples to run."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of tables."),
) -> None:
    """Run a model everywhere and compare with the NumPy reference, layer by layer.

    Every runtime runs the model as it is, and once more with all of its layers as outputs. Integers have to
    be the same everywhere; exit status 1 if they are not. Other runtimes add float32 in another order: a
    model with float32 layers runs there layer by layer, each on the reference's inputs, and may differ by
    1e-5 of a layer's largest output; Larq Compute Engine's int8 operators by one step. Against Keras each
    layer is measured by itself, too, in quantization steps.
    """
    others = chosen(runtimes)
    graph = read(existing(model, "file"))
    names = [name.strip() for name in boards.split(",") if name.strip()]
    for name in names:
        refuse_unflashed(model, name, "profile")
    inputs = [array[:samples] for array in input_samples(graph, data)]
    Interpreter(graph).predict([array[:1] for array in inputs])  # says what is wrong with them
    found = observed(graph, inputs)
    results: dict[str, tuple[Difference, ...] | Absent] = {}
    for name in names:
        results[name] = _on_board(name, model, graph, inputs, found)
    for name in others:
        with progress(f"layers of {model.name} in {name}"):
            results[name] = run_on(name, graph, model.read_bytes(), found)
    distances = _against_keras(keras, graph, found) if keras else ()
    rows = {name: rows for name, rows in results.items() if not isinstance(rows, Absent)}
    if as_json:
        facts = {
            "samples": len(inputs[0]),
            "runtimes": {name: [asdict(row) for row in each] for name, each in rows.items()},
            "absent": {name: gone.reason for name, gone in results.items() if isinstance(gone, Absent)},
            "keras": [asdict(row) for row in distances],
        }
        print_json(facts)
    else:
        _print_runtimes(len(inputs[0]), results)
        _print_layers(rows)
        _print_keras(distances)
    _require_same(model, rows)


def _on_board(
    board: str, model: Path, graph: Graph, inputs: Arrays, found: Mapping[int, npt.NDArray[Any]]
) -> tuple[Difference, ...]:
    """Differences of the model's own outputs, if any, else of all layers of the exposed model."""
    with tempfile.TemporaryDirectory(prefix="tinyq-verify-") as name:
        folder = Path(name)
        layered = folder / model.name
        layered.write_bytes(serialize(exposed(graph)))
        runs = []
        for source, title in ((model, "outputs"), (layered, "layers")):
            target = emit_folder(source, board, folder / title).folder
            with progress(f"{title} of {model.name} on {board}") as report:
                runs.append(run_folder(target, list(inputs), progress=report).outputs)
    steps = {step.output: step for step in Interpreter(graph).steps}
    ends = [steps[index] for index in graph.outputs]
    whole = compare(ends, [found[index] for index in graph.outputs], runs[0])
    shown = shown_steps(graph)
    wrong = tuple(row for row in whole if row.differing)
    return wrong or compare(shown, [found[step.output] for step in shown], runs[1])


def _against_keras(path: Path, graph: Graph, found: Mapping[int, npt.NDArray[Any]]) -> tuple[Distance, ...]:
    need_training_extra()
    from tinyq.convert.levels import find_levels
    from tinyq.evaluate.keras_parity import keras_distances
    from tinyq.quantizers import load_model

    steps = Interpreter(graph).steps
    return keras_distances(load_model(existing(path, "file")), graph, steps, found, find_levels)


def _print_runtimes(count: int, results: Results) -> None:
    table = Table(title=f"against the NumPy reference, {count} samples", title_justify="left")
    for column in ("runtime", "result"):
        table.add_column(column, overflow="fold")
    for name, rows in results.items():
        if isinstance(rows, Absent):
            table.add_row(name, f"not here: {rows.reason}")
            continue
        differing, elements = sum(row.differing for row in rows), sum(row.elements for row in rows)
        rounded = sum(row.allowed > 0 for row in rows)
        note = f"; {rounded} of the layers within rounding" if rounded else ""
        table.add_row(name, f"{differing:,} of {elements:,} elements in {len(rows)} layers differ{note}")
    out.print(table)


def _print_layers(found: Mapping[str, Sequence[Difference]]) -> None:
    if not found:
        return
    table = Table(title="elements that differ, layer by layer", title_justify="left")
    for column in ("layer", "kernel", *found):
        table.add_column(column, overflow="fold")
    cells = {name: {row.layer: str(row) for row in rows} for name, rows in found.items()}
    for layer, kernel in {(row.layer, row.kernel): None for rows in found.values() for row in rows}:
        table.add_row(layer, kernel, *(cells[name].get(layer, "-") for name in found))
    out.print(table)


def _print_keras(distances: Sequence[Distance]) -> None:
    if not distances:
        return
    table = Table(title="each layer against Keras, given the same inputs, in quantization steps")
    for column in ("layer", "Keras layers", "largest", "mean", "<= 0.5", "<= 1", "<= 2"):
        table.add_column(column, overflow="fold")
    for row in distances:
        shares = [f"{100 * share:.2f} %" for share in row.within] or ["-"] * 3
        numbers = [f"{row.largest:.3f}", f"{row.mean:.3f}"] if row.keras else ["-", "-"]
        table.add_row(row.layer, ", ".join(row.keras) or "(no tensor of Keras)", *numbers, *shares)
    out.print(table)


def _require_same(model: Path, found: Mapping[str, Sequence[Difference]]) -> None:
    for name, rows in found.items():
        for row in rows:
            if row.differing:
                raise RunError(
                    f"{model} on {name}, layer {row.layer} ({row.kernel})",
                    f"{row}",
                    "the integers of the NumPy reference",
                    "please report it with the model",
                )
