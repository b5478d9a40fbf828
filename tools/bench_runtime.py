"""`make bench-runtime`: time per inference beside Larq Compute Engine and XNNPACK, into docs/runtime.md.

What is compared runs on one thread, in turns, round by round of one run, so that what else the machine does
slows all of it. The first table runs the same files everywhere, and compares outputs in the same run;
times are the least of the rounds, because a busy machine makes long runs longer more often than short ones.
The second one (runtime_layers.py) is of layers alone.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from tinyq.emit import emit
from tinyq.run import run
from tinyq.run.litert import Interpreter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # the networks that the tests have, too

from larq_nets import (  # noqa: E402
    binary_conv,
    binary_densenet28,
    birealnet18,
    image,
    layers,
    lce_file,
    norm,
    quicknet_small,
    randomized,
    tf,
)
from runtime_layers import section  # noqa: E402

SHAPES = ((56, 64), (28, 128), (14, 256), (7, 512))
CLOSE = 1e-3  # of the largest output: float32 sums in another order
Timed = Callable[[], tuple[float, np.ndarray]]  # one inference: seconds, output


@dataclass(frozen=True)
class Runtime:
    """`open` makes a model and an input ready to be timed."""

    title: str
    open: Callable[[bytes, np.ndarray, Path], Timed]


def lce(**flags: bool) -> Callable[[bytes, np.ndarray, Path], Timed]:
    def open_(model: bytes, x: np.ndarray, folder: Path) -> Timed:
        from larq_compute_engine.tflite.python.interpreter_wrapper_lite import LiteInterpreter

        interpreter = LiteInterpreter(model, 1, False, flags.get("indirect", False), False)

        def once() -> tuple[float, np.ndarray]:
            started = time.perf_counter()
            (y,) = interpreter.predict([x])
            return time.perf_counter() - started, np.asarray(y)

        return once

    return open_


def litert(exact: bool) -> Callable[[bytes, np.ndarray, Path], Timed]:
    def open_(model: bytes, x: np.ndarray, folder: Path) -> Timed:
        interpreter = Interpreter(model_content=model, num_threads=1, exact=exact)
        interpreter.allocate_tensors()
        source, made = (
            d[0]["index"] for d in (interpreter.get_input_details(), interpreter.get_output_details())
        )

        def once() -> tuple[float, np.ndarray]:
            started = time.perf_counter()
            interpreter.set_tensor(source, x)
            interpreter.invoke()
            y = interpreter.get_tensor(made)
            return time.perf_counter() - started, y

        return once

    return open_


def emitted(model: bytes, x: np.ndarray, folder: Path) -> Timed:
    (folder / "model.tflite").write_bytes(model)
    emit(folder / "model.tflite", "host", folder / "c")
    samples = np.concatenate([x, x])

    def once() -> tuple[float, np.ndarray]:
        result = run(folder / "c", samples)
        return float(result.ticks[-1]) / result.board.ticks_hz, result.outputs[0][-1:]

    return once


RUNTIMES = (
    Runtime("LCE, default", lce()),
    Runtime("LCE, indirect", lce(indirect=True)),
    Runtime("tinyq, C", emitted),
    Runtime("tinyq, LiteRT exact", litert(exact=True)),
    Runtime("tinyq, LiteRT", litert(exact=False)),
)


def convolutions(size: int, channels: int) -> Any:
    """Four binary 3x3 convolutions in a row."""
    source = x = image(size, channels)
    for _ in range(4):
        x = norm(binary_conv(x, channels, pad_values=1.0))
    return tf.keras.Model(source, layers.Activation("linear")(x))


def models(names: list[str]) -> dict[str, Callable[[], Any]]:
    known: dict[str, Callable[[], Any]] = {
        "QuickNet-small, 224x224": quicknet_small,
        "Bi-RealNet-18, 224x224": birealnet18,
        "BinaryDenseNet-28, 224x224": binary_densenet28,
    }
    for size, channels in SHAPES:
        title = f"four 3x3, {size}x{size}x{channels}"
        known[title] = lambda size=size, channels=channels: convolutions(size, channels)
    return {title: make for title, make in known.items() if not names or any(n in title for n in names)}


def times_of(model: bytes, x: np.ndarray, rounds: int, title: str) -> list[list[float]]:
    """Seconds [runtime][round]; the first round, in which each output is compared, does not count."""
    times: list[list[float]] = [[] for _ in RUNTIMES]
    with tempfile.TemporaryDirectory() as name:
        calls = [runtime.open(model, x, Path(name)) for runtime in RUNTIMES]
        outputs = [call()[1] for call in calls]
        for runtime, y in zip(RUNTIMES, outputs, strict=True):
            apart = np.abs(y.reshape(-1) - outputs[0].reshape(-1)).max()
            if not apart <= CLOSE * np.abs(outputs[0]).max():
                raise SystemExit(f"{title}: {runtime.title} differs from LCE by {apart:g}")
        for _ in track(range(rounds), title):
            for call, found in zip(calls, times, strict=True):
                found.append(call()[0])
    return times


def line_of(title: str, times: list[list[float]]) -> str:
    least = [min(found) for found in times]
    cells = [title] + [f"{seconds * 1e3:.2f} ms" for seconds in least]
    cells += [f"{theirs / ours:.2f}" for ours in least[2:] for theirs in least[:2]]
    return f"| {' | '.join(cells)} |"


def processor() -> str:
    """Its name, and the family and model that tell one generation of that name from another."""
    lines = Path("/proc/cpuinfo").read_text().partition("\n\n")[0].splitlines()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    if "model name" not in facts:
        return platform.machine()
    return f"{facts['model name']} (family {facts.get('cpu family')}, model {facts.get('model')})"


HEADER = """# Time per inference beside Larq Compute Engine and XNNPACK

Written by `make bench-runtime`; {machine}, one thread. The least of {rounds} rounds; in each round every
runtime computed the same file on the same input once, in turns, after a round that does not count. A ratio is
LCE's time by tinyq's: above 1, tinyq is faster. Weights are random. Files are those that LCE's own
converter writes; outputs agree in the same run. Load average while it ran: {load}.

- LCE: the interpreter of larq-compute-engine 0.16, its default kernels and its indirect ones.
- tinyq, C: what `tinyq emit` writes, built for this computer with its own flags; vector instructions are
  chosen when a layer runs.
- tinyq, LiteRT exact: `tinyq.run.litert.Interpreter`. LCE's operators are computed by tinyq's library, the
  built-in ones by LiteRT's reference kernels, which give the same integers everywhere, and are slow.
- tinyq, LiteRT: the same with `exact=False`: the built-in operators by LiteRT's fastest kernels (XNNPACK).

| model | {titles} | {ratios} |
|{rule}
"""
OURS = ("C", "LiteRT exact", "LiteRT")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "runtime.md")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", nargs="*", default=[], help="models whose names hold one of these words")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    lines, before = [], os.getloadavg()[0]
    for title, make in models(arguments.only).items():
        net = randomized(make(), 0)
        model = lce_file(net)
        x = np.random.default_rng(1).normal(size=(1, *net.input_shape[1:])).astype(np.float32)
        lines.append(line_of(title, times_of(model, x, arguments.rounds, title)))
    load = f"{before:.1f} to {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs"
    ratios = [f"{ours}: {theirs} /" for ours in OURS for theirs in ("default", "indirect")]
    heading = HEADER.format(
        machine=processor(),
        rounds=arguments.rounds,
        load=load,
        titles=" | ".join(runtime.title for runtime in RUNTIMES),
        ratios=" | ".join(ratios),
        rule="---|" * (1 + len(RUNTIMES) + len(ratios)),
    )
    text = heading + "\n".join(lines) + "\n" + section(SHAPES, 10 * arguments.rounds)
    arguments.out.write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
