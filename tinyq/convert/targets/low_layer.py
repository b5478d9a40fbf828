"""One of tinyq's operators with weights on packed data, and all that other operators need of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.bits_sums import codes_of_weights
from tinyq.convert.edit import Editor
from tinyq.graph.ir import ABSENT, Operator

LAYERS = ("TqBitConv2D", "TqBitDepthwiseConv2D", "TqBitFullyConnected")


@dataclass(frozen=True, eq=False)
class LowOperator:
    """A layer on packed data.

    Args:
        operator: itself.
        name: of its output tensor, without "/output".
        codes: its weights, 4-D: OHWI, or 1HWO; a dense layer's is 1x1.
        source: shape of its input in codes, 4-D.
        image: shape of its output in numbers, 4-D.
        scales: float32 [c_out], of a sum of products.
        bias: float32 [c_out], zeros where there is none.
        scale_bytes: of the float32 scales and of the bias, if there is one.
    """

    operator: Operator
    name: str
    codes: npt.NDArray[np.int16]
    source: tuple[int, ...]
    image: tuple[int, ...]
    scales: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    scale_bytes: int

    @property
    def depthwise(self) -> bool:
        """Whether it filters each channel by itself."""
        return self.operator.kind == "TqBitDepthwiseConv2D"

    @property
    def c_out(self) -> int:
        """Output channels."""
        return self.image[3]

    @property
    def groups(self) -> int:
        """Groups of a convolution."""
        return int(self.operator.options.get("groups", 1))

    @property
    def padding(self) -> str:
        """SAME or VALID."""
        return str(self.operator.options.get("padding", "VALID"))

    @property
    def strides(self) -> tuple[int, int]:
        """(height, width)."""
        options = self.operator.options
        return options.get("stride_h", 1), options.get("stride_w", 1)

    @property
    def dilations(self) -> tuple[int, int]:
        """(height, width)."""
        options = self.operator.options
        return options.get("dilation_h_factor", 1), options.get("dilation_w_factor", 1)

    @property
    def reach(self) -> tuple[int, ...]:
        """How far the filter reaches, dilation included."""
        sizes = zip(self.codes.shape[1:3], self.dilations, strict=True)
        return tuple((taps - 1) * dilation + 1 for taps, dilation in sizes)

    @property
    def macs(self) -> int:
        """Products of one inference."""
        return math.prod(self.image[:3]) * self.codes.size

    @property
    def border(self) -> tuple[tuple[int, int], ...]:
        """Rows above and below, columns before and behind, that padding SAME adds."""
        sizes = zip(self.source[1:3], self.image[1:3], self.strides, self.reach, strict=True)
        totals = [max((out - 1) * stride + reach - size, 0) for size, out, stride, reach in sizes]
        return tuple((total // 2, total - total // 2) for total in totals)

    def window(self, padding: str) -> dict[str, Any]:
        """Options of a built-in convolution."""
        return {
            "padding": padding,
            "stride_h": self.strides[0],
            "stride_w": self.strides[1],
            "dilation_h_factor": self.dilations[0],
            "dilation_w_factor": self.dilations[1],
            "fused_activation_function": "NONE",
        }


def low_operator(editor: Editor, operator: Operator, image: tuple[int, ...]) -> LowOperator:
    """All about an operator.

    Args:
        editor: its graph.
        operator: one of `LAYERS`, of any output but int8.
        image: shape of its input in codes, [n, h, w, c] or [n, c].
    """
    tensors, inputs, output = editor.tensors, operator.inputs, operator.outputs[0]
    codes = codes_of_weights(editor, operator)
    if codes.ndim == 2:
        codes = codes[:, None, None, :]
    c_out = codes.shape[3 if operator.kind == "TqBitDepthwiseConv2D" else 0]
    rows = tensors[output].shape[:-1]
    third = inputs[2] if len(inputs) > 2 and not operator.options["out_levels"] else ABSENT
    bias = np.zeros(c_out, np.float32) if third == ABSENT else np.asarray(tensors[third].data, np.float32)
    own = inputs[3] if len(inputs) > 3 and not operator.options["out_levels"] else ABSENT
    quantization = tensors[inputs[1]].quantization
    of_weights = np.ones(1, np.float32) if quantization is None else quantization.scale
    if own != ABSENT:
        of_weights = np.asarray(tensors[own].data, np.float32)
    of_input = tensors[inputs[0]].quantization
    scale = np.float32(1.0 if of_input is None else of_input.scale[0])
    return LowOperator(
        operator,
        tensors[output].name.removesuffix("/output"),
        codes,
        image if len(image) == 4 else (image[0], 1, 1, image[1]),
        (*(rows if len(rows) == 3 else (rows[0], 1, 1)), c_out),
        np.broadcast_to(scale * of_weights, (c_out,)).astype(np.float32),
        bias,
        4 * of_weights.size + (0 if third == ABSENT else bias.nbytes),
    )
