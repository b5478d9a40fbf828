"""All other kernels in C give the integers of the NumPy reference, too."""

from dataclasses import replace

import numpy as np
import pytest
from c_kernels import CKernels
from hypothesis import given
from hypothesis import strategies as st
from kernel_cases import INT8, SMALL, Case, check, examples, generators, geometries, int8_array, ranges

from tinyq.core.params import (
    AddDims,
    AddParams,
    AffineParams,
    ConcatenationParams,
    CountDims,
    Dims,
    FullyConnectedDims,
    FullyConnectedParams,
    MeanParams,
    PadParams,
    PoolParams,
    RequantizeParams,
    RowsDims,
    SoftmaxParams,
    UnaryDims,
)
from tinyq.core.requantize import multiply_by_quantized_multiplier, quantize_multiplier

SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), SMALL)
REAL_SCALES = st.floats(1e-6, 0.9999)


@given(rng=generators(), sizes=st.integers(1, 64), zero_point=INT8, fields=ranges())
@examples
def test_any_accumulator_is_rounded_as_the_reference_does(c_kernels, rng, sizes, zero_point, fields) -> None:
    """A dense layer of zero weights: the bias is the accumulator, over the whole of int32."""
    extremes = np.array([-(2**31), 2**31 - 1, -1, 0, 1, 2**30, -(2**30)], np.int64)
    random = rng.integers(-(2**31), 2**31, sizes) >> rng.integers(0, 31, sizes)
    bias = np.where(rng.random(sizes) < 0.2, rng.choice(extremes, sizes), random).astype(np.int32)
    multiplier = np.where(rng.random(sizes) < 0.3, 1 << 30, rng.integers(0, 2**31, sizes)).astype(np.int32)
    shift = rng.integers(-31, 31, sizes).astype(np.int8)
    fits = np.abs(bias.astype(np.int64)) << np.maximum(shift, 0) < 2**31
    shift = np.where(fits, shift, 0).astype(np.int8)
    params = FullyConnectedParams(
        3, zero_point, fields["activation_min"], fields["activation_max"], multiplier, shift, None
    )
    weights = np.zeros((sizes, 1), np.int8)
    case = Case(
        "fully_connected_a8w8",
        params,
        FullyConnectedDims(1, 1, sizes),
        (np.array([[5]], np.int8),),
        (weights, bias),
    )
    got = check(c_kernels, case)
    scaled = multiply_by_quantized_multiplier(bias, multiplier.astype(np.int64), shift) + zero_point
    wanted = np.clip(scaled, fields["activation_min"], fields["activation_max"])
    np.testing.assert_array_equal(got.reshape(-1), wanted)


@given(
    rng=generators(),
    shape=SHAPES,
    broadcast=st.tuples(*[st.sampled_from(["none", "first", "second"])] * 4),
    zero_points=st.tuples(INT8, INT8, INT8),
    scales=st.tuples(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(1e-7, 1e-5)),
    fields=ranges(),
)
@examples
def test_add_equals_the_reference(c_kernels, rng, shape, broadcast, zero_points, scales, fields) -> None:
    first = tuple(1 if b == "first" else size for b, size in zip(broadcast, shape, strict=True))
    second = tuple(1 if b == "second" else size for b, size in zip(broadcast, shape, strict=True))
    scaling = [quantize_multiplier(scale) for scale in scales]
    params = AddParams(
        zero_points[0], *scaling[0], zero_points[1], *scaling[1], zero_points[2], *scaling[2], 20, **fields
    )
    dims = AddDims(Dims(*first), Dims(*second), Dims(*shape))
    check(c_kernels, Case("add_a8", params, dims, (int8_array(rng, first), int8_array(rng, second))))


@pytest.mark.parametrize("kernel", ["average_pool_2d_a8", "max_pool_2d_a8"])
@given(rng=generators(), walk=geometries(dilated=False), channels=SMALL, fields=ranges())
@examples
def test_pooling_equals_the_reference(c_kernels, kernel, rng, walk, channels, fields) -> None:
    params = PoolParams(*walk["taps"], **walk["walk"], **fields)
    dims = UnaryDims(Dims(walk["n"], *walk["input"], channels), Dims(walk["n"], *walk["output"], channels))
    check(c_kernels, Case(kernel, params, dims, (int8_array(rng, dims.input.shape),)))


@given(
    rng=generators(),
    shape=SHAPES,
    kept=st.tuples(*[st.booleans()] * 4),
    zero_points=st.tuples(INT8, INT8),
    scale=st.floats(1e-4, 10),
)
@examples
def test_mean_equals_the_reference(c_kernels, rng, shape, kept, zero_points, scale) -> None:
    output = tuple(size if keep else 1 for size, keep in zip(shape, kept, strict=True))
    count = int(np.prod(shape)) // int(np.prod(output))
    params = MeanParams(*zero_points, *quantize_multiplier(scale / count))
    dims = UnaryDims(Dims(*shape), Dims(*output))
    check(c_kernels, Case("mean_a8", params, dims, (int8_array(rng, shape),)))


@given(
    rng=generators(),
    shape=SHAPES,
    before=st.tuples(*[st.integers(0, 3)] * 4),
    behind=st.tuples(*[st.integers(0, 3)] * 4),
    value=INT8,
)
@examples
def test_pad_equals_the_reference(c_kernels, rng, shape, before, behind, value) -> None:
    output = tuple(sum(sizes) for sizes in zip(shape, before, behind, strict=True))
    dims = UnaryDims(Dims(*shape), Dims(*output))
    case = Case("pad_a8", PadParams(Dims(*before), value), dims, (int8_array(rng, shape),))
    check(c_kernels, case)


def softmax_params(scale_times_beta: float) -> SoftmaxParams:
    """As TFLite prepares them: Q5.26 of the difference to the maximum."""
    multiplier, left_shift = quantize_multiplier(min(scale_times_beta * 2**26, 2**31 - 1))
    return SoftmaxParams(multiplier, left_shift, -((31 << 26) >> left_shift))


@given(
    rng=generators(),
    rows=st.integers(1, 4),
    depth=st.integers(1, 24) | st.sampled_from([255, 511]),
    scale=st.floats(1e-4, 4),
    diff_min=st.integers(-255, 0),
)
@examples
def test_softmax_equals_the_reference(c_kernels, rng, rows, depth, scale, diff_min) -> None:
    x = rng.integers(-20, 20, (rows, depth), np.int8) if diff_min > -40 else int8_array(rng, (rows, depth))
    params = softmax_params(scale)
    params = replace(params, diff_min=max(params.diff_min, diff_min))
    check(c_kernels, Case("softmax_a8", params, RowsDims(rows, depth), (x,)))


@pytest.mark.parametrize("scale", [0.004, 0.02, 1 / 16, 0.1, 0.5, 1.5])
def test_softmax_of_every_difference_equals_the_reference(c_kernels: CKernels, scale) -> None:
    low, high = np.meshgrid(np.arange(-128, 128), np.arange(-128, 128))
    pairs = np.stack([low, high], axis=-1).reshape(-1, 2).astype(np.int8)
    check(c_kernels, Case("softmax_a8", softmax_params(scale), RowsDims(len(pairs), 2), (pairs,)))


@pytest.mark.parametrize("value", [-128, 0, 127])
@pytest.mark.parametrize("depth", [1, 2, 3, 256, 511])
def test_softmax_of_equal_elements_shares_evenly(c_kernels: CKernels, depth, value) -> None:
    row = np.full((1, depth), value, np.int8)
    got = check(c_kernels, Case("softmax_a8", softmax_params(0.1), RowsDims(1, depth), (row,)))
    assert set(got.reshape(-1)) == {min(round(256 / depth) - 128, 127)}


@given(
    rng=generators(),
    count=st.integers(1, 50),
    zero_points=st.tuples(INT8, INT8),
    scale=st.floats(1e-8, 1e5),
    fields=ranges(),
)
@examples
def test_requantize_equals_the_reference(c_kernels, rng, count, zero_points, scale, fields) -> None:
    params = RequantizeParams(*zero_points, *quantize_multiplier(scale), **fields)
    check(c_kernels, Case("requantize_a8", params, CountDims(count), (int8_array(rng, count),)))


@given(rng=generators(), count=st.integers(1, 50), scale=st.floats(2**-20, 2**20, width=32), zero_point=INT8)
@examples
def test_quantize_equals_the_reference(c_kernels, rng, count, scale, zero_point) -> None:
    steps = rng.integers(-300, 300, count) + rng.choice([0, 0.5, -0.5, 0.25], count)
    values = (steps * np.float32(scale)).astype(np.float32)
    check(c_kernels, Case("quantize_f32_a8", AffineParams(scale, zero_point), CountDims(count), (values,)))


def test_quantize_of_what_is_no_number_or_far_out(c_kernels: CKernels) -> None:
    below_half = np.nextafter(np.float32(0.5), np.float32(0))
    values = np.array(
        [np.nan, np.inf, -np.inf, 3e38, -3e38, below_half, -below_half, -0.0, 1e-45], np.float32
    )
    for scale, zero_point in ((1.0, 0), (1e-30, 127), (1.0, -128)):
        case = Case("quantize_f32_a8", AffineParams(scale, zero_point), CountDims(values.size), (values,))
        got = check(c_kernels, case)
        assert got[:3].tolist() == [-128, 127, -128]


@given(rng=generators(), scale=st.floats(2**-20, 2**20, width=32), zero_point=INT8)
@examples
def test_dequantize_equals_the_reference(c_kernels, rng, scale, zero_point) -> None:
    values = np.arange(-128, 128, dtype=np.int8)
    case = Case("dequantize_a8_f32", AffineParams(scale, zero_point), CountDims(256), (values,))
    exact = np.float64(np.float32(scale)) * (values.astype(np.int64) - zero_point)
    np.testing.assert_array_equal(check(c_kernels, case), exact.astype(np.float32))


@given(rng=generators(), rows=st.integers(1, 5), sizes=st.lists(st.integers(1, 7), min_size=1, max_size=5))
@examples
def test_concatenation_equals_the_reference(c_kernels, rng, rows, sizes) -> None:
    inputs = tuple(int8_array(rng, (rows, size)) for size in sizes)
    params = ConcatenationParams(len(sizes), np.array(sizes, np.int32))
    check(c_kernels, Case("concatenation_a8", params, RowsDims(rows, sum(sizes)), inputs))
