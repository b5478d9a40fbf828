"""`tinyq verify`: one model on every runtime; the first layer that differs is named."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import typer
from rich.table import Table

from tinyq.cli.arrays import input_samples
from tinyq.cli.console import existing, need_training_extra, out, print_json, progress
from tinyq.core.errors import RunError
from tinyq.emit import emit as emit_folder
from tinyq.evaluate.interpreter import Interpreter
from tinyq.evaluate.parity import Difference, compare, exposed, shown_steps
from tinyq.graph import read, serialize
from tinyq.graph.ir import Graph
from tinyq.run import run as run_folder

if TYPE_CHECKING:
    from tinyq.evaluate.keras_parity import Distance

Arrays = Sequence[npt.NDArray[Any]]
Report = Callable[[int, int], None]


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
        help="Where to run it, with commas between: names or folders of boards.",
    ),
    keras: Path = typer.Option(
        None, help="The .keras file it was converted from: how far each layer is from Keras' own."
    ),
    samples: int = typer.Option(32, min=1, help="How many of the samples to run."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of tables."),
) -> None:
    """Run a model everywhere and compare with the NumPy reference, layer by layer.

    Every runtime runs the model as it is, and once more with all of its layers as outputs. Integers have to
    be the same everywhere; exit status 1 if they are not. Against Keras each layer is measured by itself,
    given the same inputs, in quantization steps.
    """
    graph = read(existing(model, "file"))
    inputs = [array[:samples] for array in input_samples(graph, data)]
    wanted = Interpreter(graph).predict(inputs)
    shown = exposed(graph)
    layers = Interpreter(shown).predict(inputs)
    found: dict[str, tuple[Difference, ...]] = {}
    for name in boards.split(","):
        found[name] = _on_board(name.strip(), model, (graph, shown), inputs, (wanted, layers))
    distances = _against_keras(keras, graph, inputs, layers) if keras else ()
    facts = {
        "samples": len(inputs[0]),
        "runtimes": {name: [asdict(row) for row in rows] for name, rows in found.items()},
        "keras": [asdict(row) for row in distances],
    }
    if as_json:
        print_json(facts)
    else:
        _print(len(inputs[0]), found, distances)
    _require_same(model, found)


def _on_board(
    board: str, model: Path, graphs: tuple[Graph, Graph], inputs: Arrays, wanted: tuple[Arrays, Arrays]
) -> tuple[Difference, ...]:
    """Differences of the model's own outputs, if any, else of all layers of the exposed model."""
    with tempfile.TemporaryDirectory(prefix="tinyq-verify-") as name:
        folder = Path(name)
        layered = folder / model.name
        layered.write_bytes(serialize(graphs[1]))
        runs = []
        for source, title in ((model, "outputs"), (layered, "layers")):
            target = emit_folder(source, board, folder / title).folder
            with progress(f"{title} of {model.name} on {board}") as report:
                runs.append(run_folder(target, list(inputs), progress=report).outputs)
    steps = {step.output: step for step in Interpreter(graphs[0]).steps}
    ends = [steps[index] for index in graphs[0].outputs]
    whole = tuple(row for row in compare(ends, wanted[0], runs[0]) if row.differing)
    return whole or compare(shown_steps(graphs[0]), wanted[1], runs[1])


def _against_keras(path: Path, graph: Graph, inputs: Arrays, layers: Arrays) -> tuple[Distance, ...]:
    need_training_extra()
    from tinyq.evaluate.keras_parity import keras_distances
    from tinyq.quantizers import load_model

    steps = Interpreter(graph).steps
    found = dict(zip(graph.inputs, inputs, strict=True))
    found |= {step.output: array for step, array in zip(shown_steps(graph), layers, strict=True)}
    for step in steps:
        if step.output not in found:  # it moves nothing
            found[step.output] = found[step.inputs[0]]
    return keras_distances(load_model(existing(path, "file")), graph, steps, found)


def _print(count: int, found: Mapping[str, Sequence[Difference]], distances: Sequence[Distance]) -> None:
    table = Table(
        title=f"elements that differ from the NumPy reference, {count} samples", title_justify="left"
    )
    for column in ("layer", "kernel", *found):
        table.add_column(column, overflow="fold")
    rows = {(row.layer, row.kernel): None for rows in found.values() for row in rows}
    cells = {name: {row.layer: str(row) for row in rows} for name, rows in found.items()}
    for layer, kernel in rows:
        table.add_row(layer, kernel, *(cells[name].get(layer, "-") for name in found))
    out.print(table)
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
