"""A part of an output, computed by itself, is that part of the whole: all variants of all kernels that walk.

A tile's input is either cut out of the whole, or the whole, of which the tile begins inside: padding below 0.
"""

from dataclasses import replace

import numpy as np
import pytest
from bits_cases import case as bits_case
from c_kernels import SANITIZED, CKernels
from int16_operators import int16_graph, int16_inputs
from kernel_cases import Case, conv_case, depthwise_case, int8_array
from lce_cases import bconv_2d, packed_input, signs
from test_float_kernels import conv_fields, real

from tinyq.core.kernels import KERNELS
from tinyq.core.params import ConvDims, Dims, PoolParams, UnaryDims
from tinyq.core.params_float import PoolF32Params
from tinyq.core.params_lce import LceMaxPoolParams
from tinyq.core.spec import SCHEMES
from tinyq.core.variants import FAMILIES, variants_of
from tinyq.emit.stripes import AXES, WINDOWS, window_of
from tinyq.graph.lowering import lower

CASES = 12 if SANITIZED else 40
Rng = np.random.Generator
FULL = {"activation_min": -128, "activation_max": 127}
REAL = (-3e38, 3e38)


def geometry(rng: Rng) -> dict:
    """A window over an image of one to three images, TFLite's SAME or VALID on both axes."""
    axes = []
    same = rng.random() < 0.6
    for _ in AXES:
        taps, stride = int(rng.integers(1, 6)), int(rng.integers(1, 4))
        dilation = int(rng.integers(1, 3))
        extent = (taps - 1) * dilation + 1
        size = int(rng.integers(1, 12)) + (0 if same else extent - 1)
        out = -(-size // stride) if same else (size - extent) // stride + 1
        pad = max((out - 1) * stride + extent - size, 0) // 2
        axes.append((size, taps, stride, dilation, out, pad))
    (h, kh, sh, dh, oh, top), (w, kw, sw, dw, ow, left) = axes
    return {
        "n": int(rng.integers(1, 3)), "taps": (kh, kw), "input": (h, w), "output": (oh, ow),
        "walk": {"stride_h": sh, "stride_w": sw, "pad_top": top, "pad_left": left},
        "dilation": {"dilation_h": dh, "dilation_w": dw},
    }  # fmt: skip


def undilated(rng: Rng) -> dict:
    while True:
        made = geometry(rng)
        if set(made["dilation"].values()) == {1}:
            return made


def conv(kernel: str, rng: Rng) -> Case:
    channels = (int(rng.integers(1, 3)), int(rng.integers(1, 6)), int(rng.integers(1, 6)))
    zero_points = {"input_zero_point": int(rng.integers(-128, 128)), "output_zero_point": 3}
    scheme = kernel.rpartition("_")[2]
    if kernel.startswith("conv"):
        return conv_case(scheme, rng, geometry(rng), channels, **zero_points, **FULL)
    return depthwise_case(scheme, rng, geometry(rng), channels[1:], **zero_points, **FULL)


def image_dims(made: dict, channels: int) -> UnaryDims:
    return UnaryDims(*(Dims(made["n"], *made[side], channels) for side in ("input", "output")))


def pool(kernel: str, rng: Rng) -> Case:
    made = undilated(rng)
    dims = image_dims(made, int(rng.integers(1, 9)))
    if kernel.endswith("f32"):
        params = PoolF32Params(*made["taps"], **made["walk"], activation_min=REAL[0], activation_max=REAL[1])
        return Case(kernel, params, dims, (real(rng, *dims.input.shape),))
    if kernel.startswith("lce"):
        image = signs(rng, *dims.input.shape[:3], 32 * dims.input.c)
        return Case(kernel, LceMaxPoolParams(*made["taps"], **made["walk"]), dims, (image,))
    params = PoolParams(*made["taps"], **made["walk"], **FULL)
    return Case(kernel, params, dims, (int8_array(rng, dims.input.shape).astype(kernel_dtype(kernel)),))


def kernel_dtype(kernel: str) -> type:
    return np.int16 if kernel.endswith("a16") else np.int8


def real_conv(kernel: str, rng: Rng) -> Case:
    made, c_in, c_out = geometry(rng), int(rng.integers(1, 5)), int(rng.integers(1, 5))
    depthwise = kernel.startswith("depthwise")
    c_out = c_in * c_out if depthwise else c_out
    filter_dims = Dims(1 if depthwise else c_out, *made["taps"], c_out if depthwise else c_in)
    image = image_dims(made, c_in)
    dims = ConvDims(image.input, filter_dims, replace(image.output, c=c_out))
    weights = real(rng, *dims.filter.shape)
    return Case(kernel, conv_fields(made, REAL), dims, (real(rng, *dims.input.shape),), (weights, None))


def lowered(kernel: str, rng: Rng) -> Case:
    """From a graph of one operator."""
    while True:
        if kernel.startswith("lce"):
            graph = bconv_2d(rng)
            inputs = [packed_input(rng, graph)]
        else:
            kind = "DEPTHWISE_CONV_2D" if kernel.startswith("depthwise") else "CONV_2D"
            graph = int16_graph(kind, rng)
            inputs = int16_inputs(graph, rng)
        (step,) = lower(graph)
        if step.kernel == kernel:
            return Case(kernel, step.params, step.dims, tuple(inputs), step.constants)


def made_case(kernel: str, rng: Rng) -> Case:
    if "bits" in kernel:
        return bits_case(kernel, rng)
    if "pool" in kernel:
        return pool(kernel, rng)
    if kernel.endswith("f32") and "bconv" not in kernel:
        return real_conv(kernel, rng)
    return conv(kernel, rng) if kernel.rpartition("_")[2] in SCHEMES else lowered(kernel, rng)


def cut(array: np.ndarray, axis: str, start: int, end: int) -> np.ndarray:
    return np.ascontiguousarray(array[:, start:end] if axis == "h" else array[:, :, start:end])


def sized(case: Case, axis: str, pad: int, size_in: int, size_out: int, image: np.ndarray) -> Case:
    dims = replace(
        case.dims,
        input=replace(case.dims.input, **{axis: size_in}),
        output=replace(case.dims.output, **{axis: size_out}),
    )
    params = replace(case.params, **{"pad_top" if axis == "h" else "pad_left": pad})
    return replace(case, params=params, dims=dims, inputs=(image,))


def tiles_of(case: Case, axis: str, begin: int, end: int) -> list[Case]:
    """The calls that compute outputs begin .. end - 1: of the whole input, and of what they read of it."""
    window, size = window_of(case, axis), getattr(case.dims.input, axis)
    pad = window.pad - begin * window.stride
    start = min(window.first(begin, size), size - 1)
    stop = max(window.end(end, size), start + 1)
    (image,) = case.inputs
    part = cut(image, axis, start, stop)
    return [
        sized(case, axis, pad, size, end - begin, image),
        sized(case, axis, pad + start, stop - start, end - begin, part),
    ]


def run(c_kernels: CKernels, variant, case: Case, shape, dtype) -> np.ndarray:
    return c_kernels(variant, case.params, case.dims, case.inputs, case.constants, shape, dtype)


WALKING = [name for name in KERNELS if name.startswith(WINDOWS)]
CALLS = [variant for name in WALKING for variant in variants_of(name)]


@pytest.mark.parametrize("variant", CALLS, ids=lambda variant: variant.symbol)
def test_a_tile_is_that_part_of_the_whole(c_kernels: CKernels, variant) -> None:
    inside = 0
    for seed in range(CASES):
        rng = np.random.default_rng(seed)
        case = made_case(variant.kernel, rng)
        whole = KERNELS[case.kernel].reference(case.params, case.dims, *case.inputs, *case.constants)
        for axis in AXES:
            size = getattr(case.dims.output, axis)
            begin = int(rng.integers(0, size))
            end = int(rng.integers(begin + 1, size + 1))
            wanted = cut(whole.reshape(*case.dims.output.shape[:3], -1), axis, begin, end)
            for tile in tiles_of(case, axis, begin, end):
                if min(tile.params.pad_top, tile.params.pad_left) < 0 and not FAMILIES[variant.suffix].inside:
                    continue
                got = run(c_kernels, variant, tile, wanted.shape, wanted.dtype)
                assert got.tobytes() == wanted.tobytes(), f"seed {seed}, {axis} {begin}..{end}: {tile.dims}"
                inside += min(tile.params.pad_top, tile.params.pad_left) < 0
    few = inside <= CASES // 4
    assert few != FAMILIES[variant.suffix].inside, "so many tiles began inside their input"
