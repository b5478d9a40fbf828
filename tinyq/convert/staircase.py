"""Thresholds of a function from integers to places among levels, found by bisection and then proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import ConvertError

IntArray = npt.NDArray[np.int64]
Places = Callable[[IntArray], IntArray]

_AT_ONCE = 1 << 21  # values in one evaluation
_MOST = 1 << 27  # values of a whole proof; beyond, only what is near a threshold
_NEAR = 512


def find_thresholds(
    places: Places, least: IntArray, most: IntArray, levels: int, where: str
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int8]]:
    """Thresholds and flips that give the same places for every integer in range.

    Args:
        places: integers [n, c] -> their places among the levels, 0 to levels - 1; it rises or falls in every
            channel.
        least, most: [c], the range of each channel.
        levels: how many.
        where: the layer, for the error.

    Returns:
        thresholds, int32 [c, levels - 1], ascending: a place is how many of them an integer exceeds; flip,
        int8 [c]: where 1, places are counted from the last.

    Raises:
        ConvertError: there are none: the function rises and falls. It is evaluated for every integer in
            range, up to 2^27 of all channels together; of more, for those within 512 of a threshold.

    Example:
        >>> low, high = np.array([-4]), np.array([4])
        >>> thresholds, flip = find_thresholds(lambda x: np.where(x > 1, 0, 1), low, high, 2, "example")
        >>> thresholds.tolist(), flip.tolist()
        ([[1]], [1])
    """
    ends = places(np.stack([least, most]))
    flip = ends[1] < ends[0]

    def rising(x: IntArray) -> IntArray:
        found = places(x)
        return np.where(flip, levels - 1 - found, found)

    low = np.repeat((least - 1)[None], levels - 1, axis=0)  # the largest known with places <= row
    high = np.repeat((most + 1)[None], levels - 1, axis=0)  # the smallest known with more
    rows = np.arange(levels - 1)[:, None]
    while (high - low > 1).any():
        middle = (low + high) // 2
        inside = np.clip(middle, least, most)
        above = rising(inside) > rows
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    thresholds = low
    for x in _proof(thresholds, least, most):
        told = sum((x > row).astype(np.int64) for row in thresholds)
        different = (told != rising(x)) & (x >= least) & (x <= most)
        if different.any():
            raise ConvertError(
                where,
                f"its codes rise and fall with its sums in {int(different.any(axis=0).sum())} channels",
                "functions that rise or fall",
            )
    return thresholds.T.astype(np.int32), flip.astype(np.int8)


def _proof(thresholds: IntArray, least: IntArray, most: IntArray) -> Iterator[IntArray]:
    """All integers to look at, [n, c] at a time."""
    channels = least.size
    count = int(most.max() - least.min()) + 1
    if count * channels <= _MOST:
        rows = max(_AT_ONCE // channels, 1)
        for first in range(int(least.min()), int(most.max()) + 1, rows):
            x = np.arange(first, min(first + rows, int(most.max()) + 1))
            yield np.repeat(x[:, None], channels, axis=1)
        return
    near = np.arange(-_NEAR, _NEAR + 1)[:, None]
    for row in thresholds:
        yield np.clip(row + near, least, most)
