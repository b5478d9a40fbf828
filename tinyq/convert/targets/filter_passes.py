"""Store the codes of float32 filters in few bits; they are made float32 again at run time.

filter float32 ─▶ CONV_2D
                                  -->
planes int32 ─▶ LceDequantize ─▶ RESHAPE ─▶ MUL ─▶ ADD ─▶ CONV_2D        (filters_to_planes)
codes int8 ─▶ DEQUANTIZE ─▶ CONV_2D                                      (filters_to_int8)

(DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV alike.) Each is proved: what is stored is the filter,
but for some roundings of float32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from tinyq.convert.asks import Ask
from tinyq.convert.targets.expansion import Expansion
from tinyq.convert.targets.float_filters import Int8Filter, SignSum, as_int8, as_signs, filters_of, matched
from tinyq.convert.targets.planes import filter_of_planes
from tinyq.convert.targets.stored import Stored, macs_of
from tinyq.graph.ir import Graph, Operator, Quantization

Form = TypeVar("Form", SignSum, Int8Filter)

Rows = Mapping[int, tuple[Ask | None, Stored]]
FilterResult = tuple[Graph, Rows, list[Ask]]
Matched = tuple[Mapping[Operator, tuple[Ask, Form | None]], list[Ask]]

_PLANES = (
    "LCE has no operator for real inputs: a float32 built-in; {} a weight in the file, unpacked at run time"
)
_INT8 = "a float32 built-in; int8 codes in the file, as no built-in operator takes fewer bits"
_REMEDY = "train it with a quantizer of at most 256 levels and one scale an output channel; or --no-strict"
_NO_FORM = "float32: its filter is not codes of at most 8 bits times one scale an output channel"


def filters_to_planes(graph: Graph, asks: Sequence[Ask]) -> FilterResult:
    """Planes of signs, which Larq Compute Engine unpacks.

    Returns:
        The new graph; by output tensor of each operator with a float32 filter, whose filter it is and how it
        is stored; the quantizers that no operator is left for.
    """

    def put(new: Expansion, name: str, form: SignSum) -> tuple[int, Stored]:
        filter_, stored = filter_of_planes(new, name, form.planes, form.gains, form.constant)
        count = len(form.planes)
        why = _PLANES.format(f"{count} bit{'s' if count > 1 else ''}")
        scales = sum(gain.nbytes for gain in (*form.gains, form.constant))
        return filter_, Stored("", f"a32w{form.letter}", form.planes[0].size, stored, scales, 0, why)

    return _put(graph, matched(graph, asks, as_signs), put, _REMEDY)


def filters_to_int8(graph: Graph, asks: Sequence[Ask]) -> FilterResult:
    """int8 codes with a scale an output channel; returns what `filters_to_planes` does."""

    def put(new: Expansion, name: str, form: Int8Filter) -> tuple[int, Stored]:
        stored = Stored("", "a32w8", form.codes.size, form.codes.nbytes, form.scales.nbytes, 0, _INT8)
        return int8_filter(new, name, form), stored

    return _put(graph, matched(graph, asks, as_int8), put, "")


def int8_filter(new: Expansion, name: str, form: Int8Filter) -> int:
    """A float32 filter that is int8 in the file."""
    quantization = Quantization(form.scales, np.zeros(form.scales.size, np.int64), form.axis)
    source = new.constant(f"{name}/codes", form.codes, quantization)
    return new.emit("DEQUANTIZE", [source], new.tensor(name, form.codes.shape))


def _put(
    graph: Graph,
    matches: Matched[Form],
    put: Callable[[Expansion, str, Form], tuple[int, Stored]],
    remedy: str,
) -> FilterResult:
    """The graph with the filters in their forms."""
    new = Expansion(graph)
    rows: dict[int, tuple[Ask | None, Stored]] = {}
    plain = filters_of(graph)
    placed: dict[int, tuple[int, Stored]] = {}
    for operator in graph.operators:
        if operator not in plain:
            new.again(operator)
            continue
        match = matches[0].get(operator)
        ask = match[0] if match else None
        source, macs = operator.inputs[1], macs_of(graph, operator)
        if match is None or match[1] is None:
            why = _NO_FORM if ask else "its kernel is float"
            size = new.data(source).size
            stored = Stored(
                operator.kind, "float32", size, 4 * size, 0, macs, why, remedy=remedy if ask else ""
            )
            new.again(operator)
        else:
            if source not in placed:
                placed[source] = put(new, match[0].name.replace(".", "/"), match[1])
            filter_, stored = placed[source]
            stored = replace(stored, kind=operator.kind, macs=macs)
            new.again(_with_filter(operator, filter_))
        rows[operator.outputs[0]] = (ask, stored)
    return new.graph(), rows, matches[1]


def _with_filter(operator: Operator, filter_: int) -> Operator:
    return replace(operator, inputs=(operator.inputs[0], filter_, *operator.inputs[2:]))
