"""Settings of the application `stream`, a TOML file -> a plan in integers.

Without a file, the model's input is an image, and its rows are the samples. With one, samples are a signal:

    rate_hz = 160.0             # samples a second, of every channel
    band_hz = [8.0, 30.0]       # Butterworth's band-pass; left out: none
    order = 4                   # its sections
    notch_hz = [50.0]           # a notch at each; left out: none
    notch_quality = 30.0        # frequency by bandwidth
    decimate = 2                # every second sample is kept; band_hz ends below half of that rate
    hop = 20                    # kept samples from one window to the next; a quarter of a window unless told
    smooth = 5                  # windows whose outputs are summed for a decision
    unit = 1.0                  # what a count of the int16 samples is in the recording's unit
    time = "last"               # the model's axis of time: "last" or "first"; the longer one unless told
    calibration = "train.npz"   # mean and deviation of each filtered channel are those of this file
    calibration_runs = ["run05"]    # or mean = ..., deviation = ...: numbers or lists, in its unit
    frame_samples = 4           # most samples of a frame; as many as 256 bytes hold unless told
    credit = 4                  # most frames that the board has not answered yet
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.boards import Board
from tinyq.core.errors import EmitError
from tinyq.core.recordings import as_counts, read_recordings
from tinyq.core.reference.stream_chain import biquads
from tinyq.core.stream_plan import FRACTION_BITS, StreamPlan
from tinyq.emit.endpoints import affine
from tinyq.emit.stream_filters import design, gain
from tinyq.graph.ir import Graph, Tensor

FRAME_BYTES = 256
CREDIT = 4
SMOOTH = 5
_NUMBER, _WHOLE, _LIST, _TEXT = (int, float), (int,), (list,), (str,)
_NAMES = ("calibration_runs",)  # the one list of words
# key -> types, least, most
_KEYS: Mapping[str, tuple[tuple[type, ...], float, float]] = {
    "rate_hz": (_NUMBER, 0.01, 1e6),
    "band_hz": (_LIST, 0, 0),
    "order": (_WHOLE, 1, 8),
    "notch_hz": (_NUMBER + _LIST, 0, 1e6),
    "notch_quality": (_NUMBER, 0.5, 1000),
    "decimate": (_WHOLE, 1, 1000),
    "hop": (_WHOLE, 1, 1 << 20),
    "smooth": (_WHOLE, 1, 100),
    "unit": (_NUMBER, 1e-12, 1e12),
    "time": (_TEXT, 0, 0),
    "mean": (_NUMBER + _LIST, -1e12, 1e12),
    "deviation": (_NUMBER + _LIST, 1e-12, 1e12),
    "calibration": (_TEXT, 0, 0),
    "calibration_runs": (_LIST, 0, 0),
    "frame_samples": (_WHOLE, 1, 4096),
    "credit": (_WHOLE, 1, 64),
}


def stream_plan(graph: Graph, model_sha256: str, board: Board, settings: Path | None) -> StreamPlan:
    """What `stream` does for this model.

    Args:
        graph: the model: one int8 input, one int8 output.
        model_sha256: of its file.
        board: what it is emitted for.
        settings: a TOML file as above; None: images.

    Raises:
        EmitError: the model has other inputs or outputs, or a setting is wrong.
    """
    entry, classes = _ends(graph)
    if settings is None:
        return _images(entry, classes, model_sha256, board)
    return _Signal(entry, settings, _read(settings)).plan(classes, model_sha256, board)


def _ends(graph: Graph) -> tuple[Tensor, int]:
    ends = [graph.tensors[index] for index in (*graph.inputs, *graph.outputs)]
    said = ", ".join(f"{tensor.name} ({tensor.dtype} {list(tensor.shape)})" for tensor in ends)
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or any(t.dtype != "int8" for t in ends):
        allowed = "a model with one int8 input and one int8 output"
        raise EmitError("application 'stream'", said, allowed, "convert it with int8 inputs and outputs")
    if ends[0].shape[:1] != (1,) or ends[1].shape[:1] != (1,):
        raise EmitError("application 'stream'", said, "a model with a batch of 1")
    return ends[0], int(np.prod(ends[1].shape))


def _images(entry: Tensor, classes: int, model: str, board: Board) -> StreamPlan:
    rows = entry.shape[1] if len(entry.shape) > 2 else 1
    row = int(np.prod(entry.shape)) // rows
    return StreamPlan(
        model=model,
        board=board.name,
        ticks_hz=board.ticks_hz,
        channels=row,
        window=rows,
        hop=rows,
        decimate=1,
        smooth=1,
        classes=classes,
        time_last=False,
        zero_point=affine(entry)[1],
        rate_hz=0.0,
        unit=1.0,
        sections=(),
        gains=(),
        frame_samples=_per_frame(row),
        credit=CREDIT,
    )


def _per_frame(sample_bytes: int) -> int:
    return max(1, FRAME_BYTES // sample_bytes)


def _read(path: Path) -> dict[str, Any]:
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        found: dict[str, Any] = toml.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EmitError(str(path), f"cannot be read ({error.strerror or error})", "a TOML file") from error
    except (toml.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EmitError(str(path), f"not TOML: {error}", "one `key = value` a line") from error
    for key, value in found.items():
        _check(f"{path}, {key}", key, value)
    if "rate_hz" not in found:
        raise EmitError(str(path), "rate_hz is missing", "samples a second, such as 160.0")
    return found


def _check(where: str, key: str, value: Any) -> None:
    if key not in _KEYS:
        raise EmitError(where, "unknown key", ", ".join(_KEYS))
    types, least, most = _KEYS[key]
    if type(value) not in types:
        raise EmitError(where, repr(value), " or ".join(kind.__name__ for kind in types))
    parts = value if isinstance(value, list) else [value]
    wanted = _TEXT if key in _NAMES or types is _TEXT else _NUMBER
    if any(type(x) not in wanted for x in parts):
        raise EmitError(where, repr(value), "words" if wanted is _TEXT else "numbers")
    if most and not all(least <= x <= most for x in parts):
        raise EmitError(where, repr(value), f"from {least:g} to {most:g}")


class _Signal:
    """Reads one settings file for one input."""

    def __init__(self, entry: Tensor, path: Path, found: Mapping[str, Any]) -> None:
        self.path = path
        self.found = found
        self.scale, self.zero_point = affine(entry)
        self.channels, self.window, self.time_last = self._axes(entry)
        self.rate = float(found["rate_hz"])
        self.unit = float(found.get("unit", 1.0))
        self.decimate = int(found.get("decimate", 1))

    def plan(self, classes: int, model: str, board: Board) -> StreamPlan:
        sections = self._sections()
        gains = self._gains(sections)
        hop = self.found.get("hop", max(1, self.window // 4))
        if hop > self.window:
            raise EmitError(f"{self.path}, hop", str(hop), f"1 to {self.window}, the model's window")
        return StreamPlan(
            model=model,
            board=board.name,
            ticks_hz=board.ticks_hz,
            channels=self.channels,
            window=self.window,
            hop=hop,
            decimate=self.decimate,
            smooth=self.found.get("smooth", SMOOTH),
            classes=classes,
            time_last=self.time_last,
            zero_point=self.zero_point,
            rate_hz=self.rate,
            unit=self.unit,
            sections=sections,
            gains=gains,
            frame_samples=self.found.get("frame_samples", _per_frame(2 * self.channels)),
            credit=self.found.get("credit", CREDIT),
        )

    def _axes(self, entry: Tensor) -> tuple[int, int, bool]:
        shape = [size for size in entry.shape if size > 1]
        if len(shape) == 1:
            return 1, shape[0], True
        if len(shape) != 2:
            got = f"the model's input has shape {list(entry.shape)}"
            raise EmitError(str(self.path), got, "channels and samples (other sizes are 1)")
        time = self.found.get("time", "last" if shape[1] > shape[0] else "first")
        if time not in ("last", "first"):
            raise EmitError(f"{self.path}, time", repr(time), "last, first")
        last = time == "last"
        return (shape[0], shape[1], True) if last else (shape[1], shape[0], False)

    def _sections(self) -> tuple[tuple[int, ...], ...]:
        band, notch = self.found.get("band_hz"), self.found.get("notch_hz", [])
        half = self.rate / 2
        frequencies = np.atleast_1d(np.array(notch, np.float64))
        for key, values in (("band_hz", band or []), ("notch_hz", frequencies)):
            if not all(0 < x < half for x in values):
                got = str(self.found[key])
                raise EmitError(f"{self.path}, {key}", got, f"between 0 and {half:g} Hz, half of rate_hz")
        if band is not None and (len(band) != 2 or not band[0] < band[1]):
            raise EmitError(f"{self.path}, band_hz", str(band), "two frequencies, the lower one first")
        self._refuse_aliases(band)
        if band is None and not len(frequencies):
            return ()
        quality = float(self.found.get("notch_quality", 30.0))
        edges = None if band is None else (float(band[0]), float(band[1]))
        order = int(self.found.get("order", 4))
        return design(str(self.path), self.rate, edges, order, (frequencies, quality))

    def _refuse_aliases(self, band: list[float] | None) -> None:
        """What lies above half of the rate that is kept would come back as lower frequencies."""
        kept_half = self.rate / self.decimate / 2
        if self.decimate == 1 or (band is not None and band[1] < kept_half):
            return
        above = "no band_hz" if band is None else f"band_hz up to {band[1]:g} Hz"
        got = f"{self.decimate}: {self.rate / self.decimate:g} samples a second are kept, with {above}"
        allowed = f"a band that ends below {kept_half:g} Hz, half of the rate that is kept"
        raise EmitError(f"{self.path}, decimate", got, allowed, "a lower band_hz, or a smaller decimate")

    def _gains(self, sections: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        if "calibration" in self.found:
            mean, deviation = self._calibrated(sections)
        elif "deviation" in self.found:
            mean, deviation = (self._numbers(key) / self.unit for key in ("mean", "deviation"))
        else:
            allowed = 'calibration = "recording.npz", or deviation = ...'
            raise EmitError(str(self.path), "nothing says how large the filtered signal is", allowed)
        return tuple(
            gain(f"{self.path}, channel {channel}", *facts, self.scale)
            for channel, facts in enumerate(zip(mean.tolist(), deviation.tolist(), strict=True))
        )

    def _numbers(self, key: str) -> npt.NDArray[np.float64]:
        values = np.atleast_1d(np.array(self.found.get(key, 0.0), np.float64))
        if values.shape not in ((1,), (self.channels,)):
            raise EmitError(f"{self.path}, {key}", f"{values.size} numbers", f"one, or {self.channels}")
        return np.broadcast_to(values, (self.channels,))

    def _calibrated(
        self, sections: tuple[tuple[int, ...], ...]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Mean and deviation of what the filters give, in counts."""
        path = self.path.parent / self.found["calibration"]
        runs = read_recordings(path, self.channels, self.found.get("calibration_runs", ()))
        parts = [biquads(sections, as_counts(run.samples.T, self.unit)) for run in runs]
        filtered = np.concatenate(parts) / (1 << FRACTION_BITS)
        return filtered.mean(axis=0), filtered.std(axis=0)
