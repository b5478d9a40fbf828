"""Operator options: the schema's tables and our FlexBuffer maps."""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flatbuffers import flexbuffers
from graph.graph_builders import sample_options, small

from tinyq.core.errors import GraphError
from tinyq.graph import Graph, Operator, parse, serialize
from tinyq.graph.operators import KINDS
from tinyq.graph.options import read_flex, write_flex, write_values

CUSTOM = [name for name, kind in KINDS.items() if kind.custom]


def with_options(index: int, options: dict[str, Any]) -> Graph:
    operators = list(small().operators)
    operators[index] = replace(operators[index], options=options)
    return replace(small(), operators=tuple(operators))


@pytest.mark.parametrize("kind", CUSTOM)
def test_custom_options_survive_the_flexbuffer(kind: str) -> None:
    options = sample_options(kind)
    assert read_flex(kind, write_flex(write_values(kind, options, "op")), "op") == options


def test_flexbuffer_holds_the_schemas_integers_and_the_scheme() -> None:
    options = {**sample_options("TqFullyConnected"), "fused_activation_function": "RELU6"}
    stored = flexbuffers.Loads(write_flex(write_values("TqFullyConnected", options, "op")))
    assert stored == {
        "abi": 1,
        "channels_in": 3,
        "fused_activation_function": 3,
        "keep_num_dims": 1,
        "scheme": "a8w1",
    }


@pytest.mark.parametrize("kind", CUSTOM)
def test_each_custom_option_must_be_there_and_no_other(kind: str) -> None:
    options = sample_options(kind)
    for name in options:
        short = {key: value for key, value in options.items() if key != name}
        with pytest.raises(GraphError, match=rf"missing \['{name}'\]"):
            write_values(kind, short, "op")
        stored = write_values(kind, options, "op")
        del stored[name]
        with pytest.raises(GraphError, match=rf"missing \['{name}'\]"):
            read_flex(kind, write_flex(stored), "op")
    with pytest.raises(GraphError, match=r"unknown \['unheard'\]"):
        write_values(kind, {**options, "unheard": 1}, "op")
    with pytest.raises(GraphError, match=r"unknown \['unheard'\]"):
        read_flex(kind, write_flex({**write_values(kind, options, "op"), "unheard": 1}), "op")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("abi", 2),
        ("abi", "1"),
        ("scheme", "a8w8"),
        ("scheme", 1),
        ("padding", 2),
        ("padding", "SAME"),
        ("stride_h", 2**31),
        ("stride_h", -(2**31) - 1),
        ("stride_h", "two"),
        ("fused_activation_function", -1),
    ],
)
def test_custom_option_out_of_range_is_refused_when_read(name: str, value: object) -> None:
    stored = {**write_values("TqConv2D", sample_options("TqConv2D"), "op"), name: value}
    with pytest.raises(GraphError, match=f"op: {name}"):
        read_flex("TqConv2D", write_flex(stored), "op")


@pytest.mark.parametrize(
    ("index", "options", "message"),
    [
        (2, {"fused_activation_function": 1}, "operator 2 FULLY_CONNECTED .*fused_activation_function 1"),
        (2, {"fused_activation_function": "GELU"}, "GELU"),
        (2, {"fused_activation_function": ["RELU"]}, "RELU"),
        (2, {"keep_num_dims": 2}, "keep_num_dims is 2"),
        (2, {"stride": 2}, r"unknown \['stride'\]"),
        (3, {"beta": float("nan")}, "beta is nan"),
        (3, {"beta": 1e39}, "beta is 1e\\+39"),
        (3, {"beta": "1"}, "beta is '1'"),
        (1, {"new_shape": (1, 2**31)}, "new_shape is 2147483648"),
        (1, {"new_shape": (1, 2.5)}, "new_shape is 2.5"),
    ],
)
def test_wrong_option_is_refused_when_written(index: int, options: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        serialize(with_options(index, options))


def test_numpy_numbers_are_options_too() -> None:
    graph = with_options(1, {"new_shape": tuple(np.array([1, 32]))})
    assert parse(serialize(graph), "m").operators[1].options == {"new_shape": (1, 32)}
    graph = with_options(3, {"beta": np.float32(0.1)})
    assert parse(serialize(graph), "m").operators[3].options == {"beta": float(np.float32(0.1))}


def test_operator_without_options_refuses_any() -> None:
    graph = replace(small(), operators=(Operator("RELU", (0,), (9,), {"beta": 1.0}),))
    with pytest.raises(GraphError, match=r"unknown \['beta'\]"):
        serialize(graph)


def test_key_twice_in_a_flexbuffer_is_refused() -> None:
    stored = {**write_values("TqConv2D", sample_options("TqConv2D"), "op"), "stride_x": 9}
    data = write_flex(stored).replace(b"stride_x", b"stride_h")
    with pytest.raises(GraphError, match="a key twice"):
        read_flex("TqConv2D", data, "op")


def nested(depth: int) -> bytes:
    value: Any = 1
    for _ in range(depth):
        value = {"abi": value}
    return bytes(flexbuffers.Dumps(value))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\0\0\0",
        b"\xff" * 64,
        bytes(flexbuffers.Dumps([1, 2, 3])),
        bytes(flexbuffers.Dumps(7)),
        bytes(flexbuffers.Dumps("abi")),
        bytes(flexbuffers.Dumps({"abi": [1]})),
        bytes(flexbuffers.Dumps({"abi": 1.5})),
        bytes(flexbuffers.Dumps({"abi": None})),
        bytes(flexbuffers.Dumps({f"k{i}": i for i in range(65)})),
        bytes(flexbuffers.Dumps({"abi": "x" * 5000})),
        nested(100),
        bytes([5, 0, 0xFF, 0xFF, 0x27, 8]),
    ],
)
def test_flexbuffer_that_is_no_small_flat_map_is_refused(data: bytes) -> None:
    begin = time.process_time()
    with pytest.raises(GraphError, match="op: "):
        read_flex("TqConv2D", data, "op")
    assert time.process_time() - begin < 0.5
