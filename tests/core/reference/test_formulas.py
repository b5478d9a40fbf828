"""The vectorised references equal the plain loops of their formulas, on small shapes."""

import itertools

import numpy as np
import pytest
from one_operator import OPERATORS, inputs_for
from operator_graph import OneOperator

from tinyq.core.reference.quantize import round_half_away
from tinyq.core.reference.softmax import _reciprocal, exp_on_negative_values
from tinyq.core.requantize import multiply_by_quantized_multiplier
from tinyq.evaluate.interpreter import Interpreter


def scan_by_loops(step, image, depthwise):
    """Conv2D or DepthwiseConv2D, one product at a time, in Python integers."""
    p, d = step.params, step.dims
    weights, bias = step.constants
    image, result = image.reshape(d.input.shape), np.zeros(d.output.shape, np.int8)
    per_group = d.filter.n // (d.input.c // d.filter.c) if not depthwise else 1
    for n, y, x, o in itertools.product(*map(range, d.output.shape)):
        total = 0 if bias is None else int(bias[o])
        for fy, fx in itertools.product(range(d.filter.h), range(d.filter.w)):
            iy = y * p.stride_h - p.pad_top + fy * p.dilation_h
            ix = x * p.stride_w - p.pad_left + fx * p.dilation_w
            if not (0 <= iy < d.input.h and 0 <= ix < d.input.w):
                continue
            if depthwise:
                pairs = [(o // (d.output.c // d.input.c), weights[0, fy, fx, o])]
            else:
                first = o // per_group * d.filter.c
                pairs = [(first + i, weights[o, fy, fx, i]) for i in range(d.filter.c)]
            for channel, weight in pairs:
                total += (int(image[n, iy, ix, channel]) - p.input_zero_point) * int(weight)
        scaled = multiply_by_quantized_multiplier(np.array([total]), int(p.multiplier[o]), int(p.shift[o]))
        result[n, y, x, o] = min(
            max(int(scaled[0]) + p.output_zero_point, p.activation_min), p.activation_max
        )
    return result


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
def test_convolutions_equal_the_loops(kind: str) -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        graph = OPERATORS[kind](rng)
        (image,) = inputs_for(graph, rng)
        interpreter = Interpreter(graph)
        wanted = scan_by_loops(interpreter.steps[0], image, kind == "DEPTHWISE_CONV_2D")
        np.testing.assert_array_equal(interpreter.run(image)[0], wanted, err_msg=f"seed {seed}")


def test_exp_is_close_to_the_real_one() -> None:
    a = -np.arange(0, 16 << 26, 999_983, dtype=np.int64)
    real = np.exp(a / 2.0**26) * 2**31
    # gemmlowp's series stops at the fourth power: 335 units of 2**-31 were seen, the output has 2**-8.
    assert np.abs(exp_on_negative_values(a) - real).max() < 512


def test_reciprocal_is_exact_to_some_units() -> None:
    totals = (np.arange(1, 511, dtype=np.int64) << 19) + np.arange(1, 511) * 977
    mantissa, bits_over_unit = _reciprocal(totals)
    real = totals / 2.0**19
    # Three steps of Newton and Raphson; two would leave some 40,000 units of 2**-31.
    assert np.abs(mantissa - 2.0**31 * 2.0**bits_over_unit / real).max() < 16


def test_softmax_rows_sum_to_one_within_rounding() -> None:
    rng = np.random.default_rng(1)
    for seed in range(20):
        graph = OPERATORS["SOFTMAX"](np.random.default_rng(seed))
        (probabilities,) = Interpreter(graph).run(inputs_for(graph, rng))
        depth = probabilities.shape[-1]
        sums = (probabilities.astype(int) + 128).sum(axis=-1)
        # Each of depth shares is rounded by at most 1/2; a lone winner saturates at 255/256.
        assert (np.abs(sums - 256) <= depth / 2 + 1).all(), f"seed {seed}"


def test_rounding_goes_half_away_from_zero_and_is_not_fooled_below_one_half() -> None:
    x = np.array([0.5, -0.5, 1.5, -2.5, 0.49999997, -0.49999997, 8388609.0, np.inf, -np.inf], np.float32)
    wanted = [1, -1, 2, -3, 0, 0, 8388609, np.inf, -np.inf]
    assert round_half_away(x).tolist() == wanted


def test_quantize_saturates_instead_of_overflowing() -> None:
    b = OneOperator()
    x, y = b.activation((3,), dtype="float32"), b.activation((3,), 0.5, 7, is_input=False)
    graph = b.graph("QUANTIZE", (x,), y)
    for value, wanted in [(np.inf, 127), (-np.inf, -128), (3e38, 127), (-3e38, -128), (np.nan, -128)]:
        (codes,) = Interpreter(graph).run(np.full(3, value, np.float32))
        assert (codes == wanted).all(), value
