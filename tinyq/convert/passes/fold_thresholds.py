"""Fold batch norm, activation and the next quantizer into integer thresholds on the sums of a layer.

packed ─▶ TqBitConv2D ─▶ float32 ─▶ ADD, MUL, RELU ... ─▶ TqQuantize ─▶ packed
                                  -->
packed ─▶ TqBitConv2D (thresholds [c_out, levels - 1], flip [c_out]) ─▶ packed

(TqBitDepthwiseConv2D, TqBitFullyConnected alike.) The float32 operations are computed for every sum that a
channel can have, in the order and with the roundings of the graph, so a tie falls as it does there; a channel
whose codes fall as its sums grow (a negative gain) is flipped. The thresholds are proved as they are found
(`tinyq.convert.staircase`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyq.convert.bits_sums import IntArray, Sums, sums_of
from tinyq.convert.edit import Editor
from tinyq.convert.float_chain import Chain, chain_behind
from tinyq.convert.quantizers import places_of
from tinyq.convert.staircase import find_thresholds
from tinyq.graph.ir import ABSENT, Graph, Operator


def fold_thresholds(
    graph: Graph, wanted: Callable[[Operator, Operator], bool] = lambda _layer, _quantizer: True
) -> Graph:
    """Give packed outputs to the layers whose float32 results only go through one quantizer.

    Args:
        graph: any graph.
        wanted: (layer, quantizer) -> whether to fold the one into the other.

    Raises:
        ConvertError: thresholds cannot say what a quantizer gives.
    """
    editor = Editor(graph)
    for operator in graph.operators:
        sums = sums_of(editor, operator)
        if sums is None:
            continue
        chain, last = chain_behind(editor, sums.output, sums.channels)
        if last is not None and last.kind == "TqQuantize" and wanted(operator, last):
            _fold(editor, sums, chain, last)
    return editor.graph()


def _fold(editor: Editor, sums: Sums, chain: Chain, quantizer: Operator) -> None:
    levels = quantizer.options["x_levels"]
    place = places_of(editor, quantizer)

    def places(x: IntArray) -> IntArray:
        return place(chain.apply(sums.real(x)))

    name = editor.tensors[sums.output].name
    with np.errstate(over="ignore"):
        thresholds, flip = find_thresholds(places, -sums.most, sums.most, levels, name)
    inputs = [*sums.operator.inputs[:2], editor.constant(f"{name}/thresholds", thresholds)]
    inputs.append(editor.constant(f"{name}/flip", flip) if flip.any() else ABSENT)
    options = {**sums.operator.options, "out_levels": levels, "fused_activation_function": "NONE"}
    old = [sums.operator, *chain.operators, quantizer]
    editor.name(quantizer.outputs[0], name)  # the operator is called after the layer, not the next one
    editor.put(old, sums.operator.kind, inputs, quantizer.outputs[0], options)
