"""Dataset refuses what no network could be trained on."""

import numpy as np
import pytest

from tinyq.core.errors import DataError
from tinyq.datasets import NAMES, Dataset, load, load_folds
from tinyq.datasets.dataset import part_of_every_class


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
        ({"x_train": np.full((4, 2, 2, 1), -np.inf, np.float32)}, "16 values are NaN or infinite"),
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
    with pytest.raises(DataError, match="digits, eeg"):
        load_folds("cifar")


def test_digits_take_no_folder(tmp_path) -> None:
    with pytest.raises(DataError, match="no folder"):
        load("digits", tmp_path)


def sorted_by_class() -> Dataset:
    y = np.repeat([0, 1, 2], [60, 30, 10])
    x = np.arange(100, dtype=np.float32).reshape(100, 1, 1, 1)
    return make(x_train=x, y_train=y, x_test=x, y_test=y, classes=("a", "b", "c"))


@pytest.mark.parametrize("n", [10, 20, 50])
def test_representative_samples_have_every_class_with_its_share(n: int) -> None:
    data = sorted_by_class()
    chosen = data.representative(n, seed=3).ravel().astype(int)
    assert len(set(chosen)) == n
    assert np.bincount(data.y_train[chosen]).tolist() == [n * 6 // 10, n * 3 // 10, n // 10]


def test_representative_samples_depend_on_the_seed_alone() -> None:
    data = sorted_by_class()
    np.testing.assert_array_equal(data.representative(10, 1), data.representative(10, 1))
    assert not np.array_equal(data.representative(10, 1), data.representative(10, 2))


def test_representative_samples_are_all_there_are_if_there_are_fewer_and_at_least_one() -> None:
    data = sorted_by_class()
    np.testing.assert_array_equal(data.representative(1000), data.x_train)
    assert data.representative(1).shape == (1, 1, 1, 1)
    with pytest.raises(DataError, match="1 or more"):
        data.representative(0)


def test_part_of_every_class_is_rounded_up_for_each() -> None:
    y = np.array([0] * 11 + [2] * 1 + [1] * 10)
    marked = part_of_every_class(y, 0.2)
    assert np.bincount(y[marked]).tolist() == [3, 2, 1]
    np.testing.assert_array_equal(marked, part_of_every_class(y, 0.2))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "digits"])
def test_a_folder_that_is_missing_or_empty_is_refused_with_what_it_may_hold(name: str, tmp_path) -> None:
    with pytest.raises(DataError, match="no such folder") as caught:
        load(name, tmp_path / "none")
    assert caught.value.allowed
    with pytest.raises(DataError, match=str(tmp_path)) as caught:
        load(name, tmp_path)
    assert caught.value.allowed


def test_a_set_without_folds_is_one_fold() -> None:
    pytest.importorskip("sklearn")
    folds = load_folds("digits")
    assert [fold.name for fold in folds] == ["digits"]
