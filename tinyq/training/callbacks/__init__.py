"""Schedules of quantizers as Keras callbacks: they work in anybody's `model.fit`.

Each sets variables of quantizers between epochs, from the epoch's number alone, so that a training which is
resumed at any epoch goes on as if it had not stopped. Nothing happens within a step.
"""

from __future__ import annotations

from tinyq.core.lazy import lazy

_HOME = {
    "AlternateThreshold": "tinyq.training.callbacks.alternate",
    "ProgressiveBits": "tinyq.training.callbacks.bits",
    "RandomPartition": "tinyq.training.callbacks.partition",
    "RelaxSchedule": "tinyq.training.callbacks.relax",
    "Schedule": "tinyq.training.callbacks.schedule",
    "StopNotFinite": "tinyq.training.callbacks.not_finite",
    "WeightHistograms": "tinyq.training.callbacks.histograms",
}
__all__ = list(_HOME)
__getattr__, __dir__ = lazy(__name__, _HOME)
