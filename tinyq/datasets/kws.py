"""Spoken keywords in 12 classes: Speech Commands v2, or the features of MLPerf Tiny's accuracy set.

P. Warden: Speech Commands, arXiv 1804.03209 (CC BY 4.0). Ten words, silence, and unknown (any other word).
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError
from tinyq.datasets.dataset import Dataset, Labels, Samples, part_of_every_class
from tinyq.datasets.download import unpacked
from tinyq.datasets.files import need_folder, read_npz
from tinyq.datasets.mfcc import RATE_HZ, SHAPE, mfcc

WORDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes")
CLASSES = (*WORDS, "silence", "unknown")
SILENCE, UNKNOWN = 10, 11
FORMS = "kws01.npz, or Speech Commands v2 unpacked (testing_list.txt, one folder of .wav files a word)"
NOISE = "_background_noise_"
ADDRESS = "https://storage.googleapis.com/download.tensorflow.org/data/speech_commands_v0.02.tar.gz"
# As the lists of torchaudio and of TensorFlow Datasets have it.
SHA256 = "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58"
TEST_FRACTION = 0.2
_SEED = 0

Audio = npt.NDArray[np.int16]


def load_kws(folder: Path | None = None) -> Dataset:
    """Keywords as MFCC features, float32 [n, 49, 10, 1], in the units of MLPerf Tiny's network.

    Args:
        folder: holds kws01.npz (1000 utterances: a smoke test, four fifths of every class train), or the
            unpacked speech_commands_v0.02.tar.gz; None downloads the latter (2.4 GB, 3.8 GB unpacked) into
            ~/.keras/datasets.

    Raises:
        DataError: the data cannot be had, are damaged, or of another form.
    """
    if folder is None:
        return _speech_commands(unpacked("kws", ADDRESS, SHA256, FORMS))
    need_folder(folder, FORMS)
    if (folder / "kws01.npz").exists():
        return _smoke_test(folder / "kws01.npz")
    if (folder / "testing_list.txt").exists():
        return _speech_commands(folder)
    raise DataError(str(folder), "neither kws01.npz nor testing_list.txt", FORMS)


def _smoke_test(path: Path) -> Dataset:
    arrays = read_npz(path, "mfcc_int8", "mfcc_scale", "mfcc_zero_point", "y", optional=("class_names",))
    codes, scale, zero_point = (arrays[name] for name in ("mfcc_int8", "mfcc_scale", "mfcc_zero_point"))
    if codes.dtype != np.int8 or codes.shape[1:] != SHAPE or scale.size != 1 or zero_point.size != 1:
        got = f"{codes.dtype} {list(codes.shape)}, {scale.size} scales, {zero_point.size} zero points"
        raise DataError(
            f"{path}, mfcc_int8", got, f"int8 [n, {str(list(SHAPE))[1:]}, one scale, one zero point"
        )
    names = tuple(str(name) for name in arrays.get("class_names", np.array(CLASSES)))
    if names != CLASSES:
        raise DataError(f"{path}, class_names", ", ".join(names), ", ".join(CLASSES))
    y = arrays["y"].astype(np.int64)
    if y.shape != codes.shape[:1]:
        raise DataError(str(path), f"{len(codes)} samples, labels {list(y.shape)}", "one label a sample")
    x = (codes.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
    test = part_of_every_class(y, TEST_FRACTION)
    return Dataset(
        name="kws",
        x_train=x[~test],
        y_train=y[~test],
        x_test=x[test],
        y_test=y[test],
        classes=CLASSES,
        source=f"MLPerf Tiny's keyword accuracy set ({len(y)} utterances, its 8-bit MFCC), from {path}",
        split=f"smoke test only: {int(test.sum())} utterances, a fixed fifth of every class, held out "
        "of what is all a test set elsewhere",
    )


def _speech_commands(folder: Path) -> Dataset:
    """The authors' lists split the clips; their validation clips are not used."""
    testing = _listed(folder / "testing_list.txt")
    unused = testing | _listed(folder / "validation_list.txt")
    words = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name != NOISE)
    missing = [word for word in WORDS if word not in words]
    if missing:
        raise DataError(str(folder), f"no folder {', '.join(missing)}", "one folder of .wav files a word")
    clips = [f"{word}/{path.name}" for word in words for path in sorted((folder / word).glob("*.wav"))]
    noise = [_read_wav(path) for path in sorted((folder / NOISE).glob("*.wav"))]
    if not noise:
        raise DataError(str(folder / NOISE), "no .wav file", "noise, for the class silence")
    train = _features(folder, [clip for clip in clips if clip not in unused], noise, 0)
    test = _features(folder, [clip for clip in clips if clip in testing], noise, 1)
    return Dataset(
        name="kws",
        x_train=train[0],
        y_train=train[1],
        x_test=test[0],
        y_test=test[1],
        classes=CLASSES,
        source=f"Speech Commands v2 as MFCC (MLPerf Tiny's front end, no noise added), from {folder}",
        split=f"testing_list.txt held out ({len(test[1])} clips), validation_list.txt unused; as many "
        "unknown and silent clips as an average word has; silence from other ends of the noise files",
    )


def _listed(path: Path) -> set[str]:
    try:
        return set(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(str(path), f"cannot be read: {error}", "one clip a line, word/name.wav") from error


def _features(
    folder: Path, clips: Sequence[str], noise: Sequence[Audio], part: int
) -> tuple[Samples, Labels]:
    """Every clip of the ten words, and as many of other words and of silence as a word has on average."""
    random = np.random.RandomState(_SEED + part)  # noqa: NPY002  (its stream is frozen)
    known = [clip for clip in clips if clip.split("/")[0] in WORDS]
    others = [clip for clip in clips if clip.split("/")[0] not in WORDS]
    if not known:
        raise DataError(
            str(folder), "no clip of the ten words " + ("in training", "in testing_list.txt")[part]
        )
    count = -(-len(known) // len(WORDS))
    others = [others[i] for i in sorted(random.permutation(len(others))[:count])]
    audio = np.zeros((len(known) + len(others) + count, RATE_HZ), np.int16)
    for i, clip in enumerate((*known, *others)):
        samples = _read_wav(folder / clip)[:RATE_HZ]
        audio[i, : len(samples)] = samples  # short ones end in zeros
    for i in range(count):
        audio[-1 - i] = _silence(noise[random.randint(len(noise))], random, part)
    labels = [WORDS.index(clip.split("/")[0]) for clip in known]
    return mfcc(audio), np.array(labels + [UNKNOWN] * len(others) + [SILENCE] * count, np.int64)


def _silence(noise: Audio, random: np.random.RandomState, part: int) -> Audio:
    """One second from the first four fifths of a noise file (training), or from the last fifth."""
    border = len(noise) * 4 // 5
    low, high = ((0, border), (border, len(noise)))[part]
    if high - low < RATE_HZ:
        raise DataError(NOISE, f"a file of {len(noise)} samples", f"{5 * RATE_HZ} or more: 1 s in each part")
    start = random.randint(low, high - RATE_HZ + 1)
    return noise[start : start + RATE_HZ]


def _read_wav(path: Path) -> Audio:
    try:
        with wave.open(str(path)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    except (OSError, EOFError, ValueError, wave.Error) as error:
        raise DataError(str(path), f"cannot be read: {error}", "a .wav file") from error
    if form != (1, 2, RATE_HZ):
        got = f"{form[0]} channels, {8 * form[1]} bits, {form[2]} Hz"
        raise DataError(str(path), got, f"1 channel, 16 bits, {RATE_HZ} Hz")
    return samples
