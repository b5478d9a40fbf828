"""`tinyq stream`, `tinyq emit --app stream`: recordings, images and ports, and what is said of wrong ones."""

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
import tty
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from command import call
from serial_program import serial_program
from stream_nets import CHANNELS, SETTINGS, built, emitted, image_net, noise, signal_net
from tools_required import need

from tinyq.core.boards import load_board
from tinyq.core.errors import RunError
from tinyq.graph import write
from tinyq.run.emitted import read_emitted
from tinyq.run.link import serial_link


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with signal.tflite, image.tflite, settings.toml, recording.npz, images.npz."""
    need("cc")
    folder = tmp_path_factory.mktemp("files")
    write(signal_net(), folder / "signal.tflite")
    write(image_net(), folder / "image.tflite")
    (folder / "settings.toml").write_text(SETTINGS)
    runs = {"one": noise(900, 1).T, "two": noise(300, 2).T.astype(np.float32), "names": np.array(["a"])}
    notes = {"one_onset_s": np.array([0.0, 2.0, 4.0]), "one_code": np.array([1, 0, 2])}
    np.savez(folder / "recording.npz", **runs, **notes)
    rng = np.random.default_rng(0)
    np.savez(folder / "images.npz", x=rng.random((12, 8, 8)).astype(np.float32), y=np.arange(12) % 4)
    return folder


def on_a_port(folder: Path) -> AbstractContextManager[str]:
    """The host's program at the other end of a serial port; its name."""
    return serial_program([built(read_emitted(folder))])


def printed(monkeypatch: pytest.MonkeyPatch, capsys: Any, *words: object) -> dict[str, Any]:
    assert call(monkeypatch, "stream", *words, "--json") == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_a_recording_is_decided_as_numpy_does_and_compared_with_its_annotations(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    words = [files / "signal.tflite", "--settings", files / "settings.toml", "-d", files / "recording.npz"]
    one, two = printed(monkeypatch, capsys, *words, "--codes", "1,2")["parts"]
    assert (one["name"], two["name"]) == ("one", "two")
    for part in (one, two):
        assert part["identical"] == part["windows"] == len(part["answers"]) > 30
        assert part["missed"] == part["damaged"] == part["resets"] == 0
    assert one["known"] == 2 and one["known_windows"] == 37 + 29 and "known" not in two
    assert call(monkeypatch, "stream", *words, "--run", "two", "--seconds", "1") == 0
    said = capsys.readouterr().out
    assert "two: 17 windows decided on host" in said and "17 identical to the reference" in said
    assert "0 of 160 samples missed" in said


def test_images_are_decided_one_by_one(files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (part,) = printed(monkeypatch, capsys, files / "image.tflite", "-d", files / "images.npz")["parts"]
    assert part["windows"] == part["identical"] == part["known"] == 12
    assert [answer["window"] for answer in part["answers"]] == list(range(12))


def test_pictures_of_a_folder_are_images_between_0_and_1(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    need("python:PIL")
    from PIL import Image

    pixels = np.random.default_rng(1).integers(0, 256, (3, 8, 8)).astype(np.uint8)
    for number, picture in enumerate(pixels):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    np.save(tmp_path / "same.npy", pixels)
    answers = [
        printed(monkeypatch, capsys, files / "image.tflite", "-d", where)["parts"][0]["answers"]
        for where in (tmp_path, tmp_path / "same.npy")
    ]
    for answer in (x for part in answers for x in part):
        del answer["ticks"]
    assert answers[0] == answers[1] and len(answers[0]) == 3
    Image.fromarray(pixels[0][:7]).save(tmp_path / "small.png")
    assert call(monkeypatch, "stream", files / "image.tflite", "-d", tmp_path) == 1
    assert "small.png: 8 wide and 7 high" in capsys.readouterr().err
    (tmp_path / "small.png").write_bytes((tmp_path / "0.png").read_bytes()[:20])
    assert call(monkeypatch, "stream", files / "image.tflite", "-d", tmp_path) == 1
    assert "small.png: cannot be read as an image" in " ".join(capsys.readouterr().err.split())


def recorder(monkeypatch: pytest.MonkeyPatch, chunks: list[np.ndarray]) -> None:
    """LSL has one stream, of these chunks, and is then gone."""
    left = list(chunks)

    def pull(timeout: float) -> tuple[list[list[float]], list[float]]:
        if not left:
            raise OSError("lost")
        return left.pop(0).tolist(), []

    source = SimpleNamespace(nominal_srate=lambda: 160.0, channel_count=lambda: CHANNELS)
    pylsl = SimpleNamespace(
        resolve_byprop=lambda *_, timeout: [source],
        StreamInlet=lambda *_, recover: SimpleNamespace(pull_chunk=pull),
        LostError=OSError,
    )
    monkeypatch.setitem(sys.modules, "pylsl", pylsl)


def test_a_live_stream_that_ends_or_breaks_loses_no_decision(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    words = [files / "signal.tflite", "--settings", files / "settings.toml", "-d", "lsl", "--json"]
    signal_chunks = [noise(100, seed).astype(float) for seed in range(4)]
    recorder(monkeypatch, signal_chunks)
    whole = printed(monkeypatch, capsys, *words[:-1])["parts"][0]
    assert whole["windows"] == len(whole["answers"]) > 10 and whole["sent"] == 400
    recorder(monkeypatch, [*signal_chunks, np.full((1, CHANNELS), math.nan)])
    assert call(monkeypatch, "stream", *words) == 1
    said = capsys.readouterr()
    answers = json.loads(said.out)["parts"][0]["answers"]
    assert answers and "NaN" in said.err
    for one, other in zip(answers, whole["answers"], strict=False):
        assert (one["end"], one["label"]) == (other["end"], other["label"])
    for chunks, word in (([], "has ended"), ([np.full((1, CHANNELS), math.nan)], "NaN")):
        recorder(monkeypatch, chunks)
        assert call(monkeypatch, "stream", *words) == 1
        said = capsys.readouterr()
        assert word in said.err and not said.out


def test_a_port_is_the_same_and_a_host_that_was_killed_in_mid_frame_leaves_nothing_behind(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    folder = emitted(tmp_path).folder
    words = [folder, "--data", files / "recording.npz", "--run", "one"]
    wanted = printed(monkeypatch, capsys, *words)["parts"][0]
    with on_a_port(folder) as port:
        start = [sys.executable, "-c", "from tinyq.cli import main; main()", "stream"]
        with subprocess.Popen([*start, *map(str, words), "--port", port, "--realtime"]) as first:
            time.sleep(4)
            assert first.poll() is None
            first.send_signal(signal.SIGKILL)
        Path(port).write_bytes(b"\0\3\2\1half a frame")
        found = printed(monkeypatch, capsys, *words, "--port", port)["parts"][0]
    for part in (wanted, found):
        assert part["missed"] == part["damaged_here"] == 0
        for answer in part["answers"]:
            del answer["ticks"]
    assert found["answers"] == wanted["answers"]


def test_a_port_that_is_too_slow_for_a_live_signal_is_named(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    folder = emitted(tmp_path).folder
    words = ["--data", files / "recording.npz", "--run", "two", "--realtime", "--seconds", "0.5"]
    for baud, slow in ((9600, True), (19200, False)):
        with on_a_port(folder) as port:
            assert call(monkeypatch, "stream", folder, *words, "--port", port, "--baud", baud) == 0
        said = " ".join(capsys.readouterr().err.split())
        assert ("960: decisions will come later" in said) is slow


def test_wrong_ports_are_errors(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    folder = emitted(tmp_path).folder
    words = ["stream", folder, "-d", files / "recording.npz", "--timeout", "0.5", "--port"]
    assert call(monkeypatch, *words, "/dev/ttyNONE") == 1
    assert "port /dev/ttyNONE: there is no such port" in capsys.readouterr().err
    import serial

    with on_a_port(folder) as port:
        with serial.Serial(port, exclusive=True):
            assert call(monkeypatch, *words, port) == 1
        assert "another program has it open" in capsys.readouterr().err
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    assert call(monkeypatch, *words, os.ttyname(theirs)) == 1
    assert "no answer within" in capsys.readouterr().err
    os.close(ours)
    os.close(theirs)


def test_a_port_that_takes_no_more_bytes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinyq.run.serial_port._WRITE_S", 0.2)
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    with (
        serial_link(os.ttyname(theirs), 115200) as link,
        pytest.raises(RunError, match="takes no more bytes"),
    ):
        link.write(bytes(1 << 20))
    os.close(ours)
    os.close(theirs)


def test_a_board_with_other_settings_is_refused(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    flashed = emitted(tmp_path / "flashed").folder
    newer = emitted(tmp_path / "newer", settings=SETTINGS.replace("smooth = 3", "smooth = 4")).folder
    with on_a_port(flashed) as port:
        assert call(monkeypatch, "stream", newer, "-d", files / "recording.npz", "--port", port) == 1
    assert "for another board or with other settings" in capsys.readouterr().err


def test_a_board_of_another_name_is_refused_and_so_is_a_model_of_no_board(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    flashed = emitted(tmp_path / "flashed").folder
    other = emitted(tmp_path / "other", "stm32f405").folder
    with on_a_port(flashed) as port:
        assert call(monkeypatch, "stream", other, "-d", files / "recording.npz", "--port", port) == 1
        assert "the same for another board" in capsys.readouterr().err
        words = (
            files / "signal.tflite",
            "--settings",
            files / "settings.toml",
            "-d",
            "x.npz",
            "--port",
            port,
        )
        assert call(monkeypatch, "stream", *words) == 1
    said = capsys.readouterr().err
    assert "--port with a .tflite file" in said and "tinyq flash DIR --app stream" in said and port in said


def test_what_a_chip_counts_is_not_called_instructions(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    folder = emitted(tmp_path).folder
    program = built(read_emitted(folder))
    monkeypatch.setattr("tinyq.run.emitted.load_board", lambda _: load_board("stm32f405"))
    words = [folder, "-d", files / "recording.npz", "--run", "two", "--seconds", "1"]
    with serial_program([program]) as port:
        assert printed(monkeypatch, capsys, *words, "--port", port)["tick"] == "cycles"


WRONG_DATA = {
    "not there": ("nothing.npz", "no such file or folder"),
    "other channels": (np.zeros((CHANNELS + 1, 50), np.int16), r"[3, samples]"),
    "not finite": (np.full((CHANNELS, 50), np.nan), "NaN"),
    "words": (np.array(["a", "b"]), "no run"),
}


@pytest.mark.parametrize("name", WRONG_DATA)
def test_wrong_recordings_are_errors(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path, name: str
) -> None:
    given, said = WRONG_DATA[name]
    path = tmp_path / (given if isinstance(given, str) else "x.npz")
    if not isinstance(given, str):
        np.savez(path, x=given)
    words = [files / "signal.tflite", "--settings", files / "settings.toml", "-d", path]
    assert call(monkeypatch, "stream", *words) == 1
    assert said in capsys.readouterr().err


WRONG_NOTES = {
    "words": {"x_onset_s": np.array([0.5]), "x_code": np.array(["T1"])},
    "no time": {"x_onset_s": np.array([np.nan]), "x_code": np.array([1])},
}


@pytest.mark.parametrize("name", WRONG_NOTES)
def test_wrong_annotations_are_errors(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path, name: str
) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((CHANNELS, 50)), **WRONG_NOTES[name])
    words = [files / "signal.tflite", "--settings", files / "settings.toml", "-d", tmp_path / "x.npz"]
    assert call(monkeypatch, "stream", *words) == 1
    assert "whole numbers" in capsys.readouterr().err


def test_a_recording_of_another_kind_says_what_to_make_of_it(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    (tmp_path / "x.edf").write_bytes(b"0" + b" " * 255)
    words = [files / "signal.tflite", "--settings", files / "settings.toml", "-d", tmp_path / "x.edf"]
    assert call(monkeypatch, "stream", *words) == 1
    said = capsys.readouterr().err
    assert ".edf: neither .npz nor .npy" in said and "numpy.savez(" in said and "pickle" not in said


def test_less_than_a_sample_of_seconds_is_one_sample_and_not_all(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    words = [files / "signal.tflite", "--settings", files / "settings.toml", "-d", files / "recording.npz"]
    parts = printed(monkeypatch, capsys, *words, "--seconds", "0.001")["parts"]
    assert [part["sent"] for part in parts] == [1, 1]


@pytest.mark.parametrize("shape", [(4, 8, 9), (4, 8), (0, 8, 8)])
def test_images_of_a_wrong_size_are_errors(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path, shape: tuple[int, ...]
) -> None:
    np.save(tmp_path / "x.npy", np.zeros(shape, np.float32))
    assert call(monkeypatch, "stream", files / "image.tflite", "-d", tmp_path / "x.npy") == 1
    said = capsys.readouterr().err
    assert "[8, 8, 1], the model's input" in said and "emit it with --settings" in said


def test_live_data_without_a_recorder_is_an_error(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    need("python:pylsl")
    monkeypatch.setattr("tinyq.cli.stream_data._LIVE_WAIT_S", 0.2)
    words = [files / "signal.tflite", "--settings", files / "settings.toml", "-d", "lsl:nobody"]
    assert call(monkeypatch, "stream", *words) == 1
    assert "LSL stream 'nobody': none was found" in capsys.readouterr().err


WRONG_SETTINGS = {
    "rate_hz = 160": ("# none", "rate_hz is missing"),
    "order = 2": ("order = 0", "order: 0.*from 1 to 8"),
    "band_hz = [8, 30]": ("band_hz = [8, 90]", "band_hz.*between 0 and 80 Hz"),
    "hop = 4": ("hop = 17", "hop: 17.*1 to 16"),
    "smooth = 3": ("smoth = 3", "smoth: unknown key.*smooth"),
    "notch_hz = 50": ("notch_hz = ['x']", "notch_hz: .'x'.*numbers"),
    "deviation = 2000": ("", "how large the filtered signal is.*calibration"),
    "decimate = 2": ('calibration = "none.npz"', "none.npz: cannot be read"),
    "decimate = 2\n": ("decimate = 3\n", "decimate: 3: 53.3333 samples.*up to 30 Hz.*below 26.6667 Hz"),
    "band_hz = [8, 30]\n": ("", "decimate: 2: 80 samples.*no band_hz.*below 40 Hz"),
    "frame_samples = 7": ("time = 'up'", "time: 'up'.*last, first"),
}


@pytest.mark.parametrize("line", WRONG_SETTINGS)
def test_a_wrong_setting_names_file_key_and_what_is_allowed(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path, line: str
) -> None:
    other, said = WRONG_SETTINGS[line]
    (tmp_path / "wrong.toml").write_text(SETTINGS.replace(line, other))
    how = ("--app", "stream", "--settings", tmp_path / "wrong.toml", "-b", "host", "-o", tmp_path / "out")
    assert call(monkeypatch, "emit", files / "signal.tflite", *how) == 1
    assert re.search(f"(?s){said}", capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


def test_a_calibration_makes_the_filtered_signal_as_large_as_the_model_wants(
    files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tinyq.core.reference.stream_chain import as_int8, biquads

    settings = tmp_path / "s.toml"
    lines = 'calibration = "recording.npz"\ncalibration_runs = ["one"]'
    settings.write_text(SETTINGS.replace("deviation = 2000", lines))
    (tmp_path / "recording.npz").write_bytes((files / "recording.npz").read_bytes())
    how = ("--app", "stream", "--settings", settings, "-b", "host", "-o", tmp_path / "out")
    assert call(monkeypatch, "emit", files / "signal.tflite", *how) == 0
    made = read_emitted(tmp_path / "out")
    assert made.stream is not None
    values = as_int8(made.stream, biquads(made.stream.sections, noise(900, 1)))
    real = (values.astype(float) - made.inputs[0].zero_point) * made.inputs[0].scale
    assert np.allclose(real.mean(axis=0), 0, atol=0.05) and np.allclose(real.std(axis=0), 1, atol=0.05)


def test_a_folder_without_the_application_says_how_to_get_it(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    assert call(monkeypatch, "emit", files / "image.tflite", "-b", "host", "-o", tmp_path / "out") == 0
    for words in (
        ("stream", tmp_path / "out", "-d", "x.npz"),
        ("build", tmp_path / "out", "--app", "stream"),
    ):
        assert call(monkeypatch, *words) == 1
        assert "tinyq emit" in capsys.readouterr().err
    words = ("emit", files / "image.tflite", "--app", "stream", "--runtime", "tflm", "-o", tmp_path / "t")
    assert call(monkeypatch, *words) == 1
    assert "--runtime c" in capsys.readouterr().err
