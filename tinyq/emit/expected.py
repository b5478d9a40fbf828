"""What `tq_check` expects of an emitted model: CRC-32 of its constants, and of its outputs for a self-test.

The expected outputs are those of the NumPy reference, which lies in `evaluate`: no other file here needs it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph.ir import Graph, Tensor

Array = npt.NDArray[Any]
SEED = 0x2545F491  # as in firmware/runtime/tq_test_inputs.c


def constants_crc32(arrays: Sequence[Array]) -> int:
    """Of all arrays as a little-endian core has them, one behind the other.

    Example:
        >>> hex(constants_crc32([np.array([1], np.int32), np.array([2], np.int8)]))
        '0x154cbf81'
    """
    return _crc32(np.ascontiguousarray(array) for array in arrays)


def outputs_crc32(graph: Graph) -> int:
    """Of the outputs of the reference for `self_test_inputs`."""
    return _crc32(Interpreter(graph).run(self_test_inputs(graph)))


def self_test_inputs(graph: Graph) -> list[Array]:
    """What the firmware makes, too: pseudo-random bytes; reals of -4 to 4; of packed inputs zeros."""
    draws = _draws(SEED)
    return [_input(graph.tensors[index], draws) for index in graph.inputs]


def _input(tensor: Tensor, draws: Iterator[int]) -> Array:
    dtype, size = np.dtype(tensor.dtype).newbyteorder("<"), math.prod(tensor.shape)
    if dtype == np.int32:
        values = np.zeros(size, dtype)
    elif dtype == np.float32:
        values = np.fromiter(draws, np.uint8, size).view(np.int8).astype(dtype) / np.float32(32)
    else:
        values = np.fromiter(draws, np.uint8, size * dtype.itemsize).view(dtype)
    return values.astype(tensor.dtype).reshape(tensor.shape)


def _draws(state: int) -> Iterator[int]:
    """Source: G. Marsaglia, "Xorshift RNGs", 2003; the upper 8 bits."""
    while True:
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        yield state >> 24


def _crc32(arrays: Iterable[Array]) -> int:
    crc = 0
    for array in arrays:
        crc = zlib.crc32(array.astype(array.dtype.newbyteorder("<")).tobytes(), crc)
    return crc
