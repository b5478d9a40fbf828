"""Random changes of training samples, in NumPy: float32 [n, h, w, channels] -> the same shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Augmentation = Callable[[Samples, np.random.Generator], Samples]


def none(x: Samples, random: np.random.Generator) -> Samples:
    """Nothing."""
    return x


def shift(x: Samples, random: np.random.Generator) -> Samples:
    """Moves every image by -1, 0 or 1 pixel in each direction; zeros come in.

    Example:
        >>> shift(np.ones((2, 8, 8, 1), np.float32), np.random.default_rng(0)).shape
        (2, 8, 8, 1)
    """
    n, h, w, _ = x.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    rows = random.integers(0, 3, (n, 1)) + np.arange(h)
    columns = random.integers(0, 3, (n, 1)) + np.arange(w)
    moved: Samples = padded[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved


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


AUGMENTATIONS: dict[str, Augmentation] = {"none": none, "shift": shift, "affine": affine}
