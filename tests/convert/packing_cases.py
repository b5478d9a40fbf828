"""Int8 graphs to pack, what is asked of them, and the proof that their integers stay."""

from __future__ import annotations

from typing import Any

import numpy as np
from convert.int8_net import CONV, DEPTHWISE, Int8Net, along_channels, random_inputs

from tinyq.convert.asks import Ask, Pattern, Request
from tinyq.convert.filters import rows_of
from tinyq.core.spec import QuantSpec
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph, parse, serialize

NOTHING = Request()
TERNARY, BINARY = (-1, 0, 1), (-1, 1)


def wish(*texts: str) -> Request:
    return Request(patterns=tuple(Pattern.parse(text) for text in texts))


def ask(kind: str, weights: np.ndarray, scheme: Any = "a8wt", layer: str = "one", **how: Any) -> Ask:
    weight = "depthwise_kernel" if kind == DEPTHWISE else "kernel"
    codes = np.sign(weights).astype(np.int8)
    return Ask(layer, weight, "Ternary", scheme, codes, depthwise=kind == DEPTHWISE, **how)


def same_integers(before: Graph, after: Graph) -> None:
    first, second = Interpreter(before), Interpreter(parse(serialize(after), "packed"))
    for sample in random_inputs(before, 5):
        np.testing.assert_array_equal(first.run(sample)[0], second.run(sample)[0])


def two_layers(first: np.ndarray, second: np.ndarray, shared: bool = False) -> Graph:
    net = Int8Net(8)
    index = net.layer(CONV, first, "first")
    net.layer(CONV, second, "second", filter_index=index if shared else -1)
    return net.graph()


def square(seed: int, values: tuple[int, ...] = TERNARY) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.choice(values, (4, 3, 3, 4)) * 127).astype(np.int8)


def rounded(rng: np.random.Generator, kind: str, levels: int, shape: tuple[int, ...]) -> np.ndarray:
    """Codes of a QuantSpec as TFLite's converter stores them: 127 for the largest of a channel, rounded."""
    codes = rng.choice(QuantSpec(levels).codes, shape)
    most = np.maximum(np.abs(rows_of(codes, kind == DEPTHWISE)).max(axis=1), 1)
    return np.rint(codes * 127 / along_channels(most, kind)).astype(np.int8)
