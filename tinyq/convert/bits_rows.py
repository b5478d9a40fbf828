"""Rows of the report for low-bit layers, and for those that could not become such."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tinyq.convert.nodes import LowLayer, Refusal
from tinyq.convert.report import LayerReport
from tinyq.graph.ir import ABSENT, Graph, Operator
from tinyq.graph.lower_names import step_names

_STOCK = {
    "TqBitConv2D": "CONV_2D",
    "TqBitDepthwiseConv2D": "DEPTHWISE_CONV_2D",
    "TqBitFullyConnected": "FULLY_CONNECTED",
}
_BYTES = 4


def all_rows(
    host: Graph,
    rows: Sequence[LayerReport],
    graph: Graph,
    layers: Sequence[LowLayer],
    refusals: Sequence[Refusal],
) -> tuple[LayerReport, ...]:
    """The rows of the whole graph in execution order.

    Args:
        host: the int8 part, as its rows were made from.
        rows: its rows.
        graph: the whole.
        layers: the low-bit layers.
        refusals: what strict refuses.
    """
    names = step_names(graph)
    outputs = [graph.tensors[operator.outputs[0]].name for operator in graph.operators]
    by_output = dict(zip(outputs, names, strict=True))
    known = {
        name: by_output.get(host.tensors[o.outputs[0]].name, name)
        for o, name in zip(host.operators, step_names(host), strict=True)
    }
    found = {known.get(row.name, row.name): replace(row, name=known.get(row.name, row.name)) for row in rows}
    by_weights = {layer.keras.replace(".", "/"): layer for layer in layers}
    owners: dict[int, str] = {}
    for operator, name in zip(graph.operators, names, strict=True):
        if operator.kind in _STOCK:
            first = owners.setdefault(operator.inputs[1], name)
            layer = by_weights[graph.tensors[operator.inputs[1]].name]
            found[name] = _row(graph, operator, name, layer, "" if first == name else first)
    for refusal in refusals:
        row = found.get(re.sub(r"\W+", "_", refusal.layer.split("/")[-1]))
        made = _refused(refusal, row)
        found[made.name] = made
    order = {name: i for i, name in enumerate(names)}
    return tuple(sorted(found.values(), key=lambda row: order.get(row.name, len(order))))


def _row(graph: Graph, operator: Operator, name: str, layer: LowLayer, shares: str) -> LayerReport:
    options = operator.options
    weights = graph.tensors[operator.inputs[1]]
    scales = 0 if weights.quantization is None else _BYTES * weights.quantization.scale.size
    behind = [graph.tensors[i] for i in operator.inputs[2:] if i != ABSENT]
    constants = sum(math.prod(t.shape) * np.dtype(t.dtype).itemsize for t in behind)
    return LayerReport(
        name=name,
        kind=_STOCK[operator.kind],
        keras=layer.keras,
        asked=layer.asked,
        stored=f"a{_bits(options['x_levels'])}w{_bits(options['w_levels'])}",
        weights=layer.weights.codes.size,
        weight_bytes=_BYTES * math.prod(weights.shape),
        scale_bytes=scales + constants,
        why=_why(graph, operator, layer),
        shares=shares,
    )


def _why(graph: Graph, operator: Operator, layer: LowLayer) -> str:
    """What is stored and how it was proved."""
    output = graph.tensors[operator.outputs[0]].dtype
    channels = layer.weights.scales.size
    parts = ["codes x scales are the kernel"]
    if levels := operator.options["out_levels"]:
        flips = operator.inputs[3] if len(operator.inputs) > 3 else ABSENT
        flipped = 0 if flips == ABSENT else int(np.count_nonzero(np.asarray(graph.tensors[flips].data)))
        parts.append(
            f"{levels - 1} threshold{'s' if levels > 2 else ''} a channel give the next layer's codes, "
            f"proved for every sum{f'; {flipped} of {channels} channels fall' if flipped else ''}"
        )
    else:
        parts.append(
            f"writes {output}, proved within one step for every sum"
            if output == "int8"
            else f"writes {output}"
        )
    return "; ".join([*parts, *([layer.note] if layer.note else [])])


def _refused(refusal: Refusal, row: LayerReport | None) -> LayerReport:
    if row is None:
        row = LayerReport(refusal.layer, "", refusal.keras, refusal.asked, "", 0, 0, 0, "")
    why = f"{refusal.why}; {row.why}" if row.why else refusal.why
    return replace(
        row, keras=refusal.keras, asked=refusal.asked, why=why, refused=True, remedy=refusal.remedy
    )


def _bits(levels: int) -> str:
    return "t" if levels == 3 else str((levels - 1).bit_length())
