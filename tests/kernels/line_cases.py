"""Convolutions on packed codes: depthwise ones of one row or one column, and others of few channels."""

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
    """Sizes of the input; filters a channel, or of all, of h x w; down the image and at its edges."""

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


# Conv2D of few channels.
FEW_CHANNELS = {
    "1x64 of one channel to eight": Lines(2, 300, 1, 8, (1, 64), left=31, right=32),
    "1x250, to more than a byte": Lines(1, 70, 1, 21, (1, 250), left=125, right=124),
    "64x1": Lines(64, 100, 1, 16, (64, 1)),
    "one channel to one": Lines(6, 40, 1, 1, (3, 3), top=1, left=1, right=1),
    "3x3 of three, in several tiles": Lines(5, 33, 3, 100, (3, 3), top=1, left=1, right=1),
    "3x3 of sixteen": Lines(4, 32, 16, 18, (3, 3), top=1, left=1, right=1),
    "2x5 of nine, strided, dilated": Lines(14, 70, 9, 10, (2, 5), 2, 3, top=2, left=4, right=1),
    "3x2, rows strided and dilated by as many": Lines(14, 35, 2, 9, (3, 2), 2, 2, top=2, left=1),
    "1x1 of sixteen, wide": Lines(3, 700, 16, 33, (1, 1)),
    "4x4 of three, several pieces": Lines(6, 900, 3, 5, (4, 4), top=2, left=1, right=2),
    "narrower than its filters": Lines(3, 20, 2, 9, (2, 31), top=1, left=20, right=30),
    "a column of five": Lines(12, 64, 5, 7, (7, 1), top=3),
}


def line_cases(kernel: str, name: str, codes: tuple[int, int]) -> Iterator[Case]:
    """Random codes, the largest sums, and of ternary codes only signs, padded with 0; near thresholds and
    extreme ones, two images."""
    depthwise = kernel.startswith("depthwise")
    lines = (LINES if depthwise else FEW_CHANNELS)[name]
    c_out = lines.each * lines.channels if depthwise else lines.each
    shape = (1, *lines.taps, c_out) if depthwise else (c_out, *lines.taps, lines.channels)
    largest = largest_accumulator(int(np.prod(lines.taps)) * (1 if depthwise else lines.channels), *codes)
    for seed in range(4 if codes[0] == 3 else 3):
        rng = np.random.default_rng(seed)
        x = random_codes(rng, 2 if seed == 3 else codes[0], (2, lines.height, lines.width, lines.channels))
        filters = random_codes(rng, codes[1], shape)
        if seed == 2:
            x[0], filters[:] = codes_of(codes[0])[-1], codes_of(codes[1])[0]
        output = random_output(rng, kernel.partition("conv_2d_bits")[2], c_out, largest)
        constants: tuple[np.ndarray | None, ...] = (pack_codes(filters, codes[1]),)
        if kernel.endswith("conv_2d_bits"):
            cuts = 1 + seed % 3
            thresholds = np.sort(rng.integers(-largest - 1, largest + 1, (c_out, cuts)), axis=1)
            thresholds[::3] //= 8
            flip = rng.integers(0, 2, c_out).astype(np.int8) if seed else None
            output = BitsOutput(1 + cuts, thresholds.astype(np.int32), flip)
        else:
            bias = np.arange(c_out, dtype=np.float32 if "f32" in kernel else np.int32)
            constants = (*constants, bias if seed else None)
        pad_code = 0 if seed == 3 else int(codes_of(codes[0])[seed % codes[0]])
        params = ConvBitsParams(
            lines.stride_h, 1, lines.dilation_h, 1, lines.top, lines.left, pad_code, *codes, output
        )
        dims = ConvDims(Dims(*x.shape), Dims(*filters.shape), Dims(2, *lines.output, c_out))
        yield Case(kernel, params, dims, (pack_codes(x, codes[0]),), constants)
