"""What `tinyq emit` wrote, read back: model.json -> names, shapes and sizes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.boards import Board, load_board
from tinyq.core.errors import BuildError, RunError
from tinyq.core.stream_plan import StreamPlan

DTYPES = ("int8", "float32", "int32", "int16")


@dataclass(frozen=True)
class Endpoint:
    """An input or output: real = scale * (q - zero_point) where dtype is int8 or int16."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int

    @property
    def bytes(self) -> int:
        """Bytes of its elements."""
        return int(np.prod(self.shape, dtype=np.int64)) * np.dtype(self.dtype).itemsize

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape without a leading batch dimension of 1."""
        return self.shape[1:] if self.shape[:1] == (1,) else self.shape


@dataclass(frozen=True)
class Layer:
    """A layer that computes; `estimate`: instructions it should take, None where nothing was measured."""

    name: str
    kernel: str
    macs: int
    estimate: int | None = None


@dataclass(frozen=True)
class Emitted:
    """An emitted folder.

    Args:
        folder: where it lies.
        name: the model's name.
        abi: TQ_ABI it was generated for.
        board: facts of its board, from its own copy.
        stack_bytes: what its programs reserve for the stack, where a board tells.
        constants_crc32: of weights and all other constants.
        inputs, outputs, layers: in the model's order.
        stream: what its application `stream` does; None where it has none.
    """

    folder: Path
    name: str
    abi: int
    board: Board
    stack_bytes: int
    constants_crc32: int
    inputs: tuple[Endpoint, ...]
    outputs: tuple[Endpoint, ...]
    layers: tuple[Layer, ...]
    stream: StreamPlan | None = None

    @property
    def input_bytes(self) -> int:
        """Bytes of all inputs of one inference."""
        return sum(tensor.bytes for tensor in self.inputs)

    @property
    def output_bytes(self) -> int:
        """Bytes of all outputs of one inference."""
        return sum(tensor.bytes for tensor in self.outputs)


def read_emitted(folder: Path | str) -> Emitted:
    """Read an emitted folder.

    Raises:
        BuildError: it is none, or its model.json is damaged.
        BoardError: its board's facts are damaged.
    """
    folder = Path(folder).resolve()
    manifest = folder / "model.json"
    try:
        facts = json.loads(manifest.read_text(encoding="utf-8"))
        return Emitted(
            folder=folder,
            name=str(facts["name"]),
            abi=int(facts["abi"]),
            board=load_board(folder / "boards" / str(facts["board"])),
            stack_bytes=int(facts["stack_bytes"]),
            constants_crc32=int(facts["constants_crc32"]),
            inputs=tuple(_endpoint(tensor) for tensor in facts["inputs"]),
            outputs=tuple(_endpoint(tensor) for tensor in facts["outputs"]),
            layers=tuple(_layer(layer) for layer in facts["layers"]),
            stream=StreamPlan.from_dict(facts["stream"]) if facts.get("stream") else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        got = "no model.json" if isinstance(error, OSError) else f"a damaged model.json ({error!r})"
        raise BuildError(str(folder), got, "a folder that tinyq emitted", "run tinyq emit") from error


def _layer(facts: dict[str, Any]) -> Layer:
    estimate = facts.get("estimate")
    name, kernel, macs = str(facts["name"]), str(facts["kernel"]), int(facts["macs"])
    return Layer(name, kernel, macs, None if estimate is None else int(estimate))


def _endpoint(tensor: dict[str, Any]) -> Endpoint:
    dtype = str(tensor["dtype"])
    if dtype not in DTYPES:
        raise ValueError(f"dtype {dtype!r}")
    return Endpoint(
        str(tensor["name"]),
        tuple(int(size) for size in tensor["shape"]),
        dtype,
        float(tensor["scale"]),
        int(tensor["zero_point"]),
    )


def frames(tensor: Endpoint, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Check the samples for one input.

    Args:
        tensor: the input.
        values: [n, *shape], or [n, *shape[1:]] where the batch is 1; the input's dtype.

    Returns:
        [n, *shape], contiguous.

    Raises:
        RunError: wrong shape or dtype, or no sample.
    """
    where = f"input {tensor.name!r}"
    shape = f"[n, {', '.join(map(str, tensor.sample_shape))}]"
    if values.dtype != np.dtype(tensor.dtype):
        remedy = (
            f"round(x / {tensor.scale:.9g}) + {tensor.zero_point}"
            if tensor.dtype in ("int8", "int16")
            else ""
        )
        raise RunError(where, f"elements of type {values.dtype}", tensor.dtype, remedy)
    if values.shape[1:] not in (tensor.shape, tensor.sample_shape) or not values.shape:
        raise RunError(where, f"shape {list(values.shape)}", shape)
    if len(values) == 0:
        raise RunError(where, "no samples", "at least one")
    return np.ascontiguousarray(values).reshape(len(values), *tensor.shape)
