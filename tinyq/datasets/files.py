"""Reading users' files: arrays by name from .npz files, images and labels checked."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError
from tinyq.datasets.dataset import Labels

Pixels = npt.NDArray[np.uint8]
Part = tuple[Pixels, Labels]  # images uint8 [n, h, w, channels], labels int64 [n]


def need_folder(folder: Path, allowed: str) -> None:
    """Refuses what is no folder.

    Raises:
        DataError: says what the folder should hold.
    """
    if not folder.is_dir():
        raise DataError(str(folder), "no such folder", allowed)


def read_npz(path: Path, *names: str, optional: tuple[str, ...] = ()) -> dict[str, npt.NDArray[Any]]:
    """The arrays `names` of an .npz file, and those of `optional` that it has.

    Raises:
        DataError: no such file, damaged, an array is missing or holds Python objects.
    """
    try:
        with np.load(path) as archive:
            missing = [name for name in names if name not in archive.files]
            if missing:
                got = f"no array {', '.join(missing)}; there are {', '.join(archive.files) or 'none'}"
                raise DataError(str(path), got, f"arrays {', '.join(names)}")
            return {name: archive[name] for name in (*names, *optional) if name in archive.files}
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(str(path), "no such file", f"arrays {', '.join(names)}") from error
    except Exception as error:  # zipfile, zlib, struct and NumPy each raise their own
        got = f"cannot be read: {error}"
        raise DataError(str(path), got, f"an .npz file with arrays {', '.join(names)}") from error


def checked_images(where: str, x: npt.NDArray[Any], y: npt.NDArray[Any], shape: tuple[int, int, int]) -> Part:
    """Images and labels 0 to 9 as `Part`, from uint8 [n, *shape] (or without a last 1) and [n] or [n, 1].

    Raises:
        DataError: other types or shapes, as many labels as images, no image, or a label outside 0 to 9.
    """
    bare = shape[:2] if shape[2] == 1 else shape
    if x.dtype != np.uint8 or x.shape[1:] not in (shape, bare):
        raise DataError(f"{where}, images", f"{x.dtype} {list(x.shape)}", f"uint8 [n, {str(list(bare))[1:]}")
    if y.ndim not in (1, 2) or y.size != len(y) or y.dtype.kind not in "iu":
        raise DataError(f"{where}, labels", f"{y.dtype} {list(y.shape)}", "integers [n] or [n, 1]")
    if len(x) != len(y) or not len(x):
        raise DataError(where, f"{len(x)} images, {len(y)} labels", "one label an image, at least one")
    if y.min() < 0 or y.max() > 9:
        raise DataError(f"{where}, labels", f"{y.min()} to {y.max()}", "0 to 9")
    return x.reshape(-1, *shape), y.reshape(-1).astype(np.int64)


def fingerprint(test: Part) -> str:
    """Words that tell one copy of the data from another: the begin of the test images' SHA-256."""
    return f"test pixels sha256 {hashlib.sha256(np.ascontiguousarray(test[0]).data).hexdigest()[:12]}"
