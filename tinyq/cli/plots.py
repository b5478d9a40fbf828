"""`tinyq plot-quantizers`: forward and backward of every quantizer, from the code that trains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import typer

from tinyq.cli.console import need_training_extra, out, progress
from tinyq.core.errors import TinyqError

if TYPE_CHECKING:
    from tinyq.quantizers.curves import Curve

COLUMNS = 4
_STEEP, _JUMP = 4.0, 0.02  # a rise that is both steeper and higher than these is a step
_SCATTER = 150  # with more steps than these a curve is drawn as points
_WINDOW = 1.55
_TITLES = {"weights": "weight quantizers", "activations": "activation quantizers"}


def plot_quantizers(
    names: list[str] = typer.Argument(
        None, help="Quantizers to draw, such as TGA or larq.SteSign; all unless told."
    ),
    output: Path = typer.Option(Path("quantizers"), "--out", "-o", help="The folder to write PNG files to."),
) -> None:
    """Draw what each quantizer computes and the gradient that training gets: all in one PNG, and one each."""
    need_training_extra()
    from tinyq.quantizers.curves import activation_curves, drawable, weight_curves

    curves = {"weights": weight_curves, "activations": activation_curves}
    chosen = _chosen(names or [], drawable())
    output.mkdir(parents=True, exist_ok=True)
    panels: dict[str, dict[str, list[Curve]]] = {}
    with progress("drawing quantizers") as bar:
        total = sum(map(len, chosen.values())) + 1
        done = 0
        for kind, wanted in chosen.items():
            panels[kind] = {}
            for name in wanted:
                panels[kind][name] = curves[kind](name)
                _draw_one(name, kind, panels[kind][name], output / _file_name(name, kind))
                done += 1
                bar(done, total)
        _draw_all(panels, output / "quantizers.png")
        bar(total, total)
    out.print(f"wrote {total} PNG files to {output}; quantizers.png has all panels")


def _chosen(names: list[str], known: dict[str, list[str]]) -> dict[str, list[str]]:
    strange = [name for name in names if not any(name in group for group in known.values())]
    if strange:
        every = ", ".join(dict.fromkeys(name for group in known.values() for name in group))
        raise TinyqError("plot-quantizers", f"unknown: {', '.join(strange)}", every)
    found = {kind: [name for name in group if not names or name in names] for kind, group in known.items()}
    return {kind: group for kind, group in found.items() if group}


def _file_name(name: str, kind: str) -> str:
    return f"{name}.png" if kind == "weights" else f"{name}.activations.png"


def _draw_one(name: str, kind: str, curves: list[Curve], path: Path) -> None:
    from tinyq.training.figures import figure, save

    with figure(7.2, 3.0) as made:
        forward, backward = made.subplots(1, 2)
        _draw_forward(forward, curves, kind)
        _draw_backward(backward, curves, kind)
        forward.set_title(f"{name}: forward")
        backward.set_title("backward")
        forward.set_ylabel("q(w)" if kind == "weights" else "q(x)")
        backward.set_ylabel("gradient")
        _legend(forward, curves, 8)
        save(made, path)


def _draw_all(panels: dict[str, dict[str, list[Curve]]], path: Path) -> None:
    from tinyq.training.figures import figure, save

    rows = [-(-len(group) // COLUMNS) for group in panels.values()]
    with figure(10.6, 2.95 * sum(rows) + 0.45 * len(rows)) as made:
        parts = np.atleast_1d(made.subfigures(len(panels), 1, height_ratios=rows, hspace=0.02))
        for part, (kind, group), height in zip(parts, panels.items(), rows, strict=True):
            part.suptitle(_TITLES[kind] + _note(kind), fontsize=10.5, x=0.01, ha="left", color="#55606b")
            grid = part.add_gridspec(height, COLUMNS)
            for index, (name, curves) in enumerate(group.items()):
                cell = grid[index // COLUMNS, index % COLUMNS].subgridspec(
                    2, 1, height_ratios=(1.7, 1), hspace=0
                )
                forward = part.add_subplot(cell[0])
                backward = part.add_subplot(cell[1], sharex=forward)
                _draw_forward(forward, curves, kind)
                _draw_backward(backward, curves, kind)
                forward.set_title(name)
                forward.tick_params(labelbottom=False)
                forward.set_xlabel("")
                if index % COLUMNS == 0:
                    forward.set_ylabel("forward")
                    backward.set_ylabel("gradient")
                _legend(forward, curves, 6.5)
        save(made, path)


def _note(kind: str) -> str:
    from tinyq.quantizers.curves import SIGMA

    return f" (one filter of Gaussian weights, standard deviation {SIGMA:g})" if kind == "weights" else ""


def _draw_forward(axes: Any, curves: list[Curve], kind: str) -> None:
    from tinyq.training.figures import GREY

    axes.plot([-_WINDOW, _WINDOW], [-_WINDOW, _WINDOW], color=GREY, lw=0.7, ls=(0, (4, 3)), zorder=1)
    _draw(axes, curves, "forward")
    axes.set(ylim=(-_WINDOW, _WINDOW), yticks=(-1, 0, 1))
    axes.set_xlabel("latent weight w" if kind == "weights" else "input x")


def _draw_backward(axes: Any, curves: list[Curve], kind: str) -> None:
    _draw(axes, curves, "gradient")
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -0.15), max(high, 1.25))
    axes.set_xlabel("latent weight w" if kind == "weights" else "input x")


def _draw(axes: Any, curves: list[Curve], what: str) -> None:
    from tinyq.training.figures import shades

    # Where states agree, the earlier ones stay visible beside the later, thinner lines.
    for i, (curve, colour) in enumerate(zip(curves, shades(len(curves)), strict=True)):
        y = getattr(curve, what)
        width = 1.3 + 0.6 * (len(curves) - 1 - i)
        steps = _steps(curve.x, y)
        if steps.sum() > _SCATTER:
            axes.plot(curve.x, y, ls="", marker=".", ms=1.6, color=colour, zorder=2 + i)
            continue
        axes.plot(curve.x, y, color=colour, lw=0.5, alpha=0.55, zorder=2 + i)
        broken = np.where(np.append(steps, False), np.nan, y)
        axes.plot(curve.x, broken, color=colour, lw=width, solid_capstyle="butt", zorder=2 + i)
    axes.set(xlim=(-_WINDOW, _WINDOW), xticks=(-1, 0, 1))


def _steps(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> npt.NDArray[Any]:
    rise = np.abs(np.diff(y))
    return (rise > _JUMP) & (rise > _STEEP * np.diff(x))


def _legend(axes: Any, curves: list[Curve], size: float) -> None:
    from matplotlib.lines import Line2D

    from tinyq.training.figures import shades

    if len(curves) > 1:
        colours = shades(len(curves))
        handles = [Line2D([], [], color=colour, lw=2) for colour in colours]
        box = {"frameon": True, "framealpha": 0.8, "edgecolor": "none", "fancybox": False}
        labels = [curve.label for curve in curves]
        axes.legend(handles, labels, loc="upper left", fontsize=size, borderaxespad=0.2, **box).set_zorder(50)
