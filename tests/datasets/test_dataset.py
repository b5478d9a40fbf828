"""Dataset refuses what no network could be trained on."""

import numpy as np
import pytest

from tinyq.core.errors import DataError
from tinyq.datasets import Dataset, load


def make(**changes: object) -> Dataset:
    x, y = np.zeros((4, 2, 2, 1), np.float32), np.array([0, 1, 0, 1])
    parts = {"x_train": x, "y_train": y, "x_test": x[:2], "y_test": y[:2]}
    return Dataset(**{"name": "toy", "classes": ("a", "b"), "source": "s", "split": "p", **parts, **changes})


def test_input_shape_is_that_of_one_sample() -> None:
    assert make().input_shape == (2, 2, 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": np.zeros((4, 4), np.float32)}, "samples"),
        ({"y_train": np.array([0, 1])}, "samples"),
        ({"x_test": np.zeros((0, 2, 2, 1), np.float32), "y_test": np.array([], np.int64)}, "samples"),
        ({"x_test": np.zeros((2, 3, 2, 1), np.float32)}, "samples"),
        ({"x_test": np.full((2, 2, 2, 1), np.nan, np.float32)}, "8 values are NaN"),
        ({"y_train": np.array([0, 1, 2, 0])}, "labels 0 to 2"),
        ({"y_test": np.array([0, -1])}, "labels -1 to 0"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        make(**changes)


def test_unknown_name_is_refused_with_the_known() -> None:
    with pytest.raises(DataError, match="digits, eeg"):
        load("cifar")


def test_digits_take_no_folder(tmp_path) -> None:
    with pytest.raises(DataError, match="no folder"):
        load("digits", tmp_path)
