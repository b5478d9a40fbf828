"""How another target stores one layer: what its row of the report says."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tinyq.graph.ir import Graph, Operator


@dataclass(frozen=True)
class Stored:
    """One layer with weights.

    Args:
        kind: the operator that computes it.
        scheme: as `LayerReport.stored`; "a32wt" where inputs are float32.
        weights: how many.
        weight_bytes: of the stored weights.
        scale_bytes: of scales and bias.
        macs: multiply-accumulates of one inference.
        why: why it is stored so.
        branches: products of two bits for each product of two codes; 0 where numbers are multiplied.
        remedy: what to do if this is not what was asked; "" if it is.
    """

    kind: str
    scheme: str
    weights: int
    weight_bytes: int
    scale_bytes: int
    macs: int
    why: str
    branches: int = 0
    remedy: str = ""


def bits_name(levels: int) -> str:
    """The letters of a scheme code for so many levels.

    Example:
        >>> [bits_name(n) for n in (2, 3, 4, 16, 256)]
        ['1', 't', '2', '4', '8']
    """
    return "t" if levels == 3 else str((levels - 1).bit_length())


def macs_of(graph: Graph, operator: Operator) -> int:
    """Multiply-accumulates of a convolution, depthwise, dense or transposed operator."""
    walked = operator.inputs[2] if operator.kind == "TRANSPOSE_CONV" else operator.outputs[0]
    positions = math.prod(graph.tensors[walked].shape[:-1])
    return positions * math.prod(graph.tensors[operator.inputs[1]].shape)
