"""Downloads through Keras, which keeps the files in ~/.keras/datasets; the only place here that loads it."""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy.typing as npt

from tinyq.core.errors import DataError

Arrays = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def from_keras(name: str, forms: str) -> tuple[Arrays, Arrays]:
    """`tf.keras.datasets.<name>.load_data()`: (x, y) of the training and of the test part.

    Args:
        name: module of `tf.keras.datasets`.
        forms: what a folder may hold instead, for the message when there is no network.

    Raises:
        DataError: TensorFlow is not installed, or the download failed.
    """
    where = f"data set {name!r}"
    # Read when TensorFlow is imported; `tinyq.quantizers` needs this Keras in the same process later.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        module = importlib.import_module(f"tf_keras.datasets.{name}")
    except ImportError as error:
        remedy = f"pip install 'tinyq[train]', or give a folder with {forms} with --data"
        raise DataError(where, "TensorFlow is not installed, which downloads it", remedy=remedy) from error
    try:
        train, test = module.load_data()
    except Exception as error:  # whatever the network, the server or the disk says
        got = f"the download failed: {type(error).__name__}: {error}"
        remedy = f"try again with a network, or give a folder with {forms} with --data"
        raise DataError(where, got, remedy=remedy) from error
    return train, test
