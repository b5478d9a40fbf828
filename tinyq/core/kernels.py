"""Every kernel by name with its NumPy reference; and one lowered call of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from tinyq.core.reference.add import add_a8
from tinyq.core.reference.average_pool_2d import average_pool_2d_a8
from tinyq.core.reference.concatenation import concatenation_a8
from tinyq.core.reference.conv_2d import conv_2d_a8w1, conv_2d_a8w8, conv_2d_a8wt
from tinyq.core.reference.depthwise_conv_2d import (
    depthwise_conv_2d_a8w1,
    depthwise_conv_2d_a8w8,
    depthwise_conv_2d_a8wt,
)
from tinyq.core.reference.dequantize import dequantize_a8_f32
from tinyq.core.reference.fully_connected import (
    fully_connected_a8w1,
    fully_connected_a8w8,
    fully_connected_a8wt,
)
from tinyq.core.reference.max_pool_2d import max_pool_2d_a8
from tinyq.core.reference.mean import mean_a8
from tinyq.core.reference.pad import pad_a8
from tinyq.core.reference.quantize import quantize_f32_a8
from tinyq.core.reference.requantize import requantize_a8
from tinyq.core.reference.reshape import reshape
from tinyq.core.reference.softmax import softmax_a8


@dataclass(frozen=True, eq=False)
class Step:
    """One kernel call of a lowered model.

    Args:
        name: layer name for tables: unique, short, letters, digits and underscores only.
        operator: index in graph.operators.
        kernel: key of `KERNELS`; "reshape" moves nothing (the output shares the input's memory).
        params: a dataclass of `tinyq.core.params`; None for reshape.
        dims: likewise.
        inputs: activation tensors (graph indices) in kernel order; one may be a constant of the graph.
        constants: weights (int8, or packed uint8) and bias (int32 or None) in kernel order; () where the
            kernel has none.
        output: activation tensor (graph index).
        macs: multiply-accumulates of convolution, depthwise and dense kernels, else 0.
    """

    name: str
    operator: int
    kernel: str
    params: Any
    dims: Any
    inputs: tuple[int, ...]
    constants: tuple[npt.NDArray[Any] | None, ...]
    output: int
    macs: int


@dataclass(frozen=True)
class Kernel:
    """A kernel that exists in NumPy and in C (tq_<name>_<variant>, same arguments; core/variants.py).

    Args:
        name: as in `Step.kernel`.
        reference: NumPy function (params, dims, *inputs, *constants) -> output; a variadic one takes
            (params, dims, inputs).
        variadic: takes a list of inputs.
    """

    name: str
    reference: Callable[..., npt.NDArray[Any]]
    variadic: bool = False


_ALL = (
    Kernel("conv_2d_a8w8", conv_2d_a8w8),
    Kernel("conv_2d_a8wt", conv_2d_a8wt),
    Kernel("conv_2d_a8w1", conv_2d_a8w1),
    Kernel("depthwise_conv_2d_a8w8", depthwise_conv_2d_a8w8),
    Kernel("depthwise_conv_2d_a8wt", depthwise_conv_2d_a8wt),
    Kernel("depthwise_conv_2d_a8w1", depthwise_conv_2d_a8w1),
    Kernel("fully_connected_a8w8", fully_connected_a8w8),
    Kernel("fully_connected_a8wt", fully_connected_a8wt),
    Kernel("fully_connected_a8w1", fully_connected_a8w1),
    Kernel("add_a8", add_a8),
    Kernel("average_pool_2d_a8", average_pool_2d_a8),
    Kernel("max_pool_2d_a8", max_pool_2d_a8),
    Kernel("mean_a8", mean_a8),
    Kernel("pad_a8", pad_a8),
    Kernel("softmax_a8", softmax_a8),
    Kernel("requantize_a8", requantize_a8),
    Kernel("quantize_f32_a8", quantize_f32_a8),
    Kernel("dequantize_a8_f32", dequantize_a8_f32),
    Kernel("concatenation_a8", concatenation_a8, variadic=True),
    Kernel("reshape", reshape),
)

KERNELS: dict[str, Kernel] = {kernel.name: kernel for kernel in _ALL}
