"""Low-bit codes <-> 32-bit words of bit planes: the one format of packed activations and their weights.

Channels are the last axis. Each plane of a row takes ceil(channels / 32) words, the planes come after each
other, the lowest first; channel c is bit c % 32 of word c // 32, and spare bits are 0.

* 2, 4, 8, 16 or 256 levels (M = 1, 2, 3, 4, 8 bits): codes are the odd integers sum over m of 2^m * s_m with
  signs s_m, plane m holds s_m: 0 means +1, 1 means -1. One plane is Larq Compute Engine's format.
* 3 levels (ternary): two planes, first 1 where the code is not 0, then 1 where it is -1.

Source: arXiv 1905.13389, section 3 (signs), arXiv 1912.02057, table 1 (ternary).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import SpecError
from tinyq.core.spec import QuantSpec

LEVELS = (2, 3, 4, 8, 16, 256)
WORD_BITS = 32
TERNARY = 3

Int16Array = npt.NDArray[np.int16]
Words = npt.NDArray[np.int32]


def codes_of(levels: int) -> tuple[int, ...]:
    """The codes of a number of levels, in order.

    Raises:
        SpecError: activations of so many levels have no packed format.

    Example:
        >>> codes_of(2), codes_of(3), codes_of(4)
        ((-1, 1), (-1, 0, 1), (-3, -1, 1, 3))
    """
    _check_levels(levels)
    return QuantSpec(levels).codes


def planes_of(levels: int) -> int:
    """Bit planes of a number of levels: 1, 2, 3, 4, 8 for 2, 4, 8, 16, 256; 2 for 3.

    Raises:
        SpecError: as `codes_of`.
    """
    _check_levels(levels)
    return (levels - 1).bit_length()


def words_of(channels: int) -> int:
    """Words that one plane of a row takes.

    Example:
        >>> words_of(32), words_of(33)
        (1, 2)
    """
    return -(-channels // WORD_BITS)


def packed_size(channels: int, levels: int) -> int:
    """Words of a row, all planes: the last axis of a packed tensor.

    Example:
        >>> packed_size(40, 3)
        4
    """
    return planes_of(levels) * words_of(channels)


def largest_accumulator(products: int, x_levels: int, w_levels: int) -> int:
    """The largest magnitude of a sum of so many products of codes.

    A threshold t asks accumulator > t: from -largest - 1 (always) to largest (never) it may tell something.

    Example:
        >>> largest_accumulator(9, 2, 4)
        27
    """
    return products * codes_of(x_levels)[-1] * codes_of(w_levels)[-1]


def pack_codes(codes: npt.ArrayLike, levels: int) -> Words:
    """Codes [..., channels], integers -> words, int32 [..., packed_size(channels, levels)].

    Raises:
        SpecError: no such levels, or a code that is none of theirs.

    Example:
        >>> pack_codes([[-1, 1, -1]], 2).tolist(), pack_codes([[-1, 0, 1]], 3).tolist()
        ([[5]], [[5, 1]])
    """
    values = np.asarray(codes)
    allowed = codes_of(levels)
    if values.ndim < 1 or values.dtype.kind not in "iu" or not np.isin(values, allowed).all():
        got = f"{values.dtype} {list(values.shape)}, of them {np.unique(values)[:8].tolist()}"
        raise SpecError("pack_codes", got, f"integer rows of {_listed(allowed)}")
    channels = values.shape[-1]
    if levels == TERNARY:
        planes = [values != 0, values < 0]
    else:
        number = (allowed[-1] - values.astype(np.int64)) // 2  # its binary digits are the planes
        planes = [number >> m & 1 != 0 for m in range(planes_of(levels))]
    padded = np.zeros((*values.shape[:-1], len(planes), words_of(channels) * WORD_BITS), np.bool_)
    padded[..., :channels] = np.stack(planes, axis=-2)
    packed = np.packbits(padded, axis=-1, bitorder="little").view("<i4")
    return packed.reshape(*values.shape[:-1], packed_size(channels, levels)).astype(np.int32)


def unpack_codes(packed: npt.NDArray[np.int32], channels: int, levels: int) -> Int16Array:
    """The inverse of `pack_codes`: int16 [..., channels].

    Raises:
        SpecError: the words are not int32 [..., packed_size(channels, levels)], or not what `pack_codes`
            writes: a spare bit is set, or the sign of a zero.

    Example:
        >>> unpack_codes(np.array([[5, 1]], np.int32), 3, 3).tolist()
        [[-1, 0, 1]]
    """
    size = packed_size(channels, levels)
    if packed.dtype != np.int32 or packed.ndim < 1 or packed.shape[-1] != size:
        got = f"{packed.dtype} words of shape {list(packed.shape)}"
        raise SpecError("unpack_codes", got, f"int32 with a last axis of {size}")
    words = np.ascontiguousarray(packed, "<i4").reshape(
        *packed.shape[:-1], planes_of(levels), words_of(channels)
    )
    bits = np.unpackbits(words.view(np.uint8), axis=-1, bitorder="little")
    if bits[..., channels:].any():
        raise SpecError("unpack_codes", f"a bit behind the {channels} channels is set", "0")
    planes = np.moveaxis(bits[..., :channels], -2, 0)
    if levels == TERNARY:
        if (planes[1] > planes[0]).any():
            raise SpecError("unpack_codes", "a ternary 0 with a sign", "sign bit 0")
        ternary: Int16Array = planes[0].astype(np.int16) - 2 * planes[1].astype(np.int16)
        return ternary
    codes = np.full(planes.shape[1:], codes_of(levels)[-1], np.int16)
    for m, plane in enumerate(planes):
        codes -= np.int16(2 << m) * plane.astype(np.int16)
    return codes


def _check_levels(levels: int) -> None:
    if levels not in LEVELS:
        raise SpecError("packed codes", f"{levels} levels", ", ".join(map(str, LEVELS)))


def _listed(codes: tuple[int, ...]) -> str:
    return ", ".join(map(str, codes)) if len(codes) <= 8 else f"odd integers {codes[0]} to {codes[-1]}"
