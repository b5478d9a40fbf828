"""Others' interpreters in processes of their own: outputs, and refusals that do not end ours."""

import numpy as np
import pytest
from deploy_nets import NETS, samples
from tools_required import need

from tinyq.core.errors import RunError
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import serialize
from tinyq.run import witness


def test_tflite_micros_wheel_gives_all_outputs_for_all_samples() -> None:
    need("python:tflite_micro")
    graph = NETS["products"]()
    x = samples(graph, 3)
    (got,) = witness.predict("tflm", serialize(graph), x)
    for number in range(3):
        (wanted,) = Interpreter(graph).run([array[number] for array in x])
        np.testing.assert_array_equal(got[number], wanted)


def test_a_model_that_the_other_interpreter_refuses_is_an_error_with_its_words() -> None:
    need("python:tflite_micro")
    graph = NETS["ternary"]()
    with pytest.raises(RunError, match="its interpreter refuses the model:\n") as error:
        witness.predict("tflm", serialize(graph), samples(graph, 1))
    assert "failed to allocate tensors" in error.value.got
    assert "Traceback" not in error.value.got and "runtime.py" not in error.value.got


def test_a_missing_package_is_an_error_that_names_it(monkeypatch) -> None:
    monkeypatch.setitem(witness.PACKAGES, "lce", "no_such_package")
    with pytest.raises(RunError, match="the package no_such_package is missing") as error:
        witness.predict("lce", b"", [])
    assert "pip install larq-compute-engine" in error.value.remedy
