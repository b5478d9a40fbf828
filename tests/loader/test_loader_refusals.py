"""What the C loader refuses: what tinyq/graph/lowering.py refuses, with a sentence; and nothing else."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from c_loader import CLoader, options_of
from changed_graphs import with_options, with_tensor
from custom_cases import CASES, inputs_of, refusal
from flatbuffers import flexbuffers
from graph.test_lower_lce import BROKEN
from graph.test_lowering_bits import LIES
from hypothesis import given
from operator_graph import quantization
from test_loader import CUSTOM, SEEDS, check_equal, examples

from tinyq.graph.ir import ABSENT, Graph

Rng = np.random.Generator
NUMBERS = [0, 1, 2, 3, 4, 7, 32, 33, 256, -1, 2**24, 2**31 - 1, -(2**31)]
NAMES = {
    "padding": ["SAME", "VALID"],
    "fused_activation_function": ["NONE", "RELU", "RELU6", "TANH", "SIGN_BIT"],
    "scheme": ["a8wt", "a8w1", "a8w2", "a8w3", "a8w4", "a8w5"],
}


def other_option(graph: Graph, rng: Rng) -> Graph:
    options = {k: v for k, v in graph.operators[0].options.items() if not isinstance(v, bool)}
    if not options:
        return graph
    name = str(rng.choice(list(options)))
    value = rng.choice(NAMES[name]) if name in NAMES else rng.choice(NUMBERS)
    return with_options(graph, **{name: str(value) if name in NAMES else int(value)})


def other_inputs(graph: Graph, rng: Rng) -> Graph:
    (operator,) = graph.operators
    inputs, place = list(operator.inputs), int(rng.integers(len(operator.inputs)))
    inputs[place:] = [] if rng.random() < 0.3 else [ABSENT, *inputs[place + 1 :]]
    return replace(graph, operators=(replace(operator, inputs=tuple(inputs)),))


def other_shape(graph: Graph, index: int, rng: Rng) -> Graph:
    """One size, or one axis, more or less; a constant's data with it."""
    tensor = graph.tensors[index]
    if tensor.data is not None:
        data = tensor.data[:-1] if tensor.data.ndim and rng.random() < 0.5 else tensor.data.reshape(-1)
        return with_tensor(graph, index, data=data, shape=data.shape) if data.size else graph
    shape = list(tensor.shape)
    what = rng.integers(3)
    if what == 0 or not shape:
        return with_tensor(graph, index, shape=(1, *shape))
    if what == 1:
        return with_tensor(graph, index, shape=tuple(shape[1:]))
    shape[rng.integers(len(shape))] += int(rng.choice([-1, 1]))
    return with_tensor(graph, index, shape=tuple(shape))


def other_scale(graph: Graph, index: int, rng: Rng) -> Graph:
    if rng.random() < 0.2:
        return with_tensor(graph, index, quantization=None)
    scale = float(rng.choice([0.0, -1.0, np.inf, np.nan, 1e-30, 1e30, 3e38, 0.5]))
    scales = [scale] * int(rng.choice([1, 1, 1, 2]))
    points = [int(rng.choice([0, 0, 1, 128, -129]))] * len(scales)
    return with_tensor(graph, index, quantization=quantization(scales, points))


def other_data(graph: Graph, index: int, rng: Rng) -> Graph:
    data = graph.tensors[index].data.copy()
    if data.dtype == np.float32:
        value = rng.choice(np.array([np.nan, np.inf, -np.inf, 0, -1, 3e38, 1e30], np.float32))
    else:
        info = np.iinfo(data.dtype)
        value = rng.choice(np.array([info.min, info.max, 0, 1, int(rng.integers(info.min, info.max))]))
    data.reshape(-1)[rng.integers(data.size)] = value
    return with_tensor(graph, index, data=data)


def other_type(graph: Graph, index: int, rng: Rng) -> Graph:
    dtype = str(rng.choice(["int8", "uint8", "int32", "int64", "float32", "bool"]))
    data = graph.tensors[index].data
    return with_tensor(graph, index, dtype=dtype, data=None if data is None else data.astype(dtype))


def changed(graph: Graph, rng: Rng) -> Graph:
    """One random change of an option, the list of inputs, or a tensor."""
    (operator,) = graph.operators
    what = rng.integers(8)
    if what < 3:
        return other_option(graph, rng)
    if what == 3:
        return other_inputs(graph, rng)
    index = int(rng.choice([i for i in (*operator.inputs, *operator.outputs) if i != ABSENT]))
    constant = graph.tensors[index].data is not None
    if what == 4:
        return other_shape(graph, index, rng)
    if what == 5:
        return other_scale(graph, index, rng)
    if what == 6 and constant:
        return other_data(graph, index, rng)
    if constant and rng.random() < 0.3:
        return with_tensor(graph, index, data=None)
    return other_type(graph, index, rng)


def check_sentence(graph: Graph, text: str) -> None:
    (operator,) = graph.operators
    name = re.escape(graph.tensors[operator.outputs[0]].name)
    assert re.match(rf"operator 0 {operator.kind} '{name}': \S", text), text


@pytest.mark.parametrize("kind", CUSTOM)
@given(seed=SEEDS)
@examples(60)
def test_what_lowering_refuses_the_loader_refuses_and_nothing_else(c_loader, kind, seed) -> None:
    rng = np.random.default_rng(seed)
    graph = CASES[kind](rng)
    for _ in range(5):
        one = changed(graph, rng)
        refused, loaded = refusal(one), c_loader.load(one)
        assert bool(refused) == (loaded.status != "OK"), f"lowering: {refused!r}\nloader: {loaded.text!r}"
        if loaded.status == "OK":
            check_equal(c_loader, one, inputs_of(one, rng))
        else:
            check_sentence(one, loaded.text)


@pytest.mark.parametrize(
    ("make", "change"),
    [
        *((make, change) for _, make, change, _ in LIES),
        *((lambda g=g: g, change) for _, g, change, _ in BROKEN),
    ],
    ids=[*(f"packed: {lie[0]}" for lie in LIES), *(f"LCE: {broken[0]}" for broken in BROKEN)],
)
def test_the_lies_that_lowering_knows_are_refused_by_name(c_loader, make, change) -> None:
    assert c_loader.load(make()).status == "OK"
    graph = change(make())
    assert refusal(graph)
    loaded = c_loader.load(graph)
    assert loaded.status not in ("OK", "NO_MEMORY", "UNKNOWN_OPERATOR")
    check_sentence(graph, loaded.text)


def named(kind: str, seed: int = 1, *arguments: Any) -> Callable[[], Graph]:
    return lambda: CASES[kind](np.random.default_rng(seed), *arguments)


def put(position: int, at: Any, value: int) -> Callable[[Graph], Graph]:
    def change(graph: Graph) -> Graph:
        index = graph.operators[0].inputs[position]
        data = np.asarray(graph.tensors[index].data).copy()
        data[at] = value
        return with_tensor(graph, index, data=data)

    return change


def cut(position: int) -> Callable[[Graph], Graph]:
    def change(graph: Graph) -> Graph:
        index = graph.operators[0].inputs[position]
        data = np.asarray(graph.tensors[index].data)[..., :-1]
        return with_tensor(graph, index, data=data, shape=data.shape)

    return change


def option(**changes: Any) -> Callable[[Graph], Graph]:
    return lambda graph: with_options(graph, **changes)


SENTENCES = [
    (
        "TqBitConv2D",
        (4,),
        option(x_levels=5),
        "BAD_OPTION",
        "option x_levels is 5, allowed are 2, 3, 4, 8, 16 and 256",
    ),
    (
        "TqBitConv2D",
        ("int8",),
        option(out_levels=2),
        "BAD_OPTION",
        r"option out_levels is 2, but output '.*' \[.*\] is int8",
    ),
    (
        "TqBitConv2D",
        (4,),
        cut(1),
        "BAD_TENSOR",
        r"packed weights 'constant_\d+' \[.*\] have not 4 axes, the last of \d+ words: ",
    ),
    (
        "TqBitConv2D",
        (4,),
        put(2, (0, 0), 2**31 - 1),
        "BAD_WEIGHTS",
        r"thresholds 'constant_\d+' \[.*\] hold 2147483647, allowed is -\d+ to \d+",
    ),
    (
        "TqBitFullyConnected",
        (4,),
        put(2, (0, 0), 2**31 - 1),
        "BAD_WEIGHTS",
        r"thresholds .* hold 2147483647, allowed is -\d+ to \d+",
    ),
    (
        "TqBitFullyConnected",
        (2,),
        put(1, (0, -1), -1),
        "BAD_WEIGHTS",
        r"packed weights .* hold a bit behind the \d+ channels, or a 0 with a sign",
    ),
    (
        "TqBitDepthwiseConv2D",
        (2,),
        option(pad_code=300),
        "BAD_OPTION",
        r"option pad_code is 300, which is no code of \d+ levels",
    ),
    (
        "TqBitDepthwiseConv2D",
        (2,),
        option(filter_width=9),
        "BAD_OPTION",
        r"filter_height \d, filter_width 9, but packed weights 'constant_\d+' \[.*\]",
    ),
    (
        "TqQuantize",
        (),
        option(channels=2**31 - 1),
        "BAD_OPTION",
        r"input 'input_0' \[.*\] has not the 2147483647 channels of its options",
    ),
    (
        "TqBitMaxPool2D",
        (),
        option(filter_height=0),
        "BAD_OPTION",
        r"option filter_height is 0, allowed is 1 to 2147483647",
    ),
    ("TqBitConcatenation", (), put(-1, 0, 0), "BAD_WEIGHTS", r"channels 'constant_\d+' \[\d+\] hold 0"),
    (
        "TqDequantize",
        (),
        option(channels=10**6),
        "BAD_TENSOR",
        r"input 'x0' \[.*\] has not a last axis of \d+ words: 1000000 channels, \d+ levels",
    ),
    (
        "TqConv2D",
        ("a8wt",),
        put(4, 0, -1),
        "BAD_SCALE",
        r"scales 'scales' \[\d\]: one is 0, below 0, or not finite",
    ),
    (
        "TqFullyConnected",
        ("a8w1",),
        cut(4),
        "BAD_TENSOR",
        r"scales 'scales' \[\d+\] have not the shape \[1\] or",
    ),
    ("TqTransposeConv", (), option(channels_in=77), "BAD_OPTION", r"\d input channels, channels_in 77"),
    (
        "LceBconv2d",
        (),
        option(channels_in=10**6),
        "BAD_TENSOR",
        r"input 'x' \[.*\] has not a last axis of 31250 words: channels_in is 1000000",
    ),
    (
        "LceBMaxPool2d",
        (),
        option(stride_width=-1),
        "BAD_OPTION",
        r"option stride_width is -1, allowed is 1 to 2147483647",
    ),
]


@pytest.mark.parametrize(("kind", "arguments", "change", "status", "sentence"), SENTENCES)
def test_a_refusal_says_what_was_got_and_what_is_allowed(
    c_loader, kind, arguments, change, status, sentence
) -> None:
    graph = change(named(kind, 1, *arguments)())
    loaded = c_loader.load(graph)
    assert loaded.status == status, loaded.text
    assert re.search(sentence, loaded.text), loaded.text
    check_sentence(graph, loaded.text)


@pytest.mark.parametrize("kind", CUSTOM)
def test_an_option_too_few_and_one_too_many_are_refused(c_loader: CLoader, kind: str) -> None:
    graph = named(kind)()
    data = options_of(graph.operators[0])
    values = flexbuffers.Loads(data) if data else {}
    given = c_loader.load(graph, options=bytes(flexbuffers.Dumps({**values, "more": 1})))
    assert given.status == "BAD_OPTIONS" and "options instead of" in given.text
    for name in values:
        fewer = {key: value for key, value in values.items() if key != name}
        loaded = c_loader.load(graph, options=bytes(flexbuffers.Dumps(fewer)))
        assert loaded.status == "BAD_OPTIONS", name
        assert re.search(rf"option {name} is missing|\d+ options instead of \d+", loaded.text)
    if values:
        assert c_loader.load(graph, options=b"").status == "BAD_OPTIONS"


@pytest.mark.parametrize("kind", ["LceQuantize", "LceDequantize"])
def test_operators_without_options_take_no_bytes_and_an_empty_map(c_loader: CLoader, kind: str) -> None:
    graph = named(kind)()
    assert c_loader.load(graph, options=b"").status == "OK"
    assert c_loader.load(graph, options=bytes(flexbuffers.Dumps({}))).status == "OK"
    assert c_loader.load(graph, options=b"\1\2\3\4").status == "BAD_OPTIONS"
