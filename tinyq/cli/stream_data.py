"""What `tinyq stream` plays: recordings, images, and live data from the Lab Streaming Layer."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.cli.arrays import check_finite, load_array
from tinyq.core.errors import DataError
from tinyq.core.params import AffineParams, CountDims
from tinyq.core.recordings import as_counts, read_recordings
from tinyq.core.reference.quantize import quantize_f32_a8
from tinyq.core.stream_plan import StreamPlan
from tinyq.run.emitted import Endpoint

LIVE = "lsl"
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm")
SIGNAL_HINT = "where the model's input is a signal, emit it with --settings FILE.toml"
_LIVE_BLOCK_S = 0.05
_LIVE_WAIT_S = 5.0


@dataclass(frozen=True, eq=False)
class Part:
    """Something that is played from rest.

    Args:
        name: of the run, or of the file.
        samples: [n, channels], int16 of a signal, int8 rows of images.
        onsets: numbers of the samples at which annotations begin; none of images.
        codes: what the annotations say; of images, the class of each; empty where nobody knows.
    """

    name: str
    samples: npt.NDArray[Any]
    onsets: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int64]


def read_parts(path: Path, plan: StreamPlan, entry: Endpoint, runs: Sequence[str]) -> list[Part]:
    """The parts of a file or folder, as the plan wants them.

    Raises:
        DataError: it cannot be read, or holds something else.
    """
    if not plan.signal:
        return [_images(path, plan, entry)]
    found = []
    for run in read_recordings(path, plan.channels, runs):
        counts = as_counts(run.samples.T, plan.unit)
        onsets = np.rint(run.onsets_s * plan.rate_hz).astype(np.int64)
        found.append(Part(run.name, np.ascontiguousarray(counts), onsets, run.codes))
    return found


def _images(path: Path, plan: StreamPlan, entry: Endpoint) -> Part:
    images, labels = _pictures(path, entry) if path.is_dir() else _image_arrays(path)
    shape = entry.shape[1:]
    if images.ndim == len(shape) and shape[-1] == 1:
        images = images[..., None]  # [n, rows, columns] of a model with one channel
    if images.shape[1:] != shape or not len(images):
        got = f"images of shape {list(images.shape[1:])}"
        raise DataError(str(path), got, f"{list(shape)}, the model's input", f"resize them; {SIGNAL_HINT}")
    rows = _as_int8(images, entry).reshape(-1, plan.channels)
    none = np.zeros(0, np.int64)
    return Part(path.name, rows, none, none if labels is None else labels.astype(np.int64))


def _image_arrays(path: Path) -> tuple[npt.NDArray[Any], npt.NDArray[Any] | None]:
    if path.suffix != ".npz":
        return load_array(path), None
    try:
        with np.load(path, allow_pickle=False) as archive:
            x, y = archive["x"], archive["y"] if "y" in archive.files else None
    except Exception as error:  # zipfile, zlib, struct and NumPy each raise their own
        allowed = "x [n, rows, columns, channels], and y [n] where classes are known"
        raise DataError(str(path), f"cannot be read ({error})", allowed, SIGNAL_HINT) from error
    if y is not None and (y.shape != x.shape[:1] or y.dtype.kind not in "iu"):
        raise DataError(str(path), f"y is {y.dtype} {list(y.shape)}", f"whole numbers [{len(x)}]")
    return x, y


def _pictures(path: Path, entry: Endpoint) -> tuple[npt.NDArray[Any], None]:
    try:
        image = importlib.import_module("PIL.Image")
    except ImportError as error:
        remedy = "pip install pillow, or give a .npz file with x"
        raise DataError(str(path), "Pillow, which reads images, is not installed", "", remedy) from error
    if len(entry.shape) != 4:
        allowed = "for a model whose input is [1, height, width, channels]"
        raise DataError(str(path), f"images for an input {list(entry.shape)}", allowed, SIGNAL_HINT)
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURES)
    mode = "L" if entry.shape[-1] == 1 else "RGB"
    found = []
    for file in files:
        try:
            with image.open(file) as picture:
                found.append(np.asarray(picture.convert(mode), np.float32) / 255)
        except (OSError, SyntaxError) as error:  # SyntaxError: how Pillow calls a broken PNG
            raise DataError(str(file), f"cannot be read as an image ({error})") from error
        if found[-1].shape[:2] != entry.shape[1:3]:
            height, width = found[-1].shape[:2]
            allowed = f"{entry.shape[2]} wide and {entry.shape[1]} high, as the model's input"
            raise DataError(str(file), f"{width} wide and {height} high", allowed, "resize it")
    if not found:
        raise DataError(str(path), "no images", ", ".join(PICTURES))
    return np.stack(found), None


def _as_int8(images: npt.NDArray[Any], entry: Endpoint) -> npt.NDArray[np.int8]:
    if images.dtype == np.int8:
        return images
    if images.dtype == np.uint8:
        images = images.astype(np.float32) / 255
    if images.dtype.kind != "f":
        raise DataError(
            "images", f"{images.dtype}", "int8 as the model has it, uint8 pixels, or real numbers"
        )
    check_finite(images)
    flat = images.astype(np.float32).reshape(-1)
    params = AffineParams(entry.scale, entry.zero_point)
    quantized: npt.NDArray[np.int8] = quantize_f32_a8(params, CountDims(flat.size), flat)
    return quantized.reshape(images.shape)


def is_live(data: str) -> bool:
    """Whether --data asks for a live stream: lsl, or lsl:NAME."""
    return data.split(":")[0] == LIVE


def paced(samples: npt.NDArray[Any], rate_hz: float) -> Iterator[npt.NDArray[Any]]:
    """Samples when they are due."""
    start, step = time.monotonic(), max(1, round(rate_hz * _LIVE_BLOCK_S))
    for at in range(0, len(samples), step):
        block = samples[at : at + step]
        time.sleep(max(0.0, start + (at + len(block)) / rate_hz - time.monotonic()))
        yield block


def live(name: str, plan: StreamPlan, seconds: float) -> Iterator[npt.NDArray[np.int16]]:
    """Blocks of a stream of the Lab Streaming Layer, as counts.

    Args:
        name: of the stream; "" for the first one of type EEG.
        plan: rate and channels that it must have.
        seconds: when to end; 0 for never.

    Raises:
        DataError: pylsl is not installed, no such stream, another rate or number of channels, or it ended
            before a sample came.
    """
    where = f"LSL stream {name!r}" if name else "LSL"
    pylsl = _pylsl(where)
    found = pylsl.resolve_byprop("name" if name else "type", name or "EEG", timeout=_LIVE_WAIT_S)
    if not found:
        remedy = "start the recorder, and allow it through the firewall"
        raise DataError(where, f"none was found within {_LIVE_WAIT_S:.0f} s", "", remedy)
    rate, channels = found[0].nominal_srate(), found[0].channel_count()
    if channels != plan.channels or abs(rate - plan.rate_hz) > 1e-3 * plan.rate_hz:
        got = f"{channels} channels at {rate:g} Hz"
        raise DataError(where, got, f"{plan.channels} channels at {plan.rate_hz:g} Hz")
    inlet = pylsl.StreamInlet(found[0], recover=False)
    end = time.monotonic() + seconds if seconds else float("inf")
    came = False
    while time.monotonic() < end:
        try:
            chunk, _ = inlet.pull_chunk(timeout=_LIVE_BLOCK_S)
        except pylsl.LostError as error:
            if came:
                return
            raise DataError(where, "the stream has ended") from error
        if chunk:
            came = True
            samples = np.asarray(chunk, np.float64)
            check_finite(samples)
            yield as_counts(samples, plan.unit)


def _pylsl(where: str) -> Any:
    try:
        return importlib.import_module("pylsl")
    except (ImportError, RuntimeError) as error:  # RuntimeError: without its C library
        remedy = "pip install 'tinyq[stream]'"
        raise DataError(where, f"pylsl cannot be loaded ({error})", "", remedy) from error
