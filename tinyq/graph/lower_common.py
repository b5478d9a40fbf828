"""One operator while it is lowered: its tensors and options, with checks whose errors name it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import GraphError
from tinyq.core.kernels import Step
from tinyq.core.params import Dims
from tinyq.core.requantize import INT32_MAX, MAX_ACCUMULATOR, quantize_multiplier
from tinyq.graph.ir import ABSENT, Graph, Operator, Tensor

INT8_MIN, INT8_MAX = -128, 127
_SUFFIXES = {"int8": "a8", "int16": "a16"}
REMEDY_INT8 = "convert the model with full int8 quantization (representative data set, int8 operators only)"
REMEDY_SCALES = (
    "calibrate again with typical data: the scales of its input and output are too far from each other"
)
REMEDY_SUMS = "use fewer inputs per output or weights and scales of a saner range"
REMEDY_FILE = "the file is damaged or was made by another tool; convert the model again"


@dataclass(frozen=True)
class Affine:
    """real = scale * (q - zero_point) of a whole activation; `scale` is a float32 value."""

    scale: float
    zero_point: int


@dataclass(frozen=True)
class Call:
    """Operator `index` of `graph`; `name` is its layer's, `activation` the dtype of its quantized tensors."""

    graph: Graph
    index: int
    name: str
    activation: str = "int8"

    @classmethod
    def of(cls, graph: Graph, index: int, name: str) -> Call:
        """The call of an operator: of int16, if one of its tensors is."""
        operator = graph.operators[index]
        tensors = [i for i in (*operator.inputs, *operator.outputs) if 0 <= i < len(graph.tensors)]
        wide = any(graph.tensors[i].dtype == "int16" for i in tensors)
        return cls(graph, index, name, "int16" if wide else "int8")

    @property
    def suffix(self) -> str:
        """Of kernels: "a8", "a16"."""
        return _SUFFIXES[self.activation]

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the most that an activation holds."""
        info = np.iinfo(self.activation)
        return int(info.min), int(info.max)

    @property
    def operator(self) -> Operator:
        """The operator itself."""
        return self.graph.operators[self.index]

    @property
    def where(self) -> str:
        """Start of every error about this operator."""
        return f"operator {self.index} {self.operator.kind} '{self.name}'"

    def error(self, got: str, allowed: str = "", remedy: str = REMEDY_FILE) -> GraphError:
        """A GraphError that names this operator; to be raised by the caller."""
        return GraphError(self.where, got, allowed, remedy)

    def count(self, fewest: int, most: int) -> None:
        """Check the number of inputs, and that there is one output."""
        inputs, outputs = len(self.operator.inputs), len(self.operator.outputs)
        if not fewest <= inputs <= most or outputs != 1:
            allowed = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            raise self.error(f"{inputs} inputs, {outputs} outputs", f"{allowed} inputs, 1 output")

    def _tensor(self, index: int, role: str) -> Tensor:
        if not 0 <= index < len(self.graph.tensors):
            raise self.error(f"{role} is tensor {index}", f"0 to {len(self.graph.tensors) - 1}")
        tensor = self.graph.tensors[index]
        if not all(isinstance(size, int) and size > 0 for size in tensor.shape):
            raise self.error(
                f"{role} {title(tensor)} has shape {list(tensor.shape)}",
                "static sizes of at least 1",
                "convert with a fixed batch size and input shape",
            )
        if math.prod(tensor.shape) > INT32_MAX:
            raise self.error(
                f"{role} {title(tensor)} has shape {list(tensor.shape)}", "fewer than 2**31 elements"
            )
        return tensor

    def _present(self, position: int, role: str) -> Tensor:
        if position >= len(self.operator.inputs) or self.operator.inputs[position] == ABSENT:
            raise self.error(f"{role} (input {position}) is absent")
        return self._tensor(self.operator.inputs[position], role)

    def input(self, position: int = 0, dtypes: Sequence[str] | None = None, constant: bool = False) -> Tensor:
        """An activation; with `constant`, it may be a constant of the graph."""
        role = f"input {position}"
        tensor = self._present(position, role)
        self._check_dtype(tensor, role, dtypes or (self.activation,))
        if tensor.data is not None and not constant:
            raise self.error(f"{role} {title(tensor)} is a constant", "an activation")
        return tensor

    def output(self, dtypes: Sequence[str] | None = None) -> Tensor:
        """The output, an activation."""
        tensor = self._tensor(self.operator.outputs[0], "output")
        self._check_dtype(tensor, "output", dtypes or (self.activation,))
        if tensor.data is not None:
            raise self.error(f"output {title(tensor)} is a constant", "an activation")
        return tensor

    def constant(self, position: int, role: str, dtypes: Sequence[str]) -> Tensor:
        """A constant; its `data` has the tensor's shape and dtype."""
        tensor = self._present(position, role)
        self._check_dtype(tensor, role, dtypes)
        if tensor.data is None:
            raise self.error(
                f"{role} {title(tensor)} is computed at run time", "a constant", "fix it in the model"
            )
        if tensor.data.shape != tensor.shape or tensor.data.dtype.name != tensor.dtype:
            raise self.error(
                f"{role} {title(tensor)} holds {tensor.data.dtype} {list(tensor.data.shape)}",
                f"{tensor.dtype} {list(tensor.shape)}",
            )
        return tensor

    def integers(self, position: int, role: str) -> list[int]:
        """A small constant of int32 or int64 values, flat: axes, sizes, paddings."""
        tensor = self.constant(position, role, ("int32", "int64"))
        return [int(v) for v in np.ravel(data_of(tensor))]

    def _check_dtype(self, tensor: Tensor, role: str, dtypes: Sequence[str]) -> None:
        if tensor.dtype not in dtypes:
            raise self.error(f"{role} {title(tensor)} is {tensor.dtype}", " or ".join(dtypes), REMEDY_INT8)

    def affine(self, tensor: Tensor) -> Affine:
        """Scale and zero point of an int8 activation, or of an int16 one, whose zero point is 0.

        Raises:
            GraphError: there is not exactly one finite positive scale with such a zero point.
        """
        q = tensor.quantization
        if q is None or len(q.scale) == 0:
            raise self.error(f"{title(tensor)} has no scale", "one scale, one zero point", REMEDY_INT8)
        if len(q.scale) != 1 or len(q.zero_point) != 1:
            raise self.error(
                f"{title(tensor)} has {len(q.scale)} scales and {len(q.zero_point)} zero points",
                "one scale, one zero point",
            )
        scale, zero_point = float(np.float32(q.scale[0])), int(q.zero_point[0])
        least, most = (0, 0) if tensor.dtype == "int16" else (-128, 127)
        if not (math.isfinite(scale) and scale > 0 and least <= zero_point <= most):
            raise self.error(
                f"{title(tensor)} has scale {scale:g}, zero point {zero_point}",
                f"a finite scale above 0, a zero point of {least} to {most}",
            )
        return Affine(scale, zero_point)

    def same_affine(self, first: Tensor, second: Tensor, tolerance: float = 0.0) -> None:
        """Check that two activations share zero point and (within `tolerance`) scale."""
        a, b = self.affine(first), self.affine(second)
        if a.zero_point != b.zero_point or abs(a.scale - b.scale) > tolerance:
            raise self.error(
                f"{title(first)} has scale {a.scale:g}, zero point {a.zero_point}; "
                f"{title(second)} has {b.scale:g}, {b.zero_point}",
                "the same scale and zero point",
                "convert again with a TFLite converter, which keeps them equal",
            )

    def integer(self, option: str, low: int, high: int, default: int | None = None) -> int:
        """An integer option within [low, high]."""
        value = self.operator.options.get(option, default)
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
            raise self.error(f"option {option} is {value!r}", f"an integer from {low} to {high}")
        return int(value)

    def choice(self, option: str, allowed: Sequence[str], default: str | None = None) -> str:
        """An option that is one of a few names."""
        value = self.operator.options.get(option, default)
        if value not in allowed:
            raise self.error(f"option {option} is {value!r}", ", ".join(allowed))
        return str(value)

    def flag(self, option: str) -> bool:
        """A truth value; absent means false."""
        return bool(self.operator.options.get(option, False))

    def shape_is(self, tensor: Tensor, shape: Sequence[int]) -> None:
        """Check a declared shape against the one that the operator computes."""
        if tensor.shape != tuple(shape):
            raise self.error(
                f"{title(tensor)} is declared as {list(tensor.shape)}", f"{list(shape)}, which it computes"
            )

    def dims4(self, shape: Sequence[int]) -> Dims:
        """A shape of at most four axes as NHWC, with axes of size 1 in front."""
        if len(shape) > 4:
            raise self.error(f"rank {len(shape)} ({list(shape)})", "at most 4 axes")
        return Dims(*(1,) * (4 - len(shape)), *shape)

    def multiplier(self, real: float) -> tuple[int, int]:
        """`quantize_multiplier`, with the shift within -31 to 30."""
        multiplier, shift = quantize_multiplier(real) if math.isfinite(real) else (0, 31)
        if shift > 30:
            raise self.error(f"the scales give a multiplier of {real:g}", "below 2**30", REMEDY_SCALES)
        return multiplier, shift

    def fits(self, worst: int, shift: int, remedy: str = REMEDY_SUMS) -> None:
        """Check that an accumulator of magnitude `worst`, shifted left, stays in 32 bits."""
        if worst << max(shift, 0) > MAX_ACCUMULATOR:
            raise self.error(
                f"the accumulator can reach {worst}, shifted left by {max(shift, 0)} bits",
                f"a magnitude of at most {MAX_ACCUMULATOR}",
                remedy,
            )

    def step(
        self,
        kernel: str,
        params: Any,
        dims: Any,
        inputs: Sequence[int] = (0,),
        constants: tuple[npt.NDArray[Any] | None, ...] = (),
        macs: int = 0,
        bit_operations: int = 0,
    ) -> Step:
        """The lowered call; `inputs` are positions among the operator's inputs."""
        tensors = tuple(self.operator.inputs[position] for position in inputs)
        output = self.operator.outputs[0]
        return Step(
            self.name, self.index, kernel, params, dims, tensors, constants, output, macs, bit_operations
        )


def title(tensor: Tensor) -> str:
    """A tensor's quoted name for an error; the converter's can be hundreds of characters long."""
    return f"'{tensor.name}'" if len(tensor.name) <= 48 else f"'{tensor.name[:45]}...'"


def data_of(tensor: Tensor) -> npt.NDArray[Any]:
    """The data of a tensor that is known to be a constant."""
    return np.asarray(tensor.data)


def centred_peak(call: Call, affine: Affine) -> int:
    """The largest |q - zero_point| of an activation."""
    return max(affine.zero_point - call.limits[0], call.limits[1] - affine.zero_point)


def round_half_away(numerator: float, scale: float) -> int:
    """round(numerator / scale) with the division in float32, ties away from zero, as C's roundf."""
    with np.errstate(over="ignore"):
        ratio = float(np.float32(numerator) / np.float32(scale))
    if not math.isfinite(ratio):
        return INT32_MAX if ratio > 0 else -INT32_MAX
    return int(math.copysign(math.floor(abs(ratio) + 0.5), ratio))


def activation_range(call: Call, output: Affine, activation: str | None = None) -> tuple[int, int]:
    """The range that a fused activation leaves of int8 (or int16): (min, max).

    Args:
        call: the operator.
        output: quantization of its output.
        activation: NONE, RELU, RELU6 or RELU_N1_TO_1; None takes option fused_activation_function.
    """
    kinds = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
    kind = activation or call.choice("fused_activation_function", kinds, "NONE")
    real = {"NONE": (None, None), "RELU": (0.0, None), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}
    low, high = real[kind]
    zero_point, scale = output.zero_point, output.scale
    least, most = call.limits
    return (
        least if low is None else max(least, zero_point + round_half_away(low, scale)),
        most if high is None else min(most, zero_point + round_half_away(high, scale)),
    )


@dataclass(frozen=True)
class Axis:
    """How a filter walks along one axis."""

    stride: int
    dilation: int
    before: int  # elements of padding
    output: int


def walk(along_h: Axis, along_w: Axis) -> dict[str, int]:
    """The fields of any convolution's parameters that say how its filter walks."""
    return {
        "stride_h": along_h.stride,
        "stride_w": along_w.stride,
        "dilation_h": along_h.dilation,
        "dilation_w": along_w.dilation,
        "pad_top": along_h.before,
        "pad_left": along_w.before,
    }


def scan_axis(call: Call, axis: str, size: int, filter_size: int, dilated: bool) -> Axis:
    """Output size and padding of one axis, as TFLite computes them.

    Args:
        call: has options padding, stride_<axis> and, where `dilated`, dilation_<axis>_factor.
        axis: "h" or "w".
        size: input size.
        filter_size: filter elements along the axis.
        dilated: whether the operator has dilations.
    """
    padding = call.choice("padding", ("SAME", "VALID"))
    stride = call.integer(f"stride_{axis}", 1, INT32_MAX)
    dilation = call.integer(f"dilation_{axis}_factor", 1, INT32_MAX, 1) if dilated else 1
    return padded_axis(call, axis, size, filter_size, (stride, dilation), padding)


def padded_axis(
    call: Call, axis: str, size: int, filter_size: int, steps: tuple[int, int], padding: str
) -> Axis:
    """`scan_axis` with steps = (stride, dilation) and padding SAME or VALID."""
    stride, dilation = steps
    extent = (filter_size - 1) * dilation + 1
    if extent + size + stride > 2**24:  # C computes positions in int32; nothing real comes near
        raise call.error(
            f"the {axis} axis: input {size}, stride {stride}, filter extent {extent}", "2**24 in all"
        )
    output = -(-size // stride) if padding == "SAME" else (size + stride - extent) // stride
    if output < 1:
        raise call.error(
            f"a filter of {extent} along {axis} does not fit an input of {size}",
            "padding SAME, or a larger input",
        )
    return Axis(stride, dilation, max((output - 1) * stride + extent - size, 0) // 2, output)
