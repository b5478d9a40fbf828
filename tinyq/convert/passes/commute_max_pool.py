"""Pool codes, not float32: the largest number has the largest code.

float32 ─▶ MAX_POOL_2D ─▶ ADD, MUL (not negative), RELU ... ─▶ TqQuantize ─▶ packed
                                  -->
float32 ─▶ ADD, MUL, RELU ... ─▶ TqQuantize ─▶ TqBitMaxPool2D ─▶ packed

What stands before the pooling can then go into the thresholds of the layer in front of it. A step that turns
the order of numbers round (a negative gain, a flipped quantizer) leaves the pooling where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tinyq.convert.edit import Editor
from tinyq.convert.float_chain import chain_behind
from tinyq.convert.quantizers import flip_of
from tinyq.graph.ir import Graph, Operator

_WINDOW = ("padding", "stride_h", "stride_w", "filter_height", "filter_width")


def commute_max_pool(graph: Graph, wanted: Callable[[Operator], bool] = lambda _: True) -> Graph:
    """Move max pooling behind the quantizer that alone reads its result, if that is `wanted`."""
    editor = Editor(graph)
    for pool in [o for o in graph.operators if o.kind == "MAX_POOL_2D"]:
        output = editor.tensors[pool.outputs[0]]
        if output.dtype != "float32" or pool.options.get("fused_activation_function", "NONE") != "NONE":
            continue
        chain, last = chain_behind(editor, pool.outputs[0], output.shape[-1])
        if last is None or last.kind != "TqQuantize" or not chain.rising or flip_of(editor, last) is not None:
            continue
        if not wanted(last):
            continue
        _move(editor, pool, [*chain.operators, last])
    return editor.graph()


def _move(editor: Editor, pool: Operator, behind: Sequence[Operator]) -> None:
    """Put the operators `behind` the pooling on its input; the pooling comes last."""
    image = editor.tensors[pool.inputs[0]].shape[:3]
    old, current = pool.outputs[0], pool.inputs[0]
    moved = []
    for operator in behind:
        tensor = editor.tensors[operator.outputs[0]]
        made = editor.tensor(replace(tensor, shape=(*image, tensor.shape[-1])))
        inputs = tuple(current if i == old else i for i in operator.inputs)
        moved.append(replace(operator, inputs=inputs, outputs=(made,)))
        old, current = operator.outputs[0], made
    options = {name: pool.options[name] for name in _WINDOW}
    options |= {name: behind[-1].options[name] for name in ("abi", "x_levels", "channels")}
    place = editor.operators.index(behind[-1])
    editor.operators[place:place] = moved
    editor.put([pool, *behind], "TqBitMaxPool2D", [current], behind[-1].outputs[0], options)
