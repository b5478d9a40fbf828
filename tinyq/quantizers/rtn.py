"""Ternary weights and activations on learned scales."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import QuantizerError
from tinyq.core.spec import PER_TENSOR, QuantSpec
from tinyq.quantizers.base import ActivationQuantizer, Codes, WeightQuantizer, reduced_axes
from tinyq.quantizers.larq_api import register, tf
from tinyq.quantizers.learned import Learns, check_rate, leads_back, scale_shape, slowly
from tinyq.quantizers.saturating import inside_limits
from tinyq.quantizers.ternary import TINY, ternary


@register
class RTN(Learns, WeightQuantizer):
    """Ternary weights on a scale that is learned.

    Forward: q(w) = alpha * codes, codes = sign(w) where |w| >= 0.7 mean |w| of those that share it, else 0.
        alpha starts as the mean |w| where the code is not 0 (1 where there is none) and never gets negative.

    Backward: dq/dalpha = codes. dq/dw = alpha for |w| <= 1, else 0.

    Integers: codes in {-1, 0, 1}; the scale is alpha. All-zero filters have codes 0.

    The variable "alpha" stores alpha / rate (see `slowly`); no weight decay: `learned_variables`.

    Args:
        rate: of the steps of alpha to those of weights.
        axis: axes with an alpha and a threshold of their own; () is one a layer.

    Raises:
        QuantizerError: rate is not above 0 and at most 1. SpecError: an axis is not negative.

    Source: Li et al.: RTN: Reparameterized Ternary Network, arXiv 1912.02057 (AAAI 2020), section 3. Neither
        pseudocode nor code is public: the threshold (Ternary Weight Networks, eq. 6), the start of alpha, its
        rate and one alpha a layer are recalled or chosen here.

    Example:
        >>> codes, scale = RTN().integers([[0.5], [-0.75], [0.125], [0.0]])
        >>> codes[:, 0].tolist(), scale.tolist()
        ([1, -1, 0, 0], [[0.625]])
    """

    precision = 2  # for larq's summary
    fixed_scale = True  # see check_quantizer: learned, and weights beyond 1 get no gradient

    def __init__(self, rate: float = 0.1, axis: tuple[int, ...] | int = PER_TENSOR, **keras: Any) -> None:
        check_rate("RTN", rate)
        self.rate = rate
        super().__init__(axis, **keras)

    def spec(self) -> QuantSpec:
        """Three levels."""
        return QuantSpec(levels=3, axis=self.axis)

    def build(self, kernel_shape: Any) -> None:
        """Make alpha."""
        shape = scale_shape(kernel_shape, self.axis)
        self.alpha = self.state("alpha", 1.0 / self.rate, shape, trainable=True)
        super().build(kernel_shape)

    def adapt(self, w: tf.Tensor) -> None:
        """Start alpha from the kernel."""
        self.alpha.assign(self._start(w))

    def _start(self, w: tf.Tensor) -> tf.Tensor:
        return ternary(tf.cast(w, tf.float32), "twn", self.axis)[1] / self.rate

    def _raw(self, x: tf.Tensor) -> tf.Tensor:
        return slowly(self.alpha if hasattr(self, "alpha") else self._start(x), self.rate)

    def project(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes by the threshold, alpha as the scale."""
        codes, _ = ternary(x, "twn", self.axis)
        return codes, tf.cast(tf.maximum(self._raw(x), TINY), x.dtype)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """codes * alpha; shape and dtype of x."""
        x = tf.convert_to_tensor(x)
        axes = reduced_axes(x.shape.rank, self.axis)

        @tf.custom_gradient
        def quantize(x: tf.Tensor, raw: tf.Tensor) -> Any:
            codes, _ = ternary(x, "twn", self.axis)
            alpha = tf.cast(tf.maximum(raw, TINY), x.dtype)

            def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                by_alpha = tf.reduce_sum(tf.cast(upstream * codes, tf.float32), axes, keepdims=True)
                inside = tf.cast(tf.abs(x) <= 1.0, x.dtype)
                return upstream * alpha * inside, leads_back(raw, TINY, np.inf, by_alpha)

            return codes * alpha, gradient

        result: tf.Tensor = quantize(x, self._raw(x))
        return result

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {**super().get_config(), "rate": self.rate}


@register
class RTNActivation(ActivationQuantizer):
    """Ternary activations on a learned scale and shift, for `input_quantizer=` after a batch norm.

    Forward: q(a) = gamma * code + beta, code = round(clip(a, -1, 1)): +-1 beyond +-0.5, else 0. gamma starts
        as 1, beta as 0.

    Backward: dq/da = gamma for |a| <= 1, else 0; dq/dgamma = code and dq/dbeta = 1 everywhere, also where
        dq/da is 0: saturated activations still teach the scale and the shift.

    Integers: codes in {-1, 0, 1}, scale gamma (of either sign), shift beta. With RTN weights a layer gives

            sum a w = alpha gamma <a_t, w_t> + alpha beta sum(w_t),

        whose last term is a constant of the output channel, if every tap holds a code. Therefore the Quant
        layers pad its *input* with 0 before it is quantized (padding "same" and "causal"): the border is code
        0 with the value beta, no 0 that no code stands for. Transposed convolutions have no such taps to
        pad; their constant depends on the position.

    The variables "gamma" and "beta" store theirs / rate (see `slowly`); no weight decay: `learned_variables`.

    Args:
        rate: of the steps of gamma and beta to those of weights.

    Raises:
        QuantizerError: rate is not above 0 and at most 1.

    Source: arXiv 1912.02057, section 3; the thresholds, the rate and the padding are chosen here.

    Example:
        >>> quantizer = RTNActivation()
        >>> quantizer(tf.constant([-3.0, -0.6, 0.5, 0.7])).numpy()
        array([-1., -1.,  0.,  1.], dtype=float32)
        >>> from tinyq.quantizers import QuantConv2D
        >>> layer = QuantConv2D(8, 3, padding="same", input_quantizer=quantizer, kernel_quantizer=RTN())
    """

    precision = 2  # for larq's summary
    pads_before = True  # the Quant layers pad the input, not the quantized values
    slope_is_scale = True  # see parts

    def __init__(self, rate: float = 0.1, **keras: Any) -> None:
        check_rate("RTNActivation", rate)
        self.rate = rate
        super().__init__(**keras)

    def spec(self) -> QuantSpec:
        """Three levels."""
        return QuantSpec(levels=3, axis=())

    def build(self, input_shape: Any) -> None:
        """Make gamma and beta."""
        self.gamma = self.state("gamma", 1.0 / self.rate, trainable=True)
        self.beta = self.state("beta", 0.0, trainable=True)
        super().build(input_shape)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Quantized values; shape and dtype of x."""
        x = tf.convert_to_tensor(x)
        codes, gamma, beta = self.parts(x)
        return tf.cast(gamma * codes + beta, x.dtype)

    def parts(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Codes, scale and shift, float32: value = scale * code + shift, in these gradients too.

        A layer may compute with codes, and take scale and shift into its kernel and bias. dcode/dx is 1 for
        |x| <= 1, else 0: with `slope_is_scale`, dvalue/dx is the scale there.
        """
        codes = inside_limits(x, ternary_activation_codes(x), -1.0)
        return codes, slowly(self.gamma, self.rate), slowly(self.beta, self.rate)

    def integers(self, x: npt.ArrayLike) -> tuple[Codes, float, float]:
        """Codes, int8, gamma and beta as they are now."""
        codes = ternary_activation_codes(tf.constant(np.asarray(x, np.float32)))
        if not self.built:
            return codes.numpy().astype(np.int8), 1.0, 0.0
        gamma, beta = slowly(self.gamma, self.rate), slowly(self.beta, self.rate)
        return codes.numpy().astype(np.int8), float(gamma), float(beta)

    def check_layer(self, layer: tf.keras.layers.Layer) -> None:
        """Refuse a layer that pads with a value of its own; its `build` calls this."""
        pads = float(tf.keras.backend.get_value(getattr(layer, "pad_values", 0.0)))
        if pads:
            raise QuantizerError(
                f"layer {layer.name}",
                f"pad_values={pads:g} beside RTNActivation, which pads with its code 0, the learned beta",
                "pad_values=0",
            )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {**super().get_config(), "rate": self.rate}


def ternary_activation_codes(x: tf.Tensor) -> tf.Tensor:
    """round(clip(x, -1, 1)), float32: +-1 beyond +-0.5; +-0.5 itself is 0, as halves round to even."""
    limited = tf.raw_ops.ClipByValue(t=tf.cast(x, tf.float32), clip_value_min=-1.0, clip_value_max=1.0)
    return tf.round(limited)
