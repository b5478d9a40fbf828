"""tq_crc32 is zlib's CRC-32, in one piece or in several."""

import ctypes
import zlib

import numpy as np
import pytest
from c_kernels import CKernels


@pytest.fixture
def crc32(c_kernels: CKernels):
    function = c_kernels.library.tq_crc32
    function.argtypes = [ctypes.c_uint32, ctypes.c_char_p, ctypes.c_size_t]
    function.restype = ctypes.c_uint32
    return function


def test_the_check_value_of_the_standard(crc32) -> None:
    assert crc32(0, b"123456789", 9) == 0xCBF43926


@pytest.mark.parametrize("seed", range(20))
def test_any_bytes_whole_and_in_two_pieces(crc32, seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = rng.bytes(int(rng.integers(0, 3000)))
    cut = int(rng.integers(0, len(data) + 1))
    assert crc32(0, data, len(data)) == zlib.crc32(data), f"seed {seed}"
    assert crc32(crc32(0, data[:cut], cut), data[cut:], len(data) - cut) == zlib.crc32(data), f"seed {seed}"
