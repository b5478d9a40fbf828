"""Small models with the application `stream`, for tests of both sides."""

from pathlib import Path

import numpy as np
from deploy_nets import Net

from tinyq.core.reference.stream_chain import decisions, windows
from tinyq.core.stream_plan import StreamPlan
from tinyq.emit import emit_graph
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph
from tinyq.run import build
from tinyq.run.emitted import Emitted, read_emitted
from tinyq.run.stream import Answer

CHANNELS, WINDOW = 3, 16
SETTINGS = """rate_hz = 160
band_hz = [8, 30]
order = 2
notch_hz = 50
decimate = 2
hop = 4
smooth = 3
deviation = 2000
frame_samples = 7
"""


def signal_net() -> Graph:
    """int8 [1, 3, 16, 1] -> 4 scores."""
    net = Net(0)
    entry = net.input(1, CHANNELS, WINDOW, 1)
    return net.graph(net.dense(net.reshape(entry, 1, CHANNELS * WINDOW), 4))


def image_net() -> Graph:
    """int8 [1, 8, 8, 1] -> 4 scores."""
    net = Net(0)
    return net.graph(net.dense(net.reshape(net.input(1, 8, 8, 1), 1, 64), 4))


def emitted(folder: Path, board: str = "host", settings: str = SETTINGS, *, images: bool = False) -> Emitted:
    """A folder for that board."""
    where: Path | bool = True
    if not images:
        folder.mkdir(parents=True, exist_ok=True)
        where = folder / "settings.toml"
        where.write_text(settings)
    graph = image_net() if images else signal_net()
    return read_emitted(emit_graph(graph, "net", board, folder / "c", stream=where).folder)


def built(made: Emitted, **options: str) -> Path:
    return build(made.folder, "stream", {"TQ_WERROR": "ON", **options})


def plan_of(made: Emitted) -> StreamPlan:
    assert made.stream is not None
    return made.stream


def noise(count: int, seed: int = 0, channels: int = CHANNELS) -> np.ndarray:
    """[count, channels] int16: slow waves and noise, and now and then an extreme."""
    rng = np.random.default_rng(seed)
    walk = rng.normal(0, 300, (count, channels)).cumsum(axis=0) % 20000 - 10000
    samples = walk + rng.normal(0, 3000, (count, channels))
    samples[rng.random(count) < 0.01] = 40000
    return samples.clip(-32768, 32767).astype(np.int16)


def expected(graph: Graph, plan: StreamPlan, samples: np.ndarray, first: int = 0) -> list[tuple[int, ...]]:
    """(end, label, alone, score, windows) of each window, by NumPy."""
    inputs, ends = windows(plan, samples, first)
    if not len(inputs):
        return []
    interpreter = Interpreter(graph)
    shape = graph.tensors[graph.inputs[0]].shape[1:]
    outputs = interpreter.predict(inputs.reshape(len(inputs), *shape))[0].reshape(len(inputs), -1)
    return list(zip(*(x.tolist() for x in (ends, *decisions(plan, outputs))), strict=True))


def seen(answers: list[Answer]) -> list[tuple[int, ...]]:
    """The same of a board's answers."""
    return [(a.end, a.label, a.alone, a.score, a.windows) for a in answers]
