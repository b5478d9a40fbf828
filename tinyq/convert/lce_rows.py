"""Rows of the report for what Larq Compute Engine's converter stored: its binary layers pass through."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinyq.convert.asks import Request
from tinyq.convert.report import LayerReport
from tinyq.core.packed_activations import words_of
from tinyq.graph.ir import ABSENT, Graph, Operator
from tinyq.graph.lower_names import step_names

_KIND = "LceBconv2d"
_REMEDY = "leave it as it is, or convert the Keras model that it was made from"


def with_lce_rows(graph: Graph, rows: Sequence[LayerReport], request: Request) -> tuple[LayerReport, ...]:
    """All rows in execution order: the given ones, and one for each LceBconv2d.

    Args:
        graph: what is written.
        rows: of its other layers.
        request: what the user's patterns ask for.
    """
    names = step_names(graph)
    owners: dict[int, str] = {}
    found = list(rows)
    for operator, name in zip(graph.operators, names, strict=True):
        if operator.kind == _KIND:
            first = owners.setdefault(operator.inputs[1], name)
            found.append(
                _row(graph, operator, name, request.wish(name) or "", "" if first == name else first)
            )
    order = {name: i for i, name in enumerate(names)}
    return tuple(sorted(found, key=lambda row: order.get(row.name, len(order))))


def _row(graph: Graph, operator: Operator, name: str, asked: str, shares: str) -> LayerReport:
    filters, output = graph.tensors[operator.inputs[1]], graph.tensors[operator.outputs[0]]
    channels = operator.options["channels_in"]
    c_out, height, width, words = filters.shape
    groups = words_of(channels) // words
    behind = [graph.tensors[i] for i in operator.inputs[2:] if i != ABSENT]
    refused = asked not in ("", "a8w8")  # which says: leave it as it is
    writes = "packed signs by thresholds" if output.dtype == "int32" else output.dtype
    return LayerReport(
        name=name,
        kind=_KIND,
        keras="",
        asked=asked,
        stored="a1w1",
        weights=c_out * height * width * channels // groups,
        weight_bytes=4 * math.prod(filters.shape),
        scale_bytes=sum(math.prod(t.shape) * np.dtype(t.dtype).itemsize for t in behind),
        why=f"binary as Larq Compute Engine's converter wrote it; writes {writes}",
        refused=refused,
        remedy=_REMEDY if refused else "",
        shares=shares,
    )
