"""What each layer takes on a board, by its own counter: application `bench`, emulated or at a serial port."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.boards import Board
from tinyq.core.errors import RunError
from tinyq.run.build import build
from tinyq.run.emitted import Emitted, read_emitted
from tinyq.run.link import serial_link
from tinyq.run.runner import instructions_of, tick_of
from tinyq.run.serial_session import came, silent_s, unheard
from tinyq.run.session import converse, refuse_fault, require_started_here
from tinyq.run.stack_usage import stack_bound

APP = "bench"
_MARK = '{"tinyq_bench": 1,'
_AGAIN, _END = b"?", b"q"
_INFERENCES = 4  # that a report takes


@dataclass(frozen=True, eq=False)
class Profile:
    """What `bench` answered.

    Args:
        model: the emitted folder; its board says what a tick is.
        layer_ticks: int64 [layers], of an inference on the self-test's inputs; the least of two.
        ticks: of a whole inference, without the calls that charge layers.
        check_ticks: of the start-up check.
        stack_bytes: the most stack used; None where the board does not measure it.
        stack_bound: what it never exceeds (run/stack_usage.py); None for a program of this computer.
        arena_kept: whether nothing was written beside the arena.
        elf: the program.
        emulated: whether it ran here; then ticks may stand for instructions.
    """

    model: Emitted
    layer_ticks: npt.NDArray[np.int64]
    ticks: int
    check_ticks: int
    stack_bytes: int | None
    stack_bound: int | None
    arena_kept: bool
    elf: Path
    emulated: bool

    @property
    def unit(self) -> str:
        """Of `counts`: instructions, cycles, or ticks of a clock."""
        tick = tick_of(self.model.board, self.emulated)
        return tick if tick != "time" else "ticks"

    def counts(self, ticks: npt.NDArray[np.int64] | int) -> npt.NDArray[np.int64]:
        """Ticks in `unit`."""
        array = np.asarray(ticks, np.int64)
        counted = instructions_of(self.model.board, array) if self.emulated else None
        return array if counted is None else counted

    @property
    def microseconds(self) -> float | None:
        """Of an inference, by the board's clock; None in an emulator, whose instructions take no time."""
        board: Board = self.model.board
        emulated = self.emulated and board.tick == "instructions"
        return None if emulated else 1e6 * self.ticks / board.ticks_hz


def profile(
    folder: Path | str, port: str = "", timeout_s: float = 300.0, options: Mapping[str, str] | None = None
) -> Profile:
    """Build an emitted folder's `bench`, and let it count.

    Args:
        folder: what `emit` wrote.
        port: where the board is connected (/dev/ttyACM0) that runs this `bench` already; none: emulated.
        timeout_s: seconds without any output after which it is given up; of a port's first line, what four
            slow inferences take and 20 s more.
        options: CMake cache entries for `build`.

    Raises:
        RunError: no emulator and no port, no answer, a fault, or the answer of another program.
        BuildError: see `build`.
    """
    model = read_emitted(folder)
    if not port:
        require_started_here(model, APP, "profile")
    elf = build(model.folder, APP, options)
    said = _ask(model, port, timeout_s) if port else converse(model, elf, _END, lambda size: None, timeout_s)
    facts = _report(model, said)
    return Profile(
        model=model,
        layer_ticks=np.array([layer["ticks"] for layer in facts["layers"]], np.int64),
        ticks=facts["ticks"],
        check_ticks=facts["check_ticks"],
        stack_bytes=facts["stack_bytes"] or None,
        stack_bound=stack_bound(elf, model.board),
        arena_kept=facts["guards"] == 0,
        elf=elf,
        emulated=not port,
    )


def _ask(model: Emitted, port: str, timeout_s: float) -> bytes:
    """Everything that the board says up to the end of a report."""
    said, heard, limit = b"", time.monotonic(), min(timeout_s, silent_s(model, _INFERENCES))
    with serial_link(port, model.board.baud) as link:
        link.write(_AGAIN)
        while time.monotonic() - heard < limit:
            data = link.read(min(1.0, limit))
            said += data
            refuse_fault(model, said)
            if any(_whole_report(line) for line in said.splitlines(keepends=True)):
                return said
            if data:
                heard, limit = time.monotonic(), timeout_s
    got = f"no report within {limit:.0f} s ({came(said)})"
    raise unheard(model, port, APP, got, f"the answer of application {APP}")


def _whole_report(line: bytes) -> bool:
    return line.startswith(_MARK.encode()) and line.endswith(b"\n")


def _report(model: Emitted, said: bytes) -> dict[str, Any]:
    where = f"application {APP} of model {model.name!r} on {model.board.name}"
    lines = [x for x in said.decode(errors="replace").splitlines() if x.startswith(_MARK)]
    try:
        facts: dict[str, Any] = json.loads(lines[-1])
        board, model_of_report = str(facts["board"]), (int(facts["abi"]), int(facts["constants_crc32"]))
        names = [str(layer["name"]) for layer in facts["layers"]]
        numbers = [int(facts[key]) for key in ("ticks", "check_ticks", "stack_bytes", "guards")]
        numbers += [int(layer["ticks"]) for layer in facts["layers"]]
    except (IndexError, ValueError, KeyError, TypeError) as error:
        got = "no whole report" if lines else "no report"
        remedy = "check the cable, or emit, build and flash again"
        raise RunError(where, got, "a line of JSON of this tinyq", remedy) from error
    remedy = f"tinyq flash {model.folder} --app {APP}"
    if board != model.board.name:  # its ticks are others
        got, allowed = f"board {board!r} answers", f"board {model.board.name!r}"
        raise RunError(where, got, allowed, f"name the port of {allowed}, or {remedy}")
    if names != [layer.name for layer in model.layers] or model_of_report != (
        model.abi,
        model.constants_crc32,
    ):
        raise RunError(where, "the board runs another model", f"{len(model.layers)} layers of it", remedy)
    return facts
