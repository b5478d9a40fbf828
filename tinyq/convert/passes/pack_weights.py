"""Store int8 filters of few values as packed codes and one int8 level a channel.

    filter int8, each channel {-L, 0, L} ─▶ CONV_2D         -->   packed uint8 ─▶ TqConv2D
    or {-L, L}, or 4, 8, 16 values                                levels int8  ─▶
    (DEPTHWISE_CONV_2D, FULLY_CONNECTED,                          scales float32 ─▶
    TRANSPOSE_CONV alike)                                         (tables int8 ─▶)

A layer is packed if that was asked, or, if nothing was asked, if it becomes smaller by it. Every packed layer
is proved: the weights that the stored bytes, levels and tables stand for are the int8 constants. Where int8
rounded the levels of a quantizer (-127, -42, 42, 127 for -3, -1, 1, 3), a table holds what it made of them.

The bias loses its quantization, which says nothing: its scale is that of the input times that of the weights.
A flatbuffer holds a scale a channel in 12 bytes (a zero point has 8), a constant of scales in 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.asks import Ask, Request
from tinyq.convert.filters import Codes, Forms, UInt8Array, pack, rows_of, unpack
from tinyq.convert.report import LayerReport
from tinyq.convert.survey import PACKED_KIND, Layer, negated_channels, same_codes, survey
from tinyq.core.errors import ConvertError
from tinyq.core.spec import BITS_PER_WEIGHT, TABLE_BITS, Scheme
from tinyq.graph.ir import ABSENT, Graph, Operator, Tensor
from tinyq.graph.schema import ABI

_SCALE_BYTES = 4
# The schema's defaults: an option that is not there has this value.
_WINDOW_DEFAULTS = {
    "padding": "SAME",
    "stride_w": 0,
    "stride_h": 0,
    "dilation_w_factor": 1,
    "dilation_h_factor": 1,
}
_LET_IT = "or let it be stored as it is: --no-strict, or ask a8w8 for it"
_REMEDY_VALUES = f"train it with a quantizer that has one scale an output channel, {_LET_IT}"
_WORDS = {"a8wt": "are ternary", "a8w1": "are binary"}
_NAMED = 8  # dead channels that are named
_REMEDY_DEAD = (
    "train again with another seed, a lower learning rate or a lower threshold; or take these channels out "
    "of the model; --no-strict packs it as it is"
)
_REMEDY_ZEROS = f"ask a8wt for it: ternary codes hold the zeros; {_LET_IT}"
_REMEDY_FEWER = f"train it with a quantizer of at most 16 levels, {_LET_IT}"
_REMEDY_CODES = (
    f"let batch normalization follow the quantized layer, not feed it, and take out what rescales its "
    f"weights; {_LET_IT}"
)
_REMEDY_PACKED = "convert the int8 file that it was made from"
_REMEDY_LOST = "remove the layer, or connect it to the output"


@dataclass(frozen=True)
class _Decision:
    """How a layer is to be stored; None: as it is."""

    scheme: Scheme | None
    why: str
    refused: bool = False
    remedy: str = ""


def pack_weights(graph: Graph, request: Request) -> tuple[Graph, tuple[LayerReport, ...]]:
    """Replace the operators whose filters have few values.

    Args:
        graph: any graph; an operator that is not an int8 layer with constant weights is left as it is.
        request: what quantizers and the user ask for.

    Returns:
        The new graph: operators in the same order, the old filters still among its tensors. And one row for
        each operator with weights; a row says whether it is refused, nothing is raised for that.

    Raises:
        ConvertError: an ask pattern matches no layer.
    """
    graph, layers, lost = survey(graph, request)
    editor = _Editor(graph)
    rows = [editor.store(layer, _decide(layer)) for layer in layers]
    return editor.graph(), (*rows, *(_lost_row(ask) for ask in lost))


def _decide(layer: Layer) -> _Decision:
    """What to store, and why."""
    if layer.packed:
        refused = layer.asked not in ("", layer.operator.options["scheme"])
        return _Decision(None, "it is packed already", refused, _REMEDY_PACKED if refused else "")
    if layer.asked == "a8w8":
        return _Decision(None, "left as it is, as asked")
    if isinstance(layer.taken, str):
        refusal = layer.ask.refusal if layer.ask and not layer.wish else ""
        asked = bool(layer.asked)
        return _Decision(None, refusal or layer.taken, asked, _REMEDY_VALUES if asked else "")
    free = _decide_unasked(layer, layer.taken)
    if not layer.asked:
        return free
    refusal, remedy = _refusal(layer, layer.taken)
    if refusal:
        return replace(free, why=f"{refusal}; {free.why}", refused=True, remedy=remedy)
    scheme = next(scheme for scheme in layer.taken.by_scheme if scheme == layer.asked)
    why = _proof(layer) + _dead_channels(layer)
    dead = layer.ask is not None and _dead_by_itself(layer.ask, layer)
    return _Decision(scheme, why, refused=dead, remedy=_REMEDY_DEAD if dead else "")


def _rows(layer: Layer) -> npt.NDArray[np.int8]:
    """The int8 constants, an output channel a row."""
    return rows_of(np.asarray(layer.filter.data), layer.depthwise)


def _dead_by_itself(ask: Ask, layer: Layer) -> bool:
    """Whether the quantizer gave a filter of zeros; others come from a folded gain of zero."""
    given = ~rows_of(ask.codes, ask.depthwise).any(axis=1)
    if ask.faint is not None:
        given |= ask.faint
    return bool((given & ~_rows(layer).any(axis=1)).any())


def _dead_channels(layer: Layer) -> str:
    """Which filters are all zeros: their outputs are the bias, whatever comes in. "" if none is."""
    dead = np.flatnonzero(~_rows(layer).any(axis=1))
    if not dead.size:
        return ""
    named = ", ".join(map(str, dead[:_NAMED])) + (", ..." if dead.size > _NAMED else "")
    return f"; {dead.size} of {layer.channels} filters are all zeros: output channels {named}"


def _refusal(layer: Layer, taken: Forms) -> tuple[str, str]:
    """Why schemes that there are are not what was asked, and what to do; ("", "") if they are."""
    if layer.ask and not layer.wish and layer.ask.scheme is None:
        return layer.ask.refusal, _REMEDY_VALUES
    if layer.asked not in BITS_PER_WEIGHT:
        return f"no kernel has weights of {layer.asked}", _REMEDY_FEWER
    reason = next((why for scheme, why in taken.reasons.items() if scheme == layer.asked), "")
    if reason and "a8wt" not in taken.by_scheme:
        return reason, _REMEDY_VALUES
    if layer.ask and not layer.wish and not same_codes(layer.ask, layer, gain_zero=True):
        return "its int8 constants have other codes than its quantizer gives", _REMEDY_CODES
    rows = _rows(layer)
    only_dead = bool((rows.any(axis=1) == rows.all(axis=1)).all())
    return reason, (_REMEDY_DEAD if only_dead else _REMEDY_ZEROS) if reason else ""


def _decide_unasked(layer: Layer, taken: Forms) -> _Decision:
    """The smallest exact scheme, if it is smaller than int8."""
    best = taken.smallest
    word = _WORDS.get(best.scheme) or f"hold at most {1 << TABLE_BITS[best.scheme]} values a channel"
    tables = f" and {len(best.tables)} tables" if best.tables is not None else ""
    sizes = f"{best.bytes} bytes with levels{tables}, not {layer.count}"
    dead = _dead_channels(layer)
    if best.bytes < layer.count:
        return _Decision(best.scheme, f"its int8 constants {word}: {sizes}{dead}")
    return _Decision(None, f"its int8 constants {word}, but packed they take {sizes}{dead}")


def _proof(layer: Layer) -> str:
    if layer.asked in TABLE_BITS:
        exact = "what codes stand for in the tables are the int8 constants"
    else:
        exact = "codes x levels are the int8 constants"
    if layer.wish or not layer.ask:
        return exact
    negated = negated_channels(layer.ask, layer)
    signs = f", {negated} of {layer.channels} channels negated by their folded gain" if negated else ""
    return f"codes are the quantizer's{signs}; {exact}"


class _Editor:
    """Builds the new graph; a filter that several operators use is packed once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._tensors = list(graph.tensors)
        self._operators = list(graph.operators)
        self._packed: dict[tuple[int, Scheme], tuple[int, ...]] = {}
        self._bare: dict[int, int] = {ABSENT: ABSENT}  # bias -> the same without quantization
        self._owner: dict[tuple[int, str], str] = {}  # (filter, stored) -> first layer with it

    def graph(self) -> Graph:
        return replace(self._graph, tensors=tuple(self._tensors), operators=tuple(self._operators))

    def store(self, layer: Layer, decision: _Decision) -> LayerReport:
        """Carry the decision out and describe it."""
        stored = decision.scheme or _stored_now(self._graph, layer)
        if decision.scheme and not isinstance(layer.taken, str):
            self._replace(layer, layer.taken.by_scheme[decision.scheme])
        weights, scales = self._constants(layer)
        first = self._owner.setdefault((layer.operator.inputs[1], stored), layer.name)
        return LayerReport(
            name=layer.name,
            kind=layer.operator.kind,
            keras=layer.ask.name if layer.ask else "",
            asked=layer.asked,
            stored=stored,
            weights=layer.count,
            weight_bytes=weights,
            scale_bytes=scales,
            why=decision.why,
            refused=decision.refused,
            remedy=decision.remedy,
            shares="" if first == layer.name else first,
        )

    def _constants(self, layer: Layer) -> tuple[int, int]:
        """Bytes of the weights, and of their scales, levels and tables, as the layer has them now."""
        operator = self._operators[layer.index]
        others = operator.inputs[3:] if operator.kind in PACKED_KIND.values() else ()
        constants = [self._tensors[i] for i in (operator.inputs[1], *others)]
        sizes = [math.prod(t.shape) * np.dtype(t.dtype).itemsize for t in constants]
        scales = sum(_SCALE_BYTES * t.quantization.scale.size for t in constants if t.quantization)
        return sizes[0], sum(sizes[1:]) + scales

    def _replace(self, layer: Layer, taken: Codes) -> None:
        """Put our operator in place of the layer's."""
        key = (layer.operator.inputs[1], taken.scheme)
        if key not in self._packed:
            packed = pack(taken.codes, taken.scheme)
            _prove(layer, packed, taken)
            constants: dict[str, npt.NDArray[Any] | None] = {"": packed, "/levels": taken.levels}
            constants |= {"/scales": _scales(layer), "/tables": taken.tables}
            self._packed[key] = tuple(
                self._add(Tensor(f"{layer.filter.name}{suffix}", data.shape, data.dtype.name, None, data))
                for suffix, data in constants.items()
                if data is not None
            )
        packed_index, *others = self._packed[key]
        self._operators[layer.index] = Operator(
            PACKED_KIND[layer.operator.kind],
            (layer.source, packed_index, self._bare_bias(layer.bias), *others),
            layer.operator.outputs,
            MappingProxyType(_options(self._graph, layer, taken.scheme)),
        )

    def _bare_bias(self, index: int) -> int:
        if index not in self._bare:
            self._bare[index] = self._add(replace(self._tensors[index], quantization=None))
        return self._bare[index]

    def _add(self, tensor: Tensor) -> int:
        if tensor.data is not None:
            tensor.data.flags.writeable = False
        self._tensors.append(tensor)
        return len(self._tensors) - 1


def _stored_now(graph: Graph, layer: Layer) -> str:
    """How the layer is stored before any change: a scheme, or the dtype of weights that are in none."""
    operator = layer.operator
    if layer.packed:
        return str(operator.options["scheme"])
    tensors = [graph.tensors[i] for i in (layer.source, operator.inputs[1], operator.outputs[0])]
    dtypes = ",".join(tensor.dtype for tensor in tensors)
    return {"int8,int8,int8": "a8w8", "int16,int8,int16": "a16w8"}.get(dtypes, layer.filter.dtype)


def _prove(layer: Layer, packed: UInt8Array, taken: Codes) -> None:
    """Unpack what is stored and compare it with the int8 constants, every single one."""
    codes = unpack(packed, layer.count, taken.scheme).reshape(layer.shape)
    different = int(np.count_nonzero(taken.weights(codes) != layer.filter.data))
    if different:
        raise ConvertError(
            layer.name,
            f"{different} of {layer.count} weights change when they are packed as {taken.scheme}",
            "none",
            "this is a mistake in tinyq: please report it with the model",
        )


def _scales(layer: Layer) -> npt.NDArray[np.float32]:
    """Of the filter: scale * (code * level, or what the table says) is the weight."""
    quantization = layer.filter.quantization
    return np.array([] if quantization is None else quantization.scale, np.float32)


def _options(graph: Graph, layer: Layer, scheme: Scheme) -> dict[str, Any]:
    """Options of our operator, from those of the one that it replaces."""
    old = layer.operator.options
    shape = layer.shape
    options: dict[str, Any] = {
        "abi": ABI,
        "scheme": scheme,
        "fused_activation_function": old.get("fused_activation_function", "NONE"),
    }
    if layer.operator.kind == "FULLY_CONNECTED":
        return options | {"channels_in": shape[1], "keep_num_dims": bool(old.get("keep_num_dims", False))}
    undilated = layer.operator.kind == "TRANSPOSE_CONV"
    options |= {
        name: old.get(name, default)
        for name, default in _WINDOW_DEFAULTS.items()
        if not (undilated and name.startswith("dilation"))
    }
    options |= {"filter_height": shape[1], "filter_width": shape[2]}
    if layer.depthwise:
        # The file's own depth_multiplier is not trusted: TFLite ignores it too.
        return options | {"depth_multiplier": shape[3] // graph.tensors[layer.source].shape[-1]}
    return options | {"channels_in": shape[3]}


def _lost_row(ask: Ask) -> LayerReport:
    """An ask that no layer of the graph answers."""
    return LayerReport(
        name=ask.name,
        kind="",
        keras=ask.name,
        asked=ask.asked,
        stored="",
        weights=0,
        weight_bytes=0,
        scale_bytes=0,
        why=f"no operator of the int8 graph has a filter of its shape {list(ask.codes.shape)}",
        refused=True,
        remedy=_REMEDY_LOST,
    )
