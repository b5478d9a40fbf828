"""A layer of codes as a float32 built-in: whole numbers in, whole numbers out, then scale and bias."""

from __future__ import annotations

import numpy as np

from tinyq.convert.targets.expansion import Expansion
from tinyq.convert.targets.low_layer import LowOperator


def real_layer(graph: Expansion, layer: LowOperator, codes: int, filter_: int) -> str:
    """Put CONV_2D or DEPTHWISE_CONV_2D in a layer's place.

    Args:
        graph: where operators go.
        layer: itself.
        codes: float32, its input's codes.
        filter_: float32, the codes of its weights.

    Returns:
        The kind of the operator.
    """
    options, padding = layer.operator.options, layer.padding
    source = graph.reshaped(codes, layer.source)
    if padding == "SAME" and options["pad_code"] != 0:
        source, padding = _padded(graph, layer, source), "VALID"
    kind, more = "CONV_2D", {}
    if layer.depthwise:
        kind, more = "DEPTHWISE_CONV_2D", {"depth_multiplier": layer.c_out // layer.source[3]}
    bias = graph.constant(f"{layer.name}/no_bias", np.zeros(layer.c_out, np.float32))
    made = graph.tensor(f"{layer.name}/sums", layer.image)
    graph.emit(kind, [source, filter_, bias], made, **layer.window(padding), **more)
    scaled = graph.pointwise("MUL", made, layer.scales)
    shifted = graph.pointwise("ADD", scaled, layer.bias)
    output = layer.operator.outputs[0]
    graph.becomes(output, graph.reshaped(shifted, graph.shape(output)))
    return kind


def _padded(graph: Expansion, layer: LowOperator, source: int) -> int:
    """The input with a border of the code that its quantizer puts there."""
    border = layer.border
    if not any(map(any, border)):
        return source
    margins = np.array([[0, 0], *border, [0, 0]], np.int32)
    value = np.full(1, layer.operator.options["pad_code"], np.float32)
    sizes = [n + sum(pair) for n, pair in zip(layer.source[1:3], border, strict=True)]
    made = graph.tensor(f"{layer.name}/padded", (layer.source[0], *sizes, layer.source[3]))
    inputs = [source, graph.constant("margins", margins), graph.constant("border", value)]
    return graph.emit("PADV2", inputs, made)
