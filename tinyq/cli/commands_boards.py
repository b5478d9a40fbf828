"""`tinyq boards`, `fit`, `build`, `flash`: which boards there are, what fits them, programs onto them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from tinyq.cli.console import existing, out, print_json
from tinyq.core.boards import Board, list_boards, load_board
from tinyq.core.costs import estimate, terms
from tinyq.core.errors import BuildError
from tinyq.emit.emitter import fitted
from tinyq.emit.layout import Layout, Stripes
from tinyq.graph import read
from tinyq.graph.ir import Graph
from tinyq.run import build as build_folder
from tinyq.run.emitted import read_emitted
from tinyq.run.flash import flash as write_program
from tinyq.run.flash import flashing
from tinyq.run.image import segments
from tinyq.run.stack_usage import stack_bound

FOLDER = typer.Argument(..., help="A folder that `tinyq emit` wrote.")
APP = typer.Option("hello", "--app", help="A folder of its apps/: hello, bench or evaluate.")
JSON = typer.Option(False, "--json", help="Print JSON instead of a table.")
_RUNNERS = {"host": "this computer", "none": ""}


def boards(json: bool = JSON) -> None:
    """List the boards: core, memory, what runs a program for them here, and what flashes them."""
    found = [load_board(name) for name in list_boards()]
    if json:
        print_json([_facts(board) for board in found])
        return
    table = Table()
    for column in ("board", "core", "flash KiB", "RAM KiB", "MHz", "run by", "flashed by"):
        table.add_column(column, justify="right" if column[-3:] in ("KiB", "MHz") else "left")
    for board in found:
        mhz = f"{board.clock_hz / 1e6:g}" if board.clock_hz else ""
        sizes = (f"{board.flash_kib:,}", f"{board.ram_kib:,}", mhz)
        table.add_row(board.name, board.cpu, *sizes, _run_by(board), board.flasher)
    out.print(table)


def _facts(board: Board) -> dict[str, Any]:
    facts = dataclasses.asdict(board)
    return {**facts, "folder": str(board.folder), "emulated": board.runner == "qemu"}


def _run_by(board: Board) -> str:
    return _RUNNERS.get(board.runner, f"QEMU {board.machine}")


def fit(
    model: Path = typer.Argument(..., help="A .tflite file, packed or plain int8."),
    board: list[str] = typer.Option(
        [],
        "--board",
        "-b",
        help="A board's name or folder; repeatable. All boards that come with tinyq unless told.",
    ),
    milliamps: float = typer.Option(
        0, min=0, help="What the core draws while it computes: adds a column of energy."
    ),
    volts: float = typer.Option(3.3, min=0, help="At which voltage."),
    built: list[Path] = typer.Option(
        [],
        "--built",
        help="An emitted folder of the model that was built: its programs' stack counts, for its board.",
    ),
    json: bool = JSON,
) -> None:
    """Say which boards a model fits: flash, arena, stack, time where it is known, and what is too small."""
    graph = read(existing(model, "file"))
    bounds = dict(map(_stack_bound, built))
    rows = [_row(graph, load_board(name), milliamps * volts, bounds) for name in board or list_boards()]
    if json:
        print_json(rows)
        return
    table = Table(title=f"{model.name}: bytes needed and there", title_justify="left")
    energy = ("uJ",) if milliamps else ()
    for column in ("board", "flash", "of", "arena", "stack", "RAM", "of", "ms", *energy, "fits"):
        table.add_column(column, justify="left" if column in ("board", "fits") else "right")
    for row in rows:
        sizes = [f"{row[key]:,}" for key in ("flash", "flash_there", "arena", "stack", "ram", "ram_there")]
        if row["stack_bound"] is not None:
            sizes[3] = f"{row['stack_bound']:,} of {sizes[3]}"
        times = [row["milliseconds"], *([row["microjoules"]] if energy else [])]
        says = "no: " + ", ".join(row["limits"]) if row["limits"] else "yes"
        known = ("" if value is None else f"{value:,.1f}" for value in times)
        table.add_row(row["board"], *sizes, *known, says)
    out.print(table)
    out.print(
        "ms: an estimate, an instruction a cycle, where every layer with weights was measured on that core"
    )


def _stack_bound(folder: Path) -> tuple[str, int | None]:
    """(board, the most stack of its programs); for `_row`."""
    board = read_emitted(existing(folder, "folder")).board
    bounds = [stack_bound(elf, board) for elf in sorted((folder / "build").glob("*/firmware.elf"))]
    if not bounds:
        raise BuildError(str(folder), "no program was built there", "", f"tinyq build {folder}")
    return board.name, max((bound for bound in bounds if bound is not None), default=None)


def _row(graph: Graph, board: Board, milliwatts: float, bounds: dict[str, int | None]) -> dict[str, Any]:
    layout, needed = fitted(graph, board, Stripes.auto)
    bound = bounds.get(board.name)
    limits = [f"{what} (short of {by:,})" for what, by in needed.short.items()]
    if bound is not None and bound > board.stack_bytes:
        limits.append(f"stack (short of {bound - board.stack_bytes:,})")
    instructions = _instructions(layout)
    milliseconds = 1e3 * instructions / board.clock_hz if instructions and board.clock_hz else None
    return {
        "board": board.name,
        "flash": needed.flash_bytes,
        "flash_there": board.flash_bytes,
        "arena": needed.arena_bytes,
        "stack": board.stack_bytes,
        "stack_bound": bound,
        "ram": needed.ram_bytes,
        "ram_there": board.ram_bytes,
        "instructions": instructions,
        "milliseconds": milliseconds,
        "microjoules": milliseconds * milliwatts if milliseconds and milliwatts else None,
        "kernels": layout.kernels.value,
        "tiled_layers": sum(len(stripe.tilings) for stripe in layout.stripes),
        "limits": limits,
        "fits": not limits,
    }


def _instructions(layout: Layout) -> int | None:
    """Of all layers with weights; None where one of them was not measured on that core."""
    steps = [step for step in layout.steps if step.constants and terms(step.dims) is not None]
    costs = [estimate(step, layout.cpu, layout.variant(step)) if layout.cpu else None for step in steps]
    known = [cost for cost in costs if cost is not None]
    return round(sum(known)) if known and len(known) == len(costs) else None


def build(folder: Path = FOLDER, app: str = APP) -> None:
    """Compile an emitted folder, and say what is flashed."""
    elf = build_folder(folder, app)
    board = read_emitted(folder).board
    size = sum(len(content) for _, content in segments(elf)) if board.runner != "host" else elf.stat().st_size
    out.print(f"wrote {elf}: {size:,} bytes for board {board.name}", soft_wrap=True)
    if board.flasher:
        out.print(f"flash it: {flashing(board, elf)}", soft_wrap=True)


def flash(
    folder: Path = FOLDER,
    app: str = APP,
    dry_run: bool = typer.Option(False, "--dry-run", help="Print the command, and write nothing."),
) -> None:
    """Compile an emitted folder, and write the program to the board that it is for."""
    elf = build_folder(folder, app)
    board = read_emitted(folder).board
    how = flashing(board, elf)
    if dry_run:
        out.print(str(how), soft_wrap=True)
        return
    write_program(how, board)
    out.print(f"wrote {how.image.name} to board {board.name}")
