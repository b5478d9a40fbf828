"""SSVEP: files -> windows -> leave-one-subject-out folds, and what is refused on the way."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest
from tools_required import need, shared

need("python:scipy")

from tinyq.core.errors import DataError  # noqa: E402
from tinyq.datasets import load, load_folds, load_ssvep, load_ssvep_folds  # noqa: E402
from tinyq.datasets.eeg import CLIP  # noqa: E402
from tinyq.datasets.ssvep import windows  # noqa: E402
from tinyq.datasets.ssvep_files import Subject  # noqa: E402

RATE, NAMES, FLICKER = 256, ("Oz", "O1"), (None, 13, 21, 17)
SCALE_UV = 0.02


def trials(number: int, n: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """int16 [n, 2, 1280]: noise on a huge drift, and the flicker of the class; labels 0 1 2 3 0 ..."""
    random = np.random.default_rng(number)
    time = np.arange(5 * RATE) / RATE
    x = random.normal(scale=200, size=(n, 2, time.size)) + 9000 + 500 * time
    y = np.arange(n) % 4
    for trial, label in zip(x, y, strict=True):
        if FLICKER[label]:
            trial += 300 * np.sin(2 * np.pi * FLICKER[label] * time)
    return x.round().astype(np.int16), y.astype(np.int8)


def write(folder: Path, number: int, **changes: np.ndarray | None) -> None:
    x, y = trials(number)
    arrays = {"x": x, "y": y, "valid": np.ones(len(y), bool), "session": np.zeros(len(y), np.int8)}
    arrays |= {"scale_uv": np.float32(SCALE_UV), "sfreq": np.float32(RATE), "ch_names": np.array(NAMES)}
    arrays = {name: array for name, array in (arrays | changes).items() if array is not None}
    np.savez(folder / f"subject{number:02d}.npz", **arrays)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (1, 2, 11):
        write(tmp_path, number)
    return tmp_path


def test_every_subject_is_held_out_once_and_the_others_train(folder: Path) -> None:
    folds = load_ssvep_folds(folder)
    assert [fold.split[:10] for fold in folds] == ["subject 1 ", "subject 2 ", "subject 11"]
    for fold in folds:
        assert fold.x_train.shape == (16, 2, 512, 1)
        assert fold.x_test.shape == (8, 2, 512, 1)
        assert fold.x_train.dtype == np.float32
        assert fold.y_test.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert folds[0].classes == ("rest", "13Hz", "21Hz", "17Hz")
    assert str(folder) in folds[0].source


def test_load_is_one_of_the_folds(folder: Path) -> None:
    folds = load_folds("ssvep", folder)
    np.testing.assert_array_equal(load_ssvep(folder, subject=11).x_test, folds[2].x_test)
    np.testing.assert_array_equal(load("ssvep", folder).x_train, folds[0].x_train)
    with pytest.raises(DataError, match="1, 2, 11"):
        load_ssvep(folder, subject=3)


def test_the_flicker_of_its_class_is_the_strongest_in_every_window(folder: Path) -> None:
    data = load_ssvep(folder)
    power = np.abs(np.fft.rfft(data.x_train[..., 0], axis=2)) ** 2
    hertz = np.fft.rfftfreq(512, 1 / 128)[power[:, 0].argmax(axis=1)]
    for label in (1, 2, 3):
        assert (hertz[data.y_train == label] == FLICKER[label]).all()


def test_windows_are_the_signal_1_to_5_s_after_the_cue_without_drift_or_delay() -> None:
    time = np.arange(5 * RATE) / RATE
    tones = np.stack([np.sin(2 * np.pi * hertz * time) for hertz in (1, 17, 80)]) + 1000 + 50 * time
    subject = Subject("made up", 1, tones[None].astype(np.float32), np.zeros(1, int), RATE, ("a", "b", "c"))
    found = windows(subject)
    assert found.shape == (1, 3, 512)
    expected = np.sin(2 * np.pi * 17 * (1 + np.arange(512) / 128))
    inner = slice(32, 384)  # the trial's end is the window's: the filter rings there
    np.testing.assert_allclose(found[0, 1, inner], expected[inner], atol=0.05)
    assert np.abs(found[0, [0, 2], inner]).max() < 0.05


def test_counts_are_scaled_to_microvolts(folder: Path) -> None:
    x, y = trials(1)
    subject = Subject("made up", 1, (x * np.float32(SCALE_UV)), y.astype(int), RATE, NAMES)
    assert 1 < windows(subject).std() < 10


def test_statistics_come_from_the_training_subjects_only(folder: Path) -> None:
    before = load_ssvep(folder, subject=2)
    np.testing.assert_allclose(before.x_train.mean(axis=(0, 2, 3)), 0, atol=0.02)
    np.testing.assert_allclose(before.x_train.std(axis=(0, 2, 3)), 1, atol=0.02)
    write(folder, 2, scale_uv=np.float32(SCALE_UV * 3))
    after = load_ssvep(folder, subject=2)
    np.testing.assert_array_equal(after.x_train, before.x_train)
    assert after.x_test.std() > 2 * before.x_test.std()


def test_artefacts_are_clipped(folder: Path) -> None:
    x, _ = trials(1)
    x[0, 0, 500:700] = -30000
    write(folder, 1, x=x)
    assert np.abs(load_ssvep(folder).x_test).max() == CLIP


def test_trials_that_the_authors_left_out_are_in_no_part(folder: Path) -> None:
    valid = np.array([True] * 4 + [False] * 4)
    write(folder, 1, valid=valid)
    folds = load_ssvep_folds(folder)
    assert len(folds[0].x_test) == 4
    assert [len(fold.x_train) for fold in folds] == [16, 12, 12]
    assert "4 trials of sessions that the authors left out" in folds[2].split


def test_files_without_valid_and_scale_are_taken_whole(folder: Path) -> None:
    write(folder, 1, valid=None, scale_uv=None)
    assert len(load_ssvep(folder).x_test) == 8


def test_trials_that_two_subjects_share_are_dropped_from_the_later(folder: Path) -> None:
    x, y = trials(1)
    mine, labels = trials(2)
    write(folder, 2, x=np.concatenate([x[:3], mine[3:]]), y=np.concatenate([y[:3], labels[3:]]))
    folds = load_ssvep_folds(folder)
    assert [len(fold.x_test) for fold in folds] == [8, 5, 8]
    assert "3 trials of subject 2 dropped" in folds[0].source


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.zeros((8, 2))}, "trials, electrodes, samples"),
        ({"y": np.zeros(7, int)}, "cannot be used|labels"),
        ({"y": np.full(8, 4)}, "0 to 3"),
        ({"valid": np.zeros(8, bool)}, "none of them 0"),
        ({"valid": np.ones(5, bool)}, "cannot be used"),
        ({"x": np.full((8, 2, 1280), np.nan)}, "not finite"),
        ({"x": np.ones((8, 2, 1279))}, "1280 or more"),
        ({"sfreq": np.float32(250)}, "250 Hz"),
        ({"sfreq": np.zeros(2)}, "cannot be used"),
        ({"sfreq": None}, "no array sfreq"),
        ({"ch_names": np.array(["a"])}, "1 electrode names for 2 rows"),
        ({"ch_names": np.array(["a", "b"])}, "other electrodes"),
        ({"x": np.array([None, 1], dtype=object)}, "cannot be read"),
    ],
)
def test_arrays_that_make_no_sense_are_refused(changes: dict, message: str, folder: Path) -> None:
    write(folder, 2, **changes)
    with pytest.raises(DataError, match=message) as caught:
        load_ssvep(folder)
    assert "subject02.npz" in caught.value.where


def test_a_flat_electrode_is_refused(folder: Path) -> None:
    for number in (1, 2, 11):
        x, _ = trials(number)
        write(folder, number, x=x * np.array([[1], [0]], np.int16))
    with pytest.raises(DataError, match=r"electrodes \[1\] are flat"):
        load_ssvep(folder)


def test_one_subject_is_too_few(tmp_path: Path) -> None:
    write(tmp_path, 1)
    with pytest.raises(DataError, match="2 or more"):
        load_ssvep(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_damaged_files_are_refused(content: bytes, folder: Path) -> None:
    (folder / "subject02.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"subject02\.npz"):
        load_ssvep(folder)


def moabb(recordings: dict[int, dict[str, dict[str, object]]]) -> types.SimpleNamespace:
    return types.SimpleNamespace(Kalunga2016=lambda: types.SimpleNamespace(get_data=lambda: recordings))


def raw(number: int, events: bool = True):
    """Trials behind one another in volts, with a trigger channel: codes 1 to 4."""
    import mne

    mne.set_log_level("error")
    x, y = trials(number)
    trigger = np.zeros((len(x), 1, x.shape[2]))
    trigger[:, 0, :10] = (y + 1)[:, None] if events else 0
    signal = np.concatenate([x * SCALE_UV * 1e-6, trigger], axis=1)
    info = mne.create_info([*NAMES, "stim"], RATE, ["eeg", "eeg", "stim"])
    return mne.io.RawArray(np.concatenate([np.zeros((3, 100)), *signal], axis=1), info, first_samp=50)


def test_a_download_gives_the_same_as_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("python:mne")
    recordings = {number: {"0": {"0": raw(number)}} for number in (1, 2, 11)}
    monkeypatch.setitem(sys.modules, "moabb.datasets", moabb(recordings))
    data, expected = load_ssvep(), load_ssvep(folder)
    np.testing.assert_allclose(data.x_train, expected.x_train, atol=1e-3)
    np.testing.assert_array_equal(data.y_train, expected.y_train)
    assert "downloaded by MOABB" in data.source


def test_a_download_without_trials_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    need("python:mne")
    monkeypatch.setitem(sys.modules, "moabb.datasets", moabb({4: {"0": {"0": raw(4, events=False)}}}))
    with pytest.raises(DataError, match=r"subject 4: 0 trials"):
        load_ssvep()


def test_a_failed_download_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    need("python:mne")

    def offline() -> None:
        raise OSError("no route to host")

    monkeypatch.setitem(sys.modules, "moabb.datasets", types.SimpleNamespace(Kalunga2016=offline))
    with pytest.raises(DataError, match="no route to host"):
        load_ssvep()


def test_without_moabb_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moabb.datasets", None)
    with pytest.raises(DataError, match=r"pip install .*tinyq\[train,ssvep\]"):
        load_ssvep()


@pytest.mark.slow
def test_real_recordings() -> None:
    folds = load_ssvep_folds(shared("data", "eeg-ssvep-exo"))
    assert [len(fold.x_test) for fold in folds] == [64] * 9 + [128, 64, 96]
    assert {fold.x_train.shape[1:] for fold in folds} == {(8, 512, 1)}
    assert all(len(fold.x_train) + len(fold.x_test) == 864 for fold in folds)
