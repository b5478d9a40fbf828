"""What an activation quantizer does to numbers, found by trying it: its levels, and where they change.

Nothing is believed of the quantizer's class or settings: thresholds are the float32 numbers at which the
values that it really gives change, so that ties go as the trained network takes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Float32Array = npt.NDArray[np.float32]
Quantize = Callable[[Float32Array], Float32Array]

PACKED_LEVELS = (2, 3, 4, 8, 16)
MOST_LEVELS = 16  # more of them are left to int8
_SMALLEST = np.float32(np.finfo(np.float32).tiny)  # below it TensorFlow takes numbers for 0
_EVEN = 1e-5  # how far from even spacing levels may be, in steps
_UNEVEN = 1e-3  # likewise, of many levels, in steps
_SAME = 1e-5  # a value is a level if it is so near, in steps


@dataclass(frozen=True, eq=False)
class Levels:
    """A quantizer of few levels: value = scale * code + shift.

    Args:
        thresholds: float32 [count - 1], ascending: x has the number of thresholds that are below x as its
            place among the levels.
        reverse: whether values fall as x grows: places then count from the largest code down.
        count: how many levels there are in the packed form; one more than there are values where a border
            of zeros needs a code of its own (`with_zero`).
        scale, shift: of the codes, scale above 0.
    """

    thresholds: Float32Array
    reverse: bool
    count: int
    scale: float
    shift: float

    @property
    def codes(self) -> tuple[int, ...]:
        """-1, 0, 1 for three levels, else odd integers."""
        if self.count == 3:
            return (-1, 0, 1)
        return tuple(range(1 - self.count, self.count, 2))

    def code_of(self, value: float) -> int | None:
        """The code with this value, if there is one."""
        near = [c for c in self.codes if abs(self.scale * c + self.shift - value) <= _SAME * self.scale]
        return near[0] if near else None

    def with_zero(self) -> Levels:
        """Two levels as the outer two of three: the code 0 is there for borders only."""
        return replace(self, thresholds=np.repeat(self.thresholds, 2), count=3)


def find_levels(quantize: Quantize) -> Levels | int | str:
    """Levels and thresholds of `quantize`; the number of levels if they are too many; or why it has none.

    Args:
        quantize: float32 [n] -> float32 [n]; a step function of each number by itself.

    Example:
        >>> found = find_levels(lambda x: np.where(x > 0.5, 2, np.where(x < -0.5, -2, 0)).astype(np.float32))
        >>> found.thresholds.tolist(), found.codes, found.scale, found.shift
        ([-0.5000000596046448, 0.5], (-1, 0, 1), 2.0, 0.0)
    """
    grid = _grid()
    values = quantize(grid)
    if not all(np.array_equal(values[part], quantize(grid[part])) for part in _parts(grid)):
        return "what it makes of a number depends on the others of its tensor"
    if not np.isfinite(values).all():
        return "it gives NaN or infinity"
    reverse = bool(values[0] > values[-1])
    rising = values[::-1] if reverse else values
    if (np.diff(rising) < 0).any():
        return "its values rise and fall"
    levels = np.unique(values)
    if levels.size == 1:
        return f"it gives {levels[0]:g} for every number"
    if levels.size > MOST_LEVELS:
        return int(levels.size)
    steps = np.diff(levels.astype(np.float64))
    step = float(levels[-1] - np.float64(levels[0])) / steps.size
    if levels.size not in PACKED_LEVELS or np.abs(steps - step).max() > _EVEN * step:
        return f"its {levels.size} levels are not {', '.join(map(str, PACKED_LEVELS))} evenly spaced ones"
    thresholds = _thresholds(quantize, grid, values)
    scale = step if levels.size == 3 else step / 2
    shift = (float(levels[0]) + float(levels[-1])) / 2
    return Levels(thresholds, reverse, levels.size, scale, 0.0 if abs(shift) < _EVEN * step else shift)


@dataclass(frozen=True)
class EvenLevels:
    """A rising quantizer of many levels, value = least + step * place.

    Args:
        count: how many levels.
        threshold: the first one; the others follow in intervals.
        interval: between thresholds.
        least: the first level.
        step: between levels.
    """

    count: int
    threshold: float
    interval: float
    least: float
    step: float


def find_even_levels(quantize: Quantize) -> EvenLevels | str:
    """What is regular about a quantizer of many levels; or why nothing is.

    Example:
        >>> found = find_even_levels(lambda x: np.clip(np.rint(x * 8), 0, 31).astype(np.float32) / 4)
        >>> found.count, found.threshold, found.interval, found.least, found.step
        (32, 0.0625, 0.125, 0.0, 0.25)
    """
    grid = _grid()
    values = quantize(grid)
    levels, thresholds = np.unique(values).astype(np.float64), _thresholds(quantize, grid, values)
    if (np.diff(values) < 0).any() or len(thresholds) != len(levels) - 1:
        return "its values do not rise level by level"
    regular = [
        np.linspace(numbers[0], numbers[-1], len(numbers))
        for numbers in (levels, thresholds.astype(np.float64))
    ]
    for numbers, even in zip((levels, thresholds), regular, strict=True):
        if np.abs(numbers - even).max() > _UNEVEN * (even[1] - even[0]):
            return "its levels or thresholds are not even"
    interval = float(regular[1][1] - regular[1][0])
    return EvenLevels(
        len(levels), float(thresholds[0]), interval, float(levels[0]), float(levels[1] - levels[0])
    )


def _grid() -> Float32Array:
    """Ascending numbers, dense where quantizers have their steps."""
    large = np.geomspace(8, 1e8, 200)
    small = np.geomspace(1e-30, 1e-3, 200)
    middle = np.linspace(0, 8, 16385)
    positive = np.concatenate([small, middle, large])
    grid: Float32Array = np.unique(np.concatenate([-positive, positive]).astype(np.float32))
    return grid


def _parts(grid: Float32Array) -> tuple[npt.NDArray[np.intp], ...]:
    """Other company for the same numbers: backwards, a third of them, small ones only."""
    places = np.arange(grid.size)
    return places[::-1], places[::3], np.flatnonzero(np.abs(grid) < 1)


def _thresholds(quantize: Quantize, grid: Float32Array, values: Float32Array) -> Float32Array:
    """The largest float32 before each change of the values, by bisection over all float32 numbers."""
    before = np.flatnonzero(values[1:] != values[:-1])
    low, high = _ordered(grid[before]), _ordered(grid[before + 1])
    first = values[before]
    while (high - low > 1).any():
        middle = (low + high) // 2
        same = quantize(_number(middle)) == first
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    found = _number(low)
    tiny = np.abs(found) < _SMALLEST
    return np.where(tiny, np.where(np.signbit(found), -_SMALLEST, np.float32(0)), found).astype(np.float32)


def _ordered(x: Float32Array) -> npt.NDArray[np.int64]:
    """Integers in the order of the float32 numbers; neighbours are neighbours."""
    bits = x.view(np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFFFFFF) - 1, bits)


def _number(order: npt.NDArray[np.int64]) -> Float32Array:
    """The inverse of `_ordered`."""
    bits = np.where(order < 0, (-order - 1) | 0x80000000, order)
    numbers: Float32Array = bits.astype(np.uint32).view(np.float32)
    return numbers
