"""A network of Larq Compute Engine's operators and of float32 ones: every kernel of both at least once."""

from __future__ import annotations

from typing import Any

import numpy as np
from lce_cases import affine, signs

from tinyq.graph import Graph, Operator, Tensor
from tinyq.graph.ir import ABSENT

_WINDOW = {"padding": "SAME", "stride_h": 1, "stride_w": 1}
_PLAIN = {"fused_activation_function": "NONE"}
_CONV = {**_WINDOW, **_PLAIN, "dilation_h_factor": 1, "dilation_w_factor": 1}
_POOL = {**_WINDOW, **_PLAIN, "filter_height": 2, "filter_width": 2}
_BCONV = {"dilation_height_factor": 1, "dilation_width_factor": 1, "stride_height": 1, "stride_width": 1}


class _Chain:
    """Tensors and operators in order."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []

    def tensor(self, shape: tuple[int, ...], dtype: str = "float32", scale: Any = None) -> int:
        self.tensors.append(Tensor(f"net/t{len(self.tensors)}/y", shape, dtype, scale))
        return len(self.tensors) - 1

    def constant(self, data: np.ndarray) -> int:
        self.tensors.append(Tensor(f"c{len(self.tensors)}", data.shape, data.dtype.name, None, data))
        return len(self.tensors) - 1

    def real(self, *shape: int) -> int:
        return self.constant(self.rng.normal(0, 0.3, shape).astype(np.float32))

    def op(self, kind: str, inputs: tuple[int, ...], output: int, **options: Any) -> int:
        self.operators.append(Operator(kind, inputs, (output,), options))
        return output

    def bconv(self, x: int, channels: tuple[int, int], size: int, output: int, **options: Any) -> int:
        """channels = (in, out); `options` replace those of a convolution padded with ones."""
        c_in, c_out = channels
        packed = self.tensors[output].dtype == "int32"
        thresholds = self.constant(self.rng.integers(-9, 9, c_out).astype(np.int32) + size * size * c_in // 2)
        inputs = (ABSENT, ABSENT, thresholds) if packed else (self.real(c_out), self.real(c_out), ABSENT)
        filters = self.constant(signs(self.rng, c_out, size, size, options.pop("per_group", c_in)))
        given = {**_PLAIN, **_BCONV, "padding": "SAME", "pad_values": 1, "channels_in": c_in, **options}
        return self.op("LceBconv2d", (x, filters, *inputs), output, **given)


def lce_net(seed: int = 4) -> Graph:
    """From an image of 6 x 5 x 3 float32 to five probabilities."""
    net = _Chain(seed)
    x = net.tensor((1, 6, 5, 3))
    y = net.op("CONV_2D", (x, net.real(64, 3, 3, 3), net.real(64)), net.tensor((1, 6, 5, 64)), **_CONV)
    bits = net.op("LceQuantize", (y,), net.tensor((1, 6, 5, 2), "int32"))
    bits = net.bconv(bits, (64, 70), 3, net.tensor((1, 6, 5, 3), "int32"))
    pool = {"padding": "SAME", "filter_height": 2, "filter_width": 2, "stride_height": 2, "stride_width": 1}
    bits = net.op("LceBMaxPool2d", (bits,), net.tensor((1, 3, 5, 3), "int32"), **pool)
    flags = net.op("LceDequantize", (bits,), net.tensor((1, 3, 5, 70), "bool"))
    bits = net.op("LceQuantize", (flags,), net.tensor((1, 3, 5, 3), "int32"))
    back = net.op("LceDequantize", (bits,), net.tensor((1, 3, 5, 70)))
    real = net.bconv(bits, (70, 70), 3, net.tensor((1, 3, 5, 70)), pad_values=0)
    real = net.op("ADD", (real, back), net.tensor((1, 3, 5, 70)), **_PLAIN)
    real = net.op("MUL", (real, net.real(70)), net.tensor((1, 3, 5, 70)), **_PLAIN)
    real = net.op("RELU", (real,), net.tensor((1, 3, 5, 70)))
    both = net.op("CONCATENATION", (real, back), net.tensor((1, 3, 5, 140)), axis=-1, **_PLAIN)
    both = net.op("MAX_POOL_2D", (both,), net.tensor((1, 3, 5, 140)), **_POOL)
    both = net.op("AVERAGE_POOL_2D", (both,), net.tensor((1, 3, 5, 140)), **_POOL)
    both = net.op(
        *("DEPTHWISE_CONV_2D", (both, net.real(1, 2, 2, 140), net.real(140)), net.tensor((1, 3, 5, 140))),
        **_CONV,
        depth_multiplier=1,
    )
    margins = net.constant(np.array([[0, 0], [1, 0], [0, 1], [0, 20]], np.int32))
    wide = net.op("PAD", (both, margins), net.tensor((1, 4, 6, 160)))
    bits = net.op("LceQuantize", (wide,), net.tensor((1, 4, 6, 5), "int32"))
    small = net.tensor((1, 4, 6, 40), "int8", affine(0.05, -9))
    small = net.bconv(bits, (160, 40), 1, small, per_group=32, fused_activation_function="RELU6")
    bits = net.op("LceQuantize", (small,), net.tensor((1, 4, 6, 2), "int32"))
    back = net.op("LceDequantize", (bits,), net.tensor((1, 4, 6, 40), "int8", affine(0.01, 3)))
    back = net.op("DEQUANTIZE", (back,), net.tensor((1, 4, 6, 40)))
    axes = net.constant(np.array([1, 2], np.int32))
    mean = net.op("MEAN", (back, axes), net.tensor((1, 40)), keep_dims=False)
    y = net.op("FULLY_CONNECTED", (mean, net.real(5, 40), net.real(5)), net.tensor((1, 5)), **_PLAIN)
    y = net.op("SOFTMAX", (y,), net.tensor((1, 5)), beta=1.0)
    return Graph(tuple(net.tensors), tuple(net.operators), inputs=(x,), outputs=(y, wide))
