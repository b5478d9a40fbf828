"""Ternary weights: scale * {-1, 0, 1}."""

from __future__ import annotations

from typing import Any, Literal

from tinyq.core.errors import QuantizerError
from tinyq.core.spec import PER_CHANNEL, QuantSpec
from tinyq.quantizers.base import WeightQuantizer, reduced_axes
from tinyq.quantizers.larq_api import register, tf

TINY = 1.17549435e-38  # the smallest normal float32: TensorFlow flushes what is below to zero, NumPy does not


def twn_threshold(magnitude: tf.Tensor, axes: tuple[int, ...]) -> tf.Tensor:
    """0.7 times the mean magnitude over `axes` (kept as 1): Ternary Weight Networks, eq. 6."""
    return 0.7 * tf.reduce_mean(magnitude, axes, keepdims=True)


def least_squares_threshold(magnitude: tf.Tensor, axes: tuple[int, ...]) -> tf.Tensor:
    """The smallest magnitude to keep so that ||x - scale * codes|| is least over all codes and scales.

    Keeping the k largest leaves the error sum(x^2) - (sum of these k)^2 / k, so the best k is found by one
    sort along the flattened `axes`. O(n log n).
    """
    rank = magnitude.shape.rank
    kept = [a for a in range(rank) if a not in axes]
    outer = [magnitude.shape[a] for a in kept]
    rows = tf.reshape(tf.transpose(magnitude, [*kept, *axes]), [*outer, -1])
    rows = tf.sort(rows, direction="DESCENDING")
    count = tf.range(1, tf.shape(rows)[-1] + 1, dtype=rows.dtype)
    best = tf.argmax(tf.cumsum(rows, axis=-1) ** 2 / count, axis=-1)
    threshold = tf.gather(rows, best, batch_dims=len(kept))
    return tf.reshape(threshold, [1 if a in axes else magnitude.shape[a] for a in range(rank)])


_THRESHOLDS = {"twn": twn_threshold, "exact": least_squares_threshold}


def ternary(x: tf.Tensor, method: str, axis: tuple[int, ...]) -> tuple[tf.Tensor, tf.Tensor]:
    """Codes and scale of `x`: sign where |x| reaches the method's threshold, scale the mean |x| there.

    Sums are in float64: they then do not depend on their order, so eager, graph and converter agree to
    the last bit, and quantizing twice changes nothing.
    """
    axes = reduced_axes(x.shape.rank, axis)
    magnitude = tf.abs(tf.cast(x, tf.float64))
    kept = tf.cast(magnitude >= _THRESHOLDS[method](magnitude, axes), tf.float64)
    mean = tf.math.divide_no_nan(
        tf.reduce_sum(magnitude * kept, axes, keepdims=True), tf.reduce_sum(kept, axes, keepdims=True)
    )
    alive = mean >= TINY
    codes = tf.sign(x) * tf.cast(tf.where(alive, kept, 0.0), x.dtype)
    return codes, tf.cast(tf.where(alive, mean, 1.0), x.dtype)


@register
class Ternary(WeightQuantizer):
    """Ternary weights by a threshold on the magnitude, one scale an output channel.

    Forward: q(w) = scale * sign(w) where |w| >= threshold, else 0; scale = mean |w| over the kept ones.
        method="twn": threshold = 0.7 mean |w|. method="exact": the threshold that minimises ||w - q(w)||^2
        (it equals scale / 2).

    Backward: dq/dw = 1 everywhere.

    Integers: codes in {-1, 0, 1}; an all-zero filter has codes 0 and scale 1.

    Args:
        method: "twn" or "exact".
        axis: axes with a scale of their own; `DEPTHWISE` for depthwise kernels (see `WeightQuantizer`).

    Raises:
        QuantizerError: an unknown method. SpecError: an axis is not negative.

    Source: Li, Zhang, Liu: Ternary Weight Networks, arXiv 1605.04711, eq. 5 and 6. "exact": the
        projection of BinaryRelax, Yin et al., arXiv 1801.06313.

    Example:
        >>> from tinyq.quantizers import DEPTHWISE, QuantConv2D, QuantDepthwiseConv2D
        >>> conv = QuantConv2D(8, 3, kernel_quantizer=Ternary())
        >>> depthwise = QuantDepthwiseConv2D(3, depthwise_quantizer=Ternary("exact", axis=DEPTHWISE))
    """

    precision = 2  # for larq's summary

    def __init__(
        self,
        method: Literal["twn", "exact"] = "twn",
        axis: tuple[int, ...] | int = PER_CHANNEL,
        **keras: Any,
    ) -> None:
        if method not in _THRESHOLDS:
            raise QuantizerError("Ternary(method=...)", repr(method), ", ".join(map(repr, _THRESHOLDS)))
        self.method = method
        super().__init__(axis, **keras)

    def spec(self) -> QuantSpec:
        """Three levels."""
        return QuantSpec(levels=3, axis=self.axis)

    def project(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """See `ternary`."""
        return ternary(x, self.method, self.axis)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {**super().get_config(), "method": self.method}
