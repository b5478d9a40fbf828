"""`tinyq emit` and `tinyq run`: a .tflite file to C, and C to outputs. Neither needs TensorFlow."""

from __future__ import annotations

import enum
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import typer

from tinyq.cli.arrays import class_numbers, input_samples, outputs_suffix, save_outputs
from tinyq.cli.console import existing, out, print_json, progress
from tinyq.cli.inspect import ARENA_HELP, KERNELS_HELP, STRIPES_HELP, bytes_of
from tinyq.cli.unflashed import refuse_unflashed
from tinyq.core.errors import RunError, TinyqError
from tinyq.core.files import check_writable
from tinyq.emit import emit as emit_folder
from tinyq.emit.layout import Kernels, Stripes
from tinyq.emit.tflm import emit_tflm
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import read
from tinyq.run import RunResult
from tinyq.run import run as run_folder
from tinyq.run.runner import tick_of

DEFAULT_BOARD, BOARD_HELP = "qemu_cortex_m4", "A board's name, or your own board's folder (./myboard)."
BOARD = typer.Option(DEFAULT_BOARD, "--board", "-b", help=BOARD_HELP)


SETTINGS_HELP = (
    "A TOML file: the model's input is a signal (rate, filters, windows: tinyq/emit/stream_settings.py says "
    "what it may hold). Without one it is an image."
)
BESIDE, REPORT = "something was written beside the arena", "this is a defect of tinyq: please report it"


class App(str, enum.Enum):
    """An application that wants settings of its own."""

    stream = "stream"


class Runtime(str, enum.Enum):
    """What runs the model."""

    c = "c"
    tflm = "tflm"


def emit(
    model: Path = typer.Argument(..., help="A .tflite file, packed or plain int8."),
    board: str = BOARD,
    folder: Path = typer.Option(..., "--out", "-o", help="Folder to write; an earlier emission is replaced."),
    name: str = typer.Option("", help="What the model is called in C; the file's name unless told."),
    runtime: Runtime = typer.Option(
        Runtime.c,
        help="c: tinyq's own. tflm: an application of TFLite Micro with tinyq's operators, whose CMake takes "
        "your TFLite Micro: -DTFLM_INCLUDE_DIRS=... -DTFLM_LIBRARY=... (firmware/tflm/README.md).",
    ),
    stripes: Stripes = typer.Option(Stripes.auto, help=STRIPES_HELP),
    kernels: Kernels = typer.Option(Kernels.auto, help=KERNELS_HELP),
    arena_kib: float = typer.Option(None, min=0, help=ARENA_HELP),
    app: App = typer.Option(
        None, help="One more application beside hello, bench and evaluate: stream, for `tinyq stream`."
    ),
    settings: Path = typer.Option(None, help=SETTINGS_HELP),
) -> None:
    """Write a folder of C99 that builds with CMake alone: weights, memory plan, kernels, board, program."""
    stream = _stream(app, settings, runtime)
    if runtime is Runtime.tflm:
        _emit_tflm(existing(model, "file"), board, folder, name or None)
        return
    path, limit = existing(model, "file"), bytes_of(arena_kib)
    report = emit_folder(path, board, folder, name or None, stripes, kernels, stream, limit)
    needed = report.fit
    out.print(
        f"wrote {len(report.files)} files to {report.folder}: {needed.constant_bytes:,} bytes of constants "
        f"({needed.weight_bytes:,} of weights), arena {needed.arena_bytes:,} bytes, for board "
        f"{report.board.name}\n"
        f"build it: {_cmake(report.folder)}",
        soft_wrap=True,
    )


def _cmake(folder: Path, options: str = "") -> str:
    """Commands for a shell."""
    source, build = shlex.quote(str(folder)), shlex.quote(f"{folder}/build")
    return f"cmake -S {source} -B {build}{options} && cmake --build {build}"


def _stream(app: App | None, settings: Path | None, runtime: Runtime) -> Path | bool:
    """Whether the application `stream` is asked for, or its settings."""
    if settings and not app:
        raise TinyqError("--settings", str(settings), "with --app stream")
    if app and runtime is not Runtime.c:
        raise TinyqError(f"--app {app.value}", f"--runtime {runtime.value}", "--runtime c")
    return existing(settings, "file") if settings else app is not None


def _emit_tflm(model: Path, board: str, folder: Path, name: str | None) -> None:
    report = emit_tflm(model, board, folder, name)
    out.print(
        f"wrote {len(report.files)} files to {report.folder}: a model of {report.model_bytes:,} bytes, "
        f"{len(report.operators)} kinds of operators, tensor arena {report.arena_bytes:,} bytes, for board "
        f"{report.board.name}\nbuild it with TFLite Micro: "
        + _cmake(report.folder, ' -DTFLM_INCLUDE_DIRS="..." -DTFLM_LIBRARY=...'),
        soft_wrap=True,
    )


def run(
    model: Path = typer.Argument(..., help="A .tflite file, packed or plain int8."),
    board: str = typer.Option("", "--board", "-b", help=f"{BOARD_HELP} {DEFAULT_BOARD} unless told."),
    inputs: list[Path] = typer.Option(
        ...,
        "--input",
        "-i",
        help=".npy [n, ...]: int8, or real numbers that are quantized for you; one an input.",
    ),
    output: Path = typer.Option(
        None, "--output", "-o", help="Write the outputs there: .npy, or .npz for several."
    ),
    labels: Path = typer.Option(None, help="A .npy file [n] of class numbers: print the accuracy."),
    keep: Path = typer.Option(None, help="Keep the C folder and its build there."),
    folder: Path = typer.Option(None, help="Run what `tinyq emit` wrote from this model, as it is there."),
    port: str = typer.Option(
        "", help="Where a board is connected that runs application evaluate of --folder (/dev/ttyACM0)."
    ),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """Build a model for a board, run every sample on it, and compare with the NumPy reference."""
    graph = read(existing(model, "file"))
    if folder and (board or keep):
        raise TinyqError(
            "--folder", f"{'--board' if board else '--keep'} beside it", "a folder knows its board"
        )
    if not folder:
        board = board or DEFAULT_BOARD
        refuse_unflashed(model, board, "run", port)
    if output:
        check_writable(output, outputs_suffix(len(graph.outputs)))
    samples = input_samples(graph, inputs)
    truth = class_numbers(labels, len(samples[0])) if labels else None
    expected = Interpreter(graph).predict(samples)
    with tempfile.TemporaryDirectory(prefix="tinyq-") as temporary:
        there = folder or emit_folder(model, board, keep or Path(temporary) / "c").folder
        with progress(f"{model.name} on {port or board or folder}") as report:
            result = run_folder(there, samples, port=port, progress=report)
    facts = summary(result, expected, truth)
    if json:
        print_json(facts)
    else:
        _print(facts)
    if output:
        save_outputs(output, result.outputs)
    require_identical(model, facts)


def require_identical(where: Path, facts: dict[str, Any]) -> None:
    """Raise RunError unless all outputs are the reference's, and the arena was kept to."""
    if facts["identical"] != facts["samples"]:
        raise RunError(
            str(where),
            f"of {facts['samples']} outputs only {facts['identical']} are those of the NumPy reference",
            "none: this is a defect of tinyq",
            "please report it with the model",
        )
    if not facts["arena_kept"]:
        raise RunError(str(where), BESIDE, "nothing there", REPORT)


def summary(
    result: RunResult, expected: Sequence[npt.NDArray[Any]], labels: npt.NDArray[Any] | None
) -> dict[str, Any]:
    """What a run shows, as plain data; a sample is identical if all its outputs are."""
    count = len(result.outputs[0])
    same = np.ones(count, bool)
    for got, wanted in zip(result.outputs, expected, strict=True):
        same &= (got.reshape(count, -1) == wanted.reshape(count, -1)).all(axis=1)
    facts: dict[str, Any] = {
        "board": result.board.name,
        "samples": count,
        "identical": int(same.sum()),
        "tick": tick_of(result.board, result.emulated),
        "ticks_per_inference": float(result.ticks.mean()),
        "stack_bytes": result.stack_bytes,
        "stack_bound": result.stack_bound,
        "stack_reserved": result.stack_reserved,
        "arena_kept": result.arena_kept,
        "layers": [
            {"name": layer.name, "kernel": layer.kernel, "macs": layer.macs, "ticks": int(ticks)}
            for layer, ticks in zip(result.layers, result.layer_ticks, strict=True)
        ],
    }
    if result.board.tick == "time" or not result.emulated:
        facts["latency_us"] = round(1e6 * float(result.ticks.mean()) / result.board.ticks_hz, 3)
    if result.instructions is not None and result.layer_instructions is not None:
        facts["instructions_per_inference"] = int(np.rint(result.instructions.mean()))
        for layer, instructions in zip(facts["layers"], result.layer_instructions, strict=True):
            layer["instructions"] = int(instructions)
    if labels is not None:
        facts["accuracy"] = float((result.outputs[0].reshape(count, -1).argmax(axis=1) == labels).mean())
    return facts


def stack_text(facts: dict[str, Any]) -> str:
    """What was used, what can be used, and what is reserved."""
    bound = f", never more than {facts['stack_bound']:,}" if facts["stack_bound"] is not None else ""
    return f"{facts['stack_bytes']:,} bytes of stack{bound}, of {facts['stack_reserved']:,}"


def _print(facts: dict[str, Any]) -> None:
    out.print(
        f"{facts['identical']} of {facts['samples']} outputs identical to the reference, on {facts['board']}"
    )
    if facts["tick"] != "time":
        counted = facts["tick"] == "instructions"
        whole = facts["instructions_per_inference"] if counted else round(facts["ticks_per_inference"])
        out.print(f"{whole:,} {facts['tick']} per inference")
        width = max((len(layer["name"]) for layer in facts["layers"]), default=0)
        for layer in facts["layers"]:
            count = layer["instructions" if counted else "ticks"]
            each = f", {count / layer['macs']:.2f} per MAC" if layer["macs"] else ""
            out.print(f"  {layer['name']:<{width}}  {layer['kernel']:<26} {count:>12,}{each}")
    if "latency_us" in facts:
        out.print(f"{facts['latency_us']:,.1f} us per inference")
    if facts["stack_bytes"] is not None:
        out.print(stack_text(facts))
    if "accuracy" in facts:
        out.print(f"accuracy {100 * facts['accuracy']:.2f} %")
