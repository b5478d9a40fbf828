"""Say low-bit layers in built-in operators on float32, which hold codes and their sums without rounding.

float32 ─▶ TqQuantize ─▶ packed ─▶ TqBitConv2D ─▶ float32
                                  -->
float32 ─▶ ADD (-threshold) ─▶ MUL (2^100) ─▶ ADD (1), RELU_N1_TO_1 ─▶ CONV_2D ─▶ MUL ─▶ ADD ─▶ float32

A comparison with a threshold is a steep ramp: from the threshold up it gives 1, and -1 below. There is one
for each threshold, and their sum is the code.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tinyq.convert.edit import Editor
from tinyq.convert.targets.expansion import Expansion
from tinyq.convert.targets.filter_passes import int8_filter
from tinyq.convert.targets.float_filters import Int8Filter
from tinyq.convert.targets.low_layer import LAYERS, LowOperator, low_operator
from tinyq.convert.targets.planes import next_above
from tinyq.convert.targets.real_layer import real_layer
from tinyq.convert.targets.stored import Stored, bits_name
from tinyq.core.errors import ConvertError
from tinyq.graph.ir import ABSENT, Graph, Operator

_STEEP = 2.0**100
_NEAR_ZERO = 1e-20  # float32 numbers this large are at least 1e-28 apart


def bits_to_stock(graph: Graph) -> tuple[Graph, Mapping[int, Stored]]:
    """Replace all of tinyq's operators on packed data; their other ends must be float32.

    Returns:
        The new graph; and for the output tensor of each layer in the old one, how it is stored.

    Raises:
        ConvertError: an operator that no Keras model gives, or a packed output of a layer.
    """
    lowering = _Lowering(graph)
    return lowering.graph(), lowering.stored


class _Lowering:
    def __init__(self, graph: Graph) -> None:
        self.stored: dict[int, Stored] = {}
        self._old = Editor(graph)
        self._new = Expansion(graph)
        self._codes: dict[int, int] = {}  # packed tensor -> float32 codes
        for operator in graph.operators:
            if operator.kind in LAYERS and not operator.options["out_levels"]:
                self.stored[operator.outputs[0]] = self._layer(operator)
            elif operator.kind.startswith("Tq"):
                self._other(operator)
            else:
                self._new.again(operator)

    def graph(self) -> Graph:
        return self._new.graph()

    def _other(self, operator: Operator) -> None:
        new, source, output = self._new, operator.inputs[0], operator.outputs[0]
        if operator.kind == "TqQuantize":
            self._codes[output] = self._quantized(operator)
        elif operator.kind == "TqBitMaxPool2D":
            options = operator.options
            window = {key: options[key] for key in options if key not in ("abi", "x_levels", "channels")}
            image = (*new.shape(output)[:-1], options["channels"])
            made = new.tensor(f"{new.tensors[output].name}/pooled", image)
            inputs = [self._codes[source]]
            self._codes[output] = new.emit(
                "MAX_POOL_2D", inputs, made, **window, fused_activation_function="NONE"
            )
        elif operator.kind == "TqDequantize":
            quantization = new.tensors[source].quantization
            scale = np.ones(1) if quantization is None else quantization.scale
            new.becomes(output, new.pointwise("MUL", self._codes[source], scale))
        else:
            name = new.tensors[output].name
            raise ConvertError(name, f"a {operator.kind}", "operators that a Keras model gives")

    def _quantized(self, operator: Operator) -> int:
        """The codes as float32."""
        new, x, levels = self._new, operator.inputs[0], operator.options["x_levels"]
        rows = new.data(operator.inputs[1]).astype(np.float32)
        index = operator.inputs[2] if len(operator.inputs) > 2 else ABSENT
        sign = 1.0 if index == ABSENT or not new.data(index).any() else -1.0
        gain = sign * (0.5 if levels == 3 else 1.0)
        total = -1
        for k in range(levels - 1):
            step = self._step(x, rows[..., k])
            total = step if total < 0 else new.pointwise("ADD", total, step)
        return new.pointwise("MUL", total, gain)

    def _step(self, x: int, threshold: npt.NDArray[np.float32]) -> int:
        """1 where x > threshold, else -1."""
        above = next_above(threshold)
        apart = self._new.pointwise("MUL", self._new.pointwise("ADD", x, -above), _STEEP)
        if np.abs(above).min() < _NEAR_ZERO:
            apart = self._new.pointwise("MUL", apart, _STEEP)
        return self._new.pointwise("ADD", apart, 1.0, "RELU_N1_TO_1")

    def _layer(self, operator: Operator) -> Stored:
        layer = low_operator(self._old, operator, self._new.shape(self._codes[operator.inputs[0]]))
        levels = [operator.options[key] for key in ("x_levels", "w_levels")]
        filter_, bytes_, dtype = self._filter(layer)
        kind = real_layer(self._new, layer, self._codes[operator.inputs[0]], filter_)
        scheme = f"a{bits_name(levels[0])}w8" if dtype == "int8" else "float32"
        why = f"a float32 built-in on codes, which it sums without rounding; {dtype} codes in the file"
        return Stored(kind, scheme, layer.codes.size, bytes_, layer.scale_bytes, layer.macs, why)

    def _filter(self, layer: LowOperator) -> tuple[int, int, str]:
        """(tensor, bytes, dtype) of the filter's codes."""
        name = f"{layer.name}/weights"
        if np.abs(layer.codes).max(initial=0) > 127:
            values = layer.codes.astype(np.float32)
            return self._new.constant(name, values), values.nbytes, "float32"
        form = Int8Filter(layer.codes.astype(np.int8), np.ones(1, np.float32))
        return int8_filter(self._new, name, form), form.codes.nbytes, "int8"
