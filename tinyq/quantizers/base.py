"""Bases of tinyq's quantizers: what a subclass gives, and what it gets for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import QuantizerError
from tinyq.core.spec import PER_CHANNEL, QuantSpec
from tinyq.quantizers.larq_api import LarqQuantizer, tf

Codes = npt.NDArray[np.int8]
Scale = npt.NDArray[np.float32]


def reduced_axes(rank: int, axis: tuple[int, ...]) -> tuple[int, ...]:
    """The axes that share a scale, all but `axis`.

    Raises:
        QuantizerError: the kernel has too few axes: no two weights would share a scale.

    Example:
        >>> reduced_axes(4, (-2, -1))
        (0, 1)
    """
    kept = {rank + a for a in axis}
    if any(a < 0 for a in kept) or len(kept) >= rank:
        raise QuantizerError(
            f"axis={axis}",
            f"a kernel with {rank} axes",
            f"at least {max(-a for a in axis) + (len(kept) >= rank)} axes, so that weights share a scale",
            "axis=(-1,) for conv and dense kernels, (-2, -1) for depthwise ones",
        )
    return tuple(a for a in range(rank) if a not in kept)


@tf.custom_gradient
def straight_through(x: tf.Tensor, quantized: tf.Tensor) -> tf.Tensor:
    """Forward: `quantized`, untouched. Backward: the identity to `x`, nothing to `quantized`.

    `x + stop_gradient(quantized - x)` has the same gradient but rounds: the sum is not `quantized`
    to the last bit, so it would not be codes * scale either.
    """
    return tf.identity(quantized), lambda upstream: (upstream, None)


class _Quantizer(LarqQuantizer):
    """What weight and activation quantizers share: float32 inside, whatever the layer computes in."""

    def __init__(self, **keras: Any) -> None:
        # Mixed precision rounds what a quantizer gave, not what it gets: codes stay those of `integers`.
        super().__init__(autocast=False, **{"dtype": "float32", **keras})

    def unfinished(self) -> str:
        """What is still missing to full quantization, in words; "" if nothing is."""
        return ""

    def finish(self) -> None:
        """Make it fully quantized at once, as the end of its schedule would."""

    def state(self, name: str, value: float, shape: tuple[int, ...] = (), trainable: bool = False) -> Any:
        """A new float32 variable; not trainable ones change between steps only, equally on all replicas."""
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=tf.keras.initializers.Constant(value),
            trainable=trainable,
            aggregation=tf.VariableAggregation.NONE
            if trainable
            else tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )


class WeightQuantizer(_Quantizer, ABC):
    """Base of tinyq's weight quantizers: a Keras object for `kernel_quantizer=` of the Quant layers.

    A subclass gives `project(x)`, `spec()` and, if it takes more than `axis`, `get_config()`. One with state
    makes its variables in `build(kernel_shape)`, and sets those that depend on the kernel in `adapt(w)`. One
    whose training form is not its final form overrides `call`, `unfinished` and `finish`.

    Args:
        axis: axes of the kernel with a scale of their own, negative, Keras order. (-1,): one scale an output
            channel of a conv or dense kernel. A *depthwise* kernel is (h, w, channels, multiplier): its
            output channels are the last two axes, so it needs (-2, -1), or `DEPTHWISE`; with (-1,) all its
            channels would silently share one scale. `TRANSPOSED` for transposed convolutions. (): one scale
            for the kernel.

    Raises:
        SpecError: an axis is not negative.
    """

    holds_latent = False  # whether constraints, regularizers and decay must leave the latent kernel alone

    def __init__(self, axis: tuple[int, ...] | int = PER_CHANNEL, **keras: Any) -> None:
        super().__init__(**keras)
        self.axis = (axis,) if isinstance(axis, int) else tuple(axis)
        self.spec()

    @abstractmethod
    def spec(self) -> QuantSpec:
        """Levels and axes of the codes that `integers` gives."""

    @abstractmethod
    def project(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes (dtype of x, shape of x) and scale (dtype of x, size 1 on every axis that shares one)."""

    def adapt(self, w: tf.Tensor) -> None:
        """Set variables from the latent kernel `w`: when a layer is built, and when it gets other weights."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """codes * scale with an identity gradient; shape and dtype of x."""
        x = tf.convert_to_tensor(x)
        codes, scale = self.project(x)
        return straight_through(x, codes * scale)

    def integers(self, w: npt.ArrayLike) -> tuple[Codes, Scale]:
        """What the converter stores for the latent kernel `w`.

        Returns:
            codes, int8 (int16 for 256 levels), shape of w; scale, float32, shape of w with 1 on every axis
            not in `axis`. codes * scale equals `call(w)` bit for bit once `unfinished()` is "".

        Raises:
            QuantizerError: a weight is NaN or infinite.
        """
        w = np.asarray(w, np.float32)
        nan, inf = int(np.isnan(w).sum()), int(np.isinf(w).sum())
        if nan or inf:
            raise QuantizerError(
                f"{type(self).__name__}.integers",
                f"{nan} NaN and {inf} infinite among {w.size} weights",
                "finite weights",
                "training diverged: lower the learning rate",
            )
        codes, scale = self.project(tf.constant(w))
        return codes.numpy().astype(np.int16 if max(self.spec().codes) > 127 else np.int8), scale.numpy()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {**super().get_config(), "axis": list(self.axis)}


class ActivationQuantizer(_Quantizer, ABC):
    """Base of tinyq's activation quantizers: a Keras object for `input_quantizer=` of the Quant layers.

    A subclass gives `call(x)`, `spec()`, `integers(x)` and `get_config()`; value = scale * code + shift.
    """

    @abstractmethod
    def spec(self) -> QuantSpec:
        """Levels of the codes; axis is ()."""

    @abstractmethod
    def integers(self, x: npt.ArrayLike) -> tuple[Codes, float, float]:
        """Codes (int8, shape of x), scale and shift: codes * scale + shift is `call(x)` within rounding."""
