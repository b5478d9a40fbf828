"""Odd integers as planes of signs, and their dot product by xnor and popcount.

An M-bit code is an odd integer c = sum over m of 2^m * s_m with signs s_m in {-1, +1}, m from 0. A sign is
stored as a bit, 1 for +1. The bits of one code are then the ordinary binary number (c + 2^M - 1) / 2, so its
bit planes *are* the encoding, and the dot product of M-bit and K-bit codes is M * K binary ones.

Source: Sun et al.: Multi-Precision Quantized Neural Networks via Encoding Decomposition of {-1, +1},
arXiv 1905.13389, section 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import SpecError

MAX_BITS = 8

# Ones in each byte.
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.int64)


def sign_planes(codes: npt.ArrayLike, bits: int) -> npt.NDArray[np.uint8]:
    """The planes of odd integers, lowest first: uint8 [bits, ...] of 0 (for -1) and 1 (for +1).

    Raises:
        SpecError: bits is not 1 to 8, or a code is even or beyond +-(2^bits - 1).

    Example:
        >>> sign_planes([-3, -1, 1, 3], 2).tolist()
        [[0, 1, 0, 1], [0, 0, 1, 1]]
    """
    if not 1 <= bits <= MAX_BITS:
        raise SpecError("sign_planes(bits=...)", str(bits), f"1 to {MAX_BITS}")
    values = np.asarray(codes, np.int64)
    largest = (1 << bits) - 1
    strange = values[(values % 2 == 0) | (np.abs(values) > largest)]
    if strange.size:
        got = f"{strange.size} of {values.size} codes, the first is {strange[0]}"
        raise SpecError("sign_planes", got, f"odd integers from {-largest} to {largest} for {bits} bits")
    unsigned = (values + largest) // 2
    return np.stack([(unsigned >> m & 1).astype(np.uint8) for m in range(bits)])


def xnor_dot(x: npt.NDArray[np.uint8], w: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.int64]:
    """Dot products of rows of signs: 2 * popcount(xnor) - count, int64 [rows of x, rows of w].

    Args:
        x: packed signs, uint8 [rows, ceil(count / 8)]; the spare bits of both are equal.
        w: likewise.
        count: signs in a row.
    """
    different: npt.NDArray[np.int64] = _ONES[x[:, None, :] ^ w[None, :, :]].sum(axis=-1)
    agreeing = count - different  # popcount of the xnor, without the spare bits
    return 2 * agreeing - count


def decomposed_dot(
    x: npt.ArrayLike, w: npt.ArrayLike, x_bits: int, w_bits: int
) -> tuple[npt.NDArray[np.int64], float]:
    """The product of two matrices of odd integers from binary products only, and its scale.

    Args:
        x: M-bit codes [rows, n] of activations.
        w: K-bit codes [n, channels] of weights.
        x_bits: M.
        w_bits: K.

    Returns:
        sum over m, k of 2^m 2^k <c_m, d_k>, int64 [rows, channels], which is x @ w; and
        1 / ((2^M - 1)(2^K - 1)), which makes real values of it.

    Raises:
        SpecError: codes that are none, or matrices that do not fit.

    Source: arXiv 1905.13389, section 3.

    Example:
        >>> product, scale = decomposed_dot([[3, -1]], [[1], [-3]], x_bits=2, w_bits=2)
        >>> product.tolist(), round(1 / scale)
        ([[6]], 9)
    """
    rows, columns = np.asarray(x), np.asarray(w).T
    if rows.ndim != 2 or columns.ndim != 2 or rows.shape[1] != columns.shape[1]:
        raise SpecError(
            "decomposed_dot", f"shapes {rows.shape} and {columns.T.shape}", "[rows, n], [n, channels]"
        )
    packed_x, packed_w = _packed(rows, x_bits), _packed(columns, w_bits)
    total = np.zeros((len(rows), len(columns)), np.int64)
    for m, plane_x in enumerate(packed_x):
        for k, plane_w in enumerate(packed_w):
            total += xnor_dot(plane_x, plane_w, rows.shape[1]) << (m + k)
    return total, 1.0 / (((1 << x_bits) - 1) * ((1 << w_bits) - 1))


def _packed(codes: npt.NDArray[Any], bits: int) -> npt.NDArray[np.uint8]:
    return np.packbits(sign_planes(codes, bits), axis=-1)
