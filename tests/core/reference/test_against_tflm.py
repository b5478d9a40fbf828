"""int8 built-ins give TFLite Micro's integers, on random operators of all shapes."""

import numpy as np
import pytest
from one_operator import OPERATORS, inputs_for
from tflm import run_tflm

from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import parse, serialize

CASES = {
    "CONV_2D": 60,
    "DEPTHWISE_CONV_2D": 60,
    "TRANSPOSE_CONV": 60,
    "FULLY_CONNECTED": 60,
    "ADD": 60,
    "MEAN": 60,
    "SOFTMAX": 40,
}


@pytest.mark.tflm
@pytest.mark.parametrize("kind", OPERATORS)
def test_equals_tflite_micro_on_random_cases(kind: str) -> None:
    for seed in range(CASES.get(kind, 20)):
        rng = np.random.default_rng([seed, *kind.encode()])
        graph = OPERATORS[kind](rng)
        samples = [inputs_for(graph, rng) for _ in range(2)]
        model = serialize(graph)
        expected = run_tflm(model, samples)
        interpreter = Interpreter(parse(model, kind))
        for inputs, wanted in zip(samples, expected, strict=True):
            got = interpreter.run(inputs)
            np.testing.assert_array_equal(got[0], wanted[0], err_msg=f"{kind}, seed {seed}: {graph}")
