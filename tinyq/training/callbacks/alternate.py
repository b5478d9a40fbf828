"""Weights and trainable thresholds by turns."""

from __future__ import annotations

from typing import Any

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import optimizer_slots, tf
from tinyq.quantizers.models import QuantizedKernel
from tinyq.quantizers.tga import JOINT, TGA, THRESHOLD_ONLY, WEIGHTS_ONLY
from tinyq.training.callbacks.method_kernels import kernels_of_method

_MOMENTUM = {"m", "momentum"}  # what Keras's optimizers call it: "Adam/m/conv/kernel:0"


class AlternateThreshold(tf.keras.callbacks.Callback):
    """Lets `TGA` thresholds and the weights under them learn by turns, some epochs each; thresholds first.

    The paper's order is: ternarize, update the thresholds with the weights fixed, ternarize again, update the
    weights with the thresholds fixed; whether each turn is a batch or longer is not known. Turns are epochs
    here, because an optimizer with momentum averages over batches: with turns of one batch it moves
    both in every step, as the joint update does. Without this callback both learn in every step, thresholds
    with a tenth of the rate; start with that.

    What is fixed gets a gradient of 0, and the optimizer's momentum of it is cleared when an epoch begins,
    so that it does not move on. Batch norms, biases and layers without TGA learn always. Decoupled
    weight decay still acts on fixed weights.

    Whose turn it is depends on the epoch alone and is set when the epoch begins, so training can be resumed.
    After training both learn again. In a model that is saved between epochs the turn is saved with it.

    Args:
        threshold_epochs: length of a turn of the thresholds.
        weight_epochs: length of a turn of the weights.

    Raises:
        TrainError: a length is below 1; when training begins: no kernel of the model has TGA, or the weights
            would get no turn.

    Source: He, Fan, arXiv 1810.01018; the order is that of a review (methods in which both learn at once).

    Example:
        >>> callback = AlternateThreshold(threshold_epochs=1, weight_epochs=3)
        >>> [callback.turn(epoch) for epoch in range(5)]
        ['threshold', 'weights', 'weights', 'weights', 'threshold']
    """

    def __init__(self, threshold_epochs: int = 1, weight_epochs: int = 1) -> None:
        super().__init__()
        for name, value in (("threshold_epochs", threshold_epochs), ("weight_epochs", weight_epochs)):
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise TrainError(f"AlternateThreshold({name}=...)", repr(value), "a whole number, at least 1")
        self.threshold_epochs, self.weight_epochs = threshold_epochs, weight_epochs

    def turn(self, epoch: int) -> str:
        """Who learns in `epoch`, counted from 0: "threshold" or "weights"."""
        place = epoch % (self.threshold_epochs + self.weight_epochs)
        return "threshold" if place < self.threshold_epochs else "weights"

    def on_train_begin(self, logs: Any = None) -> None:
        """Refuse a model without trainable thresholds, and a training without a turn of the weights."""
        self._kernels()
        epochs = (self.params or {}).get("epochs")
        if epochs is not None and epochs <= self.threshold_epochs:
            raise TrainError(
                f"AlternateThreshold(threshold_epochs={self.threshold_epochs})",
                f"{epochs} epochs in all: the weights would never learn",
                f"at least {self.threshold_epochs + 1} epochs",
                "train longer, or take the callback out",
            )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set whose turn it is, and clear what the optimizer remembers of the others."""
        of_threshold = self.turn(epoch) == "threshold"
        kernels = self._kernels()
        for kernel in kernels:
            kernel.quantizer.phase.assign(THRESHOLD_ONLY if of_threshold else WEIGHTS_ONLY)
        fixed = [k.variable if of_threshold else k.quantizer.threshold for k in kernels]
        for slot in (s for variable in fixed for s in optimizer_slots(self.model.optimizer, variable)):
            if _MOMENTUM & set(slot.name.split("/")[:2]):  # not the squares: large steps would follow
                slot.assign(tf.zeros_like(slot))

    def on_train_end(self, logs: Any = None) -> None:
        """Let both learn."""
        for kernel in self._kernels():
            kernel.quantizer.phase.assign(JOINT)

    def _kernels(self) -> list[QuantizedKernel]:
        return kernels_of_method(self, TGA, "a trainable threshold")
