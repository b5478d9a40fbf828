"""Random graphs of one custom operator each, with inputs: every custom kind of `tinyq.graph.operators`.

`CASES[kind](rng)` makes one, `inputs_of(graph, rng)` its inputs; `refusal(graph)` is what lowering says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from changed_graphs import packed, with_options, with_tensor
from deploy_bits import BitsNet
from lce_cases import affine, bconv_2d, single
from one_operator import OPERATORS

from tinyq.core.errors import GraphError
from tinyq.core.packed_activations import (
    LEVELS,
    codes_of,
    largest_accumulator,
    pack_codes,
    packed_size,
    words_of,
)
from tinyq.core.spec import SCHEMES
from tinyq.graph.ir import Graph, Tensor
from tinyq.graph.lowering import lower

Rng = np.random.Generator
STOCK = {
    "TqConv2D": "CONV_2D",
    "TqDepthwiseConv2D": "DEPTHWISE_CONV_2D",
    "TqFullyConnected": "FULLY_CONNECTED",
    "TqTransposeConv": "TRANSPOSE_CONV",
}
ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")


def stored(kind: str) -> Callable[..., Graph]:
    """An operator with int8 activations, in any scheme or in one."""

    def make(rng: Rng, scheme: str = "") -> Graph:
        chosen = scheme or str(rng.choice(SCHEMES[1:]))
        return packed(OPERATORS[STOCK[kind]](rng, chosen), chosen)

    return make


def channels_of(rng: Rng) -> int:
    """Words that are full, and others."""
    return int(rng.choice([1, 31, 32, 33, 64, int(rng.integers(2, 70))]))


def packed_tensor(net: BitsNet, shape: tuple[int, ...], channels: int, levels: int) -> tuple[int, int, int]:
    """An input of the graph that is packed."""
    scale = (float(net.rng.uniform(0.1, 1)), 0)
    net.inputs.append(
        net.tensor(f"x{len(net.inputs)}", (*shape, packed_size(channels, levels)), "int32", scale)
    )
    return net.inputs[-1], channels, levels


def scan(rng: Rng, size: int) -> tuple[int, int, int]:
    """(filter, stride, dilation) of an axis that fit VALID padding too."""
    taps = int(rng.integers(1, min(size, 4) + 1))
    dilation = int(rng.integers(1, 3)) if taps > 1 and (taps - 1) * 2 < size else 1
    return taps, int(rng.integers(1, 4)), dilation


def output_of(rng: Rng, out: Any) -> dict[str, Any]:
    """How a layer's sums end; out: levels, "int8" or "float32"."""
    how: dict[str, Any] = {"bias": bool(rng.random() < 0.7), "per_channel": bool(rng.random() < 0.7)}
    if isinstance(out, str):
        how["activation"] = str(rng.choice(ACTIVATIONS))
    return {**how, "bias_shift": int(rng.integers(0, 7))} if out == "int8" else how


def windowed(kind: str) -> Callable[..., Graph]:
    """TqBitConv2D, TqBitDepthwiseConv2D."""

    def make(rng: Rng, out: Any = None) -> Graph:
        net = BitsNet(int(rng.integers(2**32)))
        levels, size = int(rng.choice(LEVELS)), (int(rng.integers(1, 7)), int(rng.integers(1, 7)))
        axes = [scan(rng, each) for each in size]
        groups, channels = int(rng.choice([1, 1, 2, 3])), channels_of(rng)
        c_out = (
            channels * int(rng.integers(1, 4)) if kind == "depthwise" else groups * int(rng.integers(1, 9))
        )
        channels = channels if kind == "depthwise" else groups * channels
        x = packed_tensor(net, (int(rng.integers(1, 3)), *size), channels, levels)
        out = out or rng.choice([2, 3, 4, 8, 16, 256, "int8", "float32"])
        out = str(out) if str(out) in ("int8", "float32") else int(out)
        how = {"size": tuple(a[0] for a in axes), "stride": tuple(a[1] for a in axes)}
        how |= {"dilation": tuple(a[2] for a in axes), "padding": str(rng.choice(["SAME", "VALID"]))}
        how |= {"pad_code": int(rng.choice(codes_of(levels))), **output_of(rng, out)}
        how |= {"groups": groups} if kind == "conv" else {}
        y = net.layer(kind, x, c_out, int(rng.choice(LEVELS)), out, **how)
        return varied(rng, net.graph(y if isinstance(out, str) else y[0]))

    return make


def dense(rng: Rng, out: Any = None) -> Graph:
    net = BitsNet(int(rng.integers(2**32)))
    out = out or rng.choice([2, 3, 4, 8, 16, 256, "int8", "float32"])
    out = str(out) if str(out) in ("int8", "float32") else int(out)
    lead = tuple(int(n) for n in rng.integers(1, 4, rng.integers(0, 4)))
    x = packed_tensor(net, lead, int(rng.integers(1, 140)), int(rng.choice(LEVELS)))
    y = net.layer("dense", x, int(rng.integers(1, 40)), int(rng.choice(LEVELS)), out, **output_of(rng, out))
    graph = varied(rng, net.graph(y if isinstance(out, str) else y[0]))
    shape = graph.tensors[graph.outputs[0]].shape
    if rng.random() < 0.3 or not lead:
        graph = with_tensor(graph, graph.outputs[0], shape=(int(np.prod(shape[:-1])), shape[-1]))
    return graph


def varied(rng: Rng, graph: Graph) -> Graph:
    """Any zero point of int8; thresholds at the ends of their range; no scale where none is used."""
    (operator,), (index,) = graph.operators, graph.outputs
    output = graph.tensors[index]
    if output.dtype == "int8":
        scale = float(output.quantization.scale[0]) * float(np.exp(rng.uniform(-1, 1)))
        return with_tensor(graph, index, quantization=affine(scale, int(rng.integers(-128, 128))))
    if output.dtype == "int32":
        if rng.random() < 0.3:
            graph = with_tensor(graph, operator.inputs[0], quantization=None)
        data = np.asarray(graph.tensors[operator.inputs[2]].data).copy()
        if rng.random() < 0.5:
            largest = largest_of(graph)
            data[rng.integers(len(data)), 0] = -largest - 1
            data[rng.integers(len(data)), -1] = largest
        graph = with_tensor(graph, operator.inputs[2], data=np.sort(data, axis=-1))
    return graph


def largest_of(graph: Graph) -> int:
    """The largest accumulator of a TqBit layer."""
    (operator,) = graph.operators
    shape, how = graph.tensors[operator.inputs[1]].shape, operator.options
    products = int(np.prod(shape[1:-1]))
    if operator.kind != "TqBitDepthwiseConv2D":
        products *= how["channels_in"] // how.get("groups", 1)
    return largest_accumulator(products, how["x_levels"], how["w_levels"])


def quantize(rng: Rng) -> Graph:
    net = BitsNet(int(rng.integers(2**32)))
    shape = (*(int(n) for n in rng.integers(1, 4, rng.integers(0, 4))), channels_of(rng))
    x = net.input(*shape, dtype=str(rng.choice(["int8", "float32"])))
    y = net.quantize(x, int(rng.choice(LEVELS)), bool(rng.random() < 0.5), bool(rng.random() < 0.7))
    graph = net.graph(y[0])
    if rng.random() < 0.3:  # an input that is not there, rather than absent
        (operator,) = graph.operators
        graph = replace(graph, operators=(replace(operator, inputs=operator.inputs[:2]),))
    return graph


def dequantize(rng: Rng) -> Graph:
    net = BitsNet(int(rng.integers(2**32)))
    lead = tuple(int(n) for n in rng.integers(1, 4, rng.integers(0, 4)))
    x = packed_tensor(net, lead, channels_of(rng), int(rng.choice(LEVELS)))
    return net.graph(net.dequantize(x, str(rng.choice(["int8", "float32"]))))


def max_pool(rng: Rng) -> Graph:
    net, size = BitsNet(int(rng.integers(2**32))), (int(rng.integers(1, 7)), int(rng.integers(1, 7)))
    axes = [scan(rng, each) for each in size]
    x = packed_tensor(net, (int(rng.integers(1, 3)), *size), channels_of(rng), int(rng.choice(LEVELS)))
    padding = str(rng.choice(["SAME", "VALID"]))
    return net.graph(net.max_pool(x, [a[0] for a in axes], [a[1] for a in axes], padding)[0])


def concatenation(rng: Rng) -> Graph:
    net, levels = BitsNet(int(rng.integers(2**32))), int(rng.choice(LEVELS))
    lead = tuple(int(n) for n in rng.integers(1, 4, rng.integers(0, 4)))
    count = int(rng.choice([1, 2, 3, 20]))
    parts = [packed_tensor(net, lead, channels_of(rng), levels) for _ in range(count)]
    scale = net.tensors[0].quantization
    net.tensors = [replace(tensor, quantization=scale) for tensor in net.tensors]
    return net.graph(net.concatenate(*parts)[0])


def lce_max_pool(rng: Rng) -> Graph:
    size, words = (int(rng.integers(1, 7)), int(rng.integers(1, 7))), int(rng.integers(1, 4))
    axes, padding = [scan(rng, each) for each in size], str(rng.choice(["SAME", "VALID"]))
    out = [
        -(-s // step) if padding == "SAME" else (s - k) // step + 1
        for s, (k, step, _) in zip(size, axes, strict=True)
    ]
    options = {"padding": padding, "filter_height": axes[0][0], "filter_width": axes[1][0]}
    options |= {"stride_height": axes[0][1], "stride_width": axes[1][1]}
    tensors = [Tensor("x", (2, *size, words), "int32"), Tensor("y", (2, *out, words), "int32")]
    return single("LceBMaxPool2d", tensors, (0,), options)


def lce_signs(kind: str) -> Callable[..., Graph]:
    """LceQuantize, LceDequantize."""

    def make(rng: Rng) -> Graph:
        lead, channels = tuple(int(n) for n in rng.integers(1, 4, rng.integers(0, 4))), channels_of(rng)
        dtype = str(rng.choice(["float32", "int8", "bool"]))
        scale = affine(float(rng.choice([1e-3, 0.01, 0.4, 3.0])), int(rng.integers(-128, 128)))
        real = Tensor("real", (*lead, channels), dtype, scale if dtype == "int8" else None)
        bits = Tensor("bits", (*lead, words_of(channels)), "int32")
        return single(kind, [real, bits] if kind == "LceQuantize" else [bits, real], (0,), {})

    return make


CASES: dict[str, Callable[..., Graph]] = {
    **{kind: stored(kind) for kind in STOCK},
    "TqBitConv2D": windowed("conv"),
    "TqBitDepthwiseConv2D": windowed("depthwise"),
    "TqBitFullyConnected": dense,
    "TqQuantize": quantize,
    "TqDequantize": dequantize,
    "TqBitMaxPool2D": max_pool,
    "TqBitConcatenation": concatenation,
    "LceBconv2d": bconv_2d,
    "LceBMaxPool2d": lce_max_pool,
    "LceQuantize": lce_signs("LceQuantize"),
    "LceDequantize": lce_signs("LceDequantize"),
}


def far_apart(rng: Rng, kind: str) -> Graph:
    """A dilated operator with a filter of one row, which is dilated as far as an option can say."""
    names = {"LceBconv2d": "dilation_height_factor"}
    while True:
        graph = CASES[kind](rng)
        weights = graph.tensors[graph.operators[0].inputs[1]]
        if graph.operators[0].options.get("filter_height", (weights.shape * 2)[1]) == 1:
            return with_options(graph, **{names.get(kind, "dilation_h_factor"): 2**31 - 1})


DILATED = ("TqConv2D", "TqDepthwiseConv2D", "TqBitConv2D", "TqBitDepthwiseConv2D", "LceBconv2d")


def codes_in(graph: Graph, position: int) -> tuple[int, int]:
    """(channels, levels) of a packed input."""
    (operator,) = graph.operators
    options = operator.options
    if operator.kind == "TqBitConcatenation":
        return int(graph.tensors[operator.inputs[-1]].data[position]), options["x_levels"]
    if operator.kind == "LceBMaxPool2d":
        return 32 * graph.tensors[0].shape[-1], 2
    if operator.kind == "LceDequantize":
        return graph.tensors[graph.outputs[0]].shape[-1], 2
    channels = options["channels" if "channels" in options else "channels_in"]
    return channels, options.get("x_levels", 2)


def inputs_of(graph: Graph, rng: Rng) -> list[np.ndarray]:
    """Random inputs, packed ones of random codes; some at one end."""
    arrays = []
    for position, index in enumerate(graph.inputs):
        tensor = graph.tensors[index]
        if tensor.dtype == "int32":
            channels, levels = codes_in(graph, position)
            choices = codes_of(levels) if rng.random() < 0.8 else codes_of(levels)[-1:]
            made = pack_codes(rng.choice(choices, (*tensor.shape[:-1], channels)), levels)
        elif tensor.dtype == "float32":
            special = np.array([np.nan, np.inf, -np.inf, -0.0, 3e38], np.float32)
            values = np.round(rng.normal(0, 2, tensor.shape), 1).astype(np.float32)
            made = np.where(rng.random(tensor.shape) < 0.1, rng.choice(special, tensor.shape), values)
        elif tensor.dtype == "bool":
            made = rng.random(tensor.shape) < 0.5
        else:
            low, high = [(-128, 128), (-128, 128), (-128, -120), (120, 128)][rng.integers(4)]
            made = rng.integers(low, high, tensor.shape).astype(np.int8)
        arrays.append(np.ascontiguousarray(made))
    return arrays


def refusal(graph: Graph) -> str:
    """Why lowering refuses a graph, "" if it does not."""
    try:
        lower(graph)
    except GraphError as error:
        return str(error)
    return ""
