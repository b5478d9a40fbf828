"""Convolutions between a shuffle of the input and its inverse become dilated ones with the same integers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from net_builder import Net

from tinyq.convert.passes.fold_space_to_batch import fold_space_to_batch
from tinyq.convert.passes.remove_unused_tensors import remove_unused_tensors
from tinyq.core.errors import GraphError
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph, parse, serialize
from tinyq.graph.lowering import lower


def space_to_batch(x: np.ndarray, block: list[int], pads: list[list[int]], zero_point: int) -> np.ndarray:
    """Every block-th row and column of x, padded with the zero point, is an image of its own."""
    x = np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=zero_point)
    n, h, w, c = x.shape
    parts = x.reshape(n, h // block[0], block[0], w // block[1], block[1], c)
    return parts.transpose(2, 4, 0, 1, 3, 5).reshape(-1, h // block[0], w // block[1], c)


def batch_to_space(y: np.ndarray, block: list[int], crops: list[list[int]]) -> np.ndarray:
    n, h, w, c = y.shape
    parts = y.reshape(*block, n // (block[0] * block[1]), h, w, c).transpose(2, 3, 0, 4, 1, 5)
    whole = parts.reshape(-1, h * block[0], w * block[1], c)
    (top, bottom), (left, right) = crops
    return whole[:, top : whole.shape[1] - bottom, left : whole.shape[2] - right]


class Chain:
    """x -> shuffle -> convolution -> inverse -> RELU, and the pieces to compute it by hand."""

    def __init__(self, seed: int, same: bool, depthwise: bool = False, one_d: bool = False) -> None:
        rng = np.random.default_rng(seed)
        taps = [1 if one_d else int(rng.integers(1, 4)), int(rng.integers(2, 5))]
        self.block = [1 if one_d else int(rng.integers(2, 4)), int(rng.integers(2, 5))]
        extents = [(t - 1) * b for t, b in zip(taps, self.block, strict=True)]
        sizes = [1 if one_d else int(rng.integers(7, 12)), int(rng.integers(13, 18))]
        self.pads, self.crops = [], []
        for extent, block, size in zip(extents, self.block, sizes, strict=True):
            before = extent // 2 if same else 0
            after = extent - before if same else 0
            filled = -(size + before + after) % block  # up to a multiple of the block, cut off again
            self.pads.append([before, after + filled])
            self.crops.append([0, filled])
        self.net = net = Net(seed)
        x = net.input(1, *([] if one_d else [sizes[0]]), sizes[1], 3)
        self.shape = (1, *sizes, 3)
        self.zero_point = net.affine(x)[1]
        inner = space_to_batch(np.zeros(self.shape, np.int8), self.block, self.pads, 0).shape
        self.convolution = self._chain(x, inner, taps, depthwise, one_d)

    def _chain(self, x: int, inner: Any, taps: list[int], depthwise: bool, one_d: bool) -> int:
        net, affine = self.net, self.net.affine(x)
        axes = slice(1, 2) if one_d else slice(0, 2)
        block = net.constant(np.array(self.block[axes], np.int32))
        pads = net.constant(np.array(self.pads[axes], np.int32))
        crops = net.constant(np.array(self.crops[axes], np.int32))
        narrow = (1, *inner[2:]) if one_d else (1, *inner[1:])  # converters write a batch of 1
        y = net.op("SPACE_TO_BATCH_ND", [x, block, pads], narrow, affine)
        if one_d:
            axis = net.constant(np.array(1, np.int32))
            y = net.op("EXPAND_DIMS", [y, axis], (1, 1, *inner[2:]), affine)
        build = net.depthwise if depthwise else net.conv
        z = build(y, 2 if depthwise else 5, taps, padding="VALID")
        number = len(net.operators) - 1
        n, h, w, c = net.tensors[z].shape
        if one_d:
            z = net.reshape(z, n, w, c)
        made = np.zeros((inner[0], h, w, c), np.int8)
        _, *out = batch_to_space(made, self.block, self.crops).shape
        out = out[1:] if one_d else out
        z = net.op("BATCH_TO_SPACE_ND", [z, block, crops], (1, *out), net.affine(z))
        self.output = net.op("RELU", [z], (1, *out), net.affine(z))
        return number

    def graph(self) -> Graph:
        return self.net.graph(self.output)

    def by_hand(self, x: np.ndarray) -> np.ndarray:
        """The convolution of the shuffled images, one by one, and RELU behind it."""
        graph = self.graph()
        convolution, relu = graph.operators[self.convolution], graph.operators[-1]
        source, made = convolution.inputs[0], convolution.outputs[0]
        alone = Interpreter(replace(graph, operators=(convolution,), inputs=(source,), outputs=(made,)))
        images = space_to_batch(x.reshape(self.shape), self.block, self.pads, self.zero_point)
        shape = graph.tensors[source].shape
        parts = np.concatenate([alone.run(image.reshape(shape))[0] for image in images])
        whole = batch_to_space(parts, self.block, self.crops)
        last = Interpreter(replace(graph, operators=(relu,), inputs=(relu.inputs[0],), outputs=graph.outputs))
        return last.run(whole.reshape(graph.tensors[relu.inputs[0]].shape))[0]


@pytest.mark.parametrize("one_d", [False, True])
@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("same", [False, True])
def test_the_dilated_convolution_gives_the_same_integers(same: bool, depthwise: bool, one_d: bool) -> None:
    values: set[int] = set()
    for seed in range(8):
        chain = Chain(seed, same, depthwise, one_d)
        graph = remove_unused_tensors(fold_space_to_batch(chain.graph()))
        kinds = [operator.kind for operator in graph.operators]
        kind = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
        assert kinds == (["RESHAPE", kind, "RESHAPE", "RELU"] if one_d else [kind, "RELU"])
        options = next(operator for operator in graph.operators if operator.kind == kind).options
        assert [options["dilation_h_factor"], options["dilation_w_factor"]] == chain.block
        x = np.random.default_rng(seed).integers(-128, 128, graph.tensors[0].shape).astype(np.int8)
        (got,) = Interpreter(parse(serialize(graph), "folded")).run(x)
        np.testing.assert_array_equal(got, chain.by_hand(x), err_msg=f"seed {seed}")
        values |= set(got.ravel().tolist())
    assert len(values) > 10


def changed(graph: Graph, kind: str, position: int, change: Any) -> Graph:
    """The graph with another constant at an input of the operator of a kind."""
    index = next(operator for operator in graph.operators if operator.kind == kind).inputs[position]
    tensors = list(graph.tensors)
    data = change(np.array(tensors[index].data))
    tensors[index] = replace(tensors[index], data=data, shape=data.shape)
    return replace(graph, tensors=tuple(tensors))


def with_option(graph: Graph, **options: Any) -> Graph:
    operators = [
        replace(o, options={**o.options, **options}) if o.kind == "CONV_2D" else o for o in graph.operators
    ]
    return replace(graph, operators=tuple(operators))


def read_twice(graph: Graph) -> Graph:
    made = next(o for o in graph.operators if o.kind == "CONV_2D").outputs[0]
    return replace(graph, outputs=(*graph.outputs, made))


NEAR_MISSES = {
    "other blocks behind": lambda g: changed(g, "BATCH_TO_SPACE_ND", 1, lambda v: v[::-1] + 1),
    "other borders": lambda g: changed(g, "SPACE_TO_BATCH_ND", 2, lambda v: v[:, ::-1]),
    "cut elsewhere": lambda g: changed(g, "BATCH_TO_SPACE_ND", 2, lambda v: v + 1),
    "a stride": lambda g: with_option(g, stride_w=2),
    "a dilation": lambda g: with_option(g, dilation_h_factor=2),
    "padding in between": lambda g: with_option(g, padding="SAME"),
    "read by others": read_twice,
}


@pytest.mark.parametrize("what", NEAR_MISSES)
def test_a_near_miss_is_left_alone_and_refused_with_a_reason(what: str) -> None:
    graph = NEAR_MISSES[what](Chain(3, same=True).graph())
    folded = fold_space_to_batch(graph)
    assert folded.operators == graph.operators
    with pytest.raises(GraphError, match="no kernel moves space to batch"):
        lower(folded)


def test_borders_computed_at_run_time_are_left_alone() -> None:
    graph = Chain(3, same=True).graph()
    index = graph.operators[0].inputs[2]
    tensors = list(graph.tensors)
    tensors[index] = replace(tensors[index], data=None)
    graph = replace(graph, tensors=tuple(tensors))
    assert fold_space_to_batch(graph).operators == graph.operators


def test_a_graph_without_shuffles_is_the_same() -> None:
    net = Net(0)
    graph = net.graph(net.conv(net.input(1, 5, 5, 2), 3))
    assert fold_space_to_batch(graph).operators == graph.operators
