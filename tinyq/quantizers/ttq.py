"""Ternary weights with a learned scale for each sign: a baseline to train and compare with."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyq.core.errors import QuantizerError
from tinyq.core.spec import PER_TENSOR, QuantSpec
from tinyq.quantizers.base import WeightQuantizer, reduced_axes
from tinyq.quantizers.larq_api import register, tf
from tinyq.quantizers.learned import Learns, leads_back, scale_shape
from tinyq.quantizers.ternary import TINY


@register
class TTQ(Learns, WeightQuantizer):
    """Trained ternary quantization: values -W_n, 0, W_p, both learned. It cannot be deployed.

    Forward: q(w) = W_p where w > D, -W_n where w < -D, else 0; D = t max |w| of those that share the scales.
        Both start as the mean |w| beyond D (1 where there is none) and never get negative.

    Backward: dq/dw = W_p where w > D, W_n where w < -D, 1 between. dq/dW_p = 1 and dq/dW_n = -1 on their own
        weights. (The paper's eq. 7 writes the latter without its sign.)

    Integers: codes in {-1, 0, 1}, as long as W_p == W_n; afterwards there is no symmetric scale, and no
        packed operator computes with two: refused. To deploy, train `TGA`, `RTN` or `Ternary`.

    No weight decay on the scales: `learned_variables`.

    Args:
        t: threshold as a part of max |w|.
        axis: axes with scales of their own; () as in the paper, a pair a layer.

    Raises:
        QuantizerError: t is not above 0 and below 1. SpecError: an axis is not negative.

    Source: Zhu, Han, Mao, Dally: Trained Ternary Quantization, arXiv 1612.01064, eq. 6 to 9.

    Example:
        >>> quantizer = TTQ(t=0.25)
        >>> quantizer(tf.constant([[1.0], [-0.5], [0.125], [0.0]])).numpy()[:, 0].tolist()
        [0.75, -0.75, 0.0, 0.0]
    """

    precision = 2  # for larq's summary
    fixed_scale = True  # see check_quantizer

    def __init__(self, t: float = 0.05, axis: tuple[int, ...] | int = PER_TENSOR, **keras: Any) -> None:
        if not 0 < t < 1:
            raise QuantizerError("TTQ(t=...)", str(t), "above 0, below 1")
        self.t = t
        super().__init__(axis, **keras)

    def spec(self) -> QuantSpec:
        """Three levels."""
        return QuantSpec(levels=3, axis=self.axis)

    def build(self, kernel_shape: Any) -> None:
        """Make both scales."""
        shape = scale_shape(kernel_shape, self.axis)
        self.positive = self.state("scale_positive", 1.0, shape, trainable=True)
        self.negative = self.state("scale_negative", 1.0, shape, trainable=True)
        super().build(kernel_shape)

    def adapt(self, w: tf.Tensor) -> None:
        """Start both scales from the kernel."""
        start = self._start(w)
        self.positive.assign(start)
        self.negative.assign(start)

    def _codes(self, x: tf.Tensor) -> tf.Tensor:
        axes = reduced_axes(x.shape.rank, self.axis)
        wide = tf.cast(x, tf.float64)
        threshold = self.t * tf.reduce_max(tf.abs(wide), axes, keepdims=True)
        return tf.cast(wide > threshold, x.dtype) - tf.cast(wide < -threshold, x.dtype)

    def _start(self, w: tf.Tensor) -> tf.Tensor:
        axes = reduced_axes(w.shape.rank, self.axis)
        kept = tf.cast(tf.abs(self._codes(w)), tf.float64)
        total = tf.reduce_sum(tf.abs(tf.cast(w, tf.float64)) * kept, axes, keepdims=True)
        mean = tf.math.divide_no_nan(total, tf.reduce_sum(kept, axes, keepdims=True))
        return tf.cast(tf.where(mean >= TINY, mean, 1.0), tf.float32)

    def project(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes and the scale of both signs.

        Raises:
            QuantizerError: the scales differ.
        """
        if not hasattr(self, "positive"):
            return self._codes(x), tf.cast(self._start(x), x.dtype)
        scales = [tf.maximum(scale, TINY) for scale in (self.positive, self.negative)]
        ratio = scales[0].numpy() / scales[1].numpy()
        if (ratio != 1).any():
            worst = float(ratio.flat[np.abs(np.log(ratio)).argmax()])
            raise QuantizerError(
                "TTQ",
                f"the scales of + and - differ (W_p / W_n = {worst:.3g}): codes * one scale cannot give both",
                "W_p == W_n, which training does not keep",
                "TTQ is a baseline for training only: train TGA, RTN or Ternary to deploy",
            )
        return self._codes(x), tf.cast(scales[0], x.dtype)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """-W_n, 0, W_p; shape and dtype of x."""
        x = tf.convert_to_tensor(x)
        axes = reduced_axes(x.shape.rank, self.axis)

        @tf.custom_gradient
        def quantize(x: tf.Tensor, positive: tf.Tensor, negative: tf.Tensor) -> Any:
            codes = self._codes(x)
            scales = [tf.cast(tf.maximum(scale, TINY), x.dtype) for scale in (positive, negative)]
            above, below = tf.nn.relu(codes), tf.nn.relu(-codes)

            def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
                slope = tf.where(codes > 0, scales[0], tf.where(codes < 0, scales[1], 1.0))
                by_positive, by_negative = (
                    tf.reduce_sum(tf.cast(upstream * part, tf.float32), axes, keepdims=True)
                    for part in (above, -below)
                )
                return (
                    upstream * slope,
                    leads_back(positive, TINY, np.inf, by_positive),
                    leads_back(negative, TINY, np.inf, by_negative),
                )

            return above * scales[0] - below * scales[1], gradient

        result: tf.Tensor = quantize(
            x, tf.convert_to_tensor(self.positive), tf.convert_to_tensor(self.negative)
        )
        return result

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {**super().get_config(), "t": self.t}
