"""Fold a batch norm behind a layer on packed data into its scales and bias, if its result stays a number.

packed ─▶ TqBitConv2D ─▶ float32 ─▶ ADD, MUL ... ─▶ [RELU] ─▶ float32
                                  -->
packed ─▶ TqBitConv2D (other scales, bias, fused activation) ─▶ float32

A channel with a negative gain gets the other sign of its codes. Rounding differs in the last bits of float32;
where a quantizer follows, `fold_thresholds` comes first, which does not round. A gain of 0 is left alone: no
scale is 0.
"""

from __future__ import annotations

import numpy as np

from tinyq.convert.bits_sums import Sums, by_channel, own_scales, sums_of
from tinyq.convert.edit import Editor
from tinyq.convert.float_chain import Chain, chain_behind
from tinyq.core.packed_activations import pack_codes
from tinyq.graph.ir import Graph, Operator


def fold_affine(graph: Graph) -> Graph:
    """Take the operations by channel behind layers on packed data into the layers."""
    editor = Editor(graph)
    for operator in graph.operators:
        sums = sums_of(editor, operator)
        if sums is None or sums.activation != "NONE":
            continue
        chain, _ = chain_behind(editor, sums.output, sums.channels)
        taken = _whole_operators(chain)
        if taken:
            _fold(editor, sums, taken)
    return editor.graph()


def _whole_operators(chain: Chain) -> list[Operator]:
    """The operators up to and with the first that clamps; one that adds and clamps counts as such."""
    taken = []
    for operator in chain.operators:
        taken.append(operator)
        clamps = operator.kind not in ("ADD", "MUL")
        if clamps or operator.options["fused_activation_function"] != "NONE":
            break
    return taken


def _fold(editor: Editor, sums: Sums, taken: list[Operator]) -> None:
    gain, bias = np.ones(sums.channels), sums.bias.astype(np.float64)
    activation, current = "NONE", sums.output
    for operator in taken:
        if operator.kind in ("ADD", "MUL"):
            other = next(i for i in operator.inputs if i != current)
            values = np.asarray(editor.tensors[other].data, np.float64).reshape(-1)
            gain, bias = (gain * values, bias * values) if operator.kind == "MUL" else (gain, bias + values)
            activation = str(operator.options["fused_activation_function"])
        else:
            activation = operator.kind
        current = operator.outputs[0]
    scales = sums.scale * np.abs(gain)
    source = editor.tensors[sums.operator.inputs[0]].quantization
    of_weights = scales / (1.0 if source is None else float(source.scale[0]))
    if not (np.minimum(scales, of_weights).astype(np.float32) > np.finfo(np.float32).tiny).all():
        return
    signs = np.where(gain < 0, -1, 1).astype(np.int16)
    options = {**sums.operator.options, "fused_activation_function": activation}
    codes = sums.codes * by_channel(sums.operator, signs)
    name = editor.tensors[sums.operator.inputs[1]].name
    packed = pack_codes(codes, options["w_levels"])
    kind, stored = sums.operator.kind, of_weights.astype(np.float32)
    own = own_scales(kind)
    inputs = [sums.operator.inputs[0], editor.constant(name, packed, None if own else stored)]
    inputs.append(editor.constant(f"{name}/bias", bias.astype(np.float32)))
    if own:
        inputs.append(editor.constant(f"{name}/scales", stored))
    editor.put([sums.operator, *taken], kind, inputs, current, options)
