"""What `tinyq stream` shows while it runs, and what it says at the end."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tinyq.cli.console import err
from tinyq.cli.stream_data import Part
from tinyq.core.stream_plan import StreamPlan
from tinyq.run.stream import Answer, Totals

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_SHOWN = 60
_LEVELS = "▁▂▃▄▅▆▇█"

Show = Callable[[Answer, Totals], None]


@contextmanager
def view(title: str, plan: StreamPlan, milliseconds: float) -> Iterator[Show]:
    """A picture of the last decisions on stderr, where that is a terminal; yields what takes each answer.

    Args:
        title: what is played, and where.
        plan: how many classes there are.
        milliseconds: of a tick; 0 where nobody knows.
    """
    if not sys.stderr.isatty():
        yield lambda answer, totals: None
        return
    answers: deque[Answer] = deque(maxlen=_SHOWN)
    with Live(console=err, refresh_per_second=8) as live:

        def show(answer: Answer, totals: Totals) -> None:
            answers.append(answer)
            live.update(_picture(title, plan, answers, totals, milliseconds))

        yield show


def _picture(
    title: str, plan: StreamPlan, answers: deque[Answer], totals: Totals, milliseconds: float
) -> Table:
    last = answers[-1]
    ticks = np.array([answer.ticks for answer in answers])
    table = Table.grid(padding=(0, 1))
    table.add_row("playing", title)
    for label in range(min(plan.classes, 10)):
        row = Text("".join("█" if answer.label == label else "·" for answer in answers))
        row.stylize(_COLOURS[label % len(_COLOURS)])
        table.add_row(f"class {label}", row)
    bars = "".join(_LEVELS[int(x)] for x in (ticks * (len(_LEVELS) - 1)) // max(1, ticks.max()))
    table.add_row("latency", Text(bars))
    speed = f"{last.ticks * milliseconds:.1f} ms" if milliseconds else f"{last.ticks:,} ticks"
    state = f"window {last.window}: class {last.label}, score {last.score} of {last.windows}, {speed}"
    table.add_row("now", f"{state}; {totals.sent:,} samples sent, {last.missed:,} missed")
    return table


def summary(part: Part, plan: StreamPlan, answers: Sequence[Answer], codes: Sequence[int]) -> dict[str, Any]:
    """How many windows and annotations were decided, and how many of them rightly.

    Args:
        part: what was played.
        plan: what the board did.
        answers: of it.
        codes: the annotations' codes of class 0, 1, ...; empty: nothing is compared.
    """
    facts: dict[str, Any] = {"name": part.name, "windows": len(answers)}
    if len(part.codes) and (codes or not plan.signal):
        facts |= _of_signal(part, plan, answers, codes) if plan.signal else _of_images(part, plan, answers)
    return facts


def _of_images(part: Part, plan: StreamPlan, answers: Sequence[Answer]) -> dict[str, Any]:
    right = sum(int(part.codes[answer.window]) == answer.label for answer in answers)
    return {"known": len(part.codes), "right": right}


def _of_signal(
    part: Part, plan: StreamPlan, answers: Sequence[Answer], codes: Sequence[int]
) -> dict[str, Any]:
    """Windows that lie in one annotation; and of each annotation the last decision before it ended."""
    ends = [*part.onsets[1:].tolist(), len(part.samples)]
    facts = {"known_windows": 0, "right_windows": 0, "known": 0, "right": 0}
    for start, end, code in zip(part.onsets.tolist(), ends, part.codes.tolist(), strict=True):
        if code not in codes:
            continue
        within = [a for a in answers if start <= a.end - plan.window_samples and a.end <= end]
        label = list(codes).index(code)
        facts["known_windows"] += len(within)
        facts["right_windows"] += sum(answer.alone == label for answer in within)
        facts["known"] += bool(within)
        facts["right"] += bool(within) and within[-1].label == label
    return facts
