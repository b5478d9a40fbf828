"""Values over the epochs of a training, whatever their number."""

from __future__ import annotations

from collections.abc import Sequence

from tinyq.core.errors import TrainError


class Schedule:
    """A value from each point on: (fraction of the epochs, value) pairs, the first at 0.

    Args:
        points: fractions from 0 to below 1, rising.

    Raises:
        TrainError: no points, points that are no pairs of numbers, or fractions that do not begin at 0, are
            out of range or do not rise.

    Example:
        >>> schedule = Schedule([[0, 0.9], [0.5, 0.95], [0.9, 1.0]])
        >>> [schedule.at(epoch, 4) for epoch in range(4)]
        [0.9, 0.9, 0.95, 1.0]
    """

    def __init__(self, points: Sequence[Sequence[float]]) -> None:
        where = "a schedule"
        pairs = "pairs (fraction of the epochs, value), such as [[0, 0.9], [0.8, 1.0]]"
        try:
            self.points = tuple((float(fraction), float(value)) for fraction, value in points)
        except (TypeError, ValueError):
            raise TrainError(where, repr(points), pairs) from None
        if not self.points:
            raise TrainError(where, repr(points), pairs)
        fractions = [fraction for fraction, _ in self.points]
        if fractions[0] != 0 or not all(0 <= f < 1 for f in fractions) or sorted(set(fractions)) != fractions:
            raise TrainError(where, f"fractions {fractions}", "rising ones, the first 0, all below 1")

    @property
    def values(self) -> tuple[float, ...]:
        """In order."""
        return tuple(value for _, value in self.points)

    def number(self, epoch: int, epochs: int) -> int:
        """Which point rules `epoch` (from 0) of `epochs`; the last one rules the last epoch at least."""
        starts = [min(int(fraction * epochs + 1e-9), epochs - 1) for fraction, _ in self.points]
        return max(i for i, start in enumerate(starts) if start <= epoch)

    def at(self, epoch: int, epochs: int) -> float:
        """The value in `epoch`, counted from 0, of `epochs`."""
        return self.points[self.number(epoch, epochs)][1]
