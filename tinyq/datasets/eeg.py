"""Motor imagery: PhysioNet EEGMMIDB, both fists versus both feet, imagined (and executed, in training).

Continuous runs -> zero-phase band-pass -> one window per cue -> every second sample -> standardised and
clipped [n, electrodes, samples, 1]. One imagined run is held out; the other imagined runs and all executed
ones train. Statistics come from the training windows only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError
from tinyq.datasets.dataset import Dataset, Labels, Samples
from tinyq.datasets.eeg_files import Run, download_runs, read_folder

IMAGINED = (6, 10, 14)
EXECUTED = (5, 9, 13)
CLASSES = ("fists", "feet")  # annotations T1 and T2 of these runs
BAND_HZ = (8.0, 30.0)  # mu and beta rhythms
WINDOW_S = (0.5, 3.5)  # after the cue
CLIP = 5.0  # standard deviations: one artefact would otherwise set the scale of the 8-bit input
RATE_HZ = 80.0  # enough for 30 Hz, and half the work of the recorded 160


def load_eeg(folder: Path | None = None, subject: int = 1, test_run: int = 14) -> Dataset:
    """Imagined fists versus feet of one subject, one run held out.

    Args:
        folder: holds S001R05.edf and so on, or .npz files with `run05` and so on (see `eeg_files`);
            None downloads from PhysioNet through MNE.
        subject: 1 to 109.
        test_run: the imagined run to test on: 6, 10 or 14.

    Returns:
        x [n, electrodes, 240, 1]: 3 s at 80 Hz; class 0 is fists, 1 is feet.

    Raises:
        DataError: the data cannot be had, are damaged, or hold no such run.
    """
    if test_run not in IMAGINED:
        raise DataError("eeg, test_run", str(test_run), ", ".join(map(str, IMAGINED)))
    return _split(*_runs(folder, subject), test_run)


def load_eeg_folds(folder: Path | None = None, subject: int = 1) -> list[Dataset]:
    """`load_eeg` for every imagined run in turn: leave one run out; data are read once.

    Raises:
        DataError: as `load_eeg`.
    """
    runs, source = _runs(folder, subject)
    return [_split(runs, source, test_run) for test_run in IMAGINED]


def _runs(folder: Path | None, subject: int) -> tuple[dict[int, Run], str]:
    if not 1 <= subject <= 109:
        raise DataError("eeg, subject", str(subject), "1 to 109")
    wanted = sorted(IMAGINED + EXECUTED)
    if folder is None:
        runs, origin = download_runs(subject, wanted), "downloaded from PhysioNet"
    else:
        runs, origin = read_folder(folder, subject, wanted), f"from {folder}"
    missing = [run for run in IMAGINED if run not in runs]
    if missing:
        raise DataError(
            str(folder),
            f"imagined runs {missing} of subject {subject} are missing; there are {sorted(runs)}",
            f"runs {wanted}; executed ones ({list(EXECUTED)}) may be missing",
        )
    return runs, f"PhysioNet EEGMMIDB, subject {subject}, imagined fists versus feet, {origin}"


def _split(runs: Mapping[int, Run], source: str, test_run: int) -> Dataset:
    train = [windows(run) for number, run in runs.items() if number != test_run]
    x_train = np.concatenate([x for x, _ in train])
    x_test, y_test = windows(runs[test_run])
    x_train, x_test = standardised("eeg", x_train, x_test)
    executed = sum(number in EXECUTED for number in runs)
    return Dataset(
        name="eeg",
        x_train=x_train,
        y_train=np.concatenate([y for _, y in train]),
        x_test=x_test,
        y_test=y_test,
        classes=CLASSES,
        source=source,
        split=f"run {test_run} held out; {executed} executed and 2 other imagined runs train",
    )


def windows(run: Run) -> tuple[Samples, Labels]:
    """Band-passed windows after the cues T1 and T2 of one run: [n, electrodes, samples] in uV, and classes.

    Raises:
        DataError: the sampling rate is no multiple of 80 Hz, or no window lies wholly inside the run.
    """
    step = round(run.rate_hz / RATE_HZ)
    if step < 1 or abs(step * RATE_HZ - run.rate_hz) > 1e-6:
        raise DataError(run.where, f"sampled at {run.rate_hz:g} Hz", f"a multiple of {RATE_HZ:g} Hz")
    filtered = band_pass(run.where, run.samples, run.rate_hz, BAND_HZ)
    length = round((WINDOW_S[1] - WINDOW_S[0]) * run.rate_hz)
    found: list[npt.NDArray[np.float64]] = []
    labels = []
    for onset, code in zip(run.onsets_s, run.codes, strict=True):
        start = round((onset + WINDOW_S[0]) * run.rate_hz)
        if code in (1, 2) and start >= 0 and start + length <= filtered.shape[1]:
            found.append(filtered[:, start : start + length : step])
            labels.append(int(code) - 1)
    if not found:
        raise DataError(run.where, "no cue T1 or T2 with a whole window behind it", "at least one")
    return np.stack(found).astype(np.float32), np.array(labels, np.int64)


def band_pass(
    where: str, samples: npt.NDArray[np.floating], rate_hz: float, band_hz: tuple[float, float]
) -> npt.NDArray[np.float64]:
    """4th-order Butterworth, forwards and backwards: a causal filter would shift the rhythms against the cue.

    Args:
        where: for messages.
        samples: [..., samples]; filtered along the last axis.
        rate_hz: sampling rate.
        band_hz: lower and upper edge, each 6 dB down.

    Raises:
        DataError: less than 4 s of signal, which the lower edge needs to settle.
    """
    from scipy.signal import butter, sosfiltfilt

    if samples.shape[-1] < 4 * rate_hz:
        raise DataError(where, f"{samples.shape[-1]} samples", "at least 4 s of signal")
    sections = butter(4, band_hz, "bandpass", fs=rate_hz, output="sos")
    result: npt.NDArray[np.float64] = sosfiltfilt(sections, samples, axis=-1)
    return result


def standardised(where: str, x_train: Samples, x_test: Samples) -> tuple[Samples, Samples]:
    """Both parts [n, electrodes, samples] -> [n, electrodes, samples, 1], by electrode and clipped at `CLIP`.

    Mean and deviation come from the training windows only.

    Raises:
        DataError: an electrode is flat in every training window.
    """
    mean = x_train.mean(axis=(0, 2), keepdims=True)
    deviation = x_train.std(axis=(0, 2), keepdims=True)
    if not deviation.all():
        dead = np.flatnonzero(deviation == 0).tolist()
        raise DataError(where, f"electrodes {dead} are flat in every training window", "a signal")
    train, test = (
        np.clip((x - mean) / deviation, -CLIP, CLIP)[..., None].astype(np.float32) for x in (x_train, x_test)
    )
    return train, test
