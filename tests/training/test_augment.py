"""Augmentation keeps shapes and classes of values, and depends on the generator alone."""

import numpy as np
import pytest

from tinyq.training.augment import AUGMENTATIONS, shift

X = np.random.default_rng(0).uniform(size=(50, 8, 6, 2)).astype(np.float32)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_shape_and_dtype_are_kept_and_the_input_is_untouched(name: str) -> None:
    before = X.copy()
    result = AUGMENTATIONS[name](X, np.random.default_rng(1))
    assert result.shape == X.shape
    assert result.dtype == np.float32
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_same_generator_gives_the_same(name: str) -> None:
    first = AUGMENTATIONS[name](X, np.random.default_rng(2))
    np.testing.assert_array_equal(first, AUGMENTATIONS[name](X, np.random.default_rng(2)))


def test_shift_moves_by_one_pixel_at_most_and_in_every_direction() -> None:
    x = np.zeros((300, 5, 5, 1), np.float32)
    x[:, 2, 2] = 1
    places = {tuple(np.argwhere(image[..., 0])[0] - 2) for image in shift(x, np.random.default_rng(3))}
    assert places == {(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)}


def test_shift_brings_zeros_in() -> None:
    moved = shift(np.ones((100, 4, 4, 1), np.float32), np.random.default_rng(4))
    assert set(np.unique(moved)) == {0, 1}
    assert (moved.sum(axis=(1, 2, 3)) >= 9).all()
