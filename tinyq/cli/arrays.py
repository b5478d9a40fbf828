"""Arrays that users hand over: .npy files, and real numbers as a model's int8 input."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.cli.console import existing
from tinyq.core.errors import DataError, TinyqError
from tinyq.core.files import write_whole
from tinyq.core.params import AffineParams, CountDims
from tinyq.core.reference.quantize import quantize_f32_a8, quantize_f32_a16
from tinyq.graph.ir import Graph, Tensor


def load_array(path: Path) -> npt.NDArray[Any]:
    """Read a .npy file.

    Raises:
        DataError: it is none, or holds no numbers.
    """
    try:
        array = np.load(existing(path, "file"), allow_pickle=False)
    except TinyqError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(str(path), f"cannot be read ({reason})", "a .npy file", "check the path") from error
    except Exception as error:  # a damaged header is Python text to NumPy: any exception can come
        raise DataError(str(path), f"not a .npy file ({error})", "what numpy.save writes") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iufb":
        raise DataError(str(path), "no single array of numbers", "what numpy.save writes")
    return array


def input_samples(graph: Graph, files: Sequence[Path]) -> list[npt.NDArray[Any]]:
    """One array an input; real numbers become what it takes, the rest is left for the runner to check.

    Args:
        graph: the model.
        files: a .npy file an input, in their order; or one .npz file with an array an input, called as the
            inputs are, or "x" where there is one input.

    Raises:
        DataError: a file cannot be read, or there are more or fewer than the model has inputs.
    """
    tensors = [graph.tensors[index] for index in graph.inputs]
    if len(files) == 1 and files[0].suffix == ".npz":
        arrays = _of_archive(files[0], [tensor.name for tensor in tensors])
    elif len(files) == len(tensors):
        arrays = [load_array(file) for file in files]
    else:
        names = ", ".join(tensor.name for tensor in tensors)
        raise DataError("input samples", f"{len(files)} files", f"{len(tensors)}, in this order: {names}")
    return [_fitted(tensor, array) for tensor, array in zip(tensors, arrays, strict=True)]


def _of_archive(path: Path, names: Sequence[str]) -> list[npt.NDArray[Any]]:
    try:
        with np.load(existing(path, "file"), allow_pickle=False) as archive:
            found = {name: archive[name] for name in archive.files}
    except TinyqError:
        raise
    except Exception as error:  # a damaged header is Python text to NumPy: any exception can come
        raise DataError(str(path), f"not a .npz file ({error})", "what numpy.savez writes") from error
    wanted = ["x"] if len(names) == 1 and "x" in found else list(names)
    if any(name not in found or found[name].dtype.kind not in "iufb" for name in wanted):
        got = ", ".join(f"{name} ({array.dtype})" for name, array in found.items()) or "nothing"
        allowed = "x" if len(names) == 1 else ", ".join(names)
        raise DataError(str(path), f"arrays {got}", f"arrays of numbers called {allowed}")
    return [found[name] for name in wanted]


def _fitted(tensor: Tensor, samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if tensor.shape[:1] == (1,) and samples.shape[1:] == tensor.shape:
        samples = samples[:, 0]
    if not samples.ndim:
        raise DataError(f"input {tensor.name!r}", f"a single {samples.dtype}", "an array [n, ...]")
    if samples.dtype.kind != "f":
        return samples
    check_finite(samples)
    return to_int8(tensor, samples) if tensor.dtype in ("int8", "int16") else samples.astype(np.float32)


def class_numbers(path: Path, count: int) -> npt.NDArray[Any]:
    """Read `count` class numbers.

    Raises:
        DataError: it holds something else.
    """
    labels = load_array(path)
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        got = f"{labels.dtype} of shape {list(labels.shape)}"
        raise DataError(str(path), got, f"whole numbers of shape [{count}], one class a sample")
    return labels


def outputs_suffix(count: int) -> str:
    """Of the file that `save_outputs` writes for a model with `count` outputs."""
    return ".npy" if count == 1 else ".npz"


def save_outputs(path: Path, outputs: Sequence[npt.NDArray[Any]]) -> None:
    """Write one output as .npy, several as .npz (output_0, output_1, ...).

    Raises:
        TinyqError: the file cannot be written.
    """
    stream = io.BytesIO()
    if len(outputs) == 1:
        np.save(stream, outputs[0])
    else:
        np.savez(stream, **{f"output_{i}": output for i, output in enumerate(outputs)})
    write_whole(path, stream.getvalue())


def check_finite(samples: npt.NDArray[Any]) -> None:
    """Refuse what is no number in float32.

    Raises:
        DataError: NaN or infinite values, or values beyond float32.
    """
    if not np.isfinite(samples).all():
        raise DataError("input samples", "NaN or infinite values", "finite numbers")
    largest = np.abs(samples).max(initial=0)
    if largest > np.finfo(np.float32).max:
        raise DataError("input samples", f"values up to {largest:g}", "numbers that float32 can hold")


def to_int8(tensor: Tensor, samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Real numbers [count, ...] as a model's int8 (or int16) input, rounded and saturated as QUANTIZE does.

    Raises:
        DataError: a value is NaN or infinite, or the tensor has no scale.
    """
    check_finite(samples)
    if tensor.quantization is None:
        raise DataError(f"tensor {tensor.name!r}", "no scale", "a quantized int8 tensor")
    affine = tensor.quantization
    params = AffineParams(float(affine.scale[0]), int(affine.zero_point[0]))
    real = samples.astype(np.float32)
    quantized = quantize_f32_a16 if tensor.dtype == "int16" else quantize_f32_a8
    return quantized(params, CountDims(real.size), real).reshape(real.shape)
