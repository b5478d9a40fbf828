"""Random partition relaxation: some weights frozen at their quantized values, the rest free."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinyq.core.errors import QuantizerError
from tinyq.core.spec import PER_CHANNEL, QuantSpec
from tinyq.quantizers.base import WeightQuantizer, reduced_axes
from tinyq.quantizers.binary import binary
from tinyq.quantizers.larq_api import register, tf
from tinyq.quantizers.learned import Learns, scale_shape
from tinyq.quantizers.ternary import TINY, ternary


@register
class RPR(Learns, WeightQuantizer):
    """Levels fixed before training; a random part of the weights is frozen at them, the rest is free.

    Forward: frozen weights are scale * code of the nearest level, relaxed ones are the latent weights. Which
        are frozen is drawn anew by `partition`; at a freezing fraction of 1 all are.

    Backward: exactly 0 for frozen weights, exactly 1 for relaxed ones; no straight-through estimate.

    Integers: codes of the nearest level; a weight halfway between two gets the one nearer to zero (the
        binary 0 gets 1). The authors' code takes the first level in the list instead.

    Constraints and regularizers of the kernel (max_norm): they would move frozen weights, and the scale that
        they would limit is fixed before training. `quantize_model` takes them off and says so,
        `RandomPartition` refuses a kernel that has one. The paper has none.

    State (not trainable): `mask` (1 = frozen), `freezing` (fraction), `scale`. The quantized values need no
    variable: a frozen latent weight does not move, so its nearest level is what it was.

    Args:
        levels: 2 (binary), 3 (ternary), odd numbers to 255.
        norm: the scale of each filter minimises ||w - scale * codes|| in this norm: "l2", "l1"; "max" puts
            the outermost level on the largest weight, as the 8-bit EEG nets do with 255 levels.
        fold: whether `quantize_model` moves the scale into the batch norm behind the layer, as the authors'
            code does; without one the scale stays, and is stored with the codes.
        axis: axes with a scale of their own; `DEPTHWISE` for depthwise kernels (see `WeightQuantizer`).

    Raises:
        QuantizerError: levels or norm that do not exist, or more than 3 levels without norm="max".

    Source: Cavigelli, Benini: RPR: Random Partition Relaxation, arXiv 2001.01091; initial scales, levels and
        the order of a partition event as in the authors' published code (QuantLab).

    Example:
        >>> import numpy as np
        >>> quantizer = RPR(levels=3)
        >>> quantizer.build((6, 1))
        >>> w = np.array([[0.9], [-0.8], [0.3], [0.05], [-0.6], [0.1]], np.float32)
        >>> quantizer.adapt(w)
        >>> quantizer.partition(0.5, seed=(1, 2))
        >>> int(quantizer.mask.numpy().sum()), quantizer.unfinished()
        (3, 'freezing fraction 0.5, not 1')
        >>> quantizer.finish()
        >>> quantizer.integers(w)[0][:, 0].tolist()
        [1, -1, 0, 0, -1, 0]
    """

    holds_latent = True

    def __init__(
        self,
        levels: int = 2,
        norm: Literal["l2", "l1", "max"] = "l2",
        fold: bool = True,
        axis: tuple[int, ...] | int = PER_CHANNEL,
        **keras: Any,
    ) -> None:
        if levels != 2 and (levels % 2 == 0 or not 3 <= levels <= 255):
            raise QuantizerError("RPR(levels=...)", str(levels), "2, 3 or an odd number to 255")
        if norm not in ("l2", "l1", "max") or (levels > 3 and norm != "max"):
            allowed = '"l2", "l1", "max"' if levels <= 3 else f'"max" for {levels} levels'
            raise QuantizerError("RPR(norm=...)", repr(norm), allowed)
        self.levels, self.norm, self.fold = levels, norm, fold
        super().__init__(axis, **keras)

    def build(self, kernel_shape: Any) -> None:
        """Make the state for one kernel: nothing is frozen yet."""
        self.mask = self.state("mask", 0.0, tuple(kernel_shape))
        self.freezing = self.state("freezing", 0.0)
        self.scale = self.state("scale", 1.0, scale_shape(kernel_shape, self.axis))
        super().build(kernel_shape)

    def spec(self) -> QuantSpec:
        """As many levels as it was made with."""
        return QuantSpec(levels=self.levels, axis=self.axis)

    def adapt(self, w: tf.Tensor) -> None:
        """Fit the scale to the kernel, and relax all weights."""
        self.scale.assign(self._fitted(tf.convert_to_tensor(w)))
        self.mask.assign(tf.zeros_like(self.mask))
        self.freezing.assign(0.0)

    def _fitted(self, w: tf.Tensor) -> tf.Tensor:
        return tf.cast(best_scale(w, self.levels, self.norm, self.axis), tf.float32)

    def partition(self, freezing: float | tf.Tensor, seed: Any) -> None:
        """Freeze another random part: all but int((1 - freezing) * n) weights, at least one below 1.

        Args:
            freezing: fraction of frozen weights, 0 to 1.
            seed: two whole numbers; the same ones freeze the same weights on every machine.

        Raises:
            QuantizerError: a number that is no fraction.
        """
        if not tf.is_tensor(freezing):
            if not 0 <= freezing <= 1:
                raise QuantizerError("RPR.partition(freezing=...)", str(freezing), "0 to 1")
            # Not tf.cast: it makes 0.975 a float32 first, and then relaxes 24 of 1000 weights instead of 25.
            freezing = tf.constant(freezing, tf.float64)
        freezing = tf.cast(freezing, tf.float64)
        count = tf.size(self.mask)
        relaxed = tf.cast((1.0 - freezing) * tf.cast(count, tf.float64) + 1e-9, tf.int32)
        relaxed = tf.where(freezing < 1.0, tf.maximum(relaxed, 1), 0)
        order = tf.argsort(tf.random.stateless_uniform([count], seed=seed, alg="philox"))
        frozen = tf.scatter_nd(order[:, None], tf.cast(tf.range(count) >= relaxed, tf.float32), [count])
        self.mask.assign(tf.reshape(frozen, self.mask.shape))
        # Of 0.999999999 float32 makes 1, which means finished.
        known = tf.where(freezing < 1.0, tf.minimum(freezing, 1 - 2.0**-24), freezing)
        self.freezing.assign(tf.cast(known, tf.float32))

    def project(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The nearest levels, and the scale that was fitted by `adapt`."""
        scale = tf.cast(self.scale if self.built else self._fitted(x), x.dtype)
        if self.levels == 2:
            return tf.where(x >= 0, tf.ones_like(x), -tf.ones_like(x)), scale
        largest = float(self.levels // 2)
        unit = tf.math.divide_no_nan(x, scale)
        # Half to zero: ceil(|u| - 0.5), on float64 so that no rounding moves a weight over the border.
        steps = tf.math.ceil(tf.cast(tf.abs(unit), tf.float64) - 0.5)
        return tf.sign(x) * tf.cast(tf.clip_by_value(steps, 0.0, largest), x.dtype), scale

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """The frozen part quantized, the relaxed part as it is."""
        x = tf.convert_to_tensor(x)
        codes, scale = self.project(x)
        return tf.where(tf.cast(self.mask, x.dtype) > 0.5, tf.stop_gradient(codes * scale), x)

    def unfinished(self) -> str:
        """The freezing fraction, as long as it is not 1."""
        freezing = float(self.freezing.numpy()) if hasattr(self, "freezing") else 0.0
        return "" if freezing >= 1 else f"freezing fraction {freezing:g}, not 1"

    def finish(self) -> None:
        """Freeze all weights."""
        self.mask.assign(tf.ones_like(self.mask))
        self.freezing.assign(1.0)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {**super().get_config(), "levels": self.levels, "norm": self.norm, "fold": self.fold}


def best_scale(w: tf.Tensor, levels: int, norm: str, axis: tuple[int, ...]) -> tf.Tensor:
    """The scale with the least ||w - scale * codes|| for each filter; a filter of zeros gets 0.

    All are exact, where the authors' code searches a grid: "l2" is the mean |w| of the binary code, or the
    least-squares rule of the ternary one; "l1" is one of the |w| above 0 (the median of the binary code).
    "max" is the largest |w| over the outermost code.

    Returns:
        dtype of w, shape of w with 1 on every axis not in `axis`.

    Example:
        >>> w = tf.constant([[0.9], [-0.8], [0.3], [0.05], [-0.6], [0.1]])
        >>> [round(best_scale(w, 3, norm, (-1,)).numpy().item(), 3) for norm in ("l2", "l1", "max")]
        [0.767, 0.8, 0.9]
    """
    axes = reduced_axes(w.shape.rank, axis)
    largest = tf.reduce_max(tf.abs(w), axes, keepdims=True)
    if norm == "max":
        scale = largest / float(max(levels // 2, 1))
    elif norm == "l1":
        scale = _least_l1(w, levels == 3, axes)
    else:
        scale = binary(w, axis)[1] if levels == 2 else ternary(w, "exact", axis)[1]
    return tf.where((largest >= TINY) & (scale >= TINY), scale, tf.zeros_like(scale))


def _least_l1(w: tf.Tensor, ternary_code: bool, axes: tuple[int, ...]) -> tf.Tensor:
    """The magnitude that, taken as scale, leaves the least sum of |w - nearest level|; O(n log n).

    The sum is linear in the scale but for kinks where the scale is a magnitude or, ternary, twice one. At the
    latter its slope falls (a weight goes over to level 0), so they are no minima.
    """
    rank = w.shape.rank
    kept = [a for a in range(rank) if a not in axes]
    rows = tf.reshape(
        tf.transpose(tf.abs(w), [*kept, *axes]), [np.prod([w.shape[a] for a in kept], dtype=int), -1]
    )
    scales = tf.sort(tf.cast(rows, tf.float64))
    n = tf.shape(scales)[-1]
    total = tf.pad(tf.cumsum(scales, axis=-1), [[0, 0], [1, 0]])  # of the k smallest
    at_zero = tf.zeros_like(scales, tf.int32)
    if ternary_code:
        at_zero = tf.searchsorted(scales, scales / 2, side="right")
    up_to = tf.range(1, n + 1)[None]
    zeroed, below = tf.gather(total, at_zero, batch_dims=1), total[:, 1:]
    weight = tf.cast(2 * up_to - at_zero - n, tf.float64)  # magnitudes below the scale less those above
    error = 2 * zeroed - 2 * below + total[:, -1:] + scales * weight
    # A scale of 0 would be the median of a filter that is mostly zeros, and end its training.
    error = tf.where(scales > 0, error, float("inf"))
    best = tf.gather(scales, tf.argmin(error, axis=-1), batch_dims=1)
    return tf.cast(tf.reshape(best, [1 if a in axes else w.shape[a] for a in range(rank)]), w.dtype)
