"""`make bench-training`: what training steps cost on this machine's CPU, into docs/training-speed.md.

Whatever is compared is timed in turns, step by step in one run, so that what else the machine does slows
both; ratios are medians over the pairs. `--only` measures some sections anew and keeps the others.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np

from tinyq.quantizers.larq_api import tf
from tinyq.training import build_model, load_recipe, make_callbacks, method_names
from tinyq.training.compile import choose_jit
from tinyq.training.fast_layers import use_fast_layers
from tinyq.training.losses import StageAccuracy, StageLoss
from tinyq.training.optimizers import make_optimizer
from tinyq.training.random_layers import seed_random_layers
from tinyq.training.temporal import dense_depthwise, toeplitz_convolution, wins

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = "larq-ste-tern"
IMAGE, CLASSES, BATCH = (32, 32, 3), 10, 128
EPOCH = 50_000 // BATCH  # steps
SHAPES = ((64, 480), (64, 240), (22, 1125), (8, 512))  # electrodes, samples

HEAD = """\
# Training speed

Written by `make bench-training`; {machine}. The two things that are compared were timed in turns, step by
step; a ratio is the median over the pairs. "CPU" is the same ratio of processor time, of all threads
together: other work on the machine hardly moves it.
"""


@dataclass(frozen=True)
class Section:
    """A part of the page: `measure(pairs)` yields its rows.

    Args:
        pairs: of steps that are timed in turns.
    """

    title: str
    text: str
    columns: tuple[str, ...]
    measure: Callable[[int], Iterator[str]]
    pairs: int = 0

    def head(self) -> str:
        """All above the rows, without the title's mark."""
        table = f"| {' | '.join(self.columns)} |\n|{'---|' * len(self.columns)}"
        return f"{self.title}\n\n{fill(self.text, 110)}\n\n{table}"


@dataclass(frozen=True)
class Pair:
    """Medians of two things timed in turns: milliseconds, and the second's part of the first's."""

    first: float
    second: float
    ratio: float
    cpu: float


def in_turns(first: Callable[[], Any], second: Callable[[], Any], pairs: int) -> Pair:
    """Each first in every other pair."""
    walls, cpus = ([], []), ([], [])
    for number in range(pairs):
        for which in (0, 1) if number % 2 else (1, 0):
            began, used = time.perf_counter(), time.process_time()
            (first, second)[which]()
            cpus[which].append(time.process_time() - used)
            walls[which].append(time.perf_counter() - began)
    middle = statistics.median
    ratios = [middle(b / a for a, b in zip(*times, strict=True)) for times in (walls, cpus)]
    return Pair(1e3 * middle(walls[0]), 1e3 * middle(walls[1]), *ratios)


class Step:
    """A training step as `tinyq train` compiles it, of random samples."""

    def __init__(
        self, model: tf.keras.Model, stage: Any, batch: int, classes: int, fast: bool = True
    ) -> None:
        random = np.random.default_rng(0)
        x = random.normal(size=(batch, *model.input_shape[1:])).astype(np.float32)
        y = np.eye(classes, dtype=np.float32)[random.integers(0, classes, batch)]
        self.model = model
        with use_fast_layers(model) if fast else nullcontext() as names:
            self.rewritten = names or ()
            seed_random_layers(model, (0, 0))
            model.compile(make_optimizer(stage, 10_000, model), StageLoss(classes), [StageAccuracy(classes)])
            self._run = model.make_train_function()
            self._data = iter(tf.data.Dataset.from_tensors((x, y)).repeat())
            for _ in range(2):
                self()

    def __call__(self) -> float:
        return float(self._run(self._data)["loss"])


def model_of(
    name: str, method: str, shape: tuple[int, ...], classes: int, **arguments: Any
) -> tuple[Any, Any]:
    """A model of the zoo for `method`, and its stage."""
    recipe = load_recipe(name)
    recipe = replace(recipe, model={**recipe.model, **arguments})
    stage = recipe.stage(method)
    model = build_model(recipe, stage, shape, classes)
    if stage.method.qat:
        from tinyq.training.qat import quantization_aware

        model = quantization_aware(model)
    return model, stage


def resnet_step(method: str) -> Step:
    return Step(*model_of("cifar10_resnet8", method, IMAGE, CLASSES), BATCH, CLASSES)


def methods(pairs: int) -> Iterator[str]:
    """Step time of every method; the reference itself last."""
    reference = resnet_step(REFERENCE)
    for method in sorted(method_names(), key=lambda name: (name == REFERENCE, name)):
        times = in_turns(reference, resnet_step(method), pairs)
        yield f"| {method} | {times.second:.0f} | {times.first:.0f} | {times.ratio:.2f} | {times.cpu:.2f} |"


def partitions(pairs: int) -> Iterator[str]:
    """Partition events of RPR against steps."""
    for method in ("rpr-binary", "rpr-ternary"):
        step = resnet_step(method)
        (callback,) = make_callbacks(load_recipe("cifar10_resnet8").stage(method), 0)
        callback.set_model(step.model)
        callback.set_params({"epochs": 2 * pairs})
        callback.on_train_begin()
        events, steps = [], []
        for epoch in range(2 * pairs):
            for times, call in ((events, partial(callback.on_epoch_begin, epoch)), (steps, step)):
                began = time.perf_counter()
                call()
                times.append(1e3 * (time.perf_counter() - began))
        one = statistics.median(steps)
        event, first = statistics.median(events[1:]), events[0]
        cells = (event, 100 * event / one / EPOCH, first, 100 * first / one / EPOCH)
        yield f"| {method} | {one:.0f} | " + " | ".join(f"{cell:.3g}" for cell in cells) + " |"


@contextmanager
def counted_traces() -> Iterator[list[int]]:
    """Counts every function that TensorFlow traces, whosesoever it is; no public name does that."""
    from tensorflow.python.framework import func_graph

    count, trace = [0], func_graph.func_graph_from_py_func

    def counting(*arguments: Any, **keywords: Any) -> Any:
        count[0] += 1
        return trace(*arguments, **keywords)

    func_graph.func_graph_from_py_func = counting
    try:
        yield count
    finally:
        func_graph.func_graph_from_py_func = trace


def traces(pairs: int) -> Iterator[str]:
    """Functions traced in the first of five epochs, and after it."""
    from tinyq.datasets import Dataset
    from tinyq.training.loop import fit

    random = np.random.default_rng(0)
    x, y = random.normal(size=(32, *IMAGE)).astype(np.float32), np.arange(32) % CLASSES
    names = tuple(str(number) for number in range(CLASSES))
    data = Dataset("random", x, y, x, y, names, "made up", "none")
    for method in method_names():
        model, stage = model_of("cifar10_resnet8", method, IMAGE, CLASSES)
        ends: list[int] = []
        with counted_traces() as count:
            note = tf.keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs, ends=ends, count=count: ends.append(count[0])
            )
            stage = replace(stage, epochs=5, batch=16)
            fit(model, data, stage, (0, 0), callbacks=[*make_callbacks(stage, 0), note])
        # Keras' own part of the end of the first epoch comes after the callbacks: the second epoch shows it.
        yield f"| {method} | {ends[0]} | {ends[-1] - ends[0]} |"


def eegnet(pairs: int) -> Iterator[str]:
    """Training steps of EEGNet, stock and rewritten."""
    for electrodes, samples in SHAPES:
        short = samples == 240
        classes, taps = (2, 32) if short else (4, 64)
        for batch in (16, 32, 64):
            for method in ("float", "ternary"):
                tf.keras.backend.clear_session()
                name, shape = "eeg_eegnet", (electrodes, samples, 1)
                steps = [
                    Step(*model_of(name, method, shape, classes, temporal_taps=taps), batch, classes, fast)
                    for fast in (True, False)
                ]
                times = in_turns(*steps, pairs)
                cells = (
                    *(
                        f"{electrodes} x {samples}",
                        batch,
                        method,
                        f"{times.second:.1f}",
                        f"{times.first:.1f}",
                    ),
                    *(f"{times.ratio:.2f}", f"{times.cpu:.2f}", ", ".join(steps[0].rewritten)),
                )
                yield f"| {' | '.join(map(str, cells))} |"


def single_layers(pairs: int) -> Iterator[str]:
    """Rewritten layers alone."""
    for taps, channels in ((8, 1), (16, 1), (24, 1), (32, 1), (64, 1), (128, 1), (64, 2), (64, 4), (64, 8)):
        x = tf.random.normal([16, 22, 512, channels])
        cells = []
        for filters in (4, 8, 12, 16):
            shape = (1, taps, channels, filters)
            fast = _layer(lambda x, k: toeplitz_convolution(x, k, "SAME"), x, shape, False)
            stock = _layer(lambda x, k: tf.nn.conv2d(x, k, 1, "SAME"), x, shape, False)
            cells.append(_cell(in_turns(fast, stock, pairs), wins("Conv2D", shape)))
        yield f"| {taps} x {channels} | {' | '.join(cells)} |"
    yield "\n| depthwise, electrodes | 4 channels x 2 | 8 x 1 | 8 x 2 | 16 x 2 |\n|---|---|---|---|---|"
    for height in (4, 8, 22, 64):
        cells = []
        for channels, multiplier in ((4, 2), (8, 1), (8, 2), (16, 2)):
            x = tf.random.normal([16, height, 512, channels])
            shape = (height, 1, channels, multiplier)
            stock = _layer(lambda x, k: tf.nn.depthwise_conv2d(x, k, [1] * 4, "VALID"), x, shape, True)
            fast = _layer(dense_depthwise, x, shape, True)
            cells.append(_cell(in_turns(fast, stock, pairs), wins("DepthwiseConv2D", shape)))
        yield f"| {height} | {' | '.join(cells)} |"


def _layer(
    operation: Callable[..., Any], x: tf.Tensor, shape: tuple[int, ...], inner: bool
) -> Callable[[], Any]:
    """Forward and backward pass; `inner`: with the gradient of the input."""
    kernel = tf.random.normal(shape)
    sources = [x, kernel] if inner else [kernel]

    @tf.function
    def run() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(sources)
            y = operation(x, kernel)
        return tape.gradient(y, sources, y)

    run()
    return run


def _cell(times: Pair, used: bool) -> str:
    return f"**{times.ratio:.2f}**" if used else f"{times.ratio:.2f}"


def jit(pairs: int) -> Iterator[str]:
    """The probe of `--jit-compile`."""
    for name, shape, classes in (
        ("eeg_eegnet", (64, 240, 1), 2),
        ("cifar10_resnet8", IMAGE, CLASSES),
        ("mnist_dense", (28, 28, 1), 10),
    ):
        model, stage = model_of(name, "ternary", shape, classes)
        with use_fast_layers(model):
            choice = choose_jit(model, tf.random.normal([stage.batch, *shape]), True, "CPU")
        yield f"| {name} | {choice.plain:.1f} | {choice.jit:.1f} | {'yes' if choice.use else 'no'} |"


SECTIONS = {
    "methods": Section(
        "Step time of every method, ResNet-8, batch 128",
        f"Against `{REFERENCE}`, itself in the last row: what the ratio moves by chance. Target: at most "
        "1.15. As `tinyq train` computes it, activation quantizers rewritten "
        "(tinyq/training/fast_layers.py).",
        ("method", "ms", "reference ms", "ratio", "CPU"),
        methods,
        20,
    ),
    "partitions": Section(
        "Partition events of RPR, ResNet-8",
        "An epoch is 390 steps of 128 samples. Target: an event takes at most 1 % of it. The first event of "
        "a training is compiled in it.",
        ("method", "step ms", "event ms", "% of an epoch", "first event ms", "% of an epoch"),
        partitions,
        5,
    ),
    "traces": Section(
        "Functions traced after the first epoch, ResNet-8",
        "In a training of five epochs, with all events of the method's schedule: of the step, of callbacks, "
        "of anything else. Target: none after the first epoch but Keras' own at its end, which the float net "
        "has too: 1.",
        ("method", "in epoch 1", "in epochs 2 to 5"),
        traces,
    ),
    "eegnet": Section(
        "Training step of EEGNet, with its first layers rewritten",
        "Four classes, 8 temporal filters of 64 taps (64 x 240: two classes, 32 taps), 16 spatial ones. "
        "Rewritten: as `tinyq train` computes it (tinyq/training/fast_layers.py), the same numbers within "
        "rounding. Target: at least 1.8 times as fast.",
        ("input", "batch", "method", "stock ms", "rewritten ms", "times as fast", "CPU", "rewritten layers"),
        eegnet,
        20,
    ),
    "layers": Section(
        "Single layers",
        "How many times as fast the rewriting is, forward and backward, 16 samples; bold where it is used "
        "(`wins` in tinyq/training/temporal.py). Convolution over time of 22 x 512 x channels, gradient of "
        "the kernel; depthwise convolution over all electrodes, x 512, gradients of input and kernel.",
        ("convolution, taps x channels", "4 filters", "8", "12", "16"),
        single_layers,
        11,
    ),
    "jit": Section(
        "The probe of `--jit-compile`",
        "Milliseconds of a forward and backward pass with XLA and without, ternary, batch as in the recipe; "
        "the same call decides in `tinyq train`.",
        ("model", "without", "with XLA", "used"),
        jit,
    ),
}


def write(path: Path, name: str, rows: list[str]) -> None:
    """Put a section in the place of the older one, in the order of SECTIONS."""
    old = path.read_text().split("\n## ")[1:] if path.exists() else []
    kept = {text.partition("\n")[0]: text for text in old}
    kept[SECTIONS[name].title] = "\n".join([SECTIONS[name].head(), *rows]) + "\n"
    machine = f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, TensorFlow {tf.__version__}"
    parts = [kept[section.title] for section in SECTIONS.values() if section.title in kept]
    path.write_text("\n## ".join([HEAD.format(machine=machine), *parts]))


def main() -> None:
    """Measure the sections and write each as soon as it is done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "training-speed.md")
    parser.add_argument("--only", nargs="*", default=list(SECTIONS), choices=list(SECTIONS))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in arguments.only:
        section = SECTIONS[name]
        print(f"\n## {section.head()}", flush=True)
        rows = []
        for row in section.measure(section.pairs):
            rows.append(row)
            print(row, flush=True)
        write(arguments.out, name, rows)


if __name__ == "__main__":
    main()
