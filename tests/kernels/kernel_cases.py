"""Random kernel calls inside the contract of tq_kernels.h, for hypothesis; and the comparison with NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from c_kernels import SANITIZED, CKernels
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tinyq.core.kernels import KERNELS
from tinyq.core.packing import pack_binary, pack_few, pack_ternary
from tinyq.core.params import ConvDims, ConvParams, Dims, FullyConnectedDims, FullyConnectedParams
from tinyq.core.spec import TABLE_BITS
from tinyq.core.variants import variants_of

INT8 = st.sampled_from([-128, 127, 0]) | st.integers(-128, 127)
SMALL = st.integers(1, 9)  # around 5 and 8 codes a byte, and 4 channels a block

# Derandomized: the same cases in every run; a failure prints the smallest one.
examples = settings(
    max_examples=30 if SANITIZED else 100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True)
class Case:
    """One call: Step's fields, and arrays instead of tensor numbers."""

    kernel: str
    params: Any
    dims: Any
    inputs: tuple[np.ndarray, ...]
    constants: tuple[np.ndarray | None, ...] = ()

    def __repr__(self) -> str:
        return f"{self.kernel} {self.params} {self.dims}"


def check(c_kernels: CKernels, case: Case) -> np.ndarray:
    """Assert that every variant in C and NumPy agree on every integer."""
    kernel = KERNELS[case.kernel]
    inputs = [case.inputs] if kernel.variadic else case.inputs
    wanted = kernel.reference(case.params, case.dims, *inputs, *case.constants)
    call = (case.params, case.dims, case.inputs, case.constants, wanted.shape, wanted.dtype)
    for variant in variants_of(case.kernel):
        got = c_kernels(variant, *call)
        np.testing.assert_array_equal(got, wanted, err_msg=f"{variant.symbol}: {case!r}")
    return wanted


@st.composite
def generators(draw: st.DrawFn) -> np.random.Generator:
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


@st.composite
def ranges(draw: st.DrawFn) -> dict[str, int]:
    """activation_min <= activation_max, mostly the whole range."""
    if draw(st.booleans()):
        return {"activation_min": -128, "activation_max": 127}
    low, high = sorted((draw(INT8), draw(INT8)))
    return {"activation_min": low, "activation_max": high}


def int8_array(rng: np.random.Generator, shape: Any) -> np.ndarray:
    """Uniform, or extremes only."""
    if rng.random() < 0.3:
        return rng.choice(np.array([-128, 127], np.int8), shape)
    return rng.integers(-128, 128, shape, np.int8)


def multipliers(rng: np.random.Generator, count: int, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Per-channel multiplier and shift that bring sums of about `reach` to int8, some of them to far more or
    less, some of them exactly a power of two (ties in the rounding)."""
    multiplier = rng.integers(1 << 30, 1 << 31, count, np.int64)
    multiplier = np.where(rng.random(count) < 0.3, 1 << 30, multiplier)
    multiplier = np.where(rng.random(count) < 0.05, 0, multiplier).astype(np.int32)
    shift = 6 - int(np.log2(max(reach, 1))) + rng.integers(-2, 4, count)
    return multiplier, np.clip(shift, -31, 0).astype(np.int8)


def codes_for(rng: np.random.Generator, scheme: str, shape: tuple[int, ...]) -> np.ndarray:
    """int8 weights, or codes; some channels all zero, some all +1 or all -1."""
    if scheme == "a8w8":
        return rng.integers(-127, 128, shape, np.int8)
    choices = choices_of(scheme)
    if rng.random() < 0.15:
        return np.full(shape, rng.choice(choices))
    return rng.choice(choices, shape)


def choices_of(scheme: str) -> np.ndarray:
    """The codes of a packed scheme."""
    if scheme in TABLE_BITS:
        return np.arange(1 << TABLE_BITS[scheme], dtype=np.uint8)
    return np.array([-1, 1] if scheme == "a8w1" else [-1, 0, 1], np.int8)


def pack(scheme: str, codes: np.ndarray) -> np.ndarray:
    if scheme in TABLE_BITS:
        return pack_few(codes, TABLE_BITS[scheme])
    return {"a8w8": np.asarray, "a8wt": pack_ternary, "a8w1": pack_binary}[scheme](codes)


def extremes(scheme: str, signs: np.ndarray) -> np.ndarray:
    """Codes whose weights have the given signs and are as large as they can be."""
    if scheme in TABLE_BITS:  # tables_for sorts its tables
        return np.where(signs > 0, (1 << TABLE_BITS[scheme]) - 1, 0).astype(np.uint8)
    return (signs * (127 if scheme == "a8w8" else 1)).astype(np.int8)


def tables_for(rng: np.random.Generator, scheme: str, channels: int) -> dict[str, np.ndarray | None]:
    """levels and tables of a scheme; every table is sorted, and some begin with -127 and end with 127."""
    if scheme == "a8w8":
        return {"levels": None}
    if scheme not in TABLE_BITS:
        return {"levels": rng.integers(1, 128, channels, np.int8)}
    count = int(rng.integers(1, 4))
    tables = np.sort(rng.integers(-127, 128, (count, 1 << TABLE_BITS[scheme])), axis=1).astype(np.int8)
    if scheme == "a8w2" and rng.random() < 0.5:  # two signs, each with its factor
        low = np.sort(-np.abs(tables[:, :2]), axis=1)
        tables = np.hstack((low, -low[:, ::-1]))
    tables[0, 0], tables[0, -1] = -127, 127
    return {"levels": rng.integers(0, count, channels, np.int8), "tables": tables}


def weights_and_scaling(
    rng: np.random.Generator, scheme: str, shape: tuple[int, ...], channels: int, products: int
) -> tuple[tuple[np.ndarray | None, ...], dict[str, Any]]:
    """((weights, bias), {multiplier, shift, levels, tables}); no accumulator reaches 2**31."""
    largest = 255 * 127 * products
    multiplier, shift = multipliers(rng, channels, int(largest / max(products, 1) ** 0.5))
    tables = tables_for(rng, scheme, channels)
    room = (2**31 - 1 - largest) if rng.random() < 0.2 else largest // 4
    bias = rng.integers(-room, room + 1, channels).astype(np.int32) if rng.random() < 0.8 else None
    weights = pack(scheme, codes_for(rng, scheme, shape))
    return (weights, bias), {"multiplier": multiplier, "shift": shift, **tables}


def axis_geometry(size: int, taps: int, stride: int, dilation: int, same: bool) -> tuple[int, int, int]:
    """(input size, output size, padding ahead) as TFLite has them; VALID makes the input large enough."""
    extent = (taps - 1) * dilation + 1
    if not same:
        size = extent + size - 1
        return size, (size - extent) // stride + 1, 0
    out = -(-size // stride)
    return size, out, max((out - 1) * stride + extent - size, 0) // 2


def geometry(
    size: Any, taps: Any, stride: Any = (1, 1), dilation: Any = (1, 1), same: bool = True, n: int = 1
) -> dict[str, Any]:
    """Sizes, strides, dilations and padding of a window that walks over an image: (h, w) each."""
    axes = [axis_geometry(*each, same) for each in zip(size, taps, stride, dilation, strict=True)]
    (h, out_h, top), (w, out_w, left) = axes
    return {
        "n": n,
        "taps": taps,
        "input": (h, w),
        "output": (out_h, out_w),
        "walk": {"stride_h": stride[0], "stride_w": stride[1], "pad_top": top, "pad_left": left},
        "dilation": {"dilation_h": dilation[0], "dilation_w": dilation[1]},
    }


@st.composite
def geometries(draw: st.DrawFn, batches: int = 2, dilated: bool = True) -> dict[str, Any]:
    """Any of them, not large."""
    same = draw(st.booleans())
    taps = (draw(st.integers(1, 4)), draw(st.integers(1, 7)))
    strides = [draw(st.integers(1, 3)) for _ in "hw"]
    dilations = [draw(st.integers(1, 3)) if dilated and draw(st.booleans()) else 1 for _ in "hw"]
    size = [draw(SMALL) for _ in "hw"]
    return geometry(size, taps, strides, dilations, same, draw(st.integers(1, batches)))


def conv_case(
    scheme: str,
    rng: np.random.Generator,
    geometry: dict[str, Any],
    channels: tuple[int, int, int],
    **fields: Any,
) -> Case:
    """A Conv2D of channels = (groups, input channels a group, output channels a group)."""
    groups, c_in, c_out = channels[0], channels[1], channels[0] * channels[2]
    taps, n = geometry["taps"], geometry["n"]
    dims = ConvDims(
        Dims(n, *geometry["input"], groups * c_in),
        Dims(c_out, *taps, c_in),
        Dims(n, *geometry["output"], c_out),
    )
    constants, scaling = weights_and_scaling(rng, scheme, dims.filter.shape, c_out, taps[0] * taps[1] * c_in)
    params = ConvParams(**geometry["walk"], **geometry["dilation"], **scaling, **fields)
    return Case(f"conv_2d_{scheme}", params, dims, (int8_array(rng, dims.input.shape),), constants)


def depthwise_case(
    scheme: str, rng: np.random.Generator, geometry: dict[str, Any], channels: tuple[int, int], **fields: Any
) -> Case:
    """A DepthwiseConv2D of channels = (input channels, multiplier)."""
    c_in, c_out = channels[0], channels[0] * channels[1]
    taps, n = geometry["taps"], geometry["n"]
    dims = ConvDims(
        Dims(n, *geometry["input"], c_in), Dims(1, *taps, c_out), Dims(n, *geometry["output"], c_out)
    )
    constants, scaling = weights_and_scaling(rng, scheme, dims.filter.shape, c_out, taps[0] * taps[1])
    params = ConvParams(**geometry["walk"], **geometry["dilation"], **scaling, **fields)
    return Case(f"depthwise_conv_2d_{scheme}", params, dims, (int8_array(rng, dims.input.shape),), constants)


@st.composite
def transposed_geometries(draw: st.DrawFn) -> dict[str, Any]:
    """Sizes, strides and padding of a window that walks back from the output to the input."""
    same = draw(st.booleans())
    taps = (draw(st.integers(1, 5)), draw(st.integers(1, 7)))
    strides = (draw(st.integers(1, 4)), draw(st.integers(1, 3)))
    axes = []
    for count, stride in zip(taps, strides, strict=True):
        size = draw(st.integers(1, 6))
        if same:
            output = size * stride - draw(st.integers(0, stride - 1))
        else:
            output = (size - 1) * stride + count + draw(st.integers(0, stride - 1))
        axes.append((size, output, max((size - 1) * stride + count - output, 0) // 2))
    (h, out_h, top), (w, out_w, left) = axes
    return {
        "n": draw(st.integers(1, 2)),
        "taps": taps,
        "input": (h, w),
        "output": (out_h, out_w),
        "walk": {"stride_h": strides[0], "stride_w": strides[1], "pad_top": top, "pad_left": left},
    }


def transpose_conv_case(
    scheme: str, rng: np.random.Generator, geometry: dict[str, Any], channels: tuple[int, int], **fields: Any
) -> Case:
    """A TransposeConv of channels = (input channels, output channels)."""
    (c_in, c_out), taps, n = channels, geometry["taps"], geometry["n"]
    dims = ConvDims(
        Dims(n, *geometry["input"], c_in), Dims(c_out, *taps, c_in), Dims(n, *geometry["output"], c_out)
    )
    constants, scaling = weights_and_scaling(rng, scheme, dims.filter.shape, c_out, taps[0] * taps[1] * c_in)
    params = ConvParams(**geometry["walk"], dilation_h=1, dilation_w=1, **scaling, **fields)
    return Case(f"transpose_conv_{scheme}", params, dims, (int8_array(rng, dims.input.shape),), constants)


def fully_connected_case(
    scheme: str, rng: np.random.Generator, sizes: tuple[int, int, int], **fields: Any
) -> Case:
    """A FullyConnected of sizes = (rows, c_in, c_out)."""
    rows, c_in, c_out = sizes
    constants, scaling = weights_and_scaling(rng, scheme, (c_out, c_in), c_out, c_in)
    params = FullyConnectedParams(**scaling, **fields)
    dims = FullyConnectedDims(rows, c_in, c_out)
    return Case(f"fully_connected_{scheme}", params, dims, (int8_array(rng, (rows, c_in)),), constants)


@st.composite
def zero_points(draw: st.DrawFn) -> dict[str, int]:
    return {"input_zero_point": draw(INT8), "output_zero_point": draw(INT8), **draw(ranges())}
