"""Binary weights: scale * {-1, 1}."""

from __future__ import annotations

from tinyq.core.spec import QuantSpec
from tinyq.quantizers.base import WeightQuantizer, reduced_axes
from tinyq.quantizers.larq_api import register, tf
from tinyq.quantizers.ternary import TINY


def binary(x: tf.Tensor, axis: tuple[int, ...]) -> tuple[tf.Tensor, tf.Tensor]:
    """Codes and scale of `x`: the sign, with sign(0) = 1, and the mean |x| of those that share a scale."""
    axes = reduced_axes(x.shape.rank, axis)
    mean = tf.reduce_mean(tf.abs(tf.cast(x, tf.float64)), axes, keepdims=True)
    codes = tf.where(x >= 0, tf.ones_like(x), -tf.ones_like(x))
    return codes, tf.cast(tf.where(mean >= TINY, mean, 0.0), x.dtype)


@register
class Binary(WeightQuantizer):
    """Binary weights, one scale an output channel: the least-squares projection on scale * {-1, 1}.

    Forward: q(w) = scale * sign(w), sign(0) = 1, scale = mean |w|.

    Backward: dq/dw = 1 everywhere.

    Integers: codes in {-1, 1}; an all-zero filter has codes 1 and scale 0.

    Args:
        axis: axes with a scale of their own; `DEPTHWISE` for depthwise kernels (see `WeightQuantizer`).

    Raises:
        SpecError: an axis is not negative.

    Source: Rastegari et al.: XNOR-Net, arXiv 1603.05279, section 3.1 (Binary-Weight-Networks).

    Example:
        >>> import numpy as np
        >>> codes, scale = Binary().integers(np.array([[0.5], [-0.25], [0.0]]))
        >>> codes[:, 0].tolist(), scale.tolist()
        ([1, -1, 1], [[0.25]])
    """

    # No `precision = 1`: larq would then warn that weights beyond +-1 get no gradient, and here they do.

    def spec(self) -> QuantSpec:
        """Two levels."""
        return QuantSpec(levels=2, axis=self.axis)

    def project(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """See `binary`."""
        return binary(x, self.axis)
