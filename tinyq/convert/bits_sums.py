"""An operator on packed data with a float32 output: its codes, and the range and meaning of its sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyq.convert.edit import Editor
from tinyq.convert.float_chain import Float32Array, clamped
from tinyq.core.packed_activations import codes_of, unpack_codes
from tinyq.graph.ir import ABSENT, Operator

IntArray = npt.NDArray[np.int64]

BITS_KINDS = ("TqBitConv2D", "TqBitDepthwiseConv2D", "TqBitFullyConnected")


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums of products that an operator computes, and what they mean.

    Args:
        operator: itself.
        codes: of its weights, channels last as they are packed.
        most: int64 [c_out], the largest magnitude of a channel's sum.
        scale: float32 [c_out], of a sum: input scale * weight scale.
        bias: float32 [c_out].
        activation: fused.
    """

    operator: Operator
    codes: npt.NDArray[np.int16]
    most: IntArray
    scale: Float32Array
    bias: Float32Array
    activation: str

    @property
    def channels(self) -> int:
        """Output channels."""
        return self.most.size

    @property
    def output(self) -> int:
        """The output tensor."""
        return self.operator.outputs[0]

    def real(self, sums: IntArray) -> Float32Array:
        """sum * scale + bias, each operation rounded to float32, then the activation; sums [n, c_out]."""
        real: Float32Array = sums.astype(np.float32) * self.scale + self.bias
        return clamped(real, self.activation)


def sums_of(editor: Editor, operator: Operator) -> Sums | None:
    """What is known of an operator's sums; None if it is another one, or its output is not float32."""
    output = editor.tensors[operator.outputs[0]]
    if operator.kind not in BITS_KINDS or output.dtype != "float32":
        return None
    source, weights = (editor.tensors[i] for i in operator.inputs[:2])
    bias = operator.inputs[2] if len(operator.inputs) > 2 else ABSENT
    codes, options = codes_of_weights(editor, operator), operator.options
    axis = tuple(range(codes.ndim - 1)) if _depthwise(operator) else tuple(range(1, codes.ndim))
    most = np.abs(codes.astype(np.int64)).sum(axis=axis) * codes_of(options["x_levels"])[-1]
    scales = operator.inputs[3] if len(operator.inputs) > 3 else ABSENT
    if scales != ABSENT:
        of_weights = np.asarray(editor.tensors[scales].data, np.float32)
    elif weights.quantization is not None:
        of_weights = weights.quantization.scale.astype(np.float32)
    else:
        return None
    if source.quantization is None:
        return None
    scale = np.float32(source.quantization.scale[0]) * of_weights
    zero = np.zeros(most.size, np.float32)
    given = zero if bias == ABSENT else np.asarray(editor.tensors[bias].data, np.float32)
    activation = str(options["fused_activation_function"])
    return Sums(operator, codes, most, np.broadcast_to(scale, most.shape).copy(), given, activation)


def codes_of_weights(editor: Editor, operator: Operator) -> npt.NDArray[np.int16]:
    """Unpacked weights, channels last."""
    options, packed = operator.options, np.asarray(editor.tensors[operator.inputs[1]].data)
    channels = options["channels_in"] // options.get("groups", 1) * options.get("depth_multiplier", 1)
    return unpack_codes(packed, channels, options["w_levels"])


def own_scales(kind: str) -> bool:
    """Whether scales are an input of their own: no axis of packed depthwise weights has one for a channel."""
    return kind == "TqBitDepthwiseConv2D"


def _depthwise(operator: Operator) -> bool:
    return operator.kind == "TqBitDepthwiseConv2D"


def by_channel(operator: Operator, values: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """Numbers of output channels, shaped to multiply the codes of the operator's weights."""
    rank = 2 if operator.kind == "TqBitFullyConnected" else 4
    return values if _depthwise(operator) else values.reshape(-1, *(1,) * (rank - 1))
