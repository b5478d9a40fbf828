"""Kernels for cores without SIMD instructions at their bounds: two sums in a word, stretches."""

from dataclasses import replace

import numpy as np
import pytest
from c_kernels import CKernels
from kernel_cases import check, conv_case, depthwise_case, extremes, fully_connected_case, geometry, pack

FIELDS = {"output_zero_point": 3, "activation_min": -100, "activation_max": 120}
# Just as many taps as lanes have room for, and more; more filters of a group than a pass has.
DEEP = {
    "252 taps": (geometry((3, 4), (3, 3)), (1, 28, 7)),
    "255 taps": (geometry((1, 9), (1, 3)), (1, 85, 7)),
    "261 taps": (geometry((3, 3), (3, 3)), (1, 29, 7)),
    "1000 taps": (geometry((1, 11), (1, 5)), (1, 200, 6)),
    "70 filters of two groups": (geometry((2, 5), (2, 2)), (2, 3, 70)),
    "70 filters of 300 taps": (geometry((1, 9), (1, 1)), (1, 300, 70)),
}


@pytest.mark.parametrize("scheme", ["a8wt", "a8w1", "a8w8"])
@pytest.mark.parametrize("shape", DEEP)
def test_lanes_of_extreme_products_are_parted_in_time(c_kernels: CKernels, scheme: str, shape: str) -> None:
    walk, channels = DEEP[shape]
    case = conv_case(scheme, np.random.default_rng(3), walk, channels, input_zero_point=-128, **FIELDS)
    check(c_kernels, case)
    outputs = np.arange(case.dims.filter.n)[:, None, None, None]
    for x in (-128, 127):
        inputs = (np.full(case.dims.input.shape, x, np.int8),)
        for sign in (1, -1, np.where(outputs % 3 == 0, 1, -1)):
            codes = extremes(scheme, np.ones(case.dims.filter.shape, np.int8) * sign)
            check(c_kernels, replace(case, inputs=inputs, constants=(pack(scheme, codes), None)))


LINES = {
    "a row of three stretches": (geometry((2, 300), (1, 9)), 1),
    "a column of three stretches": (geometry((300, 3), (9, 2)), 1),
    "a column, and padding": (geometry((40, 2), (16, 1)), 1),
    "a dilated column of a narrow image": (geometry((30, 5), (3, 3), dilation=(2, 1)), 1),
    "a dilated row of a narrow image": (geometry((30, 5), (3, 3), dilation=(1, 2)), 1),
    "a dilated column of one row": (geometry((30, 5), (1, 3), dilation=(3, 1)), 1),
    "strides of a narrow image": (geometry((41, 6), (3, 4), (3, 2)), 1),
    "strides of 5, longer than the filter": (geometry((9, 90), (3, 3), (5, 5)), 1),
    "255 taps": (geometry((18, 20), (15, 17)), 1),
    "256 taps": (geometry((18, 20), (16, 16)), 1),
    "255 taps of a column, two images": (geometry((257, 3), (255, 1), n=2), 1),
    "a row and a column that leave room for few positions": (geometry((3, 990), (1, 960)), 1),
    "a column that leaves room for none": (geometry((1300, 4), (1290, 1)), 1),
    "rows that go on behind a window": (geometry((25, 17), (4, 3)), 3),
}


@pytest.mark.parametrize("scheme", ["a8wt", "a8w1", "a8w8"])
@pytest.mark.parametrize("walk", LINES)
def test_lines_of_either_axis(c_kernels: CKernels, scheme: str, walk: str) -> None:
    geometry_of, multiplier = LINES[walk]
    for seed, zero_point in ((1, 9), (2, -128), (3, 127)):
        rng = np.random.default_rng(seed)
        fields = {"input_zero_point": zero_point, **FIELDS}
        check(c_kernels, depthwise_case(scheme, rng, geometry_of, (3, multiplier), **fields))
        check(c_kernels, conv_case(scheme, rng, geometry_of, (1, 1, 5), **fields))


@pytest.mark.parametrize("scheme", ["a8wt", "a8w1"])
def test_more_filters_of_a_channel_than_a_pass_has(c_kernels: CKernels, scheme: str) -> None:
    rng = np.random.default_rng(4)
    check(
        c_kernels, conv_case(scheme, rng, geometry((3, 40), (8, 9)), (2, 1, 30), input_zero_point=4, **FIELDS)
    )


@pytest.mark.parametrize("scheme", ["a8wt", "a8w1", "a8w8"])
@pytest.mark.parametrize("shift", [-31, -23, -22, -1, 0, 3])
def test_shifts_of_either_form(c_kernels: CKernels, scheme: str, shift: int) -> None:
    rng = np.random.default_rng(5)
    for case in (
        conv_case(scheme, rng, geometry((3, 9), (3, 3)), (1, 4, 5), input_zero_point=7, **FIELDS),
        depthwise_case(scheme, rng, geometry((3, 9), (3, 3)), (4, 1), input_zero_point=7, **FIELDS),
        fully_connected_case(scheme, rng, (2, 43, 9), input_zero_point=7, **FIELDS),
    ):
        few = rng.integers(-500, 500, len(case.params.shift)).astype(np.int32)
        params = replace(case.params, shift=np.full_like(case.params.shift, shift))
        check(c_kernels, replace(case, params=params, constants=(case.constants[0], few)))


@pytest.mark.parametrize("scheme", ["a8wt", "a8w1"])
def test_a_bias_that_the_quick_form_has_no_room_for(c_kernels: CKernels, scheme: str) -> None:
    case = conv_case(
        scheme, np.random.default_rng(6), geometry((2, 9), (1, 1)), (1, 9, 4), input_zero_point=0, **FIELDS
    )
    for bias in (2**30, 2**30 - 9 * 2**14, -(2**30), 9 * 2**14 - 2**30, 0):
        constants = (case.constants[0], np.array([bias, bias + 1, bias - 1, 0], np.int32))
        check(c_kernels, replace(case, constants=constants))
