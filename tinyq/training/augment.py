"""Random changes of training samples, in NumPy: float32 [n, h, w, channels] -> the same shape.

Images are [n, h, w, channels], EEG is [n, electrodes, samples, 1]. Every function draws from its generator
alone and leaves its input as it was; call it batch by batch, so that no second copy of the data is made.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Augmentation = Callable[[Samples, np.random.Generator], Samples]

CROP_MARGIN = 4  # pixels
TIME_SHIFT = 1 / 16  # of the window
AMPLITUDE = 1.25  # factor and divisor
ELECTRODE_LOSS = 0.1  # probability
_PIECE = 128  # images


def none(x: Samples, random: np.random.Generator) -> Samples:
    """Nothing."""
    return x


def shift(x: Samples, random: np.random.Generator) -> Samples:
    """Moves every image by -1, 0 or 1 pixel in each direction; zeros come in. For images of 8x8.

    Example:
        >>> shift(np.ones((2, 8, 8, 1), np.float32), np.random.default_rng(0)).shape
        (2, 8, 8, 1)
    """
    return _moved(x, random, 1)


def shift_2(x: Samples, random: np.random.Generator) -> Samples:
    """As `shift`, by up to 2 pixels. For MNIST.

    Example:
        >>> shift_2(np.ones((2, 28, 28, 1), np.float32), np.random.default_rng(0)).shape
        (2, 28, 28, 1)
    """
    return _moved(x, random, 2)


def crop_flip(x: Samples, random: np.random.Generator) -> Samples:
    """Pads with 4 zeros on all sides, cuts the old size out anywhere, mirrors every second image left-right.

    Source: He et al., arXiv 1512.03385, section 4.2 (CIFAR-10).

    Example:
        >>> crop_flip(np.ones((2, 32, 32, 3), np.float32), np.random.default_rng(0)).shape
        (2, 32, 32, 3)
    """
    return _moved(x, random, CROP_MARGIN, mirror=True)


def affine(x: Samples, random: np.random.Generator) -> Samples:
    """Small shifts (0.7 pixels), turns (9 degrees), scalings and shears (10 %), bilinear, zeros outside.

    Example:
        >>> affine(np.ones((2, 8, 8, 1), np.float32), np.random.default_rng(0)).shape
        (2, 8, 8, 1)
    """
    n, h, w, _ = x.shape
    angle = random.uniform(-0.15, 0.15, n)
    stretch = 1 + random.uniform(-0.1, 0.1, (n, 2))
    shear = random.uniform(-0.1, 0.1, n)
    matrix = np.empty((n, 2, 2))
    matrix[:, 0] = np.stack([np.cos(angle) * stretch[:, 0], shear - np.sin(angle)], axis=1)
    matrix[:, 1] = np.stack([np.sin(angle), np.cos(angle) * stretch[:, 1]], axis=1)
    centre = np.array([(h - 1) / 2, (w - 1) / 2])
    grid = np.stack(np.meshgrid(np.arange(h), np.arange(w), indexing="ij"), axis=-1).reshape(-1, 2) - centre
    source = grid @ matrix.transpose(0, 2, 1) + random.uniform(-0.7, 0.7, (n, 1, 2)) + centre
    return _bilinear(x, source).reshape(x.shape)


def time_shift(x: Samples, random: np.random.Generator) -> Samples:
    """Moves every trial by up to a sixteenth of its length; what comes in is the signal mirrored at its end.

    Neither zeros nor the other end of the trial come in: both would be a jump, which a filter rings on.

    Example:
        >>> time_shift(np.ones((2, 8, 512, 1), np.float32), np.random.default_rng(0)).shape
        (2, 8, 512, 1)
    """
    reach = int(x.shape[2] * TIME_SHIFT)
    padded = np.pad(x, ((0, 0), (0, 0), (reach, reach), (0, 0)), mode="reflect")
    return _cut(padded, np.zeros(len(x), np.int64), random.integers(0, 2 * reach + 1, len(x)), x.shape)


def amplitude(x: Samples, random: np.random.Generator) -> Samples:
    """Scales every trial, all electrodes alike, by 1/1.25 to 1.25: skin and electrodes differ by the day.

    Example:
        >>> amplitude(np.ones((2, 8, 512, 1), np.float32), np.random.default_rng(0)).shape
        (2, 8, 512, 1)
    """
    limit = np.log(AMPLITUDE)
    return x * np.exp(random.uniform(-limit, limit, (len(x), 1, 1, 1))).astype(np.float32)


def electrode_loss(x: Samples, random: np.random.Generator) -> Samples:
    """Silences every electrode of every trial with a probability of 0.1, but never all of a trial.

    Example:
        >>> electrode_loss(np.ones((2, 8, 512, 1), np.float32), np.random.default_rng(0)).shape
        (2, 8, 512, 1)
    """
    kept = random.random(x.shape[:2]) >= ELECTRODE_LOSS
    kept[np.arange(len(x)), random.integers(0, x.shape[1], len(x))] = True
    return x * kept[:, :, None, None].astype(np.float32)


def eeg(x: Samples, random: np.random.Generator) -> Samples:
    """`time_shift`, `amplitude` and `electrode_loss`, one after another.

    Example:
        >>> eeg(np.ones((2, 8, 512, 1), np.float32), np.random.default_rng(0)).shape
        (2, 8, 512, 1)
    """
    return electrode_loss(amplitude(time_shift(x, random), random), random)


def _moved(x: Samples, random: np.random.Generator, reach: int, mirror: bool = False) -> Samples:
    """Every image moved by up to `reach` pixels in each direction, zeros come in; half of them mirrored."""
    down = random.integers(0, 2 * reach + 1, len(x))
    right = random.integers(0, 2 * reach + 1, len(x))
    mirrored = random.random(len(x)) < 0.5 if mirror else np.zeros(len(x), bool)
    moved = np.empty_like(x)
    # In pieces: padding all of CIFAR-10 at once would take another gigabyte, and ten times as long.
    for start in range(0, len(x), _PIECE):
        piece = slice(start, start + _PIECE)
        padded = np.pad(x[piece], ((0, 0), (reach, reach), (reach, reach), (0, 0)))
        cut = _cut(padded, down[piece], right[piece], x[piece].shape)
        cut[mirrored[piece]] = cut[mirrored[piece], :, ::-1]
        moved[piece] = cut
    return moved


def _cut(
    padded: Samples, top: npt.NDArray[np.int64], left: npt.NDArray[np.int64], shape: tuple[int, ...]
) -> Samples:
    """The part of `shape` [n, h, w, channels] of every image that begins at its (top, left)."""
    n, h, w, channels = shape
    # Columns and channels as one axis: whole rows are copied, not single pixels.
    rows = padded.reshape(n, padded.shape[1], -1)
    parts = np.lib.stride_tricks.sliding_window_view(rows, (h, w * channels), axis=(1, 2))
    cut: Samples = parts[np.arange(n), top, left * channels].reshape(shape)
    return cut


def _bilinear(x: Samples, source: npt.NDArray[np.float64]) -> Samples:
    """Values of x at `source` [n, points, (y, x)]: float32 [n, points, channels]; zeros outside."""
    margin = 2  # beyond it everything is zero, so positions may be clipped there
    padded = np.pad(x, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    limit = np.array(padded.shape[1:3]) - 1.001
    position = np.clip(source + margin, 0, limit)
    corner = position.astype(np.int64)
    down, right = np.moveaxis((position - corner).astype(np.float32), -1, 0)[..., None]
    image = np.arange(len(x))[:, None]
    row, column = corner[..., 0], corner[..., 1]
    upper = padded[image, row, column] * (1 - right) + padded[image, row, column + 1] * right
    lower = padded[image, row + 1, column] * (1 - right) + padded[image, row + 1, column + 1] * right
    mixed: Samples = upper * (1 - down) + lower * down
    return mixed


AUGMENTATIONS: dict[str, Augmentation] = {
    "none": none,
    "shift": shift,
    "shift_2": shift_2,
    "affine": affine,
    "crop_flip": crop_flip,
    "time_shift": time_shift,
    "amplitude": amplitude,
    "electrode_loss": electrode_loss,
    "eeg": eeg,
}
