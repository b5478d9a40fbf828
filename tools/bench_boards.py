"""`make bench-boards`: four networks in every scheme on every board, into docs/boards.md.

Each is emitted and built for the board; where QEMU runs it, outputs are compared with the NumPy reference and
instructions counted. What was measured of the same sources before is taken from docs/boards.json, so an
interrupted run goes on.

    python tools/bench_boards.py --only "EEGNet.*a8wt.*stm32"     rows of that name, printed
    python tools/bench_boards.py --write                          the document again, nothing measured
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from benchmark.build import Builder
from benchmark.measure import TIMEOUT_S, digest_of
from benchmark.memory import Memory
from benchmark.networks import NETWORK_SCHEMES, NETWORKS, SAMPLES, Network, network_graph, network_samples
from benchmark.tables import header
from rich.progress import track

from tinyq.core.boards import Board, list_boards, load_board
from tinyq.core.errors import RunError
from tinyq.emit import EmitReport, emit_graph
from tinyq.emit.emitter import fitted
from tinyq.emit.layout import Stripes
from tinyq.evaluate.footprint import footprint
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph.ir import Graph
from tinyq.graph.lowering import lower
from tinyq.run import run
from tinyq.run.stack_usage import stack_bound

ROOT = Path(__file__).resolve().parent.parent
KIND = "boards"
SAME = f"{SAMPLES} of {SAMPLES}"
LIKE_OTHERS = ("nucleo_f401re", "nucleo_f411re", "nucleo_f446re", "nano33ble")  # stm32f405, nrf52840
BUILT = tuple(n for n in list_boards() if load_board(n).runner != "host" and n not in LIKE_OTHERS)

HEADER = """# Boards

Written by `make bench-boards`: the networks of `models/` on the boards of `firmware/boards/`, built with gcc
12.2 at -O2 for the board's real memory. Flash: code and constants of the `evaluate` application. RAM is the
sum of its variables, the arena among them, and of its stack: used is the most that was (painted, where the
program ran), bound what it never exceeds (`-fstack-usage`, summed along the calls). Instructions: of one
inference, counted by QEMU with `-icount`; identical: outputs of two samples beside the NumPy reference. ms:
these instructions at the board's clock, one a cycle, which leaves out flash wait states and what takes a core
more than a cycle: a lower bound, not a measurement. Stack used and instructions of stm32f405 and microbit
differed between two runs by up to 84 bytes and 5 instructions; the outputs did not.
Boards without QEMU are built and linked, and were never run. The Nucleo F4 boards take what stm32f405 does,
nano33ble what nrf52840 does.
Networks have random weights; EEGNet has 64 temporal taps, MI-BMInet 32 filters. `in 32 KiB` are emitted with
`--arena-kib 32`, `smallest` with `--stripes smallest`: as little memory as can be.

![instructions of the EEG networks on the STM32F405 beside their arena](boards_memory.png)
"""
PUBLISHED = """## Beside published figures

What others printed of int8 and float networks on hardware. None of it was run here, and none is the same
network and input:

| figure | of | comparable |
|---|---|---|
| 7.14 cycles a MAC | X-CUBE-AI, EEGNet, STM32L4 | the layers; cycles with wait states, not instructions |
| 101 ms | Wang 2020, a reduced EEGNet, Cortex-M4F | the kind of network, not its size |
| 44 ms | Wang 2020, the same, Cortex-M7 | the same |

Instructions a MAC of EEGNet 22x1125 here, on the emulated Cortex-M4:

"""
COLUMNS = (
    *("network", "scheme", "board", "flash", "arena + variables", "stack used", "stack bound"),
    *("instructions", "ms", "identical"),
)
SMALLEST = " smallest"  # behind a scheme: `--stripes smallest`
WITHIN = " in {} KiB"  # `--arena-kib`
KIB = {"EEGNet": (48, 40, 36), "MI-BMInet": (40, 36, 32, 30, 28)}
ASKED = re.compile(r" smallest$| in (\d+) KiB$")
SMALL_ROWS = tuple(
    (net, f"a8wt{memory}", board)
    for net in NETWORKS[:2]
    for memory in (*map(WITHIN.format, KIB[net.title.split()[0]]), SMALLEST)
    for board in ("nrf52840", "stm32f405")
)


@dataclass(frozen=True)
class Row:
    """What was measured; None where the program did not run, or was not built for lack of memory.

    Args:
        scheme: of the network; behind it SMALLEST or WITHIN, where less memory was asked for.
        short: what the board lacks, or how the program ended; "" where it ran.
        variables_bytes: RAM beside the stack, the arena among it.
        stack_used: the most, where the program ran; stack_bound: what it never exceeds.
    """

    network: str
    scheme: str
    board: str
    digest: str
    short: str = ""
    flash_bytes: int | None = None
    variables_bytes: int | None = None
    stack_used: int | None = None
    stack_bound: int | None = None
    instructions: int | None = None
    identical: str = ""

    @property
    def key(self) -> str:
        return f"{self.network} | {self.scheme} | {self.board}"

    @property
    def stripes(self) -> Stripes:
        return Stripes.smallest if self.scheme.endswith(SMALLEST) else Stripes.auto

    @property
    def arena_limit(self) -> int | None:
        found = ASKED.search(self.scheme)
        return int(found[1]) * 1024 if found and found[1] else None


def measure(graph: Graph, row: Row, builder: Builder, memory: Memory) -> Row:
    """The row of a network on a board, measured unless it is known."""
    board = load_board(row.board)
    _, needed = fitted(graph, board, row.stripes, arena_limit=row.arena_limit)
    if not needed.fits:
        short = [f"{what} by {by:,}" for what, by in needed.short.items()]
        lacks = Row(row.network, row.scheme, row.board, "", f"too small: {', '.join(short)}")
        memory.put(KIND, lacks.key, asdict(lacks))
        return lacks
    with tempfile.TemporaryDirectory(prefix="tinyq-bench-") as name:
        how = {"stripes": row.stripes, "arena_limit": row.arena_limit}
        report = emit_graph(graph, "network", row.board, Path(name) / "c", **how)
        samples = network_samples(graph)
        digest = digest_of(report.folder, samples)
        known = memory.get(KIND, row.key, digest)
        if known is not None and "variables_bytes" in known:
            return Row(**known)
        try:
            facts = _built(graph, samples, report, builder)
        except RunError as error:  # such as a stack that overflows: a fact of the board, too
            facts = {"short": str(error).splitlines()[0].partition(": ")[2]}
        measured = Row(row.network, row.scheme, row.board, digest, **facts)
    memory.put(KIND, measured.key, asdict(measured))
    return measured


def _built(graph: Graph, samples: Any, report: EmitReport, builder: Builder) -> dict[str, Any]:
    board = report.board
    elf = builder.build(report.folder)
    sizes = footprint(elf)
    facts = {
        "flash_bytes": sizes.flash_bytes,
        "variables_bytes": sizes.ram_bytes,
        "stack_bound": stack_bound(elf, board),
    }
    if board.runner != "qemu":
        return facts
    result = run(report.folder, samples, timeout_s=TIMEOUT_S, elf=elf)
    wanted = Interpreter(graph).predict(samples)
    pairs = list(zip(result.outputs, wanted, strict=True))
    same = sum(all(np.array_equal(got[i], want[i]) for got, want in pairs) for i in range(len(samples)))
    facts["identical"] = f"{same} of {len(samples)}"
    facts["stack_used"] = result.stack_bytes
    if result.instructions is not None:
        facts["instructions"] = int(result.instructions[0])
    return facts


def line_of(row: Row) -> str:
    board = load_board(row.board)
    cells = [row.network, row.scheme, row.board]
    if row.short:
        return f"| {' | '.join([*cells, row.short, *[''] * (len(COLUMNS) - 4)])} |"
    numbers = (row.flash_bytes, row.variables_bytes, row.stack_used, row.stack_bound, row.instructions)
    cells += map(_number, numbers)
    return f"| {' | '.join([*cells, _milliseconds(row, board), row.identical])} |"


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _milliseconds(row: Row, board: Board) -> str:
    if row.instructions is None or not board.clock_hz:
        return ""
    return f"{1e3 * row.instructions / board.clock_hz:.1f}"


def jobs(pattern: str) -> Iterator[tuple[Network, Row]]:
    chosen = [(net, scheme, board) for net in NETWORKS for scheme in NETWORK_SCHEMES for board in BUILT]
    for net, scheme, board in sorted([*chosen, *SMALL_ROWS], key=lambda job: NETWORKS.index(job[0])):
        row = Row(net.title, scheme, board, "")
        if re.search(pattern, row.key):
            yield net, row


def document(rows: list[Row], macs: int) -> str:
    lines = [HEADER, *header(COLUMNS), *map(line_of, rows), "", PUBLISHED, *header(("scheme", "a MAC"))]
    for row in rows:
        if (row.network, row.board) == (NETWORKS[0].title, "qemu_cortex_m4") and row.instructions:
            lines.append(f"| {row.scheme} | {row.instructions / macs:.3f} |")
    return "\n".join(lines) + "\n"


def plot(rows: list[Row], path: Path) -> None:
    """Instructions of the EEG networks on the STM32F405 against RAM beside the stack."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    panel = figure.subplots()
    for net in NETWORKS[:2]:
        told = [
            row for row in rows if (row.network, row.board) == (net.title, "stm32f405") and row.instructions
        ]
        of_a8wt = [
            (row.variables_bytes / 1024, row.instructions / 1e6) for row in told if "a8wt" in row.scheme
        ]
        panel.plot(*zip(*sorted(of_a8wt), strict=True), marker="o", label=f"{net.title} a8wt")
        for row in told:
            if row.scheme == "a8w8":
                point = row.variables_bytes / 1024, row.instructions / 1e6
                panel.plot(*point, marker="s", linestyle="", color="black")
                panel.annotate(
                    f"{net.title} a8w8", point, textcoords="offset points", xytext=(0, 8), ha="center"
                )
    panel.set_yscale("log")
    ticks = (2, 3, 5, 10, 20, 30, 50)
    panel.set_yticks(ticks, [str(tick) for tick in ticks])
    panel.minorticks_off()
    panel.set_xlabel("arena and variables, KiB")
    panel.set_ylabel("million instructions an inference")
    panel.grid(alpha=0.3, which="both")
    panel.legend()
    figure.savefig(path, dpi=110)


def known_rows(memory: Memory) -> list[Row]:
    names = {field.name for field in fields(Row)}
    kept = {Row(**{k: v for k, v in record.items() if k in names}) for record in memory.all(KIND)}
    found = {row.key: row for row in kept}
    return [found[row.key] for _, row in jobs("") if row.key in found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    only = "rows whose 'network | scheme | board' it is found in; printed"
    parser.add_argument("--only", metavar="PATTERN", default="", help=only)
    parser.add_argument("--keep", action="store_true", help="with --only: write these rows to the JSON file")
    parser.add_argument("--write", action="store_true", help="measure nothing; write the document again")
    parser.add_argument("--objects", type=Path, default=ROOT / "build" / "bench", help="for compiled objects")
    parser.add_argument("--json", type=Path, default=ROOT / "docs" / "boards.json")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "boards.md")
    arguments = parser.parse_args()
    memory = Memory(arguments.json, keeps=arguments.keep or not arguments.only)
    builder = Builder(arguments.objects)
    files = arguments.objects / "networks"
    chosen = list(jobs(arguments.only))
    rows = known_rows(memory) if arguments.write else []
    for net, row in track([] if arguments.write else chosen, "boards"):
        rows.append(measure(network_graph(net, ASKED.sub("", row.scheme), files), row, builder, memory))
        if arguments.only:
            print(line_of(rows[-1]), flush=True)
    if not arguments.only:
        steps = lower(network_graph(NETWORKS[0], NETWORK_SCHEMES[0], files))
        arguments.out.write_text(document(rows, sum(step.macs for step in steps)))
        plot(rows, arguments.out.with_name("boards_memory.png"))
    different = [row.key for row in rows if row.identical not in ("", SAME)]
    print("\n".join(f"DIFFERENT {key}" for key in different))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
