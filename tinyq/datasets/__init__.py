"""Real data, ready to train on: `load("digits")`, `load("eeg", folder)`; importing it loads no TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tinyq.core.errors import DataError
from tinyq.datasets.cifar10 import load_cifar10
from tinyq.datasets.dataset import Dataset
from tinyq.datasets.digits import load_digits
from tinyq.datasets.eeg import load_eeg, load_eeg_folds
from tinyq.datasets.kws import load_kws
from tinyq.datasets.mnist import load_mnist
from tinyq.datasets.ssvep import load_ssvep, load_ssvep_folds

__all__ = [
    "NAMES",
    "Dataset",
    "load",
    "load_cifar10",
    "load_digits",
    "load_eeg",
    "load_eeg_folds",
    "load_folds",
    "load_kws",
    "load_mnist",
    "load_ssvep",
    "load_ssvep_folds",
]

# One line a data set; a loader takes the folder of the user's own copy, or None.
_LOADERS: dict[str, Callable[[Path | None], Dataset]] = {
    "digits": load_digits,
    "eeg": load_eeg,
    "mnist": load_mnist,
    "cifar10": load_cifar10,
    "ssvep": load_ssvep,
    "kws": load_kws,
}
# One line a data set that is tested fold by fold: all recordings serve as test data once.
_FOLDS: dict[str, Callable[[Path | None], list[Dataset]]] = {
    "eeg": load_eeg_folds,
    "ssvep": load_ssvep_folds,
}

NAMES = tuple(_LOADERS)


def load(name: str, folder: Path | None = None) -> Dataset:
    """The data set `name`, with its usual split.

    Args:
        name: one of `NAMES`.
        folder: the user's own copy, for sets that can be read from one (all but "digits"); without it the
            set is downloaded.

    Raises:
        DataError: no such set, or it cannot be read.
    """
    _check_name(name)
    return _LOADERS[name](None if folder is None else Path(folder))


def load_folds(name: str, folder: Path | None = None) -> list[Dataset]:
    """Every split of the data set `name`: all folds of "eeg" and "ssvep", the one split of any other.

    Args:
        name, folder: as `load`.

    Raises:
        DataError: as `load`.
    """
    _check_name(name)
    if name not in _FOLDS:
        return [load(name, folder)]
    return _FOLDS[name](None if folder is None else Path(folder))


def _check_name(name: str) -> None:
    if name not in NAMES:
        raise DataError(f"data set {name!r}", "unknown", ", ".join(NAMES))
