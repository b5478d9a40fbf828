"""Partition events of random partition relaxation."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Literal

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import optimizer_slots, tf
from tinyq.quantizers.models import QuantizedKernel, named_layers
from tinyq.quantizers.rpr import RPR
from tinyq.training.callbacks.method_kernels import kernels_of_method
from tinyq.training.callbacks.schedule import Schedule

# Their steps do not become larger when the momentum, and only that, is cleared.
_BIAS_CORRECTED = tuple(getattr(tf.keras.optimizers, n) for n in ("Adam", "AdamW", "Nadam", "Adamax"))
DEFAULT = ((0.0, 0.9), (0.5, 0.95), (0.6, 0.975), (0.7, 0.9875), (0.8, 1.0))


class RandomPartition(tf.keras.callbacks.Callback):
    """Freezes a new random part of every `RPR` kernel at each partition event, all of it in the end.

    An event quantizes all weights anew from their latent values (frozen ones did not move, so theirs are as
    they were), draws a mask with an exact count, and clears the optimizer's memory of all variables: stale
    momentum would move what was just frozen, or relaxed. With `RestartableAdam`, which `tinyq train` uses,
    that is a fresh start with a fresh bias correction, as in the authors' code. Keras' own Adam, AdamW, Nadam
    and Adamax have their momentums cleared only: they correct the bias by the number of all steps, so second
    moments of zero would multiply the rate of the next hundreds of steps by up to 6.5. Any other optimizer
    is cleared of everything.

    The masks of an event depend on (seed, event, kernel) alone: replicas, workers and a resumed training
    draw the same.

    Args:
        freezing: (fraction of the epochs, freezing fraction) pairs, rising to 1.
        repartition: "epoch": an event at the start of every epoch, as the paper says; "schedule": only where
            the freezing fraction changes, as the 8-bit EEG nets do.
        seed: of the masks.

    Raises:
        TrainError: a freezing fraction out of range, falling, or not 1 at the end; when training begins: no
            kernel has RPR, or something would move frozen weights: decay, a regularizer or a
            constraint of such a kernel, averaged weights (use_ema), FTRL, a legacy optimizer.

    Warns:
        UserWarning: a kernel so small that one relaxed weight is more than a freezing fraction allows; a
            training so short that everything is frozen from its beginning.

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
        self._run = None  # it may have been traced for another model
        _refuse_what_moves_frozen(self.model, kernels)
        epochs = self.params["epochs"]
        if self.event(0, epochs)[1] == 1:
            warnings.warn(
                f"RandomPartition: all weights are frozen from the first of {epochs} epochs on, so none is "
                "ever trained relaxed; train for more epochs, or begin `freezing` below 1",
                stacklevel=2,
            )
        highest = max((v for v in self.freezing.values if v < 1), default=0.0)
        sizes = {f"{k.layer}.{k.weight}": k.variable.shape.num_elements() for k in kernels}
        small = [
            f"{name} ({size} weights)" for name, size in sizes.items() if size * (1 - highest) < 1 - 1e-9
        ]
        if small:
            warnings.warn(
                f"RandomPartition: {', '.join(small)}: too few for a freezing fraction of {highest:g}; one "
                "weight of each stays relaxed until it is 1; or leave such a layer out by a later rule with "
                'weights = "float"',
                stacklevel=2,
            )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """A partition event, if one is due."""
        epochs = self.params["epochs"]
        number, fraction = self.event(epoch, epochs)
        if epoch and self.event(epoch - 1, epochs)[0] == number:
            return
        if self._run is None:
            self._run = tf.function(self._partition, autograph=False)
        self._run(tf.constant(fraction, tf.float64), tf.constant(number, tf.int64))
        self._clear()

    def _partition(self, fraction: tf.Tensor, number: tf.Tensor) -> None:
        for i, kernel in enumerate(self._kernels()):
            seed = tf.stack([tf.constant(self.seed, tf.int64), number * 2**32 + i])
            kernel.quantizer.partition(fraction, seed)

    def _clear(self) -> None:
        optimizer = _inner(self.model)
        if not getattr(optimizer, "_built", False):
            return
        if hasattr(optimizer, "restart"):
            optimizer.restart()
            return
        momentum_only = isinstance(optimizer, _BIAS_CORRECTED)
        for variable in self.model.trainable_variables:
            slots = optimizer_slots(optimizer, variable)
            for slot in slots[:1] if momentum_only else slots:  # theirs is the first
                slot.assign(tf.zeros_like(slot))

    def _kernels(self) -> list[QuantizedKernel]:
        return kernels_of_method(self, RPR)


def _inner(model: tf.keras.Model) -> Any:
    """The optimizer without loss scaling; None for a loop that has its own."""
    optimizer = getattr(model, "optimizer", None)
    return getattr(optimizer, "inner_optimizer", optimizer)


def _refuse_what_moves_frozen(model: tf.keras.Model, kernels: list[QuantizedKernel]) -> None:
    optimizer = _inner(model)
    reasons = []
    if optimizer is not None and not isinstance(optimizer, tf.keras.optimizers.Optimizer):
        reasons.append(f"the legacy optimizer {type(optimizer).__name__}, whose momentum cannot be cleared")
    elif isinstance(optimizer, tf.keras.optimizers.Ftrl):
        reasons.append("the optimizer Ftrl, which makes weights anew from its own sums")
    elif optimizer is not None:
        if optimizer.weight_decay and any(optimizer._use_weight_decay(k.variable) for k in kernels):
            reasons.append(f"the optimizer's weight_decay of {optimizer.weight_decay}")
        if optimizer.use_ema:
            reasons.append("the optimizer's averaged weights, use_ema")
    layers = dict(named_layers(model))
    for kernel in kernels:
        for kind in ("regularizer", "constraint"):
            name = f"{kernel.weight.removesuffix('_kernel')}_{kind}"  # "pointwise_constraint"
            if getattr(layers[kernel.layer], name, None) is not None:
                reasons.append(f"{kernel.layer}.{name}")
    if reasons:
        raise TrainError(
            f"RandomPartition of model {model.name}",
            f"frozen weights would be moved by {', '.join(reasons)}",
            "an optimizer and kernels with RPR that let weights without gradient alone",
            "leave it out; weight_decay: optimizer.exclude_from_weight_decay(var_names=['kernel'])",
        )
