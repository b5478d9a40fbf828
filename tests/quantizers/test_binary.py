"""Binary projection: signs, scales, edge cases."""

import itertools

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.quantizers import DEPTHWISE, Binary  # noqa: E402

pytestmark = pytest.mark.train


def test_sign_of_zero_is_plus_one_and_scale_the_mean_magnitude() -> None:
    codes, scale = Binary().integers(np.array([[0.5, 0.0], [-0.25, -1.0], [0.0, -0.5]], np.float32))
    assert codes.tolist() == [[1, 1], [-1, -1], [1, -1]]
    assert scale.tolist() == [[0.25, 0.5]]


@pytest.mark.parametrize("seed", range(5))
def test_no_other_binary_vector_is_nearer(seed: int) -> None:
    w = np.random.default_rng(seed).normal(size=8)
    codes, scale = Binary().integers(w[:, None].astype(np.float32))
    error = float(((w[:, None] - codes * scale) ** 2).sum())
    errors = []
    for signs in itertools.product((-1, 1), repeat=8):
        best = max(0.0, float(np.dot(signs, w)) / 8)
        errors.append(float(((w - best * np.array(signs)) ** 2).sum()))
    assert error == pytest.approx(min(errors), rel=1e-5), seed


def test_gaussian_weights_give_the_known_scale_and_error() -> None:
    w = np.random.default_rng(2).normal(size=(200_000, 1)).astype(np.float32)
    codes, scale = Binary().integers(w)
    assert scale.item() == pytest.approx(np.sqrt(2 / np.pi), abs=3e-3)  # 0.798
    assert float(((w - codes * scale) ** 2).mean()) == pytest.approx(0.363, abs=3e-3)


def test_a_filter_of_zeros_has_scale_0() -> None:
    codes, scale = Binary(axis=DEPTHWISE).integers(np.zeros((3, 3, 2, 1), np.float32))
    assert (codes == 1).all()
    assert not scale.any()


def test_nan_is_refused() -> None:
    with pytest.raises(QuantizerError, match="1 NaN and 0 inf"):
        Binary().integers(np.array([[1.0], [np.nan]]))
