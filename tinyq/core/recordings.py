"""Recordings of a signal: .npz or .npy files of [channels, samples], with or without annotations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError

FORM = "arrays [channels, samples], and NAME_onset_s and NAME_code where there are annotations"


@dataclass(frozen=True, eq=False)
class Recording:
    """One run.

    Args:
        name: of its array.
        samples: [channels, samples], numbers of any type.
        onsets_s: when each annotation begins, in seconds; empty where there are none.
        codes: what each one says.
    """

    name: str
    samples: npt.NDArray[Any]
    onsets_s: npt.NDArray[np.float64]
    codes: npt.NDArray[np.int64]


def read_recordings(path: Path, channels: int, names: Sequence[str] = ()) -> list[Recording]:
    """The named runs of a file, or all arrays of two dimensions.

    Args:
        path: .npz, or .npy with one run.
        channels: how many each must have.
        names: of arrays; all unless told.

    Raises:
        DataError: the file cannot be read, has no such run, or one with another number of channels.
    """
    arrays = _arrays(path)
    found = [name for name in names or arrays if name in names or arrays[name].ndim == 2]
    unknown = [name for name in found if name not in arrays]
    there = ", ".join(f"{name} {list(array.shape)}" for name, array in list(arrays.items())[:8])
    if unknown or not found:
        raise DataError(str(path), f"no run {', '.join(unknown)}".strip() + f"; there are {there}", FORM)
    for name in found:
        array = arrays[name]
        if array.ndim != 2 or len(array) != channels or array.dtype.kind not in "iuf" or not array.size:
            got = f"{name} is {array.dtype} {list(array.shape)}"
            raise DataError(str(path), got, f"numbers [{channels}, samples]")
        if not np.isfinite(array).all():
            raise DataError(str(path), f"{name} has NaN or infinite values", "finite numbers")
    return [_recording(path, name, arrays) for name in found]


def _recording(path: Path, name: str, arrays: dict[str, npt.NDArray[Any]]) -> Recording:
    onsets, codes = (arrays.get(f"{name}_{what}", np.zeros(0)) for what in ("onset_s", "code"))
    if onsets.dtype.kind not in "iuf" or codes.dtype.kind not in "iuf" or not np.isfinite(onsets).all():
        got = f"onsets of {name} are {onsets.dtype} and codes {codes.dtype}, or some are NaN"
        raise DataError(str(path), got, "finite numbers of seconds, and whole numbers")
    if onsets.shape != codes.shape or onsets.ndim != 1:
        got = f"{name} has onsets {list(onsets.shape)} and codes {list(codes.shape)}"
        raise DataError(str(path), got, "as many codes as onsets")
    return Recording(name, arrays[name], onsets.astype(np.float64), codes.astype(np.int64))


def _arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {path.stem: loaded}
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except OSError as error:
        got = f"cannot be read ({error.strerror or error})"
        raise DataError(str(path), got, ".npz or .npy", "check the path") from error
    except Exception as error:  # a damaged file fails in many ways inside NumPy
        got = f"cannot be read: {error}"
        if path.suffix not in (".npz", ".npy"):  # NumPy takes it for a pickle, and says so
            got = f"{path.suffix or 'a file without suffix'}: neither .npz nor .npy"
        remedy = "numpy.savez('recording.npz', run=samples), samples [channels, n] as your program reads them"
        raise DataError(str(path), got, "what numpy.savez writes", remedy) from error


def as_counts(values: npt.NDArray[Any], unit: float) -> npt.NDArray[np.int16]:
    """Real samples as int16 counts of `unit` each, rounded and saturated.

    Example:
        >>> as_counts(np.array([1.26, -9e9]), 0.5).tolist()
        [3, -32768]
    """
    limits = np.iinfo(np.int16)
    counts: npt.NDArray[np.int16] = np.rint(values / unit).clip(limits.min, limits.max).astype(np.int16)
    return counts
