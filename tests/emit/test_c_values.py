"""tinyq.emit.c_values: numbers in C are the numbers in Python."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyq.core.errors import EmitError
from tinyq.core.params import AffineParams, ConvDims, ConvParams, Dims
from tinyq.core.params_bits import BitsOutput, FullyConnectedBitsParams
from tinyq.emit.c_values import array_fields, c_array, c_float, c_int, c_type, struct_fields, struct_type


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_constant_reads_back_as_the_same_float32(value: float) -> None:
    text = c_float(value)
    assert re.fullmatch(r"-?\d+(\.\d+)?(e[+-]\d+)?f", text) and ("." in text or "e" in text)
    assert np.float32(text[:-1]) == np.float32(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e40])
def test_what_is_not_a_finite_float32_is_refused(value: float) -> None:
    with np.errstate(over="ignore"), pytest.raises(EmitError, match="finite"):
        c_float(value)


def test_the_smallest_int32_is_an_expression() -> None:
    assert c_int(-(2**31)) == "(-2147483647 - 1)"


def test_arrays_hold_every_element_in_order_on_short_lines() -> None:
    values = np.random.default_rng(0).integers(-(2**31), 2**31, 300).astype(np.int32)
    text = c_array(values.reshape(10, 30))
    numbers = text.strip("{}\n").replace("(-2147483647 - 1)", str(-(2**31))).split(",")
    assert [int(n) for n in numbers if n.strip()] == values.tolist()
    assert max(map(len, text.splitlines())) <= 100


def test_struct_fields_name_every_field_of_the_dataclass() -> None:
    one = np.zeros(2, np.int32)
    params = ConvParams(1, 2, 1, 1, 0, 1, -3, 4, -128, 127, one, one.astype(np.int8), None)
    fields = struct_fields(params, {"multiplier": "m", "shift": "s"})
    assert ".stride_w = 2" in fields and ".input_zero_point = -3" in fields
    assert {".multiplier = m", ".shift = s", ".levels = NULL"} < set(fields)
    assert list(array_fields(params)) == ["multiplier", "shift"]


def test_a_dataclass_in_a_dataclass_is_printed_with_its_arrays() -> None:
    output = BitsOutput(2, np.zeros((3, 1), np.int32), scale=np.ones(3, np.float32))
    params = FullyConnectedBitsParams(4, 3, output)
    assert list(array_fields(params)) == ["output.thresholds", "output.scale"]
    fields = struct_fields(params, {"output.thresholds": "t", "output.scale": "s", "levels": "other"})
    assert fields[:2] == [".x_levels = 4", ".w_levels = 3"]
    for part in ("{.levels = 2, .thresholds = t, .flip = NULL", ".scale = s, .real_min = 0.0f", "= 0.0f}"):
        assert part in fields[2]


def test_shapes_and_reals_are_printed() -> None:
    dims = ConvDims(Dims(1, 2, 3, 4), Dims(5, 6, 7, 8), Dims(9, 10, 11, 12))
    assert struct_fields(dims, {})[1] == ".filter = {5, 6, 7, 8}"
    assert struct_fields(AffineParams(0.5, -1), {}) == [".scale = 0.5f", ".zero_point = -1"]
    assert struct_type(dims) == "tq_conv_dims"


def test_an_element_type_that_c_code_has_not_is_refused() -> None:
    with pytest.raises(EmitError, match=r"(?s)'x'.*float16.*int8"):
        c_type("float16", "tensor 'x'")
