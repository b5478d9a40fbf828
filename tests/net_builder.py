"""Builds networks as graphs, operator by operator."""

import math
from typing import Any

import numpy as np

from tinyq.core.packing import pack_binary, pack_ternary
from tinyq.graph import ABSENT, Graph, Operator, Quantization, Tensor

KIND = {"conv": "Conv2D", "depthwise": "DepthwiseConv2D", "dense": "FullyConnected"}
STOCK = {"conv": "CONV_2D", "depthwise": "DEPTHWISE_CONV_2D", "dense": "FULLY_CONNECTED"}


class Net:
    """Builds a graph operator by operator; every method returns the index of its output tensor."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.inputs: list[int] = []

    def graph(self, *outputs: int, name: str = "main") -> Graph:
        return Graph(tuple(self.tensors), tuple(self.operators), tuple(self.inputs), outputs, name)

    def input(self, *shape: int, dtype: str = "int8", name: str = "") -> int:
        affine = (0.05, 3) if dtype == "int8" else None
        index = self.tensor(name or f"input_{len(self.inputs)}", shape, dtype, affine)
        self.inputs.append(index)
        return index

    def tensor(self, name: str, shape: Any, dtype: str = "int8", affine: Any = None, data: Any = None) -> int:
        quantization = affine
        if isinstance(affine, tuple):
            quantization = Quantization(np.array(affine[:1], np.float32), np.array(affine[1:], np.int64))
        self.tensors.append(Tensor(name, tuple(shape), dtype, quantization, data))
        return len(self.tensors) - 1

    def constant(self, data: np.ndarray, affine: Any = None, name: str = "constant") -> int:
        return self.tensor(f"{name}_{len(self.tensors)}", data.shape, data.dtype.name, affine, data)

    def op(
        self, kind: str, inputs: Any, shape: Any, affine: Any = None, dtype: str = "int8", **options: Any
    ) -> int:
        name = options.pop("name", "") or f"{kind.lower()}_{len(self.operators)}"
        output = self.tensor(f"{name}/out", shape, dtype, affine)
        self.operators.append(Operator(kind, tuple(inputs), (output,), options))
        return output

    def affine(self, x: int) -> tuple[float, int]:
        q = self.tensors[x].quantization
        return float(q.scale[0]), int(q.zero_point[0])

    def conv(self, x: int, c_out: int, size: Any = (3, 3), scheme: str = "a8w8", **how: Any) -> int:
        groups = how.pop("groups", 1)
        shape = (c_out, *size, self.tensors[x].shape[3] // groups)
        return self._scan("conv", x, shape, 0, scheme, how)

    def depthwise(
        self, x: int, multiplier: int = 1, size: Any = (3, 3), scheme: str = "a8w8", **how: Any
    ) -> int:
        shape = (1, *size, self.tensors[x].shape[3] * multiplier)
        return self._scan("depthwise", x, shape, 3, scheme, {**how, "depth_multiplier": multiplier})

    def dense(self, x: int, c_out: int, scheme: str = "a8w8", bias: bool = True, **how: Any) -> int:
        rows, c_in = self.tensors[x].shape
        inputs, scale = self._weights(x, (c_out, c_in), 0, scheme, bias)
        options = {"fused_activation_function": how.pop("activation", "NONE"), **how}
        if scheme != "a8w8":
            options |= {"abi": 1, "scheme": scheme, "channels_in": c_in}
        options |= {"keep_num_dims": False}
        kind = STOCK["dense"] if scheme == "a8w8" else f"Tq{KIND['dense']}"
        return self.op(kind, inputs, (rows, c_out), (scale, int(self.rng.integers(-20, 20))), **options)

    def _scan(self, what: str, x: int, shape: tuple[int, ...], axis: int, scheme: str, how: Any) -> int:
        how = {
            "padding": "SAME",
            "stride": (1, 1),
            "dilation": (1, 1),
            "bias": True,
            "activation": "NONE",
        } | how
        inputs, scale = self._weights(x, shape, axis, scheme, how["bias"])
        n, *image, _ = self.tensors[x].shape
        out = [
            -(-size // step) if how["padding"] == "SAME" else (size - (k - 1) * dilation - 1) // step + 1
            for size, k, step, dilation in zip(image, shape[1:3], how["stride"], how["dilation"], strict=True)
        ]
        options = {
            "padding": how["padding"],
            "stride_h": how["stride"][0],
            "stride_w": how["stride"][1],
            "dilation_h_factor": how["dilation"][0],
            "dilation_w_factor": how["dilation"][1],
            "fused_activation_function": how["activation"],
        }
        if what == "depthwise":
            options["depth_multiplier"] = how["depth_multiplier"]
        if scheme != "a8w8":
            options |= {"abi": 1, "scheme": scheme, "filter_height": shape[1], "filter_width": shape[2]}
            options |= {"channels_in": shape[3]} if what == "conv" else {}
        kind = STOCK[what] if scheme == "a8w8" else f"Tq{KIND[what]}"
        affine = (scale, int(self.rng.integers(-20, 20)))
        return self.op(kind, inputs, (n, *out, shape[axis]), affine, **options)

    def _weights(
        self, x: int, shape: tuple[int, ...], axis: int, scheme: str, bias: bool
    ) -> tuple[list[int], float]:
        """Inputs of the operator, and an output scale that spreads the results over the int8 range."""
        channels, fan_in = shape[axis], math.prod(shape) // shape[axis]
        scales = self.rng.uniform(0.004, 0.02, channels).astype(np.float32)
        affine = Quantization(scales, np.zeros(channels, np.int64), axis)
        scale = self.affine(x)[0] * float(scales.mean()) * math.sqrt(fan_in) * 40 * 60 / 50
        bias_index = (
            self.constant(self.rng.integers(-4000, 4000, channels).astype(np.int32)) if bias else ABSENT
        )
        if scheme == "a8w8":
            weights = self.rng.integers(-127, 128, shape).astype(np.int8)
            return [x, self.constant(weights, affine), bias_index], scale
        least, pack = (-1, pack_ternary) if scheme == "a8wt" else (0, pack_binary)
        codes = self.rng.integers(least, 2, shape).astype(np.int8)
        codes = codes if scheme == "a8wt" else (1 - 2 * codes).astype(np.int8)
        levels = self.rng.integers(90, 128, channels).astype(np.int8)
        added = [self.constant(pack(codes)), bias_index, self.constant(levels), self.constant(scales)]
        return [x, *added], scale

    def pool(self, kind: str, x: int, size: Any, padding: str = "VALID") -> int:
        n, h, w, c = self.tensors[x].shape
        out = [
            -(-s // k) if padding == "SAME" else (s - k) // k + 1 for s, k in zip((h, w), size, strict=True)
        ]
        options = {"padding": padding, "stride_h": size[0], "stride_w": size[1]}
        options |= {"filter_height": size[0], "filter_width": size[1], "fused_activation_function": "NONE"}
        return self.op(kind, [x], (n, *out, c), self.affine(x), **options)

    def reshape(self, x: int, *shape: int) -> int:
        new_shape = self.constant(np.array(shape, np.int32))
        return self.op("RESHAPE", [x, new_shape], shape, self.affine(x), new_shape=shape)

    def softmax(self, x: int) -> int:
        return self.op("SOFTMAX", [x], self.tensors[x].shape, (1 / 256, -128), beta=1.0)
