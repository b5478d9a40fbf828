"""The low-bit part of a network as a graph with float32 ends: what Keras computes, operator by operator.

Nothing is folded here; the passes do that. Tensors have four axes [1, h, w, c], or two [1, c]; a 1-D
convolution's have height 1. A shift of an activation quantizer (value = scale * code + shift) is a constant
of the following layer's output channel, because every tap holds a code: it goes into that layer's bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.bits_layers import bits_layer, total_bias
from tinyq.convert.bits_sums import own_scales
from tinyq.convert.levels import Levels, find_even_levels
from tinyq.convert.nodes import Node, Ref
from tinyq.convert.split import Split
from tinyq.core.errors import ConvertError
from tinyq.core.packed_activations import pack_codes, packed_size
from tinyq.graph.ir import ABSENT, Graph, Operator, Quantization, Tensor
from tinyq.graph.schema import ABI

_FLOAT_KINDS = {"relu": "RELU", "relu6": "RELU6"}
_PLAIN = {"fused_activation_function": "NONE"}
_ROUNDS = 1.5 * 2**23  # beside it float32 numbers are whole
_SUM = {"fused_activation_function": "NONE", "pot_scale_int16": False}


def bits_graph(split: Split, rounds: bool = False) -> Graph:
    """The low-bit part; its inputs and outputs are `cut_out` and `cut_in`, in their order.

    Args:
        split: what is low-bit.
        rounds: whether quantizers of more levels than are packed become float32 operators; int8 stands for
            them else.

    Raises:
        ConvertError: such a quantizer has uneven levels.
    """
    return _Builder(rounds).build(split)


def image_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of a tensor in the low-bit part, from its shape without the batch."""
    return (1, *shape) if len(shape) in (1, 3) else (1, 1, *shape)


@dataclass(frozen=True, eq=False)
class _Codes:
    """A packed tensor: levels of the codes as their reader takes them, shape of the tensor in codes."""

    levels: Levels
    image: tuple[int, ...]


class _Builder:
    def __init__(self, rounds: bool) -> None:
        self._rounds = rounds
        self._tensors: list[Tensor] = []
        self._operators: list[Operator] = []
        self._of: dict[Ref, int] = {}  # what readers of a tensor take
        self._made: dict[Ref, int] = {}  # what the nodes give, where readers take it from a cut
        self._codes: dict[Ref, _Codes] = {}
        self._places: dict[tuple[Any, ...], int] = {}  # what a TqQuantize computes -> its output
        self._weights: dict[tuple[str, bytes], int] = {}

    def build(self, split: Split) -> Graph:
        inputs = []
        for ref in split.cut_out:
            inputs.append(self._tensor(f"cut_{ref.number}", image_shape(ref.shape)))
            self._of[ref] = inputs[-1]
        for node in split.bits:
            tensor = getattr(self, f"_{node.kind}")(node)
            target = self._made if node.output in split.cut_out else self._of
            target[node.output] = tensor
        outputs = [self._real(ref) for ref in split.cut_in]
        return Graph(tuple(self._tensors), tuple(self._operators), tuple(inputs), tuple(outputs))

    def _tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str = "float32",
        scale: npt.ArrayLike | None = None,
        data: npt.NDArray[Any] | None = None,
    ) -> int:
        quantization = None
        if scale is not None:
            scales = np.atleast_1d(np.asarray(scale, np.float32))
            quantization = Quantization(scales, np.zeros(scales.size, np.int64))
        if data is not None:
            data = np.ascontiguousarray(data, dtype)
            data.flags.writeable = False
        self._tensors.append(Tensor(name, tuple(shape), dtype, quantization, data))
        return len(self._tensors) - 1

    def _constant(self, name: str, data: npt.NDArray[Any]) -> int:
        return self._tensor(name, data.shape, str(data.dtype), None, data)

    def _operator(self, kind: str, inputs: Sequence[int], output: int, options: dict[str, Any]) -> int:
        self._operators.append(Operator(kind, tuple(inputs), (output,), MappingProxyType(options)))
        return output

    def _relu(self, node: Node) -> int:
        source = self._of[node.inputs[0]]
        output = self._tensor(f"{node.name}/output", self._tensors[source].shape)
        return self._operator(_FLOAT_KINDS[node.kind], [source], output, {})

    _relu6 = _relu

    def _affine(self, node: Node) -> int:
        current = self._of[node.inputs[0]]
        for kind, values in node.data.steps:
            output = self._tensor(f"{node.name}/{kind.lower()}", self._tensors[current].shape)
            constant = self._constant(f"{node.name}/constant", values)
            options = _SUM if kind == "ADD" else _PLAIN
            current = self._operator(kind, [current, constant], output, options)
        return current

    def _identity(self, node: Node) -> int:
        """Nothing in inference; a flattened image keeps its axes for the dense layer behind."""
        if node.inputs[0] in self._codes:
            self._codes[node.output] = self._codes[node.inputs[0]]
        return self._of[node.inputs[0]]

    _flatten = _identity

    def _max_pool(self, node: Node) -> int:
        ref, shape = node.inputs[0], (1, *node.output.shape)
        source, held = self._of[ref], self._codes.get(ref)
        if held is None:
            output = self._tensor(f"{node.name}/output", shape)
            return self._operator("MAX_POOL_2D", [source], output, {**node.data, **_PLAIN})
        self._codes[node.output] = _Codes(held.levels, shape)
        return self._packed_by("TqBitMaxPool2D", node.name, [source], self._codes[node.output], node.data)

    def _quantizer(self, node: Node) -> int:
        source, levels = self._of[node.inputs[0]], node.data
        if isinstance(levels, int):  # so many levels that int8 stands for them
            return self._rounded(node, source) if self._rounds else source
        image = self._tensors[source].shape
        self._codes[node.output] = _Codes(levels, image)
        key = (source, levels.count, levels.reverse, levels.thresholds.tobytes())
        if key not in self._places:
            inputs = [source, self._constant(f"{node.name}/thresholds", levels.thresholds)]
            if levels.reverse:
                inputs.append(self._constant(f"{node.name}/flip", np.ones(image[-1], np.int8)))
            self._places[key] = self._packed_by("TqQuantize", node.name, inputs, self._codes[node.output], {})
        return self._places[key]

    def _rounded(self, node: Node, source: int) -> int:
        """The nearest of many even levels in float32; adding a large number and taking it off rounds."""
        even = find_even_levels(lambda x: np.asarray(node.run(x), np.float32))
        if isinstance(even, str):
            got = f"an input quantizer of {node.data} levels: {even}"
            raise ConvertError(node.name, got, "evenly spaced levels", "convert it with --target tinyq")
        half = (even.count - 1) / 2
        steps = (
            ("MUL", 1 / (even.interval * half), "NONE"),
            ("ADD", -(even.threshold / even.interval + half - 0.5) / half, "RELU_N1_TO_1"),
            ("MUL", half, "NONE"),
            ("ADD", half, "NONE"),
            ("ADD", _ROUNDS, "NONE"),
            ("ADD", -_ROUNDS, "NONE"),
            ("MUL", even.step, "NONE"),
            ("ADD", even.least, "NONE"),
        )
        for number, (kind, value, activation) in enumerate(steps):
            output = self._tensor(f"{node.name}/rounded_{number}", self._tensors[source].shape)
            constant = self._constant(f"{node.name}/constant", np.full(1, value, np.float32))
            options = (_SUM if kind == "ADD" else _PLAIN) | {"fused_activation_function": activation}
            source = self._operator(kind, [source, constant], output, options)
        return source

    def _packed_by(
        self, kind: str, name: str, inputs: Sequence[int], codes: _Codes, options: dict[str, Any]
    ) -> int:
        """An operator whose output is packed; what it has of a scale it keeps."""
        old = self._tensors[inputs[0]].quantization
        scale = codes.levels.scale if old is None else old.scale
        count, channels = codes.levels.count, codes.image[-1]
        shape = (*codes.image[:-1], packed_size(channels, count))
        output = self._tensor(f"{name}/codes", shape, "int32", scale)
        given = {"abi": ABI, "x_levels": count, "channels": channels}
        return self._operator(kind, inputs, output, given | options)

    def _real(self, ref: Ref) -> int:
        """A result in float32; codes are taken apart for it."""
        source = self._made[ref] if ref in self._made else self._of[ref]
        held = self._codes.get(ref)
        if held is None:
            return source
        name, scale = f"cut_{ref.number}", self._held_scale(source)
        given = {"abi": ABI, "x_levels": held.levels.count, "channels": held.image[-1]}
        real = self._operator("TqDequantize", [source], self._tensor(f"{name}/codes", held.image), given)
        steps = (("MUL", held.levels.scale / scale, 1.0), ("ADD", held.levels.shift, 0.0))
        for kind, value, nothing in steps:
            if value != nothing:
                constant = self._constant(f"{name}/constant", np.full(1, value, np.float32))
                options = _SUM if kind == "ADD" else _PLAIN
                real = self._operator(kind, [real, constant], self._tensor(name, held.image), options)
        return real

    def _held_scale(self, packed: int) -> float:
        """Scale of a packed tensor: another quantizer's, where two have the same places."""
        quantization = self._tensors[packed].quantization
        return 1.0 if quantization is None else float(quantization.scale[0])

    def _low(self, node: Node) -> int:
        layer, ref = node.data, node.inputs[0]
        source, held = self._of[ref], self._codes[ref]
        flat = len(ref.shape) == 1 and len(held.image) == 4
        made = bits_layer(layer, held.levels, held.image, flat, image_shape(node.output.shape))
        # Codes of another quantizer may be shared: what its scale is more goes into the weights'.
        ratio = np.float32(held.levels.scale) / np.float32(self._held_scale(source))
        scales = np.asarray(layer.weights.scales * ratio, np.float32)
        key, own = (layer.keras, scales.tobytes()), own_scales(made.kind)
        if key not in self._weights:
            packed = pack_codes(made.codes, layer.weights.levels)
            name = layer.keras.replace(".", "/")
            self._weights[key] = self._tensor(name, packed.shape, "int32", None if own else scales, packed)
        bias = total_bias(layer, held.levels)
        inputs = [source, self._weights[key], ABSENT]
        if bias is not None:
            inputs[2] = self._constant(f"{node.name}/bias", bias)
        if own:
            inputs.append(self._constant(f"{node.name}/scales", scales))
        output = self._tensor(f"{node.name}/output", made.output)
        return self._operator(made.kind, inputs, output, made.options)
