"""docs/performance.md, of what was measured."""

from __future__ import annotations

from pathlib import Path

from benchmark.calibration import Calibration
from benchmark.fit import Fit, fit
from benchmark.layers import BOARDS, CMSIS_NN, LAYERS, SCHEMES, TFLM
from benchmark.limits import limits_section
from benchmark.measure import Bench, LoopRow, Row
from benchmark.networks import NETWORK_SCHEMES, NETWORKS, network_graph
from benchmark.overheads import MOST_FLASH, MOST_INSTRUCTIONS, Overhead, overhead_of
from benchmark.scaling import plot
from benchmark.tables import (
    LAYER_COLUMNS,
    LOOP_COLUMNS,
    NETWORK_COLUMNS,
    core_of,
    header,
    layer_line,
    loop_lines,
    network_line,
)
from tinyq.emit import Kernels

HEADER = f"""# Performance

Written by `make bench` (`python tools/bench.py --all` for every core). Instructions of one whole layer, or
network, on QEMU's boards of `firmware/boards`, counted with `-icount`: the same figure in every run. gcc
12.2, -O2, the kernels that `emit` chooses for that core; nothing is subtracted, and everything that happens
per inference is in it (table building, packing, padding, requantization). Outputs equal the NumPy
reference's in the same run. Instructions are not cycles: the section on inner loops has a model of those.

CMSIS-NN is not run here: its figures are constants in `tools/benchmark/layers.py` ({CMSIS_NN}, the same
layers, counted the same way). The networks' are of {TFLM}. Above 1 x, ours takes fewer.

Layers have random weights (a third of the ternary ones is zero), zero points other than 0, biases of 0 and a
ReLU; those with packed activations (a1w1, atwt, a2w2) take packed inputs and give packed outputs, by
thresholds a channel. Weight bytes are codes alone; code bytes are all of `kernels/` that is linked.
"""
OUTSIDE = f"""## Outside the kernels

Instructions of the emitted `model.c` and of the runtime a kernel call (at most {MOST_INSTRUCTIONS} asked;
layers that are executed tile by tile, to save memory, are called once a tile),
and flash without the weights (at most {MOST_FLASH:,} asked, for a binary network of six layers): kernels,
runtime, the model's parameters and names, and what is linked of the C library. Cortex-M4.
`emit --kernels small` takes the reference kernels.
"""
LOOPS = """## Inner loops

The innermost loop that executes most of a layer's instructions, found by counting executed blocks in QEMU;
llvm-mca 14 says how many cycles a turn takes, of 200. It knows neither flash wait states nor caches nor
mispredicted branches, and has no model of Helium's instructions, so the Cortex-M55 is not here. "Loop alone"
shares all of the layer's MACs among the cycles of that loop; "whole layer" lets the rest of its instructions
run as the loop's do.
"""


SCALING = """## Scaling

![Instructions per MAC](scaling.png)

The whole layer on the Cortex-M4, against one number of its shape.
"""
COST_MODEL = """## The cost model

`tinyq inspect --board` tells, layer by layer, what it takes and whether int8 would take less, `tinyq fit`
what the whole takes: a sum of products of the shape (`tinyq/core/costs.py`), whose factors are fitted to the
counts above and to those of some ninety small layers a scheme (`tools/benchmark/calibration.py`). Long
filters of one row or one column, depthwise or of one channel, have factors of their own. `emit` takes another
variant than the usual one where the sums say that it is a quarter faster. How far a sum is from a count that
was left out of the fit:
"""
COSTS = Path(__file__).resolve().parent.parent.parent / "tinyq" / "core" / "costs.json"


def write_document(bench: Bench, path: Path, files: Path) -> None:
    """Write the document and the plot of everything that the memory has."""
    rows = [Row(**record) for record in bench.memory.all("rows")]
    loops = [LoopRow(**record) for record in bench.memory.all("loops")]
    calibrations = [Calibration(**record) for record in bench.memory.all("calibrations")]
    plot(rows, path.with_name("scaling.png"))
    parts = [HEADER, *_layers(rows), *_networks(rows), _outside(bench, files), _loops(loops)]
    parts += [SCALING, limits_section(rows), _costs(fit(rows, calibrations, COSTS))]
    path.write_text("\n".join(parts))


def _layers(rows: list[Row]) -> list[str]:
    found, slow = (
        {(row.layer, row.scheme, row.board): row for row in rows if (row.suffix == "ref") is reference}
        for reference in (False, True)
    )
    parts = []
    for board in BOARDS:
        keys = [(layer, (layer.title, scheme, board)) for layer in LAYERS for scheme in SCHEMES]
        lines = [layer_line(layer, found[key], slow.get(key)) for layer, key in keys if key in found]
        if lines:
            parts.append("\n".join([f"## Layers, {core_of(board)}\n", *header(LAYER_COLUMNS), *lines, ""]))
    return parts


def _networks(rows: list[Row]) -> list[str]:
    found = {(row.layer, row.scheme, row.board): row for row in rows}
    lines = [
        network_line(network, found[key])
        for board in BOARDS
        for network in NETWORKS
        for key in ((network.title, scheme, board) for scheme in NETWORK_SCHEMES)
        if key in found
    ]
    text = (
        "## Networks\n\nOf `models/`, with random weights and batch norms as after some training, made and "
        "converted as `tools/sizes.py` does: a8w* store all layers' weights in few bits; a1w1, atwt and a2w2 "
        "keep the first layer and the last in int8, as the published methods do. EEGNet has 64 temporal taps "
        "here, and pools by 4.\n"
    )
    return ["\n".join([text, *header(NETWORK_COLUMNS), *lines, ""])]


def _outside(bench: Bench, files: Path) -> str:
    made = [
        overhead_of(
            network_graph(network, scheme, files),
            f"{network.title} {scheme}{', --kernels small' if kernels is Kernels.small else ''}",
            bench.builder,
            bench.memory,
            kernels,
        )
        for network in NETWORKS[:2]
        for scheme in ("a8wt", "a1w1")
        for kernels in Kernels
    ]
    lines = [_overhead_line(one) for one in made]
    columns = (
        "network",
        "layers",
        "calls",
        "instructions a call",
        "flash",
        "kernels",
        "runtime",
        "model",
        "C library",
    )
    return "\n".join([OUTSIDE, *header(columns), *lines, ""])


def _overhead_line(one: Overhead) -> str:
    sizes = " | ".join(f"{size:,}" for size in one.flash.values())
    calls = (
        f"{one.layers} | {one.calls} | {one.outside / one.calls:.0f}" if one.calls else f"{one.layers} |  | "
    )
    return f"| {one.title} | {calls} | {sum(one.flash.values()):,} | {sizes} |"


def _loops(loops: list[LoopRow]) -> str:
    macs = {layer.title: layer.macs for layer in LAYERS}
    order = [layer.title for layer in LAYERS]
    loops = sorted(loops, key=lambda row: (BOARDS.index(row.board), order.index(row.layer)))
    lines = [line for row in loops for line in loop_lines(row, macs[row.layer])]
    return "\n".join([LOOPS, *header(LOOP_COLUMNS), *lines, ""])


def _costs(fits: list[Fit]) -> str:
    lines = [f"| {one.cpu} | `{one.key}` | {one.rows} | {one.middle:.1%} | {one.worst:.1%} |" for one in fits]
    columns = ("core", "variant", "counts", "median error", "largest")
    return "\n".join([COST_MODEL, *header(columns), *lines, ""])
