"""Small made-up EEGMMIDB recordings, as .npz and as EDF+ files."""

from pathlib import Path

import numpy as np

RUNS = (5, 6, 9, 10, 13, 14)
RATE = 160
SECONDS = 40
ELECTRODES = ("Fc5.", "Cz..", "C4..")
ONSETS = np.arange(2.0, 36.0, 5.0)  # 7 cues
CODES = np.array([1, 0, 2, 1, 0, 2, 1])


def samples(run: int) -> np.ndarray:
    """int16 uV [3, 6400]: noise, and a 12 Hz rhythm that is stronger on Cz after T2."""
    random = np.random.default_rng(run)
    time = np.arange(SECONDS * RATE) / RATE
    x = random.normal(scale=20, size=(len(ELECTRODES), time.size))
    for onset, code in zip(ONSETS, CODES, strict=True):
        if code == 2:
            after = (time >= onset) & (time < onset + 4)
            x[1, after] += 60 * np.sin(2 * np.pi * 12 * time[after])
    return x.round().astype(np.int16)


def write_npz(folder: Path, runs: tuple[int, ...] = RUNS, **changes: np.ndarray) -> Path:
    arrays: dict[str, np.ndarray] = {"ch_names": np.array([name.rstrip(".") for name in ELECTRODES])}
    for run in runs:
        arrays[f"run{run:02d}"] = samples(run)
        arrays[f"run{run:02d}_onset_s"] = ONSETS
        arrays[f"run{run:02d}_code"] = CODES
        arrays[f"run{run:02d}_dur_s"] = np.full(len(ONSETS), 4.1)
    path = folder / "continuous.npz"
    np.savez_compressed(path, **{**arrays, **changes})
    return path


def write_edf(folder: Path, run: int, subject: int = 1) -> Path:
    """EDF+ as PhysioNet has it: one-second records, and annotations as a signal of their own."""
    x = samples(run)
    notes = [b""] * SECONDS
    for onset, code in zip(ONSETS, CODES, strict=True):
        notes[int(onset)] += b"+%.3f\x154.1\x14T%d\x14\x00" % (onset, code)
    notes = [b"+%d\x14\x14\x00" % i + note for i, note in enumerate(notes)]
    note_words = (max(map(len, notes)) + 1) // 2
    signals = len(ELECTRODES) + 1

    def each(values: list[object], width: int) -> bytes:
        return b"".join(str(value).encode().ljust(width) for value in values)

    header = each(["0"], 8) + each(["X X X X"], 80) + each(["Startdate 12-AUG-2009 X X X"], 80)
    header += b"12.08.0916.15.00" + each([256 * (1 + signals)], 8) + each(["EDF+C"], 44)
    header += each([SECONDS], 8) + each([1], 8) + each([signals], 4)
    header += each([*ELECTRODES, "EDF Annotations"], 16) + each([""] * signals, 80)
    header += each(["uV"] * len(ELECTRODES) + [""], 8) + each([-8092] * len(ELECTRODES) + [-1], 8)
    header += each([8092] * len(ELECTRODES) + [1], 8)
    header += each([-8092] * len(ELECTRODES) + [-32768], 8) + each([8092] * len(ELECTRODES) + [32767], 8)
    header += (
        each([""] * signals, 80) + each([RATE] * len(ELECTRODES) + [note_words], 8) + each([""] * signals, 32)
    )
    body = b""
    for second, note in enumerate(notes):
        body += x[:, second * RATE : (second + 1) * RATE].astype("<i2").tobytes()
        body += note.ljust(2 * note_words, b"\x00")
    path = folder / f"S{subject:03d}R{run:02d}.edf"
    path.write_bytes(header + body)
    return path
