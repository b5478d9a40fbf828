"""Inputs -> a board -> outputs, ticks, instructions and stack."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.boards import Board
from tinyq.core.errors import RunError
from tinyq.core.faults import explain, fault_at_end
from tinyq.run.build import build
from tinyq.run.emitted import Emitted, Layer, read_emitted
from tinyq.run.host import host_job
from tinyq.run.process import INPUT, OUTPUT, Job, execute, log_tail
from tinyq.run.protocol import Reply, decode_reply, encode_request, reply_bytes, samples_done
from tinyq.run.qemu import qemu_job

_FAULT_BYTES = len(b"tinyq fault 00\n")

Progress = Callable[[int, int], None]

RUNNERS: Mapping[str, Callable[[Board, Path, Path], Job]] = {
    "host": host_job,
    "qemu": qemu_job,
}


@dataclass(frozen=True, eq=False)
class RunResult:
    """What a board answered.

    Args:
        outputs: one array per output, [count, *shape], or [count, *shape[1:]] where the batch is 1.
        ticks: int64 [count], of each inference, without reading or writing; `board.tick` is their unit.
        layers: the layers that compute.
        layer_ticks: int64 [layers], of the first sample, in a run of its own.
        stack_bytes: the most stack used; None where the board does not measure it.
        check_ticks: of the start-up check, which no inference is charged with.
        arena_kept: whether nothing was written beside the arena, in any inference.
        board: the board's facts.
        elf: the program; firmware.map lies beside it.
        wall_s: how long the run took here, in seconds.
    """

    outputs: tuple[npt.NDArray[Any], ...]
    ticks: npt.NDArray[np.int64]
    layers: tuple[Layer, ...]
    layer_ticks: npt.NDArray[np.int64]
    stack_bytes: int | None
    check_ticks: int
    arena_kept: bool
    board: Board
    elf: Path
    wall_s: float

    @property
    def instructions(self) -> npt.NDArray[np.int64] | None:
        """Instructions of each inference, exact to one tick; None where the board does not count them."""
        return self._as_instructions(self.ticks)

    @property
    def layer_instructions(self) -> npt.NDArray[np.int64] | None:
        """Instructions of each layer for the first sample; None where the board does not count them."""
        return self._as_instructions(self.layer_ticks)

    def _as_instructions(self, ticks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64] | None:
        each = self.board.instructions_per_tick
        return None if each is None else np.rint(ticks * each).astype(np.int64)


def run(
    folder: Path | str,
    inputs: npt.NDArray[Any] | Sequence[npt.NDArray[Any]],
    *,
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
        progress: called with (samples done, samples), now and then.
        timeout_s: seconds without any output after which the program is stopped.
        options: CMake cache entries for `build`.
        elf: that application, where it is built already.

    Raises:
        RunError: wrong inputs, no emulator, a crash, a hang, or an answer that makes no sense.
        BuildError: see `build`.
    """
    model = read_emitted(folder)
    if model.board.runner not in RUNNERS:
        raise RunError(
            f"board {model.board.name!r}",
            f"runner = {model.board.runner!r}: tinyq cannot start it",
            ", ".join(RUNNERS),
            f"build {model.folder} with CMake, and flash it as the board's README says",
        )
    arrays = [inputs] if isinstance(inputs, np.ndarray) else list(inputs)
    request = encode_request(model, arrays)
    count = len(arrays[0])
    elf = elf or build(model.folder, "evaluate", options)
    started = time.monotonic()
    reply = _converse(model, elf, request, count, (progress or _silent, timeout_s))
    return RunResult(
        outputs=reply.outputs,
        ticks=reply.ticks,
        layers=model.layers,
        layer_ticks=reply.layer_ticks,
        stack_bytes=reply.stack_bytes or None,
        check_ticks=reply.check_ticks,
        arena_kept=reply.arena_kept,
        board=model.board,
        elf=elf,
        wall_s=time.monotonic() - started,
    )


def _silent(done: int, total: int) -> None:
    """No progress bar."""


def _refusal(output: Path) -> str:
    """What TFLite Micro wrote behind the answer so far, if it refused the model."""
    said = re.findall(rb"TFLite Micro: [^\n]*", output.read_bytes())
    return f"\n    {said[-1].decode(errors='replace')}" if said else ""


def _refuse_fault(model: Emitted, output: Path, size: int) -> None:
    """A board that waits in its safe state has no exit status: it says the fault."""
    with output.open("rb") as stream:
        stream.seek(max(0, size - _FAULT_BYTES))
        fault = fault_at_end(stream.read(_FAULT_BYTES))
    if fault is not None:
        where, got = f"model {model.name!r} on {model.board.name}", f"fault {fault} ({explain(fault)})"
        raise RunError(where, f"stopped in its safe state: {got}{_refusal(output)}", "no fault")


def _converse(model: Emitted, elf: Path, request: bytes, count: int, how: tuple[Progress, float]) -> Reply:
    progress, timeout_s = how
    try:
        with tempfile.TemporaryDirectory(prefix="tinyq-run-") as name:
            folder = Path(name)
            (folder / INPUT).write_bytes(request)
            job = RUNNERS[model.board.runner](model.board, elf, folder)
            progress(0, count)

            def watch(size: int) -> None:
                progress(min(count, samples_done(model, size)), count)
                _refuse_fault(model, folder / OUTPUT, size)

            status = execute(job, watch, timeout_s)
            if status != 0:
                got = f"exit status {status} ({explain(status)}){_refusal(folder / OUTPUT)}{log_tail(job)}"
                raise RunError(f"model {model.name!r} on {model.board.name}", got, "exit status 0")
            # One byte more than is due shows that there is too much.
            with (folder / OUTPUT).open("rb") as stream:
                data = stream.read(len(job.ready) + reply_bytes(model, count) + 1)
    except OSError as error:
        where = error.filename or tempfile.gettempdir()
        raise RunError(str(where), f"cannot be written or read ({os.strerror(error.errno or 0)})") from error
    progress(count, count)
    return decode_reply(model, count, data.removeprefix(job.ready))
