"""`make bench-runtime`: time per inference beside Larq Compute Engine's interpreter, into docs/runtime.md.

All that is compared runs the same file, on one thread, in turns, round by round of one run, so that what else
the machine does slows all of them; ratios are medians over the rounds. Outputs are compared in the same run.
"""

from __future__ import annotations

import argparse
import platform
import statistics
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

from larq_nets import binary_conv, image, layers, lce_file, norm, quicknet_small, randomized, tf  # noqa: E402

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


def litert(model: bytes, x: np.ndarray, folder: Path) -> Timed:
    interpreter = Interpreter(model_content=model, num_threads=1)
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
    Runtime("tinyq, LiteRT", litert),
)


def convolutions(size: int, channels: int) -> Any:
    """Four binary 3x3 convolutions in a row."""
    source = x = image(size, channels)
    for _ in range(4):
        x = norm(binary_conv(x, channels, pad_values=1.0))
    return tf.keras.Model(source, layers.Activation("linear")(x))


def models(names: list[str]) -> dict[str, Callable[[], Any]]:
    known: dict[str, Callable[[], Any]] = {"QuickNet-small, 224x224": quicknet_small}
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
    cells = [title] + [f"{statistics.median(found) * 1e3:.2f} ms" for found in times]
    for ours in times[2:]:
        cells += [
            f"{statistics.median(a / b for a, b in zip(theirs, ours, strict=True)):.2f}"
            for theirs in times[:2]
        ]
    return f"| {' | '.join(cells)} |"


def processor() -> str:
    found = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return found[0].split(":")[1].strip() if found else platform.machine()


HEADER = """# Time per inference beside Larq Compute Engine

Written by `make bench-runtime`; {machine}, one thread. Medians of {rounds} rounds; in each round every
runtime computed the same file on the same input once, in turns, after a round that does not count. A ratio is
LCE's time by tinyq's, the median over the rounds: above 1, tinyq is faster. Weights are random. Files are
those that LCE's own converter writes; outputs agree in the same run.

- LCE: the interpreter of larq-compute-engine 0.16, its default kernels and its indirect ones.
- tinyq, C: what `tinyq emit` writes, built for this computer with its own flags: -O2, no vector extensions
  beyond the processor family's base.
- tinyq, LiteRT: `tinyq.run.litert.Interpreter`. LCE's operators are computed by tinyq's library, the built-in
  ones by LiteRT's reference kernels, which give the same integers everywhere, and are slow.

| model | {titles} | C: default / | C: indirect / | LiteRT: default / | LiteRT: indirect / |
|---|---|---|---|---|---|---|---|---|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "runtime.md")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", nargs="*", default=[], help="models whose names hold one of these words")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = []
    for title, make in models(arguments.only).items():
        net = randomized(make(), 0)
        model = lce_file(net)
        x = np.random.default_rng(1).normal(size=(1, *net.input_shape[1:])).astype(np.float32)
        lines.append(line_of(title, times_of(model, x, arguments.rounds, title)))
    titles = " | ".join(runtime.title for runtime in RUNTIMES)
    text = (
        HEADER.format(machine=processor(), rounds=arguments.rounds, titles=titles) + "\n".join(lines) + "\n"
    )
    arguments.out.write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
