"""One look for all figures, drawn without a display and without changing the user's matplotlib."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinyq.core.files import write_whole

INK, GREY, ACCENT = "#1b2733", "#9aa5b1", "#c8442f"
FIRST = "#1f5fa8"
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6eaee",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "legend.handlelength": 1.4,
    "savefig.facecolor": "white",
}
DPI = 160


@contextmanager
def figure(width: float, height: float) -> Iterator[Any]:
    """A matplotlib figure of this size in inches, in the house's style."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**mpl.rcParamsDefault, **_STYLE, "backend": mpl.rcParams["backend"]}):
        made = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(made)
        yield made


def save(made: Any, path: Path) -> None:
    """Write it as PNG, whole or not at all.

    Raises:
        TinyqError: the file cannot be written.
    """
    stream = io.BytesIO()
    made.savefig(stream, format="png", dpi=DPI)
    write_whole(path, stream.getvalue())


def shades(count: int) -> list[Any]:
    """Colours of ordered states, dark to light."""
    import matplotlib as mpl

    if count == 1:
        return [FIRST]
    return [mpl.colormaps["viridis"](0.12 + 0.72 * i / (count - 1)) for i in range(count)]
