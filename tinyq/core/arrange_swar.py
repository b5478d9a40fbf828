"""Codes of layers with weights as kernels for cores without SIMD instructions take them: indices of tables.

Such a kernel looks sums of three (ternary), or four (binary), taps up (tq_swar.h): the fields of a 16-bit
unit are their indices. Filters begin at units; a depthwise one lies in one piece. The part of the input's
zero point is in the bias.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.arrange_dsp import Constants, whole_bias
from tinyq.core.packing import unpack_binary, unpack_ternary
from tinyq.core.params import ConvDims, ConvParams, FullyConnectedDims, FullyConnectedParams


@dataclass(frozen=True)
class Units:
    """How codes lie in the units of a scheme.

    Args:
        places: of the fields in a unit, bits.
        factors: of the digits of a field, one for each tap.
        entries: sums of a table, one for each field's value.
        padding: a code.
        digits: codes -> digits.
        unpack: bytes and their number -> codes.
    """

    places: tuple[int, ...]
    factors: tuple[int, ...]
    entries: int
    padding: int
    digits: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
    unpack: Callable[[Any, int], npt.NDArray[np.int8]]

    @property
    def taps(self) -> int:
        """Taps of a unit."""
        return len(self.places) * len(self.factors)


TERNARY = Units((0, 5, 11), (9, 3, 1), 27, 0, lambda codes: codes + 1, unpack_ternary)
BINARY = Units((0, 4, 8, 12), (1, 2, 4, 8), 16, 1, lambda codes: codes < 0, unpack_binary)


Arrange = Callable[[Any, Any, Constants], Constants]


def fully_connected(units: Units) -> Arrange:
    """What makes (uint16 [c_out, ceil(taps / units.taps)], bias int32) of (packed uint8, bias or None)."""

    def arrange(params: FullyConnectedParams, dims: FullyConnectedDims, constants: Constants) -> Constants:
        packed, bias = constants
        return _arranged(
            units, params, units.unpack(packed, dims.c_out * dims.c_in).reshape(dims.c_out, -1), bias
        )

    return arrange


def conv_2d(units: Units) -> Arrange:
    """The same, where taps are those of a filter."""

    def arrange(params: ConvParams, dims: ConvDims, constants: Constants) -> Constants:
        packed, bias = constants
        return _arranged(
            units, params, units.unpack(packed, dims.filter.size).reshape(dims.filter.n, -1), bias
        )

    return arrange


def depthwise_conv_2d(units: Units) -> Arrange:
    """The same, where channels of filters lie side by side in the file."""

    def arrange(params: ConvParams, dims: ConvDims, constants: Constants) -> Constants:
        packed, bias = constants
        codes = units.unpack(packed, dims.filter.size).reshape(-1, dims.filter.c)
        return _arranged(units, params, np.ascontiguousarray(codes.T), bias)

    return arrange


def int8_conv_2d(params: ConvParams, dims: ConvDims, constants: Constants) -> Constants:
    """int8 weights as they are, and the bias."""
    weights, bias = constants
    return weights, whole_bias(params, np.asarray(weights).reshape(dims.filter.n, -1), bias)


def int8_depthwise_conv_2d(params: ConvParams, dims: ConvDims, constants: Constants) -> Constants:
    """The same, where channels of filters lie side by side."""
    weights, bias = constants
    return weights, whole_bias(params, np.asarray(weights).reshape(-1, dims.filter.c).T, bias)


def _arranged(units: Units, params: Any, codes: npt.NDArray[np.int8], bias: Any) -> Constants:
    return _in_units(units, codes), whole_bias(params, codes, bias)


def _in_units(units: Units, codes: npt.NDArray[np.int8]) -> npt.NDArray[np.uint16]:
    padded = np.pad(codes, [(0, 0), (0, -codes.shape[1] % units.taps)], constant_values=units.padding)
    digits = units.digits(padded).astype(np.int64)
    fields = digits.reshape(len(codes), -1, len(units.places), len(units.factors)) @ np.array(units.factors)
    found: npt.NDArray[np.uint16] = (fields << np.array(units.places)).sum(axis=-1).astype(np.uint16)
    return found
