"""Measures a layer or a network on an emulated board; its integers are compared with the reference's."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

from benchmark.build import Builder, headers_of
from benchmark.calibration import Calibration, beside, pieces
from benchmark.cycles import MODELS, cycles_per_turn
from benchmark.graphs import graph_of, samples_of
from benchmark.hot_loop import hot_loop
from benchmark.layers import Layer
from benchmark.memory import Memory
from tinyq.core.boards import load_board
from tinyq.core.costs import choose
from tinyq.core.variants import FAMILIES, Variant, variants_of
from tinyq.emit import EmitReport, emit_graph
from tinyq.emit import layout as layout_module
from tinyq.evaluate.footprint import footprint
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph.ir import Graph
from tinyq.run import run
from tinyq.run.emitted import read_emitted
from tinyq.run.profile import profile
from tinyq.run.protocol import encode_request

TIMEOUT_S = 600.0


class DifferentError(Exception):
    """A board's outputs are not the reference's."""


RUNS = 3  # the application tests itself, and profiles the first sample in a run of its own


@dataclass(frozen=True)
class Row:
    """What was measured of a layer.

    Args:
        variant: the C function; of a network, "".
        instructions: of one whole inference.
        weight_bytes: codes alone; scratch_bytes: of the kernel; code_bytes: all that is linked of kernels/.
        arena_bytes: RAM of tensors and scratch.
        digest: of the emitted folder: the same sources give the same row.
    """

    layer: str
    scheme: str
    board: str
    variant: str
    instructions: int
    macs: int
    weight_bytes: int
    scratch_bytes: int
    code_bytes: int
    arena_bytes: int
    digest: str

    @property
    def per_mac(self) -> float:
        return self.instructions / self.macs

    @property
    def suffix(self) -> str:
        """The variant's family."""
        return self.variant.rpartition("_")[2]


@dataclass(frozen=True)
class LoopRow:
    """The innermost loop that executes most instructions of a layer.

    Args:
        length: its instructions.
        turns: an inference; instructions: executed in the loop; total: in all kernels.
        cycles: of a turn, by model of a core.
    """

    layer: str
    scheme: str
    board: str
    function: str
    length: int
    turns: float
    instructions: float
    total: float
    cycles: dict[str, float]
    digest: str


class Bench:
    """Measures, and remembers what it measured.

    Args:
        objects: folder in which objects are kept; several benches may share it.
        memory: rows whose sources did not change are not measured again.
        suffix: take variants of this family where a kernel has one that the board runs, else the best.
    """

    def __init__(self, objects: Path, memory: Memory, suffix: str = "") -> None:
        self.memory, self.suffix = memory, suffix
        self.builder = Builder(objects)

    def layer(self, layer: Layer, scheme: str, board: str) -> Row:
        """Measure one layer."""
        return self.graph(graph_of(layer, scheme), samples_of(layer, scheme), (layer.title, scheme, board))

    def loop(self, layer: Layer, scheme: str, board: str) -> LoopRow:
        """Where a layer spends its instructions."""
        graph, samples = graph_of(layer, scheme), samples_of(layer, scheme, 1)
        with self._emitted(graph, layer.title, board) as report:
            digest, key = digest_of(report.folder, samples), f"{layer.title} | {scheme} | {board}"
            known = self.memory.get("loops", key, digest)
            if known is not None:
                return LoopRow(**known)
            elf = self.builder.build(report.folder)
            loop = hot_loop(elf, report.board, encode_request(read_emitted(report.folder), [samples]))
        row = LoopRow(
            *(layer.title, scheme, board, loop.function, len(loop.body)),
            loop.turns / RUNS,
            *(loop.instructions / RUNS, loop.total / RUNS),
            {cpu: cycles_per_turn(loop, triple, cpu) for triple, cpu in MODELS.get(board, ())},
            digest,
        )
        self.memory.put("loops", key, asdict(row))
        return row

    def graph(self, graph: Graph, samples: npt.NDArray[Any], names: tuple[str, str, str]) -> Row:
        """Measure a graph, called by the names of what it is, of its scheme, and of the board."""
        with self._emitted(graph, names[0], names[2]) as report:
            symbols = [report.layout.variant(step).symbol for step in report.layout.steps]
            variant = symbols[0] if len(symbols) == 1 else ""
            key = " | ".join([*names, *([self.suffix] if self.suffix else [])])
            digest = digest_of(report.folder, samples)
            known = self.memory.get("rows", key, digest)
            if known is not None:
                return Row(**known)
            row = self._measure(graph, samples, report, Row(*names, variant, 0, 0, 0, 0, 0, 0, digest))
        self.memory.put("rows", key, asdict(row))
        return row

    def calibration(self, scheme: str, board: str) -> Calibration:
        """Count the layers of the cost model."""
        graphs = pieces(scheme)
        with self._emitted(beside(graphs.values()), f"calibration {scheme}", board) as report:
            digest, key = digest_of(report.folder, np.empty(0, np.int8)), f"{scheme} | {board}"
            known = self.memory.get("calibrations", key, digest)
            if known is not None:
                return Calibration(**known)
            counted = profile(report.folder)
            symbols = [report.layout.variant(step).symbol for step in report.layout.steps]
        counts = counted.counts(counted.layer_ticks).tolist()
        last = np.cumsum([len(graph.operators) for graph in graphs.values()]) - 1
        row = Calibration(
            *(scheme, board),
            {title: symbols[i] for title, i in zip(graphs, last, strict=True)},
            {title: counts[i] for title, i in zip(graphs, last, strict=True)},
            digest,
        )
        self.memory.put("calibrations", key, asdict(row))
        return row

    @contextmanager
    def _emitted(self, graph: Graph, title: str, board: str) -> Iterator[EmitReport]:
        name = "".join(c if c.isalnum() else "_" for c in title)
        with self._variants(), tempfile.TemporaryDirectory(prefix="tinyq-bench-") as folder:
            yield emit_graph(graph, name, board, Path(folder) / "model")

    def _measure(self, graph: Graph, samples: npt.NDArray[Any], report: EmitReport, row: Row) -> Row:
        elf = self.builder.build(report.folder)
        result = run(report.folder, samples, timeout_s=TIMEOUT_S, elf=elf)
        wanted = Interpreter(graph).predict(samples)
        if not all(np.array_equal(got, want) for got, want in zip(result.outputs, wanted, strict=True)):
            raise DifferentError(
                f"{row.layer} {row.scheme} on {row.board}: outputs differ from the reference"
            )
        layout = report.layout
        facts = {
            "instructions": 0 if result.instructions is None else int(result.instructions[0]),
            "macs": sum(step.macs for step in layout.steps),
            "weight_bytes": report.fit.weight_bytes,
            "scratch_bytes": max((layout.scratch_bytes(step) or 0 for step in layout.steps), default=0),
            "code_bytes": int(footprint(elf).flash.get("kernels", 0)),
            "arena_bytes": layout.plan.arena_bytes,
        }
        return Row(**{**asdict(row), **facts})

    @contextmanager
    def _variants(self) -> Iterator[None]:
        """Let the emitter take variants of `suffix`."""

        def wanted(
            kernel: str, cpu: str | None, dims: Any, levels: str = "", inside: bool = False
        ) -> Variant:
            for variant in variants_of(kernel):
                if variant.suffix == self.suffix and FAMILIES[variant.suffix].runs_on(cpu):
                    return variant
            return choose(kernel, cpu, dims, levels, inside)

        with mock.patch.object(layout_module, "choose", wanted if self.suffix else choose):
            yield


def digest_of(folder: Path, samples: npt.NDArray[Any]) -> str:
    """Of all that can change a count."""
    files = json.loads((folder / "model.json").read_text())["files"]
    told = {name: value for name, value in files.items() if not name.endswith((".md", ".txt", ".h"))}
    words = json.dumps(told, sort_keys=True) + headers_of(folder)
    return hashlib.sha256(words.encode() + samples.tobytes()).hexdigest()[:16]


def boards_of(words: str) -> tuple[str, ...]:
    """Boards of a list with commas; the prefix may be left out: "cortex_m4", "arm64"."""
    names = [word if word.startswith("qemu_") else f"qemu_{word}" for word in words.split(",")]
    return tuple(load_board(name).name for name in names)
