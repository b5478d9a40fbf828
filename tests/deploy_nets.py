"""Small networks, built as graphs: together they use every kernel."""

import numpy as np
from deploy_a8 import few_bits_net, int16_ends_net, int16_net, transposed_net
from deploy_bits import bits_float_net, bits_net
from deploy_lce import lce_net
from net_builder import Net

from tinyq.graph import Graph


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


def products_net(seed: int = 4) -> Graph:
    """A difference and products of int8 tensors; one operand is a constant of the channels."""
    net = Net(seed)
    one, two = net.input(1, 3, 4, 6), net.input(1, 3, 4, 6)
    shape = net.tensors[one].shape
    apart = net.op("SUB", [one, two], shape, (0.03, 5), fused_activation_function="NONE")
    gains = net.constant(net.rng.integers(-128, 128, (1, 1, 1, 6)).astype(np.int8), (0.01, -3))
    scaled = net.op("MUL", [apart, gains], shape, (0.02, 1), fused_activation_function="RELU")
    return net.graph(net.op("MUL", [scaled, two], shape, (0.05, 0), fused_activation_function="NONE"))


NETS = {
    "ternary": ternary_net,
    "binary": binary_net,
    "float": float_net,
    "two_input": two_input_net,
    "products": products_net,
    "bits": bits_net,
    "bits_float": bits_float_net,
    "few_bits": few_bits_net,
    "lce": lce_net,
    "transposed": transposed_net,
    "int16": int16_net,
    "int16_ends": int16_ends_net,
}


def samples(graph: Graph, count: int, seed: int = 7) -> list[np.ndarray]:
    """[count, *shape] for each input of a graph, extremes included."""
    rng = np.random.default_rng(seed)
    arrays = []
    for index in graph.inputs:
        tensor = graph.tensors[index]
        if tensor.dtype == "float32":
            arrays.append(rng.normal(0, 2, (count, *tensor.shape)).astype(np.float32))
        else:
            limits = np.iinfo(tensor.dtype)
            low, high = int(limits.min), int(limits.max)
            arrays.append(rng.integers(low, high + 1, (count, *tensor.shape)).astype(tensor.dtype))
            arrays[-1][0] = low
            arrays[-1][-1] = high
    return arrays
