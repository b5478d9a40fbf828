"""XLA (`jit_compile`) on a CPU only where it is faster: it has no tuned convolution for few channels."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np

from tinyq.core.errors import TrainError
from tinyq.core.files import write_whole
from tinyq.quantizers.larq_api import tf

CHOSEN = "jit_compile.json"  # beside the checkpoints of a stage
STEPS = 5  # timed of each form, in turns, after one that compiles


@dataclass(frozen=True)
class JitChoice:
    """What to give to `model.compile(jit_compile=...)`.

    Args:
        use: whether XLA is worth it.
        word: why not; "" where it is used or was not wanted.
        plain, jit: milliseconds of a forward and backward pass; 0 where nothing was measured.
    """

    use: bool
    word: str = ""
    plain: float = 0.0
    jit: float = 0.0


def remembered_jit(
    model: tf.keras.Model, shape: tuple[int, ...], wanted: bool, folder: Path | None
) -> JitChoice:
    """As `choose_jit`, with random numbers of `shape`; what was chosen first for a stage stays chosen.

    Args:
        folder: of the stage's checkpoints, where the choice is kept; None: it is not.

    Raises:
        TrainError: what was chosen cannot be read.
    """
    told = None if folder is None else folder / CHOSEN
    if wanted and told is not None and told.exists():
        try:
            return JitChoice(**json.loads(told.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise TrainError(
                str(told),
                f"cannot be read: {error}",
                "what tinyq train wrote",
                "remove its folder: the stage starts anew",
            ) from error
    batch = np.random.default_rng(0).standard_normal(shape if wanted else (0,), np.float32)
    choice = choose_jit(model, tf.constant(batch), wanted)
    if choice.plain and told is not None:
        told.parent.mkdir(parents=True, exist_ok=True)
        write_whole(told, json.dumps(asdict(choice)) + "\n")
    return choice


def choose_jit(model: tf.keras.Model, batch: tf.Tensor, wanted: bool, device: str | None = None) -> JitChoice:
    """Time a few passes with XLA and without; refuse it where it is not faster.

    The choice depends on the clock, and XLA rounds otherwise than TensorFlow: a training that is to be
    resumed bit for bit has to remember it (`remembered_jit`). The model's variables and dropout's generators
    stay as they are. Several replicas are refused untimed: the sum over them is none of XLA's.

    Args:
        model: built; enter `use_fast_layers` before, so that what is timed is what is trained.
        batch: the model's input, as large as in training.
        wanted: False: the answer is False, and nothing is timed.
        device: "CPU" or "GPU"; None: "GPU" where TensorFlow sees one. On a GPU a wish is granted untimed.

    Returns:
        The choice, and the word for the user where a wish is refused.

    Example:
        >>> net = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(2)])
        >>> choose_jit(net, tf.zeros([8, 4]), wanted=False)
        JitChoice(use=False, word='', plain=0.0, jit=0.0)
    """
    if not wanted:
        return JitChoice(False)
    replicas = model.distribute_strategy.num_replicas_in_sync
    if replicas > 1:
        return JitChoice(False, f"jit_compile refused: {replicas} replicas")
    if device == "GPU" or (device is None and tf.config.list_logical_devices("GPU")):
        return JitChoice(True)
    passes = {jit: _pass(model, batch, jit) for jit in (False, True)}
    with _unchanged(model):
        try:
            times = _times(passes)
        except (tf.errors.OpError, ValueError) as error:
            reason = str(error).strip().splitlines() or [type(error).__name__]
            return JitChoice(
                False, f"jit_compile refused: XLA cannot compile {model.name}: {reason[0][:200]}"
            )
    plain, jit = times[False], times[True]
    if jit < plain:
        return JitChoice(True, "", plain, jit)
    word = f"jit_compile refused: {jit:.3g} ms a pass with XLA, {plain:.3g} ms without, on this CPU"
    return JitChoice(False, word, plain, jit)


def _pass(model: tf.keras.Model, batch: tf.Tensor, jit: bool) -> Callable[[], tf.Tensor]:
    """Forward and backward; of any loss, as they all cost next to nothing."""
    variables = model.trainable_variables

    @tf.function(jit_compile=jit)
    def run() -> tf.Tensor:
        with tf.GradientTape() as tape:
            outputs = tf.nest.flatten(model(batch, training=True))
            loss = tf.add_n([tf.reduce_mean(tf.cast(y, tf.float32) ** 2) for y in outputs])
        gradients = tape.gradient(loss, variables)
        return tf.add_n([tf.reduce_sum(tf.cast(g, tf.float32)) for g in gradients if g is not None])

    return run


def _times(passes: dict[bool, Callable[[], tf.Tensor]]) -> dict[bool, float]:
    """Median milliseconds; in turns, so that what else the machine does slows both."""
    for run in passes.values():
        run().numpy()
    taken: dict[bool, list[float]] = {name: [] for name in passes}
    for _ in range(STEPS):
        for name, run in passes.items():
            began = time.perf_counter()
            run().numpy()
            taken[name].append(1e3 * (time.perf_counter() - began))
    return {name: median(each) for name, each in taken.items()}


@contextmanager
def _unchanged(model: tf.keras.Model) -> Iterator[None]:
    """What a pass changes is put back: moving averages, states of random generators."""
    variables = {id(v): v for v in model.variables}
    for layer in model._flatten_layers():
        generator = getattr(getattr(layer, "_random_generator", None), "_generator", None)
        if generator is not None:
            variables[id(generator.state)] = generator.state
    before = [(variable, tf.identity(variable)) for variable in variables.values()]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)
