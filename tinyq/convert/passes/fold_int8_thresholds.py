"""Fold what stands between an int8 tensor and a quantizer into thresholds on the stored integers.

int8 ─▶ DEQUANTIZE ─▶ float32 ─▶ ADD, MUL, RELU ... ─▶ TqQuantize (float32 thresholds) ─▶ packed
                                  -->
int8 ─▶ TqQuantize (int32 thresholds [levels - 1], or [c, levels - 1]; flip [c]) ─▶ packed

All 256 values of every channel are computed in float32 and compared: see `tinyq.convert.staircase`.
"""

from __future__ import annotations

import numpy as np

from tinyq.convert.bits_sums import IntArray
from tinyq.convert.edit import Editor
from tinyq.convert.float_chain import Chain, chain_behind, steps_of
from tinyq.convert.quantizers import places_of
from tinyq.convert.staircase import find_thresholds
from tinyq.graph.ir import ABSENT, Graph, Operator, Tensor

_LEAST, _MOST = -128, 127


def fold_int8_thresholds(graph: Graph) -> Graph:
    """Let quantizers read int8 tensors themselves.

    Raises:
        ConvertError: thresholds cannot say what a quantizer gives.
    """
    editor = Editor(graph)
    for dequantize in [o for o in graph.operators if o.kind == "DEQUANTIZE"]:
        source, real = editor.tensors[dequantize.inputs[0]], dequantize.outputs[0]
        if source.dtype != "int8" or not source.shape:
            continue
        for first in editor.readers(real):
            found = None if first is None else _quantizer(editor, first, real, source.shape[-1])
            if found is not None:
                _fold(editor, source, dequantize.inputs[0], *found)
    return editor.graph()


def _quantizer(editor: Editor, first: Operator, real: int, channels: int) -> tuple[Chain, Operator] | None:
    """The chain that begins with `first`, and the quantizer at its end; None if there is none."""
    if first.kind == "TqQuantize":
        return Chain((), ()), first
    head = steps_of(editor, first, real, channels)
    if head is None:
        return None
    rest, last = chain_behind(editor, first.outputs[0], channels)
    if last is None or last.kind != "TqQuantize":
        return None
    return Chain((*head, *rest.steps), (first, *rest.operators)), last


def _fold(editor: Editor, source: Tensor, index: int, chain: Chain, quantizer: Operator) -> None:
    levels = quantizer.options["x_levels"]
    place, quantization = places_of(editor, quantizer), source.quantization
    if quantization is None:
        return
    scale, zero_point = np.float32(quantization.scale[0]), int(quantization.zero_point[0])

    def places(x: IntArray) -> IntArray:
        return place(chain.apply((x - zero_point).astype(np.float32) * scale))

    ends = np.full(source.shape[-1], _LEAST), np.full(source.shape[-1], _MOST)
    name = editor.tensors[quantizer.outputs[0]].name
    with np.errstate(over="ignore"):
        thresholds, flip = find_thresholds(places, *ends, levels, name)
    if (thresholds == thresholds[0]).all() and (flip == flip[0]).all():
        thresholds = thresholds[0]
    inputs = [index, editor.constant(f"{name}/thresholds", thresholds)]
    inputs.append(editor.constant(f"{name}/flip", flip) if flip.any() else ABSENT)
    editor.put([*chain.operators, quantizer], "TqQuantize", inputs, quantizer.outputs[0], quantizer.options)
