"""Packed activations of a graph: what an operator's options say about a tensor, checked against its shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinyq.core.packed_activations import LEVELS, packed_size, planes_of, words_of
from tinyq.core.params import Dims
from tinyq.graph.ir import ABSENT, Graph, Operator, Tensor
from tinyq.graph.lower_common import Call, title

_RENAMING = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS", "LceBMaxPool2d")  # which keep the channels


def levels_option(call: Call, option: str, allowed: Sequence[int] = LEVELS) -> int:
    """An option that is a number of levels."""
    value = call.integer(option, 0, LEVELS[-1])
    if value not in allowed:
        raise call.error(f"option {option} is {value}", ", ".join(map(str, allowed)))
    return value


def packed_rows(call: Call, position: int, channels: int, levels: int) -> tuple[Tensor, int]:
    """A packed input, and its rows (all axes but the last).

    Raises:
        GraphError: its last axis is not `packed_size`, its quantization is none of a packed tensor, or the
            operator that makes it says other channels or levels.
    """
    tensor = call.input(position, ("int32",))
    check_packed(call, tensor, f"input {position}", channels, levels)
    made = declared(call.graph, call.operator.inputs[position])
    if made is not None and made != (channels, levels):
        raise call.error(
            f"input {position} {title(tensor)} holds {made[0]} channels of {made[1]} levels",
            f"{channels} channels of {levels} levels, as the options say",
        )
    return tensor, math.prod(tensor.shape[:-1])


def packed_image(call: Call, channels: int, levels: int) -> tuple[Tensor, Dims]:
    """`packed_rows` of an input with four axes, and its shape in codes."""
    tensor, _ = packed_rows(call, 0, channels, levels)
    if len(tensor.shape) != 4:
        raise call.error(f"input {title(tensor)} has shape {list(tensor.shape)}", "four axes, NHWC")
    return tensor, Dims(*tensor.shape[:3], channels)


def check_packed(call: Call, tensor: Tensor, role: str, channels: int, levels: int) -> None:
    """Check the last axis of a packed tensor, and that its zero point, if it has one, is 0."""
    if tensor.shape[-1:] != (packed_size(channels, levels),):
        raise call.error(
            f"{role} {title(tensor)} has shape {list(tensor.shape)}",
            f"a last axis of {planes_of(levels)} planes * {words_of(channels)} words: {channels} channels,"
            f" {levels} levels",
        )
    if tensor.quantization is not None:
        packed_scale(call, tensor)


def packed_scale(call: Call, tensor: Tensor) -> float:
    """Scale of a packed tensor: real = scale * code."""
    q = tensor.quantization
    if q is None or len(q.scale) != 1 or np.any(q.zero_point):
        got = "no scale" if q is None else f"{len(q.scale)} scales, zero points {q.zero_point.tolist()[:8]}"
        raise call.error(f"packed {title(tensor)} has {got}", "one scale, zero point 0")
    scale = float(np.float32(q.scale[0]))
    if not (math.isfinite(scale) and scale > 0):
        raise call.error(f"packed {title(tensor)} has scale {scale:g}", "a finite scale above 0")
    return scale


def same_scale(call: Call, first: Tensor, second: Tensor) -> None:
    """Check that two packed tensors, where both have one, share their scale."""
    if first.quantization is None or second.quantization is None:
        return
    scales = packed_scale(call, first), packed_scale(call, second)
    if scales[0] != scales[1]:
        raise call.error(
            f"{title(first)} has scale {scales[0]:g}, {title(second)} has {scales[1]:g}", "the same scale"
        )


def declared(graph: Graph, index: int) -> tuple[Any, Any] | None:
    """(channels, levels) of a packed tensor as the operator says that makes it; None if none does."""
    makers = {output: operator for operator in graph.operators for output in operator.outputs}
    for _ in graph.operators:  # renamed at most so often
        maker = makers.get(index)
        if maker is None or maker.kind not in _RENAMING:
            return None if maker is None else _made(graph, maker)
        index = maker.inputs[0]
    return None


def _made(graph: Graph, maker: Operator) -> tuple[Any, Any] | None:
    if maker.kind in ("TqQuantize", "TqBitMaxPool2D"):
        return maker.options.get("channels"), maker.options.get("x_levels")
    if maker.kind == "TqBitConcatenation":
        sizes = graph.tensors[maker.inputs[-1]].data
        return None if sizes is None else (int(sizes.sum()), maker.options.get("x_levels"))
    if maker.kind in ("LceQuantize", "LceBconv2d"):
        shape = graph.tensors[maker.inputs[maker.kind == "LceBconv2d"]].shape or (0,)
        return shape[-1 if maker.kind == "LceQuantize" else 0], 2
    if maker.kind.startswith("TqBit") and len(maker.inputs) > 2 and maker.inputs[2] != ABSENT:
        thresholds = graph.tensors[maker.inputs[2]]
        return thresholds.shape[0] if thresholds.shape else 0, maker.options.get("out_levels")
    return None
