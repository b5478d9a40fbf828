"""Few-bit codes as sums of signs: the planes that Larq Compute Engine's operators can hold.

Two and three levels are sums of comparisons, code = sum over thresholds t of sign(x > t), halved for three: a
maximum of codes is then the maximum of each plane. More levels are binary digits, code = sum of 2^m s_m.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinyq.core.bit_planes import sign_planes

SignArray = npt.NDArray[np.int8]


def weights_of(levels: int) -> tuple[float, ...]:
    """What each plane counts.

    Example:
        >>> weights_of(2), weights_of(3), weights_of(8)
        ((1.0,), (0.5, 0.5), (1.0, 2.0, 4.0))
    """
    if levels == 3:
        return (0.5, 0.5)
    return tuple(float(1 << m) for m in range((levels - 1).bit_length()))


def planes_of_codes(codes: npt.ArrayLike, levels: int) -> SignArray:
    """Codes [...] as planes of -1 and +1, int8 [planes, ...].

    Example:
        >>> planes_of_codes([-1, 0, 1], 3).tolist(), planes_of_codes([-3, -1, 1, 3], 4).tolist()
        ([[-1, 1, 1], [-1, -1, 1]], [[-1, 1, -1, 1], [-1, -1, 1, 1]])
    """
    values = np.asarray(codes, np.int64)
    if levels == 3:
        bits = np.stack([values >= 0, values > 0])
    else:
        bits = sign_planes(values, (levels - 1).bit_length()) != 0
    return np.where(bits, np.int8(1), np.int8(-1))
