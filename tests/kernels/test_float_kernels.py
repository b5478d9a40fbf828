"""The float32 kernels in C against their NumPy references: the same bits, for they add in the same order."""

from typing import Any

import numpy as np
from c_kernels import CKernels
from hypothesis import given
from hypothesis import strategies as st
from kernel_cases import Case, check, examples, generators, geometries

from tinyq.core.params import (
    AddDims,
    ConcatenationParams,
    ConvDims,
    CountDims,
    Dims,
    FullyConnectedDims,
    RowsDims,
    UnaryDims,
)
from tinyq.core.params_float import (
    ConvF32Params,
    MeanF32Params,
    PadF32Params,
    PoolF32Params,
    RangeF32Params,
    SoftmaxF32Params,
)
from tinyq.core.variants import best_variant

MOST = float(np.finfo(np.float32).max)
RANGES = st.sampled_from([(-MOST, MOST), (0.0, MOST), (0.0, 6.0), (-1.0, 1.0)])
SMALL = st.integers(1, 6)


def real(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers of very different sizes, so that the order of sums shows; some zeros of either sign."""
    values = rng.normal(size=shape) * 10.0 ** rng.integers(-3, 3, shape)
    values[rng.random(shape) < 0.1] = -0.0
    return values.astype(np.float32)


def same_bits(c_kernels: CKernels, case: Case) -> np.ndarray:
    """`check`, and that zeros have the same sign."""
    wanted = check(c_kernels, case)
    call = (case.params, case.dims, case.inputs, case.constants, wanted.shape, wanted.dtype)
    assert c_kernels(best_variant(case.kernel), *call).tobytes() == wanted.tobytes(), case
    return wanted


def conv_fields(geometry: dict[str, Any], limits: tuple[float, float]) -> ConvF32Params:
    walk, dilation = geometry["walk"], geometry["dilation"]
    return ConvF32Params(**walk, **dilation, activation_min=limits[0], activation_max=limits[1])


@given(
    rng=generators(),
    geometry=geometries(),
    channels=st.tuples(st.integers(1, 3), SMALL, SMALL),
    limits=RANGES,
)
@examples
def test_conv_2d_has_the_references_bits(c_kernels, rng, geometry, channels, limits) -> None:
    groups, c_in, per_group = channels
    n, c_out = geometry["n"], groups * per_group
    dims = ConvDims(
        Dims(n, *geometry["input"], groups * c_in),
        Dims(c_out, *geometry["taps"], c_in),
        Dims(n, *geometry["output"], c_out),
    )
    constants = (real(rng, *dims.filter.shape), real(rng, c_out) if rng.random() < 0.7 else None)
    image = real(rng, *dims.input.shape)
    same_bits(c_kernels, Case("conv_2d_f32", conv_fields(geometry, limits), dims, (image,), constants))


@given(rng=generators(), geometry=geometries(), channels=st.tuples(SMALL, st.integers(1, 3)), limits=RANGES)
@examples
def test_depthwise_conv_2d_has_the_references_bits(c_kernels, rng, geometry, channels, limits) -> None:
    n, c_in, c_out = geometry["n"], channels[0], channels[0] * channels[1]
    dims = ConvDims(
        Dims(n, *geometry["input"], c_in),
        Dims(1, *geometry["taps"], c_out),
        Dims(n, *geometry["output"], c_out),
    )
    constants = (real(rng, *dims.filter.shape), real(rng, c_out) if rng.random() < 0.7 else None)
    image = real(rng, *dims.input.shape)
    params = conv_fields(geometry, limits)
    same_bits(c_kernels, Case("depthwise_conv_2d_f32", params, dims, (image,), constants))


@given(rng=generators(), sizes=st.tuples(SMALL, st.integers(1, 40), SMALL), limits=RANGES)
@examples
def test_fully_connected_has_the_references_bits(c_kernels, rng, sizes, limits) -> None:
    dims = FullyConnectedDims(*sizes)
    constants = (real(rng, dims.c_out, dims.c_in), real(rng, dims.c_out) if rng.random() < 0.7 else None)
    values = real(rng, dims.rows, dims.c_in)
    case = Case("fully_connected_f32", RangeF32Params(*limits), dims, (values,), constants)
    same_bits(c_kernels, case)


@given(
    rng=generators(),
    shape=st.tuples(*[st.integers(1, 4)] * 4),
    kept=st.tuples(*[st.booleans()] * 8),
    limits=RANGES,
)
@examples
def test_add_and_mul_have_the_references_bits(c_kernels, rng, shape, kept, limits) -> None:
    shapes = [[s if k else 1 for s, k in zip(shape, part, strict=True)] for part in (kept[:4], kept[4:])]
    out = [max(pair) for pair in zip(*shapes, strict=True)]
    dims = AddDims(Dims(*shapes[0]), Dims(*shapes[1]), Dims(*out))
    inputs = (real(rng, *shapes[0]), real(rng, *shapes[1]))
    for kernel in ("add_f32", "mul_f32"):
        same_bits(c_kernels, Case(kernel, RangeF32Params(*limits), dims, inputs))


@given(rng=generators(), geometry=geometries(dilated=False), c=SMALL, limits=RANGES)
@examples
def test_pools_have_the_references_bits(c_kernels, rng, geometry, c, limits) -> None:
    n = geometry["n"]
    dims = UnaryDims(Dims(n, *geometry["input"], c), Dims(n, *geometry["output"], c))
    walk = geometry["walk"]
    params = PoolF32Params(*geometry["taps"], **walk, activation_min=limits[0], activation_max=limits[1])
    image = real(rng, *dims.input.shape)
    for kernel in ("average_pool_2d_f32", "max_pool_2d_f32"):
        same_bits(c_kernels, Case(kernel, params, dims, (image,)))


@given(rng=generators(), shape=st.tuples(*[st.integers(1, 5)] * 4), kept=st.tuples(*[st.booleans()] * 4))
@examples
def test_mean_has_the_references_bits(c_kernels, rng, shape, kept) -> None:
    out = [s if k else 1 for s, k in zip(shape, kept, strict=True)]
    params = MeanF32Params(int(np.prod(shape)) // int(np.prod(out)))
    image = real(rng, *shape)
    got = same_bits(c_kernels, Case("mean_f32", params, UnaryDims(Dims(*shape), Dims(*out)), (image,)))
    axes = tuple(axis for axis in range(4) if out[axis] == 1)
    exact = image.astype(np.float64).mean(axis=axes, keepdims=True)
    np.testing.assert_allclose(got, exact, rtol=0, atol=1e-6 * np.abs(image).max() * params.count)


@given(rng=generators(), shape=st.tuples(*[SMALL] * 4), margins=st.tuples(*[st.integers(0, 2)] * 8))
@examples
def test_pad_has_the_references_bits(c_kernels, rng, shape, margins) -> None:
    out = [s + b + a for s, b, a in zip(shape, margins[:4], margins[4:], strict=True)]
    params = PadF32Params(Dims(*margins[:4]), 0.1)
    case = Case("pad_f32", params, UnaryDims(Dims(*shape), Dims(*out)), (real(rng, *shape),))
    assert (same_bits(c_kernels, case) == np.float32(0.1)).sum() >= np.prod(out) - np.prod(shape)


@given(rng=generators(), count=st.integers(1, 60), limits=RANGES)
@examples
def test_clamp_has_the_references_bits(c_kernels, rng, count, limits) -> None:
    same_bits(c_kernels, Case("clamp_f32", RangeF32Params(*limits), CountDims(count), (real(rng, count),)))


@given(rng=generators(), rows=SMALL, depth=st.integers(1, 50), beta=st.sampled_from([1.0, 0.3, 20.0]))
@examples
def test_softmax_has_the_references_bits_and_is_one(c_kernels, rng, rows, depth, beta) -> None:
    x = real(rng, rows, depth)
    got = same_bits(c_kernels, Case("softmax_f32", SoftmaxF32Params(beta), RowsDims(rows, depth), (x,)))
    powers = np.exp(beta * (x.astype(np.float64) - x.max(axis=1, keepdims=True)))
    # 1e-7 an operation; beta * x is rounded before the power makes an absolute error a relative one.
    limit = 1e-6 + 2e-7 * beta * np.abs(x).max()
    np.testing.assert_allclose(got, powers / powers.sum(axis=1, keepdims=True), rtol=limit, atol=1e-37)


def test_softmax_of_far_apart_numbers_is_one_and_zero(c_kernels: CKernels) -> None:
    x = np.array([[-3e38, 3e38, 0.0], [-87.0, 0.0, -88.0]], np.float32)
    got = same_bits(c_kernels, Case("softmax_f32", SoftmaxF32Params(1.0), RowsDims(2, 3), (x,)))
    assert got.tolist() == [[0, 1, 0], [0, 1, 0]]


@given(rng=generators(), rows=SMALL, sizes=st.lists(st.integers(1, 7), min_size=1, max_size=5))
@examples
def test_concatenation_has_the_references_bits(c_kernels, rng, rows, sizes) -> None:
    inputs = tuple(real(rng, rows, size) for size in sizes)
    params = ConcatenationParams(len(sizes), np.array(sizes, np.int32))
    same_bits(c_kernels, Case("concatenation_f32", params, RowsDims(rows, sum(sizes)), inputs))
