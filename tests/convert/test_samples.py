"""Calibration data that give no range for the int8 input are refused."""

import numpy as np
import pytest

from tinyq.convert.samples import check_samples
from tinyq.core.errors import ConvertError

SHAPE = (8, 8, 1)


def values(least: float, most: float) -> np.ndarray:
    return np.linspace(least, most, 4 * 64).reshape(4, *SHAPE).astype(np.float32)


@pytest.mark.parametrize(
    ("least", "most"), [(0, 1), (5, 5.001), (-1e-6, 1e-6), (0, 2e-6), (-1.5e38, 1.5e38), (0, 3e38)]
)
def test_a_range_that_float32_scales_can_say_is_taken(least: float, most: float) -> None:
    check_samples(values(least, most), SHAPE)


@pytest.mark.parametrize(
    ("least", "most", "text"),
    [
        (0, 0, "all 256 values are 0"),
        (2.5, 2.5, "all 256 values are 2.5"),
        (-1e-8, 1e-8, "narrower than 1e-06"),
        (0, 1e-42, "narrower than 1e-06"),
        (-3e38, 3e38, "wider than float32"),
    ],
)
def test_another_range_is_refused_with_its_ends(least: float, most: float, text: str) -> None:
    with pytest.raises(ConvertError, match=text) as caught:
        check_samples(values(least, most), SHAPE)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("samples", "text"),
    [
        ([1.0], "a list"),
        (values(0, 1)[:, 0], r"float32 \[4, 8, 1\](.|\n)*float32 \[n, 8, 8, 1\]"),
        (values(0, 1).astype(np.float64), r"float64 \[4, 8, 8, 1\](.|\n)*float32 \[n, 8, 8, 1\]"),
        (values(0, 1)[:0], r"\[0, 8, 8, 1\]: empty"),
        (np.where(values(0, 1) == 1, np.nan, 0).astype(np.float32), "in 1 of 4 samples, first in 3"),
    ],
    ids=["no array", "shape", "dtype", "empty", "NaN"],
)
def test_what_is_no_array_of_inputs_is_refused(samples: object, text: str) -> None:
    with pytest.raises(ConvertError, match=text):
        check_samples(samples, SHAPE)
