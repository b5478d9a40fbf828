"""Drop the tensors that nothing refers to, so that their bytes leave the file.

filter_int8    (no reader)
packed_uint8 ─▶ TqConv2D ─▶ y          -->          packed_uint8 ─▶ TqConv2D ─▶ y
levels_int8  ─▶                                     levels_int8  ─▶
scales_float ─▶                                     scales_float ─▶
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tinyq.graph.ir import ABSENT, Graph


def remove_unused_tensors(graph: Graph) -> Graph:
    """A graph without unused tensors; the others keep their order, operators and ends are renumbered."""
    used = {*graph.inputs, *graph.outputs}
    for operator in graph.operators:
        used.update(operator.inputs, operator.outputs)
    for inputs, outputs in graph.signatures.values():
        used.update(inputs.values(), outputs.values())
    kept = [i for i in range(len(graph.tensors)) if i in used]
    number = {old: new for new, old in enumerate(kept)} | {ABSENT: ABSENT}

    def renumbered(indices: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(number[i] for i in indices)

    def ends(names: Mapping[str, int]) -> Mapping[str, int]:
        return MappingProxyType({name: number[i] for name, i in names.items()})

    return replace(
        graph,
        tensors=tuple(graph.tensors[i] for i in kept),
        operators=tuple(
            replace(o, inputs=renumbered(o.inputs), outputs=renumbered(o.outputs)) for o in graph.operators
        ),
        inputs=renumbered(graph.inputs),
        outputs=renumbered(graph.outputs),
        signatures=MappingProxyType({key: (ends(a), ends(b)) for key, (a, b) in graph.signatures.items()}),
    )
