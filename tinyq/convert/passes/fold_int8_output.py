"""Let a layer on packed data write int8 itself.

packed ─▶ TqBitConv2D ─▶ float32 ─▶ QUANTIZE ─▶ int8
                                  -->
packed ─▶ TqBitConv2D (int32 bias, multipliers from the scales) ─▶ int8

Every sum that a channel can have is computed both ways: the results differ by at most one step, which is how
multipliers of 31 bits and a rounded bias may fall; else the operators stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tinyq.convert.bits_sums import IntArray, Sums, sums_of
from tinyq.convert.edit import Editor
from tinyq.core.requantize import multiply_by_quantized_multiplier, quantize_multiplier
from tinyq.graph.ir import Graph, Operator, Quantization

_MOST_SHIFT = 24  # of the bias
_ROOM = 1 << 29  # for shifted sums and bias
_AT_ONCE = 1 << 20
_CLAMPS = {"NONE": (None, None), "RELU": (0.0, None), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}


def fold_int8_output(graph: Graph) -> Graph:
    """Replace layers on packed data whose float32 result only becomes int8."""
    editor = Editor(graph)
    for operator in graph.operators:
        sums = sums_of(editor, operator)
        if sums is None:
            continue
        last = editor.only_reader(sums.output)
        if last is not None and last.kind == "QUANTIZE" and editor.tensors[last.outputs[0]].dtype == "int8":
            _fold(editor, sums, last)
    return editor.graph()


def _fold(editor: Editor, sums: Sums, quantize: Operator) -> None:
    output = editor.tensors[quantize.outputs[0]].quantization
    if output is None:
        return
    bias = sums.bias.astype(np.float64) / sums.scale.astype(np.float64)
    reach = float((sums.most + np.abs(bias)).max())
    if not reach < _ROOM:
        return
    bias_shift = min(_MOST_SHIFT, int(np.log2(_ROOM / max(reach, 1.0))))
    stored = np.rint(bias * 2.0**bias_shift).astype(np.int64)
    if not _same(sums, stored, bias_shift, output):
        return
    name = editor.tensors[sums.operator.inputs[1]].name
    old = sums.operator.inputs
    inputs = [*old[:2], editor.constant(f"{name}/bias", stored.astype(np.int32)), *old[3:]]
    options = {**sums.operator.options, "bias_shift": bias_shift}
    editor.put([sums.operator, quantize], sums.operator.kind, inputs, quantize.outputs[0], options)


def _same(sums: Sums, bias: IntArray, bias_shift: int, output: Quantization) -> bool:
    """Whether int8 and float32 agree within a step for every sum, and no accumulator leaves 32 bits."""
    scale, zero_point = float(output.scale[0]), int(output.zero_point[0])
    reals = sums.scale.astype(np.float64) / (2.0**bias_shift * scale)
    if not (np.isfinite(reals).all() and (reals < 2.0**30).all()):
        return False
    multiplier, shift = np.array([quantize_multiplier(real) for real in reals]).T
    reach = (sums.most << bias_shift) + np.abs(bias)
    if (reach << np.maximum(shift, 0) >= 1 << 31).any():
        return False
    low, high = (
        default if edge is None else int(np.clip(zero_point + round(edge / scale), -128, 127))
        for edge, default in zip(_CLAMPS[sums.activation], (-128, 127), strict=True)
    )
    for x in _all(sums.most):
        integer = multiply_by_quantized_multiplier((x << bias_shift) + bias, multiplier, shift) + zero_point
        real = sums.real(x) / np.float32(scale)
        rounded = np.copysign(np.floor(np.abs(real) + np.float32(0.5)), real)
        wanted = np.clip(rounded.astype(np.float64) + zero_point, -128, 127)
        far = np.abs(np.clip(integer, low, high) - wanted) > 1
        if (far & (np.abs(x) <= sums.most)).any():
            return False
    return True


def _all(most: IntArray) -> Iterator[npt.NDArray[np.int64]]:
    """Every sum of every channel, [n, c] at a time."""
    widest, rows = int(most.max()), max(_AT_ONCE // most.size, 1)
    for first in range(-widest, widest + 1, rows):
        x = np.arange(first, min(first + rows, widest + 1))
        yield np.repeat(x[:, None], most.size, axis=1)
