"""LiteRT with tinyq's operators: a class in the manner of tf.lite.Interpreter, and the library behind it.

The operators come as a delegate, the plain C way into LiteRT that its Python, C and C++ interpreters share.
Built-in operators are computed by LiteRT's own reference kernels, so all integers are those of TFLite Micro
and of tinyq's C; its faster default kernels, which `exact=False` asks for, round some of them differently.

On x86-64, the environment variable TINYQ_X86 keeps tinyq's operators from instructions that the computer has:
avx2 from AVX-512, base from both. It changes times, never results.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import importlib.metadata
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import BuildError, RunError
from tinyq.core.resources import firmware_dir
from tinyq.run.tools import c_compiler, find_program

PACKAGE = "ai-edge-litert"
# Versions whose structures the library was tried with: from the first to before the second.
TRIED = ((1, 4), (2, 4))
LIBRARY = "libtinyq_litert.so"
ABI = 1
_INSTALL = f"pip install 'tinyq[litert]', or {PACKAGE}==2.3.0"


class Interpreter:
    """Runs a .tflite file in LiteRT, tinyq's custom operators included.

    The methods are those of tf.lite.Interpreter.

    Args:
        model_path: a .tflite file; or
        model_content: its bytes.
        num_threads: of LiteRT's own operators.
        exact: built-in operators as TFLite Micro computes them, or, False, by LiteRT's fastest kernels.

    Raises:
        RunError: LiteRT is missing or of a version that was not tried, or the model does not load: the error
            has the operator's sentence.
        BuildError: the library has to be compiled (in a checkout, when first needed), and cannot be.

    Example: (not run: it needs the package)
        interpreter = Interpreter("model.tflite")
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        y = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    """

    def __init__(
        self,
        model_path: str | Path | None = None,
        model_content: bytes | None = None,
        num_threads: int | None = None,
        exact: bool = True,
    ) -> None:
        if (model_path is None) == (model_content is None):
            raise RunError("Interpreter", "both or neither of model_path and model_content", "one of them")
        where = "model_content" if model_path is None else str(model_path)
        if model_path is not None and not Path(model_path).is_file():
            raise RunError(where, "is no file", "a .tflite file")
        runtime = litert()
        resolver = runtime.OpResolverType.BUILTIN_REF if exact else runtime.OpResolverType.AUTO
        self._delegate = _delegate(runtime)
        try:
            self._interpreter = runtime.Interpreter(
                model_path=None if model_path is None else str(model_path),
                model_content=model_content,
                num_threads=num_threads,
                experimental_delegates=[self._delegate],
                experimental_op_resolver_type=resolver,
            )
        except (RuntimeError, ValueError) as error:
            raise RunError(where, _first_sentence(str(error)), remedy="convert the model again") from error
        self._where = where

    def allocate_tensors(self) -> None:
        """Plan and take the memory; before anything else.

        Raises:
            RunError: the model does not load, or a shape was changed to one that an operator cannot have.
        """
        self._try(self._interpreter.allocate_tensors)

    def get_input_details(self) -> list[dict[str, Any]]:
        """Name, index, shape, dtype and quantization of each input."""
        return list(self._interpreter.get_input_details())

    def get_output_details(self) -> list[dict[str, Any]]:
        """The same of each output."""
        return list(self._interpreter.get_output_details())

    def get_tensor_details(self) -> list[dict[str, Any]]:
        """The same of every tensor of the model."""
        return list(self._interpreter.get_tensor_details())

    def resize_tensor_input(self, input_index: int, tensor_size: Sequence[int]) -> None:
        """Give an input another shape; `allocate_tensors` must follow, and says whether that is possible."""
        self._interpreter.resize_tensor_input(input_index, list(tensor_size))

    def set_tensor(self, tensor_index: int, value: npt.NDArray[Any]) -> None:
        """Write an input.

        Raises:
            RunError: its type or shape is another one.
        """
        self._try(lambda: self._interpreter.set_tensor(tensor_index, value))

    def invoke(self) -> None:
        """One inference."""
        self._try(self._interpreter.invoke)

    def get_tensor(self, tensor_index: int) -> npt.NDArray[Any]:
        """A copy of an output."""
        return np.asarray(self._interpreter.get_tensor(tensor_index))

    def _try(self, call: Any) -> None:
        try:
            call()
        except (RuntimeError, ValueError) as error:
            raise RunError(self._where, _first_sentence(str(error))) from error


def predict(model: str | Path | bytes, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    """Outputs for samples, one after another.

    Args:
        model: a .tflite file, or its bytes.
        inputs: one array an input, [count, *shape], or [count, *shape[1:]] where the batch is 1.

    Returns:
        one array an output, [count, *shape].

    Raises:
        RunError: see `Interpreter`; or inputs that are not the model's.
    """
    interpreter = (
        Interpreter(model_content=model) if isinstance(model, bytes) else Interpreter(model_path=model)
    )
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()
    if len(inputs) != len(details):
        raise RunError("inputs", f"{len(inputs)} arrays", f"{len(details)}, one an input")
    results: list[list[npt.NDArray[Any]]] = []
    for sample in zip(*inputs, strict=True):
        for detail, value in zip(details, sample, strict=True):
            if value.size == np.prod(detail["shape"]):
                value = value.reshape(detail["shape"])
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        results.append([interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()])
    return [np.stack(values) for values in zip(*results, strict=True)]


def litert() -> Any:
    """The module ai_edge_litert.interpreter, once its version and its interface are known to fit.

    Raises:
        RunError: it is missing, was not tried, or lacks what is needed.
    """
    try:
        version = importlib.metadata.version(PACKAGE)
        module = importlib.import_module("ai_edge_litert.interpreter")
    except (ImportError, OSError) as error:
        raise RunError("LiteRT", f"the package {PACKAGE} is missing ({error})", "", _INSTALL) from error
    first, behind = (".".join(map(str, limit)) for limit in TRIED)
    if not TRIED[0] <= _numbers(version) < TRIED[1]:
        got = f"{PACKAGE} {version}, whose structures tinyq was not tried with"
        raise RunError("LiteRT", got, f"{first} to before {behind}", _INSTALL)
    missing = [
        name for name in ("Interpreter", "load_delegate", "OpResolverType") if not hasattr(module, name)
    ]
    if missing:
        raise RunError("LiteRT", f"{PACKAGE} {version} lacks {', '.join(missing)}", "", _INSTALL)
    return module


def library() -> Path:
    """The shared library: the wheel's, or in a checkout one that is compiled when it is first needed.

    Raises:
        BuildError: it has to be compiled, and there is no compiler or it fails.
    """
    carried = Path(__file__).resolve().parent.parent / "_litert" / LIBRARY
    if carried.is_file():
        return carried
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tinyq"
    built = cache / f"litert-{_digest()}" / LIBRARY
    if not built.is_file():
        _build(built)
    return built


def _build(target: Path) -> None:
    """Compile the library elsewhere, and put it in place whole."""
    find_program(c_compiler(), BuildError)
    cmake = find_program("cmake", BuildError)
    with tempfile.TemporaryDirectory(prefix="tinyq-litert-") as name:
        for command in (
            [cmake, "-S", str(firmware_dir() / "litert"), "-B", name],
            [cmake, "--build", name, "--parallel", str(os.cpu_count() or 1)],
        ):
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
            if done.returncode != 0:
                tail = "\n    ".join((done.stdout + done.stderr).splitlines()[-12:])
                raise BuildError(LIBRARY, f"the C build failed:\n    {tail}", remedy="please report it")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(f".{os.getpid()}")
        shutil.copyfile(Path(name) / LIBRARY, part)
        part.replace(target)


def _digest() -> str:
    """Of all sources, so that a changed one is compiled again."""
    digest = hashlib.sha256()
    firmware = firmware_dir()
    for part in ("include", "kernels", "loader", "litert"):
        for path in sorted((firmware / part).rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(firmware).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _delegate(runtime: Any) -> Any:
    path = library()
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise RunError(str(path), f"cannot be loaded ({error})", "", "install tinyq again") from error
    with suppress(AttributeError):
        if loaded.tinyq_litert_abi() == ABI:
            return runtime.load_delegate(str(path))
    raise RunError(str(path), "a library for another ABI", str(ABI), "install tinyq again")


def _numbers(version: str) -> tuple[int, ...]:
    parts = []
    for part in version.split(".")[:2]:
        digits = "".join(c for c in part if c.isdigit())
        parts.append(int(digits or 0))
    return tuple(parts)


def _first_sentence(text: str) -> str:
    """The library's own sentence where there is one; LiteRT adds others behind it."""
    ours = [line for line in text.replace("Encountered", "\nEncountered").splitlines() if "tinyq: " in line]
    found = ours[0].split("tinyq: ", 1)[1] if ours else " ".join(text.split())
    return found.split("Node number")[0].strip()[:400]
