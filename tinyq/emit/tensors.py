"""What a tensor is in the arena: its bytes, and its name in the memory plan."""

from __future__ import annotations

import numpy as np

from tinyq.core.kernels import Step
from tinyq.graph.ir import Graph, Tensor


def tensor_key(graph: Graph, index: int) -> str:
    """Name of a tensor's memory in the plan; unique whatever the tensors are called."""
    return f"{index} {graph.tensors[index].name}"


def scratch_key(step: Step) -> str:
    """Name of a step's scratch memory in the plan."""
    return f"scratch of {step.name}"


def tensor_bytes(tensor: Tensor) -> int:
    """Bytes of a tensor's elements.

    Example:
        >>> tensor_bytes(Tensor("x", (1, 8, 8, 3), "int8"))
        192
    """
    return int(np.prod(tensor.shape, dtype=np.int64)) * np.dtype(tensor.dtype).itemsize
