"""What is spent outside the kernels: instructions of a layer call, and flash without the weights."""

from __future__ import annotations

import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmark.build import Builder
from benchmark.hot_loop import blocks_of, disassemble, executed
from benchmark.measure import RUNS, digest_of
from benchmark.memory import Memory
from benchmark.networks import network_samples
from tinyq.emit import EmitReport, Kernels, emit_graph
from tinyq.evaluate.footprint import footprint
from tinyq.graph.ir import Graph
from tinyq.run.emitted import read_emitted
from tinyq.run.protocol import encode_request

MOST_INSTRUCTIONS, MOST_FLASH = 150, 8 * 1024
# Parts of a program (evaluate/footprint.py) that a network needs besides its weights.
PARTS = ("kernels", "runtime", "model", "c_library")


@dataclass(frozen=True)
class Overhead:
    """Of a network on the Cortex-M4.

    Args:
        layers: of the network; calls: of kernels, more where a layer is executed tile by tile.
        outside: instructions of model.c and the runtime, an inference.
        flash: bytes by part, of `PARTS`.
    """

    title: str
    layers: int
    calls: int
    outside: int
    flash: dict[str, int]
    digest: str


def overhead_of(
    graph: Graph, title: str, builder: Builder, memory: Memory, kernels: Kernels = Kernels.auto
) -> Overhead:
    """Measure a network, unless that was done of the same sources; of small kernels, flash alone."""
    samples = network_samples(graph)[:1]
    with tempfile.TemporaryDirectory(prefix="tinyq-bench-") as name:
        report = emit_graph(graph, "net", "qemu_cortex_m4", Path(name) / "model", kernels=kernels)
        digest = digest_of(report.folder, samples)
        known = memory.get("overheads", title, digest)
        if known is not None:
            return Overhead(**known)
        elf = builder.build(report.folder)
        request = encode_request(read_emitted(report.folder), [samples])
        calls, outside = (0, 0) if kernels is Kernels.small else _counts(elf, report, request)
        sizes = footprint(elf).flash
    flash = {part: int(sizes.get(part, 0)) for part in PARTS}
    made = Overhead(title, len(report.layout.steps), calls, outside, flash, digest)
    memory.put("overheads", title, asdict(made))
    return made


def _counts(elf: Path, report: EmitReport, request: bytes) -> tuple[int, int]:
    """Calls of kernels, and instructions outside of them, an inference."""
    listing = disassemble(elf, report.board)
    kernels = {report.layout.variant(step).symbol for step in report.layout.steps}
    ours = _functions(elf.with_name("firmware.map").read_text())
    places: dict[str, list[int]] = {}
    for address, one in sorted(listing.items()):
        places.setdefault(one.function, []).append(address)
    entries = [places[name][0] for name in kernels]
    ranges = [(places[name][0], places[name][-1]) for name in ours if name in places]
    counts = executed(listing, blocks_of(elf, report.board, request, [*ranges, *((e, e) for e in entries)]))
    spent = sum(n for address, n in counts.items() if listing[address].function in ours)
    return sum(counts[address] for address in entries) // RUNS, spent // RUNS


def _functions(text: str) -> set[str]:
    """Functions of model.c and the runtime but the check's, by the map: each has a section of its own."""
    ours = r"(?:model\.c|runtime/(?!tq_check|tq_crc32|tq_self_test|tq_test_inputs)\w+\.c)"
    pattern = rf"^ \.text\.(\w+)\s+0x[0-9a-f]+\s+0x[0-9a-f]+ .*firmware\.dir/{ours}\.obj"
    return set(re.findall(pattern, text, re.MULTILINE))
