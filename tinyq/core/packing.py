"""1-bit, ternary and K-bit codes <-> bytes: the one bit order.

Codes are packed flat, in the C order of the filter (OHWI, depthwise 1HWO, dense OI), with no padding
between rows.

* ternary, 1.6 bits a code: five codes t in a byte as the fixed-point fraction
  ceil(256 * v / 243), v = sum (t_i + 1) * 3**(4 - i). Multiplying the byte by 3 carries the first code
  (plus one) out above bit 8, the next multiplication the second, and so on: no division, no table.
* binary, 1 bit a code: code i is bit i % 8 of byte i // 8; bit 1 means -1.
* K bits a code, 1 to 8: code i, a number from 0 to 2**K - 1, is bits K * i to K * i + K - 1, its lowest bit
  first, counted as the binary ones are; with K = 3 a code may lie in two bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import SpecError

TRITS_PER_BYTE = 5
_POWERS = np.array([81, 27, 9, 3, 1], dtype=np.uint16)

Int8Array = npt.NDArray[np.int8]
UInt8Array = npt.NDArray[np.uint8]


def packed_ternary_bytes(count: int) -> int:
    """Bytes that `count` ternary codes take."""
    return -(-count // TRITS_PER_BYTE)


def packed_binary_bytes(count: int) -> int:
    """Bytes that `count` binary codes take."""
    return -(-count // 8)


def pack_ternary(codes: Int8Array) -> UInt8Array:
    """Pack codes in {-1, 0, 1} (int8, any shape) five to a byte; the tail is filled with code 0.

    Returns:
        uint8 [packed_ternary_bytes(codes.size)].

    Raises:
        SpecError: a code is not -1, 0 or 1.

    Example:
        >>> pack_ternary(np.array([-1, 0, 1, 1, 0, -1], np.int8)).tolist()
        [55, 43]
    """
    flat = codes.reshape(-1)
    if not np.isin(flat, (-1, 0, 1)).all():
        raise SpecError("pack_ternary", f"codes {np.unique(flat)[:8].tolist()}", "-1, 0, 1")
    digits = np.ones(packed_ternary_bytes(flat.size) * TRITS_PER_BYTE, np.uint16)
    digits[: flat.size] = flat.astype(np.int16) + 1
    value = (digits.reshape(-1, TRITS_PER_BYTE) * _POWERS).sum(axis=1, dtype=np.uint32)
    packed: UInt8Array = ((value * 256 + 242) // 243).astype(np.uint8)
    return packed


def unpack_ternary(packed: UInt8Array, count: int) -> Int8Array:
    """The inverse of `pack_ternary`: `count` codes, int8 [count].

    Raises:
        SpecError: the length does not fit `count`, or a byte is none that `pack_ternary` writes.

    Example:
        >>> unpack_ternary(np.array([55, 43], np.uint8), 6).tolist()
        [-1, 0, 1, 1, 0, -1]
    """
    _check_length("unpack_ternary", packed, packed_ternary_bytes(count))
    rest: npt.NDArray[Any] = packed.astype(np.uint16)
    codes = np.empty((packed.size, TRITS_PER_BYTE), np.int8)
    for i in range(TRITS_PER_BYTE):
        rest = rest * 3
        codes[:, i] = (rest >> 8).astype(np.int8) - 1
        rest &= 255
    flat = codes.reshape(-1)
    if not np.array_equal(pack_ternary(flat), packed) or flat[count:].any():
        raise SpecError("unpack_ternary", "a byte that no five codes give", "what pack_ternary writes")
    return flat[:count]


def pack_binary(codes: Int8Array) -> UInt8Array:
    """Pack codes in {-1, 1} (int8, any shape) eight to a byte; the tail is filled with +1.

    Returns:
        uint8 [packed_binary_bytes(codes.size)].

    Raises:
        SpecError: a code is not -1 or 1.

    Example:
        >>> pack_binary(np.array([-1, 1, 1, -1, 1, 1, 1, 1, -1], np.int8)).tolist()
        [9, 1]
    """
    flat = codes.reshape(-1)
    if not np.isin(flat, (-1, 1)).all():
        raise SpecError("pack_binary", f"codes {np.unique(flat)[:8].tolist()}", "-1, 1")
    return np.packbits(flat < 0, bitorder="little")


def unpack_binary(packed: UInt8Array, count: int) -> Int8Array:
    """The inverse of `pack_binary`: `count` codes, int8 [count].

    Raises:
        SpecError: the length does not fit `count`, or a tail bit is set.

    Example:
        >>> unpack_binary(np.array([9, 1], np.uint8), 9).tolist()
        [-1, 1, 1, -1, 1, 1, 1, 1, -1]
    """
    _check_length("unpack_binary", packed, packed_binary_bytes(count))
    bits = np.unpackbits(packed, bitorder="little")
    if bits[count:].any():
        raise SpecError("unpack_binary", "a bit behind the last code is set", "0")
    return (1 - 2 * bits[:count].astype(np.int8)).astype(np.int8)


def packed_few_bytes(count: int, bits: int) -> int:
    """Bytes that `count` codes of `bits` bits take."""
    return -(-count * bits // 8)


def pack_few(codes: UInt8Array, bits: int) -> UInt8Array:
    """Pack codes in 0 ... 2**bits - 1 (uint8, any shape); the tail is filled with zeros.

    Returns:
        uint8 [packed_few_bytes(codes.size, bits)].

    Raises:
        SpecError: bits is not 1 to 8, or a code needs more.

    Example:
        >>> pack_few(np.array([1, 2, 3, 4, 5], np.uint8), bits=3).tolist()
        [209, 88]
    """
    _check_bits("pack_few", bits)
    flat = codes.reshape(-1)
    if flat.dtype != np.uint8 or (flat.astype(np.uint16) >> bits).any():
        raise SpecError("pack_few", f"{flat.dtype} codes {np.unique(flat)[-8:].tolist()}", f"{bits} bits")
    fields = np.unpackbits(flat[:, None], axis=1, count=bits, bitorder="little")
    return np.packbits(fields, bitorder="little")


def unpack_few(packed: UInt8Array, count: int, bits: int) -> UInt8Array:
    """The inverse of `pack_few`: `count` codes, uint8 [count].

    Raises:
        SpecError: bits is not 1 to 8, the length does not fit `count`, or a tail bit is set.

    Example:
        >>> unpack_few(np.array([209, 88], np.uint8), 5, bits=3).tolist()
        [1, 2, 3, 4, 5]
    """
    _check_bits("unpack_few", bits)
    _check_length("unpack_few", packed, packed_few_bytes(count, bits))
    fields = np.unpackbits(packed, bitorder="little")
    if fields[count * bits :].any():
        raise SpecError("unpack_few", "a bit behind the last code is set", "0")
    used = fields[: count * bits].reshape(count, bits)
    return np.packbits(used, axis=1, bitorder="little").reshape(count)


def _check_bits(where: str, bits: int) -> None:
    if not 1 <= bits <= 8:
        raise SpecError(f"{where}(bits=...)", str(bits), "1 to 8")


def _check_length(where: str, packed: UInt8Array, expected: int) -> None:
    if packed.dtype != np.uint8 or packed.shape != (expected,):
        raise SpecError(where, f"{packed.dtype} of shape {packed.shape}", f"uint8 of shape ({expected},)")
