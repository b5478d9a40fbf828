"""`tinyq inspect --board`: what each layer takes on the board's core, and whether low bits pay there."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from tinyq.cli.console import out
from tinyq.core.costs import estimate, estimate_int8
from tinyq.emit.layout import Layout

_NEAR = 0.05  # closer than that, neither is called the faster one


def add_costs(layers: list[dict[str, Any]], layout: Layout) -> None:
    """Add estimated instructions to what is known of layers, and those of the same layer in int8."""
    for layer, step in zip(layers, layout.steps, strict=True):
        ours = estimate(step, layout.cpu, layout.variant(step)) if layout.cpu else None
        int8 = estimate_int8(step, layout.cpu) if layout.cpu else None
        layer["instructions_estimate"] = None if ours is None else round(ours)
        layer["int8_instructions_estimate"] = None if int8 is None else round(int8)


def print_costs(layers: list[dict[str, Any]], core: str) -> None:
    """A table of them; nothing for a core of which nothing was measured."""
    known = [layer for layer in layers if layer["instructions_estimate"] is not None]
    if not known:
        return
    table = Table(title=f"instructions on {core}, estimated (docs/performance.md)", title_justify="left")
    table.add_column("layer", overflow="fold")
    for column in ("instructions", "in int8"):
        table.add_column(column, justify="right")
    table.add_column("low bits")
    for layer in known:
        int8 = layer["int8_instructions_estimate"]
        cells = (f"{int8:,}", verdict(layer["instructions_estimate"], int8)) if int8 else ("", "")
        table.add_row(layer["name"], f"{layer['instructions_estimate']:,}", *cells)
    out.print(table)


def verdict(ours: float, int8: float) -> str:
    """Whether a layer is faster than in int8.

    Example:
        >>> verdict(100, 250), verdict(100, 98), verdict(100, 50)
        ('2.5 x faster', 'as fast as int8', '2.0 x slower: int8 is the faster choice')
    """
    if abs(int8 - ours) <= _NEAR * int8:
        return "as fast as int8"
    return (
        f"{int8 / ours:.1f} x faster"
        if ours < int8
        else f"{ours / int8:.1f} x slower: int8 is the faster choice"
    )
