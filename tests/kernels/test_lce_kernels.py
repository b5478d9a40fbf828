"""Larq Compute Engine's operators in C against their NumPy references, bit for bit."""

import numpy as np
import pytest
from c_kernels import SANITIZED, CKernels
from hypothesis import given
from hypothesis import strategies as st
from kernel_cases import Case, check, examples, generators, geometries, int8_array
from lce_cases import bconv_2d, packed_input, signs

from tinyq.core.packed_activations import pack_codes, words_of
from tinyq.core.params import Dims, RowsDims, UnaryDims
from tinyq.core.params_lce import LceDequantizeParams, LceMaxPoolParams, LceQuantizeParams
from tinyq.graph.lowering import lower


@pytest.mark.parametrize("seed", range(30 if SANITIZED else 120))
def test_lce_bconv_2d_equals_the_reference(c_kernels: CKernels, seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = bconv_2d(rng)
    (step,) = lower(graph)
    check(c_kernels, Case(step.kernel, step.params, step.dims, (packed_input(rng, graph),), step.constants))


@given(rng=generators(), geometry=geometries(dilated=False), words=st.integers(1, 3))
@examples
def test_lce_max_pool_2d_equals_the_reference(c_kernels: CKernels, rng, geometry, words) -> None:
    n = geometry["n"]
    dims = UnaryDims(Dims(n, *geometry["input"], words), Dims(n, *geometry["output"], words))
    params = LceMaxPoolParams(*geometry["taps"], **geometry["walk"])
    image = signs(rng, *dims.input.shape[:3], 32 * words)
    check(c_kernels, Case("lce_max_pool_2d_a1", params, dims, (image,)))


SPECIAL = np.array([0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 1e-45, -1e-45, 1, -1], np.float32)


@given(rng=generators(), rows=st.integers(1, 4), depth=st.integers(1, 100), zero_point=st.integers(-128, 127))
@examples
def test_lce_quantize_equals_the_reference(c_kernels: CKernels, rng, rows, depth, zero_point) -> None:
    dims = RowsDims(rows, depth)
    for dtype, params, values in (
        ("f32", LceQuantizeParams(0), rng.choice(SPECIAL, (rows, depth))),
        ("a8", LceQuantizeParams(zero_point), int8_array(rng, (rows, depth))),
        ("bool", LceQuantizeParams(1), rng.random((rows, depth)) < 0.5),
    ):
        check(c_kernels, Case(f"lce_quantize_{dtype}_a1", params, dims, (values,)))


@given(rng=generators(), rows=st.integers(1, 4), depth=st.integers(1, 100))
@examples
def test_lce_dequantize_equals_the_reference(c_kernels: CKernels, rng, rows, depth) -> None:
    packed = signs(rng, rows, depth)
    for dtype, params in (
        ("f32", LceDequantizeParams(1, -1)),
        ("a8", LceDequantizeParams(127, -128)),
        ("bool", LceDequantizeParams(1, 0)),
    ):
        check(c_kernels, Case(f"lce_dequantize_a1_{dtype}", params, RowsDims(rows, depth), (packed,)))


def test_signs_survive_both_ways(c_kernels: CKernels) -> None:
    x = np.where(np.arange(2 * 70).reshape(2, 70) % 3, 1, -1).astype(np.float32)
    dims = RowsDims(2, 70)
    packed = c_kernels(
        "lce_quantize_f32_a1", LceQuantizeParams(0), dims, [x], [], (2, words_of(70)), np.int32
    )
    np.testing.assert_array_equal(packed, pack_codes(x.astype(np.int8), 2))
    back = c_kernels(
        "lce_dequantize_a1_f32", LceDequantizeParams(1, -1), dims, [packed], [], (2, 70), np.float32
    )
    np.testing.assert_array_equal(back, x)
