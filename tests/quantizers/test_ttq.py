"""TTQ: values and gradients by hand, refused where there is no symmetric scale, training."""

from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import QuantizerError, TinyqError  # noqa: E402
from tinyq.quantizers import (  # noqa: E402
    DEPTHWISE,
    TTQ,
    QuantDense,
    check_quantizer,
    frozen_copy,
    learned_variables,
    load_model,
    make_quantizer,
)
from tinyq.quantizers.larq_api import tf  # noqa: E402

pytestmark = pytest.mark.train

W = np.float32([[1.0, 0.5], [-0.75, 0.125], [0.25, -0.25], [0.0, -1.0]])


def ready(t: float = 0.3, positive: float = 2.0, negative: float = 0.5) -> TTQ:
    quantizer = TTQ(t)
    quantizer(W)
    quantizer.positive.assign([[positive]])
    quantizer.negative.assign([[negative]])
    return quantizer


def test_both_signs_have_their_own_value_beyond_the_threshold() -> None:
    expected = [[2, 2], [-0.5, 0], [0, 0], [0, -0.5]]
    np.testing.assert_array_equal(ready()(W), expected)
    np.testing.assert_array_equal(tf.function(ready())(W), expected)


def test_gradients_are_those_of_the_paper() -> None:
    quantizer, x = ready(), tf.constant(W)
    upstream = np.float32([[1, 2], [3, 4], [5, 6], [7, 8]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(quantizer(x) * upstream)
    by_x, positive, negative = tape.gradient(loss, [x, quantizer.positive, quantizer.negative])
    np.testing.assert_array_equal(by_x, upstream * [[2, 2], [0.5, 1], [1, 1], [1, 0.5]])
    assert positive.numpy().item() == 1 + 2
    assert negative.numpy().item() == -(3 + 8)


def test_scales_start_at_the_mean_beyond_the_threshold_and_are_then_one_scale() -> None:
    quantizer = TTQ(0.3)
    codes, scale = quantizer.integers(W)  # as it would start
    assert codes.tolist() == [[1, 1], [-1, 0], [0, 0], [0, -1]]
    assert scale.item() == np.float32(3.25 / 4)
    np.testing.assert_array_equal(quantizer(W), codes * scale)


@pytest.mark.parametrize("axis", [(), (-1,), DEPTHWISE])
def test_contract_holds_before_the_scales_differ(axis: tuple[int, ...]) -> None:
    check_quantizer(TTQ(axis=axis))


def test_integers_are_refused_once_the_scales_differ() -> None:
    with pytest.raises(QuantizerError, match=r"W_p / W_n = 4.*(?s:.*)TGA"):
        ready().integers(W)
    assert ready(positive=0.5).integers(W)[1].item() == 0.5


def test_a_scale_never_gets_negative_and_can_come_back() -> None:
    quantizer = ready(positive=-1.0)
    assert (quantizer(W).numpy()[0] >= 0).all()
    for upstream, passes in ((1.0, False), (-1.0, True)):  # -1: descent would raise it
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(quantizer(W) * upstream)
        assert bool(tape.gradient(loss, quantizer.positive).numpy().item()) == passes


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_degenerate_kernels_are_finite(value: float) -> None:
    w = np.full((3, 2), value, np.float32)
    codes, scale = TTQ().integers(w)
    assert (codes == (value > 0)).all()
    assert scale.item() == (value or 1)


@pytest.mark.parametrize("t", [0.0, 1.0, -0.5, float("nan")])
def test_thresholds_out_of_range_are_refused(t: float) -> None:
    with pytest.raises(QuantizerError, match=r"above 0, below 1"):
        TTQ(t)


def test_training_lowers_the_loss_moves_both_scales_and_is_saved_but_not_exported(tmp_path: Path) -> None:
    tf.keras.utils.set_random_seed(0)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((8,)),
            QuantDense(16, kernel_quantizer=make_quantizer({"class": "TTQ", "axis": []}), activation="relu"),
            QuantDense(2, kernel_quantizer=TTQ()),
        ]
    )
    x = np.random.default_rng(1).normal(size=(128, 8)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    assert len(learned_variables(model)) == 4
    start = [v.numpy() for v in learned_variables(model)]
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(tf.keras.optimizers.Adam(0.02), loss)
    losses = model.fit(x, y, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0], losses
    for variable, before in zip(learned_variables(model), start, strict=True):
        assert variable.numpy() != before, variable.name
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(model(x), load_model(tmp_path / "m.keras")(x))
    with pytest.raises(TinyqError, match="baseline for training only"):
        frozen_copy(model)
