"""EEGMMIDB runs from EDF files, from .npz files, or from PhysioNet.

.npz form: arrays `run05` int16 or float [electrodes, samples] in uV at 160 Hz, `run05_onset_s` float [k]
seconds, `run05_code` int [k] (0, 1, 2 for T0, T1, T2), and `ch_names`; any number of runs a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError

NPZ_RATE_HZ = 160.0


@dataclass(frozen=True, eq=False)
class Run:
    """One continuous recording.

    Args:
        where: file and run, for messages.
        samples: float64 [electrodes, samples], uV.
        rate_hz: sampling rate.
        onsets_s: float [k], start of every annotation in seconds.
        codes: int [k], 0, 1, 2 for T0, T1, T2.
        electrodes: names.
    """

    where: str
    samples: npt.NDArray[np.float64]
    rate_hz: float
    onsets_s: npt.NDArray[np.float64]
    codes: npt.NDArray[np.int64]
    electrodes: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or not self.samples.size:
            raise DataError(self.where, f"samples of shape {self.samples.shape}", "[electrodes, samples]")
        if not np.isfinite(self.samples).all():
            raise DataError(
                self.where, f"{int((~np.isfinite(self.samples)).sum())} samples not finite", "finite"
            )
        if self.onsets_s.ndim != 1 or self.onsets_s.shape != self.codes.shape:
            got = f"{self.onsets_s.shape} onsets, {self.codes.shape} codes"
            raise DataError(self.where, got, "as many onsets as codes, both in one dimension")
        if not np.isfinite(self.onsets_s).all():
            raise DataError(self.where, "an onset is not finite", "seconds")
        if len(self.electrodes) != len(self.samples):
            got = f"{len(self.electrodes)} electrode names for {len(self.samples)} rows"
            raise DataError(self.where, got, "one name a row")


def read_folder(folder: Path, subject: int, wanted: Iterable[int]) -> dict[int, Run]:
    """The wanted runs that `folder` holds, from EDF files or else from .npz files.

    Raises:
        DataError: no such folder, neither kind of file, a damaged file, or runs with different electrodes.
    """
    if not folder.is_dir():
        raise DataError(str(folder), "no such folder", "a folder of EDF or .npz files")
    named = {run: folder / f"S{subject:03d}R{run:02d}.edf" for run in wanted}
    edf = {run: path for run, path in named.items() if path.exists()}
    archives = sorted(folder.glob("*.npz"))
    if edf:
        runs = {run: _read_edf(path) for run, path in edf.items()}
    elif archives:
        runs = {}
        for path in archives:
            runs.update(_read_npz(path, set(named)))
    else:
        example = next(iter(named.values())).name
        raise DataError(str(folder), "neither EDF nor .npz files", f"{example} and so on, or continuous.npz")
    _check_same_electrodes(runs)
    return runs


def download_runs(subject: int, wanted: Iterable[int]) -> dict[int, Run]:
    """The wanted runs of one subject, from PhysioNet through MNE, which keeps them for the next time.

    Raises:
        DataError: MNE is not installed, or the download failed.
    """
    mne = _mne("PhysioNet EEGMMIDB")
    try:
        paths = mne.datasets.eegbci.load_data(subject, list(wanted), update_path=False, verbose="error")
    except Exception as error:  # whatever the network, the server or the disk says
        raise DataError(
            "PhysioNet EEGMMIDB",
            f"the download failed: {type(error).__name__}: {error}",
            remedy="try again with a network, or give a folder of EDF or .npz files with --data",
        ) from error
    runs = {run: _read_edf(Path(path)) for run, path in zip(wanted, paths, strict=True)}
    _check_same_electrodes(runs)
    return runs


def _mne(where: str) -> Any:
    try:
        import mne
    except ImportError as error:
        raise DataError(
            where,
            "MNE is not installed",
            remedy="pip install 'tinyq[eeg]', or give a folder of .npz files with --data",
        ) from error
    return mne


def _read_edf(path: Path) -> Run:
    mne = _mne(str(path))
    try:
        raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
        samples = raw.get_data() * 1e6  # V -> uV
        notes = [(note["onset"], note["description"]) for note in raw.annotations]
    except Exception as error:  # a damaged file fails in many ways inside MNE
        raise DataError(str(path), f"cannot be read as EDF: {error}", "an EEGMMIDB recording") from error
    cues = [(onset, int(text[1])) for onset, text in notes if re.fullmatch(r"T[012]", text)]
    return Run(
        where=str(path),
        samples=samples,
        rate_hz=float(raw.info["sfreq"]),
        onsets_s=np.array([onset for onset, _ in cues], np.float64),
        codes=np.array([code for _, code in cues], np.int64),
        electrodes=tuple(name.rstrip(".") for name in raw.ch_names),
    )


def _read_npz(path: Path, wanted: set[int]) -> dict[int, Run]:
    try:
        with np.load(path) as archive:
            runs = {
                int(key[3:]): _npz_run(path, archive, key)
                for key in archive.files
                if re.fullmatch(r"run\d\d", key) and int(key[3:]) in wanted
            }
    except DataError:
        raise
    except Exception as error:  # zipfile, zlib, struct and NumPy each raise their own
        raise DataError(str(path), f"cannot be read: {error}", "run05, run05_onset_s, ...") from error
    return runs


def _npz_run(path: Path, archive: Any, key: str) -> Run:
    samples = archive[key].astype(np.float64)
    return Run(
        where=f"{path}, {key}",
        samples=samples,
        rate_hz=NPZ_RATE_HZ,
        onsets_s=archive[f"{key}_onset_s"].astype(np.float64),
        codes=archive[f"{key}_code"].astype(np.int64),
        electrodes=tuple(str(name) for name in archive["ch_names"]),
    )


def _check_same_electrodes(runs: dict[int, Run]) -> None:
    first = next(iter(runs.values()), None)
    for run in runs.values():
        if first is not None and run.electrodes != first.electrodes:
            raise DataError(run.where, "other electrodes than " + first.where, "the same in every run")
