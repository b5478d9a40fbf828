"""`tinyq profile`: what each layer takes on a board, as a table with bars, as JSON, and as a chart."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from tinyq.cli.commands_deploy import BESIDE, BOARD_HELP, DEFAULT_BOARD, REPORT, stack_text
from tinyq.cli.console import existing, out, print_json
from tinyq.cli.unflashed import refuse_unflashed
from tinyq.core.errors import RunError, TinyqError
from tinyq.core.files import check_writable
from tinyq.emit import emit as emit_folder
from tinyq.run.profile import Profile
from tinyq.run.profile import profile as profile_folder

_BAR = 10


def profile(
    model: Path = typer.Argument(..., help="A folder that `tinyq emit` wrote, or a .tflite file."),
    board: str = typer.Option(
        "", "--board", "-b", help=f"{BOARD_HELP} Of a .tflite file; {DEFAULT_BOARD} unless told."
    ),
    port: str = typer.Option(
        "",
        help="Where a board is connected that runs application bench of a folder (/dev/ttyACM0): counts of "
        "the chip.",
    ),
    png: Path = typer.Option(None, help="Write a bar chart there."),
    keep: Path = typer.Option(None, help="Keep the C folder of a .tflite file and its build there."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
) -> None:
    """Count what each layer takes on a board, emulated or real. A folder knows its board."""
    if png:
        check_writable(png, ".png")
        _pyplot()
    if existing(model, "file or folder").is_file():
        refuse_unflashed(model, board, "profile", port)
    elif board:
        remedy = f"leave --board out, or tinyq emit the model again for {board}"
        raise TinyqError("--board", f"{board} beside a folder", "a folder knows its board", remedy)
    with tempfile.TemporaryDirectory(prefix="tinyq-") as temporary:
        there = keep or Path(temporary) / "c"
        folder = model if model.is_dir() else emit_folder(model, board or DEFAULT_BOARD, there).folder
        result = profile_folder(folder, port)
    facts = summary(result)
    if json:
        print_json(facts)
    else:
        _print(facts)
    if png:
        _draw(facts, png)
    if not result.arena_kept:
        raise RunError(str(model), BESIDE, "nothing there", REPORT)


def summary(result: Profile) -> dict[str, Any]:
    """All that is shown, as plain data."""
    counts = result.counts(result.layer_ticks)
    total = max(1, int(counts.sum()))
    return {
        "model": result.model.name,
        "board": result.model.board.name,
        "emulated": result.emulated,
        "unit": result.unit,
        "inference": int(result.counts(result.ticks)),
        "microseconds": result.microseconds,
        "start_up_check": int(result.counts(result.check_ticks)),
        "stack_bytes": result.stack_bytes,
        "stack_bound": result.stack_bound,
        "stack_reserved": result.model.stack_bytes,
        "arena_kept": result.arena_kept,
        "layers": [
            {
                "name": layer.name,
                "kernel": layer.kernel,
                "macs": layer.macs,
                "count": int(count),
                "share": round(int(count) / total, 4),
                "estimate": layer.estimate if result.unit == "instructions" else None,
            }
            for layer, count in zip(result.model.layers, counts, strict=True)
        ],
    }


def _print(facts: dict[str, Any]) -> None:
    how = "emulated" if facts["emulated"] else "counted by the chip"
    title = f"{facts['model']} on {facts['board']}, {how}"
    table = Table(title=title, title_justify="left")
    for column in ("layer", "kernel", "MACs", facts["unit"], "per MAC", "estimate", "%"):
        table.add_column(
            column, justify="left" if column in ("layer", "kernel") else "right", overflow="fold"
        )
    table.add_column("")
    most = max(layer["share"] for layer in facts["layers"]) or 1
    for layer in facts["layers"]:
        macs, count, estimate = layer["macs"], layer["count"], layer["estimate"]
        each = f"{count / macs:.2f}" if macs else ""
        guess = f"{estimate:,}" if estimate is not None else ""
        share = f"{100 * layer['share']:.1f}"
        bar = "█" * round(_BAR * layer["share"] / most)
        table.add_row(layer["name"], layer["kernel"], f"{macs:,}", f"{count:,}", each, guess, share, bar)
    out.print(table)
    time = f", {facts['microseconds']:,.1f} us" if facts["microseconds"] is not None else ""
    out.print(f"inference: {facts['inference']:,} {facts['unit']}{time}")
    out.print(f"start-up check: {facts['start_up_check']:,} {facts['unit']}, once")
    if facts["stack_bytes"] is not None:
        out.print(stack_text(facts))


def _pyplot() -> Any:
    try:
        importlib.import_module("matplotlib").use("Agg")
        return importlib.import_module("matplotlib.pyplot")
    except ImportError as error:
        raise RunError("--png", "matplotlib is not installed", "", "pip install matplotlib") from error


def _draw(facts: dict[str, Any], png: Path) -> None:
    plt, layers = _pyplot(), facts["layers"]
    figure, axes = plt.subplots(figsize=(8, 1 + 0.3 * len(layers)), layout="constrained")
    axes.barh(range(len(layers)), [x["count"] for x in layers], color="tab:blue")
    axes.set_yticks(range(len(layers)), [x["name"] for x in layers])  # two layers may have one name
    for row, layer in enumerate(layers):
        behind = max(layer["count"], layer["estimate"] or 0)
        text = f"  {layer['count']:,} ({100 * layer['share']:.1f} %)"
        axes.text(behind, row, text, va="center", fontsize=8)
    estimated = [(row, x["estimate"]) for row, x in enumerate(layers) if x["estimate"] is not None]
    if estimated:
        rows, values = zip(*estimated, strict=True)
        axes.plot(values, rows, "|", color="black", markersize=12, label="estimate of the cost model")
        axes.legend()
    axes.invert_yaxis()
    axes.margins(x=0.25)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    title = f"{facts['model']} on {facts['board']}: {facts['inference']:,} {facts['unit']}"
    axes.set(xlabel=facts["unit"], title=title)
    figure.savefig(png, dpi=150)
    plt.close(figure)
    out.print(f"wrote {png}")
