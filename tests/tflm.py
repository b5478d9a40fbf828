"""TFLite Micro's own interpreter (the tflite-micro wheel): the outside witness."""

from __future__ import annotations

import numpy as np
from tools_required import need


def run_tflm(model: bytes, samples: list[list[np.ndarray]]) -> list[list[np.ndarray]]:
    """Outputs of TFLite Micro for each list of inputs. A model that it refuses ends the process."""
    need("python:tflite_micro")
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=1 << 22)
    results = []
    for inputs in samples:
        for index, array in enumerate(inputs):
            interpreter.set_input(array, index)
        interpreter.invoke()
        results.append([np.array(interpreter.get_output(0))])
    return results
