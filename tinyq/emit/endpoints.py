"""Inputs and outputs of a model, as generated C and the list of facts beside it have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinyq.emit.c_values import c_float, c_type
from tinyq.emit.identifiers import c_string, plain_text
from tinyq.emit.tensors import tensor_bytes
from tinyq.graph.ir import Tensor


@dataclass(frozen=True)
class Endpoint:
    """An input or output of the model as the templates see it."""

    macro: str  # INPUT_0
    variable: str  # input_0
    name: str  # C string
    comment: str
    type: str
    offset: int
    bytes: int
    dtype: str
    shape: tuple[int, ...]
    scale: str
    zero_point: int


def endpoint_of(variable: str, tensor: Tensor, offset: int) -> Endpoint:
    """An endpoint `offset` bytes behind the arena's begin."""
    scale, zero_point = affine(tensor)
    return Endpoint(
        macro=variable.upper(),
        variable=variable,
        name=c_string(tensor.name),
        comment=plain_text(tensor.name),
        type=c_type(tensor.dtype, f"tensor {tensor.name!r}"),
        offset=offset,
        bytes=tensor_bytes(tensor),
        dtype=tensor.dtype,
        shape=tensor.shape,
        scale=c_float(scale),
        zero_point=zero_point,
    )


def endpoint_facts(tensor: Tensor, offset: int) -> dict[str, Any]:
    """The same for programs, which find it in the folder's JSON file."""
    scale, zero_point = affine(tensor)
    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "dtype": tensor.dtype,
        "scale": scale,
        "zero_point": zero_point,
        "offset": offset,
        "bytes": tensor_bytes(tensor),
    }


def affine(tensor: Tensor) -> tuple[float, int]:
    """Scale and zero point of an activation tensor; (1, 0) for real ones."""
    if tensor.quantization is None or tensor.dtype == "float32":
        return 1.0, 0
    return float(tensor.quantization.scale[0]), int(tensor.quantization.zero_point[0])
