"""From 8 bits down to few: the driver of `EncodingDecomposition` and `EncodingActivation`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tinyq.core.bit_planes import MAX_BITS
from tinyq.core.errors import TrainError
from tinyq.quantizers.encoding import EncodingActivation, EncodingDecomposition, check_padding
from tinyq.quantizers.larq_api import tf
from tinyq.training.callbacks.schedule import Schedule

Driven = EncodingDecomposition | EncodingActivation

LAST = 0.4  # the part of the epochs after which the default schedule has reached the last bits


class ProgressiveBits(tf.keras.callbacks.Callback):
    """Lets every encoding quantizer of a model compute with more bits first, and step down to its own.

    Each step starts from what the one before learned: float initialises the 8-bit net, 8 bits 7, and so on.
    A quantizer made for more bits than the schedule says (8-bit first layer in a 1-bit net) keeps its own.
    It sets variables when an epoch begins, so nothing is traced again, and what it sets depends on the epoch
    only: training can be resumed anywhere. Until a quantizer has its own bits, the model cannot be exported.

    Args:
        schedule: (fraction of the epochs, bits) pairs, bits falling from at most 8 to those of the quantizer
            with the fewest; None: from 8 down to them one by one, the last at 0.4 of the epochs.

    Raises:
        TrainError: when training begins: no encoding quantizer in the model; bits that are no whole numbers
            from 1 to 8, or rise; a last value that is not the fewest bits of the model's quantizers.
        QuantizerError: when training begins: a layer pads codes with 0 (`check_padding`).

    Source: Sun et al., arXiv 1905.13389, section 4.2: each step "dozens" of epochs; SGD with a rate of 0.1
        for 3 bits and more, Adam for 1 and 2; HReLU, and HTanh for 1 bit. Choose the number of epochs
        accordingly: the callback does not see whether a step has converged.

    Example:
        >>> callback = ProgressiveBits([[0.0, 8], [0.2, 4], [0.4, 2], [0.6, 1]])
    """

    def __init__(self, schedule: Sequence[Sequence[float]] | None = None) -> None:
        super().__init__()
        self.schedule = schedule

    def on_train_begin(self, logs: Any = None) -> None:
        """Refuse models and schedules that cannot end as they should."""
        check_padding(self.model)
        self._planned()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the bits of this epoch."""
        planned, quantizers = self._planned()
        now = planned.at(epoch, self.params["epochs"])
        for quantizer in quantizers:
            quantizer.bits_now.assign(float(max(now, quantizer.bits)))

    def _planned(self) -> tuple[Schedule, list[Driven]]:
        quantizers = [m for m in self.model.submodules if isinstance(m, Driven) and m.built]
        where = f"ProgressiveBits of model {self.model.name}"
        if not quantizers:
            raise TrainError(
                where,
                "no layer has an EncodingDecomposition or EncodingActivation quantizer",
                "a model with at least one",
                "quantize it with the method encoding-1, -2, -4 or -8, or take the callback out",
            )
        fewest = min(quantizer.bits for quantizer in quantizers)
        points = even_steps(fewest) if self.schedule is None else self.schedule
        _check(where, points, fewest)
        return Schedule(points), quantizers


def _check(where: str, points: Sequence[Sequence[float]], fewest: int) -> None:
    bits = [float(value) for _, value in points]
    if any(b != int(b) or not 1 <= b <= MAX_BITS for b in bits) or sorted(bits, reverse=True) != bits:
        raise TrainError(
            where, f"bits {', '.join(f'{b:g}' for b in bits)}", f"whole numbers from {MAX_BITS} falling to 1"
        )
    if not bits or bits[-1] != fewest:
        raise TrainError(
            where,
            f"the schedule ends with {bits[-1]:g} bits" if bits else "an empty schedule",
            f"{fewest} bits at the end, which the quantizer with the fewest was made for",
            f"end the schedule with [fraction, {fewest}], or give the quantizers other bits=",
        )


def even_steps(bits: int) -> list[tuple[float, float]]:
    """(fraction, bits) from 8 down to `bits` one by one.

    Example:
        >>> even_steps(5)
        [(0.0, 8), (0.13, 7), (0.27, 6), (0.4, 5)]
    """
    count = MAX_BITS - bits
    return [(round(LAST * i / max(count, 1), 2), MAX_BITS - i) for i in range(count + 1)]
