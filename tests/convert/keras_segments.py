"""Converted networks beside Keras, part by part: each part gets what the converted network gives it.

A code that falls otherwise in one layer changes all that follows, in Keras as well as here; so every part
between two int8 tensors is compared by itself, on the same inputs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tinyq.convert.export_nodes import network_of
from tinyq.convert.export_parts import parts_of
from tinyq.convert.nodes import Ref
from tinyq.convert.split import split
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import read
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import frozen_copy, load_model


class Segments:
    """A converted model and the network that it was made from."""

    def __init__(self, keras: Path, tflite: Path, samples: np.ndarray) -> None:
        self.model = load_model(keras)
        self.network = network_of(self.model, frozen_copy(self.model), str(keras))
        self.cut = split(self.network)
        self.parts = parts_of(self.network, self.cut, self.model.input_names, samples)
        self.graph = read(tflite)
        self.samples = samples

    def steps(self, count: int = 4) -> dict[str, float]:
        """Name of a low-bit part's result -> its largest difference from Keras, in steps of int8.

        0.5 is what rounding alone gives.
        """
        worst: dict[str, float] = {}
        interpreter = Interpreter(self.graph)
        for sample in self.samples[:count]:
            found = interpreter.run_all(self._int8(self.graph.inputs[0], sample[None]))
            values = {ref: tf.constant(self._real(ref, found)) for ref in self.cut.cut_out}
            made: dict[Ref, Any] = {}
            for node in self.cut.bits:
                made[node.output] = node.run(*(values[ref] for ref in node.inputs))
                values.setdefault(node.output, made[node.output])
            for ref in self.cut.cut_in:
                steps = self._difference(ref, found, np.asarray(made[ref]))
                name = self.parts.names[ref]
                worst[name] = max(worst.get(name, 0.0), steps)
        return worst

    def outputs(self, samples: np.ndarray) -> np.ndarray:
        """The converted network's outputs as real numbers."""
        index = self.graph.outputs[0]
        found = Interpreter(self.graph).predict(self._int8(self.graph.inputs[0], samples))[0]
        scale, zero_point = self._affine(index)
        return (found.astype(np.float32) - zero_point) * scale

    def _affine(self, index: int) -> tuple[float, int]:
        q = self.graph.tensors[index].quantization
        assert q is not None
        return float(q.scale[0]), int(q.zero_point[0])

    def _int8(self, index: int, x: np.ndarray) -> np.ndarray:
        scale, zero_point = self._affine(index)
        return np.clip(np.round(x / scale) + zero_point, -128, 127).astype(np.int8)

    def _index(self, ref: Ref) -> int:
        name = f"{self.parts.names[ref]}/output"
        return next(i for i, tensor in enumerate(self.graph.tensors) if tensor.name == name)

    def _real(self, ref: Ref, found: dict[int, np.ndarray]) -> np.ndarray:
        index = self._index(ref)
        scale, zero_point = self._affine(index)
        values = (found[index].astype(np.float32) - zero_point) * np.float32(scale)
        return values.reshape(1, *ref.shape)

    def _difference(self, ref: Ref, found: dict[int, np.ndarray], wanted: np.ndarray) -> float:
        scale, zero_point = self._affine(self._index(ref))
        held = np.clip(wanted, (-128 - zero_point) * scale, (127 - zero_point) * scale)
        return float(np.abs(self._real(ref, found) - held).max() / scale)
