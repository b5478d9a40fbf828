"""SSVEP: which of three flickering lights (13, 17, 21 Hz), or none, a subject looks at; 12 subjects.

E. Kalunga, S. Chevallier, Q. Barthelemy: Online SSVEP-based BCI using Riemannian Geometry, Neurocomputing
2016. Trials of 5 s at 256 Hz -> mean removed -> zero-phase band-pass -> 1 s to 5 s after the cue -> every
second sample -> standardised and clipped [n, 8, 512, 1]. One subject is held out; statistics come from the
others.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinyq.core.errors import DataError
from tinyq.datasets.dataset import Dataset, Samples
from tinyq.datasets.eeg import band_pass, standardised
from tinyq.datasets.ssvep_files import Subject, download_subjects, read_folder

CLASSES = ("rest", "13Hz", "21Hz", "17Hz")  # in the order of the recordings' event codes
BAND_HZ = (5.0, 45.0)  # drift and mains go; the flickers and their second harmonics stay
WINDOW_S = (1.0, 5.0)  # after the cue, which takes the first second
RATE_HZ = 128.0


def load_ssvep(folder: Path | None = None, subject: int = 1) -> Dataset:
    """One subject held out, the others train.

    Args:
        folder: holds subject01.npz and so on (see `ssvep_files`); None downloads through MOABB.
        subject: number of the held-out one.

    Returns:
        x [n, 8, 512, 1]: 4 s at 128 Hz; classes rest, 13 Hz, 21 Hz, 17 Hz.

    Raises:
        DataError: the data cannot be had, are damaged, or there is no such subject.
    """
    subjects, origin = _subjects(folder)
    numbers = [one.number for one in subjects]
    if subject not in numbers:
        raise DataError("ssvep, subject", str(subject), ", ".join(map(str, numbers)))
    return _split(subjects, [windows(one) for one in subjects], origin, numbers.index(subject))


def load_ssvep_folds(folder: Path | None = None) -> list[Dataset]:
    """`load_ssvep` for every subject in turn: leave one subject out; data are read and filtered once.

    Raises:
        DataError: as `load_ssvep`.
    """
    subjects, origin = _subjects(folder)
    found = [windows(one) for one in subjects]
    return [_split(subjects, found, origin, i) for i in range(len(subjects))]


def windows(subject: Subject) -> Samples:
    """Band-passed windows of one subject: float32 [trials, electrodes, 512], uV.

    Raises:
        DataError: the sampling rate is no multiple of 128 Hz, or the trials are too short.
    """
    step = round(subject.rate_hz / RATE_HZ)
    if step < 1 or abs(step * RATE_HZ - subject.rate_hz) > 1e-3:
        got = f"sampled at {subject.rate_hz:g} Hz"
        raise DataError(subject.where, got, f"a multiple of {RATE_HZ:g} Hz")
    start, end = (round(second * subject.rate_hz) for second in WINDOW_S)
    if subject.x.shape[2] < end:
        raise DataError(subject.where, f"{subject.x.shape[2]} samples a trial", f"{end} or more")
    # The drift is a thousand times the signal: without its mean the filter has less to settle.
    x = subject.x - subject.x.mean(axis=2, keepdims=True)
    filtered = band_pass(subject.where, x, subject.rate_hz, BAND_HZ)
    return filtered[:, :, start:end:step].astype(np.float32)


def _subjects(folder: Path | None) -> tuple[list[Subject], str]:
    if folder is None:
        subjects, origin = download_subjects(), "downloaded by MOABB"
    else:
        subjects, origin = read_folder(folder), f"from {folder}"
    subjects, words = _without_repeats(subjects)
    if len(subjects) < 2:
        raise DataError(str(folder or "MOABB"), f"{len(subjects)} subjects", "2 or more: one is held out")
    return subjects, f"{origin}{words}"


def _without_repeats(subjects: Sequence[Subject]) -> tuple[list[Subject], str]:
    """Drops trials that an earlier subject has too, byte for byte, and says so: they would be a leak.

    One session of subject 7 in the published files is subject 3's.
    """
    owner: dict[bytes, int] = {}
    kept, words = [], ""
    for one in subjects:
        keys = [trial.tobytes() for trial in one.x]
        fresh = np.array([owner.setdefault(key, one.number) == one.number for key in keys], bool)
        if not fresh.all():
            words += f", {int((~fresh).sum())} trials of subject {one.number} dropped (another subject's)"
        if fresh.any():
            kept.append(one.part(fresh))
    return kept, words


def _split(subjects: Sequence[Subject], found: Sequence[Samples], origin: str, held_out: int) -> Dataset:
    others = [i for i in range(len(subjects)) if i != held_out]
    x_train, x_test = standardised("ssvep", np.concatenate([found[i] for i in others]), found[held_out])
    held = f"subject {subjects[held_out].number} held out ({len(x_test)} trials)"
    unused = sum(one.invalid for one in subjects)
    return Dataset(
        name="ssvep",
        x_train=x_train,
        y_train=np.concatenate([subjects[i].y for i in others]),
        x_test=x_test,
        y_test=subjects[held_out].y,
        classes=CLASSES,
        source=f"SSVEP-Exo (Kalunga 2016), {len(subjects)} subjects, {origin}",
        split=f"{held}, {len(others)} others train ({len(x_train)}); {unused} trials of sessions that the "
        "authors left out are not used",
    )
