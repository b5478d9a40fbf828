"""NumPy, C and Larq Compute Engine's own interpreter give the same bits."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from c_kernels import CKernels
from lce_cases import affine, bconv_2d, packed_input, run_lce, signs, single
from tools_required import need

from tinyq.core.packed_activations import words_of
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph, Tensor

need("python:larq_compute_engine")

QUICK, ALL = 60, 500
FAST_KERNELS = ({}, {"use_indirect_bgemm": True})


def kernels_that_run(graph: Graph) -> list[dict[str, bool]]:
    """Those of LCE's three kernels that run an LceBconv2d, and define its bits."""
    options = graph.operators[0].options
    grouped = graph.tensors[1].shape[3] != words_of(options["channels_in"])
    fast = list(FAST_KERNELS[1:] if grouped else FAST_KERNELS)
    if options["padding"] == "VALID" or options["pad_values"]:
        return [*fast, {"use_reference_bconv": True}]
    real = graph.tensors[-1].dtype == "float32" and options["fused_activation_function"] == "NONE"
    # Padding with zeros: the reference kernel counts it, the fast ones take it off in float32 at the end.
    return fast if real else [{"use_reference_bconv": True}]


def compare(c_kernels: CKernels, seed: int) -> tuple[str, int]:
    """Compare one random LceBconv2d; returns (output type, kernels of LCE compared)."""
    rng = np.random.default_rng(seed)
    graph = bconv_2d(rng)
    x = packed_input(rng, graph)
    interpreter = Interpreter(graph)
    (step,) = interpreter.steps
    (y,) = interpreter.run(x)
    in_c = c_kernels(step.kernel, step.params, step.dims, [x], step.constants, y.shape, y.dtype)
    assert in_c.tobytes() == y.tobytes(), f"C, seed {seed}: {step.params} {step.dims}"
    kernels = kernels_that_run(graph)
    for kernel in kernels:
        (lce,) = run_lce(graph, [x], **kernel)
        assert lce.tobytes() == y.tobytes(), f"LCE {kernel}, seed {seed}: {step.params} {step.dims}"
    return str(y.dtype), len(kernels)


@pytest.mark.parametrize("seed", range(QUICK))
def test_a_random_lce_bconv_2d_has_the_bits_of_lce(c_kernels: CKernels, seed: int) -> None:
    compare(c_kernels, seed)


@pytest.mark.slow
def test_500_random_lce_bconv_2d_have_the_bits_of_lce(c_kernels: CKernels, capsys) -> None:
    done = [compare(c_kernels, seed) for seed in range(1000, 1000 + ALL)]
    types = {dtype: sum(found == dtype for found, _ in done) for dtype in ("float32", "int8", "int32")}
    assert sum(types.values()) == ALL and min(types.values()) > ALL // 5
    with capsys.disabled():
        sys.stdout.write(f"\n{ALL} LceBconv2d equal LCE in {sum(n for _, n in done)} runs: {types}\n")


def test_small_images_padded_with_zeros_equal_lces_reference_kernel(c_kernels: CKernels) -> None:
    """LCE's fast kernels are wrong where a filter reaches beside both ends of an axis; ours is not."""
    rng = np.random.default_rng(0)
    options = {"channels_in": 40, "dilation_height_factor": 1, "dilation_width_factor": 1}
    options |= {"fused_activation_function": "NONE", "pad_values": 0, "padding": "SAME"}
    filters = signs(rng, 8, 3, 3, 40)
    multiplier, bias = rng.normal(size=(2, 8)).astype(np.float32)
    tensors = [
        Tensor("x", (1, 2, 2, 2), "int32"),
        *(
            Tensor(n, a.shape, a.dtype.name, None, a)
            for n, a in zip("wmb", (filters, multiplier, bias), strict=True)
        ),
        Tensor("y", (1, 2, 2, 8), "float32"),
    ]
    graph = single(
        "LceBconv2d", tensors, (0, 1, 2, 3, -1), {**options, "stride_height": 1, "stride_width": 1}
    )
    x = signs(rng, 1, 2, 2, 40)
    (y,) = Interpreter(graph).run(x)
    (exact,) = run_lce(graph, [x], use_reference_bconv=True)
    # Zeros taken off at the end: a rounding of a number up to 360 * multiplier, three times.
    np.testing.assert_allclose(y, exact, rtol=0, atol=3 * 360 * np.abs(multiplier).max() * 2**-24)
    assert np.abs(run_lce(graph, [x])[0] - exact).max() > 1


@pytest.mark.parametrize("channels", [1, 31, 32, 33, 100])
@pytest.mark.parametrize("dtype", ["float32", "int8", "bool"])
def test_lce_quantize_and_dequantize_have_the_bits_of_lce(dtype: str, channels: int) -> None:
    rng = np.random.default_rng(channels)
    scale = affine(0.3, -7) if dtype == "int8" else None
    real = Tensor("x", (1, 3, 2, channels), dtype, scale)
    packed = Tensor("y", (1, 3, 2, words_of(channels)), "int32")
    x = rng.integers(-128, 128, real.shape).astype({"float32": "f4", "int8": "i1", "bool": "?"}[dtype])
    if dtype == "float32":
        x[rng.random(x.shape) < 0.3] = -0.0
    graph = single("LceQuantize", [real, packed], (0,), {})
    (y,) = Interpreter(graph).run(x)
    assert y.tobytes() == run_lce(graph, [x])[0].tobytes()
    graph = single("LceDequantize", [packed, real], (0,), {})
    assert Interpreter(graph).run(y)[0].tobytes() == run_lce(graph, [y])[0].tobytes()


@pytest.mark.parametrize(
    ("scale", "zero_point"), [(1.0, 0), (2.0, 3), (2.1, 3), (0.001, 0), (0.01, 100), (0.4, -128)]
)
def test_lce_dequantize_to_int8_saturates_as_lce_does(scale: float, zero_point: int) -> None:
    packed = Tensor("x", (2, 1), "int32")
    graph = single(
        "LceDequantize", [packed, Tensor("y", (2, 9), "int8", affine(scale, zero_point))], (0,), {}
    )
    x = signs(np.random.default_rng(1), 2, 9)
    assert Interpreter(graph).run(x)[0].tobytes() == run_lce(graph, [x])[0].tobytes()


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("filter_size", "stride"), [((2, 2), (2, 2)), ((3, 2), (1, 3)), ((5, 5), (2, 1))])
def test_lce_max_pool_2d_has_the_bits_of_lce(padding: str, filter_size, stride) -> None:
    rng = np.random.default_rng(2)
    sizes = zip((7, 6), filter_size, stride, strict=True)
    out = [-(-size // s) if padding == "SAME" else (size - f) // s + 1 for size, f, s in sizes]
    options = {"padding": padding, "stride_height": stride[0], "stride_width": stride[1]}
    options |= {"filter_height": filter_size[0], "filter_width": filter_size[1]}
    tensors = [Tensor("x", (2, 7, 6, 2), "int32"), Tensor("y", (2, *out, 2), "int32")]
    graph = single("LceBMaxPool2d", tensors, (0,), options)
    x = signs(rng, 2, 7, 6, 40)
    assert Interpreter(graph).run(x)[0].tobytes() == run_lce(graph, [x])[0].tobytes()
