"""The variants for x86-64 on layers of real widths, with each set of instructions that the computer has."""

import ctypes
import math
import platform
from pathlib import Path

import numpy as np
import pytest
from bits_cases import MAKERS, conv_case
from c_kernels import CKernels, memory
from kernel_cases import Case, int8_array
from kernel_cases import conv_case as int8_case
from lce_cases import bconv_2d, packed_input

from tinyq.core.params import RowsDims
from tinyq.core.params_bits import QuantizeA8BitsParams
from tinyq.core.params_lce import LceQuantizeParams
from tinyq.core.variants import Variant, variants_of
from tinyq.graph.lowering import lower

BASE, AVX2, AVX512 = range(3)
LEVELS = {"base": BASE, "avx2": AVX2, "avx512": AVX512}
SCHEMES = ("a8w8", "a8wt", "a8w1", "a8w2", "a8w3", "a8w4")

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the variants call _opt elsewhere")


@pytest.fixture(params=list(LEVELS))
def instructions(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """TINYQ_X86, which C's getenv sees."""
    monkeypatch.setenv("TINYQ_X86", request.param)
    return str(request.param)


def x86_and_common(kernel: str) -> tuple[Variant, Variant]:
    """The variant, and the one that every core runs."""
    by_suffix = {variant.suffix: variant for variant in variants_of(kernel)}
    return by_suffix["x86"], by_suffix.get("opt", by_suffix["ref"])


def compare(c_kernels: CKernels, case: Case, shape, dtype) -> None:
    mine, common = x86_and_common(case.kernel)
    call = (case.params, case.dims, case.inputs, case.constants, shape, dtype)
    np.testing.assert_array_equal(c_kernels(mine, *call), c_kernels(common, *call), err_msg=repr(case))


def compare_keeping(c_kernels: CKernels, case: Case, shape, dtype) -> None:
    """Three inputs in turns, of which the first call lays the weights out for the others."""
    library, size = c_kernels.library, math.prod(shape)
    x86, common = x86_and_common(case.kernel)
    with memory() as blocks:
        params, dims = blocks.struct(case.params), blocks.struct(case.dims)
        weights = [ctypes.c_void_p(None if a is None else blocks.copy(a)) for a in case.constants]
        scratch = ctypes.c_void_p(blocks.new(c_kernels.scratch_bytes(x86, case.dims), 4))
        if "a8w" not in case.kernel:
            levels = 2 if "lce" in case.kernel else case.params.w_levels
            bytes_kept = int(library.tq_x86_kept_bits(ctypes.byref(dims), levels))
        else:
            bytes_kept = int(library.tq_x86_kept_int8(ctypes.byref(dims)))
        kept = ctypes.c_void_p(blocks.copy(np.zeros(bytes_kept // 4, np.int32)))
        for shift in range(3):
            x = np.roll(case.inputs[0], shift, axis=1)
            y = blocks.new(size * np.dtype(dtype).itemsize, np.dtype(dtype).itemsize)
            pointers = [ctypes.c_void_p(blocks.copy(x)), *weights, ctypes.c_void_p(y), scratch, kept]
            library[f"{x86.symbol}_keeping"](ctypes.byref(params), ctypes.byref(dims), *pointers)
            call = (case.params, case.dims, (x,), case.constants, shape, dtype)
            np.testing.assert_array_equal(
                blocks.read(y, size, dtype).reshape(shape), c_kernels(common, *call), err_msg=repr(case)
            )


def test_the_environment_rules_instructions_out(c_kernels: CKernels, instructions: str, monkeypatch) -> None:
    assert c_kernels.library.tq_x86_level() <= LEVELS[instructions]
    monkeypatch.delenv("TINYQ_X86")
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text() if cpuinfo.is_file() else ""
    if "avx512_vpopcntdq" in flags and "avx512_vnni" in flags and "avx512vbmi" in flags:
        assert c_kernels.library.tq_x86_level() == AVX512


@pytest.mark.parametrize("kernel", [name for name in MAKERS if name.startswith("conv_2d_bits")])
@pytest.mark.parametrize("seed", range(8))
def test_convolutions_of_packed_codes(c_kernels: CKernels, instructions: str, kernel: str, seed: int) -> None:
    made = conv_case(kernel, np.random.default_rng(seed), most=300)
    out = made.dims.output
    levels = made.params.output.levels
    planes = 2 if levels == 3 else (levels - 1).bit_length()
    last = {"": planes * -(-out.c // 32)}.get(kernel.removeprefix("conv_2d_bits"), out.c)
    dtype = {"": np.int32, "_a8": np.int8, "_f32": np.float32}[kernel.removeprefix("conv_2d_bits")]
    case = Case(made.kernel, made.params, made.dims, made.inputs, made.constants)
    compare(c_kernels, case, (out.n, out.h, out.w, last), dtype)
    if dtype != np.float32:
        compare_keeping(c_kernels, case, (out.n, out.h, out.w, last), dtype)


@pytest.mark.parametrize("seed", range(24))
def test_lce_convolutions(c_kernels: CKernels, instructions: str, seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    graph = bconv_2d(rng)
    (step,) = lower(graph)
    made = graph.tensors[step.output]
    case = Case(step.kernel, step.params, step.dims, (packed_input(rng, graph),), step.constants)
    compare(c_kernels, case, made.shape, np.dtype(made.dtype))
    compare_keeping(c_kernels, case, made.shape, np.dtype(made.dtype))


GEOMETRIES = (
    # input, taps, output, strides, dilations, padding
    ((9, 7), (3, 3), (9, 7), (1, 1), (1, 1), (1, 1)),
    ((9, 8), (3, 3), (5, 4), (2, 2), (1, 1), (1, 0)),
    ((6, 5), (1, 1), (6, 5), (1, 1), (1, 1), (0, 0)),
    ((7, 9), (2, 3), (7, 9), (1, 1), (2, 3), (1, 3)),
    ((5, 6), (3, 2), (5, 6), (1, 1), (4, 9), (4, 4)),  # more padding than there is room for
)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
@pytest.mark.parametrize("channels", [(1, 64, 64), (1, 3, 33), (2, 37, 40), (1, 130, 31)], ids=str)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_convolutions_of_int8(c_kernels: CKernels, instructions: str, scheme, channels, geometry) -> None:
    size, taps, output, strides, dilations, padding = geometry
    named = {
        "n": 2,
        "taps": taps,
        "input": size,
        "output": output,
        "walk": dict(zip(("stride_h", "stride_w", "pad_top", "pad_left"), (*strides, *padding), strict=True)),
        "dilation": dict(zip(("dilation_h", "dilation_w"), dilations, strict=True)),
    }
    rng = np.random.default_rng(SCHEMES.index(scheme) + 7 * channels[1])
    points = {"input_zero_point": 127, "output_zero_point": -17, "activation_min": -100, "activation_max": 99}
    case = int8_case(scheme, rng, named, channels, **points)
    out = case.dims.output
    compare(c_kernels, case, (out.n, out.h, out.w, out.c), np.int8)
    if scheme in ("a8wt", "a8w1"):
        compare_keeping(c_kernels, case, (out.n, out.h, out.w, out.c), np.int8)


@pytest.mark.parametrize("depth", [32, 64, 96, 50])
@pytest.mark.parametrize("levels", [2, 3, 4])
@pytest.mark.parametrize("per_channel", [0, 1])
@pytest.mark.parametrize("flips", [False, True])
def test_quantization(c_kernels: CKernels, instructions: str, depth, levels, per_channel, flips) -> None:
    rng = np.random.default_rng(depth + levels)
    thresholds = np.sort(rng.integers(-129, 128, (depth, levels - 1) if per_channel else (levels - 1,)))
    flip = rng.integers(0, 2, depth).astype(np.int8) if flips else None
    params = QuantizeA8BitsParams(levels, per_channel, thresholds.astype(np.int32), flip)
    planes = 2 if levels > 2 else 1
    case = Case("quantize_a8_bits", params, RowsDims(5, depth), (int8_array(rng, (5, depth)),))
    compare(c_kernels, case, (5, planes * -(-depth // 32)), np.int32)


@pytest.mark.parametrize("depth", [1, 32, 70])
def test_signs_of_reals_and_of_int8(c_kernels: CKernels, instructions: str, depth: int) -> None:
    rng = np.random.default_rng(depth)
    real = np.where(rng.random((4, depth)) < 0.2, np.nan, rng.normal(size=(4, depth))).astype(np.float32)
    for source, zero, x in (("f32", 0, real), ("a8", -128, int8_array(rng, (4, depth)))):
        case = Case(f"lce_quantize_{source}_a1", LceQuantizeParams(zero), RowsDims(4, depth), (x,))
        compare(c_kernels, case, (4, -(-depth // 32)), np.int32)
