"""The two phases of BinaryRelax."""

from __future__ import annotations

import math
from typing import Any

from tinyq.core.errors import TrainError
from tinyq.quantizers.binary_relax import BinaryRelax
from tinyq.quantizers.larq_api import tf
from tinyq.training.callbacks.method_kernels import kernels_of_method

ENOUGH = 20.0  # lambda at the switch: weights are then within 5 % of their projection


class RelaxSchedule(tf.keras.callbacks.Callback):
    """Lets lambda of every `BinaryRelax` kernel grow epoch by epoch, then switches to the projection.

    lambda is `initial` in the first epoch and grows by the same factor each epoch, so that it is `final` in
    the last epoch of phase one. The authors multiply by 1.04 an epoch from 1 over 150 epochs, which ends at
    359; with these numbers as defaults trainings of any length see the same range. Phase two needs a low
    learning rate.

    Args:
        initial, final: lambda in the first and in the last epoch of phase one.
        switch: phase two begins after this fraction of the epochs, at the last epoch at the latest.

    Raises:
        TrainError: numbers out of range (a final lambda below 20 makes the loss jump at the switch); when
            training begins: no kernel has BinaryRelax, or one epoch only.

    Source: Yin et al., arXiv 1801.06313; the authors' published code for the defaults.

    Example:
        >>> callback = RelaxSchedule()
        >>> [round(callback.strength(epoch, 200), 2) for epoch in (0, 1, 149)], callback.phase(150, 200)
        ([1.0, 1.04, 359.0], 2)
    """

    def __init__(self, initial: float = 1.0, final: float = 359.0, switch: float = 0.75) -> None:
        super().__init__()
        if not 0 < initial <= final:
            raise TrainError("RelaxSchedule(initial=...)", f"{initial}", f"above 0, at most final = {final}")
        if not (final >= ENOUGH and math.isfinite(final)):
            raise TrainError("RelaxSchedule(final=...)", f"{final}", f"at least {ENOUGH:g}, finite")
        if not 0 < switch < 1:
            raise TrainError(
                "RelaxSchedule(switch=...)",
                f"{switch}",
                "a fraction of the epochs, above 0 and below 1",
                "phase two must come, or the weights are never quantized",
            )
        self.initial, self.final, self.switch = initial, final, switch

    def first_exact(self, epochs: int) -> int:
        """The epoch, from 0, in which phase two begins."""
        return min(max(1, round(self.switch * epochs)), epochs - 1)

    def phase(self, epoch: int, epochs: int) -> int:
        """1 or 2."""
        return 2 if epoch >= self.first_exact(epochs) else 1

    def strength(self, epoch: int, epochs: int) -> float:
        """lambda in `epoch` of phase one."""
        last = max(1, self.first_exact(epochs) - 1)
        return float(self.initial * (self.final / self.initial) ** (min(epoch, last) / last))

    def on_train_begin(self, logs: Any = None) -> None:
        """Refuse models without such kernels and trainings without both phases."""
        self._quantizers()
        if self.params["epochs"] < 2:
            raise TrainError("RelaxSchedule", f"{self.params['epochs']} epoch", "at least 2: one a phase")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set lambda and phase."""
        epochs = self.params["epochs"]
        for quantizer in self._quantizers():
            quantizer.strength.assign(self.strength(epoch, epochs))
            quantizer.phase.assign(float(self.phase(epoch, epochs)))

    def _quantizers(self) -> list[BinaryRelax]:
        return [kernel.quantizer for kernel in kernels_of_method(self, BinaryRelax)]
