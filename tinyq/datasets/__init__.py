"""Real data, ready to train on: `load("digits")`, `load("eeg", folder)`; nothing here loads TensorFlow."""

from __future__ import annotations

from pathlib import Path

from tinyq.core.errors import DataError
from tinyq.datasets.dataset import Dataset
from tinyq.datasets.digits import load_digits
from tinyq.datasets.eeg import load_eeg, load_eeg_folds

__all__ = ["NAMES", "Dataset", "load", "load_digits", "load_eeg", "load_eeg_folds"]

NAMES = ("digits", "eeg")


def load(name: str, folder: Path | None = None) -> Dataset:
    """The data set `name`, with its usual split.

    Args:
        name: one of `NAMES`.
        folder: the user's own copy, for sets that can be read from one ("eeg").

    Raises:
        DataError: no such set, or it cannot be read.
    """
    if name not in NAMES:
        raise DataError(f"data set {name!r}", "unknown", ", ".join(NAMES))
    if name == "eeg":
        return load_eeg(folder)
    if folder is not None:
        raise DataError("data set 'digits'", f"a folder, {folder}", "no folder: it comes with scikit-learn")
    return load_digits()
