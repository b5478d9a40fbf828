"""Activation quantizers are found out by trying them: levels, exact thresholds, and why some have none."""

from collections.abc import Callable

import numpy as np
import pytest

from tinyq.convert.levels import Levels, find_levels

Function = Callable[[np.ndarray], np.ndarray]


def steps(values: list[float], thresholds: list[float], falling: bool = False) -> Function:
    """values[i] for i thresholds below x."""
    ordered = np.array(values[::-1] if falling else values, np.float32)
    return lambda x: ordered[np.searchsorted(np.array(thresholds, np.float32), x)]


@pytest.mark.parametrize(
    ("values", "thresholds", "scale", "shift"),
    [
        ([-1, 1], [0.0], 1, 0),
        ([0, 1], [0.5], 0.5, 0.5),
        ([-2, 0, 2], [-0.5, 0.5], 2, 0),
        ([0.1, 0.4, 0.7], [-0.5, 0.25], 0.3, 0.4),
        ([-3, -1, 1, 3], [-2, 0, 2], 1, 0),
        (list(np.arange(16) / 15), list((np.arange(15) + 0.5) / 15), 1 / 30, 0.5),
    ],
)
@pytest.mark.parametrize("falling", [False, True])
def test_values_and_ties_are_those_of_the_function(
    values: list[float], thresholds: list[float], scale: float, shift: float, falling: bool
) -> None:
    function = steps(values, thresholds, falling)
    found = find_levels(function)
    assert isinstance(found, Levels)
    assert (found.count, found.reverse) == (len(values), falling)
    assert found.scale == pytest.approx(scale) and found.shift == pytest.approx(shift, abs=1e-6)
    edges = np.array(thresholds, np.float32)
    x = np.concatenate([edges, np.nextafter(edges, np.float32(9)), np.nextafter(edges, np.float32(-9)), [5]])
    x = x.astype(np.float32)
    places = (x[:, None] > found.thresholds).sum(axis=1)
    codes = np.array(found.codes)[:: -1 if falling else 1][places]
    np.testing.assert_allclose(found.scale * codes + found.shift, function(x), atol=1e-6)


def test_zero_is_on_the_side_where_the_function_has_it() -> None:
    """Numbers below the smallest normal one are 0 to TensorFlow."""
    at_least = find_levels(lambda x: np.where(x >= 0, 1, -1).astype(np.float32))
    above = find_levels(lambda x: np.where(x > 0, 1, -1).astype(np.float32))
    assert isinstance(at_least, Levels) and isinstance(above, Levels)
    assert at_least.thresholds[0] == -np.finfo(np.float32).tiny
    assert above.thresholds[0] == 0


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: (x > 0.7 * np.abs(x).mean()).astype(np.float32), "depends on the others"),
        (lambda x: np.full_like(x, 2), "gives 2 for every number"),
        (lambda x: (np.abs(x) > 1).astype(np.float32), "rise and fall"),
        (steps([0, 1, 5], [0, 1]), "3 levels are not"),
        (steps([0, 1, 2, 3, 4], [0, 1, 2, 3]), "5 levels are not"),
        (lambda x: np.where(x > 1e30, np.inf, x > 0).astype(np.float32) / (x != 1), "NaN or infinity"),
    ],
)
def test_functions_without_levels_are_explained(function: Function, reason: str) -> None:
    with np.errstate(all="ignore"):
        assert reason in str(find_levels(function))


def test_many_levels_are_counted() -> None:
    assert find_levels(lambda x: np.rint(np.clip(x, 0, 1) * 255).astype(np.float32)) == 256


def test_codes_of_values_and_a_third_code_for_zero() -> None:
    sign = find_levels(steps([-1, 1], [0.0]))
    assert isinstance(sign, Levels)
    assert (sign.code_of(1.0), sign.code_of(-1.0), sign.code_of(0.0)) == (1, -1, None)
    wider = sign.with_zero()
    assert (wider.count, wider.codes, wider.code_of(0.0)) == (3, (-1, 0, 1), 0)
    x = np.array([-2, -0.1, 0, 3], np.float32)
    np.testing.assert_array_equal((x[:, None] > wider.thresholds).sum(axis=1), [0, 0, 0, 2])
