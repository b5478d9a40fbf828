"""Lowering of operators that treat every element alike: add, ReLU, quantize, dequantize, softmax."""

from __future__ import annotations

import math

import numpy as np

from tinyq.core.kernels import Step
from tinyq.core.params import (
    AddDims,
    AddParams,
    AffineParams,
    CountDims,
    Dims,
    MulParams,
    RequantizeParams,
    RowsDims,
    SoftmaxParams,
)
from tinyq.core.requantize import quantize_multiplier
from tinyq.graph.ir import Tensor
from tinyq.graph.lower_common import (
    REMEDY_INT8,
    REMEDY_SCALES,
    Affine,
    Call,
    activation_range,
    centred_peak,
    title,
)

_ADD_LEFT_SHIFTS = {"int8": 20, "int16": 15}  # bits of precision that Add works with below the inputs' last
_MOST_CLASSES = 511  # from 512 on, TFLite Micro's softmax stops at a row of equal values
_MOST_SOFTMAX_SHIFT = 14  # of a difference of 16 bits and a sign
_DIFFERENCE_BITS = 5  # integer bits of softmax's difference to the maximum


def add(call: Call) -> Step:
    """ADD and SUB with broadcasting; either input may be a constant."""
    call.count(2, 2)
    if call.operator.kind == "SUB":
        call.output(("int8",))
    first, second = call.input(0, constant=True), call.input(1, constant=True)
    output = call.output()
    if call.activation == "int16" and call.operator.options.get("pot_scale_int16", True):
        raise call.error(
            "option pot_scale_int16 is set", "not set", "convert the model again with TensorFlow 2.4 or newer"
        )
    call.shape_is(output, broadcast_shape(call, first, second))
    one, two, out = call.affine(first), call.affine(second), call.affine(output)
    # Both are brought to half their common range, so that the sum cannot exceed it.
    common = 2 * max(one.scale, two.scale)
    multiplier1, shift1 = call.multiplier(one.scale / common)
    multiplier2, shift2 = call.multiplier(two.scale / common)
    left_shift = _ADD_LEFT_SHIFTS[call.activation]
    real = common / (2**left_shift * out.scale)
    if real >= 1:
        raise call.error(
            f"output scale {out.scale:g} against input scales {one.scale:g} and {two.scale:g}",
            f"an output scale above {common / 2**left_shift:g}",
            REMEDY_SCALES,
        )
    multiplier, shift = call.multiplier(real)
    params = AddParams(
        *(one.zero_point, multiplier1, shift1, two.zero_point, multiplier2, shift2),
        *(out.zero_point, multiplier, shift, left_shift, *activation_range(call, out)),
    )
    kernel = f"{call.operator.kind.lower()}_{call.suffix}"
    return call.step(kernel, params, _two_inputs(call, first, second, output), (0, 1))


def mul(call: Call) -> Step:
    """MUL with broadcasting; either input may be a constant."""
    call.count(2, 2)
    first, second = (call.input(i, ("int8",), constant=True) for i in (0, 1))
    output = call.output(("int8",))
    call.shape_is(output, broadcast_shape(call, first, second))
    one, two, out = call.affine(first), call.affine(second), call.affine(output)
    multiplier, shift = call.multiplier(one.scale * two.scale / out.scale)
    call.fits(centred_peak(call, one) * centred_peak(call, two), shift, REMEDY_SCALES)
    zero_points = (one.zero_point, two.zero_point, out.zero_point)
    params = MulParams(*zero_points, multiplier, shift, *activation_range(call, out))
    return call.step("mul_a8", params, _two_inputs(call, first, second, output), (0, 1))


def _two_inputs(call: Call, first: Tensor, second: Tensor, output: Tensor) -> AddDims:
    if first.shape == second.shape:
        flat = Dims(1, 1, 1, math.prod(output.shape))
        return AddDims(flat, flat, flat)
    return AddDims(call.dims4(first.shape), call.dims4(second.shape), call.dims4(output.shape))


def broadcast_shape(call: Call, first: Tensor, second: Tensor) -> list[int]:
    """The shape that two inputs broadcast to."""
    rank = max(len(first.shape), len(second.shape))
    shapes = [(1,) * (rank - len(t.shape)) + t.shape for t in (first, second)]
    if any(a != b and 1 not in (a, b) for a, b in zip(*shapes, strict=True)):
        raise call.error(f"inputs {list(first.shape)} and {list(second.shape)}", "shapes that broadcast")
    return [max(a, b) for a, b in zip(*shapes, strict=True)]


def relu(call: Call) -> Step:
    """RELU: rescaled, then clamped; TFLite divides the scales in float32."""
    source, target = _unary(call)
    real = _divided_in_float32(source.scale, target.scale)
    return _requantize(call, real, source, target, activation_range(call, target, "RELU"))


def relu6(call: Call) -> Step:
    """RELU6, rescaled as TFLite does (TFLite Micro forgets to, which shows only if the scales differ)."""
    source, target = _unary(call)
    real = _divided_in_float32(source.scale, target.scale)
    return _requantize(call, real, source, target, activation_range(call, target, "RELU6"))


def quantize(call: Call) -> Step:
    """QUANTIZE: float32 to int8, or int8 to int8 of another scale."""
    call.count(1, 1)
    source, output = call.input(0, ("float32", call.activation)), call.output()
    if source.dtype != "float32":
        affine_in, affine_out = _unary(call)
        real = affine_in.scale / affine_out.scale
        return _requantize(call, real, affine_in, affine_out, activation_range(call, affine_out, "NONE"))
    call.shape_is(output, source.shape)
    affine = call.affine(output)
    count = CountDims(math.prod(source.shape))
    return call.step(f"quantize_f32_{call.suffix}", AffineParams(affine.scale, affine.zero_point), count)


def dequantize(call: Call) -> Step:
    """DEQUANTIZE: int8 to float32."""
    call.count(1, 1)
    source, output = call.input(), call.output(("float32",))
    call.shape_is(output, source.shape)
    affine = call.affine(source)
    count = CountDims(math.prod(source.shape))
    return call.step(f"dequantize_{call.suffix}_f32", AffineParams(affine.scale, affine.zero_point), count)


def softmax(call: Call) -> Step:
    """SOFTMAX over the last axis."""
    call.count(1, 1)
    source, output = call.input(), call.output()
    call.shape_is(output, source.shape)
    depth = source.shape[-1] if source.shape else 0
    if not 1 <= depth <= _MOST_CLASSES:
        raise call.error(
            f"input {title(source)} has shape {list(source.shape)}",
            f"a last axis of 1 to {_MOST_CLASSES}",
            "leave the softmax out of the model: the largest logit is the largest probability",
        )
    affine, out = call.affine(source), call.affine(output)
    dims = RowsDims(math.prod(source.shape) // depth, depth)
    if call.activation == "int16":
        return call.step("softmax_a16", _softmax_a16_params(call, affine.scale, out.scale), dims)
    if (out.scale, out.zero_point) != (1 / 256, -128):
        raise call.error(
            f"output {title(output)} has scale {out.scale:g}, zero point {out.zero_point}",
            "scale 1/256, zero point -128",
            REMEDY_INT8,
        )
    return call.step("softmax_a8", _softmax_params(call, affine.scale), dims)


def _beta(call: Call) -> float:
    beta = call.operator.options.get("beta", 1.0)
    if not isinstance(beta, (int, float, np.floating)) or not math.isfinite(beta):
        raise call.error(f"option beta is {beta!r}", "a finite number")
    return float(np.float32(beta))


def _softmax_a16_params(call: Call, scale: float, output_scale: float) -> SoftmaxParams:
    """Differences of 10 in all become the 65535 steps of a table; below, shares are 0."""
    if output_scale != 1 / 32768:
        raise call.error(f"output scale {output_scale:g}", "1/32768", REMEDY_INT8)
    multiplier, shift = call.multiplier(scale * _beta(call) / (10.0 / 65535.0))
    if multiplier == 0 or shift > _MOST_SOFTMAX_SHIFT:
        got = f"option beta is {_beta(call):g} and the input's scale {scale:g}"
        raise call.error(got, "a product of 2**-40 to 2")
    return SoftmaxParams(multiplier, shift, -65535)


def _softmax_params(call: Call, scale: float) -> SoftmaxParams:
    beta = _beta(call)
    fraction_bits = 31 - _DIFFERENCE_BITS
    real = min(beta * scale * 2**fraction_bits, 2.0**31 - 1)
    if real <= 1:
        raise call.error(
            f"option beta is {beta:g} and the input's scale {scale:g}",
            f"a product above 2**-{fraction_bits}; below, all outputs are equal",
        )
    multiplier, left_shift = quantize_multiplier(real)
    # The lowest difference that still fits Q5.26 when shifted.
    diff_min = -(((2**_DIFFERENCE_BITS - 1) << fraction_bits) >> left_shift)
    return SoftmaxParams(multiplier, left_shift, diff_min)


def _unary(call: Call) -> tuple[Affine, Affine]:
    """Scales of an int8 operator with one input and an output of the same shape."""
    call.count(1, 1)
    source, output = call.input(), call.output()
    call.shape_is(output, source.shape)
    return call.affine(source), call.affine(output)


def _divided_in_float32(numerator: float, denominator: float) -> float:
    with np.errstate(over="ignore", under="ignore"):
        return float(np.float32(numerator) / np.float32(denominator))


def _requantize(call: Call, real: float, source: Affine, target: Affine, limits: tuple[int, int]) -> Step:
    """The requantization kernel with real multiplier `real` and activation range `limits`."""
    multiplier, shift = call.multiplier(real)
    call.fits(centred_peak(call, source), shift, REMEDY_SCALES)
    params = RequantizeParams(source.zero_point, target.zero_point, multiplier, shift, *limits)
    return call.step(f"requantize_{call.suffix}", params, CountDims(math.prod(call.output().shape)))
