"""The kernels on packed activations in C give the integers of the NumPy reference."""

import numpy as np
import pytest
from bits_cases import MAKERS, case
from c_kernels import CKernels
from hypothesis import given
from hypothesis import strategies as st
from kernel_cases import Case, check, examples
from line_cases import CODES, FEW_CHANNELS, LINES, line_cases

from tinyq.core.packed_activations import codes_of, largest_accumulator, pack_codes
from tinyq.core.params import ConvDims, Dims, FullyConnectedDims
from tinyq.core.params_bits import BitsOutput, ConvBitsParams, FullyConnectedBitsParams


@pytest.mark.parametrize("kernel", MAKERS)
@given(seed=st.integers(0, 2**32 - 1))
@examples
def test_every_variant_equals_the_reference(c_kernels: CKernels, kernel: str, seed: int) -> None:
    check(c_kernels, case(kernel, np.random.default_rng(seed)))


@pytest.mark.parametrize("taps", [(1, 254), (1, 255), (1, 256), (20, 26)])
@pytest.mark.parametrize(("x_levels", "w_levels"), [(2, 2), (3, 3), (4, 3), (3, 256)])
@pytest.mark.parametrize("multiplier", [1, 3])
def test_long_depthwise_windows(c_kernels: CKernels, taps, x_levels: int, w_levels: int, multiplier) -> None:
    """All products of one sign: as many as the counters of a word hold, and more."""
    c_in, c_out = 35, 35 * multiplier
    image, weights = np.full((1, *taps, c_in), codes_of(x_levels)[-1]), np.empty((1, *taps, c_out), np.int64)
    weights[:] = np.where(np.arange(c_out) % 2, codes_of(w_levels)[-1], codes_of(w_levels)[0])
    scale = np.ones(c_out, np.float32)
    output = BitsOutput(scale=scale, real_min=-3e38, real_max=3e38)
    params = ConvBitsParams(1, 1, 1, 1, 0, 0, codes_of(x_levels)[0], x_levels, w_levels, output)
    dims = ConvDims(Dims(*image.shape), Dims(*weights.shape), Dims(1, 1, 1, c_out))
    packed = (pack_codes(image, x_levels),), (pack_codes(weights, w_levels), None)
    got = check(c_kernels, Case("depthwise_conv_2d_bits_f32", params, dims, *packed))
    largest = largest_accumulator(taps[0] * taps[1], x_levels, w_levels)
    np.testing.assert_array_equal(got[0, 0, 0], np.where(np.arange(c_out) % 2, largest, -largest))


@pytest.mark.parametrize("kernel", [name for name in MAKERS if name.startswith("depthwise")])
@pytest.mark.parametrize("codes", CODES, ids=str)
@pytest.mark.parametrize("name", LINES)
def test_depthwise_filters_of_one_row_or_column(c_kernels: CKernels, kernel: str, codes, name: str) -> None:
    for one in line_cases(kernel, name, codes):
        check(c_kernels, one)


@pytest.mark.parametrize("kernel", [name for name in MAKERS if name.startswith("conv")])
@pytest.mark.parametrize("codes", CODES, ids=str)
@pytest.mark.parametrize("name", FEW_CHANNELS)
def test_convolutions_of_few_channels(c_kernels: CKernels, kernel: str, codes, name: str) -> None:
    for one in line_cases(kernel, name, codes):
        check(c_kernels, one)


@pytest.mark.parametrize("x_levels", [2, 3, 4, 8, 16, 256])
@pytest.mark.parametrize("w_levels", [2, 3, 4, 8, 16, 256])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_sums_of_long_rows(c_kernels: CKernels, x_levels: int, w_levels: int, sign: int) -> None:
    """1000 largest products of one sign, against the thresholds on both sides of the sum."""
    c_in, c_out = 1000, 3
    largest = largest_accumulator(c_in, x_levels, w_levels)
    thresholds = np.array([[sign * largest - 1], [sign * largest], [-largest - 1]], np.int32)
    params = FullyConnectedBitsParams(x_levels, w_levels, BitsOutput(2, thresholds, None))
    x = np.full((1, c_in), codes_of(x_levels)[-1])
    w = np.full((c_out, c_in), codes_of(w_levels)[-1 if sign == 1 else 0])
    rows, weights = pack_codes(x, x_levels), pack_codes(w, w_levels)
    one = Case("fully_connected_bits", params, FullyConnectedDims(1, c_in, c_out), (rows,), (weights,))
    np.testing.assert_array_equal(check(c_kernels, one), pack_codes([[1, -1, 1]], 2))
