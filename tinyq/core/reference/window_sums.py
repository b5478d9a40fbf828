"""Sums of products over the windows of convolutions, whatever becomes of the sums."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from tinyq.core.params import ConvDims
from tinyq.core.reference.common import Scanning, windows
from tinyq.core.requantize import IntArray

Real = TypeVar("Real", np.float32, np.float64)


class Dilated(Scanning, Protocol):
    """The fields that say how the filter of a convolution walks over an image."""

    @property
    def dilation_h(self) -> int: ...  # noqa: D102
    @property
    def dilation_w(self) -> int: ...  # noqa: D102


def filter_windows(image: npt.NDArray[Any], dims: ConvDims, params: Dilated) -> npt.NDArray[Any]:
    """What the filter sees of [n, h, w, c]: [n, output.h, output.w, c, filter.h, filter.w]."""
    dilation = (params.dilation_h, params.dilation_w)
    return windows(image, (dims.filter.h, dims.filter.w), dims.output, params, dilation)


def conv_sums(
    image: npt.NDArray[Real], kernel: npt.NDArray[Real], dims: ConvDims, params: Dilated
) -> npt.NDArray[Real]:
    """Conv2D, of groups = input.c / filter.c; outside the image are zeros.

    Args:
        image: [input.n, input.h, input.w, input.c].
        kernel: [filter.n, filter.h, filter.w, filter.c].
        dims: shapes.
        params: strides, dilations, padding.

    Returns:
        [output.n, output.h, output.w, output.c]
    """
    seen = filter_windows(image, dims, params)
    group = dims.filter.n // (dims.input.c // dims.filter.c)
    parts = [
        np.tensordot(
            seen[:, :, :, first : first + dims.filter.c],
            kernel[first // dims.filter.c * group :][:group],
            axes=((3, 4, 5), (3, 1, 2)),
        )
        for first in range(0, dims.input.c, dims.filter.c)
    ]
    return np.concatenate(parts, axis=-1)


def depthwise_sums(
    image: npt.NDArray[np.int32], kernel: npt.NDArray[Any], dims: ConvDims, params: Dilated
) -> IntArray:
    """DepthwiseConv2D of integers; as `conv_sums`, but kernel [1, filter.h, filter.w, output.c]."""
    seen = filter_windows(np.repeat(image, dims.output.c // dims.input.c, axis=-1), dims, params)
    wide = kernel[0].astype(np.int64)
    sums = np.zeros(dims.output.shape, np.int64)
    for y, x in np.ndindex(dims.filter.h, dims.filter.w):
        sums += seen[..., y, x] * wide[y, x]
    return sums
