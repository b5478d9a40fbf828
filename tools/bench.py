"""`make bench`: instructions of layers and networks on emulated boards, into docs/performance.md.

Each layer is a one-operator model, emitted, built at -O2, and run under QEMU's -icount: the whole layer, with
all that happens per inference. Outputs are checked against the NumPy reference in the same run. What was
measured of the same sources before is taken from docs/performance.json, so an interrupted run goes on.

    python tools/bench.py --only "dense.*a8wt"            one row, on the Cortex-M4, printed
    python tools/bench.py --only "dense" --boards cortex_m0,arm64 --variant opt
    python tools/bench.py --only "network.*a8wt"          whole networks
    python tools/bench.py --only calibration --keep       the layers that the cost model is fitted to
    python tools/bench.py                                 everything on the Cortex-M4, and the document
    python tools/bench.py --all                           every board
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmark.cycles import MCA
from benchmark.document import write_document
from benchmark.hot_loop import OBJDUMP
from benchmark.layers import BESIDE_REFERENCE, BOARDS, LAYERS, SCHEMES, Layer
from benchmark.measure import Bench, DifferentError, boards_of
from benchmark.memory import Memory
from benchmark.networks import NETWORK_SCHEMES, NETWORKS, Network, network_graph, network_samples
from benchmark.scaling import points
from benchmark.tables import LAYER_COLUMNS, NETWORK_COLUMNS, header, layer_line, network_line
from rich.progress import track

from tinyq.core.boards import load_board
from tinyq.core.errors import RunError, TinyqError
from tinyq.run.tools import find_program

ROOT = Path(__file__).resolve().parent.parent
M4 = "qemu_cortex_m4"
# Layers whose inner loops are looked at with llvm-mca.
LOOPED = tuple(layer for layer in LAYERS if layer.title.startswith(("conv", "dense", "depth", "EEGNet temp")))
FAILED: list[str] = []
Job = tuple[Layer | Network, str, str]  # of a scheme, on a board
LOOP_BOARDS = ("qemu_cortex_m4", "qemu_cortex_m7", "qemu_arm64")


def arguments_of() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", metavar="PATTERN", help="rows whose 'layer scheme' it is found in; printed")
    parser.add_argument("--keep", action="store_true", help="with --only: write these rows to the JSON file")
    parser.add_argument("--write", action="store_true", help="measure nothing; write the document again")
    parser.add_argument("--boards", default=M4, help="comma between: cortex_m4,arm64 (default: M4)")
    parser.add_argument("--all", action="store_true", help="every board")
    parser.add_argument("--variant", default="", help="a family to measure where there is one (opt, ref)")
    parser.add_argument("--objects", type=Path, default=ROOT / "build" / "bench", help="for compiled objects")
    parser.add_argument("--json", type=Path, default=ROOT / "docs" / "performance.json")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "performance.md")
    return parser.parse_args()


def wanted(boards: tuple[str, ...], pattern: str) -> list[Job]:
    """Layers and networks whose title and scheme have the pattern."""
    jobs: list[Job] = [
        *((layer, scheme, board) for board in boards for layer in LAYERS for scheme in SCHEMES),
        *((net, scheme, board) for board in boards for net in NETWORKS for scheme in NETWORK_SCHEMES),
    ]
    return [job for job in jobs if re.search(pattern, f"{job[0].title} {job[1]}")]


def measure(bench: Bench, job: Job, files: Path) -> str:
    """Measure a row; its line of the table."""
    what, scheme, board = job
    if isinstance(what, Layer):
        return layer_line(what, bench.layer(what, scheme, board))
    graph = network_graph(what, scheme, files)
    return network_line(what, bench.graph(graph, network_samples(graph), (what.title, scheme, board)))


def tried(action: Callable[[], Any]) -> Any:
    """What an action gives, or what was wrong with it: the others go on."""
    try:
        return action()
    except (DifferentError, TinyqError) as error:
        FAILED.append(str(error))
        return f"FAILED {error}"


def show(bench: Bench, jobs: list[Job], files: Path) -> None:
    """Measure rows and print each at once."""
    for kind, columns in ((Layer, LAYER_COLUMNS), (Network, NETWORK_COLUMNS)):
        chosen = [job for job in jobs if isinstance(job[0], kind)]
        if chosen:
            print("\n".join(header(columns)))
        for job in chosen:
            print(tried(lambda job=job: measure(bench, job, files)), flush=True)


def measure_rest(bench: Bench, boards: tuple[str, ...]) -> None:
    """Inner loops, and the layers of the plot."""
    for layer, scheme, board in track(
        [(la, s, b) for b in LOOP_BOARDS if b in boards for la in LOOPED for s in SCHEMES], "inner loops"
    ):
        tried(lambda job=(layer, scheme, board): bench.loop(*job))
    calibrate(bench, boards, SCHEMES)
    for layer, scheme in track([(la, s) for s in SCHEMES for la in points()], "scaling"):
        tried(lambda job=(layer, scheme, M4): bench.layer(*job))


def calibrate(bench: Bench, boards: tuple[str, ...], schemes: Sequence[str]) -> None:
    """The layers that the cost model is fitted to."""
    for board, scheme in track([(b, s) for b in boards for s in schemes], "cost model"):
        counted = tried(lambda job=(scheme, board): bench.calibration(*job))
        if isinstance(counted, str):
            print(counted, flush=True)


def measure_reference(bench: Bench, boards: tuple[str, ...]) -> None:
    """Where a target is a share of the reference in C: that, too."""
    jobs = [(la, s, b) for b in boards if b in BESIDE_REFERENCE for la in LAYERS for s in BESIDE_REFERENCE[b]]
    for layer, scheme, board in track(jobs, "reference in C"):
        tried(lambda job=(layer, scheme, board): bench.layer(*job))


def main() -> int:
    arguments = arguments_of()
    boards = BOARDS if arguments.all else boards_of(arguments.boards)
    memory = Memory(arguments.json, keeps=arguments.keep or not arguments.only)
    bench = Bench(arguments.objects, memory, arguments.variant)
    files = arguments.objects / "networks"
    jobs = wanted(boards, arguments.only or "")
    if arguments.only:
        show(bench, jobs, files)
        schemes = [one for one in SCHEMES if re.search(arguments.only, f"calibration {one}")]
        if schemes:
            calibrate(bench, boards, schemes)
        return 1 if FAILED else 0
    for program in (MCA, OBJDUMP, *(load_board(board).emulator for board in boards)):
        find_program(program, RunError)  # an error now, not after an hour
    if not arguments.write:
        for job in track(jobs, "layers and networks"):
            tried(lambda job=job: measure(bench, job, files))
        measure_reference(Bench(arguments.objects, memory, "ref"), boards)
        measure_rest(bench, boards)
    write_document(bench, arguments.out, files)
    print("\n".join(FAILED))
    return 1 if FAILED else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TinyqError as error:
        sys.exit(str(error))
