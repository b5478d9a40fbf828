"""larq's own quantizers by name, as baselines to compare with: "larq.SteSign" and the others.

They are larq's objects, untouched, so they have no `spec()` and no `integers()`; the converter tells what
they are from the values that they give:

| name | values of weights | stored as |
|---|---|---|
| larq.SteSign, larq.ApproxSign | -1, +1 | binary |
| larq.SteTern | -1, 0, +1 | ternary |
| larq.DoReFa, k_bit=1 | -1, +1 | binary |
| larq.DoReFa, k_bit=k | odd integers / (2^k - 1) | refused: no kernels for k-bit weights |

None has a scale of its own: weights of a few hundredths become +-1, so the layer's outputs grow as the square
root of its fan-in, and a batch norm must follow (where none does, as after a classifier, logits are too
large). Their gradients are zero for |w| > 1 (DoReFa: tanh instead), so give the layer
`kernel_constraint="weight_clip"`. SteTern's threshold is a number of its own, 0.05 unless told, not a part
of the kernel's magnitude: kernels with smaller weights become all zero. One threshold
(`ternary_weight_networks`) or one largest weight (DoReFa) serves the whole kernel, depthwise ones too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tinyq.core.bit_planes import MAX_BITS
from tinyq.core.errors import QuantizerError
from tinyq.quantizers.larq_api import LarqQuantizer, larq

_LARGEST = 1.0  # of the latent weights and activations that larq's quantizers are made for


def ste_sign(clip_value: float | None = 1.0) -> LarqQuantizer:
    """Forward: sign(x), sign(0) = 1. Backward: 1 for |x| <= clip_value, else 0; None: 1 everywhere.

    Raises:
        QuantizerError: clip_value is not positive.

    Source: Hubara et al.: Binarized Neural Networks, arXiv 1602.02830, section 1.3.

    Example:
        >>> import numpy as np
        >>> ste_sign()(np.array([-0.5, 0.0, 2.0], np.float32)).numpy().tolist()
        [-1.0, 1.0, 1.0]
    """
    return larq.quantizers.SteSign(clip_value=_clip(clip_value))


def approx_sign() -> LarqQuantizer:
    """Forward: sign(x), sign(0) = 1. Backward: 2 - 2 |x| for |x| <= 1, else 0.

    Source: Liu et al.: Bi-Real Net, arXiv 1808.00278, section 3.3 (eq. 6).
    """
    return larq.quantizers.ApproxSign()


def ste_tern(
    threshold_value: float = 0.05, ternary_weight_networks: bool = False, clip_value: float | None = 1.0
) -> LarqQuantizer:
    """Forward: sign(x) beyond the threshold, else 0. Backward: 1 for |x| <= clip_value, else 0.

    Args:
        threshold_value: 0 to 1, in units of x.
        ternary_weight_networks: threshold = 0.7 mean |x| over the whole kernel instead; still no scale, which
            `tinyq.Ternary("twn")` has.
        clip_value: positive, or None for a gradient of 1 everywhere.

    Raises:
        QuantizerError: a number is out of its range.

    Source: Li, Zhang, Liu: Ternary Weight Networks, arXiv 1605.04711, with larq's fixed threshold.

    Example:
        >>> import numpy as np
        >>> ste_tern()(np.array([-0.5, 0.04, 0.06], np.float32)).numpy().tolist()
        [-1.0, 0.0, 1.0]
    """
    if not 0 <= threshold_value < _LARGEST:
        raise QuantizerError(
            "larq.SteTern(threshold_value=...)",
            repr(threshold_value),
            "from 0 to below 1, because weights are kept in +-1",
        )
    return larq.quantizers.SteTern(
        threshold_value=threshold_value,
        ternary_weight_networks=ternary_weight_networks,
        clip_value=_clip(clip_value),
    )


def dorefa_weights(k_bit: int = 2) -> LarqQuantizer:
    """Forward: v = tanh(w) / max |tanh(w)| on 2^k even steps from -1 to 1. Backward: dv/dw with a fixed max.

    Raises:
        QuantizerError: k_bit is not 1 to 8.

    Source: Zhou et al.: DoReFa-Net, arXiv 1606.06160, eq. 9; for 1 bit the paper has a scaled sign (eq. 7)
        and larq the same formula as for more bits.
    """
    return larq.quantizers.DoReFa(k_bit=_bits(k_bit), mode="weights")


def dorefa_activations(k_bit: int = 2) -> LarqQuantizer:
    """Forward: x limited to [0, 1], on 2^k evenly spaced values from 0 to 1. Backward: 1 inside, else 0.

    Zero is one of the values, so zero padding is right.

    Raises:
        QuantizerError: k_bit is not 1 to 8.

    Source: DoReFa-Net, arXiv 1606.06160, eq. 5 and section 2.5.
    """
    return larq.quantizers.DoReFa(k_bit=_bits(k_bit), mode="activations")


WEIGHTS: dict[str, Callable[..., LarqQuantizer]] = {
    "larq.SteSign": ste_sign,
    "larq.ApproxSign": approx_sign,
    "larq.SteTern": ste_tern,
    "larq.DoReFa": dorefa_weights,
}
ACTIVATIONS: dict[str, Callable[..., LarqQuantizer]] = {**WEIGHTS, "larq.DoReFa": dorefa_activations}


def _clip(value: Any) -> Any:
    if value is not None and not (value > 0 and math.isfinite(value)):
        raise QuantizerError("clip_value", repr(value), "a positive number, or None not to clip gradients")
    return value


def _bits(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_BITS:
        raise QuantizerError("larq.DoReFa(k_bit=...)", repr(value), f"a whole number, 1 to {MAX_BITS}")
    return value
