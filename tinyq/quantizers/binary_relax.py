"""BinaryRelax: between float and quantized weights, nearer to the quantized ones epoch by epoch."""

from __future__ import annotations

from typing import Any, Literal

from tinyq.core.errors import QuantizerError
from tinyq.core.spec import PER_CHANNEL, QuantSpec
from tinyq.quantizers.base import WeightQuantizer, straight_through
from tinyq.quantizers.binary import binary
from tinyq.quantizers.larq_api import register, tf
from tinyq.quantizers.ternary import ternary


@register
class BinaryRelax(WeightQuantizer):
    """Two phases: relaxed weights, pulled to their projection by a growing lambda; then the projection.

    Forward, phase one: x = (lambda * proj(w) + w) / (lambda + 1), the minimiser of
        |x - w|^2 + lambda * dist(x, Q)^2; lambda = 0 is float, lambda -> infinity the projection.
        Phase two: x = proj(w). The callback `RelaxSchedule` sets both.

    Backward: dx/dw = 1 everywhere in both phases. The derivative of the formula, 1 / (lambda + 1), would stop
        the training as lambda grows; the algorithm takes the gradient at x and applies it to w unscaled.

    Integers: those of the projection: `Binary` for 2 levels, `Ternary` for 3.

    State (not trainable): `strength` (lambda), `phase` (1 or 2).

    Args:
        levels: 2 or 3.
        method: of the ternary projection: "exact" (least squares) or "twn" (threshold 0.7 mean |w|). The
            authors' code uses the TWN threshold and a scale that is too small by the density; this is not
            copied.
        axis: axes with a scale of their own; () for one a layer, as in the paper; `DEPTHWISE` for depthwise
            kernels (see `WeightQuantizer`).

    Raises:
        QuantizerError: levels or a method that do not exist.

    Source: Yin, Zhang, Lyu, Osher, Qi, Xin: BinaryRelax, arXiv 1801.06313, algorithm 1; growth of lambda and
        the phases' lengths as in the authors' published code.

    Example:
        >>> import numpy as np
        >>> quantizer = BinaryRelax(levels=2)
        >>> quantizer.build((2, 1))
        >>> w = np.array([[1.0], [-3.0]], np.float32)
        >>> quantizer(w).numpy()[:, 0].tolist()
        [1.5, -2.5]
        >>> quantizer.finish()
        >>> quantizer(w).numpy()[:, 0].tolist()
        [2.0, -2.0]
    """

    def __init__(
        self,
        levels: int = 2,
        method: Literal["exact", "twn"] = "exact",
        axis: tuple[int, ...] | int = PER_CHANNEL,
        **keras: Any,
    ) -> None:
        if levels not in (2, 3):
            raise QuantizerError("BinaryRelax(levels=...)", str(levels), "2 or 3")
        if method not in ("exact", "twn"):
            raise QuantizerError("BinaryRelax(method=...)", repr(method), '"exact" or "twn"')
        self.levels, self.method = levels, method
        super().__init__(axis, **keras)

    def build(self, kernel_shape: Any) -> None:
        """Begin in phase one with lambda = 1."""
        self.strength = self.state("strength", 1.0)
        self.phase = self.state("phase", 1.0)
        super().build(kernel_shape)

    def spec(self) -> QuantSpec:
        """Two or three levels."""
        return QuantSpec(levels=self.levels, axis=self.axis)

    def project(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The projection on scale * codes."""
        return binary(x, self.axis) if self.levels == 2 else ternary(x, self.method, self.axis)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Relaxed or projected weights, with an identity gradient."""
        x = tf.convert_to_tensor(x)
        codes, scale = self.project(x)
        projected = codes * scale
        # x + (p - x) * l / (l + 1) rather than (l * p + x) / (l + 1): no overflow for finite lambda.
        relaxed = x + (projected - x) * tf.cast(self.strength / (self.strength + 1.0), x.dtype)
        exact = (self.phase > 1.5) | tf.math.is_inf(self.strength)
        return straight_through(x, tf.where(exact, projected, relaxed))

    def unfinished(self) -> str:
        """Phase one."""
        strength, phase = [float(v.numpy()) for v in self.weights] or [1.0, 1.0]
        if phase > 1.5:
            return ""
        return f"phase one of BinaryRelax, lambda {strength:.4g}: weights are relaxed"

    def finish(self) -> None:
        """Go to phase two."""
        self.phase.assign(2.0)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {**super().get_config(), "levels": self.levels, "method": self.method}
