"""Weight histograms of each epoch, with thresholds and levels, sparsity and bit flips."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import QuantizerError, TinyqError, TrainError
from tinyq.core.files import write_whole
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import QuantizedKernel, quantized_kernels
from tinyq.training.callbacks.histogram_figure import draw

BINS = 96
MOST_LEVELS = 16  # a quantizer with more is recorded without thresholds and levels
_BAND = (50, 10, 90)  # percentiles over the channels: a median, and where most of them are

Array = npt.NDArray[Any]


class WeightHistograms(tf.keras.callbacks.Callback):
    """Records what training does to each quantized kernel: latent weights, thresholds, sparsity, bit flips.

    It works at epoch ends only and reads each kernel there once (and once at their begin), so steps cost
    nothing. For each kernel it writes to `folder`: TensorBoard summaries (histogram of the latent weights and
    of the codes, sparsity, bit flips), <layer>.<weight>.npz with the same numbers, and, when training ends,
    <layer>.<weight>.png. When training is resumed, the .npz file goes on where the checkpoint was.

    * Thresholds are found, not asked for: halfway between the largest latent weight with one code and the
      smallest with the next, by channel. So they are right for every quantizer, and before a schedule's end
      they are those of the final form. Drawn are the median channel and the band of the middle 80 %.
    * Sparsity: the fraction of weights whose code is 0. A quantizer without codes (larq's), or with several
      sets of them, is recorded by the rank of the values that it gives.
    * Bit flips: the fraction of weights whose code at the end of the epoch is another than at its begin.

    Args:
        folder: where to write; made if it is not there.
        every: record every so many epochs, and the last one.

    Raises:
        TrainError: when training begins: the model has no quantized kernel, `every` is below 1, or the folder
            cannot be made.

    Example:
        >>> callback = WeightHistograms("histograms", every=5)
    """

    def __init__(self, folder: str | Path, every: int = 1) -> None:
        super().__init__()
        if every < 1:
            raise TrainError("WeightHistograms(every=...)", repr(every), "a number of epochs, at least 1")
        self.folder = Path(folder)
        self.every = every
        self._writer: Any = None
        self._before: dict[str, Array] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Refuse a model without quantizers before the first epoch is spent."""
        if not any(quantized_kernels(self.model)):
            raise TrainError(
                f"WeightHistograms of model {self.model.name}",
                "no kernel has a quantizer",
                "a model with tinyq's Quant layers",
                "quantize it first (tinyq.quantize_model), or take the callback out",
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainError(str(self.folder), f"cannot be made ({error.strerror})", "a folder") from error

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the codes, to count those that change."""
        if self._records(epoch):
            self._before = {_name(k): _read_kernel(k).codes for k in quantized_kernels(self.model)}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Record every kernel."""
        if not self._records(epoch):
            return
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.folder))
        for kernel in quantized_kernels(self.model):
            name = _name(kernel)
            now = _read_kernel(kernel)
            row = _row(now, self._before.get(name))
            _append(self.folder / f"{name}.npz", epoch, row)
            with self._writer.as_default(step=epoch):
                tf.summary.histogram(f"{name}/latent", now.latent)
                tf.summary.histogram(f"{name}/codes", now.codes)
                tf.summary.scalar(f"{name}/sparsity", float(row["sparsity"]))
                tf.summary.scalar(f"{name}/bit_flips", float(row["flips"]))
        self._writer.flush()
        self._before = {}

    def on_train_end(self, logs: Any = None) -> None:
        """Draw what was recorded."""
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        for kernel in quantized_kernels(self.model):
            path = self.folder / f"{_name(kernel)}.npz"
            title = f"{kernel.layer}.{kernel.weight}: {type(kernel.quantizer).__name__}"
            draw(title, _read(path), path.with_suffix(".png"))

    def _records(self, epoch: int) -> bool:
        if not getattr(self.model.distribute_strategy.extended, "should_save_summary", True):
            return False  # another worker does
        return (epoch + 1) % self.every == 0 or epoch + 1 == self.params.get("epochs")


def _name(kernel: QuantizedKernel) -> str:
    return f"{kernel.layer}.{kernel.weight}".replace("/", ".")


@dataclass(frozen=True, eq=False)
class _Kernel:
    """One kernel now, all [channels, n]: what shares a scale is a row."""

    latent: Array
    codes: Array
    values: Array  # that the codes stand for


def _read_kernel(kernel: QuantizedKernel) -> _Kernel:
    quantizer, latent = kernel.quantizer, kernel.latent
    bad = int((~np.isfinite(latent)).sum())
    if bad:
        raise TrainError(
            f"{kernel.layer}.{kernel.weight}",
            f"{bad} of {latent.size} weights are NaN or infinite",
            "finite weights",
            "training diverged: lower the learning rate",
        )
    axis = quantizer.spec().axis if hasattr(quantizer, "spec") else ()
    channels = [a for a in range(latent.ndim) if a - latent.ndim in axis]
    if hasattr(quantizer, "integers"):
        with suppress(QuantizerError):  # no single set of codes: a scale for each sign, several branches
            codes, scale = quantizer.integers(latent)
            return _Kernel(*(_rows(a, channels) for a in (latent, codes, codes * scale)))
    values = _rows(quantizer(tf.constant(latent)).numpy(), channels)
    return _Kernel(_rows(latent, channels), np.stack([_ranks(row) for row in values]), values)


def _rows(values: Array, channels: list[int]) -> Array:
    count = int(np.prod([values.shape[a] for a in channels], dtype=int))
    return np.moveaxis(values, channels, range(len(channels))).reshape(count, -1)


def _ranks(values: Array) -> Array:
    """Codes of a quantizer that has none: the rank of each value among its channel's, 0 for 0.

    Example:
        >>> _ranks(np.array([0.5, -0.2, 0.0, 0.5])).tolist(), _ranks(np.array([-3.0, -1.0, 1.0])).tolist()
        ([1, -1, 0, 1], [-2, -1, 1])
    """
    distinct = np.unique(values)
    ranks: Array = np.searchsorted(distinct, values) - np.searchsorted(distinct, 0)
    return ranks if 0 in distinct else ranks + (ranks >= 0)


def _row(now: _Kernel, before: Array | None) -> dict[str, Array]:
    """What is recorded of one kernel."""
    counts, edges = np.histogram(now.latent, BINS)
    used = np.unique(now.codes)
    thresholds, levels = (np.full((MOST_LEVELS, len(_BAND)), np.nan) for _ in range(2))
    for i, code in enumerate(used if used.size <= MOST_LEVELS else ()):
        levels[i] = _band(np.where(now.codes == code, now.values, -np.inf).max(axis=1))
        below = np.where(now.codes <= code, now.latent, -np.inf).max(axis=1)
        above = np.where(now.codes > code, now.latent, np.inf).min(axis=1)
        thresholds[i] = _band(np.where(np.isfinite(below), above / 2 + below / 2, np.inf))
    flips = np.nan if before is None else np.mean(now.codes != before)
    row = (counts, edges, np.mean(now.codes == 0), flips, thresholds, levels)
    names = ("counts", "edges", "sparsity", "flips", "thresholds", "levels")
    return dict(zip(names, map(np.asarray, row), strict=True))


def _band(by_channel: Array) -> Array:
    """Percentiles over the channels that have a finite value; the largest code has no threshold above it."""
    finite = by_channel[np.isfinite(by_channel)]
    return np.percentile(finite, _BAND) if finite.size else np.full(len(_BAND), np.nan)


def _append(path: Path, epoch: int, row: Mapping[str, Array]) -> None:
    """Add a row for `epoch`; rows of this and later epochs are of a run that was taken back."""
    new = {"epoch": np.array([epoch]), **{name: value[None] for name, value in row.items()}}
    if path.exists():
        old = _read(path)
        kept = old["epoch"] < epoch
        new = {name: np.concatenate([old[name][kept], value]) for name, value in new.items()}
    stream = io.BytesIO()
    np.savez_compressed(stream, **new)
    write_whole(path, stream.getvalue())


def _read(path: Path) -> dict[str, Array]:
    try:
        with np.load(path) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError) as error:
        raise TinyqError(str(path), f"cannot be read ({error})", remedy="delete it, and train on") from error
