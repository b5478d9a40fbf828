"""Partition events of random partition relaxation."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Literal

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import optimizer_slots, tf
from tinyq.quantizers.models import QuantizedKernel, quantized_kernels
from tinyq.quantizers.rpr import RPR
from tinyq.training.callbacks.schedule import Schedule

DEFAULT = ((0.0, 0.9), (0.5, 0.95), (0.6, 0.975), (0.7, 0.9875), (0.8, 1.0))


class RandomPartition(tf.keras.callbacks.Callback):
    """Freezes a new random part of every `RPR` kernel at each partition event, all of it in the end.

    An event quantizes all weights anew from their latent values (frozen ones did not move, so theirs are as
    they were), draws a mask with an exact count, and clears the optimizer's memory of all variables: stale
    momentum would move what was just frozen, or relaxed. With `RestartableAdam`, which `tinyq train` uses,
    that is a fresh start with a fresh bias correction. Any other optimizer has its momentums cleared only:
    Keras corrects Adam's bias by the number of all steps, so second moments of zero would multiply the
    rate of the next hundreds of steps by up to 6.5.

    The masks of an event depend on (seed, event, kernel) alone: replicas, workers and a resumed training
    draw the same.

    Args:
        freezing: (fraction of the epochs, freezing fraction) pairs, rising to 1.
        repartition: "epoch": an event at the start of every epoch, as the paper says; "schedule": only where
            the freezing fraction changes, as the 8-bit EEG nets do.
        seed: of the masks.

    Raises:
        TrainError: a freezing fraction out of range, falling, or not 1 at the end; when training begins: no
            kernel has RPR, or something decays their weights (frozen ones would move).

    Warns:
        UserWarning: a kernel so small that one relaxed weight is more than the freezing fraction allows.

    Source: Cavigelli, Benini, arXiv 2001.01091; schedule and order of an event as in the authors' code.

    Example:
        >>> callback = RandomPartition([[0, 0.9], [0.5, 1.0]], seed=3)
        >>> [callback.event(epoch, 4) for epoch in range(4)]
        [(0, 0.9), (1, 0.9), (2, 1.0), (3, 1.0)]
    """

    def __init__(
        self,
        freezing: Sequence[Sequence[float]] = DEFAULT,
        repartition: Literal["epoch", "schedule"] = "epoch",
        seed: int = 0,
    ) -> None:
        super().__init__()
        if repartition not in ("epoch", "schedule"):
            raise TrainError("RandomPartition(repartition=...)", repr(repartition), '"epoch" or "schedule"')
        self.freezing, self.repartition, self.seed = Schedule(freezing), repartition, seed
        values = self.freezing.values
        if list(values) != sorted(values) or not all(0 <= v <= 1 for v in values) or values[-1] != 1:
            raise TrainError(
                "RandomPartition(freezing=...)",
                f"freezing fractions {', '.join(f'{v:g}' for v in values)}",
                "fractions from 0 to 1 that rise and end with 1",
                "end the schedule with [fraction of the epochs, 1.0]; else the net is never fully quantized",
            )
        self._run: Any = None

    def event(self, epoch: int, epochs: int) -> tuple[int, float]:
        """Number of the event that rules `epoch`, and its freezing fraction."""
        number = epoch if self.repartition == "epoch" else self.freezing.number(epoch, epochs)
        return number, self.freezing.at(epoch, epochs)

    def on_train_begin(self, logs: Any = None) -> None:
        """Refuse what would move frozen weights; warn of kernels that are too small."""
        kernels = self._kernels()
        _refuse_decay(self.model, kernels)
        lowest = min(v for v in (*self.freezing.values, 1.0) if v > 0)
        small = [
            k for k in kernels if k.quantizer.mask.shape.num_elements() * (1 - lowest) < 1 and lowest < 1
        ]
        if small:
            named = ", ".join(
                f"{k.layer}.{k.weight} ({k.quantizer.mask.shape.num_elements()})" for k in small
            )
            warnings.warn(
                f"RandomPartition: {named}: too few weights for a freezing fraction of {lowest:g}; one "
                "weight stays relaxed until it is 1",
                stacklevel=2,
            )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """A partition event, if one is due."""
        epochs = self.params["epochs"]
        number, fraction = self.event(epoch, epochs)
        if epoch and self.event(epoch - 1, epochs)[0] == number:
            return
        if self._run is None:
            self._run = tf.function(self._partition)
        self._run(tf.constant(fraction, tf.float64), tf.constant(number, tf.int32))
        self._clear()

    def _partition(self, fraction: tf.Tensor, number: tf.Tensor) -> None:
        for i, kernel in enumerate(self._kernels()):
            kernel.quantizer.partition(fraction, seed=tf.stack([self.seed * 65537 + i, number]))

    def _clear(self) -> None:
        optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        if hasattr(optimizer, "restart"):
            optimizer.restart()
            return
        for variable in self.model.trainable_variables:
            for slot in optimizer_slots(optimizer, variable)[:1]:  # the momentum comes first
                slot.assign(tf.zeros_like(slot))

    def _kernels(self) -> list[QuantizedKernel]:
        found = [k for k in quantized_kernels(self.model) if isinstance(k.quantizer, RPR)]
        if not found:
            raise TrainError(
                f"RandomPartition of model {self.model.name}",
                "no kernel has RPR",
                "a model with RPR on at least one kernel",
                "quantize it with RPR, or take the callback out",
            )
        return found


def _refuse_decay(model: tf.keras.Model, kernels: list[QuantizedKernel]) -> None:
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    decay = getattr(optimizer, "weight_decay", None)
    decayed = decay and any(optimizer._use_weight_decay(kernel.variable) for kernel in kernels)
    if decayed or model.losses:
        raise TrainError(
            f"RandomPartition of model {model.name}",
            f"the optimizer decays weights by {decay}" if decayed else "layers have regularizers",
            "no decay of kernels with RPR: it would move frozen weights",
            "leave weight_decay and kernel_regularizer out",
        )
