"""Weights of 2 to 4 bits: a code is the place of its weight in its channel's table of int8 values."""

from __future__ import annotations

import numpy as np

from tinyq.core.packing import UInt8Array, unpack_few
from tinyq.core.params import (
    ConvDims,
    ConvParams,
    FullyConnectedDims,
    FullyConnectedParams,
    Int8Array,
    Int32Array,
)
from tinyq.core.reference.conv_2d import conv_2d_a8w8
from tinyq.core.reference.depthwise_conv_2d import depthwise_conv_2d_a8w8
from tinyq.core.reference.fully_connected import fully_connected_a8w8


def look_up(codes: UInt8Array, levels: Int8Array, tables: Int8Array, axis: int) -> Int8Array:
    """The weights, int8: tables[levels[o], code] with o the place of the code along `axis`.

    Args:
        codes: uint8, the filter's shape.
        levels: int8 [c_out], which table a channel has.
        tables: int8 [tables, 2**bits].
        axis: of the output channels.

    Example:
        >>> tables = np.array([[-3, -1, 1, 3], [-9, 0, 9, 0]], np.int8)
        >>> codes = np.array([[0, 3], [0, 1]], np.uint8)
        >>> look_up(codes, np.array([0, 1], np.int8), tables, axis=0).tolist()
        [[-3, 3], [-9, 0]]
    """
    along = [1] * codes.ndim
    along[axis] = levels.size
    weights: Int8Array = tables[levels.reshape(along), codes]
    return weights


def conv_2d_few_bits(
    bits: int,
    params: ConvParams,
    dims: ConvDims,
    image: Int8Array,
    packed: UInt8Array,
    bias: Int32Array | None,
) -> Int8Array:
    """Conv2D with codes of `bits` bits; else as `conv_2d_a8w8`."""
    weights = _weights(bits, params, packed, dims.filter.shape, axis=0)
    return conv_2d_a8w8(params, dims, image, weights, bias)


def depthwise_conv_2d_few_bits(
    bits: int,
    params: ConvParams,
    dims: ConvDims,
    image: Int8Array,
    packed: UInt8Array,
    bias: Int32Array | None,
) -> Int8Array:
    """DepthwiseConv2D with codes of `bits` bits; else as `depthwise_conv_2d_a8w8`."""
    weights = _weights(bits, params, packed, dims.filter.shape, axis=3)
    return depthwise_conv_2d_a8w8(params, dims, image, weights, bias)


def fully_connected_few_bits(
    bits: int,
    params: FullyConnectedParams,
    dims: FullyConnectedDims,
    rows: Int8Array,
    packed: UInt8Array,
    bias: Int32Array | None,
) -> Int8Array:
    """FullyConnected with codes of `bits` bits; else as `fully_connected_a8w8`."""
    weights = _weights(bits, params, packed, (dims.c_out, dims.c_in), axis=0)
    return fully_connected_a8w8(params, dims, rows, weights, bias)


def _weights(
    bits: int,
    params: ConvParams | FullyConnectedParams,
    packed: UInt8Array,
    shape: tuple[int, ...],
    axis: int,
) -> Int8Array:
    codes = unpack_few(packed, int(np.prod(shape)), bits).reshape(shape)
    return look_up(codes, np.asarray(params.levels), np.asarray(params.tables), axis)
