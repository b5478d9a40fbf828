"""Small networks, built as graphs: together they use every kernel."""

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
        affine = Quantization(scales, np.zeros(channels, np.int64), 0)
        return [x, self.constant(pack(codes)), bias_index, self.constant(levels, affine)], scale

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


def ternary_net(seed: int = 0) -> Graph:
    """conv -> depthwise -> pointwise -> pool -> dense -> softmax, all ternary; logits are an output too."""
    net = Net(seed)
    x = net.conv(net.input(1, 8, 8, 1), 12, scheme="a8wt", activation="RELU")
    x = net.depthwise(x, 2, scheme="a8wt", stride=(2, 2))
    x = net.conv(x, 16, (1, 1), scheme="a8wt", bias=False, activation="RELU6")
    x = net.pool("AVERAGE_POOL_2D", x, (2, 2))
    x = net.reshape(x, 1, 64)
    x = net.dense(x, 10, scheme="a8wt")
    return net.graph(x, net.softmax(x))


def binary_net(seed: int = 1) -> Graph:
    """Binary weights, a batch of 3, odd sizes, dilation, groups; two outputs."""
    net = Net(seed)
    x = net.conv(net.input(3, 7, 9, 4), 6, (3, 2), scheme="a8w1", dilation=(2, 1), groups=2)
    y = net.depthwise(x, 1, (3, 5), scheme="a8w1", padding="VALID")
    z = net.pool("MAX_POOL_2D", y, (2, 2), "SAME")
    n, h, w, c = net.tensors[z].shape
    z = net.dense(net.reshape(z, n, h * w * c), 5, scheme="a8w1", bias=False)
    return net.graph(z, y)


def float_net(seed: int = 2) -> Graph:
    """float32 at both ends, int8 between; a residual sum, a constant operand, pad, mean and concatenation."""
    net = Net(seed)
    x = net.op("QUANTIZE", [net.input(1, 6, 5, 3, dtype="float32")], (1, 6, 5, 3), (0.02, -4))
    margins = net.constant(np.array([[0, 0], [1, 2], [0, 1], [0, 0]], np.int32))
    x = net.op("PAD", [x, margins], (1, 9, 6, 3), net.affine(x))
    y = net.conv(x, 8, padding="VALID")
    z = net.depthwise(y, 1, (3, 3))
    z = net.op(
        "ADD", [z, y], net.tensors[y].shape, (net.affine(z)[0] * 1.5, 2), fused_activation_function="RELU"
    )
    table = net.rng.integers(-128, 128, (1, 1, 1, 8)).astype(np.int8)
    fixed = net.constant(table, (0.01, 5))
    z = net.op(
        "ADD", [z, fixed], net.tensors[z].shape, (net.affine(z)[0], -1), fused_activation_function="NONE"
    )
    joined = net.op("QUANTIZE", [y], net.tensors[y].shape, net.affine(z))
    both = net.op(
        "CONCATENATION", [z, joined], (1, 7, 4, 16), net.affine(z), axis=3, fused_activation_function="NONE"
    )
    both = net.op("RELU", [both], (1, 7, 4, 16), (net.affine(z)[0], -128))
    axes = net.constant(np.array([1, 2], np.int32))
    pooled = net.op("MEAN", [both, axes], (1, 16), (net.affine(both)[0] / 2, -128), keep_dims=False)
    dense = net.dense(pooled, 7)
    return net.graph(net.op("DEQUANTIZE", [dense], (1, 7), None, "float32"))


def two_input_net(seed: int = 3) -> Graph:
    """Two inputs; an output that is a reshaped input of the next layer; hostile names."""
    net = Net(seed)
    one = net.input(1, 4, 4, 2, name='a"b\\ */ ??/ 日本')
    two = net.input(1, 32, name="int")
    flat = net.reshape(one, 1, 32)
    total = net.op("ADD", [flat, two], (1, 32), (0.1, 0), fused_activation_function="NONE", name="main")
    first = net.dense(total, 4, scheme="a8wt")
    second = net.dense(first, 3, activation="RELU")
    return net.graph(second, first, total)


NETS = {"ternary": ternary_net, "binary": binary_net, "float": float_net, "two_input": two_input_net}


def samples(graph: Graph, count: int, seed: int = 7) -> list[np.ndarray]:
    """[count, *shape] for each input of a graph, extremes included."""
    rng = np.random.default_rng(seed)
    arrays = []
    for index in graph.inputs:
        tensor = graph.tensors[index]
        if tensor.dtype == "float32":
            arrays.append(rng.normal(0, 2, (count, *tensor.shape)).astype(np.float32))
        else:
            arrays.append(rng.integers(-128, 128, (count, *tensor.shape)).astype(np.int8))
            arrays[-1][0] = -128
            arrays[-1][-1] = 127
    return arrays
