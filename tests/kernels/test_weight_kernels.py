"""Convolution, depthwise and dense kernels in C give the integers of the NumPy reference."""

from dataclasses import replace

import numpy as np
import pytest
from c_kernels import CKernels
from hypothesis import given
from hypothesis import strategies as st
from kernel_cases import (
    SMALL,
    check,
    choices_of,
    conv_case,
    depthwise_case,
    examples,
    extremes,
    fully_connected_case,
    generators,
    geometries,
    geometry,
    pack,
    transpose_conv_case,
    transposed_geometries,
    zero_points,
)

from tinyq.core.spec import SCHEMES

WHOLE_RANGE = {"output_zero_point": 0, "activation_min": -128, "activation_max": 127}


@pytest.mark.parametrize("scheme", SCHEMES)
@given(rng=generators(), walk=geometries(), channels=st.tuples(SMALL, SMALL), fields=zero_points())
@examples
def test_conv_2d_equals_the_reference(c_kernels: CKernels, scheme, rng, walk, channels, fields) -> None:
    check(c_kernels, conv_case(scheme, rng, walk, (1, *channels), **fields))


@pytest.mark.parametrize("scheme", SCHEMES)
@given(
    rng=generators(),
    walk=geometries(batches=1),
    channels=st.tuples(st.integers(2, 4), st.integers(1, 3), st.integers(1, 6)),
    fields=zero_points(),
)
@examples
def test_grouped_conv_2d_equals_the_reference(
    c_kernels: CKernels, scheme, rng, walk, channels, fields
) -> None:
    check(c_kernels, conv_case(scheme, rng, walk, channels, **fields))


@pytest.mark.parametrize("scheme", SCHEMES)
@given(
    rng=generators(), walk=geometries(), channels=st.tuples(SMALL, st.integers(1, 5)), fields=zero_points()
)
@examples
def test_depthwise_conv_2d_equals_the_reference(
    c_kernels: CKernels, scheme, rng, walk, channels, fields
) -> None:
    check(c_kernels, depthwise_case(scheme, rng, walk, channels, **fields))


@pytest.mark.parametrize("scheme", SCHEMES)
@given(rng=generators(), walk=transposed_geometries(), channels=st.tuples(SMALL, SMALL), fields=zero_points())
@examples
def test_transpose_conv_equals_the_reference(
    c_kernels: CKernels, scheme, rng, walk, channels, fields
) -> None:
    check(c_kernels, transpose_conv_case(scheme, rng, walk, channels, **fields))


@pytest.mark.parametrize("scheme", SCHEMES)
@given(
    rng=generators(),
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 40), st.integers(1, 13)),
    fields=zero_points(),
)
@examples
def test_fully_connected_equals_the_reference(c_kernels: CKernels, scheme, rng, sizes, fields) -> None:
    check(c_kernels, fully_connected_case(scheme, rng, sizes, **fields))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("taps", [1, 127, 128, 129, 256, 257, 300])
@pytest.mark.parametrize("sign", [-1, 1])
def test_longest_sums_of_extreme_products_do_not_overflow(c_kernels: CKernels, scheme, taps, sign) -> None:
    """All products 255 * code of one sign: two channels in a word must be parted before either overflows."""
    rng = np.random.default_rng(taps)
    case = conv_case(
        scheme, rng, geometry((1, 3), (1, 1)), (1, taps, 5), input_zero_point=127 * sign, **WHOLE_RANGE
    )
    largest = -128 if sign == 1 else 127
    inputs = (np.full(case.dims.input.shape, largest, np.int8),)
    for signs in (np.ones(5), -np.ones(5), np.array([1, -1, -1, 1, 1])):
        codes = extremes(scheme, np.broadcast_to(signs[:, None], (5, taps)))
        constants = (pack(scheme, codes), None)
        check(c_kernels, replace(case, inputs=inputs, constants=constants))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("c_in", [5, 8, 40, 125, 126, 255, 256, 257, 300])
@pytest.mark.parametrize("zero_point", [-128, 0, 127])
def test_dense_rows_of_extreme_products_in_blocks_of_four_two_and_one(
    c_kernels: CKernels, scheme, c_in, zero_point
) -> None:
    """43 rows: for all places in a byte, blocks of four and two, and single rows that are left over."""
    rng = np.random.default_rng(c_in)
    case = fully_connected_case(scheme, rng, (2, c_in, 43), input_zero_point=zero_point, **WHOLE_RANGE)
    signs = np.where(np.arange(43) % 3 == 0, -1, 1)
    for x in (-128, 127):
        for codes in (np.ones((43, c_in)), -np.ones((43, c_in)), np.ones((43, c_in)) * signs[:, None]):
            inputs = (np.full((2, c_in), x, np.int8),)
            constants = (pack(scheme, extremes(scheme, codes)), None)
            check(c_kernels, replace(case, inputs=inputs, constants=constants))
    check(c_kernels, case)


EEG = {
    "temporal 1x64 SAME": ("conv_2d", geometry((3, 70), (1, 64)), (1, 1, 8)),
    "temporal 1x63, dilated": ("conv_2d", geometry((2, 70), (1, 20), dilation=(1, 3)), (1, 1, 5)),
    "spatial 22x1 VALID, multiplier 2": ("depthwise", geometry((1, 9), (22, 1), same=False), (8, 2)),
    "spatial 22x1 VALID, odd": ("depthwise", geometry((1, 9), (22, 1), same=False), (3, 3)),
    "column 5x1 SAME, strides": ("depthwise", geometry((9, 7), (5, 1), (2, 2), (2, 1)), (6, 1)),
    "separable 1x16 SAME": ("depthwise", geometry((1, 35), (1, 16)), (16, 1)),
    "pointwise": ("conv_2d", geometry((4, 5), (1, 1)), (1, 33, 18)),
    "one of everything": ("conv_2d", geometry((1, 1), (1, 1)), (1, 1, 1)),
    "one of everything, depthwise": ("depthwise", geometry((1, 1), (1, 1)), (1, 1)),
    "filter larger than the input": ("conv_2d", geometry((2, 2), (5, 7)), (1, 3, 4)),
    "dilation larger than the input": ("conv_2d", geometry((2, 3), (3, 3), dilation=(4, 5)), (1, 2, 4)),
    "stride larger than the filter": ("conv_2d", geometry((7, 7), (2, 2), (3, 3), same=False), (1, 2, 4)),
    "batch of 3": ("conv_2d", geometry((4, 4), (3, 3), n=3), (1, 4, 9)),
    "batch of 3, depthwise": ("depthwise", geometry((4, 4), (3, 3), n=3), (5, 2)),
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("shape", EEG)
def test_shapes_of_real_nets_and_edges(c_kernels: CKernels, scheme, shape) -> None:
    operator, walk, channels = EEG[shape]
    make = conv_case if operator == "conv_2d" else depthwise_case
    for seed in range(3):
        rng = np.random.default_rng(seed)
        check(c_kernels, make(scheme, rng, walk, channels, input_zero_point=-128 + 100 * seed, **WHOLE_RANGE))


@pytest.mark.parametrize("scheme", SCHEMES[1:])
@pytest.mark.parametrize("make", ["conv", "depthwise", "dense"])
def test_an_all_zero_or_constant_filter(c_kernels: CKernels, scheme, make) -> None:
    rng = np.random.default_rng(5)
    walk, fields = geometry((4, 4), (3, 3)), {"input_zero_point": 7, **WHOLE_RANGE}
    case = {
        "conv": lambda: conv_case(scheme, rng, walk, (1, 3, 5), **fields),
        "depthwise": lambda: depthwise_case(scheme, rng, walk, (3, 2), **fields),
        "dense": lambda: fully_connected_case(scheme, rng, (2, 12, 7), **fields),
    }[make]()
    shape = case.dims.filter.shape if make != "dense" else (7, 12)
    for code in choices_of(scheme):
        constants = (pack(scheme, np.full(shape, code)), case.constants[1])
        check(c_kernels, replace(case, constants=constants))


@pytest.mark.parametrize("make", ["conv", "dense"])
@pytest.mark.parametrize("scheme", SCHEMES[1:])
def test_equals_the_int8_kernel_on_the_unpacked_weights(c_kernels: CKernels, scheme, make) -> None:
    rng = np.random.default_rng(11)
    fields = {"input_zero_point": -3, **WHOLE_RANGE}
    if make == "conv":
        case = conv_case(scheme, rng, geometry((6, 6), (3, 3)), (1, 5, 7), **fields)
        shape, name = case.dims.filter.shape, "conv_2d_a8w8"
    else:
        case = fully_connected_case(scheme, rng, (2, 31, 9), **fields)
        shape, name = (9, 31), "fully_connected_a8w8"
    codes = rng.choice(choices_of(scheme), shape)
    levels = case.params.levels.reshape(-1, *[1] * (len(shape) - 1))
    tables = case.params.tables
    weights = codes * levels if tables is None else tables[levels, codes]
    packed = check(c_kernels, replace(case, constants=(pack(scheme, codes), case.constants[1])))
    int8 = replace(
        case,
        kernel=name,
        params=replace(case.params, levels=None, tables=None),
        constants=(weights.astype(np.int8), case.constants[1]),
    )
    np.testing.assert_array_equal(check(c_kernels, int8), packed)
