"""Which layer an ask means."""

from typing import Any

import numpy as np
from convert.int8_net import CONV, DENSE, DEPTHWISE, Int8Net, one_layer

from tinyq.convert.asks import Ask, Request
from tinyq.convert.survey import match_asks, survey
from tinyq.graph import Graph


def filter_(seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).choice((-1, 0, 1), (4, 3, 3, 4)) * 127).astype(np.int8)


def ask(weights: np.ndarray, layer: str = "asked", scheme: Any = "a8wt", depthwise: bool = False) -> Ask:
    return Ask(layer, "kernel", "Ternary", scheme, np.sign(weights).astype(np.int8), depthwise)


def chain(*filters: np.ndarray) -> Graph:
    net = Int8Net()
    for i, weights in enumerate(filters):
        net.layer(CONV, weights, f"layer_{i}")
    return net.graph()


def matched(graph: Graph, *asks: Ask) -> list[str]:
    _, layers, _ = survey(graph, Request(asks))
    return [layer.ask.layer if layer.ask else "" for layer in layers]


def test_content_decides_and_not_order() -> None:
    graph = chain(filter_(0), filter_(1), filter_(2))
    assert matched(graph, ask(filter_(2), "c"), ask(filter_(0), "a")) == ["a", "", "c"]


def test_duplicates_are_taken_in_graph_order() -> None:
    assert matched(chain(filter_(0), filter_(0)), ask(filter_(0), "a"), ask(filter_(0), "b")) == ["a", "b"]


def test_of_duplicates_a_namesake_is_taken_first() -> None:
    asks = (ask(filter_(0), "layer_2"), ask(filter_(0), "layer_0"))
    assert matched(chain(filter_(0), filter_(1), filter_(0)), *asks) == ["layer_0", "", "layer_2"]


def test_a_namesake_in_a_nested_model_is_found_by_its_path() -> None:
    net = Int8Net()
    for name in ("outer/conv", "inner/conv"):
        net.layer(CONV, filter_(0), name)
    asks = (ask(filter_(0), "inner/conv"), ask(filter_(0), "outer/conv"))
    assert matched(net.graph(), *asks) == ["outer/conv", "inner/conv"]


def test_a_layer_that_is_called_twice_is_one_ask_for_both() -> None:
    graph = chain(filter_(0), filter_(0), filter_(1))
    assert matched(graph, ask(filter_(0), "twice"), ask(filter_(1), "once")) == ["twice", "twice", "once"]


def test_an_exact_match_goes_before_a_filter_of_zeros() -> None:
    """A filter of zeros is any filter times a gain of zero: it must not take the ask of the next one."""
    zeros = np.zeros_like(filter_(0))
    assert matched(chain(zeros, filter_(0)), ask(filter_(0), "a")) == ["", "a"]
    assert matched(chain(zeros), ask(filter_(0), "a")) == ["a"]


def test_what_matches_nothing_goes_to_a_free_layer_of_its_shape_and_the_namesake_first() -> None:
    spoiled = filter_(0)
    spoiled[0, 0, 0] = (1, 2, 3, 4)
    graph = chain(spoiled, spoiled, filter_(1))
    assert matched(graph, ask(filter_(0), "layer_1"), ask(filter_(1), "b")) == ["", "layer_1", "b"]
    assert matched(graph, ask(filter_(0), "other"), ask(filter_(1), "b")) == ["other", "", "b"]


def test_an_ask_of_another_shape_is_left_over() -> None:
    _, layers, _ = survey(chain(filter_(0)), Request())
    gone = ask(np.ones((4, 3), np.int8), "gone")
    assert match_asks([gone], layers) == ({}, [gone])


def test_a_filter_is_found_in_another_operator_of_the_same_meaning() -> None:
    weights = (np.random.default_rng(3).choice((-1, 0, 1), (6, 40)) * 127).astype(np.int8)
    pointwise = ask(weights.reshape(6, 1, 1, 40), "pointwise")
    assert matched(one_layer(DENSE, weights), pointwise) == ["pointwise"]
    conv = (np.random.default_rng(4).choice((-1, 0, 1), (1, 3, 3, 4)) * 127).astype(np.int8)
    single = ask(np.moveaxis(conv, 3, 0).reshape(4, 3, 3, 1), "single")
    assert matched(one_layer(DEPTHWISE, conv), single) == ["single"]
