"""Calibration data: what a model can be calibrated with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import ConvertError

_WHERE = "calibration data"
_LEAST_RANGE = 1e-6  # the stock converter makes no smaller one: int8 would hold one or a few numbers
_ALLOWED = "typical inputs of the model: the range of its int8 input is taken from them"


def sizes(*sizes: object) -> str:
    """A shape as messages say it, open sizes as "?": [n, 8, ?, 1]."""
    return f"[{', '.join('?' if size is None else str(size) for size in sizes)}]"


def check_samples(samples: npt.NDArray[Any], shape: tuple[int, ...]) -> None:
    """Refuse calibration data that give no range.

    Args:
        samples: what was given.
        shape: of the model's input, without the batch.

    Raises:
        ConvertError: another shape or dtype, no sample, values that are not finite, or a range that is empty
            or out of what float32 scales can say.
    """
    if not isinstance(samples, np.ndarray):
        raise ConvertError(_WHERE, f"a {type(samples).__name__}", "a NumPy array")
    found = f"{samples.dtype} {sizes(*samples.shape)}"
    if samples.dtype != np.float32 or samples.ndim != len(shape) + 1 or samples.shape[1:] != shape:
        allowed = f"float32 {sizes('n', *shape)}"
        raise ConvertError(_WHERE, found, allowed, "give what the model is trained on")
    if not len(samples):
        raise ConvertError(_WHERE, f"{found}: empty", "at least one sample, better some hundred")
    bad = ~np.isfinite(samples).reshape(len(samples), -1).all(axis=1)
    if bad.any():
        count, first = int(bad.sum()), int(bad.argmax())
        got = f"NaN or infinite values in {count} of {bad.size} samples, first in {first}"
        raise ConvertError(_WHERE, got, "finite values")
    _check_range(float(samples.min()), float(samples.max()), samples.size)


def _check_range(least: float, most: float, count: int) -> None:
    """The input's int8 range is theirs, widened to hold 0."""
    width = max(most, 0.0) - min(least, 0.0)
    if least == most:
        got, remedy = f"all {count} values are {least:g}", "give samples of the training set"
    elif width < _LEAST_RANGE:
        got = f"values from {least:g} to {most:g}: narrower than {_LEAST_RANGE:g}"
        remedy = "train the model on inputs in larger numbers: another unit, or scaled"
    elif width > np.finfo(np.float32).max:
        got, remedy = f"values from {least:g} to {most:g}: wider than float32", "train on smaller numbers"
    else:
        return
    raise ConvertError(_WHERE, got, _ALLOWED, remedy)
