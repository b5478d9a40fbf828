"""Kernels for Cortex-M with DSP at their bounds: two outputs in a word, tails, long filters, walks."""

from dataclasses import replace

import numpy as np
import pytest
from c_kernels import CKernels
from elementwise_cases import (
    ADD_LEFT_SHIFTS,
    ADD_SCALES,
    ADD_ZERO_POINTS,
    QUANTIZE_DEPTHS,
    QUANTIZE_LEVELS,
    add_of_all_pairs,
    quantization_by_any_thresholds,
)
from kernel_cases import (
    Case,
    check,
    conv_case,
    depthwise_case,
    extremes,
    fully_connected_case,
    geometry,
    int8_array,
    pack,
)

from tinyq.core.params import Dims, PoolParams, UnaryDims

FIELDS = {"output_zero_point": 3, "activation_min": -100, "activation_max": 120}


# More than 63 taps, just as many, and one more; where columns of a window lie in a ring; rows of one channel.
LONG = {
    "columns of 64 channels": ("conv_2d", geometry((3, 4), (3, 3)), (1, 64, 9)),
    "columns of 21 channels": ("conv_2d", geometry((2, 3), (1, 3)), (1, 21, 8)),
    "columns of 7 channels": ("conv_2d", geometry((4, 3), (3, 3)), (1, 7, 10)),
    "a row of 64": ("conv_2d", geometry((3, 80), (1, 64)), (1, 1, 8)),
    "a row of 65": ("conv_2d", geometry((3, 80), (1, 65)), (1, 1, 8)),
    "a row of 127": ("conv_2d", geometry((1, 140), (1, 127), same=False), (1, 1, 8)),
    "a row of 128": ("conv_2d", geometry((1, 140), (1, 128), same=False), (1, 1, 8)),
    "a row of 300": ("conv_2d", geometry((1, 310), (1, 300)), (1, 1, 3)),
    "a column of 130": ("conv_2d", geometry((2, 9), (130, 1), same=False), (1, 1, 4)),
    "a depthwise row of 128": ("depthwise", geometry((2, 45), (1, 128)), (3, 2)),
    "a depthwise row of 127": ("depthwise", geometry((1, 140), (1, 127)), (2, 1)),
    "a depthwise row of 200": ("depthwise", geometry((1, 210), (1, 200)), (2, 1)),
    "a depthwise row of 16": ("depthwise", geometry((1, 33), (1, 16)), (5, 1)),
    "a depthwise window of 63": ("depthwise", geometry((8, 10), (7, 9)), (6, 1)),
    "a depthwise window of 64": ("depthwise", geometry((8, 9), (8, 8)), (6, 1)),
    "a depthwise column of 63": ("depthwise", geometry((1, 5), (63, 1), same=False), (6, 2)),
    "a depthwise column of 64": ("depthwise", geometry((1, 5), (64, 1), same=False), (6, 3)),
}


@pytest.mark.parametrize("scheme", ["a8w8", "a8wt", "a8w1"])
@pytest.mark.parametrize("shape", LONG)
def test_long_filters_of_extreme_products_stay_apart(c_kernels: CKernels, scheme: str, shape: str) -> None:
    operator, walk, channels = LONG[shape]
    make = conv_case if operator == "conv_2d" else depthwise_case
    case = make(scheme, np.random.default_rng(3), walk, channels, input_zero_point=-128, **FIELDS)
    filters = case.dims.filter.shape
    outputs = np.arange(filters[0] if operator == "conv_2d" else filters[3])
    outputs = outputs[:, None, None, None] if operator == "conv_2d" else outputs[None, None, None, :]
    for x in (-128, 127):
        inputs = (np.full(case.dims.input.shape, x, np.int8),)
        for sign in (1, -1, np.where(outputs % 3 == 0, 1, -1), np.where(outputs % 4 < 2, 1, -1)):
            codes = extremes(scheme, np.ones(filters, np.int8) * sign)
            check(c_kernels, replace(case, inputs=inputs, constants=(pack(scheme, codes), None)))
    check(c_kernels, case)


@pytest.mark.parametrize("scheme", ["a8wt", "a8w1"])
@pytest.mark.parametrize("ones", [0, 1, 64, 127, 128])
def test_rows_of_128_codes_at_the_largest_sum_and_the_smallest(
    c_kernels: CKernels, scheme: str, ones: int
) -> None:
    rng = np.random.default_rng(11)
    case = conv_case(
        scheme, rng, geometry((1, 150), (1, 128), same=False), (1, 1, 2), input_zero_point=0, **FIELDS
    )
    codes = np.where(np.arange(128) < ones, 1, -1).astype(np.int8)
    weights = pack(scheme, np.stack([codes, rng.permutation(codes)])[:, None, :, None])
    for largest in (codes, -codes):
        x = int8_array(rng, case.dims.input.shape)
        x[0, 0, 9:137, 0] = np.where(largest > 0, 127, -128)
        check(c_kernels, replace(case, inputs=(x,), constants=(weights, None)))


WALKS = {
    "strides 2": geometry((9, 10), (3, 3), (2, 2)),
    "strides 3 and 1": geometry((9, 7), (2, 5), (3, 1)),
    "stride 3 of rows of one channel": geometry((3, 500), (1, 9), (1, 3)),
    "dilated": geometry((9, 11), (3, 3), dilation=(2, 2)),
    "a dilated row": geometry((2, 30), (1, 10), dilation=(1, 3)),
    "one output row": geometry((4, 9), (4, 3), same=False),
    "an odd number of rows, three images": geometry((5, 6), (3, 4), n=3),
}


@pytest.mark.parametrize("scheme", ["a8w8", "a8wt", "a8w1", "a8w3"])
@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("channels", [(1, 1, 5), (1, 3, 17), (1, 8, 4), (2, 5, 9), (3, 4, 3)])
def test_walks_and_channel_counts_of_conv_2d(c_kernels: CKernels, scheme: str, walk: str, channels) -> None:
    rng = np.random.default_rng(7)
    check(c_kernels, conv_case(scheme, rng, WALKS[walk], channels, input_zero_point=11, **FIELDS))


@pytest.mark.parametrize("scheme", ["a8w8", "a8wt", "a8w1"])
@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("channels", [(1, 1), (2, 3), (4, 1), (7, 2), (9, 4), (130, 1)])
def test_walks_and_channel_counts_of_depthwise(c_kernels: CKernels, scheme: str, walk: str, channels) -> None:
    rng = np.random.default_rng(8)
    check(c_kernels, depthwise_case(scheme, rng, WALKS[walk], channels, input_zero_point=-7, **FIELDS))


@pytest.mark.parametrize("scheme", ["a8w8", "a8wt", "a8w1"])
@pytest.mark.parametrize("taps", [1, 3, 8, 9, 10, 64, 131])
@pytest.mark.parametrize("width", [1, 2, 7, 383, 385, 774])
def test_rows_of_one_channel_that_are_shorter_and_longer_than_a_stretch(
    c_kernels: CKernels, scheme: str, taps: int, width: int
) -> None:
    rng, walk = np.random.default_rng(9), geometry((2, width), (1, taps))
    check(c_kernels, conv_case(scheme, rng, walk, (1, 1, 3), input_zero_point=-5, **FIELDS))
    check(c_kernels, depthwise_case(scheme, rng, walk, (3, 2), input_zero_point=-5, **FIELDS))


def test_more_filters_of_a_row_than_a_pass_has(c_kernels: CKernels) -> None:
    for scheme in ("a8w8", "a8wt"):
        rng = np.random.default_rng(10)
        check(
            c_kernels,
            conv_case(scheme, rng, geometry((2, 9), (1, 40)), (1, 1, 75), input_zero_point=4, **FIELDS),
        )


@pytest.mark.parametrize("scheme", ["a8wt", "a8w1"])
@pytest.mark.parametrize("c_in", [1, 7, 8, 55, 56, 57, 63, 64, 65, 112, 113, 128, 129, 449])
@pytest.mark.parametrize("zero_point", [-128, 127])
def test_blocks_of_extreme_dense_products_stay_apart(
    c_kernels: CKernels, scheme: str, c_in: int, zero_point: int
) -> None:
    """Whole blocks of 56 or 64 inputs, and shorter ones first; one output to more than sixteen."""
    rng = np.random.default_rng(c_in)
    for c_out in (1, 2, 3, 6, 7, 8, 9, 15, 18):
        case = fully_connected_case(scheme, rng, (2, c_in, c_out), input_zero_point=zero_point, **FIELDS)
        check(c_kernels, case)
        for x in (-128, 127):
            inputs = (np.full((2, c_in), x, np.int8),)
            for sign in (1, -1, np.where(np.arange(c_out) % 2 == 0, 1, -1)[:, None]):
                codes = extremes(scheme, np.ones((c_out, c_in), np.int8) * sign)
                check(c_kernels, replace(case, inputs=inputs, constants=(pack(scheme, codes), None)))


def test_dense_outputs_whose_bias_leaves_32_bits_with_the_zero_point(c_kernels: CKernels) -> None:
    case = fully_connected_case("a8wt", np.random.default_rng(4), (1, 9, 2), input_zero_point=-128, **FIELDS)
    params = replace(case.params, levels=np.array([127, 127], np.int8))
    codes, bias = np.ones((2, 9), np.int8), np.array([2**31 - 1, 2**31 - 2], np.int32)
    inputs = (np.full((1, 9), -128, np.int8),)  # all products are 0
    check(c_kernels, replace(case, params=params, inputs=inputs, constants=(pack("a8wt", codes), bias)))


@pytest.mark.parametrize("scales", ADD_SCALES)
@pytest.mark.parametrize("left_shift", ADD_LEFT_SHIFTS)
@pytest.mark.parametrize("zero_points", ADD_ZERO_POINTS)
def test_add_of_all_pairs(c_kernels: CKernels, scales, left_shift: int, zero_points) -> None:
    for case in add_of_all_pairs(scales, left_shift, zero_points):
        check(c_kernels, case)


@pytest.mark.parametrize("depth", QUANTIZE_DEPTHS)
@pytest.mark.parametrize("levels", QUANTIZE_LEVELS)
@pytest.mark.parametrize("per_channel", [0, 1])
def test_quantization_by_any_thresholds(
    c_kernels: CKernels, depth: int, levels: int, per_channel: int
) -> None:
    for case in quantization_by_any_thresholds(depth, levels, per_channel):
        check(c_kernels, case)


@pytest.mark.parametrize("taps", [(1, 8), (15, 17), (16, 16), (255, 1), (1, 256), (300, 2)])
def test_average_pools_of_extremes(c_kernels: CKernels, taps) -> None:
    """255 elements are as many as lanes have room for."""
    for channels in (1, 4, 11):
        shape = (2, taps[0] + 1, taps[1] + 2, channels)
        dims = UnaryDims(Dims(*shape), Dims(2, 2, 3, channels))
        for x in (-128, 127):
            case = Case(
                "average_pool_2d_a8",
                PoolParams(*taps, 1, 1, 0, 0, -128, 127),
                dims,
                (np.full(shape, x, np.int8),),
            )
            check(c_kernels, case)
        check(c_kernels, replace(case, inputs=(int8_array(np.random.default_rng(channels), shape),)))
