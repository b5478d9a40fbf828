"""Constants of dense layers as kernels for Cortex-M55 with vectors take them.

The part of the input's zero point is in the bias, so that no kernel adds weights up. Ternary rows begin
with whole bytes, binary ones with whole vectors, four at a time; codes of 0, and bits of 0, fill them up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.arrange_dsp import Constants, whole_bias
from tinyq.core.packing import pack_binary, pack_ternary, unpack_binary, unpack_ternary
from tinyq.core.params import FullyConnectedDims, FullyConnectedParams

_TRITS, _VECTOR, _ROWS = 5, 16, 4

Codes = npt.NDArray[np.int8]


def fully_connected_int8(
    params: FullyConnectedParams, dims: FullyConnectedDims, constants: Constants
) -> Constants:
    """(weights int8, bias or None) -> the same weights, bias int32."""
    weights, bias = constants
    return weights, whole_bias(params, np.asarray(weights).reshape(dims.c_out, dims.c_in), bias)


def fully_connected_ternary(
    params: FullyConnectedParams, dims: FullyConnectedDims, constants: Constants
) -> Constants:
    """(packed uint8, bias or None) -> packed uint8 [c_out, ceil(c_in / 5)], bias int32."""
    codes = _codes(unpack_ternary, dims, constants)
    packed = pack_ternary(np.pad(codes, [(0, 0), (0, -dims.c_in % _TRITS)]))
    return packed, whole_bias(params, codes, constants[1])


def fully_connected_binary(
    params: FullyConnectedParams, dims: FullyConnectedDims, constants: Constants
) -> Constants:
    """(packed uint8, bias or None) -> packed uint8 [4 * ceil(c_out / 4), 2 * ceil(c_in / 16)], bias int32."""
    codes = _codes(unpack_binary, dims, constants)
    more = [(0, -dims.c_out % _ROWS), (0, -dims.c_in % _VECTOR)]
    packed = pack_binary(np.pad(codes, more, constant_values=1))
    return packed, whole_bias(params, codes, constants[1])


def _codes(unpack: Callable[[Any, int], Codes], dims: FullyConnectedDims, constants: Constants) -> Codes:
    return unpack(constants[0], dims.c_out * dims.c_in).reshape(dims.c_out, dims.c_in)
