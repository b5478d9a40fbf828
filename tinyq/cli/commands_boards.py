"""`tinyq boards`, `fit`, `build`, `flash`: which boards there are, what fits them, programs onto them."""

from __future__ import annotations

import dataclasses
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from tinyq.cli.console import existing, out, print_json, progress
from tinyq.cli.fit_counts import Counts
from tinyq.core.boards import Board, list_boards, load_board
from tinyq.core.costs import estimate
from tinyq.emit.emitter import fitted
from tinyq.emit.layout import Grade, Layout, Stripes
from tinyq.graph import read
from tinyq.graph.ir import Graph
from tinyq.run import build as build_folder
from tinyq.run.emitted import read_emitted
from tinyq.run.flash import flash as write_program
from tinyq.run.flash import flashing
from tinyq.run.image import segments

FOLDER = typer.Argument(..., help="A folder that `tinyq emit` wrote.")
APP = typer.Option(
    "hello",
    "--app",
    help="A folder of its apps/: hello (prints outputs), bench (for `tinyq profile`), evaluate (for `tinyq "
    "run`), or stream, where `tinyq emit --app stream` put it there.",
)
JSON = typer.Option(False, "--json", help="Print JSON instead of a table.")
_MOSTLY = 0.9  # of all multiplications
_COUNTED = "counted in QEMU"
_ESTIMATED = (
    "~ estimated, where layers with 90 % of the multiplications were measured on that core; --count counts"
)
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
        0,
        min=0,
        help="What the chip draws while it computes, for energy; 0: as its board.toml has it.",
    ),
    volts: float = typer.Option(3.3, min=0, help="At which voltage, with --milliamps."),
    count: bool = typer.Option(
        False, "--count", help="Build it for every core, and count instructions and stack in QEMU (minutes)."
    ),
    json: bool = JSON,
) -> None:
    """Say which boards a model fits: flash, arena, stack, what is too small; time and energy where known."""
    graph = read(existing(model, "file"))
    counts = Counts(graph) if count else None
    names = board or list_boards()
    rows = []
    with progress("counting") if count else nullcontext() as report:
        for number, name in enumerate(names, 1):
            rows.append(_row(graph, load_board(name), milliamps * volts, counts))
            if report:
                report(number, len(names))
    if json:
        print_json(rows)
        return
    _print_fit(rows, model.name, count)


def _print_fit(rows: list[dict[str, Any]], name: str, count: bool) -> None:
    table = Table(title=f"{name}: bytes needed", title_justify="left", box=None, padding=(0, 1, 0, 0))
    energy = ("uJ",) if any(row["microjoules"] for row in rows) else ()
    used = ("used",) if count else ()
    columns = ("board", "flash", "of", "arena", "stack", *used, "RAM", "of", "ms", *energy, "fits")
    for column in columns:
        table.add_column(column, justify="left" if column in ("board", "fits") else "right", overflow="fold")
    for row in rows:
        sizes = [f"{row['flash']:,}", _short(row["flash_there"]), f"{row['arena']:,}", f"{row['stack']:,}"]
        if count:
            sizes.append("" if row["stack_used"] is None else f"{row['stack_used']:,}")
        sizes += [f"{row['ram']:,}", _short(row["ram_there"])]
        times = [row["milliseconds"], *([row["microjoules"]] if energy else [])]
        mark = "" if row["counted"] else "~"
        known = ("" if value is None else f"{mark}{value:,.1f}" for value in times)
        table.add_row(row["board"], *sizes, *known, "yes" if row["fits"] else "no")
    out.print(table)
    for row in rows:
        if row["limits"]:
            out.print(f"{row['board']} does not fit: {', '.join(row['limits'])}", soft_wrap=True)
    out.print(f"ms: {_COUNTED if count else _ESTIMATED}; an instruction a cycle, so the least that it can be")
    for power, names in _powers(rows).items():
        out.print(f"uJ of {', '.join(names)}: {power}", soft_wrap=True)


def _powers(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What energies were computed with -> the boards."""
    powers: dict[str, list[str]] = {}
    for row in rows:
        if row["microjoules"]:
            powers.setdefault(row["power_from"], []).append(row["board"])
    return powers


def _short(size: int) -> str:
    """Bytes of a memory, which are many whole KiB.

    Example:
        >>> _short(264 << 10), _short(3584 << 10), _short(64 << 20), _short(1 << 30)
        ('264K', '3.5M', '64M', '1G')
    """
    for unit, letter in ((1 << 30, "G"), (1 << 20, "M")):
        if size >= unit and (size * 10) % unit == 0:
            return f"{size / unit:g}{letter}"
    return f"{size >> 10:,}K"


def _row(graph: Graph, board: Board, milliwatts: float, counts: Counts | None) -> dict[str, Any]:
    layout, needed = fitted(graph, board, Stripes.auto)
    limits = [f"{what} (short of {by:,})" for what, by in needed.short.items()]
    counted = counts.of(board, layout) if counts and not limits else None
    instructions = int(counted.counts(counted.ticks)) if counted else _instructions(layout)
    milliseconds = 1e3 * instructions / board.clock_hz if instructions and board.clock_hz else None
    power = milliwatts or board.milliwatts
    told = f"{milliwatts:g} mW, as --milliamps says"
    own = f"{board.microamps / 1e3:g} mA at {board.millivolts / 1e3:g} V ({board.current_from})"
    return {
        "board": board.name,
        "flash": needed.flash_bytes,
        "flash_there": board.flash_bytes,
        "arena": needed.arena_bytes,
        "stack": needed.stack_bytes,
        "stack_used": counted.stack_bytes if counted else None,
        "ram": needed.ram_bytes,
        "ram_there": board.ram_bytes,
        "instructions": instructions,
        "counted": counted is not None,
        "milliseconds": milliseconds,
        "microjoules": milliseconds * power if milliseconds and power else None,
        "power_from": told if milliwatts else own if power else None,
        "reference_layers": sum(layout.grades.get(step) is Grade.reference for step in layout.steps),
        "tiled_layers": sum(len(stripe.tilings) for stripe in layout.stripes),
        "limits": limits,
        "fits": not limits,
    }


def _instructions(layout: Layout) -> int | None:
    """Estimated from the layers that were measured on that core; None where these are not nearly all work."""
    if not layout.cpu:
        return None
    costs = [(step.macs, estimate(step, layout.cpu, layout.variant(step))) for step in layout.steps]
    known = [(macs, cost) for macs, cost in costs if cost is not None]
    whole, measured = sum(step.macs for step in layout.steps), sum(macs for macs, _ in known)
    if not measured or measured < _MOSTLY * whole:
        return None
    return round(sum(cost * (whole / measured if macs else 1) for macs, cost in known))


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
