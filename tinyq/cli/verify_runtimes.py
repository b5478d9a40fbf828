"""Other runtimes for `tinyq verify`: LiteRT, TFLite Micro, Larq Compute Engine's, where they are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy.typing as npt

from tinyq.core.boards import load_board
from tinyq.core.errors import BuildError, RunError, TinyqError
from tinyq.emit.tflm import emit_tflm
from tinyq.evaluate.parity import (
    Difference,
    allowances,
    compare,
    exposed,
    rounds,
    separated,
    shown_steps,
)
from tinyq.graph import serialize
from tinyq.graph.ir import Graph
from tinyq.graph.operators import KINDS
from tinyq.run import litert, tflm, witness
from tinyq.run import run as run_folder

Arrays = Sequence[npt.NDArray[Any]]
RUNTIMES = ("litert", "tflm", "lce")


@dataclass(frozen=True, eq=False)
class Absent:
    """A runtime that does not run this model here, and why."""

    reason: str


def run_on(
    runtime: str, graph: Graph, data: bytes, found: Mapping[int, npt.NDArray[Any]]
) -> tuple[Difference, ...] | Absent:
    """The model in a runtime, against the reference.

    An integer model runs from end to end: as it is, and with all layers as outputs. One with float32 layers,
    and any in LCE's interpreter, runs layer by layer on the reference's inputs.

    Args:
        runtime: of `RUNTIMES`.
        graph, data: the model, and its file.
        found: `observed` of it.

    Raises:
        TinyqError: it is there, and fails.
    """
    reason = _missing(runtime, graph)
    if reason:
        return Absent(reason)
    try:
        return _compared(runtime, graph, data, found)
    except RunError as error:
        if _is_witness(runtime):
            return Absent(str(error.got))
        raise


def _compared(
    runtime: str, graph: Graph, data: bytes, found: Mapping[int, npt.NDArray[Any]]
) -> tuple[Difference, ...]:
    steps = shown_steps(graph)
    wanted = [found[step.output] for step in steps]
    if runtime == "lce" or any(rounds(graph, step) for step in steps):
        apart, sources = separated(graph)
        got = _predict(runtime, serialize(apart), [found[index] for index in sources])
        return compare(steps, wanted, got, allowances(graph, found, runtime == "lce"))
    inputs = [found[index] for index in graph.inputs]
    ends = {step.output: step for step in steps}
    shown = [index for index in graph.outputs if index in ends]
    whole = _predict(runtime, data, inputs)
    outputs = [array for index, array in zip(graph.outputs, whole, strict=True) if index in ends]
    rows = compare([ends[index] for index in shown], [found[index] for index in shown], outputs)
    wrong = tuple(replace(row, kernel=f"{row.kernel}, as it is") for row in rows if row.differing)
    return wrong or compare(steps, wanted, _predict(runtime, serialize(exposed(graph)), inputs))


def _missing(runtime: str, graph: Graph) -> str:
    """Why a runtime cannot be asked; "" if it can."""
    kinds = {operator.kind for operator in graph.operators if KINDS[operator.kind].custom}
    foreign = sorted(kinds if runtime == "tflm" else {kind for kind in kinds if not kind.startswith("Lce")})
    try:
        if runtime == "litert":
            litert.litert()
        elif runtime == "tflm" and _tflm_is_built():
            tflm.build_options(load_board("host"))
        elif foreign:
            needed = "" if runtime == "lce" else f"; {tflm.INCLUDE_DIRS} and {tflm.LIBRARY} are not set"
            return f"its interpreter has no {', '.join(foreign)}{needed}"
        else:
            witness.require(runtime)
    except (RunError, BuildError) as error:
        return f"{error.got}; {error.remedy}" if error.remedy else error.got
    return ""


def _tflm_is_built() -> bool:
    return bool(os.environ.get(tflm.INCLUDE_DIRS) or os.environ.get(tflm.LIBRARY))


def _is_witness(runtime: str) -> bool:
    return runtime == "lce" or (runtime == "tflm" and not _tflm_is_built())


def _predict(runtime: str, data: bytes, inputs: Arrays) -> Arrays:
    if runtime == "litert":
        return litert.predict(data, inputs)
    if _is_witness(runtime):
        return witness.predict(runtime, data, inputs)
    options = tflm.build_options(load_board("host"))
    with tempfile.TemporaryDirectory(prefix="tinyq-verify-") as name:
        folder = emit_tflm(data, "host", Path(name) / "tflm", "model").folder
        return run_folder(folder, list(inputs), options=options).outputs


def chosen(names: str) -> tuple[str, ...]:
    """The runtimes of a list with commas.

    Raises:
        TinyqError: one is unknown.
    """
    given = tuple(name.strip() for name in names.split(",") if name.strip())
    unknown = [name for name in given if name not in RUNTIMES]
    if unknown:
        raise TinyqError("--runtimes", ", ".join(unknown), ", ".join(RUNTIMES))
    return given
