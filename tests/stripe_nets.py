"""Networks that are worth executing tile by tile: a signal of several electrodes, an image."""

import numpy as np
from net_builder import Net

from tinyq.graph import Graph


def eegnet(samples: int = 66, electrodes: int = 6) -> Graph:
    """Temporal filters, spatial filters over all electrodes, pool: tiles of columns do not overlap."""
    net = Net(0)
    x = net.conv(net.input(1, electrodes, samples, 1), 4, (1, 8), scheme="a8wt")
    x = net.depthwise(x, 2, (electrodes, 1), scheme="a8w1", padding="VALID")
    x = net.op("RELU", [x], net.tensors[x].shape, net.affine(x))
    x = net.pool("AVERAGE_POOL_2D", x, (1, 4))
    x = net.depthwise(x, 1, (1, 5))
    x = net.pool("MAX_POOL_2D", x, (1, 3))
    n, h, w, c = net.tensors[x].shape
    return net.graph(net.dense(net.reshape(x, n, h * w * c), 5))


def residual(size: int = 16, stride: int = 1) -> Graph:
    """Two blocks: what the sum needs comes earlier than what the second filter needs of its neighbours."""
    net = Net(1)
    x = net.conv(net.input(1, size, size - 3, 3), 4)
    y = net.conv(net.conv(x, 4, (5, 3), scheme="a8wt", dilation=(2, 1)), 4)
    x = net.op("ADD", [y, x], net.tensors[x].shape, net.affine(x), fused_activation_function="RELU")
    gains = net.constant(np.full((1, 1, 1, 4), 9, np.int8), (0.1, 0))
    x = net.op("MUL", [x, gains], net.tensors[x].shape, net.affine(x), fused_activation_function="NONE")
    y = net.conv(net.conv(x, 6, stride=(2, 2)), 6)
    z = net.conv(x, 6, (1, 1), stride=(2, 2))
    x = net.op("ADD", [y, z], net.tensors[y].shape, net.affine(y), fused_activation_function="NONE")
    return net.graph(net.pool("AVERAGE_POOL_2D", x, (2, 2)))
