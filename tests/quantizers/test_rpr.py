"""RPR: scales against brute force and known tables, exact masks, gradients, levels, state in files."""

from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.quantizers import (  # noqa: E402
    DEPTHWISE,
    PER_CHANNEL,
    PER_TENSOR,
    RPR,
    QuantDense,
    adapt,
    check_quantizer,
    frozen_copy,
    load_model,
    make_quantizer,
)
from tinyq.quantizers.larq_api import latent_variable, tf  # noqa: E402
from tinyq.quantizers.rpr import best_scale  # noqa: E402

pytestmark = pytest.mark.train
EXAMPLE = np.float32([[0.9], [-0.8], [0.3], [0.05], [-0.6], [0.1]])


def ready(w: np.ndarray, levels: int = 3, **arguments) -> RPR:
    quantizer = RPR(levels=levels, norm="max" if levels > 3 else arguments.pop("norm", "l2"), **arguments)
    quantizer(w)  # the first kernel that it gets, it adapts to
    return quantizer


def scale_of(w: np.ndarray, levels: int, norm: str, axis: tuple[int, ...] = PER_CHANNEL) -> np.ndarray:
    return best_scale(tf.constant(w), levels, norm, axis).numpy()


@pytest.mark.parametrize(
    ("levels", "norm", "expected"),
    [(2, "l2", 0.798), (2, "l1", 0.674), (3, "l2", 1.2225), (3, "l1", 1.029)],
)
def test_scales_of_gaussian_weights_are_the_known_ones(levels: int, norm: str, expected: float) -> None:
    w = np.random.default_rng(0).normal(size=(400_000, 1)).astype(np.float32)
    assert scale_of(w, levels, norm).item() == pytest.approx(expected, abs=0.01)
    assert scale_of(3 * w, levels, norm).item() == pytest.approx(3 * expected, abs=0.03)


def test_ternary_scale_of_uniform_weights_and_of_the_example() -> None:
    w = np.random.default_rng(0).uniform(-1, 1, (400_000, 1)).astype(np.float32)
    assert scale_of(w, 3, "l2").item() == pytest.approx(2 / 3, abs=3e-3)
    quantizer = ready(EXAMPLE)
    codes, scale = quantizer.integers(EXAMPLE)
    assert codes[:, 0].tolist() == [1, -1, 0, 0, -1, 0]
    assert scale.item() == pytest.approx(0.76667, abs=1e-5)
    assert float(((EXAMPLE - codes * scale) ** 2).sum()) == pytest.approx(0.149167, abs=1e-6)


@pytest.mark.parametrize("levels", [2, 3])
@pytest.mark.parametrize("norm", ["l2", "l1"])
@pytest.mark.parametrize("seed", range(5))
def test_no_other_scale_gives_a_smaller_error(levels: int, norm: str, seed: int) -> None:
    w = np.random.default_rng(seed).normal(size=(6, 3)).astype(np.float32)
    power = 2 if norm == "l2" else 1

    def error(scale: np.ndarray) -> np.ndarray:
        near = scale if levels == 2 else np.where(np.abs(w) > scale / 2, scale, 0)
        return (np.abs(np.abs(w) - near) ** power).sum(0)

    grid = np.linspace(1e-6, np.abs(w).max(0), 4000)
    least = np.min([error(scale) for scale in grid], axis=0)
    found = error(scale_of(w, levels, norm)[0])
    assert (found <= least + 1e-6).all(), (found, least)
    np.testing.assert_allclose(found, least, atol=5e-3)


def test_a_filter_that_is_mostly_zeros_keeps_a_scale() -> None:
    w = np.float32([[0], [0], [0], [0], [1], [-2]])
    for levels, norm in ((2, "l1"), (3, "l1"), (2, "l2"), (3, "l2")):
        assert scale_of(w, levels, norm).item() > 0


def test_scales_follow_the_axes_and_a_filter_of_zeros_has_none() -> None:
    w = np.random.default_rng(1).normal(size=(3, 3, 4, 2)).astype(np.float32)
    w[..., 2, 1] = 0
    for norm in ("l2", "l1", "max"):
        apart = scale_of(w, 3, norm, DEPTHWISE)
        assert apart.shape == (1, 1, 4, 2)
        assert apart[0, 0, 2, 1] == 0
        assert apart[0, 0, 1, 0] == scale_of(w[:, :, 1:2, :1], 3, norm)
        assert scale_of(w, 3, norm, PER_TENSOR).shape == (1, 1, 1, 1)
    assert scale_of(w, 255, "max", PER_TENSOR).item() == np.float32(np.abs(w).max() / np.float32(127))


@pytest.mark.parametrize(
    ("size", "freezing", "relaxed"),
    [
        *((1000, 0.9, 100), (1000, 0.95, 50), (1000, 0.975, 25), (1000, 0.9875, 12), (1000, 1.0, 0)),
        *((864, 0.9, 86), (10, 0.9, 1), (8, 0.9, 1), (8, 0.0, 8), (1, 0.5, 1), (1, 1.0, 0)),
        (512, 0.99609, 2),
    ],
)
def test_masks_have_an_exact_count(size: int, freezing: float, relaxed: int) -> None:
    quantizer = ready(np.ones((size, 1), np.float32))
    traced = tf.function(quantizer.partition)
    for seed in range(3):
        quantizer.partition(freezing, (7, seed))
        mask = quantizer.mask.numpy()
        assert int((mask == 0).sum()) == relaxed
        assert int((mask == 1).sum()) == size - relaxed
        traced(tf.constant(freezing, tf.float64), tf.constant([7, seed]))
        assert (quantizer.mask.numpy() == mask).all()
    assert bool(quantizer.unfinished()) == (freezing < 1)


def test_a_fraction_that_float32_rounds_to_1_is_not_the_end() -> None:
    quantizer = ready(np.ones((8, 1), np.float32))
    quantizer.partition(1 - 1e-9, (0, 0))
    assert int((quantizer.mask.numpy() == 0).sum()) == 1
    assert quantizer.unfinished()
    quantizer.partition(tf.constant(0.5), (0, 0))
    assert int((quantizer.mask.numpy() == 0).sum()) == 4


def test_masks_are_fair_repeatable_and_drawn_anew() -> None:
    quantizer = ready(np.ones((5, 8), np.float32))
    drawn = []
    for seed in range(200):
        quantizer.partition(0.75, (1, seed))
        drawn.append(quantizer.mask.numpy())
    share = np.mean(drawn, 0)
    assert np.abs(share - 0.75).max() < 0.14  # 4.6 standard deviations
    quantizer.partition(0.75, (1, 3))
    assert (quantizer.mask.numpy() == drawn[3]).all()
    assert len({mask.tobytes() for mask in drawn}) == 200
    # A number written down: other machines and later releases draw the same.
    quantizer.partition(0.75, (2**40, 2**33))
    assert np.flatnonzero(quantizer.mask.numpy() == 0).tolist() == PINNED


PINNED = [3, 4, 8, 10, 17, 18, 20, 21, 22, 26]


@pytest.mark.parametrize("levels", [2, 3, 255])
def test_frozen_weights_are_levels_without_gradient_and_relaxed_ones_themselves(levels: int) -> None:
    w = np.random.default_rng(3).normal(size=(3, 3, 4, 5)).astype(np.float32)
    quantizer = ready(w, levels)
    codes, scale = quantizer.integers(w)
    np.testing.assert_array_equal(quantizer(w), w)  # nothing is frozen yet
    quantizer.partition(0.8, (0, 0))
    frozen = quantizer.mask.numpy() == 1
    x, upstream = tf.constant(w), np.random.default_rng(4).normal(size=w.shape).astype(np.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = quantizer(x)
        loss = tf.reduce_sum(result * upstream)
    np.testing.assert_array_equal(result, np.where(frozen, codes * scale, w))
    np.testing.assert_array_equal(tape.gradient(loss, x), np.where(frozen, 0, upstream))
    quantizer.finish()
    np.testing.assert_array_equal(quantizer(w), codes * scale)


def test_halfway_goes_to_the_level_nearer_to_zero_and_a_binary_zero_up() -> None:
    w = np.float32([[0.5], [-0.5], [0.50001], [-0.50001], [1.5], [7.0], [0.0]])
    quantizer = ready(w, 3)
    quantizer.scale.assign([[1.0]])
    assert quantizer.integers(w)[0][:, 0].tolist() == [0, 0, 1, -1, 1, 1, 0]
    fine = ready(w, 255)
    fine.scale.assign([[1.0]])
    assert fine.integers(w)[0][:, 0].tolist() == [0, 0, 1, -1, 1, 7, 0]
    assert fine.integers(np.float32([[300.0], [-127.5]]))[0][:, 0].tolist() == [127, -127]
    binary = ready(w, 2)
    assert binary.integers(w)[0][:, 0].tolist() == [1, -1, 1, -1, 1, 1, 1]


def test_255_levels_reach_from_the_smallest_to_the_largest_weight() -> None:
    w = np.random.default_rng(5).normal(size=(64, 3)).astype(np.float32)
    codes, scale = ready(w, 255).integers(w)
    assert (np.abs(codes).max(0) == 127).all()
    np.testing.assert_array_less(np.abs(w - codes * scale), scale / 2 * 1.0001 + np.zeros_like(w))


@pytest.mark.parametrize(
    ("levels", "norm", "axis"),
    [
        *((2, "l2", PER_CHANNEL), (2, "l1", PER_TENSOR), (3, "l2", DEPTHWISE), (3, "l1", PER_CHANNEL)),
        (255, "max", PER_TENSOR),
    ],
)
def test_contract(levels: int, norm: str, axis: tuple[int, ...]) -> None:
    check_quantizer(RPR(levels, norm, axis=axis))


def test_levels_are_never_fitted_again_but_by_adapt() -> None:
    quantizer = ready(EXAMPLE)
    before = quantizer.scale.numpy().item()
    quantizer.partition(0.5, (0, 1))
    quantizer(3 * EXAMPLE)
    assert quantizer.scale.numpy().item() == before
    quantizer.adapt(3 * EXAMPLE)
    assert quantizer.scale.numpy().item() == pytest.approx(3 * before)
    assert not quantizer.mask.numpy().any()
    assert quantizer.unfinished() == "freezing fraction 0, not 1"


def test_before_it_has_a_kernel_integers_are_as_it_would_start() -> None:
    codes, scale = RPR(3).integers(EXAMPLE)
    np.testing.assert_array_equal(codes, ready(EXAMPLE).integers(EXAMPLE)[0])
    assert scale.item() == pytest.approx(0.76667, abs=1e-5)


def net(policy: str = "float32") -> tf.keras.Model:
    tf.keras.utils.set_random_seed(2)
    quantizer = make_quantizer({"class": "RPR", "levels": 3})
    return tf.keras.Sequential(
        [tf.keras.Input((6,)), QuantDense(4, kernel_quantizer=quantizer, name="dense", dtype=policy)]
    )


@pytest.mark.parametrize("freezing", [0.5, 1.0])
def test_a_file_holds_masks_and_scales(freezing: float, tmp_path: Path) -> None:
    model, x = net(), np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    quantizer = model.get_layer("dense").kernel_quantizer
    quantizer.partition(freezing, (0, 1))
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    again = loaded.get_layer("dense").kernel_quantizer
    for name in ("mask", "freezing", "scale"):
        np.testing.assert_array_equal(getattr(again, name), getattr(quantizer, name))
    np.testing.assert_array_equal(loaded(x), model(x))
    assert again.unfinished() == quantizer.unfinished()


def test_export_is_refused_until_all_is_frozen() -> None:
    model, x = net(), np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    quantizer = model.get_layer("dense").kernel_quantizer
    quantizer.partition(0.9, (0, 1))
    with pytest.raises(QuantizerError, match=r"dense.kernel: freezing fraction 0.9, not 1") as caught:
        frozen_copy(model)
    assert "--resume" in caught.value.remedy
    quantizer.finish()
    frozen = frozen_copy(model)
    np.testing.assert_array_equal(frozen(x), model(x))
    assert len(np.unique(frozen.get_layer("dense").kernel.numpy()[:, 0])) <= 3
    adapt(model)
    assert quantizer.unfinished()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_does_not_move_the_levels(policy: str) -> None:
    results = []
    for model in (net(policy), net()):
        adapt(model)
        layer = model.get_layer("dense")
        layer.kernel_quantizer.partition(0.5, (0, 1))
        results.append(layer.kernel_quantizer(latent_variable(layer, "kernel")))
    assert results[0].dtype == tf.float32
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"levels": 4}, "levels=.*4"),
        ({"levels": 1}, "levels=.*1"),
        ({"levels": 257}, "levels=.*257"),
        ({"levels": 3, "norm": "l3"}, "norm=.*l3"),
        ({"levels": 255}, r"(?s)'l2'.*max"),
        ({"levels": 7, "norm": "l1"}, r"(?s)'l1'.*max"),
    ],
)
def test_levels_and_norms_that_do_not_exist_are_refused(arguments: dict, said: str) -> None:
    with pytest.raises(QuantizerError, match=said):
        RPR(**arguments)


@pytest.mark.parametrize("freezing", [-0.1, 1.01, float("nan")])
def test_fractions_out_of_range_are_refused(freezing: float) -> None:
    with pytest.raises(QuantizerError, match="0 to 1"):
        ready(EXAMPLE).partition(freezing, (0, 0))
