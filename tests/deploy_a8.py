"""Networks with weights of 2 to 4 bits, with transposed convolutions, and with int16 activations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from int16_operators import widened
from net_builder import Net
from weighted_operators import weights_of

from tinyq.convert.filters import pack, take_apart
from tinyq.core.spec import TABLE_BITS
from tinyq.graph import ABSENT, Graph, Quantization


class TableNet(Net):
    """Knows the schemes with tables, and transposed convolutions."""

    def _weights(self, x: int, shape: tuple[int, ...], axis: int, scheme: str, bias: bool) -> Any:
        if scheme not in TABLE_BITS:
            return super()._weights(x, shape, axis, scheme, bias)
        inputs, scale = super()._weights(x, shape, axis, "a8w8", bias)
        weights, _ = weights_of(self.rng, shape, axis, scheme)
        taken = take_apart(weights, depthwise=axis == 3).by_scheme[scheme]
        scales = self.tensors[inputs[1]].quantization.scale
        added = [self.constant(pack(taken.codes, scheme)), inputs[2]]
        return [x, *added, *map(self.constant, (taken.levels, scales, taken.tables))], scale

    def transpose(self, x: int, c_out: int, size: Any, stride: Any, scheme: str = "a8w8", **how: Any) -> int:
        n, h, w, c_in = self.tensors[x].shape
        inputs, scale = self._weights(x, (c_out, *size, c_in), 0, scheme, how.get("bias", True))
        padding = how.get("padding", "SAME")
        rest = 0 if padding == "SAME" else 1
        shape = (n, *(d * s + rest * (k - s) for d, s, k in zip((h, w), stride, size, strict=True)), c_out)
        options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
        options["fused_activation_function"] = how.get("activation", "NONE")
        if scheme == "a8w8":
            inputs = [self.constant(np.array(shape, np.int32)), inputs[1], x, inputs[2]]
            inputs = inputs[:3] if inputs[3] == ABSENT else inputs
            return self.op("TRANSPOSE_CONV", inputs, shape, (scale, 4), **options)
        options |= {"abi": 1, "scheme": scheme, "channels_in": c_in}
        options |= {"filter_height": size[0], "filter_width": size[1]}
        return self.op("TqTransposeConv", inputs, shape, (scale, -9), **options)


def few_bits_net(seed: int = 5) -> Graph:
    """Every operator in every scheme with tables; rows that begin in mid-byte."""
    net = TableNet(seed)
    x = net.conv(net.input(1, 7, 7, 3), 6, scheme="a8w2", activation="RELU")
    x = net.depthwise(x, 2, scheme="a8w2", stride=(2, 1))
    x = net.conv(x, 7, (1, 1), scheme="a8w3", bias=False)
    x = net.depthwise(x, 1, (2, 3), scheme="a8w3", dilation=(1, 2))
    x = net.conv(x, 8, (3, 2), scheme="a8w4", padding="VALID")
    x = net.depthwise(x, 1, scheme="a8w4")
    x = net.reshape(x, 1, math.prod(net.tensors[x].shape))
    outputs = [net.dense(x, 9, scheme=scheme) for scheme in TABLE_BITS]
    return net.graph(*outputs)


def transposed_net(seed: int = 6) -> Graph:
    """Transposed convolutions of every scheme, up from 2 x 3."""
    net = TableNet(seed)
    x = net.transpose(net.input(1, 2, 3, 5), 6, (3, 4), (2, 2), activation="RELU")
    x = net.transpose(x, 5, (2, 3), (1, 2), "a8wt", padding="VALID")
    x = net.transpose(x, 6, (3, 3), (2, 1), "a8w1", bias=False)
    outputs = [net.transpose(x, 3, (3, 2), (1, 2), scheme) for scheme in TABLE_BITS]
    return net.graph(*outputs)


def int16_net(seed: int = 7) -> Graph:
    """All kernels of int16 activations but softmax; float32 goes in, int16 and float32 come out."""
    net = Net(seed)
    x = net.op("QUANTIZE", [net.input(1, 6, 5, 3, dtype="float32")], (1, 6, 5, 3), (0.02, 0))
    x = net.op("PAD", [x, net.constant(np.array([[0, 0], [1, 2], [0, 1], [0, 0]], np.int32))], (1, 9, 6, 3))
    net.tensors[x] = replace(net.tensors[x], quantization=net.tensors[x - 2].quantization)
    y = net.conv(x, 8, padding="VALID", activation="RELU")
    z = net.depthwise(y, 1, (3, 3), bias=False)
    shape = net.tensors[y].shape
    z = net.op("ADD", [z, y], shape, (net.affine(z)[0] * 1.5, 0), pot_scale_int16=False)
    joined = net.op("QUANTIZE", [y], shape, net.affine(z))
    both = net.op("CONCATENATION", [z, joined], (1, 7, 4, 16), net.affine(z), axis=3)
    pooled = net.pool("AVERAGE_POOL_2D", net.pool("MAX_POOL_2D", both, (2, 1)), (2, 2), "SAME")
    axes = net.constant(np.array([1, 2], np.int32))
    mean = net.op("MEAN", [pooled, axes], (1, 16), (net.affine(both)[0] / 2, 0), keep_dims=False)
    logits = net.dense(mean, 7)
    return of_int16(net.graph(net.op("DEQUANTIZE", [logits], (1, 7), None, "float32"), logits))


def int16_ends_net(seed: int = 8) -> Graph:
    """int16 at both ends; shares of a softmax."""
    net = Net(seed)
    x = net.dense(net.input(1, 12), 10)
    return of_int16(net.graph(net.softmax(x)))


def of_int16(graph: Graph) -> Graph:
    """The same with int16 activations."""
    kept, biases = set(), set()
    for operator in graph.operators:
        if operator.kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            kept.add(operator.inputs[1])
            biases.add(operator.inputs[2])
    tensors = [t if i in kept else widened(t) for i, t in enumerate(graph.tensors)]
    for i in biases - {ABSENT}:
        tensors[i] = replace(tensors[i], dtype="int64", data=tensors[i].data.astype(np.int64) * 256)
    for operator in graph.operators:
        if operator.kind == "SOFTMAX":
            one = Quantization(np.array([1 / 32768], np.float32), np.zeros(1, np.int64))
            tensors[operator.outputs[0]] = replace(tensors[operator.outputs[0]], quantization=one)
    return replace(graph, tensors=tuple(tensors))
