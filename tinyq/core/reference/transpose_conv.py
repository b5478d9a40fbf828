"""TransposeConv: input position y and filter element f go to output y * stride - padding + f."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.packing import unpack_binary, unpack_few, unpack_ternary
from tinyq.core.params import ConvDims, ConvParams, Int8Array, Int32Array
from tinyq.core.reference.common import exact_int, layer_outputs, windows
from tinyq.core.reference.few_bits import look_up
from tinyq.core.spec import TABLE_BITS, Scheme


def transpose_conv(
    scheme: Scheme,
    params: ConvParams,
    dims: ConvDims,
    image: Int8Array,
    stored: npt.NDArray[Any],
    bias: Int32Array | None,
) -> Int8Array:
    """A convolution of stride 1 with the filter turned by half a circle, of the input with zeros in between.

    Args:
        scheme: how weights are stored.
        params: as for Conv2D; strides and padding are those of the output, nothing is dilated.
        dims: shapes; filter (c_out, h, w, c_in).
        image: int8 [input.n, input.h, input.w, input.c].
        stored: int8 weights or packed codes in filter order.
        bias: int32 [c_out] or None.

    Returns:
        int8 [output.n, output.h, output.w, output.c].
    """
    weights = _weights(scheme, params, dims, stored)
    centred = image.reshape(dims.input.shape).astype(np.float64) - params.input_zero_point
    n, h, w, c = dims.input.shape
    spread = np.zeros((n, (h - 1) * params.stride_h + 1, (w - 1) * params.stride_w + 1, c))
    spread[:, :: params.stride_h, :: params.stride_w] = centred
    walk = replace(
        params,
        stride_h=1,
        stride_w=1,
        pad_top=dims.filter.h - 1 - params.pad_top,
        pad_left=dims.filter.w - 1 - params.pad_left,
    )
    seen = windows(spread, (dims.filter.h, dims.filter.w), dims.output, walk)
    sums = exact_int(np.tensordot(seen, weights[:, ::-1, ::-1], axes=((3, 4, 5), (3, 1, 2))))
    return layer_outputs(sums, bias, params)


def _weights(
    scheme: Scheme, params: ConvParams, dims: ConvDims, stored: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """int8 weights, or codes of those schemes whose sums are multiplied by levels."""
    count, shape = dims.filter.size, dims.filter.shape
    if scheme in TABLE_BITS:
        codes = unpack_few(stored, count, TABLE_BITS[scheme]).reshape(shape)
        weights = look_up(codes, np.asarray(params.levels), np.asarray(params.tables), axis=0)
    elif scheme == "a8w8":
        weights = stored.reshape(shape)
    else:
        weights = (unpack_ternary if scheme == "a8wt" else unpack_binary)(stored, count).reshape(shape)
    return weights.astype(np.float64)
