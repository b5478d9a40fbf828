"""Every kernel by name with its NumPy reference; and one lowered call of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy.typing as npt

from tinyq.core.reference.a16 import conv_2d_a16w8, depthwise_conv_2d_a16w8, fully_connected_a16w8
from tinyq.core.reference.add import add_a8, sub_a8
from tinyq.core.reference.average_pool_2d import average_pool_2d_a8
from tinyq.core.reference.concatenation import concatenation_a8
from tinyq.core.reference.concatenation_bits import concatenation_bits
from tinyq.core.reference.conv_2d import conv_2d_a8w1, conv_2d_a8w8, conv_2d_a8wt
from tinyq.core.reference.conv_2d_bits import conv_2d_bits, conv_2d_bits_a8, conv_2d_bits_f32
from tinyq.core.reference.depthwise_conv_2d import (
    depthwise_conv_2d_a8w1,
    depthwise_conv_2d_a8w8,
    depthwise_conv_2d_a8wt,
)
from tinyq.core.reference.depthwise_conv_2d_bits import (
    depthwise_conv_2d_bits,
    depthwise_conv_2d_bits_a8,
    depthwise_conv_2d_bits_f32,
)
from tinyq.core.reference.dequantize import dequantize_a8_f32
from tinyq.core.reference.dequantize_bits import dequantize_bits_a8, dequantize_bits_f32
from tinyq.core.reference.few_bits import (
    conv_2d_few_bits,
    depthwise_conv_2d_few_bits,
    fully_connected_few_bits,
)
from tinyq.core.reference.float_conv_2d import conv_2d_f32, depthwise_conv_2d_f32, fully_connected_f32
from tinyq.core.reference.float_pointwise import add_f32, clamp_f32, mul_f32, pad_f32, softmax_f32
from tinyq.core.reference.float_pool_2d import average_pool_2d_f32, max_pool_2d_f32, mean_f32
from tinyq.core.reference.fully_connected import (
    fully_connected_a8w1,
    fully_connected_a8w8,
    fully_connected_a8wt,
)
from tinyq.core.reference.fully_connected_bits import (
    fully_connected_bits,
    fully_connected_bits_a8,
    fully_connected_bits_f32,
)
from tinyq.core.reference.lce_bconv_2d import lce_bconv_2d_a1, lce_bconv_2d_a8, lce_bconv_2d_f32
from tinyq.core.reference.lce_max_pool_2d import lce_max_pool_2d
from tinyq.core.reference.lce_quantize import (
    lce_dequantize_a8,
    lce_dequantize_bool,
    lce_dequantize_f32,
    lce_quantize,
)
from tinyq.core.reference.max_pool_2d import max_pool_2d_a8
from tinyq.core.reference.max_pool_2d_bits import max_pool_2d_bits
from tinyq.core.reference.mean import mean_a8
from tinyq.core.reference.mul import mul_a8
from tinyq.core.reference.pad import pad_a8
from tinyq.core.reference.quantize import quantize_f32_a8, quantize_f32_a16
from tinyq.core.reference.quantize_bits import quantize_a8_bits, quantize_f32_bits
from tinyq.core.reference.requantize import requantize_a8
from tinyq.core.reference.reshape import reshape
from tinyq.core.reference.softmax import softmax_a8
from tinyq.core.reference.softmax_a16 import softmax_a16
from tinyq.core.reference.transpose_conv import transpose_conv
from tinyq.core.spec import SCHEMES, TABLE_BITS


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
        bit_operations: products of one bit with one bit that these are on packed inputs, else 0.
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
    bit_operations: int = 0


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
    *(Kernel(f"conv_2d_{s}", partial(conv_2d_few_bits, bits)) for s, bits in TABLE_BITS.items()),
    *(
        Kernel(f"depthwise_conv_2d_{s}", partial(depthwise_conv_2d_few_bits, bits))
        for s, bits in TABLE_BITS.items()
    ),
    *(
        Kernel(f"fully_connected_{s}", partial(fully_connected_few_bits, bits))
        for s, bits in TABLE_BITS.items()
    ),
    *(Kernel(f"transpose_conv_{s}", partial(transpose_conv, s)) for s in SCHEMES),
    Kernel("conv_2d_a16w8", conv_2d_a16w8),
    Kernel("depthwise_conv_2d_a16w8", depthwise_conv_2d_a16w8),
    Kernel("fully_connected_a16w8", fully_connected_a16w8),
    Kernel("add_a16", add_a8),
    Kernel("average_pool_2d_a16", average_pool_2d_a8),
    Kernel("max_pool_2d_a16", max_pool_2d_a8),
    Kernel("mean_a16", mean_a8),
    Kernel("pad_a16", pad_a8),
    Kernel("softmax_a16", softmax_a16),
    Kernel("requantize_a16", requantize_a8),
    Kernel("quantize_f32_a16", quantize_f32_a16),
    Kernel("dequantize_a16_f32", dequantize_a8_f32),
    Kernel("concatenation_a16", concatenation_a8, variadic=True),
    Kernel("add_a8", add_a8),
    Kernel("sub_a8", sub_a8),
    Kernel("mul_a8", mul_a8),
    Kernel("average_pool_2d_a8", average_pool_2d_a8),
    Kernel("max_pool_2d_a8", max_pool_2d_a8),
    Kernel("mean_a8", mean_a8),
    Kernel("pad_a8", pad_a8),
    Kernel("softmax_a8", softmax_a8),
    Kernel("requantize_a8", requantize_a8),
    Kernel("quantize_f32_a8", quantize_f32_a8),
    Kernel("dequantize_a8_f32", dequantize_a8_f32),
    Kernel("concatenation_a8", concatenation_a8, variadic=True),
    Kernel("quantize_a8_bits", quantize_a8_bits),
    Kernel("quantize_f32_bits", quantize_f32_bits),
    Kernel("conv_2d_bits", conv_2d_bits),
    Kernel("conv_2d_bits_a8", conv_2d_bits_a8),
    Kernel("conv_2d_bits_f32", conv_2d_bits_f32),
    Kernel("depthwise_conv_2d_bits", depthwise_conv_2d_bits),
    Kernel("depthwise_conv_2d_bits_a8", depthwise_conv_2d_bits_a8),
    Kernel("depthwise_conv_2d_bits_f32", depthwise_conv_2d_bits_f32),
    Kernel("fully_connected_bits", fully_connected_bits),
    Kernel("fully_connected_bits_a8", fully_connected_bits_a8),
    Kernel("fully_connected_bits_f32", fully_connected_bits_f32),
    Kernel("max_pool_2d_bits", max_pool_2d_bits),
    Kernel("concatenation_bits", concatenation_bits, variadic=True),
    Kernel("dequantize_bits_a8", dequantize_bits_a8),
    Kernel("dequantize_bits_f32", dequantize_bits_f32),
    Kernel("conv_2d_f32", conv_2d_f32),
    Kernel("depthwise_conv_2d_f32", depthwise_conv_2d_f32),
    Kernel("fully_connected_f32", fully_connected_f32),
    Kernel("add_f32", add_f32),
    Kernel("mul_f32", mul_f32),
    Kernel("average_pool_2d_f32", average_pool_2d_f32),
    Kernel("max_pool_2d_f32", max_pool_2d_f32),
    Kernel("mean_f32", mean_f32),
    Kernel("pad_f32", pad_f32),
    Kernel("clamp_f32", clamp_f32),
    Kernel("softmax_f32", softmax_f32),
    Kernel("concatenation_f32", concatenation_a8, variadic=True),
    Kernel("lce_quantize_f32_a1", lce_quantize),
    Kernel("lce_quantize_a8_a1", lce_quantize),
    Kernel("lce_quantize_bool_a1", lce_quantize),
    Kernel("lce_bconv_2d_a1", lce_bconv_2d_a1),
    Kernel("lce_bconv_2d_a8", lce_bconv_2d_a8),
    Kernel("lce_bconv_2d_f32", lce_bconv_2d_f32),
    Kernel("lce_max_pool_2d_a1", lce_max_pool_2d),
    Kernel("lce_dequantize_a1_f32", lce_dequantize_f32),
    Kernel("lce_dequantize_a1_a8", lce_dequantize_a8),
    Kernel("lce_dequantize_a1_bool", lce_dequantize_bool),
    Kernel("reshape", reshape),
)

KERNELS: dict[str, Kernel] = {kernel.name: kernel for kernel in _ALL}
