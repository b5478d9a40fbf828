"""Augmentation keeps shapes and classes of values, and depends on the generator alone."""

import numpy as np
import pytest

from tinyq.training.augment import (
    AUGMENTATIONS,
    amplitude,
    crop_flip,
    electrode_loss,
    shift,
    shift_2,
    time_shift,
)

X = np.random.default_rng(0).uniform(size=(300, 8, 20, 2)).astype(np.float32)


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


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_something_changes_but_not_everything_alike(name: str) -> None:
    result = AUGMENTATIONS[name](X, np.random.default_rng(1))
    changed = (result != X).any(axis=(1, 2, 3))
    assert changed.mean() > 0.5 if name != "none" else not changed.any()


def test_shift_moves_by_one_pixel_at_most_and_in_every_direction() -> None:
    x = np.zeros((300, 5, 5, 1), np.float32)
    x[:, 2, 2] = 1
    places = {tuple(np.argwhere(image[..., 0])[0] - 2) for image in shift(x, np.random.default_rng(3))}
    assert places == {(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)}


def test_shift_brings_zeros_in() -> None:
    moved = shift(np.ones((100, 4, 4, 1), np.float32), np.random.default_rng(4))
    assert set(np.unique(moved)) == {0, 1}
    assert (moved.sum(axis=(1, 2, 3)) >= 9).all()


def numbered(n: int, h: int, w: int) -> np.ndarray:
    """Images whose every pixel tells its place, from 1 on: (row * w + column + 1, its negative)."""
    place = np.arange(1, h * w + 1, dtype=np.float32).reshape(1, h, w, 1)
    return np.repeat(np.concatenate([place, -place], axis=3), n, axis=0)


def test_shift_2_moves_by_two_pixels_at_most_and_in_every_direction() -> None:
    moved = shift_2(numbered(600, 9, 9), np.random.default_rng(5))
    centres = moved[:, 4, 4, 0].astype(int) - 1
    assert {(c // 9 - 4, c % 9 - 4) for c in centres} == {(a, b) for a in range(-2, 3) for b in range(-2, 3)}


def test_crop_flip_is_every_crop_of_the_padded_image_and_its_mirror() -> None:
    x = numbered(1, 6, 5)
    padded = np.pad(x, ((0, 0), (4, 4), (4, 4), (0, 0)))[0]
    crops = {padded[a : a + 6, b : b + 5].tobytes() for a in range(9) for b in range(9)}
    mirrors = {padded[a : a + 6, b : b + 5][:, ::-1].tobytes() for a in range(9) for b in range(9)}
    found = [image.tobytes() for image in crop_flip(numbered(2000, 6, 5), np.random.default_rng(6))]
    assert set(found) == crops | mirrors
    assert 0.4 < np.mean([image in mirrors for image in found]) < 0.6


def test_pieces_do_not_show() -> None:
    """Images are moved 128 at a time; each still has a move of its own."""
    result = crop_flip(numbered(256, 8, 8), np.random.default_rng(7))
    assert not np.array_equal(result[:128], result[128:])
    assert len({image.tobytes() for image in result}) > 100


def test_time_shift_moves_in_time_only_and_brings_no_jump() -> None:
    time = np.arange(320, dtype=np.float32)
    x = np.stack([time, -time])[None, :, :, None].repeat(400, axis=0)
    moved = time_shift(x, np.random.default_rng(8))[..., 0]
    assert np.abs(np.diff(moved, axis=2)).max() == 1
    np.testing.assert_array_equal(moved[:, 0], -moved[:, 1])
    shifts = set((moved[:, 0, 160] - 160).astype(int))
    assert shifts == set(range(-20, 21))


def test_amplitude_scales_whole_trials_within_its_range() -> None:
    factors = amplitude(np.ones((500, 3, 4, 1), np.float32), np.random.default_rng(9))
    assert (factors == factors[:, :1, :1]).all()
    assert 0.8 <= factors.min() < 0.82
    assert 1.22 < factors.max() <= 1.25 + 1e-6
    np.testing.assert_allclose(np.median(factors), 1, atol=0.03)


def test_electrode_loss_silences_a_tenth_but_never_all() -> None:
    kept = electrode_loss(np.ones((4000, 8, 3, 1), np.float32), np.random.default_rng(10))
    assert (kept == kept[:, :, :1]).all()
    assert 0.89 < kept.mean() < 0.93
    assert electrode_loss(np.ones((4000, 1, 3, 1), np.float32), np.random.default_rng(11)).min() == 1
