"""The graph: a small immutable picture of one .tflite file. Plain data; no TFLite schema types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

ABSENT = -1  # index of an optional input that is not there


@dataclass(frozen=True, eq=False)
class Quantization:
    """real = scale * (q - zero_point), per tensor (one scale) or per channel along `axis`."""

    scale: npt.NDArray[np.float32]  # [1] or [channels]
    zero_point: npt.NDArray[np.int64]  # same length as scale
    axis: int = 0


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor; `data` is None for an activation and a read-only array for a constant."""

    name: str
    shape: tuple[int, ...]
    dtype: str  # NumPy name: "int8", "int32", "float32", ...
    quantization: Quantization | None = None
    data: npt.NDArray[Any] | None = None


@dataclass(frozen=True, eq=False)
class Operator:
    """One operator. `kind` is the TFLite built-in name ("CONV_2D") or a custom name ("TqConv2D").

    `options` has the schema's field names in snake case; enums are spelled by name ("SAME", "RELU").
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 1


@dataclass(frozen=True, eq=False)
class Graph:
    """One subgraph, operators in execution order."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    name: str = "main"
    description: str = ""
    metadata: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    # signature key -> (input name -> tensor index, output name -> tensor index)
    signatures: Mapping[str, tuple[Mapping[str, int], Mapping[str, int]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
