"""Makes the graph of a single operator, and numbers for it from a seeded generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyq.graph.ir import Graph, Operator, Quantization, Tensor

Rng = np.random.Generator


class OneOperator:
    """Collects tensors and makes the graph of a single operator."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.inputs: list[int] = []

    def activation(self, shape, scale=None, zero_point=0, dtype="int8", is_input=True) -> int:
        q = None if scale is None else quantization([scale], [zero_point])
        self.tensors.append(Tensor(f"t{len(self.tensors)}", tuple(map(int, shape)), dtype, q))
        if is_input:
            self.inputs.append(len(self.tensors) - 1)
        return len(self.tensors) - 1

    def constant(self, data, scale=None, zero_point=0, axis=0) -> int:
        scales = None if scale is None else np.atleast_1d(scale)
        q = None if scales is None else quantization(scales, [zero_point] * len(scales), axis)
        data = np.asarray(data)
        self.tensors.append(Tensor(f"c{len(self.tensors)}", data.shape, data.dtype.name, q, data))
        return len(self.tensors) - 1

    def graph(self, kind, inputs, output, **options: Any) -> Graph:
        return Graph(
            tuple(self.tensors),
            (Operator(kind, tuple(inputs), (output,), options),),
            tuple(self.inputs),
            (output,),
        )


def quantization(scales, zero_points, axis=0) -> Quantization:
    return Quantization(np.array(scales, np.float32), np.array(zero_points, np.int64), axis)


def random_scale(rng: Rng, low=1e-3, high=0.5) -> np.float32:
    return np.float32(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_zero_point(rng: Rng) -> int:
    return int(rng.choice([-128, 127, 0, int(rng.integers(-128, 128))]))


def random_activation(rng: Rng) -> str:
    return str(rng.choice(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"]))


def _window(rng: Rng, dilated: bool) -> dict[str, int]:
    """Sizes of one axis that fit: input, filter, stride, dilation, output for a random padding."""
    filter_size, stride = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    dilation = int(rng.integers(1, 4)) if dilated else 1
    extent = (filter_size - 1) * dilation + 1
    return {"filter": filter_size, "stride": stride, "dilation": dilation, "extent": extent}


def windows(rng: Rng, dilated: bool = True) -> tuple[str, list[dict[str, int]]]:
    """A padding, and the sizes of both axes."""
    padding = str(rng.choice(["SAME", "VALID"]))
    axes = [_window(rng, dilated), _window(rng, dilated)]
    for axis in axes:
        least = axis["extent"] if padding == "VALID" else 1
        axis["input"] = int(rng.integers(least, least + 10))
        span = axis["input"] if padding == "SAME" else axis["input"] - axis["extent"] + 1
        axis["output"] = -(-span // axis["stride"])
    return padding, axes
