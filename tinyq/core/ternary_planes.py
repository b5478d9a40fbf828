"""Ternary codes as two bits each, non-zero and sign, and their dot product by and, xor and popcount.

Bit 1 of a code says whether it is not 0, bit 2 is 1 for +1 and 0 for -1; that of a zero may be either.
With c = nonzero_w AND nonzero_x:

    <w, x> = popcount(c) - 2 popcount((sign_w XOR sign_x) AND c)

Storage for kernels is another one (`tinyq.core.packing`, 1.6 bits); this is for ternary times ternary.

Source: Li et al.: RTN: Reparameterized Ternary Network, arXiv 1912.02057, section 3.4, table 1 and eq. 8.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import SpecError

Int8Array = npt.NDArray[np.int8]
UInt8Array = npt.NDArray[np.uint8]

# Ones in each byte: what a Cortex-M, which has no popcount, looks up too.
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.int64)


def ternary_planes(codes: npt.ArrayLike) -> UInt8Array:
    """Both planes of codes in {-1, 0, 1}: uint8 [2, ..., ceil(n / 8)], non-zero first, then sign.

    Args:
        codes: [..., n]; code i of a row is bit i % 8 of byte i // 8. Spare bits are 0, zeros have sign bit 0.

    Raises:
        SpecError: a code is not -1, 0 or 1.

    Example:
        >>> ternary_planes([1, 0, -1]).tolist()
        [[5], [1]]
    """
    values = np.asarray(codes)
    if values.ndim < 1 or not np.isin(values, (-1, 0, 1)).all():
        raise SpecError("ternary_planes", f"codes {np.unique(values)[:8].tolist()}", "rows of -1, 0, 1")
    return np.packbits(np.stack([values != 0, values > 0]), axis=-1, bitorder="little")


def codes_of_planes(planes: UInt8Array, count: int) -> Int8Array:
    """The inverse of `ternary_planes`: int8 [..., count]; the sign bits of zeros are not looked at.

    Raises:
        SpecError: the planes are not uint8 [2, ..., ceil(count / 8)].
    """
    if planes.dtype != np.uint8 or planes.ndim < 2 or planes.shape[:: planes.ndim - 1] != (2, -(-count // 8)):
        raise SpecError(
            "codes_of_planes", f"{planes.dtype} {planes.shape}", f"uint8 (2, ..., {-(-count // 8)})"
        )
    bits = np.unpackbits(planes, axis=-1, bitorder="little", count=count).astype(np.int8)
    codes: Int8Array = bits[0] * (2 * bits[1] - 1)
    return codes


def ternary_dot(w: UInt8Array, x: UInt8Array) -> npt.NDArray[np.int64]:
    """Dot products of ternary rows from their planes only; spare bits of the non-zero planes must be 0.

    Args:
        w: planes, uint8 [2, ..., bytes].
        x: likewise; the shapes between the first and the last axis broadcast.

    Returns:
        int64, the broadcast shape between these axes.

    Raises:
        SpecError: the planes do not fit.

    Example:
        >>> ternary_dot(ternary_planes([1, 0, -1]), ternary_planes([-1, 1, -1])).item()
        0
    """
    if len(w) != 2 or len(x) != 2 or w.shape[-1] != x.shape[-1]:
        raise SpecError("ternary_dot", f"planes {w.shape} and {x.shape}", "(2, ..., n) and (2, ..., n)")
    both = w[0] & x[0]
    unequal = (w[1] ^ x[1]) & both
    product: npt.NDArray[np.int64] = _ONES[both].sum(axis=-1) - 2 * _ONES[unequal].sum(axis=-1)
    return product
