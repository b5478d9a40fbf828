"""Keywords: MFCC features, the smoke-test archive, Speech Commands folders, and what is refused."""

import functools
import hashlib
import http.server
import tarfile
import threading
import wave
from pathlib import Path

import numpy as np
import pytest
from tools_required import need, shared

need("python:scipy")

from tinyq.core.errors import DataError  # noqa: E402
from tinyq.datasets import kws, load_kws  # noqa: E402
from tinyq.datasets.kws import CLASSES, NOISE, SILENCE, UNKNOWN, WORDS  # noqa: E402
from tinyq.datasets.mfcc import mfcc  # noqa: E402

SCALE, ZERO_POINT = 0.5, 83


def clip(seed: int, length: int = 16000) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, length).astype(np.int16)


def test_mfcc_does_not_depend_on_loudness() -> None:
    quiet = clip(0)[None] // 4 * 2
    np.testing.assert_allclose(mfcc(quiet), mfcc(quiet * 2), atol=1e-5)


def test_mfcc_of_silence_is_finite_and_its_first_coefficient_is_the_floor() -> None:
    features = mfcc(np.zeros((1, 16000), np.int16))
    # All 40 logarithms are ln 1e-6; the DCT's first row sums twice, over sqrt(80).
    np.testing.assert_allclose(features[0, :, 0, 0], np.log(1e-6) * 80 / np.sqrt(80), rtol=1e-6)
    np.testing.assert_allclose(features[0, :, 1:, 0], 0, atol=1e-5)


def test_mfcc_frame_sees_30_ms_every_20_ms() -> None:
    audio = np.zeros((1, 16000), np.int16)
    audio[0, 320 * 7 + 100] = 1000
    base = mfcc(np.zeros((1, 16000), np.int16))
    differs = np.flatnonzero(np.abs(mfcc(audio) - base).max(axis=(0, 2, 3)) > 1)
    assert differs.tolist() == [6, 7]


def test_mfcc_in_pieces_is_that_of_each_clip() -> None:
    clips = np.stack([clip(seed) for seed in range(300)])
    np.testing.assert_array_equal(mfcc(clips)[[0, 255, 256, 299]], mfcc(clips[[0, 255, 256, 299]]))


def write_smoke(folder: Path, **changes: np.ndarray) -> np.ndarray:
    codes = np.random.default_rng(0).integers(-128, 128, (120, 49, 10, 1)).astype(np.int8)
    arrays = {"mfcc_int8": codes, "mfcc_scale": np.float32(SCALE), "mfcc_zero_point": np.int32(ZERO_POINT)}
    arrays |= {"y": (np.arange(120) % 12).astype(np.uint8), "class_names": np.array(CLASSES)}
    np.savez(folder / "kws01.npz", **(arrays | changes))
    return codes


def test_the_archive_is_dequantized_and_a_fifth_of_every_class_held_out(tmp_path: Path) -> None:
    codes = write_smoke(tmp_path)
    data = load_kws(tmp_path)
    assert np.bincount(data.y_test).tolist() == [2] * 12
    assert np.bincount(data.y_train).tolist() == [8] * 12
    together = np.concatenate([data.x_train, data.x_test]).reshape(120, -1)
    expected = (codes.astype(np.float32) - ZERO_POINT).reshape(120, -1) * SCALE
    assert sorted(map(tuple, together.tolist())) == sorted(map(tuple, expected.tolist()))
    assert "smoke test only" in data.split
    assert data.classes == CLASSES


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mfcc_int8": np.zeros((120, 49, 10, 1))}, "float64"),
        ({"mfcc_int8": np.zeros((120, 49, 40, 1), np.int8)}, r"\[n, 49, 10, 1\]"),
        ({"mfcc_scale": np.ones(2)}, "2 scales"),
        ({"y": np.zeros(119, int)}, "120 samples"),
        ({"y": np.full(120, 12)}, "0 to 11"),
        ({"class_names": np.array(CLASSES[::-1])}, "class_names"),
    ],
)
def test_an_archive_of_another_form_is_refused(changes: dict, message: str, tmp_path: Path) -> None:
    write_smoke(tmp_path, **changes)
    with pytest.raises(DataError, match=message):
        load_kws(tmp_path)


def write_wav(path: Path, samples: np.ndarray, rate: int = 16000, channels: int = 1) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """Four clips of each of twelve words: 0 and 1 train, 2 is for validation, 3 for the test."""
    for number, word in enumerate((*WORDS, "bed", "cat")):
        for i in range(4):
            write_wav(tmp_path / word / f"{i}.wav", clip(4 * number + i, 16000 - 1000 * i))
    write_wav(tmp_path / NOISE / "hum.wav", clip(99, 6 * 16000))
    for name, i in (("validation", 2), ("testing", 3)):
        lines = [f"{word}/{i}.wav" for word in (*WORDS, "bed", "cat")]
        (tmp_path / f"{name}_list.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_speech_commands_are_split_by_their_lists(commands: Path) -> None:
    data = load_kws(commands)
    assert np.bincount(data.y_train).tolist() == [2] * 12
    assert np.bincount(data.y_test).tolist() == [1] * 12
    short = np.zeros((1, 16000), np.int16)
    short[0, :13000] = clip(3, 13000)
    np.testing.assert_array_equal(data.x_test[:1], mfcc(short))
    np.testing.assert_array_equal(data.x_train[0], mfcc(clip(0)[None])[0])
    assert "Speech Commands" in data.source


def test_speech_commands_are_the_same_every_time(commands: Path) -> None:
    first, second = load_kws(commands), load_kws(commands)
    for number in (UNKNOWN, SILENCE):
        np.testing.assert_array_equal(
            first.x_train[first.y_train == number], second.x_train[second.y_train == number]
        )


def test_training_and_test_silence_come_from_different_ends_of_the_noise(commands: Path) -> None:
    noise = np.concatenate([np.full(5 * 16000, 100), np.arange(16000) % 50])  # border: 4.8 s
    write_wav(commands / NOISE / "hum.wav", noise)
    data = load_kws(commands)
    flat = mfcc(np.full((1, 16000), 100, np.int16))[0]
    silent = data.x_train[data.y_train == SILENCE]
    np.testing.assert_array_equal(silent, np.broadcast_to(flat, silent.shape))
    assert not np.array_equal(data.x_test[data.y_test == SILENCE][0], flat)


def test_wav_files_of_another_kind_are_refused_by_name(commands: Path) -> None:
    path = commands / "yes" / "0.wav"
    for rate, channels in ((8000, 1), (16000, 2)):
        write_wav(path, clip(0), rate, channels)
        with pytest.raises(DataError, match=r"yes/0\.wav.*\n.*16 bits, 16000 Hz"):
            load_kws(commands)
    for content in (b"", b"RIFF", path.read_bytes()[:30]):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"yes/0\.wav"):
            load_kws(commands)


def test_what_a_speech_commands_folder_lacks_is_named(commands: Path) -> None:
    write_wav(commands / NOISE / "hum.wav", clip(0, 4 * 16000))
    with pytest.raises(DataError, match="1 s in each part"):
        load_kws(commands)
    (commands / NOISE / "hum.wav").unlink()
    with pytest.raises(DataError, match=r"no \.wav file"):
        load_kws(commands)
    (commands / "yes").rename(commands / "yeah")
    with pytest.raises(DataError, match="no folder yes"):
        load_kws(commands)
    (commands / "validation_list.txt").unlink()
    with pytest.raises(DataError, match="validation_list"):
        load_kws(commands)


@pytest.fixture
def server(commands: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """An HTTP server with the archive, a home to download to; yields its folder and what was asked of it."""
    need("python:tf_keras")
    web = tmp_path_factory.mktemp("web")
    with tarfile.open(web / "speech_commands_v0.02.tar.gz", "w:gz") as archive:
        for path in sorted(commands.iterdir()):
            archive.add(path, f"./{path.name}")
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, form: str, *values: object) -> None:
            asked.append(self.path)

    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    (Path.home() / ".keras").mkdir()  # as the import of Keras does, which may have been before
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=web)) as here:
        threading.Thread(target=here.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{here.server_port}/speech_commands_v0.02.tar.gz"
        monkeypatch.setattr(kws, "ADDRESS", address)
        digest = hashlib.sha256((web / "speech_commands_v0.02.tar.gz").read_bytes()).hexdigest()
        monkeypatch.setattr(kws, "SHA256", digest)
        yield web, asked
        here.shutdown()


def test_the_download_is_unpacked_once_and_is_the_data(commands: Path, server) -> None:
    first, second, own = load_kws(), load_kws(), load_kws(commands)
    for data in (first, second):
        np.testing.assert_array_equal(data.x_train, own.x_train)
        np.testing.assert_array_equal(data.y_test, own.y_test)
    assert server[1] == ["/speech_commands_v0.02.tar.gz"]
    assert sorted(path.name for path in (Path.home() / ".keras/datasets").iterdir()) == [
        "speech_commands_v0.02",
        "speech_commands_v0.02.tar.gz",
    ]


def test_another_archive_than_the_known_one_is_refused(server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kws, "SHA256", "0" * 64)
    with pytest.raises(DataError, match="the download failed: .*hash") as caught:
        load_kws()
    assert "--data" in caught.value.remedy
    assert not (Path.home() / ".keras/datasets/speech_commands_v0.02").exists()


def test_an_archive_that_is_not_there_or_cannot_be_unpacked_leaves_nothing(
    server, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = server[0] / "speech_commands_v0.02.tar.gz"
    cut = path.read_bytes()[:-2000]
    path.unlink()
    with pytest.raises(DataError, match="the download failed: .*404"):
        load_kws()
    path.write_bytes(cut)
    monkeypatch.setattr(kws, "SHA256", hashlib.sha256(cut).hexdigest())
    with pytest.raises(DataError, match="cannot be unpacked"):
        load_kws()
    assert [p.name for p in (Path.home() / ".keras/datasets").iterdir()] == [path.name]


@pytest.mark.slow
def test_mfcc_is_that_of_mlperf_tiny() -> None:
    """Its accuracy set holds both the audio and the features; the features are truncated to 8 bits."""
    with np.load(shared("data", "mlperf-tiny-kws01") / "kws01.npz") as archive:
        codes = mfcc(archive["audio_int16"]) / archive["mfcc_scale"] + archive["mfcc_zero_point"]
        difference = np.abs(np.trunc(codes).clip(-128, 127) - archive["mfcc_int8"])
    assert (difference == 0).mean() > 0.995
    assert (difference <= 1).mean() > 0.9999


@pytest.mark.slow
def test_real_smoke_test() -> None:
    data = load_kws(shared("data", "mlperf-tiny-kws01"))
    assert len(data.x_train) + len(data.x_test) == 1000
    assert len(data.x_test) == 204
