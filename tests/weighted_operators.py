"""Graphs of one random operator with weights each, in any scheme."""

from __future__ import annotations

import numpy as np
from operator_graph import OneOperator, Rng, random_activation, random_scale, random_zero_point, windows

from tinyq.core.spec import TABLE_BITS, QuantSpec
from tinyq.graph.ir import ABSENT, Graph


def _bias(b: OneOperator, rng: Rng, channels: int, scales: np.ndarray, may_be_absent: bool) -> int:
    kind = rng.integers(0 if may_be_absent else 1, 3)
    if kind == 0:
        return ABSENT
    span = 2000 if kind == 1 else 2**20
    return b.constant(rng.integers(-span, span, channels).astype(np.int32), scales)


def weights_of(rng: Rng, shape, axis: int, scheme: str) -> tuple[np.ndarray, np.ndarray]:
    """int8 weights, and one level a channel: a8w8 uses all of int8, a8wt {-L, 0, L}, a8w1 {-L, L}.

    The others: odd integers, or neighbours with zero, as TFLite's converter rounds them.
    """
    along = [1] * len(shape)
    along[axis] = shape[axis]
    levels = rng.choice([1, 127, int(rng.integers(1, 128))], shape[axis]).astype(np.int8)
    if scheme in TABLE_BITS:
        most = 1 << TABLE_BITS[scheme]
        codes = rng.choice(np.array(QuantSpec(int(rng.integers(most // 2 + 1, most + 1))).codes), shape)
        largest = np.abs(codes).max(axis=tuple(i for i in range(len(shape)) if i != axis), keepdims=True)
        return np.rint(codes * 127 / np.maximum(largest, 1)).astype(np.int8), levels
    codes = {"a8w8": None, "a8wt": [-1, 0, 1], "a8w1": [-1, 1]}[scheme]
    if codes is None:
        return rng.integers(-127, 128, shape).astype(np.int8), levels
    return (rng.choice(codes, shape) * levels.reshape(along)).astype(np.int8), levels


def _output_scale(rng: Rng, source: np.float32, weights: np.ndarray, scales: np.ndarray) -> np.float32:
    """A scale with which some outputs saturate and some do not; now and then, a multiplier of 1 or more."""
    if rng.random() < 1 / 8:
        return np.float32(float(source) * float(np.mean(scales)) / 2.0 ** rng.integers(0, 4))
    inputs = max(1, np.count_nonzero(weights) // max(len(np.atleast_1d(scales)), 1))
    typical = float(source) * float(np.mean(scales)) * 60 * max(np.abs(weights).mean(), 1) * np.sqrt(inputs)
    return np.float32(typical / 60 * np.exp(rng.uniform(-1.5, 1.5)))


def conv_2d(rng: Rng, scheme: str = "a8w8") -> Graph:
    padding, (h, w) = windows(rng)
    groups = int(rng.choice([1, 1, 2, 3]))
    per_group_in, per_group_out = int(rng.integers(1, 7)), int(rng.integers(1, 7))
    c_out, n = groups * per_group_out, int(rng.integers(1, 3))
    weights, _ = weights_of(rng, (c_out, h["filter"], w["filter"], per_group_in), 0, scheme)
    return _scan_graph(rng, "CONV_2D", padding, (h, w), (n, groups * per_group_in, c_out), weights, 0)


def depthwise_conv_2d(rng: Rng, scheme: str = "a8w8") -> Graph:
    padding, (h, w) = windows(rng)
    c_in, multiplier, n = int(rng.integers(1, 9)), int(rng.integers(1, 4)), int(rng.integers(1, 3))
    c_out = c_in * multiplier
    weights, _ = weights_of(rng, (1, h["filter"], w["filter"], c_out), 3, scheme)
    return _scan_graph(
        rng, "DEPTHWISE_CONV_2D", padding, (h, w), (n, c_in, c_out), weights, 3, depth_multiplier=multiplier
    )


def _scan_graph(rng, kind, padding, axes, sizes, weights, channel_axis, **options) -> Graph:
    b, (h, w), (n, c_in, c_out) = OneOperator(), axes, sizes
    scale = random_scale(rng)
    per_channel = rng.random() < 0.8
    scales = np.array([random_scale(rng, 1e-3, 0.05) for _ in range(c_out if per_channel else 1)])
    x = b.activation((n, h["input"], w["input"], c_in), scale, random_zero_point(rng))
    f = b.constant(weights, scales, axis=channel_axis)
    # TFLite Micro ends with a segmentation fault on a depthwise convolution whose bias is absent.
    bias = _bias(b, rng, c_out, scale * scales, may_be_absent=kind == "CONV_2D")
    out_scale = _output_scale(rng, scale, weights, scales)
    y = b.activation((n, h["output"], w["output"], c_out), out_scale, random_zero_point(rng), is_input=False)
    return b.graph(
        kind,
        (x, f, bias),
        y,
        padding=padding,
        stride_h=h["stride"],
        stride_w=w["stride"],
        dilation_h_factor=h["dilation"],
        dilation_w_factor=w["dilation"],
        fused_activation_function=random_activation(rng),
        **options,
    )


def transpose_conv(rng: Rng, scheme: str = "a8w8") -> Graph:
    b, padding, axes = OneOperator(), str(rng.choice(["SAME", "VALID"])), []
    for _ in "hw":
        size, taps, stride = int(rng.integers(1, 7)), int(rng.integers(1, 6)), int(rng.integers(1, 4))
        rest = int(rng.integers(0, stride))
        output = size * stride - rest if padding == "SAME" else (size - 1) * stride + taps + rest
        axes.append((size, taps, stride, output))
    (h, w), n, c_in, c_out = axes, int(rng.integers(1, 3)), int(rng.integers(1, 7)), int(rng.integers(1, 7))
    weights, _ = weights_of(rng, (c_out, h[1], w[1], c_in), 0, scheme)
    scale = random_scale(rng)
    scales = np.array([random_scale(rng, 1e-3, 0.05) for _ in range(c_out if rng.random() < 0.8 else 1)])
    shape = (n, h[3], w[3], c_out)
    size = b.constant(np.array(shape, np.int32))
    f = b.constant(weights, scales)
    x = b.activation((n, h[0], w[0], c_in), scale, random_zero_point(rng))
    bias = _bias(b, rng, c_out, scale * scales, may_be_absent=True)
    out_scale = _output_scale(rng, scale, weights, scales)
    y = b.activation(shape, out_scale, random_zero_point(rng), is_input=False)
    inputs = (size, f, x) if bias == ABSENT else (size, f, x, bias)
    options = {"padding": padding, "stride_h": h[2], "stride_w": w[2]}
    return b.graph("TRANSPOSE_CONV", inputs, y, fused_activation_function=random_activation(rng), **options)


def fully_connected(rng: Rng, scheme: str = "a8w8") -> Graph:
    b = OneOperator()
    c_in, c_out = int(rng.integers(1, 70)), int(rng.integers(1, 20))
    lead = tuple(rng.integers(1, 4, rng.integers(1, 4)))
    keep = bool(rng.random() < 0.5)
    weights, _ = weights_of(rng, (c_out, c_in), 0, scheme)
    scale = random_scale(rng)
    scales = np.array([random_scale(rng, 1e-3, 0.05) for _ in range(c_out if rng.random() < 0.5 else 1)])
    x = b.activation((*lead, c_in), scale, random_zero_point(rng))
    f = b.constant(weights, scales)
    bias = _bias(b, rng, c_out, scale * scales, may_be_absent=True)
    shape = (*lead, c_out) if keep else (int(np.prod(lead)), c_out)
    out_scale = _output_scale(rng, scale, weights, scales)
    y = b.activation(shape, out_scale, random_zero_point(rng), is_input=False)
    return b.graph(
        "FULLY_CONNECTED",
        (x, f, bias),
        y,
        keep_num_dims=keep,
        fused_activation_function=random_activation(rng),
    )
