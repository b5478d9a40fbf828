"""The figure of one kernel's training: how its weights, thresholds and codes moved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.training.figures import ACCENT, FIRST, figure, save

ROWS = 72  # of the picture of all epochs
ROOM = 2.5  # levels this many times farther out than the weights are not drawn, only named

Array = npt.NDArray[Any]


def draw(title: str, record: Mapping[str, Array], path: Path) -> None:
    """Write the PNG of what `WeightHistograms` recorded of one kernel."""
    with figure(10.2, 3.3) as made:
        grid = made.add_gridspec(2, 3, width_ratios=(2.3, 1, 1.7))
        epochs = made.add_subplot(grid[:, 0])
        last = made.add_subplot(grid[:, 1], sharey=epochs)
        sparsity, flips = made.add_subplot(grid[0, 2]), made.add_subplot(grid[1, 2])
        _draw_epochs(epochs, record)
        _draw_last(last, record)
        numbers = record["epoch"] + 1
        _draw_percent(sparsity, numbers, record["sparsity"], "codes that are 0", FIRST)
        _draw_percent(flips, numbers, record["flips"], "codes changed in an epoch", ACCENT)
        sparsity.tick_params(labelbottom=False)
        flips.set_xlabel("epoch")
        made.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
        save(made, path)


def _span(record: Mapping[str, Array]) -> tuple[float, float]:
    """Where the weights are, without the outermost 0.1 % of each epoch, and the levels not far from them."""
    ends = []
    for counts, edges in zip(record["counts"], record["edges"], strict=True):
        share = np.concatenate([[0], np.cumsum(counts)]) / max(counts.sum(), 1)
        ends += list(np.interp([0.001, 0.999], share, edges))
    levels = record["levels"][np.isfinite(record["levels"])]
    ends += levels[np.abs(levels) <= ROOM * np.abs(ends).max()].tolist()
    margin = 0.06 * (max(ends) - min(ends)) or 1.0
    return min(ends) - margin, max(ends) + margin


def _draw_epochs(axes: Any, record: Mapping[str, Array]) -> None:
    low, high = _span(record)
    edges = np.linspace(low, high, ROWS + 1)
    numbers = record["epoch"] + 1
    columns = []
    for counts, own in zip(record["counts"], record["edges"], strict=True):
        below = np.interp(edges, own, np.concatenate([[0], np.cumsum(counts)]))
        columns.append(np.diff(below) / max(np.diff(below).max(), 1e-9))
    halves = (numbers[1:] + numbers[:-1]) / 2
    borders = np.concatenate([[numbers[0] - 0.5], halves, [numbers[-1] + 0.5]])
    axes.pcolormesh(
        borders, edges, np.array(columns).T ** 0.6, cmap="Greys", vmin=0, vmax=1.3, rasterized=True
    )
    for name, colour, style in (("levels", FIRST, "-"), ("thresholds", ACCENT, (0, (4, 2)))):
        for line in np.moveaxis(record[name], 1, 0):
            if np.isfinite(line).any():
                _draw_line(axes, numbers, line, colour, style)
    _legend(axes, record["levels"][-1][:, 0], (low, high))
    axes.set(ylim=(low, high), xlim=(borders[0], borders[-1]), xlabel="epoch", ylabel="latent weight")
    axes.set_title("latent weights")
    _whole_numbers(axes)


def _draw_line(axes: Any, numbers: Array, line: Array, colour: str, style: Any) -> None:
    median, low, high = line.T
    if len(numbers) == 1:
        axes.axhline(median[0], color=colour, lw=1.2, ls=style)
        return
    axes.plot(numbers, median, color=colour, lw=1.2, ls=style)
    axes.fill_between(numbers, low, high, color=colour, alpha=0.13, lw=0)


def _legend(axes: Any, levels: Array, seen: tuple[float, float]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=FIRST, lw=1.4), Line2D([], [], color=ACCENT, lw=1.4, ls=(0, (4, 2)))]
    outside = [f"{level:.3g}" for level in levels if level < seen[0] or level > seen[1]]
    named = f"levels ({', '.join(outside)}: beyond the picture)" if 0 < len(outside) <= 4 else "levels"
    box = {"frameon": True, "framealpha": 0.85, "edgecolor": "none", "fancybox": False}
    axes.legend(handles, [named, "thresholds"], loc="upper left", ncols=2, borderaxespad=0.2, **box)


def _draw_last(axes: Any, record: Mapping[str, Array]) -> None:
    counts, edges = record["counts"][-1], record["edges"][-1]
    centres = (edges[1:] + edges[:-1]) / 2
    axes.barh(centres, 100 * counts / max(counts.sum(), 1), height=np.diff(edges), color="#8794a0", lw=0)
    for name, colour, style in (("levels", FIRST, "-"), ("thresholds", ACCENT, (0, (4, 2)))):
        for median in record[name][-1][:, 0]:
            if np.isfinite(median):
                axes.axhline(median, color=colour, lw=1.2, ls=style)
    axes.tick_params(labelleft=False)
    axes.set(xlabel="% of weights")
    axes.set_title(f"epoch {record['epoch'][-1] + 1}")


def _draw_percent(axes: Any, numbers: Array, fraction: Array, title: str, colour: str) -> None:
    axes.plot(numbers, 100 * fraction, color=colour, lw=1.4, marker="o", ms=2.5 if len(numbers) < 60 else 0)
    largest = np.nanmax(100 * fraction) if np.isfinite(fraction).any() else 0.0
    axes.set_ylim(0, 1.18 * largest or 1.0)
    axes.set_title(title, fontweight="normal")
    axes.set_ylabel("%")
    _whole_numbers(axes)


def _whole_numbers(axes: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
