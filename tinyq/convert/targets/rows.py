"""Rows of the report for another target."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tinyq.convert.asks import Ask
from tinyq.convert.nodes import Refusal
from tinyq.convert.report import LayerReport
from tinyq.convert.stitch import Parts
from tinyq.convert.targets.stored import Stored
from tinyq.graph.ir import Graph
from tinyq.graph.lower_names import step_names


def target_rows(
    graph: Graph,
    lost: Sequence[Ask],
    filters: Mapping[int, tuple[Ask | None, Stored]],
    layers: Mapping[int, Stored],
    parts: Parts | None,
) -> tuple[LayerReport, ...]:
    """One row for each layer with weights, in execution order.

    Args:
        graph: before the target's operators took the place of layers.
        lost: of quantizers that no operator is left for.
        filters: by output tensor, what has become of operators with a filter of numbers, and who asked.
        layers: by output tensor, what has become of low-bit layers.
        parts: the low-bit layers, and those that could not become such; None if there are none.
    """
    by_weights = {layer.keras.replace(".", "/"): layer for layer in (parts.layers if parts else ())}
    rows: list[LayerReport] = []
    owners: dict[int, str] = {}
    for operator, name in zip(graph.operators, step_names(graph), strict=True):
        output = operator.outputs[0]
        if output in filters:
            ask, stored = filters[output]
            keras, asked, note = (ask.name, ask.asked, "") if ask else ("", "", "")
        elif output in layers:
            stored = layers[output]
            layer = by_weights[graph.tensors[operator.inputs[1]].name]
            keras, asked, note = layer.keras, layer.asked, layer.note
        else:
            continue
        first = owners.setdefault(operator.inputs[1], name)
        rows.append(_row(name, (keras, asked, note), stored, "" if first == name else first))
    rows += [_lost(ask) for ask in lost]
    return tuple(_refused(rows, parts.refusals if parts else ()))


def _row(name: str, asked: tuple[str, str, str], stored: Stored, shares: str) -> LayerReport:
    keras, scheme, note = asked
    return LayerReport(
        name=name,
        kind=stored.kind,
        keras=keras,
        asked=scheme,
        stored=stored.scheme,
        weights=stored.weights,
        weight_bytes=stored.weight_bytes,
        scale_bytes=stored.scale_bytes,
        why="; ".join(text for text in (stored.why, note) if text),
        macs=stored.macs,
        bit_operations=stored.macs * stored.branches,
        shares=shares,
        refused=bool(stored.remedy),
        remedy=stored.remedy,
    )


def _refused(rows: list[LayerReport], refusals: Sequence[Refusal]) -> list[LayerReport]:
    """Layers on few-bit activations whose weights are not: what was asked is not in the file."""
    for refusal in refusals:
        name = re.sub(r"\W+", "_", refusal.layer.split("/")[-1])
        # A cut in front of the layer may have its name, too: the layer has a number then.
        near = [
            i for i, row in enumerate(rows) if re.fullmatch(rf"{name}(_\d+)?", row.name) and not row.keras
        ]
        place = min(near, key=lambda i: len(rows[i].name), default=None)
        empty = LayerReport(refusal.layer, "", refusal.keras, refusal.asked, "", 0, 0, 0, "")
        row = empty if place is None else rows[place]
        changed = replace(
            row,
            keras=refusal.keras,
            asked=refusal.asked,
            why="; ".join(text for text in (refusal.why, row.why) if text),
            refused=True,
            remedy=refusal.remedy,
        )
        if place is None:
            rows.append(changed)
        else:
            rows[place] = changed
    return rows


def _lost(ask: Ask) -> LayerReport:
    why = f"no operator has a filter of its shape {list(ask.codes.shape)}"
    remedy = "remove the layer, or connect it to the output"
    return LayerReport(ask.name, "", ask.name, ask.asked, "", 0, 0, 0, why, refused=True, remedy=remedy)
