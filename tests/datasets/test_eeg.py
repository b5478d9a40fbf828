"""EEG: files -> windows -> leave-one-run-out splits, and what is refused on the way."""

import sys
from pathlib import Path

import numpy as np
import pytest
from tools_required import need, shared

need("python:scipy")

from eeg_recordings import CODES, ONSETS, RUNS, samples, write_edf, write_npz  # noqa: E402

from tinyq.core.errors import DataError  # noqa: E402
from tinyq.datasets import load, load_eeg, load_eeg_folds  # noqa: E402
from tinyq.datasets.eeg import CLIP, windows  # noqa: E402
from tinyq.datasets.eeg_files import Run, read_folder  # noqa: E402

pytestmark = pytest.mark.train


def run_of(x: np.ndarray, onsets=ONSETS, codes=CODES, rate: float = 160.0) -> Run:
    names = tuple(f"E{i}" for i in range(len(x)))
    return Run("made up", x.astype(np.float64), rate, np.asarray(onsets, float), np.asarray(codes), names)


def test_every_run_is_held_out_once_and_the_others_train(tmp_path: Path) -> None:
    write_npz(tmp_path)
    folds = load_eeg_folds(tmp_path)
    assert [fold.split[:6] for fold in folds] == ["run 6 ", "run 10", "run 14"]
    for fold in folds:
        assert fold.x_train.shape == (25, 3, 240, 1)  # 5 cues T1 or T2 in each of 5 runs
        assert fold.x_test.shape == (5, 3, 240, 1)
        assert fold.y_test.tolist() == [0, 1, 0, 1, 0]
        assert fold.classes == ("fists", "feet")
    assert "subject 1" in folds[0].source
    assert str(tmp_path) in folds[0].source


def test_load_eeg_is_one_of_the_folds(tmp_path: Path) -> None:
    write_npz(tmp_path)
    np.testing.assert_array_equal(load_eeg(tmp_path, test_run=10).x_test, load_eeg_folds(tmp_path)[1].x_test)
    np.testing.assert_array_equal(load("eeg", tmp_path).x_test, load_eeg_folds(tmp_path)[2].x_test)


def test_statistics_come_from_the_training_windows_only(tmp_path: Path) -> None:
    write_npz(tmp_path)
    before = load_eeg(tmp_path, test_run=14)
    np.testing.assert_allclose(before.x_train.mean(axis=(0, 2, 3)), 0, atol=0.02)
    np.testing.assert_allclose(before.x_train.std(axis=(0, 2, 3)), 1, atol=0.02)
    write_npz(tmp_path, run14=samples(14) * 3)
    after = load_eeg(tmp_path, test_run=14)
    np.testing.assert_array_equal(after.x_train, before.x_train)
    assert after.x_test.std() > 2 * before.x_test.std()


def test_artefacts_are_clipped(tmp_path: Path) -> None:
    spoiled = samples(14)
    spoiled[:, 500:700] = 30000
    write_npz(tmp_path, run14=spoiled)
    data = load_eeg(tmp_path, test_run=14)
    assert np.abs(data.x_test).max() == CLIP


def test_executed_runs_may_be_missing(tmp_path: Path) -> None:
    write_npz(tmp_path, runs=(6, 10, 14))
    data = load_eeg(tmp_path)
    assert data.x_train.shape[0] == 10
    assert "0 executed and 2 other imagined" in data.split


def test_windows_start_half_a_second_after_the_cue_and_last_three() -> None:
    x = np.zeros((1, 40 * 160))
    time = np.arange(x.shape[1]) / 160
    burst = (time >= 10.5) & (time < 13.5)
    x[0, burst] = np.sin(2 * np.pi * 15 * time[burst])
    found, labels = windows(run_of(x, onsets=[10.0, 20.0], codes=[1, 2]))
    assert found.shape == (2, 1, 240)
    assert labels.tolist() == [0, 1]
    # All of the burst is in the first window, from its first sample to its last; nothing in the second.
    assert np.abs(found[0, 0, :40]).max() > 0.8
    assert np.abs(found[0, 0, -40:]).max() > 0.8
    assert np.abs(found[1]).max() < 0.01


def test_band_pass_keeps_12_hz_and_removes_2_and_50_hz_without_delay() -> None:
    time = np.arange(40 * 160) / 160
    tones = np.stack([np.sin(2 * np.pi * hertz * time) for hertz in (2, 12, 50)])
    found, _ = windows(run_of(tones, onsets=[18.0], codes=[1]))
    expected = np.sin(2 * np.pi * 12 * (18.5 + np.arange(240) / 80))
    np.testing.assert_allclose(found[0, 1], expected, atol=0.02)
    assert np.abs(found[0, [0, 2]]).max() < 0.02


def test_a_cue_without_a_whole_window_is_left_out() -> None:
    x = np.random.default_rng(0).normal(size=(2, 20 * 160))
    found, _ = windows(run_of(x, onsets=[2.0, 17.0], codes=[1, 2]))
    assert len(found) == 1
    with pytest.raises(DataError, match="no cue T1 or T2"):
        windows(run_of(x, onsets=[17.0, 2.0], codes=[1, 0]))


def test_other_sampling_rates_must_be_multiples_of_80() -> None:
    x = np.random.default_rng(0).normal(size=(1, 20 * 128))
    with pytest.raises(DataError, match="128 Hz"):
        windows(run_of(x, onsets=[2.0], codes=[1], rate=128.0))


def test_edf_files_give_the_same_as_npz(tmp_path: Path) -> None:
    need("python:mne")
    (tmp_path / "edf").mkdir()
    for run in RUNS:
        write_edf(tmp_path / "edf", run)
    write_npz(tmp_path)
    from_edf, from_npz = load_eeg(tmp_path / "edf"), load_eeg(tmp_path)
    np.testing.assert_allclose(from_edf.x_train, from_npz.x_train, atol=1e-5)
    np.testing.assert_array_equal(from_edf.y_test, from_npz.y_test)
    assert read_folder(tmp_path / "edf", 1, RUNS)[6].electrodes == ("Fc5", "Cz", "C4")


def test_another_subjects_edf_files_are_not_taken(tmp_path: Path) -> None:
    need("python:mne")
    write_edf(tmp_path, 6, subject=2)
    with pytest.raises(DataError, match="neither EDF nor"):
        load_eeg(tmp_path, subject=1)


@pytest.mark.parametrize("length", [0, 100, 256, 900, 5000])
def test_truncated_edf_is_refused(length: int, tmp_path: Path) -> None:
    need("python:mne")
    path = write_edf(tmp_path, 6)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DataError):
        load_eeg(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_damaged_npz_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "continuous.npz").write_bytes(content)
    with pytest.raises(DataError, match="continuous.npz"):
        load_eeg(tmp_path)


def test_truncated_npz_is_refused(tmp_path: Path) -> None:
    path = write_npz(tmp_path)
    whole = path.read_bytes()
    for length in range(0, len(whole), len(whole) // 7):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError):
            load_eeg(tmp_path)


def test_flipped_bytes_in_an_npz_are_refused_or_harmless(tmp_path: Path) -> None:
    path = write_npz(tmp_path)
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for case in range(30):
        spoiled = bytearray(whole)
        spoiled[random.integers(len(whole))] ^= 1 << random.integers(8)
        path.write_bytes(spoiled)
        try:
            load_eeg(tmp_path)
        except DataError as error:
            assert str(error), case


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"run06": np.zeros((3, 4, 5))}, "electrodes, samples"),
        ({"run06": np.full((3, 6400), np.nan)}, "not finite"),
        ({"run06": np.zeros((3, 100))}, "at least 4 s"),
        ({"run06": np.array(["a", "b"])}, "cannot be read"),
        ({"run06_onset_s": ONSETS[:3]}, "as many onsets as codes"),
        ({"run06_onset_s": ONSETS * np.nan}, "onset is not finite"),
        ({"run06_code": np.zeros(7, int)}, "no cue T1 or T2"),
        ({"ch_names": np.array(["A", "B"])}, "2 electrode names for 3 rows"),
        ({"run06": np.array([None, 1], dtype=object)}, "cannot be read"),
    ],
)
def test_npz_arrays_that_make_no_sense_are_refused(
    changes: dict[str, np.ndarray], message: str, tmp_path: Path
) -> None:
    write_npz(tmp_path, **changes)
    with pytest.raises(DataError, match=message):
        load_eeg(tmp_path, test_run=14)


def test_a_flat_electrode_is_refused(tmp_path: Path) -> None:
    flat = {f"run{run:02d}": samples(run) * np.array([[1], [0], [1]], np.int16) for run in RUNS}
    write_npz(tmp_path, **flat)
    with pytest.raises(DataError, match=r"electrodes \[1\] are flat"):
        load_eeg(tmp_path)


def test_missing_imagined_runs_are_named(tmp_path: Path) -> None:
    write_npz(tmp_path, runs=(5, 6, 9, 13))
    with pytest.raises(DataError, match=r"imagined runs \[10, 14\] of subject 1 are missing"):
        load_eeg(tmp_path)


def test_folders_without_recordings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neither EDF nor"):
        load_eeg(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        load_eeg(tmp_path / "none")


@pytest.mark.parametrize(("subject", "test_run"), [(0, 14), (110, 14), (1, 5)])
def test_subject_and_run_are_checked(subject: int, test_run: int, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        load_eeg(tmp_path, subject=subject, test_run=test_run)


def test_without_mne_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mne", None)
    with pytest.raises(DataError, match=r"tinyq\[eeg\]"):
        load_eeg()


def test_a_failed_download_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    need("python:mne")
    import mne

    def offline(*arguments: object, **options: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(mne.datasets.eegbci, "load_data", offline)
    with pytest.raises(DataError, match="no route to host") as caught:
        load_eeg()
    assert "--data" in caught.value.remedy


def test_a_download_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    need("python:mne")
    import mne

    monkeypatch.setattr(
        mne.datasets.eegbci,
        "load_data",
        lambda subject, runs, **options: [str(write_edf(tmp_path, run, subject)) for run in runs],
    )
    data = load_eeg(None, subject=3)
    assert data.x_train.shape == (25, 3, 240, 1)
    assert "downloaded from PhysioNet" in data.source


def test_real_recordings_of_subject_1() -> None:
    folds = load_eeg_folds(shared("data", "eeg-mmidb-s001"))
    assert [fold.x_test.shape for fold in folds] == [(15, 64, 240, 1)] * 3
    assert [fold.x_train.shape[0] for fold in folds] == [75] * 3
    assert np.concatenate([fold.y_test for fold in folds]).tolist().count(0) == 21
