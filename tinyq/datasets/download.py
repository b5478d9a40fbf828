"""Downloads through Keras, which keeps the files in ~/.keras/datasets; the only place here that loads it."""

from __future__ import annotations

import importlib
import os
import tarfile
import tempfile
from pathlib import Path
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
    module = _keras_module(f"datasets.{name}", where, forms)
    try:
        train, test = module.load_data()
    except Exception as error:  # whatever the network, the server or the disk says
        raise _failed(where, error, forms) from error
    return train, test


def unpacked(name: str, address: str, sha256: str, forms: str) -> Path:
    """The folder with the contents of a .tar.gz, downloaded and unpacked once, by `tf.keras.utils.get_file`.

    Args:
        name: of the data set, for messages.
        address: of the archive.
        sha256: of the archive, hexadecimal; another one is refused.
        forms: what a folder may hold instead, for the message when there is no network.

    Raises:
        DataError: TensorFlow is not installed, the download failed or gave something else, or the archive
            cannot be unpacked.
    """
    where = f"data set {name!r}"
    module = _keras_module("utils", where, forms)
    file = address.rsplit("/", 1)[-1]
    try:
        archive = Path(module.get_file(file, address, file_hash=sha256, hash_algorithm="sha256"))
    except Exception as error:  # as above
        raise _failed(where, error, forms) from error
    folder = archive.with_name(file.removesuffix(".tar.gz"))
    if not folder.is_dir():
        try:
            _unpack(archive, folder)
        except (OSError, EOFError, tarfile.TarError) as error:
            got = f"cannot be unpacked: {error}"
            raise DataError(str(archive), got, remedy=f"make room there, or remove {archive}") from error
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    """All of it or nothing: a folder that was cut short would pass for the data."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as place:
        part = Path(place, "part")
        with tarfile.open(archive) as content:
            # Python warns without a filter, and its first releases of 3.10 and 3.11 know none.
            safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            content.extractall(part, **safe)
        part.rename(folder)


def _keras_module(name: str, where: str, forms: str) -> Any:
    # Read when TensorFlow is imported; `tinyq.quantizers` needs this Keras in the same process later.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        return importlib.import_module(f"tf_keras.{name}")
    except ImportError as error:
        remedy = f"pip install 'tinyq[train]', or give a folder with {forms} with --data"
        raise DataError(where, "TensorFlow is not installed, which downloads it", remedy=remedy) from error


def _failed(where: str, error: Exception, forms: str) -> DataError:
    got = f"the download failed: {type(error).__name__}: {error}"
    return DataError(
        where, got, remedy=f"try again with a network, or give a folder with {forms} with --data"
    )
