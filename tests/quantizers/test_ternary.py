"""Ternary projections against brute force, published values and hand-made cases."""

import itertools

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import QuantizerError, SpecError  # noqa: E402
from tinyq.quantizers import DEPTHWISE, Ternary  # noqa: E402

pytestmark = pytest.mark.train


def column(values: list[float]) -> np.ndarray:
    return np.array(values, np.float32)[:, None]


def residual(w: np.ndarray, codes: np.ndarray, scale: np.ndarray) -> float:
    return float(((w.astype(np.float64) - codes * scale.astype(np.float64)) ** 2).sum())


def brute_force_residual(w: np.ndarray) -> float:
    """Least ||w - s * codes||^2 over all 3^n codes, each with its best scale."""
    best = np.inf
    for codes in itertools.product((-1, 0, 1), repeat=w.size):
        t = np.array(codes, np.float64)
        scale = max(0.0, float(t @ w) / max(float(t @ t), 1.0))
        best = min(best, float(((w - scale * t) ** 2).sum()))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_exact_is_the_best_of_all_ternary_vectors(seed: int) -> None:
    random = np.random.default_rng(seed)
    w = (random.normal(size=6) if seed % 2 else random.integers(-3, 4, 6)).astype(np.float32)
    codes, scale = Ternary("exact").integers(w[:, None])
    assert residual(w[:, None], codes, scale) == pytest.approx(brute_force_residual(w), abs=1e-6), seed


def test_exact_gives_the_published_example() -> None:
    w = column([0.9, -0.8, 0.3, 0.05, -0.6, 0.1])
    codes, scale = Ternary("exact").integers(w)
    assert codes[:, 0].tolist() == [1, -1, 0, 0, -1, 0]
    assert scale.item() == pytest.approx(0.76667, abs=1e-5)
    assert residual(w, codes, scale) == pytest.approx(0.149167, abs=1e-6)


def test_twn_threshold_of_the_published_example_is_0_320833() -> None:
    codes, scale = Ternary("twn").integers(column([0.9, -0.8, 0.3, 0.05, -0.6, 0.1]))
    assert codes[:, 0].tolist() == [1, -1, 0, 0, -1, 0]  # 0.3 is below it
    assert scale.item() == pytest.approx((0.9 + 0.8 + 0.6) / 3, abs=1e-6)
    codes, _ = Ternary("twn").integers(column([0.9, -0.8, 0.34, 0.05, -0.6, 0.1]))
    assert codes[2, 0] == 1  # 0.34 is above 0.7 * 2.79 / 6 = 0.3255


@pytest.mark.parametrize(
    ("method", "scale", "density", "error"),
    [
        ("exact", (1.221, 1.227), (0.535, 0.545), (0.188, 0.192)),
        ("twn", (1.176, 1.186), (0.573, 0.580), (0.189, 0.193)),
    ],
)
def test_gaussian_weights_give_the_known_scale_density_and_error(
    method: str, scale: tuple[float, float], density: tuple[float, float], error: tuple[float, float]
) -> None:
    w = np.random.default_rng(3).normal(size=(200_000, 1)).astype(np.float32)
    codes, found = Ternary(method).integers(w)
    assert scale[0] < found.item() < scale[1]
    assert density[0] < np.abs(codes).mean() < density[1]
    assert error[0] < residual(w, codes, found) / w.size < error[1]


def test_uniform_weights_give_two_thirds() -> None:
    w = np.linspace(-1, 1, 200_001, dtype=np.float32)[:, None]
    codes, scale = Ternary("exact").integers(w)
    assert scale.item() == pytest.approx(2 / 3, abs=1e-3)
    assert np.abs(codes).mean() == pytest.approx(2 / 3, abs=1e-3)
    assert residual(w, codes, scale) / w.size == pytest.approx(0.0370, abs=1e-4)


def test_exact_threshold_is_half_the_scale() -> None:
    w = np.random.default_rng(4).normal(size=(50_000, 1)).astype(np.float32)
    codes, scale = Ternary("exact").integers(w)
    assert np.abs(w[codes != 0]).min() >= scale.item() / 2 >= np.abs(w[codes == 0]).max()


def test_ties_are_kept_together() -> None:
    codes, scale = Ternary("exact").integers(column([1, 1, -1, 1, 0.1, -0.1]))
    assert codes[:, 0].tolist() == [1, 1, -1, 1, 0, 0]
    assert scale.item() == 1.0


@pytest.mark.parametrize("method", ["twn", "exact"])
def test_every_output_channel_is_projected_for_itself(method: str) -> None:
    w = np.random.default_rng(5).normal(size=(3, 3, 4, 6)).astype(np.float32)
    codes, scale = Ternary(method).integers(w)
    assert scale.shape == (1, 1, 1, 6)
    for channel in range(6):
        alone = Ternary(method).integers(w[..., channel : channel + 1])
        np.testing.assert_array_equal(codes[..., channel], alone[0][..., 0])
        assert scale[0, 0, 0, channel] == alone[1].item()


@pytest.mark.parametrize("method", ["twn", "exact"])
def test_depthwise_axes_give_every_channel_its_own_scale(method: str) -> None:
    w = np.random.default_rng(6).normal(size=(3, 3, 4, 2)).astype(np.float32)
    codes, scale = Ternary(method, axis=DEPTHWISE).integers(w)
    assert scale.shape == (1, 1, 4, 2)
    codes_1, scale_1 = Ternary(method).integers(w.reshape(9, 8))
    np.testing.assert_array_equal(codes.reshape(9, 8), codes_1)
    np.testing.assert_array_equal(scale.reshape(1, 8), scale_1)


def test_no_axis_means_one_scale_for_the_kernel() -> None:
    w = np.random.default_rng(7).normal(size=(5, 4)).astype(np.float32)
    codes, scale = Ternary("exact", axis=()).integers(w)
    flat_codes, flat_scale = Ternary("exact").integers(w.reshape(20, 1))
    np.testing.assert_array_equal(codes.reshape(20, 1), flat_codes)
    assert scale.shape == (1, 1)
    assert scale.item() == flat_scale.item()


@pytest.mark.parametrize("method", ["twn", "exact"])
def test_a_filter_of_zeros_has_codes_0_and_scale_1(method: str) -> None:
    w = np.random.default_rng(8).normal(size=(3, 3, 2, 3)).astype(np.float32)
    w[..., 1] = 0
    codes, scale = Ternary(method).integers(w)
    assert not codes[..., 1].any()
    assert scale[0, 0, 0, 1] == 1
    assert codes[..., 0].any()


@pytest.mark.parametrize(("bad", "counts"), [(np.nan, "2 NaN and 0 inf"), (-np.inf, "0 NaN and 2 inf")])
def test_non_finite_weights_are_refused_with_their_number(bad: float, counts: str) -> None:
    w = np.ones((3, 4), np.float32)
    w[0, :2] = bad
    with pytest.raises(QuantizerError, match=counts) as caught:
        Ternary().integers(w)
    assert "12 weights" in str(caught.value)


def test_unknown_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(QuantizerError, match="'twn', 'exact'"):
        Ternary(method="best")


def test_positive_axis_is_refused() -> None:
    with pytest.raises(SpecError, match="negative axes"):
        Ternary(axis=(0,))


def test_depthwise_axes_on_a_dense_kernel_are_refused() -> None:
    with pytest.raises(QuantizerError, match="2 axes"):
        Ternary(axis=DEPTHWISE).integers(np.ones((4, 3), np.float32))
