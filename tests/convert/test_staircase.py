"""Thresholds are found for every function that rises or falls, and refused for others."""

import numpy as np
import pytest

from tinyq.convert import staircase
from tinyq.convert.staircase import find_thresholds
from tinyq.core.errors import ConvertError


def places_of(thresholds: np.ndarray, flip: np.ndarray, x: np.ndarray) -> np.ndarray:
    told = (x[..., None] > thresholds).sum(axis=-1)
    return np.where(flip, thresholds.shape[1] - told, told)


@pytest.mark.parametrize("seed", range(20))
def test_places_are_those_of_the_function_for_every_integer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    levels, channels = int(rng.integers(2, 17)), 7
    most = rng.integers(1, 300, channels)
    gain = rng.normal(size=channels) * (rng.random(channels) > 0.2)
    shift = rng.normal(size=channels) * 3

    def places(x: np.ndarray) -> np.ndarray:
        return np.clip(np.floor(x * gain * 0.2 + shift), 0, levels - 1).astype(np.int64)

    thresholds, flip = find_thresholds(places, -most, most, levels, "layer")
    assert (np.diff(thresholds, axis=1) >= 0).all()
    assert (thresholds >= -most[:, None] - 1).all() and (thresholds <= most[:, None]).all()
    x = np.repeat(np.arange(-300, 301)[:, None], channels, axis=1)
    inside = np.abs(x) <= most
    np.testing.assert_array_equal(places_of(thresholds, flip, x)[inside], places(x)[inside])


def test_a_function_that_rises_and_falls_is_refused_with_the_layer() -> None:
    ends = np.array([-50, -50]), np.array([50, 50])
    with pytest.raises(ConvertError, match="conv_7.*rise and fall with its sums in 1 channels"):
        find_thresholds(lambda x: ((x == 3) & [True, False]).astype(np.int64), *ends, 2, "conv_7")


def test_of_very_many_sums_those_near_thresholds_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staircase, "_MOST", 1000)
    seen = []

    def places(x: np.ndarray) -> np.ndarray:
        seen.append(x.size)
        return (x > 123_456).astype(np.int64)

    ends = np.array([-(10**6)]), np.array([10**6])
    thresholds, _ = find_thresholds(places, *ends, 2, "layer")
    assert thresholds.tolist() == [[123_456]]
    assert sum(seen) < 2000
