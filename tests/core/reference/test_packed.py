"""A packed operator gives exactly the integers of the int8 operator that it was packed from."""

import numpy as np
import pytest
from changed_graphs import packed
from hypothesis import given, settings
from hypothesis import strategies as st
from one_operator import OPERATORS, inputs_for

from tinyq.core.spec import SCHEMES
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import parse, serialize


@pytest.mark.parametrize("scheme", SCHEMES[1:])
@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"])
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_packed_equals_the_int8_operator(kind: str, scheme: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    int8 = OPERATORS[kind](rng, scheme)
    inputs = inputs_for(int8, rng)
    tq = Interpreter(parse(serialize(packed(int8, scheme)), kind))
    assert tq.steps[0].kernel.endswith(scheme)
    (wanted,), (got,) = Interpreter(int8).run(inputs), tq.run(inputs)
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"])
def test_packed_and_int8_count_the_same_macs(kind: str) -> None:
    graph = OPERATORS[kind](np.random.default_rng(3), "a8wt")
    (int8,), (tq,) = Interpreter(graph).steps, Interpreter(packed(graph, "a8wt")).steps
    assert tq.macs == int8.macs > 0
