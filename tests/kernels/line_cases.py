"""Depthwise convolutions on packed codes whose filters are one row or one column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from bits_cases import random_codes, random_output
from kernel_cases import Case

from tinyq.core.packed_activations import codes_of, largest_accumulator, pack_codes
from tinyq.core.params import ConvDims, Dims
from tinyq.core.params_bits import BitsOutput, ConvBitsParams

CODES = [(2, 2), (3, 2), (2, 3), (3, 3), (4, 4), (3, 4), (2, 4), (4, 2)]


@dataclass(frozen=True)
class Lines:
    """Sizes of the input; filters a channel, of h x w; down the image and at its edges."""

    height: int
    width: int
    channels: int
    each: int
    taps: tuple[int, int]
    stride_h: int = 1
    dilation_h: int = 1
    top: int = 0
    left: int = 0
    right: int = 0

    @property
    def output(self) -> tuple[int, int]:
        extent = (self.taps[0] - 1) * self.dilation_h + 1
        down = (self.height + 2 * self.top - extent) // self.stride_h + 1
        return down, self.width + self.left + self.right - self.taps[1] + 1


LINES = {
    "1x16 of 16 channels": Lines(1, 140, 16, 1, (1, 16), left=7, right=8),
    "1x64 of one, as narrow as can be": Lines(2, 95, 1, 1, (1, 64)),
    "narrower than its filters": Lines(1, 20, 9, 2, (1, 51), left=30, right=60),
    "1x128": Lines(1, 70, 3, 1, (1, 128), left=63, right=64),
    "1x11 of several blocks": Lines(1, 1600, 2, 1, (1, 11), left=5, right=5),
    "rows outside": Lines(3, 40, 5, 3, (1, 8), stride_h=2, top=2),
    "33 channels": Lines(1, 67, 33, 1, (1, 9)),
    "22x1 of two filters a channel": Lines(22, 300, 8, 2, (22, 1)),
    "several lines": Lines(9, 64, 7, 1, (9, 1), top=4),
    "dilated": Lines(40, 33, 40, 2, (13, 1), stride_h=2, dilation_h=3, top=3),
    "128x1": Lines(128, 65, 1, 5, (128, 1), top=1),
}


def line_cases(kernel: str, name: str, codes: tuple[int, int]) -> Iterator[Case]:
    """Random codes and the largest sums, near thresholds and extreme ones, two images."""
    lines = LINES[name]
    c_out, taps = lines.each * lines.channels, lines.taps[0] * lines.taps[1]
    largest = largest_accumulator(taps, *codes)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x = random_codes(rng, codes[0], (2, lines.height, lines.width, lines.channels))
        filters = random_codes(rng, codes[1], (1, *lines.taps, c_out))
        if seed == 2:
            x[0], filters[:] = codes_of(codes[0])[-1], codes_of(codes[1])[0]
        output = random_output(rng, kernel.removeprefix("depthwise_conv_2d_bits"), c_out, largest)
        constants: tuple[np.ndarray | None, ...] = (pack_codes(filters, codes[1]),)
        if kernel == "depthwise_conv_2d_bits":
            thresholds = np.sort(rng.integers(-largest - 1, largest + 1, (c_out, 1 + seed)), axis=1)
            thresholds[::3] //= 8
            flip = rng.integers(0, 2, c_out).astype(np.int8) if seed else None
            output = BitsOutput(2 + seed, thresholds.astype(np.int32), flip)
        else:
            bias = np.arange(c_out, dtype=np.float32 if "f32" in kernel else np.int32)
            constants = (*constants, bias if seed else None)
        pad_code = int(codes_of(codes[0])[seed % codes[0]])
        params = ConvBitsParams(
            lines.stride_h, 1, lines.dilation_h, 1, lines.top, lines.left, pad_code, *codes, output
        )
        dims = ConvDims(Dims(*x.shape), Dims(*filters.shape), Dims(2, *lines.output, c_out))
        yield Case(kernel, params, dims, (pack_codes(x, codes[0]),), constants)
