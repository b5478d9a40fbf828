"""int16 activations (16x8 quantization) give TFLite's integers, on random operators of all shapes."""

from __future__ import annotations

import numpy as np
import pytest
from int16_operators import KINDS, int16_graph, int16_inputs
from tflm import run_tflm
from tools_required import need

from tinyq.core.reference.softmax_a16 import EXP, ONE_OVER_ONE_PLUS, interpolate
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import parse, serialize

# What TFLite Micro has not in int16, TensorFlow Lite's interpreter has.
NOT_IN_TFLM = ("RELU", "RELU6")
NEED_BIAS = ("CONV_2D", "DEPTHWISE_CONV_2D")  # TensorFlow Lite's interpreter refuses int16 without


def run_tflite(model: bytes, samples: list[list[np.ndarray]]) -> list[list[np.ndarray]]:
    """Outputs of TensorFlow Lite's reference kernels."""
    need("python:tensorflow")
    import tensorflow as tf

    resolver = tf.lite.experimental.OpResolverType.BUILTIN_REF
    interpreter = tf.lite.Interpreter(model_content=model, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    results = []
    for inputs in samples:
        for detail, array in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        details = interpreter.get_output_details()
        results.append([interpreter.get_tensor(detail["index"]) for detail in details])
    return results


def compare(kind: str, cases: int, witness) -> None:
    for seed in range(cases):
        rng = np.random.default_rng([seed, *kind.encode()])
        graph = int16_graph(kind, rng)
        if witness is run_tflite and kind in NEED_BIAS and len(graph.operators[0].inputs) < 3:
            continue
        samples = [int16_inputs(graph, rng) for _ in range(2)]
        model = serialize(graph)
        expected = witness(model, samples)
        interpreter = Interpreter(parse(model, kind))
        assert "a16" in interpreter.steps[0].kernel or kind == "RESHAPE"
        for inputs, wanted in zip(samples, expected, strict=True):
            got = interpreter.run(inputs)
            assert got[0].dtype == wanted[0].dtype
            np.testing.assert_array_equal(got[0], wanted[0], err_msg=f"{kind}, seed {seed}: {graph}")


@pytest.mark.tflm
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NOT_IN_TFLM])
def test_equals_tflite_micro_on_random_cases(kind: str) -> None:
    compare(kind, 40, run_tflm)


@pytest.mark.train
@pytest.mark.parametrize("kind", KINDS)
def test_equals_tensorflow_lites_reference_kernels_on_random_cases(kind: str) -> None:
    compare(kind, 20, run_tflite)


def test_tables_of_softmax_are_close_to_the_functions() -> None:
    codes = np.arange(-32768, 32768)
    x = (codes + 32768) / 65536
    assert np.abs(interpolate(EXP, codes) - np.exp(10 * x - 10) * 32768).max() < 6
    assert np.abs(interpolate(ONE_OVER_ONE_PLUS, codes) - 32768 / (1 + x)).max() < 2
