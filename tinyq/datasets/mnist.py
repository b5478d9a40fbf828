"""MNIST: 70,000 handwritten digits of 28x28, by Keras or from the user's folder."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError
from tinyq.datasets.dataset import Dataset
from tinyq.datasets.download import from_keras
from tinyq.datasets.files import Part, checked_images, fingerprint, need_folder, read_npz

SHAPE = (28, 28, 1)
FORMS = "train.npz and test.npz (arrays x, y), or train-images-idx3-ubyte(.gz) and its three companions"
_IDX = {"train": "train", "test": "t10k"}


def load_mnist(folder: Path | None = None) -> Dataset:
    """Handwritten digits, float32 [n, 28, 28, 1] = pixel / 255: as int8 input exactly pixel - 128.

    Args:
        folder: holds train.npz and test.npz with `x` uint8 [n, 28, 28] and `y`, or LeCun's four idx files,
            packed with gzip or not; None downloads through Keras.

    Raises:
        DataError: the data cannot be had, are damaged or are no MNIST.
    """
    if folder is None:
        arrays = from_keras("mnist", FORMS)
        parts = [checked_images("MNIST from Keras", x, y, SHAPE) for x, y in arrays]
        origin = "downloaded by Keras"
    else:
        need_folder(folder, FORMS)
        parts = [_read_part(folder, part) for part in ("train", "test")]
        origin = f"from {folder}"
    train, test = parts
    return Dataset(
        name="mnist",
        x_train=np.divide(train[0], 255, dtype=np.float32),
        y_train=train[1],
        x_test=np.divide(test[0], 255, dtype=np.float32),
        y_test=test[1],
        classes=tuple("0123456789"),
        source=f"MNIST, pixels / 255, {origin}, {fingerprint(test)}",
        split=f"MNIST's own: {len(train[1])} training images, {len(test[1])} test images",
    )


def _read_part(folder: Path, part: str) -> Part:
    path = folder / f"{part}.npz"
    if path.exists():
        arrays = read_npz(path, "x", "y")
        return checked_images(str(path), arrays["x"], arrays["y"], SHAPE)
    images = _idx_path(folder, f"{_IDX[part]}-images", 3)
    labels = _idx_path(folder, f"{_IDX[part]}-labels", 1)
    return checked_images(str(images), _read_idx(images, 3), _read_idx(labels, 1), SHAPE)


def _idx_path(folder: Path, name: str, dimensions: int) -> Path:
    """Some copies have a dot where LeCun has a dash."""
    for separator in "-.":
        for end in ("", ".gz"):
            path = folder / f"{name}{separator}idx{dimensions}-ubyte{end}"
            if path.exists():
                return path
    raise DataError(str(folder), f"neither .npz files nor {name}-idx{dimensions}-ubyte(.gz)", FORMS)


def _read_idx(path: Path, dimensions: int) -> npt.NDArray[Any]:
    """uint8 array: 0 0 8 (unsigned bytes), number of dimensions, sizes as big-endian uint32, then values."""
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(str(path), f"cannot be read: {error}", "an idx file") from error
    start = 4 + 4 * dimensions
    if content[:4] != bytes([0, 0, 8, dimensions]) or len(content) < start:
        raise DataError(str(path), f"begins with {content[:4].hex()}", f"idx file, 000008{dimensions:02x}")
    sizes = [int(size) for size in np.frombuffer(content, ">u4", dimensions, 4)]
    if len(content) != start + int(np.prod(sizes, dtype=object)):
        got = f"{len(content) - start} bytes of values"
        raise DataError(str(path), got, f"{' x '.join(map(str, sizes))}, as its header says")
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)
