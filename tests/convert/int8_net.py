"""Int8 graphs with given filters, as any converter could have made them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyq.graph import Graph, Operator, Quantization, Tensor

CONV, DEPTHWISE, DENSE = "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"
KINDS = (CONV, DEPTHWISE, DENSE)


def random_filter(
    rng: np.random.Generator, kind: str, values: tuple[int, ...], level: Any = 127
) -> np.ndarray:
    """A filter of `values` (codes) times `level`, one or one an output channel, in the kind's axis order."""
    shape = {CONV: (5, 3, 2, 4), DEPTHWISE: (1, 3, 3, 8), DENSE: (6, 40)}[kind]
    codes = rng.choice(values, shape)
    channels = shape[-1] if kind == DEPTHWISE else shape[0]
    levels = np.broadcast_to(level, channels)
    return (codes * along_channels(levels, kind)).astype(np.int8)


def along_channels(values: np.ndarray, kind: str) -> np.ndarray:
    """One value an output channel, to multiply a filter with."""
    return values if kind == DEPTHWISE else values.reshape(-1, *(1,) * (1 if kind == DENSE else 3))


class Int8Net:
    """A chain of layers on an input [1, 6, 5, 4] (or [2, 40] if the first layer is dense)."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.current = -1

    def layer(
        self,
        kind: str,
        weights: np.ndarray,
        name: str,
        scales: Any = None,
        filter_index: int = -1,
        bias: bool = True,
    ) -> int:
        """Append a layer; returns the index of its filter, which `filter_index` may give to another one."""
        axis = 3 if kind == DEPTHWISE else 0
        channels = weights.shape[axis]
        if self.current < 0:
            self.current = self._activation("x", (2, 40) if kind == DENSE else (1, 6, 5, 4))
        shape = self.tensors[self.current].shape
        if filter_index < 0:
            scale = self.rng.uniform(0.001, 0.02, channels) if scales is None else np.asarray(scales)
            quantization = Quantization(scale.astype(np.float32), np.zeros(scale.size, np.int64), axis)
            filter_index = self._add(Tensor(f"{name}/w", weights.shape, "int8", quantization, weights))
        inputs = (
            (self.current, filter_index, self._bias(name, channels)) if bias else (self.current, filter_index)
        )
        output = (shape[0], channels) if kind == DENSE else (*shape[:3], channels)
        self.current = self._activation(f"net/{name}/Relu;net/other/Add", output)
        options: dict[str, Any] = {"fused_activation_function": "RELU"}
        if kind == DENSE:
            options |= {"weights_format": "DEFAULT", "keep_num_dims": False}
        else:
            options |= {"padding": "SAME", "stride_w": 1, "stride_h": 1}
            options |= {"dilation_w_factor": 1, "dilation_h_factor": 1}
        if kind == DEPTHWISE:
            options["depth_multiplier"] = channels // shape[3]
        self.operators.append(Operator(kind, inputs, (self.current,), options))
        return filter_index

    def graph(self) -> Graph:
        ends = ({"x": 0}, {"y": self.current})
        return Graph(
            tuple(self.tensors),
            tuple(self.operators),
            (0,),
            (self.current,),
            signatures={"serving_default": ends},
        )

    def _bias(self, name: str, channels: int) -> int:
        bias = self.rng.integers(-2000, 2000, channels).astype(np.int32)
        quantization = Quantization(np.full(channels, 1e-4, np.float32), np.zeros(channels, np.int64))
        return self._add(Tensor(f"{name}/b", bias.shape, "int32", quantization, bias))

    def _activation(self, name: str, shape: tuple[int, ...]) -> int:
        quantization = Quantization(np.array([0.05], np.float32), np.array([-7]))
        return self._add(Tensor(name, shape, "int8", quantization))

    def _add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1


def one_layer(kind: str, weights: np.ndarray, **how: Any) -> Graph:
    """A graph of a single layer, "one"."""
    net = Int8Net(how.pop("seed", 0))
    net.layer(kind, weights, "one", **how)
    return net.graph()


def random_inputs(graph: Graph, count: int, seed: int = 0) -> np.ndarray:
    """int8 [count, *input], the ends of the range among them."""
    samples = np.random.default_rng(seed).integers(-128, 128, (count, *graph.tensors[graph.inputs[0]].shape))
    samples[0], samples[-1] = -128, 127
    return samples.astype(np.int8)
