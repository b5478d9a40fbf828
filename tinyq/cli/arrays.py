"""Arrays that users hand over: .npy files, and real numbers as a model's int8 input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.cli.console import existing
from tinyq.core.errors import DataError
from tinyq.graph.ir import Graph, Tensor


def load_array(path: Path) -> npt.NDArray[Any]:
    """Read a .npy file.

    Raises:
        DataError: it is none, or holds no numbers.
    """
    try:
        array = np.load(existing(path, "file"), allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(str(path), f"not a .npy file ({error})", "what numpy.save writes") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iufb":
        raise DataError(str(path), "no single array of numbers", "what numpy.save writes")
    return array


def quantized(graph: Graph, samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Real-valued samples as the model's int8 input; the rest unchanged, to be checked by who runs it."""
    tensor = graph.tensors[graph.inputs[0]]
    if samples.dtype.kind != "f" or tensor.dtype != "int8" or tensor.quantization is None:
        return samples
    return to_int8(tensor, samples)


def to_int8(tensor: Tensor, samples: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
    """round(x / scale) + zero_point, saturated, as TFLite's QUANTIZE does.

    Raises:
        DataError: a value is NaN or infinite, or the tensor has no scale.
    """
    if not np.isfinite(samples).all():
        raise DataError("input samples", "NaN or infinite values", "finite numbers")
    if tensor.quantization is None:
        raise DataError(f"tensor {tensor.name!r}", "no scale", "a quantized int8 tensor")
    scale, zero_point = tensor.quantization.scale[0], tensor.quantization.zero_point[0]
    scaled = samples.astype(np.float32) / scale
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled)) + zero_point
    return np.clip(rounded, -128, 127).astype(np.int8)
