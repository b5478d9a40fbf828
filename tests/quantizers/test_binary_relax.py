"""BinaryRelax: exact projections against brute force and known tables, lambda's limits, gradient, phases."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.quantizers import (  # noqa: E402
    DEPTHWISE,
    PER_CHANNEL,
    PER_TENSOR,
    Binary,
    BinaryRelax,
    QuantDense,
    Ternary,
    check_quantizer,
    frozen_copy,
    load_model,
    make_quantizer,
)
from tinyq.quantizers.larq_api import tf  # noqa: E402

pytestmark = pytest.mark.train
W = np.random.default_rng(0).normal(size=(3, 3, 4, 5)).astype(np.float32)
KINDS = [(2, "exact"), (3, "exact"), (3, "twn")]


def ready(levels: int = 3, method: str = "exact", strength: float = 1.0, **arguments) -> BinaryRelax:
    quantizer = BinaryRelax(levels, method, **arguments)
    quantizer.build(W.shape)
    quantizer.built = True
    quantizer.strength.assign(strength)
    return quantizer


def projected(levels: int, method: str, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return ready(levels, method).integers(w)


CODES = {
    levels: np.array(list(itertools.product(values, repeat=6)))
    for levels, values in ((2, (-1, 1)), (3, (-1, 0, 1)))
}
WEIGHTS = st.floats(-4, 4, width=32).filter(lambda x: x == 0 or abs(x) > 1e-3) | st.sampled_from(
    [-1.0, 0.0, 1.0]
)


@pytest.mark.parametrize("levels", [2, 3])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(values=st.lists(WEIGHTS, min_size=6, max_size=6))
def test_projection_is_the_nearest_point_of_all(levels: int, values: list[float]) -> None:
    w = np.array(values, np.float32)
    codes, scale = (
        part.numpy().astype(float) for part in BinaryRelax(levels).project(tf.constant(w[:, None]))
    )
    found = float(((w[:, None] - codes * scale) ** 2).sum())
    best = np.maximum(0, CODES[levels] @ w) / np.maximum(1, np.abs(CODES[levels]).sum(1))
    least = ((w - best[:, None] * CODES[levels]) ** 2).sum(1).min()
    assert found == pytest.approx(least, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("levels", "method", "scale", "density", "error"),
    [(2, "exact", 0.798, 1.0, 0.363), (3, "exact", 1.2225, 0.54, 0.190), (3, "twn", 1.181, 0.576, 0.191)],
)
def test_projections_of_gaussian_weights_are_the_known_ones(
    levels: int, method: str, scale: float, density: float, error: float
) -> None:
    w = np.random.default_rng(2).normal(size=(400_000, 1)).astype(np.float32)
    codes, found = projected(levels, method, w)
    assert found.item() == pytest.approx(scale, abs=4e-3)
    assert float(np.abs(codes).mean()) == pytest.approx(density, abs=3e-3)
    assert float(((w - codes * found) ** 2).mean()) == pytest.approx(error, abs=2e-3)


def test_projection_of_uniform_weights_and_of_the_example() -> None:
    w = np.random.default_rng(2).uniform(-1, 1, (400_000, 1)).astype(np.float32)
    codes, scale = projected(3, "exact", w)
    assert scale.item() == pytest.approx(2 / 3, abs=3e-3)
    assert float(np.abs(codes).mean()) == pytest.approx(2 / 3, abs=5e-3)
    assert float(((w - codes * scale) ** 2).mean()) == pytest.approx(0.0370, abs=5e-4)
    example = np.float32([[0.9], [-0.8], [0.3], [0.05], [-0.6], [0.1]])
    codes, scale = projected(3, "exact", example)
    assert codes[:, 0].tolist() == [1, -1, 0, 0, -1, 0]
    assert scale.item() == pytest.approx(0.76667, abs=1e-5)
    assert float(((example - codes * scale) ** 2).sum()) == pytest.approx(0.149167, abs=1e-6)


def test_twn_scale_is_the_mean_of_the_kept_weights_not_of_all() -> None:
    """The authors' code divides by all of them: too small by the density."""
    codes, scale = projected(3, "twn", W)
    kept = np.abs(W) * (codes != 0)
    right = kept.sum((0, 1, 2)) / (codes != 0).sum((0, 1, 2))
    np.testing.assert_allclose(scale.ravel(), right, rtol=1e-6)
    assert (right > 1.5 * kept.mean((0, 1, 2))).all()


@pytest.mark.parametrize(("levels", "method"), KINDS)
def test_lambda_leads_from_float_weights_to_the_projection(levels: int, method: str) -> None:
    codes, scale = projected(levels, method, W)
    projection = codes * scale
    np.testing.assert_array_equal(ready(levels, method, 0.0)(W), W)
    for strength in (0.5, 1.0, 359.0):
        expected = (strength * projection.astype(float) + W) / (strength + 1)
        np.testing.assert_allclose(ready(levels, method, strength)(W), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(ready(levels, method, np.inf)(W), projection)
    for strength in (1e30, 3e38):
        np.testing.assert_allclose(ready(levels, method, strength)(W), projection, rtol=1e-6, atol=1e-6)
    exact = ready(levels, method, 0.0)
    exact.finish()
    np.testing.assert_array_equal(exact(W), projection)


@pytest.mark.parametrize(("levels", "method"), KINDS)
@pytest.mark.parametrize("strength", [0.0, 1.0, 359.0, np.inf])
@pytest.mark.parametrize("phase", [1.0, 2.0])
def test_gradient_is_the_identity_whatever_lambda(
    levels: int, method: str, strength: float, phase: float
) -> None:
    quantizer = ready(levels, method, strength)
    quantizer.phase.assign(phase)
    x, upstream = tf.constant(W), np.random.default_rng(1).normal(size=W.shape).astype(np.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(quantizer(x) * upstream)
    np.testing.assert_array_equal(tape.gradient(loss, x), upstream)


@pytest.mark.parametrize("axis", [PER_TENSOR, PER_CHANNEL, DEPTHWISE])
def test_codes_are_those_of_the_plain_quantizers_in_both_phases(axis: tuple[int, ...]) -> None:
    for levels, method in KINDS:
        plain = Binary(axis=axis) if levels == 2 else Ternary(method, axis)
        quantizer = ready(levels, method, axis=axis)
        for _ in range(2):
            for one, other in zip(quantizer.integers(W), plain.integers(W), strict=True):
                np.testing.assert_array_equal(one, other)
            quantizer.finish()
        np.testing.assert_array_equal(quantizer(W), plain(W))


@pytest.mark.parametrize(
    ("levels", "method", "axis"),
    [(2, "exact", PER_TENSOR), (3, "exact", DEPTHWISE), (3, "twn", PER_CHANNEL)],
)
def test_contract(levels: int, method: str, axis: tuple[int, ...]) -> None:
    check_quantizer(BinaryRelax(levels, method, axis))


def net() -> tf.keras.Model:
    tf.keras.utils.set_random_seed(2)
    quantizer = make_quantizer({"class": "BinaryRelax", "levels": 3})
    return tf.keras.Sequential(
        [tf.keras.Input((6,)), QuantDense(4, kernel_quantizer=quantizer, name="dense")]
    )


def test_a_file_holds_lambda_and_phase_and_export_waits_for_phase_two(tmp_path: Path) -> None:
    model, x = net(), np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    quantizer = model.get_layer("dense").kernel_quantizer
    quantizer.strength.assign(17.0)
    for phase in (1, 2):
        model.save(tmp_path / "model.keras")
        loaded = load_model(tmp_path / "model.keras")
        again = loaded.get_layer("dense").kernel_quantizer
        assert (float(again.strength), float(again.phase)) == (17.0, phase)
        np.testing.assert_array_equal(loaded(x), model(x))
        if phase == 1:
            with pytest.raises(QuantizerError, match=r"dense.kernel: phase one of BinaryRelax, lambda 17"):
                frozen_copy(loaded)
            quantizer.finish()
    np.testing.assert_array_equal(frozen_copy(loaded)(x), model(x))


def test_a_filter_of_zeros_stays_zeros_in_both_phases() -> None:
    zeros = np.zeros(W.shape, np.float32)
    for levels, method in KINDS:
        quantizer = ready(levels, method, np.inf)
        assert not quantizer(zeros).numpy().any()
        quantizer.finish()
        assert not quantizer(zeros).numpy().any()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({"levels": 4}, "levels=.*4"), ({"method": "mean"}, "method=.*mean")],
)
def test_levels_and_methods_that_do_not_exist_are_refused(arguments: dict, said: str) -> None:
    with pytest.raises(QuantizerError, match=said):
        BinaryRelax(**arguments)
