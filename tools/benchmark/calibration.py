"""Small layers of many shapes, side by side in one graph: what the cost model is fitted to."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from benchmark.graphs import graph_of, packed_graph, per_tensor
from benchmark.layers import CONV, DENSE, DEPTHWISE, LEVELS, Layer
from tinyq.core.packed_activations import packed_size
from tinyq.graph.ir import Graph, Operator, Tensor

# input (h, w, c), then filters (number, h, w), with SAME padding
_CONV = (
    *(((8, 8, 8), (8, 3, 3)), ((8, 8, 32), (16, 3, 3)), ((12, 12, 16), (32, 3, 3)), ((6, 6, 64), (64, 3, 3))),
    *(
        ((10, 10, 3), (16, 3, 3)),
        ((16, 16, 1), (8, 3, 3)),
        ((9, 9, 64), (32, 1, 1)),
        ((1, 100, 16), (16, 1, 1)),
    ),
    *(
        ((5, 5, 128), (128, 1, 1)),
        ((1, 30, 24), (24, 1, 5)),
        ((7, 7, 256), (32, 1, 1)),
        ((24, 24, 4), (8, 5, 5)),
    ),
    *(
        ((25, 10, 1), (64, 10, 4)),
        ((1, 281, 16), (16, 1, 1)),
        ((14, 14, 40), (20, 3, 3)),
        ((1, 93, 32), (32, 1, 1)),
    ),
)
_ROW = (
    *(
        ((4, 200, 1), (8, 1, 64)),
        ((1, 300, 1), (4, 1, 32)),
        ((2, 128, 1), (16, 1, 16)),
        ((1, 150, 1), (8, 1, 128)),
    ),
    *(
        ((8, 100, 1), (8, 1, 8)),
        ((1, 64, 1), (2, 1, 50)),
        ((3, 90, 1), (24, 1, 25)),
        ((1, 500, 1), (8, 1, 64)),
    ),
    *(((6, 250, 1), (16, 1, 32)), ((1, 1000, 1), (3, 1, 9))),
)
_DEPTHWISE = (
    *(((8, 8, 8), (1, 3, 3)), ((16, 16, 16), (1, 3, 3)), ((6, 6, 64), (1, 3, 3)), ((12, 12, 32), (1, 5, 5))),
    *(((10, 10, 24), (1, 3, 3)), ((4, 4, 128), (1, 3, 3)), ((9, 9, 16), (2, 3, 3)), ((1, 60, 32), (1, 1, 5))),
    *(((20, 20, 4), (1, 3, 3)), ((25, 5, 64), (1, 3, 3)), ((12, 20, 16), (1, 2, 7))),
)
_DEPTHWISE_COLUMN = (  # as high as the input, no padding
    *(
        ((22, 100, 8), (2, 22, 1)),
        ((22, 60, 16), (1, 22, 1)),
        ((64, 40, 8), (1, 64, 1)),
        ((8, 100, 16), (2, 8, 1)),
    ),
    *(
        ((3, 100, 32), (1, 3, 1)),
        ((16, 50, 24), (2, 16, 1)),
        ((30, 33, 4), (4, 30, 1)),
        ((60, 20, 8), (1, 60, 1)),
    ),
    *(((22, 250, 8), (2, 22, 1)), ((12, 128, 16), (1, 12, 1))),
)
_DEPTHWISE_ROW = (
    *(
        ((1, 100, 16), (1, 1, 16)),
        ((1, 250, 32), (1, 1, 64)),
        ((1, 750, 8), (1, 1, 64)),
        ((1, 93, 32), (1, 1, 16)),
    ),
    *(
        ((1, 300, 4), (2, 1, 32)),
        ((1, 60, 64), (1, 1, 8)),
        ((1, 150, 16), (1, 1, 128)),
        ((4, 64, 8), (1, 1, 25)),
    ),
    *(((1, 281, 16), (1, 1, 16)), ((1, 375, 16), (1, 1, 32))),
)
_COLUMN = (
    *(((22, 60, 1), (16, 22, 1)), ((64, 40, 1), (32, 64, 1)), ((22, 250, 1), (32, 22, 1))),
    *(((30, 50, 1), (4, 30, 1)), ((16, 33, 1), (24, 16, 1)), ((22, 100, 1), (64, 22, 1))),
    *(((3, 200, 1), (16, 3, 1)), ((22, 500, 1), (8, 22, 1)), ((60, 20, 1), (10, 60, 1))),
    *(((8, 90, 1), (8, 8, 1)),),
)
_DENSE = (  # rows, inputs, outputs
    *((1, 64, 10), (1, 352, 4), (1, 512, 64), (1, 1024, 64), (1, 100, 100), (1, 2000, 2), (1, 256, 256)),
    *((1, 128, 12), (1, 50, 33), (4, 200, 20), (2, 768, 12), (1, 560, 4), (1, 1000, 10), (1, 300, 40)),
    *(
        (1, 64, 64),
        (2, 128, 48),
        (1, 784, 128),
        (1, 96, 200),
        (3, 33, 7),
        (1, 640, 128),
        (1, 128, 32),
        (8, 64, 5),
    ),
)
_POOLS = (  # height, width, channels, and of the window
    *((1, 250, 16, 1, 4), (1, 280, 16, 1, 8), (1, 744, 32, 1, 8), (8, 8, 64, 8, 8), (16, 16, 20, 2, 2)),
    *((24, 24, 6, 2, 2), (25, 5, 64, 25, 5), (12, 12, 32, 3, 3), (1, 96, 40, 1, 2), (7, 7, 128, 7, 7)),
)
_SUMS = (
    *((32, 32, 16), (16, 16, 32), (8, 8, 64), (1, 100, 7), (1, 250, 16), (4, 4, 128), (10, 10, 24)),
    *((1, 64, 3), (20, 20, 8), (6, 50, 12)),
)
_CODES = (
    (400, 8),
    (281, 16),
    (93, 32),
    (64, 64),
    (50, 20),
    (1000, 8),
    (200, 32),
    (40, 96),
    (300, 12),
    (30, 64),
)  # rows, channels


@dataclass(frozen=True)
class Calibration:
    """Instructions of the layers of `pieces(scheme)`, by title."""

    scheme: str
    board: str
    symbols: dict[str, str]
    instructions: dict[str, int]
    digest: str


@functools.cache
def pieces(scheme: str) -> dict[str, Graph]:
    """Graphs, by title, whose last layer counts. Packed ones begin with a quantization: boards draw int8."""
    if scheme in LEVELS:
        levels, w_levels = LEVELS[scheme]
        graphs = _packed(levels, w_levels)
        if scheme == "a1w1":  # signs that are padded with 0
            graphs |= {f"{title}, 3x2": graph for title, graph in _packed(3, 2).items()}
        return graphs | {f"quantize {rows}x{c}": _quantize((1, 1, rows, c), levels) for rows, c in _CODES}
    graphs = {layer.title: graph_of(layer, scheme) for layer in _layers()}
    if scheme == "a8w8":
        graphs |= {f"pool {' '.join(map(str, sizes))}": _pool(*sizes) for sizes in _POOLS}
        graphs |= {f"add {' '.join(map(str, sizes))}": _add(*sizes) for sizes in _SUMS}
    return graphs


def _packed(x_levels: int, w_levels: int) -> dict[str, Graph]:
    """With packed outputs, and with int8 ones."""
    found = {}
    for layer in _layers():
        graph, front = packed_graph(layer, x_levels, w_levels), _quantize(layer.input, x_levels)
        found[layer.title] = _behind(front, graph)
        found[f"{layer.title}, to int8"] = _behind(front, _to_int8(graph, layer))
    return found


def _to_int8(graph: Graph, layer: Layer) -> Graph:
    """The same layer with a bias and a scale a channel instead of thresholds."""
    x, weights, *_ = graph.tensors
    (operator,) = graph.operators
    bias, scales = np.zeros(layer.channels, np.int32), np.full(layer.channels, 0.25, np.float32)
    tensors = (
        *(x, replace(weights, quantization=None), Tensor("bias", bias.shape, "int32", None, bias)),
        Tensor("scales", scales.shape, "float32", None, scales),
        Tensor("layer", layer.output, "int8", _OTHER),
    )
    options = {**operator.options, "out_levels": 0, "bias_shift": 16}
    return Graph(tensors, (replace(operator, inputs=(0, 1, 2, 3), options=options),), (0,), (4,))


def beside(graphs: Iterable[Graph]) -> Graph:
    """One graph of all, with all their inputs and outputs."""
    tensors: list[Tensor] = []
    operators: list[Operator] = []
    inputs: list[int] = []
    outputs: list[int] = []
    for number, graph in enumerate(graphs):
        n = len(tensors)
        tensors += [replace(tensor, name=f"{number}/{tensor.name}") for tensor in graph.tensors]
        operators += [
            replace(one, inputs=_moved(one.inputs, n), outputs=_moved(one.outputs, n))
            for one in graph.operators
        ]
        inputs += _moved(graph.inputs, n)
        outputs += _moved(graph.outputs, n)
    return Graph(tuple(tensors), tuple(operators), tuple(inputs), tuple(outputs))


def _moved(tensors: tuple[int, ...], by: int) -> tuple[int, ...]:
    return tuple(tensor + by if tensor >= 0 else tensor for tensor in tensors)


def _layers() -> list[Layer]:
    found = []
    for (h, w, c), (number, down, right) in (*_CONV, *_ROW, *_COLUMN):
        padding = "VALID" if right == 1 < down else "SAME"
        title = f"conv {down}x{right}, {h}x{w}x{c} -> {number}"
        found.append(Layer(title, CONV, (1, h, w, c), (number, down, right, c), padding))
    for (h, w, c), (each, down, right) in (*_DEPTHWISE, *_DEPTHWISE_COLUMN, *_DEPTHWISE_ROW):
        padding = "VALID" if right == 1 < down else "SAME"
        title = f"depthwise {down}x{right}, {h}x{w}x{c} -> {each * c}"
        found.append(Layer(title, DEPTHWISE, (1, h, w, c), (1, down, right, each * c), padding))
    for rows, c_in, c_out in _DENSE:
        found.append(Layer(f"dense {rows}x{c_in} -> {c_out}", DENSE, (rows, c_in), (c_out, c_in), ""))
    return found


_INT8 = per_tensor(0.05, -3)
_OTHER = per_tensor(0.07, 4)


def _pool(h: int, w: int, c: int, down: int, right: int) -> Graph:
    options = {
        "padding": "VALID",
        "stride_h": down,
        "stride_w": right,
        "filter_height": down,
        "filter_width": right,
    }
    options["fused_activation_function"] = "NONE"
    tensors = (
        Tensor("x", (1, h, w, c), "int8", _INT8),
        Tensor("y", (1, h // down, w // right, c), "int8", _INT8),
    )
    return Graph(tensors, (Operator("AVERAGE_POOL_2D", (0,), (1,), options),), (0,), (1,))


def _add(h: int, w: int, c: int) -> Graph:
    shape, options = (1, h, w, c), {"fused_activation_function": "RELU", "pot_scale_int16": True}
    tensors = tuple(
        Tensor(name, shape, "int8", scale) for name, scale in (("a", _INT8), ("b", _OTHER), ("y", _INT8))
    )
    return Graph(tensors, (Operator("ADD", (0, 1), (2,), options),), (0, 1), (2,))


def _quantize(shape: tuple[int, ...], levels: int) -> Graph:
    c = shape[-1]
    thresholds = np.linspace(-60, 60, levels - 1).astype(np.int32)
    tensors = (
        Tensor("x", shape, "int8", _INT8),
        Tensor("thresholds", thresholds.shape, "int32", None, thresholds),
        Tensor("codes", (*shape[:-1], packed_size(c, levels)), "int32", per_tensor(0.25)),
    )
    options = {"abi": 1, "x_levels": levels, "channels": c}
    return Graph(tensors, (Operator("TqQuantize", (0, 1), (2,), options),), (0,), (2,))


def _behind(first: Graph, second: Graph) -> Graph:
    """Two graphs one after the other: the second one's input is the first one's output."""
    both = beside((first, second))
    (codes,), (wanted,) = first.outputs, (both.inputs[1],)
    *before, last = both.operators
    joined = replace(last, inputs=tuple(codes if one == wanted else one for one in last.inputs))
    return replace(both, operators=(*before, joined), inputs=both.inputs[:1], outputs=both.outputs[1:])
