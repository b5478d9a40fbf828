"""Damaged and hostile files: each gives a sound Graph or a GraphError, quickly, and nothing else."""

import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from graph.graph_builders import every_kind, same, sample_options, small, unchecked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinyq.core.errors import GraphError
from tinyq.graph import Graph, Operator, Quantization, parse, serialize
from tinyq.graph.operators import KINDS
from tinyq.graph.options import read_flex, write_flex, write_values

SEED = serialize(small())
FILES = (SEED, serialize(every_kind()))
FLEX = write_flex(write_values("TqConv2D", sample_options("TqConv2D"), "op"))
HOSTILE = (0, 1, 2, 3, 4, 7, 127, 128, 255, 0x7FFF, 0x8000, 0xFFFF, 2**20, 2**28, 2**30, 2**31 - 4, 2**31 - 1)
HOSTILE += tuple(2**32 - n for n in (1, 2, 3, 4, 8, 16, 2**16, 2**31))


def cases(count: int) -> Any:
    """`count` cases, the same in every run; two seconds for one is a failure."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=2000,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def judge(data: bytes) -> Graph | None:
    """None if refused; a graph that is accepted must be sound enough to be written and read again."""
    try:
        graph = parse(data, "fuzz")
    except GraphError as error:
        assert error.where.startswith("fuzz") and len(str(error)) < 20_000
        return None
    assert same(parse(serialize(graph), "again"), graph)
    return graph


@pytest.mark.parametrize("rest", range(4))
def test_file_cut_anywhere(rest: int) -> None:
    for length in range(rest, len(SEED), 4):
        assert judge(SEED[:length]) is None or length > len(SEED) - 4


@pytest.mark.parametrize("value", [0, 1, 0x7FFF_FFFC, 0x8000_0000, 0xFFFF_FFFF, None])
def test_every_word_overwritten(value: int | None) -> None:
    for position in range(0, len(SEED) - 3, 4):
        changed = bytearray(SEED)
        # None: an offset that leads back to the start of the file.
        struct.pack_into("<I", changed, position, -position % 2**32 if value is None else value)
        judge(bytes(changed))


@cases(300)
@given(st.integers(0, len(FILES[1]) - 1), st.binary(max_size=64))
def test_larger_file_cut_and_continued_with_noise(length: int, tail: bytes) -> None:
    judge(FILES[1][:length] + tail)


@cases(800)
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 7)), min_size=1, max_size=3),
)
def test_flipped_bits(data: bytes, flips: list[tuple[int, int]]) -> None:
    changed = bytearray(data)
    for position, bit in flips:
        changed[position % len(data)] ^= 1 << bit
    judge(bytes(changed))


@cases(400)
@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_overwritten_bytes(changes: list[tuple[int, int]]) -> None:
    changed = bytearray(SEED)
    for position, value in changes:
        changed[position] = value
    judge(bytes(changed))


@cases(800)
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.integers(0, 2**14), st.sampled_from(HOSTILE) | st.none()), min_size=1, max_size=3),
)
def test_hostile_words(data: bytes, words: list[tuple[int, int | None]]) -> None:
    changed = bytearray(data)
    for index, value in words:
        position = 4 * index % (len(data) - 3)
        # None: an offset that leads back to the start of the file.
        struct.pack_into("<I", changed, position, -position % 2**32 if value is None else value)
    judge(bytes(changed))


@cases(300)
@given(st.integers(0, len(SEED) - 1), st.integers(0, len(SEED) - 1), st.integers(0, 200), st.booleans())
def test_blocks_moved_inside_the_file(source: int, target: int, size: int, insert: bool) -> None:
    block = SEED[source : source + size]
    judge(SEED[:target] + block + SEED[target if insert else target + len(block) :])


@cases(100)
@given(st.binary(max_size=300))
def test_noise_behind_a_good_identifier(noise: bytes) -> None:
    judge(noise[:4].ljust(4, b"\0") + b"TFL3" + noise[4:])


# Activations of `small` most often, then its constants, then what is no tensor at all.
indices = st.sampled_from((0, 3, 5, 8, 9) * 8 + (1, 2, 4, 6, 7) + (-1, 10, 2**31 - 1))
sizes = st.integers(1, 4) | st.sampled_from((0, -1, 2**31 - 1, -(2**31), 2**16, 2**24))


@st.composite
def wired(draw: st.DrawFn) -> Operator:
    kind = draw(st.sampled_from(("RELU", "ADD", "SOFTMAX", "CONV_2D", "CONCATENATION", "TqFullyConnected")))
    inputs = draw(st.lists(indices, min_size=KINDS[kind].fewest, max_size=KINDS[kind].fewest))
    outputs = draw(st.lists(indices, min_size=1, max_size=1))
    return Operator(kind, tuple(inputs), tuple(outputs), sample_options(kind))


@cases(600)
@given(
    st.lists(wired(), min_size=1, max_size=3), st.lists(indices, max_size=1), st.lists(indices, max_size=1)
)
def test_any_wiring(operators: list[Operator], inputs: list[int], outputs: list[int]) -> None:
    ends = {"inputs": tuple(inputs) or (0,), "outputs": tuple(outputs) or operators[-1].outputs}
    judge(unchecked(replace(small(), operators=tuple(operators), signatures={}, **ends)))


@cases(400)
@given(
    st.sampled_from((0, 3, 9)),
    st.none() | st.lists(sizes, max_size=9).map(tuple),
    st.lists(st.sampled_from((0.5, 2.0**-120)) | st.floats(width=32), max_size=3),
    st.integers(-130, 130) | st.integers(-(2**63), 2**63 - 1),
    st.just(0) | sizes,
    st.booleans(),
)
def test_any_shape_and_quantization(
    index: int, shape: tuple[int, ...] | None, scales: list[float], zero_point: int, axis: int, short: bool
) -> None:
    tensors = list(small().tensors)
    zero_points = np.full(max(len(scales) - short, 0), zero_point, np.int64)
    quantization = Quantization(np.array(scales, np.float32), zero_points, axis)
    kept = tensors[index].shape if shape is None else shape
    tensors[index] = replace(tensors[index], shape=kept, quantization=quantization)
    judge(unchecked(replace(small(), tensors=tuple(tensors))))


@cases(600)
@given(
    st.lists(st.tuples(st.integers(0, len(FLEX) - 1), st.integers(0, 255)), max_size=4),
    st.integers(0, len(FLEX)),
)
def test_damaged_flexbuffer(changes: list[tuple[int, int]], cut: int) -> None:
    changed = bytearray(FLEX)
    for position, value in changes:
        changed[position] = value
    for data in (bytes(changed), bytes(changed[:cut]), bytes(changed[cut:])):
        try:
            options = read_flex("TqConv2D", data, "op")
        except GraphError:
            continue
        assert read_flex("TqConv2D", write_flex(write_values("TqConv2D", options, "op")), "op") == options


@cases(200)
@given(st.binary(max_size=80))
def test_noise_as_flexbuffer(noise: bytes) -> None:
    with pytest.raises(GraphError):
        read_flex("TqFullyConnected", noise, "op")
