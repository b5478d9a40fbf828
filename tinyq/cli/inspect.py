"""`tinyq inspect`: layers, bits, bytes, MACs, the arena map, and whether the model fits a board."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from tinyq.cli.console import existing, out, print_json
from tinyq.cli.inspect_costs import add_costs, print_costs
from tinyq.core.boards import load_board
from tinyq.core.errors import TinyqError
from tinyq.core.kernels import Step
from tinyq.emit.emitter import fitted
from tinyq.emit.fit import Fit, step_constant_bytes, weight_bytes
from tinyq.emit.layout import Kernels, Layout, Stripes, lay_out
from tinyq.emit.tensors import tensor_key
from tinyq.graph import read
from tinyq.graph.ir import Graph
from tinyq.graph.lowering import lower

_BAR = 40
STRIPES_HELP = (
    "Layers tile by tile, for less memory and the same integers. auto: where that adds little work; "
    "smallest: as little memory as can be; off: every layer at once."
)
KERNELS_HELP = (
    "auto: the fastest kernels for the core, or small ones where flash has no room; small: a fifth of the "
    "code, several times the time. All give the same integers."
)
ARENA_HELP = (
    "The most that the arena may take, in KiB, where your own program wants the board's RAM: smaller tiles, "
    "some more work, the same integers. What the board has unless told."
)


def inspect(
    model: Path = typer.Argument(..., help="A .tflite file, packed or plain int8."),
    board: str = typer.Option(
        "", "--board", "-b", help="Say whether it fits this board (a name, or a board's folder)."
    ),
    stripes: Stripes = typer.Option(Stripes.auto, help=STRIPES_HELP),
    kernels: Kernels = typer.Option(Kernels.auto, help=KERNELS_HELP),
    arena_kib: float = typer.Option(None, min=0, help=f"With --board. {ARENA_HELP}"),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of tables."),
) -> None:
    """Print layers, bits, bytes, MACs and the arena map of a .tflite file; needs no TensorFlow."""
    graph = read(existing(model, "file"))
    target = load_board(board) if board else None
    cpu, steps = target.cpu if target else None, lower(graph)
    if target:
        layout, needed = fitted(graph, target, stripes, kernels, arena_limit=bytes_of(arena_kib))
    elif arena_kib is not None:
        raise TinyqError("--arena-kib", f"{arena_kib:g} for no board", "with --board")
    else:
        layout, needed = lay_out(graph, steps, cpu, stripes, kernels=kernels), None
    facts = describe(layout, needed)
    plain = lay_out(graph, steps, cpu, Stripes.off, in_place=False, kernels=kernels)
    facts["totals"]["arena_plain_bytes"] = plain.plan.arena_bytes
    facts["file"] = {"path": str(model), "bytes": model.stat().st_size}
    if json:
        print_json(facts)
    else:
        _print(facts)


def bytes_of(kib: float | None) -> int | None:
    """KiB as the command line has it -> bytes."""
    return None if kib is None else int(kib * 1024)


def describe(layout: Layout, needed: Fit | None) -> dict[str, Any]:
    """All facts as plain data: what `--json` prints."""
    layers = [_layer(layout.graph, step) for step in layout.steps]
    add_costs(layers, layout)
    names = _buffer_names(layout)
    facts: dict[str, Any] = {
        "layers": layers,
        "totals": {
            **{
                key: sum(layer[key] for layer in layers)
                for key in ("weights", "weight_bytes", "constant_bytes", "macs", "bit_operations")
            },
            "arena_bytes": layout.plan.arena_bytes,
            "arena_lower_bound_bytes": layout.plan.lower_bound,
        },
        "arena": [
            {
                "buffer": names.get(placement.buffer.key, placement.buffer.key),
                "start": placement.offset,
                "bytes": placement.buffer.bytes,
                "first_layer": placement.buffer.first,
                "last_layer": placement.buffer.last,
            }
            for placement in layout.plan.placements
        ],
    }
    facts["stripes"] = [
        {
            "first_layer": stripe.first,
            "last_layer": stripe.last,
            "tiles": stripe.count,
            "of": "rows" if stripe.axis == "h" else "columns",
            "moved_bytes": stripe.moved_bytes,
        }
        for stripe in layout.stripes
    ]
    if needed:
        facts["board"] = _fit(needed)
    return facts


def _layer(graph: Graph, step: Step) -> dict[str, Any]:
    count, stored = _weight_count(step), weight_bytes(step)
    return {
        "name": step.name,
        "kernel": step.kernel,
        "input": list(graph.tensors[step.inputs[0]].shape),
        "output": list(graph.tensors[step.output].shape),
        "weights": count,
        "bits_per_weight": round(8 * stored / count, 3) if count else 0,
        "weight_bytes": stored,
        "constant_bytes": step_constant_bytes(step),
        "macs": step.macs,
        "bit_operations": step.bit_operations,
    }


def _buffer_names(layout: Layout) -> dict[str, str]:
    """Key of the memory plan -> what people call it."""
    graph = layout.graph
    names = {tensor_key(graph, index): f"input {number}" for number, index in enumerate(graph.inputs)}
    names |= {tensor_key(graph, layout.owner(step.output)): step.name for step in layout.steps}
    return names


def _weight_count(step: Step) -> int:
    if not step.constants:
        return 0
    dims = step.dims
    return int(dims.filter.size if hasattr(dims, "filter") else dims.c_in * dims.c_out)


def _fit(needed: Fit) -> dict[str, Any]:
    board = needed.board
    return {
        "name": board.name,
        "cpu": board.cpu,
        "fits": needed.fits,
        "flash_bytes": needed.flash_bytes,
        "flash_of_bytes": board.flash_bytes,
        "ram_bytes": needed.ram_bytes,
        "ram_of_bytes": board.ram_bytes,
        "arena_limit_bytes": needed.arena_limit,
    }


def _print(facts: dict[str, Any]) -> None:
    table = Table(title=facts["file"]["path"], title_justify="left")
    for column in ("layer", "kernel", "input", "output"):
        table.add_column(column, overflow="fold")
    work = {"MACs": "macs", "bit ops": "bit_operations"}
    if not facts["totals"]["bit_operations"]:
        del work["bit ops"]
    for column in ("weights", "bits", "bytes", *work):
        table.add_column(column, justify="right")
    for layer in facts["layers"]:
        count = layer["weights"]
        table.add_row(
            *(layer["name"], layer["kernel"], _shape(layer["input"]), _shape(layer["output"])),
            *(f"{count:,}", f"{layer['bits_per_weight']:.2f}", f"{layer['weight_bytes']:,}")
            if count
            else ("",) * 3,
            *(f"{layer[key]:,}" if layer[key] else "" for key in work.values()),
        )
    totals = facts["totals"]
    table.add_section()
    table.add_row(
        *(
            "total",
            "",
            "",
            "",
            f"{totals['weights']:,}",
            "",
            f"{totals['weight_bytes']:,}",
            *(f"{totals[key]:,}" for key in work.values()),
        )
    )
    out.print(table)
    _print_bytes(facts)
    _print_arena(facts["arena"], totals["arena_bytes"])
    if "board" in facts:
        _print_fit(facts["board"])
        print_costs(facts["layers"], facts["board"]["cpu"])


def _print_bytes(facts: dict[str, Any]) -> None:
    totals = facts["totals"]
    out.print(
        f"file {facts['file']['bytes']:,} bytes; all constants {totals['constant_bytes']:,} bytes; arena "
        f"{totals['arena_bytes']:,} bytes (no plan can need less than {totals['arena_lower_bound_bytes']:,}; "
        f"all tensors whole, none in another's place: {totals['arena_plain_bytes']:,})"
    )
    for stripe in facts["stripes"]:
        first, last = (facts["layers"][stripe[f"{end}_layer"]]["name"] for end in ("first", "last"))
        out.print(
            f"layers {stripe['first_layer']}-{stripe['last_layer']}, {first} to {last}: {stripe['tiles']} "
            f"tiles of {stripe['of']}, nothing computed twice, {stripe['moved_bytes']:,} bytes moved"
        )


def _print_arena(blocks: list[dict[str, Any]], arena_bytes: int) -> None:
    table = Table(title="arena map (0 to the left)", title_justify="left")
    table.add_column("buffer", overflow="fold")
    table.add_column("bytes", justify="right")
    table.add_column("layers", justify="right")
    table.add_column("place")
    for block in blocks:
        left = block["start"] * _BAR // max(arena_bytes, 1)
        width = max(1, -(-block["bytes"] * _BAR // max(arena_bytes, 1)))
        bar = " " * left + "█" * min(width, _BAR - left)
        table.add_row(
            block["buffer"], f"{block['bytes']:,}", f"{block['first_layer']}-{block['last_layer']}", bar
        )
    out.print(table)


def _print_fit(fit: dict[str, Any]) -> None:
    verdict = "fits" if fit["fits"] else "does not fit"
    limit = fit["arena_limit_bytes"]
    asked = "" if limit is None else f"; of arena {limit:,} bytes were allowed"
    out.print(
        f"board {fit['name']}: {verdict}; flash {fit['flash_bytes']:,} of {fit['flash_of_bytes']:,} bytes "
        f"(code is an estimate), RAM {fit['ram_bytes']:,} of {fit['ram_of_bytes']:,} bytes (with the stack)"
        f"{asked}"
    )


def _shape(shape: list[int]) -> str:
    return "x".join(map(str, shape))
