"""The memory that kernels are called with: copies are the arrays, and what is written beside them is seen."""

import ctypes

import numpy as np
import pytest
from c_kernels import memory


@pytest.mark.parametrize("size", [3, 600])
def test_an_array_of_any_order_is_copied_as_it_reads(size: int) -> None:
    across = np.arange(size * size, dtype=np.int32).reshape(size, size).T
    with memory() as blocks:
        copied = blocks.read(blocks.copy(across), across.size, np.int32).reshape(size, size)
    np.testing.assert_array_equal(copied, across)


@pytest.mark.parametrize("beside", [-1, 8])
def test_a_byte_beside_a_buffer_is_seen(beside: int) -> None:
    with pytest.raises(AssertionError, match="beside a buffer"), memory() as blocks:
        ctypes.memset(blocks.new(8, 1) + beside, 0, 1)
