"""Go from int8 to int8 without float32 between.

int8 ─▶ DEQUANTIZE ─▶ float32 ─▶ QUANTIZE ─▶ int8      -->      int8 ─▶ QUANTIZE ─▶ int8
"""

from __future__ import annotations

from tinyq.convert.edit import Editor
from tinyq.graph.ir import Graph


def merge_requantize(graph: Graph) -> Graph:
    """Replace pairs of DEQUANTIZE and QUANTIZE; a DEQUANTIZE that others read stays for them."""
    editor = Editor(graph)
    for quantize in [o for o in graph.operators if o.kind == "QUANTIZE"]:
        maker = editor.maker(quantize.inputs[0])
        if maker is None or maker.kind != "DEQUANTIZE":
            continue
        source, target = (editor.tensors[i] for i in (maker.inputs[0], quantize.outputs[0]))
        if source.dtype == target.dtype == "int8":
            editor.put([quantize], "QUANTIZE", maker.inputs, quantize.outputs[0], {})
    return editor.graph()
