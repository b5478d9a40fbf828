"""What bits_to_lce and bits_to_stock share: the walk over a graph, and the operators around layers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from tinyq.convert.edit import Editor
from tinyq.convert.targets.expansion import Expansion
from tinyq.convert.targets.low_layer import LAYERS
from tinyq.convert.targets.stored import Stored
from tinyq.core.errors import ConvertError
from tinyq.graph.ir import ABSENT, Graph, Operator

Codes = TypeVar("Codes")  # what a packed tensor becomes


class BitsLowering(ABC, Generic[Codes]):
    """Puts other operators in place of tinyq's on packed data, whose other ends must be float32."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._old = Editor(graph)
        self._new = Expansion(graph)
        self._codes: dict[int, Codes] = {}  # by packed tensor

    def run(self) -> tuple[Graph, Mapping[int, Stored]]:
        """The new graph; and for the output tensor of each layer in the old one, how it is stored.

        Raises:
            ConvertError: an operator that no Keras model gives.
        """
        stored = {}
        for operator in self._graph.operators:
            if operator.kind in LAYERS:
                stored[operator.outputs[0]] = self._layer(operator)
            elif operator.kind.startswith("Tq"):
                self._other(operator)
            else:
                self._new.again(operator)
        return self._new.graph(), stored

    @abstractmethod
    def _layer(self, operator: Operator) -> Stored:
        """Emit a layer."""

    @abstractmethod
    def _quantized(self, x: int, thresholds: npt.NDArray[np.float32], levels: int, falling: bool) -> Codes:
        """Emit the codes of real numbers: how many thresholds they exceed, or, falling, how many not."""

    @abstractmethod
    def _pooled(self, operator: Operator, codes: Codes) -> Codes:
        """Emit the largest of codes."""

    @abstractmethod
    def _real(self, codes: Codes) -> int:
        """The codes as float32 numbers."""

    def _other(self, operator: Operator) -> None:
        source, output = operator.inputs[0], operator.outputs[0]
        if operator.kind == "TqQuantize":
            thresholds = self._new.data(operator.inputs[1]).astype(np.float32)
            falling = bool(self._flips(operator, 2).any())
            self._codes[output] = self._quantized(source, thresholds, operator.options["x_levels"], falling)
        elif operator.kind == "TqBitMaxPool2D":
            self._codes[output] = self._pooled(operator, self._codes[source])
        elif operator.kind == "TqDequantize":
            quantization = self._new.tensors[source].quantization
            scale = 1.0 if quantization is None else quantization.scale
            self._new.becomes(output, self._new.pointwise("MUL", self._real(self._codes[source]), scale))
        else:
            raise self._refusal(operator)

    def _refusal(self, operator: Operator) -> ConvertError:
        name = self._new.tensors[operator.outputs[0]].name
        return ConvertError(name, f"a {operator.kind}", "operators that a Keras model gives")

    def _flips(self, operator: Operator, place: int) -> npt.NDArray[np.bool_]:
        """Which channels' codes fall: the input at `place`, which may be absent."""
        index = operator.inputs[place] if len(operator.inputs) > place else ABSENT
        return np.zeros(1, np.bool_) if index == ABSENT else self._new.data(index) != 0

    def _pooled_real(self, operator: Operator, codes: Codes) -> int:
        """The largest of codes as float32 numbers."""
        options, output = operator.options, operator.outputs[0]
        window: dict[str, Any] = {
            key: options[key] for key in options if key not in ("abi", "x_levels", "channels")
        }
        image = (*self._new.shape(output)[:-1], options["channels"])
        made = self._new.tensor(f"{self._new.tensors[output].name}/pooled", image)
        inputs = [self._real(codes)]
        return self._new.emit("MAX_POOL_2D", inputs, made, **window, fused_activation_function="NONE")
