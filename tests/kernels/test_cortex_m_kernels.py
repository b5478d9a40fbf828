"""Variants for Cortex-M, compiled for a core of each kind and run on QEMU, give the reference's integers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from bits_cases import MAKERS, random_codes, random_output
from bits_cases import case as bits_case
from elementwise_cases import (
    ADD_SCALES,
    ADD_ZERO_POINTS,
    QUANTIZE_DEPTHS,
    add_of_all_pairs,
    quantization_by_any_thresholds,
)
from emulated_cortex_m import CORES, Kernels, check
from emulated_kernels import variants_with
from kernel_cases import Case, conv_case, depthwise_case, extremes, pack
from lce_cases import bconv_2d, packed_input
from line_cases import CODES, FEW_CHANNELS, line_cases
from line_cases import LINES as DEPTHWISE_LINES
from test_arm64_kernels import random_weights
from test_dsp_kernels import LONG
from test_swar_kernels import DEEP, LINES
from test_weight_kernels import EEG, WHOLE_RANGE

from tinyq.core.kernels import KERNELS
from tinyq.core.packed_activations import codes_of, largest_accumulator, pack_codes
from tinyq.core.params import ConvDims, Dims, FullyConnectedDims
from tinyq.core.params_bits import BitsOutput, ConvBitsParams, FullyConnectedBitsParams
from tinyq.core.variants import best_variant
from tinyq.graph.lowering import lower

pytestmark = pytest.mark.qemu


FOUND = {name: {v.kernel for s in core.suffixes for v in variants_with(s)} for name, core in CORES.items()}
SUMS_ALONE = [name for name in CORES if "swar" in name]  # cores that have nothing but weights here
BITS = [name for name in MAKERS if any(name in kernels for kernels in FOUND.values())]
# (core, kernel) of the kernels with weights.
WEIGHTS = [
    (name, kernel) for name in CORES for kernel in KERNELS if "_a8w" in kernel and kernel in FOUND[name]
]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Kernels]]:
    """The core of a name, compiled for and started once, when a test first asks for it."""
    with ExitStack() as running:

        @cache
        def start(name: str) -> Kernels:
            kernels = Kernels(name, tmp_path_factory.mktemp("core"))
            running.callback(kernels.call.close)
            return kernels

        yield start


@pytest.fixture(params=[name for name in CORES if name not in SUMS_ALONE])
def core(request: pytest.FixtureRequest, started: Callable[[str], Kernels]) -> Kernels:
    return started(request.param)


@pytest.mark.parametrize(("core", "kernel"), WEIGHTS, indirect=["core"])
def test_int8_activations(core: Kernels, kernel: str) -> None:
    for seed in range(40):
        check(core, random_weights(kernel, np.random.default_rng(seed)))


@pytest.mark.parametrize(
    ("core", "kernel"), [pair for pair in WEIGHTS if "conv_2d" in pair[1]], indirect=["core"]
)
def test_shapes_of_real_nets_and_long_filters(core: Kernels, kernel: str) -> None:
    operator, scheme = kernel.rsplit("_", 1)
    make = conv_case if operator == "conv_2d" else depthwise_case
    lines = [("depthwise", walk, (2, multiplier)) for walk, multiplier in LINES.values()]
    lines += [("conv_2d", walk, (1, 1, 3)) for walk, _ in LINES.values()]
    deep = [("conv_2d", walk, channels) for walk, channels in DEEP.values()]
    for name, walk, channels in (*EEG.values(), *LONG.values(), *lines, *deep):
        if operator.startswith(name):
            rng = np.random.default_rng(7)
            case = make(scheme, rng, walk, channels, input_zero_point=-28, **WHOLE_RANGE)
            check(core, case)
            inputs = (np.full(case.dims.input.shape, -128, np.int8),)
            codes = pack(scheme, extremes(scheme, np.ones(case.dims.filter.shape, np.int8)))
            check(core, replace(case, inputs=inputs, constants=(codes, None)))


@pytest.mark.parametrize("scales", ADD_SCALES)
@pytest.mark.parametrize("zero_points", ADD_ZERO_POINTS)
def test_add_of_all_pairs(core: Kernels, scales, zero_points) -> None:
    for case in add_of_all_pairs(scales, 20, zero_points):
        check(core, case)


@pytest.mark.parametrize("levels", [2, 3, 4])
@pytest.mark.parametrize("per_channel", [0, 1])
def test_quantization_by_any_thresholds(core: Kernels, levels: int, per_channel: int) -> None:
    for depth in QUANTIZE_DEPTHS:
        for case in quantization_by_any_thresholds(depth, levels, per_channel):
            check(core, case)


def codes_case(kernel: str, rng: np.random.Generator, x_levels: int, w_levels: int, channels: int) -> Case:
    """One tile of tables and several, whole blocks of positions and less, outputs of two to four levels."""
    height, width, c_out, taps = (int(rng.integers(*ends)) for ends in ((1, 9), (4, 40), (1, 99), (1, 4)))
    x = random_codes(rng, x_levels, (2, height, width, channels))
    w = random_codes(rng, w_levels, (c_out, taps, taps, channels))
    largest = largest_accumulator(taps * taps * channels, x_levels, w_levels)
    output = random_output(rng, kernel.removeprefix("conv_2d_bits"), c_out, largest)
    if kernel == "conv_2d_bits":
        levels = int(rng.choice([2, 3, 4]))
        thresholds = np.sort(rng.integers(-9, 9, (c_out, levels - 1)), axis=1).astype(np.int32)
        output = BitsOutput(levels, thresholds, rng.integers(0, 2, c_out).astype(np.int8))
    pad_code = int(rng.choice(codes_of(x_levels)))
    params = ConvBitsParams(1, 1, 1, 1, taps // 2, taps // 2, pad_code, x_levels, w_levels, output)
    dims = ConvDims(Dims(*x.shape), Dims(*w.shape), Dims(2, height, width, c_out))
    bias = None if kernel == "conv_2d_bits" else np.zeros(c_out, np.float32 if "f32" in kernel else np.int32)
    constants = (pack_codes(w, w_levels),) if bias is None else (pack_codes(w, w_levels), bias)
    return Case(kernel, params, dims, (pack_codes(x, x_levels),), constants)


@pytest.mark.parametrize("kernel", BITS)
def test_packed_activations(core: Kernels, kernel: str) -> None:
    for seed in range(25):
        check(core, bits_case(kernel, np.random.default_rng(seed)))


@pytest.mark.parametrize("levels", [(2, 2), (3, 2), (2, 3), (3, 3), (4, 4), (16, 2), (3, 4)], ids=str)
def test_dense_packed_activations_of_any_size(core: Kernels, levels: tuple[int, int]) -> None:
    """Rows of whole vectors and less, by fours and pairs and what they leave, more than a word of outputs."""
    for c_in, c_out in itertools.product((1, 33, 128, 250, 1024), (1, 2, 7, 32, 36, 70)):
        rng = np.random.default_rng(c_in + c_out)
        for kind in ("", "_a8"):
            kernel = f"fully_connected_bits{kind}"
            output = random_output(rng, kind, c_out, largest_accumulator(c_in, *levels))
            x, w = random_codes(rng, levels[0], (2, c_in)), random_codes(rng, levels[1], (c_out, c_in))
            params, dims = FullyConnectedBitsParams(*levels, output), FullyConnectedDims(2, c_in, c_out)
            weights = pack_codes(w, levels[1])
            constants = (weights, None) if kind else (weights,)
            check(core, Case(kernel, params, dims, (pack_codes(x, levels[0]),), constants))


@pytest.mark.parametrize("kernel", [name for name in BITS if name.startswith("conv")])
@pytest.mark.parametrize(
    "levels", [(2, 2), (3, 2), (2, 3), (3, 3), (4, 2), (2, 4), (4, 4), (3, 4), (8, 2)], ids=str
)
def test_blocks_and_tiles_of_packed_activations(core: Kernels, kernel: str, levels) -> None:
    for seed, channels in enumerate((1, 3, 4, 16, 31, 32, 33, 64, 130)):
        check(core, codes_case(kernel, np.random.default_rng(seed), *levels, channels))


# input h, w, c; filters n, h, w; dilation h, w; padding top, left
FEW = {
    "3x3, 32 wide": (5, 32, 16, 16, 3, 3, 1, 1, 1, 1),
    "3x3, as wide as a line sees": (4, 37, 3, 5, 3, 3, 1, 1, 1, 1),
    "3x3, wider": (4, 38, 3, 5, 3, 3, 1, 1, 1, 1),
    "valid": (9, 12, 28, 40, 3, 3, 1, 1, 0, 0),
    "dilated": (11, 9, 7, 33, 2, 3, 3, 2, 3, 2),
    "1x64 of one channel": (2, 150, 1, 8, 1, 64, 1, 1, 0, 31),
    "1x64 of three": (1, 100, 3, 1, 1, 64, 1, 1, 0, 63),
    "1x64 of four": (1, 100, 4, 3, 1, 64, 1, 1, 0, 63),
    "1x1": (7, 20, 32, 64, 1, 1, 1, 1, 0, 0),
    "narrower than its padding": (20, 1, 5, 9, 3, 3, 1, 1, 1, 1),
}


def thresholds_of(rng: np.random.Generator, levels: int, c_out: int, largest: int, flips: bool) -> BitsOutput:
    """Extreme thresholds and near ones."""
    thresholds = np.sort(rng.integers(-largest - 1, largest + 1, (c_out, levels - 1)), axis=1)
    thresholds[::3] //= 8
    flip = rng.integers(0, 2, c_out).astype(np.int8) if flips else None
    return BitsOutput(levels, thresholds.astype(np.int32), flip)


@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize("codes", [(2, 2), (3, 2), (2, 3), (3, 3)], ids=str)
@pytest.mark.parametrize("levels", [2, 3, None], ids=("signs", "ternary", "int8"))
def test_few_channels_are_a_line_of_pixels(core: Kernels, name: str, codes, levels: int | None) -> None:
    """Rows that fit a line of tables and ones that do not, two images, extreme sums and thresholds."""
    height, width, c_in, c_out, h, w, dilation_h, dilation_w, top, left = FEW[name]
    out_h = height + 2 * top - (h - 1) * dilation_h
    out_w = width + (2 * left if w % 2 else 2 * left + 1) - (w - 1) * dilation_w if left else width - w + 1
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x = random_codes(rng, 2 if codes == (3, 2) else codes[0], (2, height, width, c_in))
        filters = random_codes(rng, codes[1], (c_out, h, w, c_in))
        constants = (pack_codes(filters, codes[1]),)
        if levels is None:
            kernel, output = "conv_2d_bits_a8", random_output(rng, "_a8", c_out, h * w * c_in)
            constants = (*constants, np.arange(c_out, dtype=np.int32) if seed % 2 else None)
        else:
            kernel, output = "conv_2d_bits", thresholds_of(rng, levels, c_out, h * w * c_in, seed % 2 > 0)
        pad_code = int(codes_of(codes[0])[seed % codes[0]])
        params = ConvBitsParams(1, 1, dilation_h, dilation_w, top, left, pad_code, *codes, output)
        dims = ConvDims(Dims(*x.shape), Dims(*filters.shape), Dims(2, out_h, out_w, c_out))
        check(core, Case(kernel, params, dims, (pack_codes(x, codes[0]),), constants))


def few_bits_case(rng: np.random.Generator, channels: int, h: int, w: int) -> Case:
    """Any stride, dilation and padding; wide rows and narrow ones; one filter to more than two words."""
    widest = int(rng.choice([9, 40, 150, 290]))
    strides, dilations = [int(n) for n in rng.integers(1, 4, 2)], [int(n) for n in rng.integers(1, 4, 2)]
    top, left = int(rng.integers(0, 4)), int(rng.integers(0, 4))
    height, width = (int(rng.integers(low, high)) for low, high in ((1, 15), (max(1, widest // 2), widest)))
    c_out, out_h = int(rng.choice([1, 5, 16, 17, 32, 40, 70])), int(rng.integers(1, 15))
    out_w = (width + left + 2) // strides[1] + 1
    x = random_codes(rng, 2, (2, height, width, channels))
    filters = random_codes(rng, 2, (c_out, h, w, channels))
    output = thresholds_of(rng, 2, c_out, h * w * channels, bool(rng.integers(2)))
    pad_code = int(rng.choice([-1, 1]))
    params = ConvBitsParams(*strides, *dilations, top, left, pad_code, 2, 2, output)
    dims = ConvDims(Dims(*x.shape), Dims(*filters.shape), Dims(2, out_h, out_w, c_out))
    return Case("conv_2d_bits", params, dims, (pack_codes(x, 2),), (pack_codes(filters, 2),))


@pytest.mark.parametrize("taps", [(1, 1), (3, 3), (1, 9), (7, 1), (2, 2), (1, 4), (4, 2), (10, 3)], ids=str)
def test_filters_that_see_few_signs(core: Kernels, taps: tuple[int, int]) -> None:
    for channels in [c for c in range(1, 33) if c * taps[0] * taps[1] <= 42]:
        for seed in range(2):
            check(core, few_bits_case(np.random.default_rng(seed), channels, *taps))


@pytest.mark.parametrize("kernel", [name for name in BITS if name.startswith("conv")])
def test_signs_that_are_padded_with_0(core: Kernels, kernel: str) -> None:
    """Ternary codes, none of which is 0 but the padding's: even numbers of channels, and odd ones."""
    for seed, channels in enumerate((2, 3, 4, 6, 16, 30, 32, 34, 64)):
        case = codes_case(kernel, np.random.default_rng(seed), 3, 2, channels)
        x = np.random.default_rng(seed).choice([-1, 1], case.dims.input.shape).astype(np.int8)
        for pad_code in (0, 1, -1):
            params = replace(case.params, pad_code=pad_code)
            check(core, replace(case, params=params, inputs=(pack_codes(x, 3),)))


@pytest.mark.parametrize("kernel", [name for name in BITS if name.startswith("depthwise")])
@pytest.mark.parametrize("codes", [(2, 2), (3, 2), (2, 3), (3, 3), (4, 4), (3, 4), (2, 4), (4, 2)], ids=str)
def test_depthwise_filters_of_one_and_two_a_channel(core: Kernels, kernel: str, codes) -> None:
    """Images smaller than their filters and larger, signs padded with 0, long filters, several blocks."""
    for seed, (channels, each, taps) in enumerate(
        itertools.product((1, 16, 40, 70), (1, 2), ((1, 1), (3, 3), (1, 64), (22, 1)))
    ):
        rng = np.random.default_rng(seed)
        height, width = (int(rng.integers(tap // 2 + 1, tap + 9)) for tap in taps)
        signs = codes[0] == 3 and seed % 3 > 0
        x = random_codes(rng, 2 if signs else codes[0], (2, height, width, channels))
        filters = random_codes(rng, codes[1], (1, *taps, each * channels))
        largest = largest_accumulator(taps[0] * taps[1], *codes)
        output = random_output(rng, kernel.removeprefix("depthwise_conv_2d_bits"), each * channels, largest)
        if kernel == "depthwise_conv_2d_bits":
            output = thresholds_of(rng, int(rng.integers(2, 5)), each * channels, largest, seed % 2 > 0)
        pad_code = 0 if signs else int(rng.choice(codes_of(codes[0])))
        params = ConvBitsParams(1, 1, 1, 1, taps[0] // 2, taps[1] // 2, pad_code, *codes, output)
        size = (height + 1 - taps[0] % 2, width + 1 - taps[1] % 2)
        dims = ConvDims(Dims(*x.shape), Dims(*filters.shape), Dims(2, *size, each * channels))
        constants = (pack_codes(filters, codes[1]),)
        if kernel != "depthwise_conv_2d_bits":
            constants = (*constants, None)
        check(core, Case(kernel, params, dims, (pack_codes(x, codes[0]),), constants))


@pytest.mark.parametrize("kernel", [name for name in BITS if name.startswith("depthwise")])
@pytest.mark.parametrize("codes", CODES, ids=str)
@pytest.mark.parametrize("name", DEPTHWISE_LINES)
def test_depthwise_filters_of_one_row_or_column(core: Kernels, kernel: str, codes, name: str) -> None:
    for case in line_cases(kernel, name, codes):
        check(core, case)


@pytest.mark.parametrize("kernel", [name for name in BITS if name.startswith("conv")])
@pytest.mark.parametrize("codes", CODES, ids=str)
@pytest.mark.parametrize("name", FEW_CHANNELS)
def test_convolutions_of_few_channels(core: Kernels, kernel: str, codes, name: str) -> None:
    for case in line_cases(kernel, name, codes):
        check(core, case)


def test_larqs_convolution(core: Kernels) -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        graph = bconv_2d(rng)
        (step,) = lower(graph)
        check(core, Case(step.kernel, step.params, step.dims, (packed_input(rng, graph),), step.constants))


@pytest.mark.parametrize(("core", "kernel"), WEIGHTS, indirect=["core"])
def test_shifts_to_the_left_and_none(core: Kernels, kernel: str) -> None:
    """Sums small enough to be shifted left, so that outputs are not all clamped."""
    for shift in (-31, -1, 0, 1, 7):
        case = random_weights(kernel, np.random.default_rng(shift + 31))
        shifts = np.full(case.params.shift.shape, shift, np.int8)
        bias = np.arange(-2, case.params.shift.size - 2, dtype=np.int32)
        zeros = np.full(case.inputs[0].shape, case.params.input_zero_point, np.int8)
        params = replace(case.params, shift=shifts)
        check(core, replace(case, params=params, inputs=(zeros,), constants=(case.constants[0], bias)))


def test_a_core_with_vectors_gets_them() -> None:
    for scheme in ("a8w8", "a8wt", "a8w1", "a8w2", "a8w3", "a8w4"):
        assert best_variant(f"conv_2d_{scheme}", "cortex-m55").symbol == f"tq_conv_2d_{scheme}_mve"
        assert best_variant(f"conv_2d_{scheme}", "cortex-m7").suffix == "dsp"
