"""A .tflite file and a board -> a folder of C that builds with CMake alone."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tinyq
from tinyq.core.boards import Board, list_boards, load_board
from tinyq.core.costs import estimate
from tinyq.core.errors import EmitError
from tinyq.core.kernels import Step
from tinyq.core.packages import debian_packages
from tinyq.core.resources import firmware_dir, license_file
from tinyq.core.stream_plan import StreamPlan
from tinyq.emit.c_source import Source
from tinyq.emit.endpoints import endpoint_facts
from tinyq.emit.fit import Fit, fit, step_constant_bytes, weight_bytes
from tinyq.emit.folder import refuse_foreign, write_folder
from tinyq.emit.kernel_sources import kernel_sources
from tinyq.emit.layout import Kernels, Layout, Stripes, lay_out, quicker, within
from tinyq.emit.stream_settings import stream_plan
from tinyq.emit.stream_source import stream_files
from tinyq.emit.used import HEADER, used_header
from tinyq.graph import read
from tinyq.graph.ir import Graph
from tinyq.graph.lowering import lower

APPS = ("bench", "evaluate", "hello")
_COMPILED = ("kernels/", "runtime/", "apps/common/")
_SOURCE_SUFFIXES = {".c", ".h", ".s", ".S", ".ld", ".cmake", ".toml", ".md", ".cfg"}


@dataclass(frozen=True, eq=False)
class EmitReport:
    """What was written.

    Args:
        folder: where.
        identifier: the model's name in C: <identifier>_model.
        board: the board's facts.
        layout: steps and memory plan.
        fit: bytes needed and there.
        files: relative paths, sorted.
    """

    folder: Path
    identifier: str
    board: Board
    layout: Layout
    fit: Fit
    files: tuple[str, ...]


def emit(  # noqa: PLR0913  (all but three are options by keyword)
    model: Path | str,
    board: str | Path,
    out_dir: Path | str,
    name: str | None = None,
    stripes: Stripes = Stripes.auto,
    kernels: Kernels = Kernels.auto,
    stream: Path | bool = False,
    arena_limit: int | None = None,
) -> EmitReport:
    """Write the C folder of a .tflite file for a board.

    Args:
        model: the .tflite file.
        board: a name of `tinyq.core.boards.list_boards`, or a folder of one's own.
        out_dir: does not exist, is empty, or was emitted before (then it is replaced).
        name: what the model is called; the file's name unless told.
        stripes: whether layers may be executed tile by tile, which takes less memory and gives the same
            integers; auto: also where it takes time, if the model would not fit the board otherwise.
        kernels: which variants, all with the same integers; auto: small if it would not fit otherwise.
        stream: whether the application `stream` goes with it: True for images, or the settings of a signal
            (`tinyq.emit.stream_settings`).
        arena_limit: bytes that the arena may take at most, where the board has memory but others want it;
            unless told, what the board has. Only with `Stripes.auto` does it change what is chosen.

    Raises:
        GraphError: the file is damaged or holds what tinyq does not know.
        BoardError: no such board.
        EmitError: the model does not fit the board, or the folder cannot be (or must not be) written.
    """
    path = Path(model)
    graph = read(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    origin = {"file": path.name, "sha256": digest}
    return emit_graph(graph, name or path.stem, board, out_dir, origin, stripes, kernels, stream, arena_limit)


def emit_graph(  # noqa: PLR0913  (all but four are options by keyword)
    graph: Graph,
    name: str,
    board: Board | str | Path,
    out_dir: Path | str,
    origin: Mapping[str, str] | None = None,
    stripes: Stripes = Stripes.auto,
    kernels: Kernels = Kernels.auto,
    stream: Path | bool = False,
    arena_limit: int | None = None,
) -> EmitReport:
    """`emit` for a graph in memory; `origin` is copied to the manifest."""
    facts = board if isinstance(board, Board) else load_board(board)
    folder = Path(out_dir)
    refuse_foreign(folder)
    digest = (origin or {}).get("sha256", "")
    settings_file = stream if isinstance(stream, Path) else None
    plan = stream_plan(graph, digest, facts, settings_file) if stream else None
    layout, needed = fitted(graph, facts, stripes, kernels, plan, arena_limit)
    if not needed.fits:
        needed.require(name, tuple(_boards_that_fit(graph, stripes, kernels, plan)))
    source = Source(layout, name, facts, abi=_abi())
    apps = (*APPS, "stream") if plan else APPS
    copies = {**dict(_copies(layout, facts, apps)), HEADER: used_header(source.ways).encode()}
    compiled = tuple(n for n in sorted(copies) if n.endswith(".c") and n.startswith(_COMPILED))
    settings = stream_files(plan) if plan else {}
    beside = sorted(n for n in (*copies, *settings) if n.startswith("apps/stream/") and n.endswith(".c"))
    facts_besides = {
        **_readme_facts(needed),
        "stream_sources": [n for n in beside if not n.endswith("/main.c")],
    }
    texts = {**source.files(compiled, facts_besides), **settings}
    files = {**copies, **{n: text.encode() for n, text in texts.items()}}
    manifest = {**_manifest(source, needed, origin or {}), "stream": plan.to_dict() if plan else None}
    write_folder(folder, files, manifest)
    return EmitReport(folder, source.identifier, facts, layout, needed, tuple(sorted(files)))


def fitted(
    graph: Graph,
    board: Board,
    stripes: Stripes,
    kernels: Kernels = Kernels.auto,
    stream: StreamPlan | None = None,
    arena_limit: int | None = None,
) -> tuple[Layout, Fit]:
    """The layout that was asked for; where it does not fit, and may be another, one that takes less."""
    steps = lower(graph)
    stripe_choices = [stripes, Stripes.smallest] if stripes is Stripes.auto else [stripes]
    kernel_choices = [kernels, Kernels.small] if kernels is Kernels.auto else [kernels]

    def sized(layout: Layout) -> Fit:
        return fit(layout, board, stream, arena_limit)

    for kernels, stripes in itertools.product(kernel_choices, stripe_choices):
        layout = lay_out(graph, steps, board.cpu, stripes, kernels=kernels)
        needed = sized(layout)
        if needed.fits:
            break
    if needed.fits and stripes is not stripe_choices[0]:  # there may be room for larger tiles
        faster = within(layout, needed.room)
        if faster and sized(faster).fits:
            layout = faster
    if needed.fits and kernels is not kernel_choices[0]:  # and for some kernels that are faster
        layout = quicker(layout, lambda faster: sized(faster).fits)
    return layout, sized(layout)


def _boards_that_fit(
    graph: Graph, stripes: Stripes, kernels: Kernels, stream: StreamPlan | None
) -> Iterator[str]:
    """Names of the boards that come with tinyq and would do."""
    for name in list_boards():
        if fitted(graph, load_board(name), stripes, kernels, stream)[1].fits:
            yield name


def _abi() -> int:
    header = (firmware_dir() / "include" / "tinyq" / "tq_types.h").read_text(encoding="utf-8")
    found = re.search(r"^#define TQ_ABI (\d+)$", header, re.MULTILINE)
    if found is None:
        raise EmitError(str(firmware_dir()), "tq_types.h defines no TQ_ABI", remedy="install tinyq again")
    return int(found.group(1))


def _copies(layout: Layout, board: Board, apps: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """(path in the emitted folder, content) of every source that goes with the model."""
    firmware = firmware_dir()
    yield "LICENSE", license_file().read_bytes()
    for name, text in kernel_sources(layout).items():
        yield f"kernels/{name}", text.encode()
    folders = ["include", "runtime", "cmake", "apps/common", *(f"apps/{app}" for app in apps)]
    for name, folder in [*((n, firmware / n) for n in folders), *board.folders.items()]:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in _SOURCE_SUFFIXES:
                yield f"{name}/{path.relative_to(folder).as_posix()}", path.read_bytes()


def _readme_facts(needed: Fit) -> dict[str, Any]:
    board = needed.board
    programs = [board.compiler, "cmake", "make", *([board.emulator] if board.runner == "qemu" else [])]
    known = debian_packages(board.compiler)
    return {
        "version": tinyq.__version__,
        "packages": debian_packages(*programs) if known else f"whatever has {', '.join(programs)}",
        "weight_bytes": needed.weight_bytes,
        "constant_bytes": needed.constant_bytes,
        "stack_bytes": needed.stack_bytes,
    }


def _manifest(source: Source, needed: Fit, origin: Mapping[str, str]) -> dict[str, Any]:
    layout = source.layout
    return {
        "tinyq": tinyq.__version__,
        "abi": source.abi,
        "name": source.name,
        "identifier": source.identifier,
        "origin": dict(origin),
        "board": source.board.name,
        "inputs": _facts(layout, layout.graph.inputs),
        "outputs": _facts(layout, layout.graph.outputs),
        "layers": [_layer_facts(layout, step) for step in layout.steps],
        "weight_bytes": needed.weight_bytes,
        "constant_bytes": needed.constant_bytes,
        "constants_crc32": source.constants_crc32,
        "stack_bytes": needed.stack_bytes,
        "arena_bytes": layout.plan.arena_bytes,
        "arena_lower_bound": layout.plan.lower_bound,
        "stripes": [
            {"first": stripe.first, "last": stripe.last, "axis": stripe.axis, "tiles": stripe.count}
            for stripe in layout.stripes
        ],
        "arena": [
            {
                "buffer": placement.buffer.key,
                "offset": placement.offset,
                "bytes": placement.buffer.bytes,
                "first_step": placement.buffer.first,
                "last_step": placement.buffer.last,
            }
            for placement in layout.plan.placements
        ],
    }


def _layer_facts(layout: Layout, step: Step) -> dict[str, Any]:
    arranged = layout.arranged(step)
    cost = estimate(step, layout.cpu, layout.variant(step)) if layout.cpu else None
    return {
        "name": step.name,
        "kernel": step.kernel,
        "macs": step.macs,
        "bit_operations": step.bit_operations,
        "weight_bytes": weight_bytes(arranged),
        "constant_bytes": step_constant_bytes(arranged),
        "estimate": None if cost is None else round(cost),
    }


def _facts(layout: Layout, tensors: Sequence[int]) -> list[dict[str, Any]]:
    return [endpoint_facts(layout.graph.tensors[index], layout.offset(index)) for index in tensors]
