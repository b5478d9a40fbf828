"""Random calls of the kernels on packed activations, and what plain arithmetic on their codes gives.

`case(kernel, rng)` makes one call inside the contract of tq_kernels_bits.h; `answer(case)` computes it in
another way than the references do: with the padding really there, tap by tap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinyq.core.packed_activations import LEVELS, codes_of, largest_accumulator, pack_codes
from tinyq.core.params import ConvDims, Dims, FullyConnectedDims, RowsDims, UnaryDims
from tinyq.core.params_bits import (
    BitsOutput,
    ConcatenationBitsParams,
    ConvBitsParams,
    DequantizeBitsA8Params,
    DequantizeBitsF32Params,
    FullyConnectedBitsParams,
    MaxPoolBitsParams,
    QuantizeA8BitsParams,
    QuantizeF32BitsParams,
)
from tinyq.core.requantize import multiply_by_quantized_multiplier, quantize_multiplier

Rng = np.random.Generator


@dataclass(frozen=True, eq=False)
class BitsCase:
    """One call; `codes` are the inputs and weights before they were packed."""

    kernel: str
    params: Any
    dims: Any
    inputs: tuple[np.ndarray, ...]
    constants: tuple[np.ndarray | None, ...] = ()
    codes: tuple[np.ndarray, ...] = field(default=())


def random_codes(rng: Rng, levels: int, shape: Any) -> np.ndarray:
    """Any codes, or the largest only, so that sums get as far as they can."""
    choices = codes_of(levels) if rng.random() < 0.8 else codes_of(levels)[-1:]
    return rng.choice(choices, shape)


def random_axis(rng: Rng, dilated: bool = True) -> dict[str, int]:
    """Sizes of one axis as TFLite has them, for SAME or VALID padding."""
    taps, stride = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    dilation = int(rng.integers(1, 4)) if dilated and rng.random() < 0.5 else 1
    extent = (taps - 1) * dilation + 1
    if rng.random() < 0.5:
        size = int(rng.integers(1, 7))
        output = -(-size // stride)
        before = max((output - 1) * stride + extent - size, 0) // 2
    else:
        size, before = extent + int(rng.integers(0, 5)), 0
        output = (size - extent) // stride + 1
    return {"size": size, "taps": taps, "stride": stride, "dilation": dilation, "out": output, "pad": before}


def random_output(rng: Rng, kind: str, c_out: int, largest: int) -> BitsOutput:
    """What becomes of sums that reach from -largest to largest."""
    if kind == "":
        levels = int(rng.choice(LEVELS))
        reach = largest + 1 if rng.random() < 0.3 else int(largest**0.5) + 1
        drawn = rng.integers(-reach, min(reach, largest) + 1, (c_out, levels - 1))
        flip = rng.integers(0, 2, c_out).astype(np.int8) if rng.random() < 0.7 else None
        return BitsOutput(levels, np.sort(drawn, axis=1).astype(np.int32), flip)
    if kind == "_f32":
        low, high = [(-3.4e38, 3.4e38), (0.0, 6.0), (-1.0, 1.0)][rng.integers(3)]
        scale = np.exp(rng.uniform(-9, 0, c_out)).astype(np.float32)
        return BitsOutput(scale=scale, real_min=low, real_max=high)
    bias_shift = int(rng.integers(0, min(9, 30 - largest.bit_length())))  # and the sum stays in int32
    pairs = [quantize_multiplier(float(s)) for s in np.exp(rng.uniform(-8, 0, c_out)) / 2**bias_shift]
    multiplier, shift = (np.array(values) for values in zip(*pairs, strict=True))
    low, high = sorted(rng.choice([-128, 127, int(rng.integers(-128, 128))], 2).tolist())
    return BitsOutput(
        bias_shift=bias_shift,
        zero_point=int(rng.integers(-128, 128)),
        activation_min=low,
        activation_max=high,
        multiplier=multiplier.astype(np.int32),
        shift=shift.astype(np.int8),
    )


def random_bias(rng: Rng, kind: str, c_out: int, largest: int) -> tuple[np.ndarray | None, ...]:
    """The constants behind the weights."""
    if kind == "":
        return ()
    if rng.random() < 0.3:
        return (None,)
    drawn = rng.normal(0, largest**0.5 + 1, c_out)
    return (drawn.astype(np.float32),) if kind == "_f32" else (np.round(drawn * 30).astype(np.int32),)


def _levels(rng: Rng) -> tuple[int, int]:
    return int(rng.choice(LEVELS)), int(rng.choice(LEVELS))


def _kind(kernel: str) -> str:
    return kernel[kernel.index("_bits") + len("_bits") :]


def conv_case(kernel: str, rng: Rng, most: int = 70) -> BitsCase:
    """Conv2D or DepthwiseConv2D of up to `most` input channels."""
    kind, (x_levels, w_levels) = _kind(kernel), _levels(rng)
    h, w, n = random_axis(rng), random_axis(rng), int(rng.integers(1, 3))
    if kernel.startswith("conv"):
        groups = int(rng.choice([1, 1, 2, 3]))
        c_in, per_group = (
            groups * int(rng.integers(1, most // groups + 1)),
            int(rng.integers(1, 40 // groups)),
        )
        c_out, shape = groups * per_group, (groups * per_group, h["taps"], w["taps"], c_in // groups)
    else:
        c_in, multiplier = int(rng.integers(1, most // 2)), int(rng.integers(1, 4))
        c_out, shape = c_in * multiplier, (1, h["taps"], w["taps"], c_in * multiplier)
    image = random_codes(rng, x_levels, (n, h["size"], w["size"], c_in))
    kernel_codes = random_codes(rng, w_levels, shape)
    products = shape[1] * shape[2] * (shape[3] if kernel.startswith("conv") else 1)
    largest = largest_accumulator(products, x_levels, w_levels)
    params = ConvBitsParams(
        stride_h=h["stride"],
        stride_w=w["stride"],
        dilation_h=h["dilation"],
        dilation_w=w["dilation"],
        pad_top=h["pad"],
        pad_left=w["pad"],
        pad_code=int(rng.choice(codes_of(x_levels))),
        x_levels=x_levels,
        w_levels=w_levels,
        output=random_output(rng, kind, c_out, largest),
    )
    dims = ConvDims(Dims(*image.shape), Dims(*shape), Dims(n, h["out"], w["out"], c_out))
    constants = (pack_codes(kernel_codes, w_levels), *random_bias(rng, kind, c_out, largest))
    packed = (pack_codes(image, x_levels),)
    return BitsCase(kernel, params, dims, packed, constants, (image, kernel_codes))


def dense_case(kernel: str, rng: Rng, most: int = 140) -> BitsCase:
    kind, (x_levels, w_levels) = _kind(kernel), _levels(rng)
    rows, c_in, c_out = int(rng.integers(1, 4)), int(rng.integers(1, most)), int(rng.integers(1, 40))
    x, w = random_codes(rng, x_levels, (rows, c_in)), random_codes(rng, w_levels, (c_out, c_in))
    largest = largest_accumulator(c_in, x_levels, w_levels)
    params = FullyConnectedBitsParams(x_levels, w_levels, random_output(rng, kind, c_out, largest))
    constants = (pack_codes(w, w_levels), *random_bias(rng, kind, c_out, largest))
    dims = FullyConnectedDims(rows, c_in, c_out)
    return BitsCase(kernel, params, dims, (pack_codes(x, x_levels),), constants, (x, w))


def pool_case(kernel: str, rng: Rng) -> BitsCase:
    levels, n, c = int(rng.choice(LEVELS)), int(rng.integers(1, 3)), int(rng.integers(1, 71))
    h, w = random_axis(rng, dilated=False), random_axis(rng, dilated=False)
    image = random_codes(rng, levels, (n, h["size"], w["size"], c))
    params = MaxPoolBitsParams(
        h["taps"], w["taps"], h["stride"], w["stride"], h["pad"], w["pad"], levels=levels
    )
    dims = UnaryDims(Dims(*image.shape), Dims(n, h["out"], w["out"], c))
    return BitsCase(kernel, params, dims, (pack_codes(image, levels),), codes=(image,))


def concatenation_case(kernel: str, rng: Rng) -> BitsCase:
    levels, rows = int(rng.choice(LEVELS)), int(rng.integers(1, 4))
    sizes = rng.integers(1, 71, rng.integers(1, 5))
    codes = tuple(random_codes(rng, levels, (rows, size)) for size in sizes)
    params = ConcatenationBitsParams(len(sizes), levels, sizes.astype(np.int32))
    packed = tuple(pack_codes(x, levels) for x in codes)
    return BitsCase(kernel, params, RowsDims(rows, int(sizes.sum())), packed, codes=codes)


def quantize_case(kernel: str, rng: Rng) -> BitsCase:
    levels, rows, depth = int(rng.choice(LEVELS)), int(rng.integers(1, 4)), int(rng.integers(1, 71))
    per_channel = int(rng.integers(0, 2))
    flip = rng.integers(0, 2, depth).astype(np.int8) if rng.random() < 0.7 else None
    shape = (depth, levels - 1) if per_channel else (levels - 1,)
    if "a8" in kernel:
        thresholds = np.sort(rng.integers(-129, 128, shape)).astype(np.int32)
        x = rng.integers(-128, 128, (rows, depth)).astype(np.int8)
        return BitsCase(
            kernel, QuantizeA8BitsParams(levels, per_channel, thresholds, flip), RowsDims(rows, depth), (x,)
        )
    real = np.sort(np.round(rng.normal(0, 2, shape), 1)).astype(np.float32)
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 3e38], np.float32)
    values = np.round(rng.normal(0, 2, (rows, depth)), 1).astype(np.float32)  # often a threshold itself
    values = np.where(rng.random(values.shape) < 0.1, rng.choice(special, values.shape), values)
    return BitsCase(
        kernel, QuantizeF32BitsParams(levels, per_channel, real, flip), RowsDims(rows, depth), (values,)
    )


def dequantize_case(kernel: str, rng: Rng) -> BitsCase:
    levels, rows, depth = int(rng.choice(LEVELS)), int(rng.integers(1, 4)), int(rng.integers(1, 71))
    codes = random_codes(rng, levels, (rows, depth))
    params: Any = DequantizeBitsF32Params(levels, float(np.float32(rng.uniform(0.001, 10))))
    if kernel.endswith("a8"):
        pair = quantize_multiplier(float(np.exp(rng.uniform(-3, 5))))
        params = DequantizeBitsA8Params(levels, *pair, int(rng.integers(-128, 128)), -128, 127)
    packed = (pack_codes(codes, levels),)
    return BitsCase(kernel, params, RowsDims(rows, depth), packed, codes=(codes,))


MAKERS = {
    **{f"conv_2d_bits{kind}": conv_case for kind in ("", "_a8", "_f32")},
    **{f"depthwise_conv_2d_bits{kind}": conv_case for kind in ("", "_a8", "_f32")},
    **{f"fully_connected_bits{kind}": dense_case for kind in ("", "_a8", "_f32")},
    "max_pool_2d_bits": pool_case,
    "concatenation_bits": concatenation_case,
    "quantize_a8_bits": quantize_case,
    "quantize_f32_bits": quantize_case,
    "dequantize_bits_a8": dequantize_case,
    "dequantize_bits_f32": dequantize_case,
}


def case(kernel: str, rng: Rng) -> BitsCase:
    """A random call of a kernel."""
    return MAKERS[kernel](kernel, rng)


def padded(image: np.ndarray, case: BitsCase, value: int, taps: Any, dilations: Any) -> np.ndarray:
    """The image with what the windows reach outside it."""
    p, out = case.params, case.dims.output
    margins = [(0, 0)]
    for size, before, stride, tap, dilation, outputs in (
        (image.shape[1], p.pad_top, p.stride_h, taps[0], dilations[0], out.h),
        (image.shape[2], p.pad_left, p.stride_w, taps[1], dilations[1], out.w),
    ):
        last = (outputs - 1) * stride - before + (tap - 1) * dilation
        margins.append((before, max(last - size + 1, 0)))
    return np.pad(image, [*margins, (0, 0)], constant_values=value)


def tap_of(image: np.ndarray, case: BitsCase, start: tuple[int, int]) -> np.ndarray:
    """What one tap sees at all outputs, [n, h, w, c]; `start`: where it begins in the padded image."""
    p, out = case.params, case.dims.output
    rows = start[0] + np.arange(out.h) * p.stride_h
    columns = start[1] + np.arange(out.w) * p.stride_w
    return image[:, rows][:, :, columns]


def sums_of(case: BitsCase) -> np.ndarray:
    """The sums of products, int64, tap by tap and group by group."""
    x, w = (codes.astype(np.int64) for codes in case.codes)
    if x.ndim == 2:
        return np.einsum("ri,oi->ro", x, w)
    p, d = case.params, case.dims
    taps, dilations = (d.filter.h, d.filter.w), (p.dilation_h, p.dilation_w)
    image = padded(x, case, p.pad_code, taps, dilations)
    sums = np.zeros(d.output.shape, np.int64)
    for fy, fx in np.ndindex(*taps):
        seen = tap_of(image, case, (fy * dilations[0], fx * dilations[1]))
        if case.kernel.startswith("depthwise"):
            factor = d.output.c // d.input.c
            for o in range(d.output.c):
                sums[..., o] += seen[..., o // factor] * w[0, fy, fx, o]
            continue
        per_group = d.filter.n // (d.input.c // d.filter.c)
        for o in range(d.output.c):
            first = o // per_group * d.filter.c
            sums[..., o] += seen[..., first : first + d.filter.c] @ w[o, fy, fx]
    return sums


def coded(values: np.ndarray, thresholds: np.ndarray, flip: Any, levels: int) -> np.ndarray:
    """Codes of values [..., channels], one comparison at a time."""
    codes = np.zeros(values.shape, np.int64)
    rows = np.broadcast_to(thresholds, (values.shape[-1], levels - 1))
    for index in np.ndindex(*values.shape):
        number = sum(bool(values[index] > t) for t in rows[index[-1]])
        counted = levels - 1 - number if flip is not None and flip[index[-1]] else number
        codes[index] = codes_of(levels)[counted]
    return codes


def answer(case: BitsCase) -> np.ndarray:
    """The output, from the codes."""
    p, kind = case.params, _kind(case.kernel)
    if case.kernel.startswith("quantize"):
        return pack_codes(coded(case.inputs[0], p.thresholds, p.flip, p.levels), p.levels)
    if case.kernel == "concatenation_bits":
        return pack_codes(np.concatenate(case.codes, axis=1), p.levels)
    if case.kernel == "max_pool_2d_bits":
        image = padded(case.codes[0], case, -999, (p.filter_h, p.filter_w), (1, 1))
        seen = [tap_of(image, case, start) for start in np.ndindex(p.filter_h, p.filter_w)]
        return pack_codes(np.max(seen, axis=0), p.levels)
    if case.kernel == "dequantize_bits_f32":
        return (case.codes[0] * np.float64(np.float32(p.scale))).astype(np.float32)
    if case.kernel == "dequantize_bits_a8":
        scaled = multiply_by_quantized_multiplier(case.codes[0], p.multiplier, p.shift)
        return np.clip(scaled + p.output_zero_point, -128, 127).astype(np.int8)
    return _of_sums(case, kind, sums_of(case))


def _of_sums(case: BitsCase, kind: str, sums: np.ndarray) -> np.ndarray:
    how = case.params.output
    if kind == "":
        return pack_codes(coded(sums, how.thresholds, how.flip, how.levels), how.levels)
    bias = case.constants[1]
    if kind == "_f32":
        exact = (sums.astype(np.float32).astype(np.float64) * how.scale).astype(np.float32)
        if bias is not None:
            exact = (exact.astype(np.float64) + bias).astype(np.float32)
        return np.minimum(np.maximum(exact, np.float32(how.real_min)), np.float32(how.real_max))
    total = sums * 2**how.bias_shift + (0 if bias is None else bias)
    scaled = multiply_by_quantized_multiplier(total, how.multiplier.astype(np.int64), how.shift)
    return np.clip(scaled + how.zero_point, how.activation_min, how.activation_max).astype(np.int8)
