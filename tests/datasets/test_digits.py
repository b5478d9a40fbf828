"""The digits split is fixed, stratified and large enough."""

import hashlib

import numpy as np
import pytest
from tools_required import need

need("python:sklearn")

from tinyq.datasets import load, load_digits  # noqa: E402

pytestmark = pytest.mark.train


def test_shapes_scale_and_size_of_the_test_part() -> None:
    data = load_digits()
    assert data.x_train.shape == (1433, 8, 8, 1)
    assert data.x_test.shape == (364, 8, 8, 1)
    assert len(data.x_test) >= 360
    assert data.x_train.dtype == np.float32
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    assert data.classes == tuple("0123456789")


def test_every_class_gives_a_fifth() -> None:
    data = load_digits()
    train, test = np.bincount(data.y_train), np.bincount(data.y_test)
    np.testing.assert_allclose(test / (train + test), 0.2, atol=0.006)


def test_the_split_is_the_same_for_ever() -> None:
    """A table of accuracies means nothing once the test images change."""
    digest = hashlib.sha256(load_digits().x_test.tobytes()).hexdigest()
    assert digest[:16] == "92f75beda46caa57"


def test_nothing_is_lost_and_nothing_is_in_both_parts() -> None:
    from sklearn.datasets import load_digits as sklearn_digits

    data = load("digits")
    rows = np.concatenate([data.x_train, data.x_test]).reshape(-1, 64) * 16
    expected = sklearn_digits(return_X_y=True)[0]
    assert sorted(map(tuple, rows.tolist())) == sorted(map(tuple, expected.tolist()))
