"""Others' interpreters of .tflite files: TFLite Micro's (its wheel) and Larq Compute Engine's.

They know built-in operators, and Larq Compute Engine's its own four. Each runs in a process of its own,
because what they refuse ends the process.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import RunError

Array = npt.NDArray[Any]
PACKAGES = {"tflm": "tflite_micro", "lce": "larq_compute_engine"}
_INSTALL = {"tflm": "pip install 'tinyq[tflm]'", "lce": "pip install larq-compute-engine (x86-64)"}
_ARENA_BYTES = 64 << 20
_LAST_LINES = 4


def predict(which: str, model: bytes, inputs: Sequence[Array]) -> list[Array]:
    """Outputs for samples, one after another.

    Args:
        which: "tflm" or "lce".
        model: a .tflite file's bytes.
        inputs: one array an input, [count, *shape], or [count, *shape[1:]] where the batch is 1.

    Returns:
        one array an output, [count, *shape].

    Raises:
        RunError: the package is missing, or its interpreter refuses the model.
    """
    require(which)
    with tempfile.TemporaryDirectory(prefix="tinyq-witness-") as name:
        folder = Path(name)
        (folder / "model.tflite").write_bytes(model)
        np.savez(folder / "inputs.npz", *inputs)
        done = subprocess.run(
            [sys.executable, "-m", __name__, which, name],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0 or not (folder / "outputs.npz").is_file():
            raise RunError(which, f"its interpreter refuses the model:{_complaints(done.stderr)}")
        with np.load(folder / "outputs.npz") as archive:
            return [archive[f"arr_{i}"] for i in range(len(archive.files))]


def _complaints(text: str) -> str:
    """The last lines, without Python's own about where."""
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "Traceback"))]
    return "".join(f"\n    {line}" for line in lines[-_LAST_LINES:])


def require(which: str) -> None:
    """Do nothing where the package is installed.

    Raises:
        RunError: it is not.
    """
    if importlib.util.find_spec(PACKAGES[which]) is None:
        raise RunError(which, f"the package {PACKAGES[which]} is missing", remedy=_INSTALL[which])


def main(which: str, name: str) -> None:
    """The process: model.tflite and inputs.npz of a folder -> outputs.npz there."""
    folder = Path(name)
    with np.load(folder / "inputs.npz") as archive:
        inputs = [archive[f"arr_{i}"] for i in range(len(archive.files))]
    run = {"tflm": _tflm, "lce": _lce}[which]((folder / "model.tflite").read_bytes())
    results = [run(list(sample)) for sample in zip(*inputs, strict=True)]
    np.savez(folder / "outputs.npz", *(np.stack(values) for values in zip(*results, strict=True)))


def _tflm(model: bytes) -> Callable[[list[Array]], list[Array]]:
    runtime = importlib.import_module("tflite_micro.python.tflite_micro.runtime")
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=_ARENA_BYTES)

    def run(sample: list[Array]) -> list[Array]:
        for index, value in enumerate(sample):
            shape = interpreter.get_input_details(index)["shape"]
            interpreter.set_input(np.ascontiguousarray(value).reshape(shape), index)
        interpreter.invoke()
        return [np.array(interpreter.get_output(index)) for index in range(count)]

    count = importlib.import_module("tflite").Model.GetRootAs(model, 0).Subgraphs(0).OutputsLength()
    return run


def _lce(model: bytes) -> Callable[[list[Array]], list[Array]]:
    module = importlib.import_module("larq_compute_engine.tflite.python.interpreter_wrapper_lite")
    interpreter = None
    # Its fast kernels take neither groups nor, with int8 outputs, borders of zeros.
    for reference, indirect in ((False, False), (False, True), (True, False)):
        try:
            interpreter = module.LiteInterpreter(model, 1, reference, indirect, False)
            shapes = interpreter.input_shapes
            break
        except RuntimeError as error:
            refusal = error
    if interpreter is None:
        raise refusal

    def run(sample: list[Array]) -> list[Array]:
        given = [
            np.ascontiguousarray(value).reshape(shape) for value, shape in zip(sample, shapes, strict=True)
        ]
        return [np.array(y) for y in interpreter.predict(given)]

    return run


if __name__ == "__main__":
    main(*sys.argv[1:])
