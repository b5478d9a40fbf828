"""TGA: published values, gradients against differences, degenerate kernels, branches."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")
from scipy.stats import norm, truncnorm  # noqa: E402

from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.quantizers import DEPTHWISE, TGA, check_quantizer, make_quantizer  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.quantizers.tga import LOWEST, TINY_KERNEL, truncated_gaussian_scale  # noqa: E402

pytestmark = pytest.mark.train


def scale_and_slope(mean: float, deviation: float, threshold: float, largest: float) -> tuple[float, float]:
    numbers = (tf.constant(v, tf.float64) for v in (mean, deviation, threshold, largest))
    scale, slope = truncated_gaussian_scale(*numbers)
    return float(scale), float(slope)


def ready(w: np.ndarray, **arguments: object) -> TGA:
    quantizer = TGA(**arguments)
    quantizer(tf.constant(w))
    return quantizer


def set_thresholds(quantizer: TGA, *values: float) -> None:
    shape = quantizer.threshold.shape
    quantizer.threshold.assign(np.reshape(np.float32(values), shape) / quantizer.rate)


KERNEL = np.random.default_rng(0).normal(0, 0.1, (3, 3, 8, 16)).astype(np.float32)


@pytest.mark.parametrize(
    ("threshold", "scale"), [(0.2, 0.9292), (0.5, 1.1408), (0.612, 1.2237), (1, 1.5246), (2, 2.3706)]
)
def test_scale_has_the_published_values(threshold: float, scale: float) -> None:
    assert scale_and_slope(0, 1, threshold, 4)[0] == pytest.approx(scale, abs=5e-5)


@pytest.mark.parametrize(("threshold", "slope"), [(0.2, 0.6778), (0.612, 0.7488), (1, 0.8002), (2, 0.8808)])
def test_slope_has_the_published_values(threshold: float, slope: float) -> None:
    assert scale_and_slope(0, 1, threshold, 4)[1] == pytest.approx(slope, abs=5e-5)


@pytest.mark.parametrize("mean", [-0.3, 0.0, 0.2])
@pytest.mark.parametrize("deviation", [1e-3, 1.0, 50.0])
def test_scale_is_the_truncated_mean_and_the_slope_its_difference_quotient(
    mean: float, deviation: float
) -> None:
    for d in (0.01, 0.4, 1.3, 2.9):
        mu, threshold, largest = mean * deviation, d * deviation, 4 * deviation
        scale, slope = scale_and_slope(mu, deviation, threshold, largest)
        ends = ((abs(mu + threshold) - mu) / deviation, (largest - mu) / deviation)
        assert scale == pytest.approx(truncnorm.mean(*ends, loc=mu, scale=deviation), rel=1e-9)
        step = 1e-6 * deviation
        up, down = (scale_and_slope(mu, deviation, threshold + s, largest)[0] for s in (step, -step))
        assert slope == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_scale_stays_finite_and_between_its_ends_where_the_formula_is_0_over_0() -> None:
    for threshold, largest in [(1.0, 1.0), (1.0, 1.00001), (2.0, 1.0), (50.0, 60.0), (900.0, 1000.0)]:
        scale, slope = scale_and_slope(0, 1, threshold, largest)
        assert min(threshold, largest) <= scale <= max(threshold, largest), (threshold, largest)
        assert np.isfinite(slope)
    inside, middle = scale_and_slope(0, 1, 1, 1.0002), scale_and_slope(0, 1, 1, 1.00009)
    assert inside[0] == pytest.approx(1.0001, abs=1e-7)
    assert middle[0] == pytest.approx(1.000045, abs=1e-7)
    assert inside[1] == pytest.approx(middle[1], abs=1e-4)


def test_scale_agrees_with_a_sample_of_gaussian_weights() -> None:
    w = np.random.default_rng(1).normal(0, 0.1, (200_000, 1)).astype(np.float32)
    quantizer = ready(w, initial=0.1)
    (codes, scale), (_, empirical) = (ready(w, initial=0.1, empirical=e).integers(w) for e in (False, True))
    assert scale.item() == pytest.approx(empirical.item(), rel=3e-3)
    threshold = quantizer.thresholds_of(w).item()
    assert threshold == pytest.approx(0.1 * np.abs(w).max())
    assert np.abs(codes).mean() == pytest.approx(2 * norm.sf(threshold / 0.1), abs=2e-3)


def test_codes_are_those_beyond_the_threshold_on_both_sides_of_the_mean() -> None:
    w = KERNEL + 0.02
    quantizer = ready(w)
    set_thresholds(quantizer, 0.05)
    codes, _ = quantizer.integers(w)
    np.testing.assert_array_equal(codes, (w > w.mean() + 0.05) * 1 - (w < w.mean() - 0.05) * 1)


@pytest.mark.parametrize("arguments", [{}, {"empirical": True}, {"branches": 2}, {"axis": -1}])
def test_gradient_of_the_threshold_is_the_scales_and_of_the_weights_the_identity(arguments: dict) -> None:
    quantizer = ready(KERNEL, **arguments)
    upstream = np.random.default_rng(2).normal(size=KERNEL.shape).astype(np.float32)
    x = tf.constant(KERNEL)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(quantizer(x) * upstream)
    by_x, by_threshold = tape.gradient(loss, [x, quantizer.threshold])
    np.testing.assert_array_equal(by_x, upstream)
    thresholds = quantizer.thresholds_of(KERNEL)
    axes = (0, 1, 2) if quantizer.axis else (0, 1, 2, 3)
    for branch, (codes, _) in enumerate(quantizer.branches_of(KERNEL)):
        mean, deviation = (f(KERNEL.astype(float), axes, keepdims=True) for f in (np.mean, np.std))
        largest = np.abs(KERNEL.astype(float)).max(axes, keepdims=True)
        slope = truncated_gaussian_scale(mean, deviation, thresholds[branch], largest)[1].numpy()
        expected = (upstream * codes).sum(axes, keepdims=True) * slope
        np.testing.assert_allclose(by_threshold[branch], expected, rtol=1e-4)


def test_gradient_of_the_threshold_is_the_difference_quotient_while_no_code_changes() -> None:
    w = np.concatenate([np.linspace(-1, -0.5, 200), np.linspace(-0.2, 0.2, 99), np.linspace(0.5, 1, 201)])
    w = w.astype(np.float32)[:, None]  # nothing between 0.2 and 0.5, where the threshold moves
    quantizer, upstream = ready(w), np.linspace(-1, 3, 500, dtype=np.float64)[:, None]

    def loss(threshold: float) -> float:
        set_thresholds(quantizer, threshold)
        return float((quantizer(tf.constant(w)).numpy() * upstream).sum())

    quotient = (loss(0.36) - loss(0.34)) / 0.02
    set_thresholds(quantizer, 0.35)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.cast(quantizer(tf.constant(w)), tf.float64) * upstream)
    assert float(tape.gradient(value, quantizer.threshold)) == pytest.approx(quotient, rel=1e-3)


@pytest.mark.parametrize(("empirical", "axis"), [("auto", ()), (False, (-1,)), (True, DEPTHWISE)])
def test_contract_holds(empirical: object, axis: tuple[int, ...]) -> None:
    check_quantizer(TGA(empirical=empirical, axis=axis))


def test_auto_takes_the_empirical_scale_below_256_weights_a_threshold() -> None:
    few, enough = (np.random.default_rng(3).normal(size=(n, 1)).astype(np.float32) for n in (255, 256))
    assert TINY_KERNEL == 256
    for w, same in ((few, True), (enough, False)):
        codes, scale = TGA().integers(w)
        mean = np.abs(w.astype(float))[codes != 0].mean()
        assert (scale.item() == np.float32(mean)) == same
        assert scale.item() == TGA(empirical=same).integers(w)[1].item()
    per_channel = np.repeat(enough, 4, axis=1)[:200]  # 800 weights, 200 a threshold
    np.testing.assert_array_equal(
        TGA(axis=-1).integers(per_channel)[1], TGA(axis=-1, empirical=True).integers(per_channel)[1]
    )


def test_threshold_is_limited_to_its_range_and_can_come_back_from_outside() -> None:
    w = np.concatenate([KERNEL, -KERNEL])  # mean 0
    quantizer, deviation = ready(w), w.astype(float).std()
    assert np.abs(w).max() > 3 * deviation
    for value, used in ((9.0, 3 * deviation), (-1.0, LOWEST * deviation)):
        set_thresholds(quantizer, value)
        assert quantizer.thresholds_of(w).item() == pytest.approx(used, rel=1e-5)
        codes, _ = quantizer.integers(w)
        assert codes.any()
        gradients = []
        for sign in (1, -1):  # the scale grows with the threshold: `sign` asks for less or more of it
            with tf.GradientTape() as tape:
                loss = sign * tf.reduce_sum(quantizer(tf.constant(w)) * codes)
            gradients.append(float(tape.gradient(loss, quantizer.threshold)))
        outwards, back = gradients if value < 0 else gradients[::-1]
        assert outwards == 0, value
        assert back * value > 0, value  # descent moves it towards the range


def test_threshold_never_empties_a_small_kernel() -> None:
    w = np.float32([[0.1], [-0.2], [0.3], [-0.25]])  # nothing is 3 deviations from the mean
    quantizer = ready(w)
    set_thresholds(quantizer, 100)
    codes, _ = quantizer.integers(w)
    assert np.count_nonzero(codes) == 1


@pytest.mark.parametrize("value", [0.0, 0.5, -1e-3, 1 / 3])
@pytest.mark.parametrize("arguments", [{}, {"branches": 2}, {"axis": -1}])
def test_a_kernel_without_spread_has_codes_0_scale_1_and_finite_gradients(
    value: float, arguments: dict
) -> None:
    w = np.full((5, 7, 3), value, np.float32)
    quantizer = ready(w, **arguments)
    for codes, scale in quantizer.branches_of(w):
        assert not codes.any()
        assert (scale == 1).all()
    x = tf.constant(w)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(quantizer(x) * 3.0)
    by_x, by_threshold = tape.gradient(loss, [x, quantizer.threshold])
    assert (by_x.numpy() == 3).all()
    assert not by_threshold.numpy().any()


def test_a_kernel_far_from_zero_stays_finite() -> None:
    for centre in (-7.0, 1000.0):
        w = (centre + KERNEL).astype(np.float32)
        quantizer = ready(w)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(quantizer(tf.constant(w)))
        assert np.isfinite(float(loss))
        assert np.isfinite(tape.gradient(loss, quantizer.threshold)).all()


def test_adapting_starts_again_from_the_kernel() -> None:
    quantizer = ready(KERNEL, initial=0.1)
    quantizer.adapt(tf.constant(3 * KERNEL))
    assert quantizer.thresholds_of(3 * KERNEL).item() == pytest.approx(0.3 * np.abs(KERNEL).max())


@pytest.mark.parametrize("optimizer", [tf.keras.optimizers.SGD(0.01), tf.keras.optimizers.Adam(0.01)])
def test_threshold_moves_a_tenth_of_what_a_variable_of_its_own_would(optimizer) -> None:
    steps = []
    for rate in (1.0, 0.1):
        twin = type(optimizer).from_config(optimizer.get_config())
        quantizer = ready(KERNEL, rate=rate, initial=0.3)
        before = quantizer.thresholds_of(KERNEL).item()
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(quantizer(tf.constant(KERNEL)) ** 2) / 100
        twin.apply_gradients([(tape.gradient(loss, quantizer.threshold), quantizer.threshold)])
        steps.append(quantizer.thresholds_of(KERNEL).item() - before)
    assert steps[0] < 0
    assert steps[1] == pytest.approx(steps[0] / 10, rel=1e-3)


@pytest.mark.parametrize(
    "arguments",
    [
        {"branches": 0},
        {"branches": 5},
        {"branches": True},
        {"empirical": "maybe"},
        {"initial": 0.0},
        {"initial": float("nan")},
        {"initial": 0.3, "branches": 4},
        {"rate": 0.0},
        {"rate": 2.0},
    ],
)
def test_arguments_out_of_range_are_refused(arguments: dict) -> None:
    with pytest.raises(QuantizerError, match=r"TGA\(" + next(iter(arguments))):
        TGA(**arguments)


def test_a_call_in_a_graph_before_the_kernel_is_known_is_refused() -> None:
    with pytest.raises(Exception, match="before it has met its kernel"):  # TensorFlow wraps it
        tf.function(TGA())(tf.constant(KERNEL))


def test_recipes_make_it() -> None:
    quantizer = make_quantizer({"class": "TGA", "branches": 2, "axis": []})
    assert (quantizer.branches, quantizer.axis) == (2, ())


@pytest.mark.parametrize("branches", [2, 4])
def test_branches_add_up_to_the_call_and_start_at_multiples_of_the_first_threshold(branches: int) -> None:
    quantizer = ready(KERNEL, branches=branches, empirical=True)
    parts = quantizer.branches_of(KERNEL)
    total = sum(codes * scale for codes, scale in parts)
    np.testing.assert_array_equal(total, quantizer(tf.constant(KERNEL)).numpy())
    np.testing.assert_array_equal(total, tf.function(quantizer)(tf.constant(KERNEL)).numpy())
    for k, (codes, scale) in enumerate(parts, 1):
        kept = np.abs(KERNEL - KERNEL.mean(dtype=float)) > 0.05 * k * np.abs(KERNEL).max()
        np.testing.assert_array_equal(codes != 0, kept)
        assert scale.item() == pytest.approx(np.abs(KERNEL)[kept].mean(), rel=1e-6)


def test_integers_of_several_branches_are_refused_with_the_way_to_export() -> None:
    with pytest.raises(QuantizerError, match="split_branches") as caught:
        TGA(branches=2).integers(KERNEL)
    assert "branches=2" in str(caught.value)
