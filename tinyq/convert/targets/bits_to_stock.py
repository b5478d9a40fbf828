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

from tinyq.convert.targets.bits_lowering import BitsLowering
from tinyq.convert.targets.filter_passes import int8_filter
from tinyq.convert.targets.float_filters import Int8Filter
from tinyq.convert.targets.low_layer import LowOperator, low_operator
from tinyq.convert.targets.planes import next_above
from tinyq.convert.targets.real_layer import real_layer
from tinyq.convert.targets.stored import Stored, bits_name
from tinyq.graph.ir import Graph, Operator

_STEEP = 2.0**100
_NEAR_ZERO = 1e-20  # float32 numbers this large are at least 1e-28 apart


def bits_to_stock(graph: Graph) -> tuple[Graph, Mapping[int, Stored]]:
    """Replace all of tinyq's operators on packed data; their other ends must be float32.

    Returns:
        The new graph; and for the output tensor of each layer in the old one, how it is stored.

    Raises:
        ConvertError: an operator that no Keras model gives, or a packed output of a layer.
    """
    return _Lowering(graph).run()


class _Lowering(BitsLowering[int]):
    """Packed tensors become float32 ones."""

    def _real(self, codes: int) -> int:
        return codes

    def _pooled(self, operator: Operator, codes: int) -> int:
        return self._pooled_real(operator, codes)

    def _quantized(self, x: int, thresholds: npt.NDArray[np.float32], levels: int, falling: bool) -> int:
        gain = (-1.0 if falling else 1.0) * (0.5 if levels == 3 else 1.0)
        total = -1
        for k in range(levels - 1):
            step = self._step(x, thresholds[..., k])
            total = step if total < 0 else self._new.pointwise("ADD", total, step)
        return self._new.pointwise("MUL", total, gain)

    def _step(self, x: int, threshold: npt.NDArray[np.float32]) -> int:
        """1 where x > threshold, else -1."""
        above = next_above(threshold)
        apart = self._new.pointwise("MUL", self._new.pointwise("ADD", x, -above), _STEEP)
        if np.abs(above).min() < _NEAR_ZERO:
            apart = self._new.pointwise("MUL", apart, _STEEP)
        return self._new.pointwise("ADD", apart, 1.0, "RELU_N1_TO_1")

    def _layer(self, operator: Operator) -> Stored:
        if operator.options["out_levels"]:
            raise self._refusal(operator)
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
