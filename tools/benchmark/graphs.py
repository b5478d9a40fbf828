"""A graph of one layer in a scheme, with random weights, and inputs for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.layers import CONV, DENSE, DEPTHWISE, LEVELS, Layer
from tinyq.convert import Request, run_passes
from tinyq.core.packed_activations import codes_of, largest_accumulator, pack_codes, packed_size
from tinyq.graph.ir import Graph, Operator, Quantization, Tensor

WEIGHTS = {"a8w8": tuple(range(-127, 128)), "a8wt": (-127, 0, 127), "a8w1": (-127, 127)}
BIT_KIND = {CONV: "TqBitConv2D", DEPTHWISE: "TqBitDepthwiseConv2D", DENSE: "TqBitFullyConnected"}
PAD_CODE = {2: 1, 3: 0, 4: 1}
SAMPLES = 2


def graph_of(layer: Layer, scheme: str) -> Graph:
    """The layer with its bias and ReLU; of packed activations, with packed outputs by thresholds."""
    if scheme in LEVELS:
        return packed_graph(layer, *LEVELS[scheme])
    rng = np.random.default_rng(0)
    graph = _int8(layer, rng.choice(WEIGHTS[scheme], layer.filter).astype(np.int8))
    return graph if scheme == "a8w8" else run_passes(graph, Request())[0]


def samples_of(layer: Layer, scheme: str, count: int = SAMPLES) -> npt.NDArray[Any]:
    """Inputs that reach both ends of the range."""
    rng = np.random.default_rng(1)
    shape = (count, *layer.input[layer.input[0] == 1 :])  # as tinyq.run.run takes them
    if scheme in LEVELS:
        levels = LEVELS[scheme][0]
        return pack_codes(rng.choice(codes_of(levels), shape), levels)
    return rng.integers(-128, 128, shape).astype(np.int8)


def per_tensor(scale: float, zero_point: int = 0) -> Quantization:
    return Quantization(np.array([scale], np.float32), np.array([zero_point], np.int64))


def _per_channel(scale: float, channels: int, axis: int) -> Quantization:
    return Quantization(np.full(channels, scale, np.float32), np.zeros(channels, np.int64), axis)


def _int8(layer: Layer, weights: npt.NDArray[np.int8]) -> Graph:
    channels = layer.channels
    depth = weights.size // channels
    # Outputs fill the range: sums of `depth` products of uniform values, in quantization steps.
    spread = 0.02 * 0.005 * float(np.sqrt(depth)) * 60 * 80 / 100
    bias = np.zeros(channels, np.int32)
    axis = 3 if layer.kind == DEPTHWISE else 0
    tensors = (
        Tensor("input", layer.input, "int8", per_tensor(0.02, -3)),
        Tensor("layer/weights", layer.filter, "int8", _per_channel(0.005, channels, axis), weights),
        Tensor("layer/bias", (channels,), "int32", _per_channel(0.02 * 0.005, channels, 0), bias),
        Tensor("layer", layer.output, "int8", per_tensor(spread, 5)),
    )
    return Graph(tensors, (Operator(layer.kind, (0, 1, 2), (3,), _int8_options(layer)),), (0,), (3,))


def _int8_options(layer: Layer) -> dict[str, Any]:
    options: dict[str, Any] = {"fused_activation_function": "RELU"}
    if layer.kind == DENSE:
        return {**options, "keep_num_dims": False}
    options |= {"padding": layer.padding, "stride_w": 1, "stride_h": 1}
    options |= {"dilation_w_factor": 1, "dilation_h_factor": 1}
    if layer.kind == DEPTHWISE:
        options["depth_multiplier"] = layer.channels // layer.input[3]
    return options


def packed_graph(layer: Layer, x_levels: int, w_levels: int) -> Graph:
    """The layer on packed codes, with packed outputs by thresholds."""
    rng = np.random.default_rng(0)
    channels, c_in = layer.channels, layer.input[-1]
    codes = rng.choice(codes_of(w_levels), layer.filter)
    spread = np.std(codes_of(x_levels)) * np.std(codes_of(w_levels)) * (codes.size // channels) ** 0.5
    largest = largest_accumulator(codes.size // channels, x_levels, w_levels)
    drawn = np.sort(np.round(rng.normal(0, spread, (channels, x_levels - 1))))
    thresholds = np.clip(drawn, -largest - 1, largest).astype(np.int32)
    flip = rng.integers(0, 2, channels).astype(np.int8)
    weights = pack_codes(codes, w_levels)
    affine = per_tensor(0.25)
    tensors = (
        Tensor("input", (*layer.input[:-1], packed_size(c_in, x_levels)), "int32", affine),
        Tensor("layer/weights", weights.shape, "int32", per_tensor(0.05), weights),
        Tensor("layer/thresholds", thresholds.shape, "int32", None, thresholds),
        Tensor("layer/flip", flip.shape, "int8", None, flip),
        Tensor("layer", (*layer.output[:-1], packed_size(channels, x_levels)), "int32", affine),
    )
    options = _packed_options(layer, x_levels, w_levels)
    return Graph(tensors, (Operator(BIT_KIND[layer.kind], (0, 1, 2, 3), (4,), options),), (0,), (4,))


def _packed_options(layer: Layer, x_levels: int, w_levels: int) -> dict[str, Any]:
    options: dict[str, Any] = {
        "abi": 1,
        "x_levels": x_levels,
        "w_levels": w_levels,
        "out_levels": x_levels,
        "channels_in": layer.input[-1],
        "bias_shift": 0,
        "fused_activation_function": "NONE",
    }
    if layer.kind == DENSE:
        return options
    options |= {"padding": layer.padding, "pad_code": PAD_CODE[x_levels]}
    options |= {"filter_height": layer.filter[1], "filter_width": layer.filter[2]}
    options |= {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    more = {"groups": 1} if layer.kind == CONV else {"depth_multiplier": layer.channels // layer.input[3]}
    return options | more
