"""Store ternary and binary int8 filters as packed codes and one int8 level a channel.

    filter int8, each channel {-L, 0, L} ─▶ CONV_2D         -->   packed uint8 ─▶ TqConv2D
    or {-L, L}                                                    levels int8  ─▶
    (DEPTHWISE_CONV_2D, FULLY_CONNECTED alike)                    (input, bias, output untouched)

A layer is packed if that was asked, or, if nothing was asked, if it becomes smaller by it. Every packed layer
is proved: the codes that the stored bytes unpack to, times the levels, are the int8 constants.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from tinyq.convert.asks import Ask, Request
from tinyq.convert.filters import Codes, UInt8Array, pack, packed_bytes, rows_of, unpack
from tinyq.convert.report import LayerReport
from tinyq.convert.survey import PACKED_KIND, Layer, negated_channels, same_codes, survey
from tinyq.core.errors import ConvertError
from tinyq.core.spec import Scheme
from tinyq.graph.ir import ABSENT, Graph, Operator, Quantization, Tensor
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
_NAMED = 8  # dead channels that are named
_REMEDY_DEAD = (
    "train again with another seed, a lower learning rate or a lower threshold; or take these channels out "
    "of the model; --no-strict packs it as it is"
)
_REMEDY_ZEROS = f"ask a8wt for it: ternary codes hold the zeros; {_LET_IT}"
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
    """Replace the operators whose filters are ternary or binary.

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
    scheme: Scheme = "a8wt" if layer.asked == "a8wt" else "a8w1"
    why = _proof(layer) + _dead_channels(layer, layer.taken)
    dead = layer.ask is not None and _dead_by_itself(layer.ask, layer.taken, layer.depthwise)
    return _Decision(scheme, why, refused=dead, remedy=_REMEDY_DEAD if dead else "")


def _dead_by_itself(ask: Ask, taken: Codes, depthwise: bool) -> bool:
    """Whether the quantizer gave a filter of zeros; others come from a folded gain of zero."""
    given = ~rows_of(ask.codes, ask.depthwise).any(axis=1)
    if ask.faint is not None:
        given |= ask.faint
    return bool((given & ~rows_of(taken.codes, depthwise).any(axis=1)).any())


def _dead_channels(layer: Layer, taken: Codes) -> str:
    """Which filters are all zeros: their outputs are the bias, whatever comes in. "" if none is."""
    dead = np.flatnonzero(~rows_of(taken.codes, layer.depthwise).any(axis=1))
    if not dead.size:
        return ""
    named = ", ".join(map(str, dead[:_NAMED])) + (", ..." if dead.size > _NAMED else "")
    return f"; {dead.size} of {layer.channels} filters are all zeros: output channels {named}"


def _refusal(layer: Layer, taken: Codes) -> tuple[str, str]:
    """Why codes that there are are not what was asked, and what to do; ("", "") if they are."""
    if layer.ask and not layer.wish:
        if layer.ask.scheme is None:
            return layer.ask.refusal, _REMEDY_VALUES
        if not same_codes(layer.ask, layer, gain_zero=True):
            return "its int8 constants have other codes than its quantizer gives", _REMEDY_CODES
    reason = taken.reasons.get("a8w1", "") if layer.asked == "a8w1" else ""
    rows = rows_of(taken.codes, layer.depthwise)
    only_dead = bool((rows.any(axis=1) == rows.all(axis=1)).all())
    return reason, (_REMEDY_DEAD if only_dead else _REMEDY_ZEROS) if reason else ""


def _decide_unasked(layer: Layer, taken: Codes) -> _Decision:
    """The smallest exact scheme, if it is smaller than int8."""
    scheme = taken.smallest
    word = "ternary" if scheme == "a8wt" else "binary"
    packed = packed_bytes(layer.count, scheme) + layer.channels
    sizes = f"{packed} bytes with levels, not {layer.count}"
    dead = _dead_channels(layer, taken)
    if packed < layer.count:
        return _Decision(scheme, f"its int8 constants are {word}: {sizes}{dead}")
    return _Decision(None, f"its int8 constants are {word}, but packed they take {sizes}{dead}")


def _proof(layer: Layer) -> str:
    if layer.wish or not layer.ask:
        return "codes x levels are the int8 constants"
    negated = negated_channels(layer.ask, layer)
    signs = f", {negated} of {layer.channels} channels negated by their folded gain" if negated else ""
    return f"codes are the quantizer's{signs}; codes x levels are the int8 constants"


class _Editor:
    """Builds the new graph; a filter that several operators use is packed once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._tensors = list(graph.tensors)
        self._operators = list(graph.operators)
        self._packed: dict[tuple[int, Scheme], tuple[int, int]] = {}
        self._owner: dict[tuple[int, str], str] = {}  # (filter, stored) -> first layer with it

    def graph(self) -> Graph:
        return replace(self._graph, tensors=tuple(self._tensors), operators=tuple(self._operators))

    def store(self, layer: Layer, decision: _Decision) -> LayerReport:
        """Carry the decision out and describe it."""
        stored = decision.scheme or _stored_now(self._graph, layer)
        if decision.scheme and not isinstance(layer.taken, str):
            self._replace(layer, layer.taken, decision.scheme)
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
        """Bytes of the weights, and of their scales and levels, as the layer has them now."""
        operator = self._operators[layer.index]
        constants = [self._tensors[i] for i in (operator.inputs[1], *operator.inputs[3:])]
        sizes = [math.prod(t.shape) * np.dtype(t.dtype).itemsize for t in constants]
        scales = sum(_SCALE_BYTES * t.quantization.scale.size for t in constants if t.quantization)
        return sizes[0], sum(sizes[1:]) + scales

    def _replace(self, layer: Layer, taken: Codes, scheme: Scheme) -> None:
        """Put our operator in place of the layer's."""
        key = (layer.operator.inputs[1], scheme)
        if key not in self._packed:
            packed = pack(taken.codes, scheme)
            _prove(layer, packed, taken, scheme)
            self._packed[key] = (
                self._add(Tensor(layer.filter.name, packed.shape, "uint8", None, packed)),
                self._add(_levels(layer, taken)),
            )
        packed_index, levels_index = self._packed[key]
        inputs = layer.operator.inputs
        bias = inputs[2] if len(inputs) > 2 else ABSENT
        self._operators[layer.index] = Operator(
            PACKED_KIND[layer.operator.kind],
            (inputs[0], packed_index, bias, levels_index),
            layer.operator.outputs,
            MappingProxyType(_options(self._graph, layer, scheme)),
        )

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
    tensors = [graph.tensors[i] for i in (*operator.inputs[:2], operator.outputs[0])]
    return "a8w8" if all(tensor.dtype == "int8" for tensor in tensors) else layer.filter.dtype


def _prove(layer: Layer, packed: UInt8Array, taken: Codes, scheme: Scheme) -> None:
    """Unpack what is stored and compare it with the int8 constants, every single one."""
    codes = unpack(packed, layer.count, scheme).reshape(layer.shape).astype(np.int16)
    levels = taken.levels if layer.depthwise else taken.levels.reshape(-1, *(1,) * (codes.ndim - 1))
    different = int(np.count_nonzero(codes * levels != layer.filter.data))
    if different:
        raise ConvertError(
            layer.name,
            f"{different} of {layer.count} weights change when they are packed as {scheme}",
            "none",
            "this is a mistake in tinyq: please report it with the model",
        )


def _levels(layer: Layer, taken: Codes) -> Tensor:
    """The levels with the filter's scales: code * level * scale is the real weight."""
    quantization = layer.filter.quantization
    if quantization is not None:
        quantization = Quantization(quantization.scale, quantization.zero_point, axis=0)
    return Tensor(f"{layer.filter.name}/levels", taken.levels.shape, "int8", quantization, taken.levels)


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
    options |= {name: old.get(name, default) for name, default in _WINDOW_DEFAULTS.items()}
    options |= {"filter_height": shape[1], "filter_width": shape[2]}
    if layer.depthwise:
        # The file's own depth_multiplier is not trusted: TFLite ignores it too.
        return options | {"depth_multiplier": shape[3] // graph.tensors[layer.operator.inputs[0]].shape[-1]}
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
