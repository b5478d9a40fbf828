"""Element-wise kernels at their bounds: all pairs of values, and thresholds at and beyond int8's ends."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from kernel_cases import Case, int8_array

from tinyq.core.params import AddDims, AddParams, Dims, RowsDims
from tinyq.core.params_bits import QuantizeA8BitsParams
from tinyq.core.requantize import quantize_multiplier

# Scales of the inputs to twice the greater one, as TFLite has them, and beyond what has a quick form.
ADD_SCALES = [
    *((0.5, 0.5), (0.5, 0.3), (0.3, 0.5), (0.5, 2e-7), (1e-3, 0.5)),
    *((0.49, 1e-7), (0.7, 0.5), (0.5, 2.5)),
]
ADD_LEFT_SHIFTS = [20, 0, 1, 8, 21]
ADD_ZERO_POINTS = [(0, 0, 0), (-128, 127, -128), (127, 127, 127)]
QUANTIZE_DEPTHS = [1, 7, 8, 16, 31, 32, 41, 64, 72]
QUANTIZE_LEVELS = [2, 3, 4, 8]


def add_of_all_pairs(
    scales: tuple[float, float], left_shift: int, zero_points: tuple[int, int, int]
) -> Iterator[Case]:
    """Every value with every value, and rows of them that are no multiple of what a vector holds."""
    if max(scales) > 1 and left_shift > 20:
        return  # sums beyond int32, which the kernel does not allow
    values = np.arange(-128, 128, dtype=np.int8)
    first, second = (x.reshape(1, 1, 256, 256) for x in np.meshgrid(values, values))
    (one, two), (a, b, c) = (quantize_multiplier(scale) for scale in scales), zero_points
    for scale, low, high in ((1.9, -128, 127), (0.4, -100, 120), (1e-4, 5, 5)):
        output = quantize_multiplier(scale / 2**left_shift)
        params = AddParams(a, *one, b, *two, c, *output, left_shift, low, high)
        for rows, width in ((256, 256), (3, 37), (1, 3)):
            dims = AddDims(*[Dims(1, 1, rows, width)] * 3)
            inputs = tuple(x[..., :rows, -width:] for x in (first, np.flip(second)))
            yield Case("add_a8", params, dims, inputs)


def quantization_by_any_thresholds(depth: int, levels: int, per_channel: int) -> Iterator[Case]:
    """Codes turned over or not; all thresholds of a channel alike: no code between; values above all."""
    rng = np.random.default_rng(depth + levels)
    shape = (depth if per_channel else 1, levels - 1)
    edges = rng.choice([-(2**31), -129, -128, -1, 0, 126, 127, 128, 2**31 - 1], shape)
    drawn = np.where(rng.random(shape) < 0.5, edges, rng.integers(-128, 128, shape))
    flip = rng.integers(0, 2, depth).astype(np.int8) if depth % 2 or depth == 8 else None
    thresholds = np.sort(drawn, axis=1).astype(np.int32)
    x = int8_array(rng, (37, depth))
    x[0], x[1] = -128, 127
    exceeded = np.minimum(thresholds, 126)
    for cuts in (
        thresholds,
        np.repeat(thresholds[:, :1], levels - 1, axis=1),
        exceeded,
        np.repeat(exceeded[:, :1], levels - 1, axis=1),
    ):
        for rows in (9, 37):
            params = QuantizeA8BitsParams(levels, per_channel, cuts, flip)
            yield Case("quantize_a8_bits", params, RowsDims(rows, depth), (x[:rows],))
