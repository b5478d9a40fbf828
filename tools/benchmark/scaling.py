"""Layers that differ in one number: what a scheme gains from more channels, wider kernels, more positions."""

from __future__ import annotations

from pathlib import Path

from benchmark.layers import CONV, DENSE, SCHEMES, Layer
from benchmark.measure import Row

AXES = {
    "channels, conv 3x3, 8x8xC -> C": (8, 16, 32, 64, 128),
    "kernel width, conv 1xK, 1x256x1 -> 8": (4, 8, 16, 32, 64),
    "positions, conv 3x3, 1xPx64 -> 64": (1, 4, 8, 16, 32, 64),
    "batch, dense Bx512 -> 64": (1, 2, 4, 8),
}


def points() -> list[Layer]:
    """All layers of the plot."""
    return [_layer(axis, size) for axis, sizes in AXES.items() for size in sizes]


def _layer(axis: str, size: int) -> Layer:
    title = f"{axis}: {size}"
    if axis.startswith("channels"):
        return Layer(title, CONV, (1, 8, 8, size), (size, 3, 3, size))
    if axis.startswith("kernel"):
        return Layer(title, CONV, (1, 1, 256, 1), (8, 1, size, 1))
    if axis.startswith("positions"):
        return Layer(title, CONV, (1, 1, size, 64), (64, 3, 3, 64))
    return Layer(title, DENSE, (size, 512), (64, 512))


def plot(rows: list[Row], path: Path) -> None:
    """Instructions per MAC on the Cortex-M4 against each number, a line a scheme."""
    from matplotlib.figure import Figure

    found = {(row.layer, row.scheme): row for row in rows if row.board == "qemu_cortex_m4"}
    figure = Figure(figsize=(10, 7.5), layout="constrained")
    grid = figure.subplots(2, 2, sharey=True).flat
    for panel, (axis, sizes) in zip(grid, AXES.items(), strict=True):
        for scheme in SCHEMES:
            line = [found.get((f"{axis}: {size}", scheme)) for size in sizes]
            drawn = [(size, row.per_mac) for size, row in zip(sizes, line, strict=True) if row]
            style = {"color": "black", "linewidth": 2.0} if scheme == "a8w8" else {}
            if drawn:
                panel.plot(*zip(*drawn, strict=True), marker="o", markersize=3, label=scheme, **style)
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.set_xticks(sizes, [str(size) for size in sizes])
        panel.set_xlabel(axis)
        panel.grid(alpha=0.3, which="both")
    figure.supylabel("instructions per MAC, Cortex-M4, whole layer")
    if figure.axes[0].lines:
        figure.axes[0].legend(ncols=2, fontsize="small")
    figure.savefig(path, dpi=110)
