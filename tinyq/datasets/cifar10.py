"""CIFAR-10: 60,000 colour images of 32x32, by Keras or from the user's folder, lossless or as JPEG files."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError
from tinyq.datasets.dataset import Dataset, Samples
from tinyq.datasets.download import from_keras
from tinyq.datasets.files import Part, Pixels, checked_images, fingerprint, need_folder, read_npz

SHAPE = (32, 32, 3)
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
BATCHES = "cifar-10-batches-py"
FORMS = f"{BATCHES}, or train.npz and test.npz (arrays x, y; or jpeg, offsets, y)"


def load_cifar10(folder: Path | None = None) -> Dataset:
    """Small photographs in ten classes, float32 [n, 32, 32, 3] = (pixel - 128) / 128, from -1 to 127/128.

    That scale makes the int8 input exactly pixel - 128 with zero point 0: the device computes no float, no
    level is lost (one scale would cut some off where channels are standardised apart), and padding with
    zeros is mid-grey in training and on the device.

    Args:
        folder: holds the pickled batches of cifar-10-python.tar.gz (or the folder of that archive), or
            train.npz and test.npz: either `x` uint8 [n, 32, 32, 3] and `y`, or `jpeg` uint8 (files one
            behind another), `offsets` [n + 1] and `y`; None downloads through Keras.

    Raises:
        DataError: the data cannot be had, are damaged or are no CIFAR-10.
    """
    kind = "CIFAR-10"
    if folder is None:
        arrays = from_keras("cifar10", FORMS)
        train, test = (checked_images("CIFAR-10 from Keras", x, y, SHAPE) for x, y in arrays)
        origin = "downloaded by Keras"
    else:
        need_folder(folder, FORMS)
        (train, test), jpeg = _read_folder(folder)
        kind = "CIFAR-10 (JPEG)" if jpeg else kind
        origin = f"from {folder}"
    return Dataset(
        name="cifar10",
        x_train=_scaled(train[0]),
        y_train=train[1],
        x_test=_scaled(test[0]),
        y_test=test[1],
        classes=CLASSES,
        source=f"{kind}, (pixel - 128) / 128, {origin}, {fingerprint(test)}",
        split=f"{kind}'s own: {len(train[1])} training images, {len(test[1])} test images",
    )


def _scaled(pixels: Pixels) -> Samples:
    x: Samples = np.subtract(pixels, 128, dtype=np.float32)
    x /= 128  # in place: the training part is 614 MB
    return x


def _read_folder(folder: Path) -> tuple[tuple[Part, Part], bool]:
    """Training and test part, and whether any of it was JPEG."""
    for place in (folder, folder / BATCHES):
        if (place / "test_batch").exists():
            batches = [_read_batch(place / f"data_batch_{i}") for i in range(1, 6)]
            x, y = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
            return ((x, y), _read_batch(place / "test_batch")), False
    missing = [f"{part}.npz" for part in ("train", "test") if not (folder / f"{part}.npz").exists()]
    if missing:
        raise DataError(str(folder), f"neither {BATCHES} nor {' and '.join(missing)}", FORMS)
    train, train_jpeg = _read_npz_part(folder / "train.npz")
    test, test_jpeg = _read_npz_part(folder / "test.npz")
    return (train, test), train_jpeg or test_jpeg


def _read_npz_part(path: Path) -> tuple[Part, bool]:
    arrays = read_npz(path, "y", optional=("x", "jpeg", "offsets"))
    if "x" in arrays:
        return checked_images(str(path), arrays["x"], arrays["y"], SHAPE), False
    if "jpeg" not in arrays or "offsets" not in arrays:
        raise DataError(str(path), f"arrays {', '.join(arrays)}", "x, y; or jpeg, offsets, y")
    x = _decoded(path, arrays["jpeg"], arrays["offsets"])
    return checked_images(str(path), x, arrays["y"], SHAPE), True


def _decoded(path: Path, files: npt.NDArray[Any], offsets: npt.NDArray[Any]) -> Pixels:
    """uint8 [n, 32, 32, 3]; about 70 us an image, so nothing is kept for the next time."""
    try:
        from PIL import Image
    except ImportError as error:
        raise DataError(
            str(path), "Pillow, which decodes JPEG, is not installed", remedy="pip install 'tinyq[train]'"
        ) from error
    ends = [int(offset) for offset in offsets.ravel()] if offsets.dtype.kind in "iu" else []
    if (
        files.dtype != np.uint8
        or len(ends) < 2
        or ends != sorted(ends)
        or (ends[0], ends[-1]) != (0, files.size)
    ):
        got = f"{files.dtype} {list(files.shape)}, offsets {offsets.dtype} {list(offsets.shape)}"
        raise DataError(f"{path}, jpeg", got, "uint8, and offsets that rise from 0 to its length")
    content = files.tobytes()
    x = np.empty((len(ends) - 1, *SHAPE), np.uint8)
    for i in range(len(x)):
        try:
            with Image.open(io.BytesIO(content[ends[i] : ends[i + 1]]), formats=["JPEG"]) as image:
                if image.size != SHAPE[:2] or image.mode != "RGB":
                    got = f"{image.mode} image of {image.size[0]} x {image.size[1]}"
                    raise DataError(f"{path}, image {i}", got, "RGB, 32 x 32")
                x[i] = np.asarray(image)
        except DataError:
            raise
        except Exception as error:  # damaged files fail in many ways inside Pillow
            raise DataError(f"{path}, image {i}", f"cannot be decoded: {error}", "a JPEG file") from error
    return x


class _PlainUnpickler(pickle.Unpickler):
    """Only what the batches hold: lists, strings and NumPy arrays; a pickle may run any code otherwise."""

    _ALLOWED = frozenset(
        {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"it holds {module}.{name}, which no CIFAR-10 batch does")
        return super().find_class(module, name)


def _read_batch(path: Path) -> Part:
    """data uint8 [n, 3072]: red, green and blue planes; labels: a list."""
    try:
        with path.open("rb") as file:
            # Written by Python 2, whose strings are bytes here.
            content = _PlainUnpickler(file, encoding="bytes").load()
        data, labels = np.asarray(content[b"data"]), np.asarray(content[b"labels"])
        x = np.ascontiguousarray(data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    except Exception as error:  # a damaged pickle may raise anything
        got = f"cannot be read: {type(error).__name__}: {error}"
        raise DataError(str(path), got, f"a pickled batch of {BATCHES}") from error
    return checked_images(str(path), x, labels, SHAPE)
