"""`tinyq stream`: a recording, images or live data to a board that runs the application `stream`."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import typer

from tinyq.cli.commands_deploy import SETTINGS_HELP
from tinyq.cli.console import err, existing, out, print_json
from tinyq.cli.stream_data import Part, is_live, live, paced, read_parts
from tinyq.cli.stream_view import summary, view
from tinyq.cli.unflashed import refuse_unflashed
from tinyq.core.errors import RunError, TinyqError
from tinyq.core.frames import wire_bytes
from tinyq.core.reference.stream_chain import decisions, windows
from tinyq.core.stream_plan import StreamPlan
from tinyq.emit import emit as emit_folder
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import read
from tinyq.run import build
from tinyq.run.emitted import Emitted, read_emitted
from tinyq.run.link import Link, program_link, serial_link
from tinyq.run.runner import tick_of
from tinyq.run.stream import Answer, Session, Totals

_BITS_A_BYTE = 10  # on a serial line


def stream(
    model: Path = typer.Argument(
        ..., help="A folder that `tinyq emit --app stream` wrote, or a .tflite file."
    ),
    data: str = typer.Option(
        ...,
        "--data",
        "-d",
        help="A signal: .npz or .npy of arrays [channels, samples], or lsl[:NAME]. Images: .npz with x (and "
        "y), .npy, or a folder of pictures.",
    ),
    run: list[str] = typer.Option([], help="Name of an array of the file; repeatable. All unless told."),
    port: str = typer.Option("", help="The board's serial port (/dev/ttyACM0); else it is emulated."),
    baud: int = typer.Option(0, min=0, help="Of that port; the board's unless told."),
    board: str = typer.Option("", "--board", "-b", help="Where a .tflite file runs; host unless told."),
    settings: Path = typer.Option(None, help=SETTINGS_HELP + " For a .tflite file."),
    codes: str = typer.Option("", help="Annotation codes of class 0, 1, ... (1,2): count right decisions."),
    seconds: float = typer.Option(0.0, min=0.0, help="End after so much signal; 0: all of it."),
    realtime: bool = typer.Option(False, "--realtime", help="Send samples when they are due, not at once."),
    timeout: float = typer.Option(20.0, min=0.1, help="Seconds without an answer: the board counts as dead."),
    json: bool = typer.Option(False, "--json", help="Print JSON: every decision, and what became of them."),
) -> None:
    """Stream samples or images to a board, and show what it decides."""
    numbers = _numbers(codes)
    if existing(model, "file or folder").is_file():
        refuse_unflashed(model, board, "stream", port)
    with _target(model, board, settings) as target:
        parts = _parts(data, target, run, seconds)
        rate = baud or target.emitted.board.baud
        with _link(target, port, rate) as link:
            pace = _Pace(data, realtime, seconds, rate if port else 0)
            found, failure = _play_all(Session(link, target.plan, timeout), target, parts, pace)
    parts = parts[: len(found)]
    results = [
        {**summary(part, target.plan, answers, numbers), **dataclasses.asdict(totals), "answers": answers}
        for part, (answers, totals) in zip(parts, found, strict=True)
    ]
    if target.model:
        _compare(target.model, target.plan, parts, results)
    _say(target, results, tick_of(target.emitted.board, not port), json)
    if failure:
        raise failure


@dataclass(frozen=True)
class _Target:
    """Where it runs, and what runs there."""

    emitted: Emitted
    plan: StreamPlan
    model: Path | None  # a .tflite file, to compare with


@dataclass(frozen=True)
class _Pace:
    data: str
    realtime: bool
    seconds: float
    baud: int  # of the serial port; 0 where there is none


def _numbers(codes: str) -> list[int]:
    try:
        return [int(word) for word in codes.split(",")] if codes else []
    except ValueError as error:
        raise TinyqError(
            "--codes", repr(codes), "whole numbers with commas between them, such as 1,2"
        ) from error


@contextmanager
def _target(model: Path, board: str, settings: Path | None) -> Iterator[_Target]:
    with tempfile.TemporaryDirectory(prefix="tinyq-") if model.is_file() else nullcontext("") as name:
        if model.is_file():
            asked = existing(settings, "file") if settings else True
            folder = emit_folder(model, board or "host", Path(name) / "c", stream=asked).folder
        elif board or settings:
            raise TinyqError(
                str(model), "--board or --settings with a folder", "these are in the folder already"
            )
        else:
            folder = model
        emitted = read_emitted(folder)
        if emitted.stream is None:
            remedy = "tinyq emit model.tflite --app stream ..."
            raise RunError(str(model), "was emitted without the application stream", "", remedy)
        yield _Target(emitted, emitted.stream, model if model.is_file() else None)


@contextmanager
def _link(target: _Target, port: str, baud: int) -> Iterator[Link]:
    if port:
        with serial_link(port, baud) as link:
            yield link
        return
    err.print(f"building it for {target.emitted.board.name}")
    with program_link(target.emitted.board, build(target.emitted.folder, "stream")) as link:
        yield link


def _parts(data: str, target: _Target, runs: list[str], seconds: float) -> list[Part]:
    none = np.zeros(0, np.int64)
    if is_live(data):
        if not target.plan.signal:
            raise TinyqError("--data", data, "images: this model was emitted without --settings")
        return [Part(data, np.zeros((0, target.plan.channels), np.int16), none, none)]
    path = existing(Path(data), "file or folder")
    parts = read_parts(path, target.plan, target.emitted.inputs[0], runs)
    if not (seconds and target.plan.signal):
        return parts
    most = max(1, round(seconds * target.plan.rate_hz))
    return [dataclasses.replace(part, samples=part.samples[:most]) for part in parts]


def _play_all(
    session: Session, target: _Target, parts: list[Part], pace: _Pace
) -> tuple[list[tuple[list[Answer], Totals]], TinyqError | None]:
    """What was decided, of each part; and the error that ended it early, which loses nothing of that."""
    found: list[tuple[list[Answer], Totals]] = []
    for part in parts:
        answers: list[Answer] = []
        try:
            _play(session, target, part, pace, answers)
        except (TinyqError, KeyboardInterrupt) as error:
            if answers:
                found.append((answers, session.totals))
            if not found:
                raise
            return found, error if isinstance(error, TinyqError) else None
        found.append((answers, session.totals))
    return found, None


def _play(session: Session, target: _Target, part: Part, pace: _Pace, answers: list[Answer]) -> None:
    plan, board = target.plan, target.emitted.board
    blocks: Iterable[npt.NDArray[Any]] = [part.samples]
    if is_live(pace.data):
        blocks = live(pace.data.partition(":")[2], plan, pace.seconds)
    elif pace.realtime and plan.signal:
        blocks = paced(part.samples, plan.rate_hz)
    session.begin()
    _warn(plan, pace)
    with view(f"{part.name} on {session.link.name}", plan, 1e3 / board.ticks_hz) as show:
        for answer in session.play(blocks):
            answers.append(answer)
            show(answer, session.totals)


def _warn(plan: StreamPlan, pace: _Pace) -> None:
    """Say it where a serial port carries less than a live signal needs."""
    needed = plan.rate_hz / plan.frame_samples * wire_bytes(plan.payload_bytes)
    live_or_due = pace.realtime or is_live(pace.data)
    if pace.baud and live_or_due and needed > pace.baud / _BITS_A_BYTE:
        err.print(
            f"{plan.channels} channels at {plan.rate_hz:g} Hz need {needed:,.0f} bytes a second, and "
            f"{pace.baud} baud carry {pace.baud // _BITS_A_BYTE:,}: decisions will come later and later"
        )


def _compare(model: Path, plan: StreamPlan, parts: list[Part], results: list[dict[str, Any]]) -> None:
    """Count the decisions that are those of the NumPy reference; only where nothing was missed."""
    interpreter = Interpreter(read(model))
    for part, facts in zip(parts, results, strict=True):
        if len(part.samples) and not facts["missed"] and not facts["resets"]:
            inputs, ends = windows(plan, part.samples)
            shape = interpreter.graph.tensors[interpreter.graph.inputs[0]].shape[1:]
            found = interpreter.predict(inputs.reshape(len(inputs), *shape))[0]
            outputs = found.reshape(len(inputs), plan.classes)  # of no windows, too
            wanted = np.stack([ends, *decisions(plan, outputs)], axis=1).tolist()
            got = [[a.end, a.label, a.alone, a.score, a.windows] for a in facts["answers"]]
            facts["identical"] = sum(x == y for x, y in zip(got, wanted, strict=False))


def _say(target: _Target, results: list[dict[str, Any]], tick: str, json: bool) -> None:
    board = target.emitted.board
    for facts in results:
        ticks = [answer.ticks for answer in facts["answers"]]
        facts["latency_ms"] = round(1e3 * float(np.mean(ticks)) / board.ticks_hz, 3) if ticks else None
        facts["answers"] = [dataclasses.asdict(answer) for answer in facts["answers"]]
    if json:
        print_json({"board": board.name, "tick": tick, "parts": results})
        return
    for facts in results:
        out.print(_line(facts, board.name, tick, target.plan), soft_wrap=True)


def _line(facts: dict[str, Any], board: str, tick: str, plan: StreamPlan) -> str:
    what = "windows" if plan.signal else "images"
    words = [f"{facts['name']}: {facts['windows']} {what} decided on {board}"]
    if facts["latency_ms"] is not None:
        words.append(f"{facts['latency_ms']:,.1f} ms each ({tick})")
    if "identical" in facts:
        words.append(f"{facts['identical']} identical to the reference")
    if facts.get("known"):
        of = "annotations" if plan.signal else "images"
        words.append(f"{facts['right']} of {facts['known']} {of} right")
    if facts.get("known_windows"):
        words.append(f"{facts['right_windows']} of {facts['known_windows']} windows in them")
    words.append(f"{facts['missed']:,} of {facts['sent']:,} samples missed")
    for key, text in (
        ("damaged", "frames damaged"),
        ("damaged_here", "answers damaged"),
        ("resets", "resets"),
    ):
        if facts[key]:
            words.append(f"{facts[key]:,} {text}")
    return ", ".join(words)
