"""Networks as the front end joins them: layers on codes, batch norms in float32 behind, quantizers."""

from __future__ import annotations

from typing import Any

import numpy as np
from deploy_bits import BitsNet

from tinyq.core.packed_activations import packed_size
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph


class LowNet(BitsNet):
    """A `BitsNet` with float32 operations by channel."""

    def steps(self, x: int, *steps: tuple[str, Any]) -> int:
        """("ADD", values), ("MUL", values), ("RELU", None) ... one after the other."""
        for kind, values in steps:
            shape = self.tensors[x].shape
            if values is None:
                x = self.op(kind, [x], shape, None, "float32")
                continue
            options = {"pot_scale_int16": False} if kind == "ADD" else {}
            constant = self.constant(np.asarray(values, np.float32))
            x = self.op(
                kind, [x, constant], shape, None, "float32", fused_activation_function="NONE", **options
            )
        return x

    def norm(self, x: int, falling: int = 0) -> int:
        """A batch norm as Keras computes it; gains of the first `falling` channels are negative."""
        c = self.tensors[x].shape[-1]
        gain = self.rng.uniform(0.3, 1.5, c) * np.where(np.arange(c) < falling, -1, 1)
        spread = float(self.rng.uniform(0.2, 1))
        return self.steps(
            x, ("ADD", self.rng.normal(0, spread, c)), ("MUL", gain), ("ADD", self.rng.normal(0, 0.3, c))
        )

    def pool_f32(self, x: int, size: int = 2) -> int:
        n, h, w, c = self.tensors[x].shape
        options = {"padding": "VALID", "stride_h": size, "stride_w": size, "filter_height": size}
        options |= {"filter_width": size, "fused_activation_function": "NONE"}
        return self.op("MAX_POOL_2D", [x], (n, h // size, w // size, c), None, "float32", **options)

    def sign(self, x: int, levels: int = 3) -> Any:
        """TqQuantize of float32 with evenly spaced thresholds, one row for all channels, no flip."""
        return self.spaced(x, np.arange(levels - 1) - (levels - 2) / 2)

    def spaced(self, x: int, thresholds: Any) -> Any:
        *rows, c = self.tensors[x].shape
        levels = len(thresholds) + 1
        options = {"abi": 1, "x_levels": levels, "channels": c}
        shape = (*rows, packed_size(c, levels))
        inputs = [x, self.constant(np.asarray(thresholds, np.float32))]
        return self.op("TqQuantize", inputs, shape, (0.5, 0), "int32", **options), c, levels


def kinds(graph: Graph) -> list[str]:
    return [operator.kind for operator in graph.operators]


def outputs(graph: Graph, count: int = 3, seed: int = 0) -> list[np.ndarray]:
    """All outputs for random inputs: float32 of a few units, or int8."""
    rng = np.random.default_rng(seed)
    tensors = [graph.tensors[i] for i in graph.inputs]
    given = [
        rng.normal(0, 1.5, (count, *t.shape[1:])).astype(np.float32)
        if t.dtype == "float32"
        else rng.integers(-128, 128, (count, *t.shape[1:])).astype(np.int8)
        for t in tensors
    ]
    return Interpreter(graph).predict(given)
