"""SSVEP-Exo trials from .npz files, or from Zenodo through MOABB.

.npz form, subjectNN.npz: `x` int16 or float [trials, electrodes, samples], from the cue on, in units of
`scale_uv` uV (1 without it); `y` int [trials], 0 rest, 1 13 Hz, 2 21 Hz, 3 17 Hz; `sfreq` Hz; `ch_names`;
`valid` bool [trials], False in sessions that the authors left out (all True without it).
"""

from __future__ import annotations

import dataclasses
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError
from tinyq.datasets.dataset import Labels
from tinyq.datasets.files import need_folder, read_npz

FORMS = "subject01.npz, subject02.npz and so on"
TRIAL_S = 5.0
MICROVOLTS = 1e6
EVENTS = (1, 2, 3, 4)  # of the recordings: rest, 13 Hz, 21 Hz, 17 Hz


@dataclass(frozen=True, eq=False)
class Subject:
    """The valid trials of one subject.

    Args:
        where: the file, for messages.
        number: 1 to 12.
        x: float32 [trials, electrodes, samples], uV, from the cue on.
        y: int64 [trials], 0 to 3.
        rate_hz: sampling rate.
        electrodes: names.
        invalid: how many trials were left out.
    """

    where: str
    number: int
    x: npt.NDArray[np.float32]
    y: Labels
    rate_hz: float
    electrodes: tuple[str, ...]
    invalid: int = 0

    def __post_init__(self) -> None:
        if self.x.ndim != 3 or self.y.shape != self.x.shape[:1] or not self.x.size:
            got = f"trials {self.x.shape}, labels {self.y.shape}"
            raise DataError(self.where, got, "[trials, electrodes, samples] and [trials], none of them 0")
        if not np.isfinite(self.x).all():
            raise DataError(self.where, f"{int((~np.isfinite(self.x)).sum())} samples not finite", "finite")
        if self.y.min() < 0 or self.y.max() > 3:
            raise DataError(self.where, f"labels {self.y.min()} to {self.y.max()}", "0 to 3")
        if len(self.electrodes) != self.x.shape[1]:
            got = f"{len(self.electrodes)} electrode names for {self.x.shape[1]} rows"
            raise DataError(self.where, got, "one name a row")

    def part(self, chosen: npt.NDArray[np.bool_]) -> Subject:
        """The same subject with the chosen trials only."""
        return dataclasses.replace(self, x=self.x[chosen], y=self.y[chosen])


def read_folder(folder: Path) -> list[Subject]:
    """All subjects that `folder` holds, by number.

    Raises:
        DataError: no such folder, no subject in it, a damaged file, or subjects with different electrodes.
    """
    need_folder(folder, FORMS)
    paths = sorted(folder.glob("subject[0-9][0-9].npz"))
    if not paths:
        raise DataError(str(folder), "no file subjectNN.npz", FORMS)
    return _checked([_read(path) for path in paths])


def _read(path: Path) -> Subject:
    arrays = read_npz(path, "x", "y", "sfreq", "ch_names", optional=("valid", "scale_uv"))
    try:
        valid = arrays.get("valid", np.ones(len(arrays["x"]))).astype(bool)
        y = arrays["y"].astype(np.int64)[valid]
        x = arrays["x"][valid].astype(np.float32) * np.float32(arrays.get("scale_uv", 1))
        rate_hz = float(arrays["sfreq"])
    except (IndexError, TypeError, ValueError) as error:
        raise DataError(str(path), f"cannot be used: {error}", "x, y, valid with one row a trial") from error
    names = tuple(str(name) for name in arrays["ch_names"].ravel())
    return Subject(str(path), int(path.stem[-2:]), x, y, rate_hz, names, int((~valid).sum()))


def download_subjects() -> list[Subject]:
    """All 12 subjects from Zenodo, through MOABB, which keeps them for the next time (about 100 MB).

    Raises:
        DataError: MOABB is not installed, or the download failed.
    """
    where = "SSVEP-Exo (Kalunga 2016)"
    try:
        datasets, mne = importlib.import_module("moabb.datasets"), importlib.import_module("mne")
    except ImportError as error:
        remedy = f"pip install 'tinyq[train,ssvep]', or give a folder with {FORMS} with --data"
        raise DataError(where, "MOABB is not installed, which downloads it", remedy=remedy) from error
    kind = getattr(datasets, "Kalunga2016", None) or datasets.SSVEPExo  # its name before MOABB 1.1
    try:
        recordings = kind().get_data()
        return _checked([_from_moabb(mne, number, recordings[number]) for number in sorted(recordings)])
    except DataError:
        raise
    except Exception as error:  # whatever the network, the server or the disk says
        got = f"the download failed: {type(error).__name__}: {error}"
        remedy = f"try again with a network, or give a folder with {FORMS} with --data"
        raise DataError(where, got, remedy=remedy) from error


def _from_moabb(mne: Any, number: int, sessions: dict[str, dict[str, Any]]) -> Subject:
    """Trials from continuous recordings [electrodes, samples] with a trigger channel."""
    trials, labels, names, rate_hz = [], [], (), 0.0
    for raw in (run for session in sessions.values() for run in session.values()):
        rate_hz = float(raw.info["sfreq"])
        eeg = raw.copy().pick("eeg")
        names = tuple(eeg.ch_names)
        samples, length = eeg.get_data(), round(TRIAL_S * rate_hz)
        # By code, not by MOABB's names for them: up to 1.2 those have 17 and 21 Hz swapped (moabb issue 813).
        for start, _, code in mne.find_events(raw, shortest_event=0, verbose="error"):
            begin = start - raw.first_samp
            if code in EVENTS and begin + length <= samples.shape[1]:
                trials.append(samples[:, begin : begin + length])
                labels.append(code - EVENTS[0])
    where = f"MOABB, subject {number}"
    if len({trial.shape for trial in trials}) != 1:
        raise DataError(where, f"{len(trials)} trials of different shapes", "recordings of one shape")
    x = (np.stack(trials) * MICROVOLTS).astype(np.float32)
    return Subject(where, number, x, np.array(labels, np.int64), rate_hz, names)


def _checked(subjects: list[Subject]) -> list[Subject]:
    for one in subjects:
        if one.electrodes != subjects[0].electrodes:
            raise DataError(
                one.where, f"other electrodes than {subjects[0].where}", ", ".join(subjects[0].electrodes)
            )
    return subjects
