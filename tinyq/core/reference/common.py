"""What several operators share: sliding windows, and the way from an accumulator to int8."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tinyq.core.params import ConvParams, Dims, FullyConnectedParams, Int8Array, Int32Array
from tinyq.core.requantize import IntArray, multiply_by_quantized_multiplier

FloatArray = npt.NDArray[np.float64]


class OutputScaling(Protocol):
    """The fields that say how an accumulator becomes an int8 output."""

    @property
    def output_zero_point(self) -> int: ...  # noqa: D102
    @property
    def activation_min(self) -> int: ...  # noqa: D102
    @property
    def activation_max(self) -> int: ...  # noqa: D102


class Scanning(Protocol):
    """The fields that say how a filter walks over an image."""

    @property
    def stride_h(self) -> int: ...  # noqa: D102
    @property
    def stride_w(self) -> int: ...  # noqa: D102
    @property
    def pad_top(self) -> int: ...  # noqa: D102
    @property
    def pad_left(self) -> int: ...  # noqa: D102


def to_int8(
    accumulator: npt.NDArray[np.integer[Any]],
    multiplier: Int32Array | int,
    shift: Int8Array | int,
    params: OutputScaling,
    dtype: npt.DTypeLike = np.int8,
) -> npt.NDArray[Any]:
    """clamp(accumulator * multiplier * 2**(shift - 31) + output_zero_point), shape of the accumulator.

    Args:
        accumulator: int32 values; channels last.
        multiplier, shift: scalars or one a channel.
        params: output zero point and activation range.
        dtype: of the result.
    """
    multiplier64 = np.asarray(multiplier, np.int64)
    scaled = multiply_by_quantized_multiplier(accumulator, multiplier64, np.asarray(shift, np.int64))
    return clamp(scaled + params.output_zero_point, params.activation_min, params.activation_max, dtype)


def layer_outputs(
    sums: IntArray, bias: Int32Array | None, params: ConvParams | FullyConnectedParams
) -> Int8Array:
    """int8 outputs of sums over int8 weights, or over codes that levels multiply; plus the bias.

    Args:
        sums: int64, channels last.
        bias: one a channel.
        params: `levels` multiply sums of codes, but with `tables` the weights are in these.
    """
    if params.levels is not None and params.tables is None:
        sums = sums * params.levels
    if bias is not None:
        sums = sums + bias
    return to_int8(sums, params.multiplier, params.shift, params)


def clamp(
    values: npt.NDArray[np.integer[Any]], low: int, high: int, dtype: npt.DTypeLike = np.int8
) -> npt.NDArray[Any]:
    """Values limited to [low, high], which lies within `dtype`."""
    return np.clip(values, low, high).astype(dtype, copy=False)


def windows(
    image: npt.NDArray[Any],
    filter_size: tuple[int, int],
    output: Dims,
    scan: Scanning,
    dilation: tuple[int, int] = (1, 1),
) -> npt.NDArray[Any]:
    """What the filter sees at every output position; elements outside the image are 0.

    Args:
        image: [n, h, w, c].
        filter_size: (filter_h, filter_w).
        output: its h and w say how many positions there are.
        scan: strides and padding.
        dilation: distance of neighbouring filter elements, (h, w).

    Returns:
        A read-only view, [n, output.h, output.w, c, filter_h, filter_w].
    """
    extent = [(f - 1) * d + 1 for f, d in zip(filter_size, dilation, strict=True)]
    before = (scan.pad_top, scan.pad_left)
    after = (
        (output.h - 1) * scan.stride_h + extent[0] - scan.pad_top - image.shape[1],
        (output.w - 1) * scan.stride_w + extent[1] - scan.pad_left - image.shape[2],
    )
    margins = [(b, max(a, 0)) for b, a in zip(before, after, strict=True)]
    padded = np.pad(image, [(0, 0), *margins, (0, 0)])
    view: npt.NDArray[Any] = np.lib.stride_tricks.sliding_window_view(padded, extent, (1, 2))  # type: ignore[call-overload]
    view = view[:, :: scan.stride_h, :: scan.stride_w, :, :: dilation[0], :: dilation[1]]
    return view[:, : output.h, : output.w]


def exact_int(sums: FloatArray) -> IntArray:
    """Integer-valued float64 sums as int64: exact, because every partial sum is below 2**53.

    NumPy multiplies integer matrices without BLAS, some thirty times slower; products of two int8
    codes stay exact in float64 up to 2**53 / 2**15 = 2**38 summands, more than any filter has.
    """
    return sums.astype(np.int64)
