"""Ternary weights with a trainable threshold and a scale that follows from it."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import QuantizerError
from tinyq.core.spec import PER_TENSOR, QuantSpec
from tinyq.quantizers.base import Codes, Scale, WeightQuantizer, reduced_axes
from tinyq.quantizers.larq_api import register, tf
from tinyq.quantizers.learned import Learns, check_rate, leads_back, scale_shape
from tinyq.quantizers.ternary import TINY

MAX_BRANCHES = 4
TINY_KERNEL = 256  # weights that share a threshold: below, "auto" takes the empirical scale
LOWEST, HIGHEST = 1e-3, 3.0  # the range of a threshold, in standard deviations
_KEEPS_ONE = 0.99  # of the largest distance from the mean: a threshold below it cannot empty the kernel
_FLAT = 1e-6  # of the largest weight: a smaller deviation is rounding of float32
_NARROW = 1e-4  # in deviations: an interval in which the density is constant to 1e-8
_SMALLEST = 1e-300  # probability that double precision can divide by

JOINT, THRESHOLD_ONLY, WEIGHTS_ONLY = 0.0, 1.0, 2.0  # what learns: values of TGA's variable "phase"


def truncated_gaussian_scale(
    mean: tf.Tensor, deviation: tf.Tensor, threshold: tf.Tensor, largest: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean of a Gaussian between |mean + threshold| and `largest`, and its derivative by the threshold.

    With alpha and beta the ends in standard deviations, Z = Phi(beta) - Phi(alpha) and
    m = (phi(alpha) - phi(beta)) / Z: S = mean + deviation * m, dS/dthreshold = phi(alpha) / Z * (m - alpha),
    with the sign of mean + threshold. Where the ends are too near for Z, or so far out that it underflows:
    the middle between them, slope 1/2.

    Args:
        mean, deviation, threshold, largest: float64, shapes that broadcast; deviation > 0.

    Returns:
        scale and slope, float64.

    Source: He, Fan: Simultaneously Optimizing Weight and Quantizer of Ternary Neural Network using Truncated
        Gaussian Approximation, arXiv 1810.01018; that the lower end is |mean + threshold| is recalled, not
        read there.

    Example:
        >>> one = tf.constant(1.0, tf.float64)
        >>> scale, slope = truncated_gaussian_scale(0 * one, one, one, 4 * one)
        >>> round(float(scale), 4), round(float(slope), 4)
        (1.5246, 0.8002)
    """
    lower = mean + threshold
    alpha, beta = (tf.abs(lower) - mean) / deviation, (largest - mean) / deviation
    density_alpha, density_beta = (tf.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi) for z in (alpha, beta))
    # erfc, not erf: far out, where both are near 1, it keeps its digits.
    inside = 0.5 * (tf.math.erfc(alpha / math.sqrt(2.0)) - tf.math.erfc(beta / math.sqrt(2.0)))
    usable = (tf.abs(beta - alpha) > _NARROW) & (tf.abs(inside) > _SMALLEST)
    inside = tf.where(usable, inside, 1.0)
    middle = tf.where(usable, (density_alpha - density_beta) / inside, (alpha + beta) / 2.0)
    slope = tf.where(usable, density_alpha / inside * (middle - alpha), 0.5)
    return mean + deviation * middle, slope * tf.sign(lower)


@register
class TGA(Learns, WeightQuantizer):
    """Ternary weights with a trainable threshold a layer; the scale is a function of it.

    Forward: codes +1 where w > mean + D, -1 where w < mean - D, else 0; q(w) = S * codes. S is the mean of a
        Gaussian with the weights' mean and deviation between |mean + D| and max |w|
        (`truncated_gaussian_scale`), or, `empirical`, the mean |w| where the code is not 0. D is limited to
        [0.001, 3] deviations, and to 0.99 of the largest |w - mean|, which the paper does not have: a kernel
        of few weights has none beyond 3 deviations and would be emptied for good.

    Backward: dq/dw = 1: the steps' slope is taken as 1/S, which cancels S. dq/dD = codes * dS/dD through S
        only, with mean, deviation and max |w| constant; the empirical scale, a step function of D, borrows
        the Gaussian dS/dD. At the ends of its range D gets those gradients only that lead back.

    Integers: codes in {-1, 0, 1}. A kernel without spread (all zeros, or all weights equal) has codes 0
        and scale 1. With several branches: see `branches_of`, and `split_branches` for export.

    The variable "threshold" stores D / rate and gets the gradient of D: one step of any optimizer moves D by
    `rate` times what it would move another variable. Keep weight decay from it, for this method with
    `optimizer.exclude_from_weight_decay(var_names=["threshold"])`, for all with `learned_variables`. Weights
    and thresholds learn together; the callback `AlternateThreshold` lets them learn by turns.

    Args:
        branches: ternary kernels, all of the same latent one, that add up, 1 to 4; thresholds start at 1, 2,
            ... times `initial`. Residual expansion of the predecessor, which takes 2 or 4.
        empirical: True, False, or "auto": True for fewer than 256 weights that share a threshold. Below that
            the closed form is off by more than 5 % (root mean square, D = 0.6 deviations) even for Gaussian
            weights, because mean, deviation and largest weight are those of a small sample; by 15 % for 32
            weights. For uniform weights, as Glorot's before training, it is 10 % too small at any size.
        initial: first D as a part of max |w|; 0.05 is the predecessor's fixed threshold.
        rate: of the steps of D to those of weights. 0.1: the joint update instead of the paper's turns.
        axis: axes with a threshold and a scale of their own; () as in the paper, one a layer.

    Raises:
        QuantizerError: branches, empirical, initial or rate out of their range. SpecError: an axis is not
            negative.

    Source: He, Fan, arXiv 1810.01018 (CVPR 2019), abstract and reviews; branches: He et al., arXiv 1807.07948
        (WACV 2019) and its authors' code, which also gives the first threshold. Recalled or chosen here: the
        formula's arguments, the range of D, the joint update.

    Example:
        >>> from tinyq.quantizers import QuantConv2D
        >>> first = QuantConv2D(16, 3, kernel_quantizer=TGA())  # first and last layers too
        >>> codes, scale = TGA(empirical=True, initial=0.5).integers([[1.0], [-0.75], [0.25], [-0.5]])
        >>> codes[:, 0].tolist(), scale.tolist()
        ([1, -1, 0, 0], [[0.875]])
    """

    precision = 2  # for larq's summary
    projection = False  # see check_quantizer: mean and deviation of q(w) are not those of w

    def __init__(
        self,
        branches: int = 1,
        empirical: bool | Literal["auto"] = "auto",
        initial: float = 0.05,
        rate: float = 0.1,
        axis: tuple[int, ...] | int = PER_TENSOR,
        **keras: Any,
    ) -> None:
        if not isinstance(branches, int) or isinstance(branches, bool) or not 1 <= branches <= MAX_BRANCHES:
            raise QuantizerError("TGA(branches=...)", repr(branches), f"a whole number, 1 to {MAX_BRANCHES}")
        if not (isinstance(empirical, bool) or empirical == "auto"):
            raise QuantizerError("TGA(empirical=...)", repr(empirical), "True, False, 'auto'")
        if not 0 < initial * branches < 1:
            raise QuantizerError(
                "TGA(initial=...)",
                f"{initial}, so {initial * branches:g} of max |w| for branch {branches}",
                "above 0, and below 1 times branches",
            )
        check_rate("TGA", rate)
        self.branches, self.empirical, self.initial, self.rate = branches, empirical, initial, rate
        super().__init__(axis, **keras)

    def spec(self) -> QuantSpec:
        """Three levels, of each branch."""
        return QuantSpec(levels=3, axis=self.axis)

    def build(self, kernel_shape: Any) -> None:
        """Make the thresholds, [branches, ...], and the phase that `AlternateThreshold` sets."""
        shape = (self.branches, *scale_shape(kernel_shape, self.axis))
        self.threshold = self.state("threshold", 0.0, shape, trainable=True)
        self.phase = self.state("phase", JOINT)
        super().build(kernel_shape)

    def adapt(self, w: tf.Tensor) -> None:
        """Start the thresholds from max |w|."""
        self.threshold.assign(self._start(w))

    def _start(self, w: tf.Tensor) -> tf.Tensor:
        w = tf.cast(w, tf.float32)
        largest = tf.reduce_max(tf.abs(w), reduced_axes(w.shape.rank, self.axis), keepdims=True)
        return tf.stack([largest * (k * self.initial / self.rate) for k in range(1, self.branches + 1)])

    def _quantize(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tuple[tf.Tensor, ...]]:
        """Codes [branches, *shape of x]; scale and slope [branches, ...]; threshold and its range."""
        axes = reduced_axes(x.shape.rank, self.axis)
        x = tf.cast(x, tf.float64)
        magnitude = tf.abs(x)
        mean = tf.reduce_mean(x, axes, keepdims=True)
        largest = tf.reduce_max(magnitude, axes, keepdims=True)
        centred = x - mean
        deviation = tf.sqrt(tf.reduce_mean(centred**2, axes, keepdims=True))
        flat = deviation <= _FLAT * largest
        high = tf.minimum(
            HIGHEST * deviation, _KEEPS_ONE * tf.reduce_max(tf.abs(centred), axes, keepdims=True)
        )
        low = LOWEST * deviation
        raw = self.rate * tf.cast(
            self.threshold if hasattr(self, "threshold") else self._start(x), tf.float64
        )
        limited = tf.clip_by_value(raw, low, high)
        codes = tf.cast(centred > limited, tf.float64) - tf.cast(centred < -limited, tf.float64)
        scale, slope = truncated_gaussian_scale(mean, tf.where(~flat, deviation, 1.0), limited, largest)
        if self._takes_empirical(x.shape, axes):
            over = [a + 1 for a in axes]
            kept = tf.abs(codes)
            scale = tf.math.divide_no_nan(
                tf.reduce_sum(magnitude * kept, over, keepdims=True), tf.reduce_sum(kept, over, keepdims=True)
            )
        alive = ~flat & (scale >= TINY)
        codes, scale = tf.where(alive, codes, 0.0), tf.where(alive, scale, 1.0)
        return codes, scale, tf.where(alive, slope, 0.0), (raw, low, high)

    def _takes_empirical(self, shape: tf.TensorShape, axes: tuple[int, ...]) -> bool:
        if self.empirical == "auto":
            return math.prod(shape[a] for a in axes) < TINY_KERNEL
        return bool(self.empirical)

    def project(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes and scale of the only branch.

        Raises:
            QuantizerError: there are several.
        """
        if self.branches > 1:
            raise QuantizerError(
                f"TGA(branches={self.branches})",
                "several ternary kernels that add up, which one set of codes cannot hold",
                "branches=1",
                "tinyq.quantizers.split_branches(model) makes a layer of each, with the same outputs; "
                "export what it returns",
            )
        codes, scale, _, _ = self._quantize(x)
        return tf.cast(codes[0], x.dtype), tf.cast(scale[0], x.dtype)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """The branches' sum; shape and dtype of x."""
        x = tf.convert_to_tensor(x)
        codes, scale, slope, limits = self._quantize(x)
        axes = [a + 1 for a in reduced_axes(x.shape.rank, self.axis)]
        phase = tf.cast(self.phase, tf.float64)
        weights_learn = tf.cast(phase != THRESHOLD_ONLY, x.dtype)
        threshold_learns = tf.cast(phase != WEIGHTS_ONLY, tf.float64)
        dtype = x.dtype

        @tf.custom_gradient
        def ternarize(x: tf.Tensor, threshold: tf.Tensor) -> Any:
            def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                by_scale = tf.reduce_sum(tf.cast(upstream, tf.float64) * codes, axes, keepdims=True)
                by_threshold = leads_back(*limits, by_scale * slope * threshold_learns)
                return upstream * weights_learn, tf.cast(by_threshold, threshold.dtype)

            return _sum(tf.cast(codes, dtype), tf.cast(scale, dtype)), gradient

        result: tf.Tensor = ternarize(x, tf.convert_to_tensor(self.threshold))
        return result

    def branches_of(self, w: npt.ArrayLike) -> list[tuple[Codes, Scale]]:
        """Codes, int8, and scale, float32, of each branch; the products, added in order, are `call(w)`."""
        codes, scale, _, _ = self._quantize(tf.constant(np.asarray(w, np.float32)))
        return list(zip(codes.numpy().astype(np.int8), scale.numpy().astype(np.float32), strict=True))

    def thresholds_of(self, w: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """D of each branch as `call(w)` uses it, [branches, ...], in the unit of w."""
        *_, (raw, low, high) = self._quantize(tf.constant(np.asarray(w, np.float32)))
        limited: npt.NDArray[np.float64] = tf.clip_by_value(raw, low, high).numpy()
        return limited

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        own = {name: getattr(self, name) for name in ("branches", "empirical", "initial", "rate")}
        return {**super().get_config(), **own}


def _sum(codes: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """codes * scale, added over the first axis in order."""
    total = codes[0] * scale[0]
    for branch in range(1, codes.shape[0]):
        total += codes[branch] * scale[branch]
    return total
