"""Scratch bytes of the kernels for cores without SIMD instructions: what firmware/kernels/common/tq_swar_*.c take."""

from __future__ import annotations

from collections.abc import Callable

from tinyq.core.arrange_swar import Units
from tinyq.core.params import ConvDims

_BUDGET = 8192
_FILTERS = 64  # at a time
_TILE = 8  # positions, of two bytes each in lanes
_LANES_ROOM = 255  # taps


def conv_2d(units: Units) -> Callable[[ConvDims], int]:
    """Of conv_2d with codes in these units."""

    def scratch(dims: ConvDims) -> int:
        return _tables(units, dims)

    return scratch


def _tables(units: Units, dims: ConvDims) -> int:
    """Tables and inputs of some units, lanes of filters, their sums where lanes have no room, and a pixel."""
    taps = dims.filter.h * dims.filter.w * dims.filter.c
    row_units = -(-taps // units.taps)
    filters = min(dims.filter.n // (dims.input.c // dims.filter.c), _FILTERS)
    per_filter = 2 * _TILE + (4 * _TILE if row_units * units.taps > _LANES_ROOM else 0)
    unit = 2 * _TILE * (len(units.places) * units.entries + units.taps)
    rest = per_filter * filters + -(-dims.filter.c // 4) * 4
    return rest + unit * min(max((_BUDGET - rest) // unit, 1), row_units)
