"""Inputs -> a board -> outputs, ticks, instructions and stack."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.boards import Board
from tinyq.run.build import build
from tinyq.run.emitted import Emitted, Layer, read_emitted
from tinyq.run.protocol import END, decode_reply, encode_request, reply_bytes, samples_done
from tinyq.run.serial_session import converse_at_port
from tinyq.run.session import converse, require_started_here
from tinyq.run.stack_usage import stack_bound

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class RunResult:
    """What a board answered.

    Args:
        outputs: one array per output, [count, *shape], or [count, *shape[1:]] where the batch is 1.
        ticks: int64 [count], of each inference, without reading or writing; `board.tick` is their unit.
        layers: the layers that compute.
        layer_ticks: int64 [layers], of the first sample, in a run of its own.
        stack_bytes: the most stack used; None where the board does not measure it.
        stack_bound: what it never exceeds (run/stack_usage.py); None for a program of this computer.
        stack_reserved: what the program has.
        check_ticks: of the start-up check, which no inference is charged with.
        arena_kept: whether nothing was written beside the arena, in any inference.
        board: the board's facts.
        emulated: whether it ran on this computer; then ticks may stand for instructions.
        elf: the program; firmware.map lies beside it.
        wall_s: how long the run took here, in seconds.
    """

    outputs: tuple[npt.NDArray[Any], ...]
    ticks: npt.NDArray[np.int64]
    layers: tuple[Layer, ...]
    layer_ticks: npt.NDArray[np.int64]
    stack_bytes: int | None
    stack_bound: int | None
    stack_reserved: int
    check_ticks: int
    arena_kept: bool
    board: Board
    emulated: bool
    elf: Path
    wall_s: float

    @property
    def instructions(self) -> npt.NDArray[np.int64] | None:
        """Instructions of each inference, exact to one tick; None where they are not counted."""
        return self._as_instructions(self.ticks)

    @property
    def layer_instructions(self) -> npt.NDArray[np.int64] | None:
        """Instructions of each layer for the first sample; None where they are not counted."""
        return self._as_instructions(self.layer_ticks)

    def _as_instructions(self, ticks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64] | None:
        return instructions_of(self.board, ticks) if self.emulated else None


def run(
    folder: Path | str,
    inputs: npt.NDArray[Any] | Sequence[npt.NDArray[Any]],
    *,
    port: str = "",
    progress: Progress | None = None,
    timeout_s: float = 300.0,
    options: Mapping[str, str] | None = None,
    elf: Path | None = None,
) -> RunResult:
    """Build an emitted folder's `evaluate` application and run it on all samples.

    Args:
        folder: what `emit` wrote.
        inputs: an array per input (or just the array, for one input): [count, *shape], or
            [count, *shape[1:]] where the batch is 1; int8 or float32 as the model has it.
        port: where the board is connected (/dev/ttyACM0) that runs this `evaluate`; none: started here.
        progress: called with (samples done, samples), now and then.
        timeout_s: seconds without any output after which the program is stopped.
        options: CMake cache entries for `build`.
        elf: that application, where it is built already.

    Raises:
        RunError: wrong inputs, no emulator and no port, a crash, a hang, or an answer that makes no sense.
        BuildError: see `build`.
    """
    model = read_emitted(folder)
    if not port:
        require_started_here(model, "evaluate", "run MODEL --folder")
    arrays = [inputs] if isinstance(inputs, np.ndarray) else list(inputs)
    request = encode_request(model, arrays)
    count = len(arrays[0])
    elf = elf or build(model.folder, "evaluate", options)
    started = time.monotonic()
    watch = _watch(model, count, progress or _silent)
    if port:
        data = converse_at_port(model, port, request, watch, timeout_s)
    else:  # one byte more than is due shows that there is too much
        request += END.to_bytes(4, "little")
        data = converse(model, elf, request, watch, timeout_s, reply_bytes(model, count) + 1)
    watch(len(data))
    reply = decode_reply(model, count, data)
    return RunResult(
        outputs=reply.outputs,
        ticks=reply.ticks,
        layers=model.layers,
        layer_ticks=reply.layer_ticks,
        stack_bytes=reply.stack_bytes or None,
        stack_bound=stack_bound(elf, model.board),
        stack_reserved=model.stack_bytes,
        check_ticks=reply.check_ticks,
        arena_kept=reply.arena_kept,
        board=model.board,
        emulated=not port,
        elf=elf,
        wall_s=time.monotonic() - started,
    )


def instructions_of(board: Board, ticks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64] | None:
    """Ticks as instructions, exact to one tick; None where the board does not count them."""
    each = board.instructions_per_tick
    return None if each is None else np.rint(ticks * each).astype(np.int64)


def tick_of(board: Board, emulated: bool) -> str:
    """What a tick counts, as `Board.tick` has it; instructions only in an emulator: a chip counts cycles."""
    return "cycles" if board.tick == "instructions" and not emulated else board.tick


def _silent(done: int, total: int) -> None:
    """No progress bar."""


def _watch(model: Emitted, count: int, progress: Progress) -> Callable[[int], None]:
    """Reports how many samples an answer of so many bytes holds."""

    def watch(size: int) -> None:
        progress(min(count, samples_done(model, size)), count)

    watch(0)
    return watch
