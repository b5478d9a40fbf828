"""A layer of codes as one of tinyq's operators on packed data: which one, its weights, options and bias."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.filters import rows_of
from tinyq.convert.levels import Levels
from tinyq.convert.nodes import LowLayer
from tinyq.graph.schema import ABI

_KINDS = {"conv": "TqBitConv2D", "depthwise": "TqBitDepthwiseConv2D", "dense": "TqBitFullyConnected"}


@dataclass(frozen=True, eq=False)
class BitsLayer:
    """An operator on packed data.

    Args:
        kind: of the operator.
        codes: its weights, not packed yet.
        output: shape of its output in float32.
        options: of the operator, with a float32 output.
    """

    kind: str
    codes: npt.NDArray[np.int64]
    output: tuple[int, ...]
    options: dict[str, Any]


def bits_layer(
    layer: LowLayer, levels: Levels, image: Sequence[int], flat: bool, output: tuple[int, ...]
) -> BitsLayer:
    """The operator for a layer.

    Args:
        layer: itself.
        levels: of its input.
        image: shape of its input in codes, [1, h, w, c] or [1, c].
        flat: whether the layer takes such an image as one row.
        output: shape of its output, [1, h, w, c] or [1, c].

    A dense layer on a flattened image is a convolution whose window is the whole image: no code has to move.
    One on the last axis of an image is a convolution of 1x1.
    """
    codes, operator = layer.weights.codes, layer.operator
    c_out = layer.weights.scales.size
    if operator == "dense" and (len(image) == 2 or (flat and image[1] * image[2] == 1)):
        return BitsLayer(_KINDS[operator], codes, (1, c_out), _common(layer, levels, image[-1]))
    if operator == "dense":
        codes = codes.reshape(c_out, *(image[1:3] if flat else (1, 1)), image[3])
        operator, output = "conv", (1, 1, 1, c_out) if flat else output
    options = _common(layer, levels, image[3]) | {
        "padding": layer.window.padding,
        "stride_h": layer.window.strides[0],
        "stride_w": layer.window.strides[1],
        "dilation_h_factor": layer.window.dilations[0],
        "dilation_w_factor": layer.window.dilations[1],
        "filter_height": codes.shape[1],
        "filter_width": codes.shape[2],
        "pad_code": layer.pad_code if layer.window.padding == "SAME" else levels.codes[-1],
    }
    if operator == "depthwise":
        return BitsLayer(_KINDS[operator], codes, output, options | {"depth_multiplier": c_out // image[3]})
    return BitsLayer(_KINDS[operator], codes, output, options | {"groups": image[3] // codes.shape[3]})


def _common(layer: LowLayer, levels: Levels, channels: int) -> dict[str, Any]:
    return {
        "abi": ABI,
        "x_levels": levels.count,
        "w_levels": layer.weights.levels,
        "out_levels": 0,
        "channels_in": channels,
        "bias_shift": 0,
        "fused_activation_function": "NONE",
    }


def total_bias(layer: LowLayer, levels: Levels) -> npt.NDArray[np.float32] | None:
    """The layer's bias and what its input's shift adds up to; None if that is nothing."""
    sums = rows_of(layer.weights.codes, layer.operator == "depthwise").sum(axis=1)
    shifted = levels.shift * layer.weights.scales * sums
    if layer.bias is None and not levels.shift:
        return None
    return np.asarray(shifted if layer.bias is None else shifted + layer.bias, np.float32)
