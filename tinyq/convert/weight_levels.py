"""Kernels as codes of few levels with one scale an output channel, proved against what the layer computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.filters import rows_of

WEIGHT_LEVELS = (2, 3, 4, 8, 16, 256)
_NEAR = 1e-4  # how far from a code a value may be, in codes, where nobody says which it is
_SAME = 1e-6  # how far codes * scale may be from the kernel, in parts of its largest value

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WeightLevels:
    """A kernel = codes * scale of its output channel.

    Args:
        codes: -1, 0, 1 for three levels, else odd integers; TFLite's filter order (OHWI, 1HWO or OI).
        levels: one of `WEIGHT_LEVELS`.
        scales: float64 [c_out], above 0.
    """

    codes: IntArray
    levels: int
    scales: npt.NDArray[np.float64]


def weight_levels(
    values: npt.NDArray[Any], depthwise: bool, given: tuple[npt.NDArray[Any], npt.NDArray[Any], int] | None
) -> WeightLevels | str:
    """The levels of a kernel, or the reason why it has none that can be packed.

    Args:
        values: what the layer computes with, float32, TFLite's filter order.
        depthwise: whether that is 1HWO.
        given: codes, scale (both of the shape of `values`) and the number of levels, where the quantizer
            says them; None: they are found from the values.

    Example:
        >>> found = weight_levels(np.array([[0.5, 0.0, -0.5]], np.float32), False, None)
        >>> found.codes.tolist(), found.levels, found.scales.tolist()
        ([[1, 0, -1]], 3, [0.5])
    """
    rows = rows_of(np.asarray(values, np.float64), depthwise)
    if given is None:
        found = _by_values(rows)
    else:
        codes, scale, levels = given
        found = _by_integers(rows_of(codes, depthwise), rows_of(scale, depthwise), levels)
    if isinstance(found, str):
        return found
    codes, scales, levels = found
    worst = np.abs(codes * scales[:, None] - rows).max(axis=1)
    if (worst > _SAME * np.abs(rows).max(axis=1)).any():
        return f"codes * scale is not the kernel in {int((worst > 0).sum())} of {len(rows)} channels"
    shaped = codes.T.reshape(values.shape) if depthwise else codes.reshape(values.shape)
    return WeightLevels(shaped.astype(np.int64), levels, scales)


Found = tuple[IntArray, npt.NDArray[np.float64], int]


def _by_integers(codes: npt.NDArray[Any], scale: npt.NDArray[Any], levels: int) -> Found | str:
    if levels not in WEIGHT_LEVELS:
        return f"its kernel has {levels} levels; {', '.join(map(str, WEIGHT_LEVELS))} can be packed"
    several = scale.min(axis=1) != scale.max(axis=1)
    if several.any():
        return f"its kernel has several scales in {int(several.sum())} of {len(scale)} output channels"
    scales = scale[:, 0].astype(np.float64)
    return codes.astype(np.int64), np.where(scales > 0, scales, 1.0), levels


def _by_values(rows: npt.NDArray[np.float64]) -> Found | str:
    """The fewest levels that hold every channel; a scale a channel for 2 and 3, one for all for more."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    scales = np.where(largest > 0, largest, 1.0)
    for levels in WEIGHT_LEVELS:
        if levels > 3:
            scales = np.full_like(scales, (np.abs(rows).max(initial=0) or 1.0) / (levels - 1))
        exact = rows / scales
        codes = np.rint(exact) if levels == 3 else 2 * np.floor(exact / 2) + 1
        if np.abs(codes - exact).max() <= _NEAR and np.abs(codes).max() < max(levels, 2):
            return codes.astype(np.int64), scales[:, 0], levels
    return "its kernel has more than 256 levels, or uneven ones"
