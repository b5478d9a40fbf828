"""Few-bit weights and activations as sums of {-1, +1}: odd integers on a fixed scale."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tinyq.core.bit_planes import MAX_BITS
from tinyq.core.errors import QuantizerError
from tinyq.core.spec import PER_CHANNEL, QuantSpec
from tinyq.quantizers import larq_api
from tinyq.quantizers.base import ActivationQuantizer, Codes, WeightQuantizer, straight_through
from tinyq.quantizers.larq_api import register, tf
from tinyq.quantizers.models import named_layers
from tinyq.quantizers.saturating import inside_limits

_LIMITS = {"htanh": -1.0, "hrelu": 0.0}  # both end at +1
_STEPS = tuple(float(2**k - 1) for k in range(MAX_BITS + 1))  # index 0 is never used
_SCALES = tuple(0.0 if k == 0 else 1.0 / (2**k - 1) for k in range(MAX_BITS + 1))
_NOT_A_CODE = 1e-5  # how far from an odd integer a padding value may be, in codes
_PAD_BEFORE = tuple(getattr(larq_api, f"Quant{name}") for name in larq_api.LAYERS)
_PAD_NOTHING = tuple(getattr(tf.keras.layers, f"Conv{n}DTranspose") for n in (1, 2, 3))


def odd_codes(x: tf.Tensor, bits: tf.Tensor | int, low: float = -1.0) -> tuple[tf.Tensor, tf.Tensor]:
    """Codes of `x` limited to [low, 1], odd integers, and the scale 1 / (2^bits - 1); both float32.

    The nearest odd integer to (2^k - 1) x is 2 floor((2^k - 1) x / 2) + 1: the paper's
    2 (round((2^k - 1) (x + 1) / 2) / (2^k - 1) - 1/2), without the sum x + 1, which would lose the sign of a
    small x. A tie goes up for every k, so that x = 0 gives +1; rounding to even would give -1 for k = 1 only.
    """
    pairs, scale = _pairs(x, bits, low)
    return 2.0 * pairs + 1.0, scale


def _pairs(x: tf.Tensor, bits: tf.Tensor | int, low: float) -> tuple[tf.Tensor, tf.Tensor]:
    """floor((2^bits - 1) x / 2), the number of a pair of steps: the code is twice that plus 1; and scale."""
    index = tf.cast(bits, tf.int32)
    steps, scale = tf.gather(_STEPS, index), tf.gather(_SCALES, index)
    limited = tf.raw_ops.ClipByValue(t=tf.cast(x, tf.float32), clip_value_min=low, clip_value_max=1.0)
    return tf.floor((steps / 2.0) * limited), scale


def sine_encoder(x: tf.Tensor, bits: int) -> tf.Tensor:
    """The M signs of `x`, each from a sine: [bits, ...] of -1 and +1, lowest first, dtype of x.

    It gives the planes of q_M(x) without rounding, for those who train the encoders themselves. The paper
    advises against it: train with `EncodingActivation` and take the codes apart afterwards, which has fewer
    parameters and fewer local optima. Away from ties (boundaries between codes) both agree.

    Forward: with x limited to [-1, 1] and a_m = (2^M - 1) pi / 2^m: sign(sin(a_M x)) for the highest plane,
        sign(-sin(a_m x)) for plane m < M.

    Backward: the derivative of the sine, +-a_m cos(a_m x), for |x| <= 1, else 0.

    Raises:
        QuantizerError: bits is not 1 to 8.

    Source: arXiv 1905.13389, section 3.3 (M = 2); the form for any M is derived from it, and tested.

    Example:
        >>> sine_encoder(tf.constant([-1.0, -0.3, 0.3, 1.0]), 2).numpy().tolist()
        [[-1.0, 1.0, -1.0, 1.0], [-1.0, -1.0, 1.0, 1.0]]
    """
    _check_bits("sine_encoder", bits)
    x = tf.convert_to_tensor(x)
    angles = tf.constant([(2**bits - 1) * math.pi / 2**m for m in range(1, bits + 1)], tf.float64)
    flips = tf.constant([-1.0] * (bits - 1) + [1.0], tf.float64)
    column = [-1] + [1] * x.shape.rank
    angles, flips = tf.reshape(angles, column), tf.reshape(flips, column)

    @tf.custom_gradient
    def encode(x: tf.Tensor) -> Any:
        wide = tf.cast(x, tf.float64)
        waves = flips * tf.sin(angles * tf.clip_by_value(wide, -1.0, 1.0))
        positive = tf.where(flips > 0, waves >= 0, waves > 0)  # x = 0 is the code +1: only the highest is +

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            slopes = tf.where(tf.abs(wide) <= 1.0, flips * angles * tf.cos(angles * wide), 0.0)
            return tf.cast(tf.reduce_sum(tf.cast(upstream, tf.float64) * slopes, 0), x.dtype)

        return tf.cast(tf.where(positive, 1.0, -1.0), x.dtype), gradient

    planes: tf.Tensor = encode(x)
    return planes


def _check_bits(where: str, bits: Any) -> None:
    if not isinstance(bits, int) or isinstance(bits, bool) or not 1 <= bits <= MAX_BITS:
        raise QuantizerError(f"{where}(bits=...)", repr(bits), f"a whole number, 1 to {MAX_BITS}")


class _ManyBits:
    """What both quantizers share: `bits` to end with, and a variable with those to compute with now."""

    def build(self, input_shape: Any) -> None:
        """Make the variable; `ProgressiveBits` sets it."""
        self.bits_now = self.state("bits_now", float(self.bits))  # type: ignore[attr-defined]
        super().build(input_shape)  # type: ignore[misc]

    def unfinished(self) -> str:
        """Which bits it still computes with, if more than it was made for."""
        now = int(tf.keras.backend.get_value(self.bits_now)) if hasattr(self, "bits_now") else self.bits
        return "" if now == self.bits else f"{now} bits now, {self.bits} at the end"

    def finish(self) -> None:
        """Compute with `bits` from now on."""
        if hasattr(self, "bits_now"):
            self.bits_now.assign(float(self.bits))

    bits: int


@register
class EncodingDecomposition(_ManyBits, WeightQuantizer):
    """K-bit weights without a zero: odd integers on the fixed scale 1 / (2^K - 1).

    With M-bit activations of `EncodingActivation` a layer is M * K binary ones (`tinyq.core.bit_planes`).

    Forward: q(w) = nearest odd integer to (2^K - 1) w, over 2^K - 1, with w limited to [-1, 1] (HTanh); a tie
        goes up, so q(0) > 0; K = 1 is sign(w).

    Backward: dq/dw = 1 for |w| <= 1, else 0: give the layer `kernel_constraint="weight_clip"`, or weights
        beyond 1 are lost for training.

    Integers: odd codes from -(2^K - 1) to 2^K - 1; the scale does not depend on the kernel, so a batch norm
        should follow. K = 1 is stored as binary; the converter has no kernels for K = 2 to 8 and says so.

    Args:
        bits: K, 1 to 8; `ProgressiveBits` trains with 8 first and comes down to it.
        axis: axes that `integers` gives a scale each (all the same).

    Raises:
        QuantizerError: bits is not 1 to 8. SpecError: an axis is not negative.

    Source: Sun et al.: Multi-Precision Quantized Neural Networks via Encoding Decomposition of {-1, +1},
        arXiv 1905.13389, section 3.2. The paper does not say how ties are rounded, nor what first and last
        layers do.

    Example:
        >>> codes, scale = EncodingDecomposition(bits=2).integers(np.array([[-1.2], [-0.1], [0.0], [0.9]]))
        >>> codes[:, 0].tolist(), round(float(scale[0, 0]), 5)
        ([-3, -1, 1, 3], 0.33333)
    """

    projection = True
    fixed_scale = True  # see check_quantizer

    def __init__(self, bits: int = 2, axis: tuple[int, ...] | int = PER_CHANNEL, **keras: Any) -> None:
        _check_bits(type(self).__name__, bits)
        self.bits = bits
        self.precision = bits  # larq's summary, and its warning about a missing constraint
        super().__init__(axis, **keras)

    def spec(self) -> QuantSpec:
        """2^bits levels."""
        return QuantSpec(levels=2**self.bits, axis=self.axis)

    def project(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Odd integers of `bits` bits."""
        codes, scale = odd_codes(x, self.bits)
        rank = x.shape.rank
        shape = [x.shape[a] if a - rank in self.axis else 1 for a in range(rank)]
        return tf.cast(codes, x.dtype), tf.cast(tf.fill(shape, scale), x.dtype)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """As `project`, with the bits of now and the gradient of HTanh."""
        x = tf.convert_to_tensor(x)
        codes, scale = odd_codes(x, self.bits_now)
        return straight_through(tf.clip_by_value(x, -1.0, 1.0), tf.cast(codes * scale, x.dtype))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {**super().get_config(), "bits": self.bits}


@register
class EncodingActivation(_ManyBits, ActivationQuantizer):
    """M-bit activations without a zero: odd integers on the fixed scale 1 / (2^M - 1).

    Forward: q(x) = nearest odd integer to (2^M - 1) x, over 2^M - 1, with x limited to [-1, 1] (limiter
        "htanh") or [0, 1] ("hrelu", which uses the positive codes only: 0 becomes 1 / (2^M - 1)).

    Backward: dq/dx = 1 inside these limits, else 0.

    Integers: odd codes from -(2^M - 1) to 2^M - 1; value = code / (2^M - 1), shift 0.

    Padding: zero is not a code. The Quant layers therefore pad the *input* with 0 before it is quantized
        (padding "same" and "causal"; dense, transposed and "valid" layers pad nothing, and neither does the
        pointwise half of a separable one), so that the border is a code of as many bits as there are now:
        1 / (2^M - 1), `pad_value`. Nothing else needs to know M, and `ProgressiveBits` may change it.
        `pad_values=` of such a layer is refused, and `check_padding` refuses layers that pad what was
        quantized already.

    Args:
        bits: M, 1 to 8.
        limiter: "htanh" or "hrelu".

    Raises:
        QuantizerError: bits is not 1 to 8, an unknown limiter, or "hrelu" with 1 bit.

    Source: arXiv 1905.13389, sections 3.2 and 4.

    Example:
        >>> quantizer = EncodingActivation(bits=2, limiter="hrelu")
        >>> quantizer(tf.constant([-1.0, 0.1, 0.9])).numpy().round(3)
        array([0.333, 0.333, 1.   ], dtype=float32)
        >>> from tinyq.quantizers import QuantConv2D
        >>> layer = QuantConv2D(
        ...     8, 3, padding="same", input_quantizer=quantizer,
        ...     kernel_quantizer=EncodingDecomposition(2), kernel_constraint="weight_clip",
        ... )
    """

    pads_before = True  # the Quant layers pad the input, not the quantized values
    slope_is_scale = False  # see parts

    def __init__(self, bits: int = 2, limiter: Literal["htanh", "hrelu"] = "htanh", **keras: Any) -> None:
        where = type(self).__name__
        _check_bits(where, bits)
        if limiter not in _LIMITS:
            raise QuantizerError(f"{where}(limiter=...)", repr(limiter), ", ".join(map(repr, _LIMITS)))
        if limiter == "hrelu" and bits == 1:
            raise QuantizerError(
                f"{where}(bits=1, limiter='hrelu')",
                "every output would be +1: HReLU keeps the positive codes only, and 1 bit has one",
                "limiter='htanh' with 1 bit, or at least 2 bits",
            )
        self.bits = bits
        self.precision = bits
        self.limiter = limiter
        super().__init__(**keras)

    def spec(self) -> QuantSpec:
        """2^bits levels."""
        return QuantSpec(levels=2**self.bits, axis=())

    @property
    def pad_value(self) -> float:
        """What 0 becomes: the value with a code that is nearest to it."""
        return _SCALES[self.bits]

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Quantized values; shape and dtype of x."""
        x = tf.convert_to_tensor(x)
        low = _LIMITS[self.limiter]
        codes, scale = odd_codes(x, self.bits_now, low)
        return inside_limits(x, tf.cast(codes * scale, x.dtype), low)

    def parts(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Whole numbers with 0 for x = 0, scale and shift, float32: value = scale * number + shift.

        A layer may compute with the numbers, pad with 0, and take scale and shift into its kernel and bias.
        dnumber/dx is 1 inside the limits, else 0: without `slope_is_scale`, dvalue/dx is that, too.
        """
        low = _LIMITS[self.limiter]
        pairs, scale = _pairs(x, self.bits_now, low)
        return inside_limits(x, pairs, low), 2.0 * scale, scale

    def integers(self, x: npt.ArrayLike) -> tuple[Codes, float, float]:
        """Codes, int8 (int16 for 8 bits), scale and a shift of 0."""
        codes, scale = odd_codes(tf.constant(np.asarray(x, np.float32)), self.bits, _LIMITS[self.limiter])
        return codes.numpy().astype(np.int16 if self.bits == MAX_BITS else np.int8), float(scale), 0.0

    def has_code(self, value: float) -> bool:
        """Whether `value` is an odd integer / (2^bits - 1), within rounding."""
        code = value * _STEPS[self.bits]
        nearest = 2 * math.floor(code / 2) + 1
        return abs(code - nearest) < _NOT_A_CODE and abs(nearest) <= _STEPS[self.bits]

    def check_layer(self, layer: tf.keras.layers.Layer) -> None:
        """Refuse a layer that pads with a value of its own; its `build` calls this.

        Raises:
            QuantizerError: pad_values is not 0.
        """
        if pads := _pad_values(layer):
            raise QuantizerError(
                f"layer {layer.name}",
                f"pad_values={pads:g} beside EncodingActivation, which makes codes of padded zeros itself",
                "pad_values=0 (the border then has the code +1)",
            )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {**super().get_config(), "bits": self.bits, "limiter": self.limiter}


def check_padding(model: tf.keras.Model) -> None:
    """Refuse layers that pad what an `EncodingActivation` gave with 0, which no code is.

    They are convolutions behind one that is a layer of its own, and larq's own layers with one as
    `input_quantizer`; not tinyq's Quant layers, which pad before. `ProgressiveBits` calls this.

    Raises:
        QuantizerError: with all such layers.
    """
    wrong = []
    for path, layer in named_layers(model):
        if not hasattr(layer, "kernel_size") or layer.padding == "valid" or isinstance(layer, _PAD_NOTHING):
            continue
        quantizer = _fed_by(layer)
        if quantizer and (layer.padding == "causal" or not quantizer.has_code(_pad_values(layer))):
            wrong.append(
                f"\n  {path}: padding={layer.padding!r} with {_pad_values(layer):g} behind {quantizer.bits}"
                f"-bit codes, whose smallest is {quantizer.pad_value:g}"
            )
    if wrong:
        raise QuantizerError(
            f"model {model.name}",
            f"layers pad with what is no code:{''.join(wrong)}",
            "padding with an odd integer / (2^bits - 1)",
            "give EncodingActivation to tinyq's Quant layers as input_quantizer=: they pad before it",
        )


def _pad_values(layer: tf.keras.layers.Layer) -> float:
    return float(tf.keras.backend.get_value(getattr(layer, "pad_values", 0.0)))


def _fed_by(layer: tf.keras.layers.Layer) -> EncodingActivation | None:
    """The quantizer whose codes this layer pads, if it does."""
    own = getattr(layer, "input_quantizer", None)
    if isinstance(own, EncodingActivation):
        return None if isinstance(layer, _PAD_BEFORE) else own
    parents = [parent.layer for node in layer.inbound_nodes for parent in node.parent_nodes]
    return next((parent for parent in parents if isinstance(parent, EncodingActivation)), None)
