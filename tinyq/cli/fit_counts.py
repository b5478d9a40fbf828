"""`tinyq fit --count`: a model is built for a board's core and counted in QEMU."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

from tinyq.core.boards import Board, list_boards, load_board
from tinyq.emit import emit_graph
from tinyq.emit.layout import Layout
from tinyq.graph.ir import Graph
from tinyq.run.profile import Profile, profile


class Counts:
    """What was counted of one model; boards with the same core and layout share a count.

    Args:
        graph: the model.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[Any, Profile | None] = {}

    def of(self, board: Board, layout: Layout) -> Profile | None:
        """An inference, with the layout that the board has; None where no emulator has its core."""
        tiles = tuple((stripe.first, stripe.last, stripe.axis, stripe.count) for stripe in layout.stripes)
        symbols = tuple(layout.variant(step).symbol for step in layout.steps)
        key = board.cpu, symbols, tiles, layout.plan.arena_bytes
        if key not in self._known:
            twin = _twin(board)
            self._known[key] = None if twin is None else self._count(twin)
        return self._known[key]

    def _count(self, board: Board) -> Profile:
        with tempfile.TemporaryDirectory(prefix="tinyq-fit-") as name:
            return profile(emit_graph(self._graph, "model", board, Path(name) / "c").folder)


def _twin(board: Board) -> Board | None:
    """An emulated board with the same core; it is given the board's memory, so that it is laid out alike."""
    for name in sorted(list_boards(), key=lambda name: name != board.name):
        twin = load_board(name)
        if (twin.cpu, twin.runner, twin.tick) == (board.cpu, "qemu", "instructions"):
            return dataclasses.replace(twin, flash_kib=board.flash_kib, ram_kib=board.ram_kib)
    return None
