"""The C text of a layer of a stripe: a table of its tiles, and what a tile changes of the kernel's call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinyq.core.kernels import Step
from tinyq.core.params import AddDims, CountDims, RowsDims
from tinyq.emit.layout import Layout
from tinyq.emit.stripes import POINTWISE, Stripe, Tile, Tiling, is_flat, unbroadcast

_SINGLE = ("pad", "input", "output", "to", "moved")
_STARTS = 2


@dataclass(frozen=True)
class TilingText:
    """A layer of a stripe as the templates see it.

    Args:
        tiles: elements of an array of tq_tiles.
        params: assignments to fields of a copy of the parameters.
        dims: likewise of the dims.
        kept: bytes of a row or column of the output, of which some are kept; 0 if none are.
        may_be_empty: whether there is nothing to do for some tiles.
        starts: what to add to the pointer of each input.
        to: and of the output.
    """

    tiles: tuple[str, ...]
    params: tuple[str, ...]
    dims: tuple[str, ...]
    kept: int
    may_be_empty: bool
    starts: tuple[str, ...]
    to: str


@dataclass(frozen=True)
class TileRun:
    """`count` tiles, each of which is the one before plus `step`."""

    count: int
    first: Tile
    step: Tile


def tile_runs(tiles: Sequence[Tile]) -> list[TileRun]:
    """Tiles as few runs: those in the middle of a tensor differ from their neighbours by the same step.

    Example:
        >>> [(run.count, run.step.to) for run in tile_runs([Tile(to=to) for to in (0, 5, 10, 12)])]
        [(3, 5), (1, 0)]
    """
    runs, i = [], 0
    while i < len(tiles):
        step = _difference(tiles[i], tiles[i + 1]) if i + 1 < len(tiles) else None
        end = i + 1
        while end < len(tiles) and _difference(tiles[end - 1], tiles[end]) == step:
            end += 1
        if end - i == 2 < len(tiles) - i:  # two are always a run: the second may begin a longer one
            end = i + 1
        still = Tile(start=(0,) * len(tiles[i].start))
        runs.append(TileRun(end - i, tiles[i], still if end - i == 1 or step is None else step))
        i = end
    return runs


def _difference(one: Tile, next_: Tile) -> Tile:
    single = {name: getattr(next_, name) - getattr(one, name) for name in _SINGLE}
    return Tile(start=tuple(b - a for a, b in zip(one.start, next_.start, strict=True)), **single)


def tiling_text(layout: Layout, step: Step) -> TilingText | None:
    """What a step's tiles change; None if it is executed at once."""
    stripe, tiling = layout.stripe(step), layout.tiling(step)
    if stripe is None or tiling is None:
        return None
    kept = step.output in stripe.kept
    return TilingText(
        tuple(_run(run) for run in tile_runs(tiling.tiles)),
        _params(tiling),
        _dims(tiling),
        stripe.position_bytes[step.output] if kept else 0,
        any(tile.output == 0 for tile in tiling.tiles),
        tuple(
            _term(layout, stripe, tensor, f"start[{i}]", [tile.start[i] for tile in tiling.tiles])
            for i, tensor in enumerate(step.inputs)
        ),
        _term(layout, stripe, step.output, "to", [tile.to for tile in tiling.tiles]),
    )


def _run(run: TileRun) -> str:
    return f"{{{run.count}, {_tile(run.first)}, {_tile(run.step)}}}"


def _tile(tile: Tile) -> str:
    """As an initialiser without the fields that are 0."""
    fields = [f".{name} = {getattr(tile, name)}" for name in _SINGLE if getattr(tile, name)]
    if any(tile.start):
        starts = (*tile.start, 0)[:_STARTS]
        fields.append(f".start = {{{', '.join(map(str, starts))}}}")
    return f"{{{', '.join(fields) or '0'}}}"


def _params(tiling: Tiling) -> tuple[str, ...]:
    if tiling.step.kernel.startswith(POINTWISE):
        return ()
    name = "pad_top" if tiling.axis == "h" else "pad_left"
    same = all(tile.pad == getattr(tiling.step.params, name) for tile in tiling.tiles if tile.output)
    return () if same else (f"params.{name} = tile.pad",)


def _dims(tiling: Tiling) -> tuple[str, ...]:
    dims, axis = tiling.step.dims, tiling.axis
    if isinstance(dims, CountDims):
        return (f"dims.count = tile.output * {tiling.rows_of_one}",)
    if isinstance(dims, RowsDims):
        return (f"dims.rows = tile.output * {tiling.rows_of_one}",)
    if is_flat(dims):
        names = " = ".join(f"dims.{name}.c" for name in ("input1", "input2", "output"))
        return (f"{names} = tile.output * {tiling.rows_of_one}",)
    if isinstance(dims, AddDims):
        return tuple(f"dims.{name}.{axis} = tile.output" for name in (*unbroadcast(dims, axis), "output"))
    return (f"dims.input.{axis} = tile.input", f"dims.output.{axis} = tile.output")


def _term(layout: Layout, stripe: Stripe, tensor: int, name: str, values: list[int]) -> str:
    """` + tile.<name> * elements of a row or column`, where it is not always 0."""
    if not any(values):
        return ""
    itemsize = np.dtype(layout.graph.tensors[tensor].dtype).itemsize
    return f" + tile.{name} * {stripe.position_bytes[tensor] // itemsize}"
