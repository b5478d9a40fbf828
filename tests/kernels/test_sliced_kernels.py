"""The sliced kernels equal the references in C, at shapes where their blocks of positions or channels,
their words, tiles and counters end."""

from typing import Any

import numpy as np
import pytest
from bits_cases import Rng, random_bias, random_codes, random_output
from c_kernels import SANITIZED, CKernels
from lce_cases import bconv_2d, packed_input

from tinyq.core.packed_activations import codes_of, largest_accumulator, pack_codes
from tinyq.core.params import ConvDims, Dims, FullyConnectedDims
from tinyq.core.params_bits import BitsOutput, ConvBitsParams, FullyConnectedBitsParams
from tinyq.core.variants import variants_of
from tinyq.graph.lowering import lower

KINDS = ("", "_a8", "_f32")
# (x, w): one plane, pairs of ternary weights, holes, bytes of planes, bytes that sixteen inputs fill.
LEVELS = [(2, 2), (2, 3), (3, 3), (3, 2), (3, 4), (2, 16), (4, 4), (8, 3), (16, 3), (16, 16), (256, 2)]
# height, width, channels a group, output channels a group, groups, taps, strides, dilations
SHAPES = [
    (1, 1, 5, 3, 1, (1, 1), (1, 1), (1, 1)),  # one position
    (2, 2, 33, 65, 1, (3, 3), (1, 1), (1, 1)),
    (3, 11, 64, 64, 1, (3, 3), (1, 1), (1, 1)),  # 33 positions, several tiles
    (16, 16, 16, 33, 1, (3, 3), (1, 1), (1, 1)),  # two taps a word, an odd number of them
    (9, 32, 14, 20, 1, (3, 3), (2, 2), (1, 1)),  # lines of whole blocks that share rows of tables
    (9, 16, 8, 12, 1, (4, 2), (2, 1), (2, 1)),
    (5, 7, 1, 129, 1, (1, 64), (1, 1), (1, 1)),  # one channel, a long filter
    (7, 9, 15, 7, 1, (2, 2), (2, 3), (1, 1)),
    (9, 8, 17, 40, 1, (3, 2), (1, 2), (2, 3)),
    (4, 5, 257, 31, 1, (1, 1), (1, 1), (1, 1)),
    (6, 6, 32, 32, 3, (3, 3), (1, 1), (1, 1)),  # groups of whole words
    (4, 9, 64, 20, 2, (1, 3), (1, 1), (1, 2)),
]


def equal(
    c_kernels: CKernels, kernel: str, params: Any, dims: Any, x: Any, constants: Any, shape: Any
) -> None:
    """Every sliced or listed variant of a kernel gives what the reference in C gives."""
    dtypes = {"_a8": np.int8, "f32": np.float32}
    dtype = dtypes.get(kernel[-3:], np.int32)
    *faster, truth = variants_of(kernel)
    sliced = [variant for variant in faster if variant.suffix in ("listed", "sliced")]
    assert sliced
    wanted = c_kernels(truth, params, dims, (x,), constants, shape, dtype)
    for variant in sliced:
        got = c_kernels(variant, params, dims, (x,), constants, shape, dtype)
        np.testing.assert_array_equal(got, wanted, err_msg=f"{variant.symbol} {params} {dims}")


def output_of(rng: Rng, kind: str, c_out: int, largest: int) -> tuple[Any, int]:
    output = random_output(rng, kind, c_out, largest)
    last = (output.levels - 1).bit_length() * -(-c_out // 32) if kind == "" else c_out
    return output, last


def window(rng: Rng, shape: Any, x_levels: int) -> tuple[dict[str, int], Dims, Dims]:
    """Parameters without an output, input and output dims; SAME padding with any code, two images."""
    h, w, channels, c_out, groups, taps, strides, dilations = shape
    outs = [-(-size // stride) for size, stride in zip((h, w), strides, strict=True)]
    pads = [
        max((out - 1) * stride + (tap - 1) * dilation + 1 - size, 0) // 2
        for out, stride, tap, dilation, size in zip(outs, strides, taps, dilations, (h, w), strict=True)
    ]
    pad_code = int(rng.choice(codes_of(x_levels)))
    names = ("stride_h", "stride_w", "dilation_h", "dilation_w", "pad_top", "pad_left")
    params = dict(zip(names, (*strides, *dilations, *pads), strict=True)) | {"pad_code": pad_code}
    return params, Dims(2, h, w, groups * channels), Dims(2, *outs, groups * c_out)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("levels", LEVELS, ids=str)
def test_conv_2d_bits(c_kernels: CKernels, shape: Any, levels: tuple[int, int]) -> None:
    rng = np.random.default_rng(sum(shape[:5]))
    x_levels, w_levels = levels
    params, inside, out = window(rng, shape, x_levels)
    filter_shape = (out.c, *shape[5], shape[2])
    largest = largest_accumulator(int(np.prod(filter_shape[1:])), *levels)
    x = pack_codes(random_codes(rng, x_levels, inside.shape), x_levels)
    weights = pack_codes(random_codes(rng, w_levels, filter_shape), w_levels)
    for kind in KINDS:
        output, last = output_of(rng, kind, out.c, largest)
        all_params = ConvBitsParams(**params, x_levels=x_levels, w_levels=w_levels, output=output)
        constants = (weights, *random_bias(rng, kind, out.c, largest))
        dims = ConvDims(inside, Dims(*filter_shape), out)
        equal(c_kernels, f"conv_2d_bits{kind}", all_params, dims, x, constants, (*out.shape[:3], last))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("w_levels", [2, 4])
def test_signs_that_are_padded_with_zeros(c_kernels: CKernels, shape: Any, w_levels: int) -> None:
    rng = np.random.default_rng(sum(shape[:5]) + w_levels)
    params, inside, out = window(rng, shape, 3)
    params["pad_code"] = 0
    filter_shape = (out.c, *shape[5], shape[2])
    largest = largest_accumulator(int(np.prod(filter_shape[1:])), 3, w_levels)
    codes = random_codes(rng, 2, inside.shape)
    one_zero = codes.copy()
    one_zero[-1, -1, -1, -1] = 0
    weights = pack_codes(random_codes(rng, w_levels, filter_shape), w_levels)
    for kind in KINDS:
        output, last = output_of(rng, kind, out.c, largest)
        all_params = ConvBitsParams(**params, x_levels=3, w_levels=w_levels, output=output)
        constants = (weights, *random_bias(rng, kind, out.c, largest))
        dims = ConvDims(inside, Dims(*filter_shape), out)
        for x in (codes, one_zero):
            packed = pack_codes(x, 3)
            equal(
                c_kernels, f"conv_2d_bits{kind}", all_params, dims, packed, constants, (*out.shape[:3], last)
            )


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape[4] == 1], ids=str)
@pytest.mark.parametrize("levels", LEVELS, ids=str)
def test_depthwise_conv_2d_bits(c_kernels: CKernels, shape: Any, levels: tuple[int, int]) -> None:
    rng = np.random.default_rng(sum(shape[:5]) + 1)
    x_levels, w_levels = levels
    params, inside, out = window(rng, (*shape[:3], shape[2], *shape[4:]), x_levels)
    filter_shape = (1, *shape[5], out.c)
    largest = largest_accumulator(shape[5][0] * shape[5][1], *levels)
    x = pack_codes(random_codes(rng, x_levels, inside.shape), x_levels)
    weights = pack_codes(random_codes(rng, w_levels, filter_shape), w_levels)
    for kind in KINDS:
        output, last = output_of(rng, kind, out.c, largest)
        all_params = ConvBitsParams(**params, x_levels=x_levels, w_levels=w_levels, output=output)
        constants = (weights, *random_bias(rng, kind, out.c, largest))
        dims = ConvDims(inside, Dims(*filter_shape), out)
        equal(
            c_kernels, f"depthwise_conv_2d_bits{kind}", all_params, dims, x, constants, (*out.shape[:3], last)
        )


@pytest.mark.parametrize("channels, times", [(8, 2), (5, 3), (40, 2), (33, 4), (1, 35), (7, 9)])
@pytest.mark.parametrize("levels", LEVELS, ids=str)
def test_depthwise_channels_with_several_filters(
    c_kernels: CKernels, channels: int, times: int, levels: tuple[int, int]
) -> None:
    rng = np.random.default_rng(channels)
    x_levels, w_levels = levels
    inside, out, taps = Dims(1, 7, 5, channels), Dims(1, 4, 5, channels * times), (4, 2)
    params = {"stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1, "pad_top": 0, "pad_left": 0}
    params["pad_code"] = int(codes_of(x_levels)[0])
    largest = largest_accumulator(8, *levels)
    x = pack_codes(random_codes(rng, x_levels, inside.shape), x_levels)
    weights = pack_codes(random_codes(rng, w_levels, (1, *taps, out.c)), w_levels)
    for kind in KINDS:
        output, last = output_of(rng, kind, out.c, largest)
        all_params = ConvBitsParams(**params, x_levels=x_levels, w_levels=w_levels, output=output)
        constants = (weights, *random_bias(rng, kind, out.c, largest))
        dims = ConvDims(inside, Dims(1, *taps, out.c), out)
        equal(
            c_kernels, f"depthwise_conv_2d_bits{kind}", all_params, dims, x, constants, (*out.shape[:3], last)
        )


@pytest.mark.parametrize("channels", [5, 32, 70])
@pytest.mark.parametrize("taps", [(3, 3), (1, 33), (5, 5)])
def test_depthwise_signs_that_are_padded_with_zeros(c_kernels: CKernels, channels: int, taps) -> None:
    rng = np.random.default_rng(channels)
    size, largest = (1, 6, 7), largest_accumulator(taps[0] * taps[1], 3, 2)
    params = {"stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1, "pad_code": 0}
    params |= {"pad_top": taps[0] // 2, "pad_left": taps[1] // 2}
    codes = random_codes(rng, 2, (*size, channels))
    mixed = np.where(rng.random(codes.shape) < 0.01, 0, codes)  # and a few zeros elsewhere
    weights = pack_codes(random_codes(rng, 2, (1, *taps, channels)), 2)
    dims = ConvDims(Dims(*size, channels), Dims(1, *taps, channels), Dims(*size, channels))
    for kind in KINDS:
        output, last = output_of(rng, kind, channels, largest)
        all_params = ConvBitsParams(**params, x_levels=3, w_levels=2, output=output)
        constants = (weights, *random_bias(rng, kind, channels, largest))
        for x in (codes, mixed):
            packed = pack_codes(x, 3)
            equal(
                c_kernels, f"depthwise_conv_2d_bits{kind}", all_params, dims, packed, constants, (*size, last)
            )


@pytest.mark.parametrize("c_in", [1, 32, 255, 256, 512, 513, 1024, 1100, 2080])
@pytest.mark.parametrize("levels", LEVELS, ids=str)
def test_fully_connected_bits(c_kernels: CKernels, c_in: int, levels: tuple[int, int]) -> None:
    """Rows around whole blocks of 8 and 16 words; all of one sign, too, where counters are fullest."""
    rng = np.random.default_rng(c_in)
    largest, c_out = largest_accumulator(c_in, *levels), int(rng.integers(1, 70))
    x = random_codes(rng, levels[0], (2, c_in))
    x[1] = codes_of(levels[0])[0]
    w = random_codes(rng, levels[1], (c_out, c_in))
    w[::2] = codes_of(levels[1])[-1]
    for kind in KINDS:
        output, last = output_of(rng, kind, c_out, largest)
        constants = (pack_codes(w, levels[1]), *random_bias(rng, kind, c_out, largest))
        params = FullyConnectedBitsParams(*levels, output)
        dims = FullyConnectedDims(2, c_in, c_out)
        packed = pack_codes(x, levels[0])
        equal(c_kernels, f"fully_connected_bits{kind}", params, dims, packed, constants, (2, last))


@pytest.mark.parametrize("levels", [(2, 2), (3, 3), (3, 2), (3, 4), (16, 16), (4, 2)], ids=str)
@pytest.mark.parametrize("c_in", [60, 224, 1100, 4000])
def test_sums_as_large_as_they_get(c_kernels: CKernels, levels: tuple[int, int], c_in: int) -> None:
    """All products of one sign: nibbles, bytes and half words of sums are as full as can be, or too full."""
    x = np.full((1, 3, 6, c_in), codes_of(levels[0])[0])
    w = np.full((4, 1, 1, c_in), codes_of(levels[1])[0])
    w[1::2] = codes_of(levels[1])[-1]
    largest = largest_accumulator(c_in, *levels)
    thresholds = np.array([[largest - 1], [-largest - 1], [largest], [-largest]], np.int32)
    packed = pack_codes(x, levels[0]), (pack_codes(w, levels[1]),)
    dims = ConvDims(Dims(*x.shape), Dims(*w.shape), Dims(1, 3, 6, 4))
    output = random_output(np.random.default_rng(0), "", 4, largest)
    output = type(output)(2, thresholds, None)
    params = ConvBitsParams(1, 1, 1, 1, 0, 0, codes_of(levels[0])[0], *levels, output)
    equal(c_kernels, "conv_2d_bits", params, dims, packed[0], packed[1], (1, 3, 6, 1))


@pytest.mark.parametrize("levels", [(2, 2), (3, 2), (3, 3)], ids=str)
@pytest.mark.parametrize("bias_shift", [0, 22, 24])
@pytest.mark.parametrize("limits", [(-128, 127), (-90, 100)])
def test_int8_outputs_at_the_bounds_of_their_quick_form(
    c_kernels: CKernels, levels: tuple[int, int], bias_shift: int, limits: tuple[int, int]
) -> None:
    """Sums and biases up to 2^30, and at it; shifts from -1 to -22, and others; blocks that are not whole."""
    rng = np.random.default_rng(bias_shift)
    taps = 63 if bias_shift == 24 else 200
    rest = 2**30 - (taps << bias_shift)
    bias = np.repeat(np.array([rest - 1, rest, 1 - rest, -rest, 0, 77], np.int32), 6)
    shift = np.tile(np.array([-1, -22, -23, 0, -31, -20], np.int8), 6)
    multiplier = np.where(rng.random(36) < 0.3, 2**31 - 1, rng.integers(2**30, 2**31, 36)).astype(np.int32)
    x = random_codes(rng, levels[0], (1, 3, 7, taps))
    w = random_codes(rng, levels[1], (36, 1, 1, taps))
    x[0, 0, :2], w[:2] = codes_of(levels[0])[-1], codes_of(levels[1])[-1]
    w[2:4] = codes_of(levels[1])[0]
    output = BitsOutput(
        bias_shift=bias_shift,
        zero_point=int(rng.integers(-128, 128)),
        activation_min=limits[0],
        activation_max=limits[1],
        multiplier=multiplier,
        shift=shift,
    )
    params = ConvBitsParams(1, 1, 1, 1, 0, 0, codes_of(levels[0])[0], *levels, output)
    dims = ConvDims(Dims(*x.shape), Dims(*w.shape), Dims(1, 3, 7, 36))
    constants = (pack_codes(w, levels[1]), bias)
    equal(c_kernels, "conv_2d_bits_a8", params, dims, pack_codes(x, levels[0]), constants, (1, 3, 7, 36))


@pytest.mark.parametrize("seed", range(1000, 1015 if SANITIZED else 1060))
def test_lce_bconv_2d(c_kernels: CKernels, seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = bconv_2d(rng)
    (step,) = lower(graph)
    shape = graph.tensors[graph.operators[0].outputs[0]].shape
    equal(c_kernels, step.kernel, step.params, step.dims, packed_input(rng, graph), step.constants, shape)
