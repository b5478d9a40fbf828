"""The variants "neon", compiled for aarch64 and run by qemu-aarch64-static, give the reference's integers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bits_cases import MAKERS, random_bias, random_codes, random_output
from bits_cases import case as bits_case
from elementwise_cases import (
    ADD_LEFT_SHIFTS,
    ADD_SCALES,
    ADD_ZERO_POINTS,
    QUANTIZE_DEPTHS,
    QUANTIZE_LEVELS,
    add_of_all_pairs,
    quantization_by_any_thresholds,
)
from emulated_kernels import EmulatedKernels, build, variants_with
from kernel_cases import Case, conv_case, depthwise_case, extremes, fully_connected_case, int8_array, pack
from lce_cases import bconv_2d, packed_input
from line_cases import CODES, LINES, line_cases
from test_weight_kernels import EEG, WHOLE_RANGE, geometry
from tools_required import need

from tinyq.core.kernels import KERNELS
from tinyq.core.packed_activations import codes_of, largest_accumulator, pack_codes
from tinyq.core.params import AddDims, ConvDims, Dims, PoolParams, UnaryDims
from tinyq.core.params_bits import BitsOutput, ConvBitsParams
from tinyq.core.requantize import quantize_multiplier
from tinyq.core.spec import SCHEMES
from tinyq.core.variants import best_variant, variants_of
from tinyq.graph.lowering import lower

pytestmark = pytest.mark.arm64
NEON = {variant.kernel for variant in variants_with("neon")}
BITS = [name for name in MAKERS if name in NEON]
WEIGHTS = [name for name in KERNELS if "_a8w" in name and name in NEON]
PACKED = [scheme for scheme in SCHEMES if scheme != "a8w8"]
# Cortex-A72 has no dot products, "max" has them: products of int8 ask the system.
CORES = pytest.mark.parametrize("arm64", ["cortex-a72", "max"], indirect=True)


@pytest.fixture(scope="module")
def arm64(request: pytest.FixtureRequest, program: Path) -> Iterator[EmulatedKernels]:
    """The kernels on a core, Cortex-A72 where a test names none."""
    core = getattr(request, "param", "cortex-a72")
    kernels = EmulatedKernels(["qemu-aarch64-static", "-cpu", core, str(program)], variants_with("neon"))
    yield kernels
    kernels.close()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("qemu-aarch64-static")
    return build(tmp_path_factory.mktemp("arm64"), variants_with("neon"), ["-O2"], "aarch64-linux-gnu-gcc")


def check(arm64: EmulatedKernels, case: Case) -> None:
    wanted = KERNELS[case.kernel].reference(case.params, case.dims, *case.inputs, *case.constants)
    call = (case.params, case.dims, case.inputs, case.constants, wanted.shape, wanted.dtype)
    for variant in variants_of(case.kernel):
        if variant.suffix == "neon":
            got = arm64(variant, *call)
            np.testing.assert_array_equal(got, wanted, err_msg=f"{variant.symbol}: {case!r}")


def random_weights(kernel: str, rng: np.random.Generator) -> Case:
    """Windows of any kind, most of them not strided, and up to 30 channels."""
    operator, scheme = kernel.rsplit("_", 1)
    low, high, large = [int(x) for x in np.sort(rng.integers(-128, 128, 2))] + [bool(rng.random() < 0.3)]
    fields = {
        "input_zero_point": int(rng.integers(-128, 128)),
        "output_zero_point": int(rng.integers(-128, 128)),
        "activation_min": low,
        "activation_max": high,
    }

    def some(most: int) -> int:
        return int(rng.integers(1, most + 1))

    if operator == "fully_connected":
        return fully_connected_case(scheme, rng, (some(9), some(300), some(40)), **fields)
    plain = (1, 1)
    walk = geometry(
        (some(9 + 10 * large), some(9 + 30 * large)),
        (some(4), some(7)),
        plain if rng.random() < 0.7 else (some(3), some(3)),
        plain if rng.random() < 0.7 else (some(3), some(3)),
        bool(rng.random() < 0.6),
        some(2),
    )
    if operator == "depthwise_conv_2d":
        return depthwise_case(scheme, rng, walk, (some(20), some(5)), **fields)
    if rng.random() < 0.8:
        return conv_case(scheme, rng, walk, (1, some(9 + 20 * large), some(12 + 10 * large)), **fields)
    return conv_case(scheme, rng, walk, (1 + some(3), some(3), some(6)), **fields)


@pytest.mark.parametrize("kernel", BITS)
def test_packed_activations(arm64: EmulatedKernels, kernel: str) -> None:
    for seed in range(25):
        check(arm64, bits_case(kernel, np.random.default_rng(seed)))


# Height, width, channels, filters of each; taps, strides, dilations.
LANES = {
    "one of everything": (1, 1, 1, 1, (1, 1), (1, 1), (1, 1)),
    "whole registers of two words": (4, 16, 64, 1, (3, 3), (1, 1), (1, 1)),
    "lines that end within a register": (7, 5, 33, 1, (3, 3), (1, 1), (1, 1)),
    "three words": (3, 9, 90, 1, (2, 2), (1, 1), (1, 1)),
    "five words": (2, 7, 131, 1, (3, 1), (1, 1), (1, 1)),
    "half words, a long filter": (1, 40, 16, 1, (1, 16), (1, 1), (1, 1)),
    "half words, a longer one": (2, 140, 3, 1, (1, 128), (1, 1), (1, 1)),
    "two filters in half words": (22, 21, 8, 2, (22, 1), (1, 1), (1, 1)),
    "two filters in words": (5, 6, 20, 2, (3, 2), (1, 1), (1, 1)),
    "five filters in half words": (4, 11, 3, 5, (2, 3), (1, 1), (1, 1)),
    "seven filters in words": (3, 4, 9, 7, (2, 2), (1, 1), (1, 1)),
    "strides": (9, 33, 40, 1, (3, 3), (2, 2), (1, 1)),
    "strides in half words": (5, 30, 12, 1, (2, 5), (1, 3), (1, 1)),
    "dilations": (9, 20, 64, 1, (3, 3), (1, 1), (2, 2)),
    "strides and dilations": (9, 31, 7, 2, (3, 3), (2, 3), (3, 2)),
    "a dilation that it leaves to others": (5, 6, 9, 1, (3, 3), (1, 1), (2, 6)),
    "a stride beyond the input": (3, 3, 9, 1, (3, 3), (5, 7), (1, 1)),
    "four planes of wide rows, by columns": (2, 900, 20, 1, (9, 1), (1, 1), (1, 1)),
    "four planes by columns of strides": (2, 1201, 8, 2, (11, 2), (1, 2), (1, 1)),
    "as many taps as sums have room for": (1, 3, 5, 1, (1, 900), (1, 1), (1, 1)),
}
LANES_LEVELS = ((2, 2), (3, 2), (2, 3), (3, 3), (4, 4), (3, 4), (4, 3), (16, 16))


# The same of convolutions whose positions are taken by fours and eights.
PANELS = {
    "runs of eight, and of four": (3, 16, 64, 70, (3, 3), (1, 1), (1, 1)),
    "runs that end within a row": (5, 11, 40, 33, (3, 2), (1, 1), (1, 1)),
    "pairs of words alone": (2, 12, 64, 128, (1, 1), (1, 1), (1, 1)),
    "pairs of words with strides": (7, 17, 50, 9, (3, 3), (2, 2), (1, 1)),
    "single words": (4, 9, 20, 16, (3, 3), (1, 1), (1, 1)),
    "three words": (3, 8, 90, 12, (2, 2), (1, 1), (1, 1)),
    "four words": (3, 10, 128, 20, (2, 3), (1, 1), (1, 2)),
}
PANELS_LEVELS = ((2, 2), (3, 3), (3, 2), (2, 3), (4, 4))

# The same of convolutions of few channels, or of many planes: sums are looked up by nibbles.
NIBBLES = {
    "a row of one channel": (3, 150, 1, 8, (1, 64), (1, 1), (1, 1)),
    "a row with a rest": (5, 90, 1, 5, (1, 7), (1, 1), (1, 2)),
    "a column of one channel": (21, 70, 1, 9, (21, 1), (1, 1), (1, 1)),
    "rows of one channel": (12, 70, 1, 33, (3, 3), (1, 1), (1, 1)),
    "rows of one channel with strides and dilations": (12, 90, 1, 6, (2, 9), (2, 3), (1, 2)),
    "a column with strides and dilations": (30, 64, 1, 8, (5, 1), (2, 3), (2, 1)),
    "rows of two channels": (7, 80, 2, 16, (3, 5), (1, 1), (1, 1)),
    "a column of two channels": (15, 60, 2, 12, (6, 1), (1, 1), (1, 1)),
    "three channels": (16, 33, 3, 16, (3, 3), (1, 1), (1, 1)),
    "whole nibbles": (12, 40, 16, 16, (3, 3), (1, 1), (1, 1)),
    "neighbours alone": (1, 140, 16, 16, (1, 1), (1, 1), (1, 1)),
    "narrow rows": (30, 7, 10, 20, (3, 3), (1, 1), (1, 1)),
    "strides": (29, 34, 4, 9, (3, 3), (2, 2), (1, 1)),
    "bands of strides, two words of filters": (40, 90, 4, 70, (3, 3), (2, 3), (1, 1)),
    "dilations": (20, 50, 5, 20, (3, 3), (1, 1), (3, 2)),
    "two words": (6, 40, 50, 36, (1, 2), (1, 1), (1, 1)),
    "three words": (4, 60, 70, 40, (1, 1), (1, 1), (1, 1)),
}
NIBBLES_LEVELS = tuple(itertools.product((2, 3, 4), repeat=2))


def lanes_case(
    kernel: str, rng: np.random.Generator, shape: tuple[Any, ...], levels: tuple[int, int]
) -> Case:
    """SAME padding of two images; outputs of few levels, or many."""
    h, w, channels, filters, taps, strides, dilations = shape
    outs = [-(-size // stride) for size, stride in zip((h, w), strides, strict=True)]
    extents = [(tap - 1) * dilation + 1 for tap, dilation in zip(taps, dilations, strict=True)]
    pads = [
        max((out - 1) * stride + extent - size, 0) // 2
        for out, stride, extent, size in zip(outs, strides, extents, (h, w), strict=True)
    ]
    depthwise, kind = kernel.startswith("depthwise"), kernel.partition("_bits")[2]
    c_out = channels * filters if depthwise else filters
    x, weights = (
        random_codes(rng, levels[0], (2, h, w, channels)),
        random_codes(rng, levels[1], (1, *taps, c_out) if depthwise else (c_out, *taps, channels)),
    )
    largest = largest_accumulator(weights.size // c_out, *levels)
    output = random_output(rng, kind, c_out, largest)
    pad_code = int(rng.choice(codes_of(levels[0])))
    params = ConvBitsParams(*strides, *dilations, *pads, pad_code, *levels, output)
    dims = ConvDims(Dims(*x.shape), Dims(*weights.shape), Dims(2, *outs, c_out))
    constants = (pack_codes(weights, levels[1]), *random_bias(rng, kind, c_out, largest))
    return Case(kernel, params, dims, (pack_codes(x, levels[0]),), constants)


@pytest.mark.parametrize("kernel", [name for name in BITS if name.startswith("depthwise")])
@pytest.mark.parametrize("name", LANES)
def test_lanes_of_packed_depthwise(arm64: EmulatedKernels, kernel: str, name: str) -> None:
    for seed, levels in enumerate(LANES_LEVELS):
        check(arm64, lanes_case(kernel, np.random.default_rng(seed), LANES[name], levels))


@pytest.mark.parametrize("kernel", [name for name in BITS if name.startswith("depthwise")])
@pytest.mark.parametrize("codes", CODES, ids=str)
@pytest.mark.parametrize("name", LINES)
def test_depthwise_filters_of_one_row_or_column(
    arm64: EmulatedKernels, kernel: str, codes, name: str
) -> None:
    for case in line_cases(kernel, name, codes):
        check(arm64, case)


@pytest.mark.parametrize("kernel", [name for name in BITS if name.startswith("depthwise")])
@pytest.mark.parametrize("name", LANES)
def test_signs_that_are_padded_with_zero(arm64: EmulatedKernels, kernel: str, name: str) -> None:
    for seed, w_levels in enumerate((2, 4)):
        rng = np.random.default_rng(seed)
        case = lanes_case(kernel, rng, LANES[name], (3, w_levels))
        signs = pack_codes(random_codes(rng, 2, case.dims.input.shape), 3)
        check(arm64, replace(case, params=replace(case.params, pad_code=0), inputs=(signs,)))


@pytest.mark.parametrize("kernel", [name for name in BITS if name.startswith("conv")])
@pytest.mark.parametrize("name", PANELS)
def test_panels_of_packed_convolution(arm64: EmulatedKernels, kernel: str, name: str) -> None:
    """Packed to few levels, to whose thresholds sums come close, and beyond all sums."""
    for seed, levels in enumerate(PANELS_LEVELS):
        rng = np.random.default_rng(seed)
        case = lanes_case(kernel, rng, PANELS[name], levels)
        if kernel != "conv_2d_bits":
            check(arm64, case)
            continue
        channels = case.dims.output.c
        for out_levels in (2, 3, 4):
            thresholds = np.sort(rng.normal(0, 30, (channels, out_levels - 1)).round()).astype(np.int32)
            thresholds[0], thresholds[-1] = -(2**31), 2**31 - 1
            output = BitsOutput(out_levels, thresholds, rng.integers(0, 2, channels).astype(np.int8))
            check(arm64, replace(case, params=replace(case.params, output=output)))


@pytest.mark.parametrize("kernel", [name for name in BITS if name.startswith("conv")])
@pytest.mark.parametrize("name", NIBBLES)
def test_nibbles_of_packed_convolution(arm64: EmulatedKernels, kernel: str, name: str) -> None:
    """Packed to few levels, from thresholds close to sums to those beyond all."""
    for seed, levels in enumerate(NIBBLES_LEVELS):
        rng = np.random.default_rng(seed)
        case = lanes_case(kernel, rng, NIBBLES[name], levels)
        check(arm64, case)
        if kernel == "conv_2d_bits":
            channels, out_levels = case.dims.output.c, 2 + seed // 3
            thresholds = np.sort(rng.normal(0, 9, (channels, out_levels - 1)).round()).astype(np.int32)
            thresholds[0], thresholds[-1] = -(2**31), 2**31 - 1
            output = BitsOutput(out_levels, thresholds, rng.integers(0, 2, channels).astype(np.int8))
            check(arm64, replace(case, params=replace(case.params, output=output)))


@pytest.mark.parametrize("levels", NIBBLES_LEVELS, ids=str)
def test_nibbles_at_extreme_sums_and_thresholds(arm64: EmulatedKernels, levels: tuple[int, int]) -> None:
    """All products alike, in bytes and in parts of 16 bits, thresholds at the sum, beside it, beyond all."""
    for shape in (NIBBLES["a row of one channel"], NIBBLES["whole nibbles"]):
        for sign in (-1, 1):
            case = lanes_case("conv_2d_bits", np.random.default_rng(sign + 1), shape, levels)
            largest = largest_accumulator(case.dims.filter.size // case.dims.output.c, *levels)
            near = np.array([-largest - 1, -largest, -largest + 1, 0, largest - 2, largest - 1, largest])
            output = BitsOutput(2, np.resize(near, (case.dims.output.c, 1)).astype(np.int32), None)
            x = np.full(case.dims.input.shape, sign * codes_of(levels[0])[-1])
            w = np.full(case.dims.filter.shape, codes_of(levels[1])[-1])
            params = replace(case.params, output=output, pad_code=int(x.flat[0]))
            packed = (pack_codes(x, levels[0]),), (pack_codes(w, levels[1]),)
            check(arm64, replace(case, params=params, inputs=packed[0], constants=packed[1]))


@pytest.mark.parametrize("w_levels", [2, 3])
@pytest.mark.parametrize("levels", [2, 3, 4, 16])
def test_lanes_at_extreme_sums_and_thresholds(arm64: EmulatedKernels, levels: int, w_levels: int) -> None:
    """All products alike, thresholds at the sum, beside it, and beyond all sums."""
    for sign, x_levels in itertools.product((-1, 1), (2, 3)):
        rng = np.random.default_rng(levels)
        shape = LANES["whole registers of two words"]
        case = lanes_case("depthwise_conv_2d_bits", rng, shape, (x_levels, w_levels))
        nines = rng.choice([-20, -10, -9, -8, 0, 7, 8, 9, 10, 20], (64, levels - 1))
        output = BitsOutput(levels, np.sort(nines, axis=1).astype(np.int32), None)
        x, w = np.full(case.dims.input.shape, sign), np.ones(case.dims.filter.shape, np.int64)
        check(
            arm64,
            replace(
                case,
                params=replace(case.params, output=output, pad_code=sign),
                inputs=(pack_codes(x, x_levels),),
                constants=(pack_codes(w, w_levels),),
            ),
        )


def test_larqs_convolution(arm64: EmulatedKernels) -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        graph = bconv_2d(rng)
        (step,) = lower(graph)
        check(arm64, Case(step.kernel, step.params, step.dims, (packed_input(rng, graph),), step.constants))


@CORES
@pytest.mark.parametrize("kernel", WEIGHTS)
def test_int8_activations(arm64: EmulatedKernels, kernel: str) -> None:
    for seed in range(25):
        check(arm64, random_weights(kernel, np.random.default_rng(seed)))


@CORES
@pytest.mark.parametrize("kernel", [name for name in WEIGHTS if "conv_2d" in name])
def test_shapes_of_real_nets(arm64: EmulatedKernels, kernel: str) -> None:
    operator, scheme = kernel.rsplit("_", 1)
    make = conv_case if operator == "conv_2d" else depthwise_case
    for name, walk, channels in EEG.values():
        if operator.startswith(name):
            rng = np.random.default_rng(7)
            check(arm64, make(scheme, rng, walk, channels, input_zero_point=-28, **WHOLE_RANGE))


@CORES
def test_two_bits_as_two_signs(arm64: EmulatedKernels) -> None:
    """Sums in 16 and in 32 bits, lines with a rest, one channel in rows and in columns."""
    shapes = (
        (geometry((16, 16), (3, 3)), (1, 16, 16)),
        (geometry((15, 17), (3, 3)), (1, 35, 24)),
        (geometry((9, 80), (1, 30)), (1, 1, 12)),
        (geometry((21, 90), (21, 1), same=False), (1, 1, 33)),
        (geometry((12, 40), (5, 3), n=2), (1, 3, 17)),
    )
    for seed, (walk, channels) in enumerate(shapes):
        rng = np.random.default_rng(seed)
        case = conv_case("a8w2", rng, walk, channels, input_zero_point=-28, **WHOLE_RANGE)
        tables = np.array([[-127, -42, 42, 127], [-90, -3, 3, 90], [-5, 0, 0, 5]], np.int8)
        levels = rng.integers(0, 3, channels[-1], np.int8)
        check(arm64, replace(case, params=replace(case.params, tables=tables, levels=levels)))


@CORES
@pytest.mark.parametrize("scheme", PACKED)
@pytest.mark.parametrize("sign", [-1, 1])
def test_sums_of_extreme_products_do_not_leave_their_lanes(
    arm64: EmulatedKernels, scheme: str, sign: int
) -> None:
    """576 and 4608 products of 255 * code, in 16-bit lanes on the way."""
    for channels, size in ((64, (4, 9)), (512, (2, 3))):
        rng = np.random.default_rng(channels)
        fields = {"input_zero_point": 127 * sign, **WHOLE_RANGE}
        case = conv_case(scheme, rng, geometry(size, (3, 3)), (1, channels, 9), **fields)
        image = np.full(case.dims.input.shape, -128 if sign == 1 else 127, np.int8)
        signs = np.where(np.arange(9) % 2, 1, -1)[:, None, None, None]
        packed = pack(scheme, extremes(scheme, np.broadcast_to(signs, case.dims.filter.shape)))
        check(arm64, Case(case.kernel, case.params, case.dims, (image,), (packed, None)))


@pytest.mark.parametrize("scheme", PACKED)
@pytest.mark.parametrize(
    "sizes", [(1, 1, 130), (2, 1273, 9), (1, 1280, 3), (1, 2600, 67), (1, 5000, 4)], ids=str
)
def test_dense_codes_in_parts(arm64: EmulatedKernels, scheme: str, sizes: tuple[int, int, int]) -> None:
    """Rows of several parts, outputs of several, and sums as large as they get."""
    rng = np.random.default_rng(sizes[1])
    case = fully_connected_case(scheme, rng, sizes, input_zero_point=-128, **WHOLE_RANGE)
    check(arm64, case)
    inputs = (np.full(case.inputs[0].shape, 127, np.int8),)
    for sign in (-1, 1):
        packed = pack(scheme, extremes(scheme, np.full((sizes[2], sizes[1]), sign)))
        check(arm64, replace(case, inputs=inputs, constants=(packed, None)))


@pytest.mark.parametrize("scales", ADD_SCALES)
@pytest.mark.parametrize("left_shift", ADD_LEFT_SHIFTS)
def test_add_of_all_pairs(arm64: EmulatedKernels, scales, left_shift: int) -> None:
    for zero_points in ADD_ZERO_POINTS:
        for case in add_of_all_pairs(scales, left_shift, zero_points):
            check(arm64, case)


def test_add_of_any_scales(arm64: EmulatedKernels) -> None:
    """All pairs of values by scales as TFLite has them: the greater of the inputs' is taken half."""
    for seed in range(25):
        rng = np.random.default_rng(seed)
        scales = rng.permutation([0.5, rng.uniform(0, 0.5) ** rng.integers(1, 4)])
        zero_points = rng.integers(-128, 128, 3)
        for case in add_of_all_pairs(tuple(map(float, scales)), 20, tuple(map(int, zero_points))):
            output = quantize_multiplier(float(rng.uniform(0.1, 2)) / 2**20)
            params = replace(case.params, output_multiplier=output[0], output_shift=output[1])
            check(arm64, replace(case, params=params))


def test_inputs_of_an_add_that_are_broadcast(arm64: EmulatedKernels) -> None:
    rng = np.random.default_rng(0)
    (case, *_) = add_of_all_pairs((0.5, 0.3), 20, (3, -4, 5))
    for first, second in (((2, 3, 4, 19), (1, 1, 1, 19)), ((2, 1, 4, 1), (2, 3, 4, 19))):
        dims = AddDims(Dims(*first), Dims(*second), Dims(2, 3, 4, 19))
        check(arm64, replace(case, dims=dims, inputs=(int8_array(rng, first), int8_array(rng, second))))


@pytest.mark.parametrize("levels", QUANTIZE_LEVELS)
@pytest.mark.parametrize("per_channel", [0, 1])
def test_quantization_by_any_thresholds(arm64: EmulatedKernels, levels: int, per_channel: int) -> None:
    for depth in QUANTIZE_DEPTHS:
        for case in quantization_by_any_thresholds(depth, levels, per_channel):
            check(arm64, case)


@pytest.mark.parametrize("kernel", ["average_pool_2d_a8", "max_pool_2d_a8"])
def test_pooling(arm64: EmulatedKernels, kernel: str) -> None:
    """Windows across the border, registers of channels that overlap or that others take, largest sums."""
    for seed, channels in enumerate([1, 7, 8, 11, 15, 16, 17, 31, 32, 33, 47, 64]):
        rng = np.random.default_rng(seed)
        low, high = sorted(int(x) for x in rng.integers(-128, 128, 2))
        taps = ((1, 4), (2, 2), (3, 3), (5, 7), (15, 17), (16, 16))[seed % 6]
        made = geometry(
            (taps[0] + 6, taps[1] + 9), taps, (1 + seed % 2, 1 + seed % 3), (1, 1), seed % 4 > 0, 2
        )
        walk = made["walk"]
        params = PoolParams(*made["taps"], **walk, activation_min=low, activation_max=high)
        dims = UnaryDims(
            Dims(made["n"], *made["input"], channels), Dims(made["n"], *made["output"], channels)
        )
        for fill in (None, -128, 127):
            image = int8_array(rng, dims.input.shape)
            if fill is not None:
                image[:] = fill
                params = replace(params, activation_min=-128, activation_max=127)
            check(arm64, Case(kernel, params, dims, (image,)))


def test_a_core_of_64_bits_gets_them() -> None:
    dims = ConvDims(Dims(1, 16, 16, 64), Dims(64, 3, 3, 64), Dims(1, 16, 16, 64))
    for core in ("cortex-a53", "cortex-a72"):
        assert best_variant("conv_2d_a8wt", core, dims).symbol == "tq_conv_2d_a8wt_neon"
        assert best_variant("lce_bconv_2d_a1", core, dims).symbol == "tq_lce_bconv_2d_a1_neon"
        assert best_variant("add_a8", core).symbol == "tq_add_a8_neon"
        assert best_variant("quantize_a8_bits", core).symbol == "tq_quantize_a8_bits_neon"
