"""Weight histograms: numbers, files, resuming, every quantizer of the registry."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow", "python:matplotlib")

from tinyq.core.errors import TrainError  # noqa: E402
from tinyq.quantizers import DEPTHWISE, QuantConv2D, QuantDense, QuantDepthwiseConv2D, make_quantizer  # noqa: E402
from tinyq.quantizers.baselines import WEIGHTS  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.quantizers.make import CLASSES  # noqa: E402
from tinyq.training.callbacks import histograms  # noqa: E402
from tinyq.training.callbacks.histograms import WeightHistograms  # noqa: E402

pytestmark = pytest.mark.train
X = np.random.default_rng(0).normal(size=(16, 6, 6, 2)).astype(np.float32)
Y = (X.sum((1, 2, 3)) > 0).astype(np.float32)


@pytest.fixture(autouse=True)
def no_figures(request, monkeypatch) -> None:
    """A figure takes longer than all the rest: only tests that are about them draw."""
    if "png" not in request.node.name:
        monkeypatch.setattr(histograms, "draw", lambda *_: None)


def net(choice: object) -> tf.keras.Model:
    tf.keras.utils.set_random_seed(1)
    return tf.keras.Sequential(
        [
            tf.keras.Input((6, 6, 2)),
            QuantConv2D(8, 3, kernel_quantizer=make_quantizer(choice), name="conv"),
            QuantDepthwiseConv2D(3, depthwise_quantizer=make_quantizer(choice, DEPTHWISE), name="depthwise"),
            tf.keras.Sequential(
                [
                    tf.keras.layers.Flatten(),
                    QuantDense(1, kernel_quantizer=make_quantizer(choice), name="dense"),
                ],
                name="head",
            ),
        ]
    )


def fit(model: tf.keras.Model, folder, epochs: int = 2, start: int = 0, every: int = 1) -> None:
    if not model.optimizer:
        model.compile(tf.keras.optimizers.Adam(0.02), "mse", run_eagerly=True)  # quicker, for so few steps
    model.fit(
        X,
        Y,
        16,
        epochs,
        verbose=0,
        initial_epoch=start,
        shuffle=False,
        callbacks=[WeightHistograms(folder, every)],
    )


def read(path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return dict(file)


@pytest.mark.parametrize("name", [*CLASSES, *WEIGHTS])
def test_every_quantizer_is_recorded(name: str, tmp_path) -> None:
    conv = QuantConv2D(4, 3, kernel_quantizer=make_quantizer({"class": name}), name="conv")
    model = tf.keras.Sequential([tf.keras.Input((6, 6, 2)), conv])
    model.compile("sgd", "mse")
    rng = np.random.default_rng(3)
    before = rng.normal(scale=0.2, size=(3, 3, 2, 4)).astype(np.float32)
    conv.set_weights([before, *conv.get_weights()[1:]])
    callback = WeightHistograms(tmp_path)
    callback.set_model(model)
    callback.set_params({"epochs": 1})
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    conv.set_weights([before + rng.normal(scale=0.1, size=before.shape), *conv.get_weights()[1:]])
    callback.on_epoch_end(0)
    callback.on_train_end()
    record = read(tmp_path / "conv.kernel.npz")
    assert 0 < record["flips"] < 1
    assert 0 <= record["sparsity"] < 1
    assert np.isfinite(record["levels"]).any()


def test_numbers_are_those_of_the_kernel(tmp_path) -> None:
    model = net("ternary")
    quantizer = model.get_layer("conv").kernel_quantizer
    before, _ = quantizer.integers(model.get_layer("conv").get_weights()[0])
    fit(model, tmp_path, epochs=1)
    latent = model.get_layer("conv").get_weights()[0]
    codes, scale = quantizer.integers(latent)
    record = read(tmp_path / "conv.kernel.npz")
    assert record["flips"][0] == np.mean(codes != before) > 0
    assert record["sparsity"][0] == np.mean(codes == 0) > 0
    assert record["counts"][0].sum() == latent.size
    levels, thresholds = record["levels"][0], record["thresholds"][0]
    assert levels[:3, 0] == pytest.approx([-np.median(scale), 0, np.median(scale)])
    # The exact projection's threshold is half the scale; between neighbouring weights it is known roughly.
    assert thresholds[:2, 0] == pytest.approx([-np.median(scale) / 2, np.median(scale) / 2], rel=0.25)
    assert np.isnan(levels[3:]).all() and np.isnan(thresholds[2:]).all()


def test_a_fixed_threshold_is_found(tmp_path) -> None:
    model = net({"class": "larq.SteTern", "threshold_value": 0.07})
    fit(model, tmp_path, epochs=1)
    record = read(tmp_path / "conv.kernel.npz")
    assert record["thresholds"][0, :2, 0] == pytest.approx([-0.07, 0.07], abs=0.02)
    assert record["levels"][0, :3, 0].tolist() == [-1, 0, 1]


def test_resumed_training_goes_on_in_the_same_file(tmp_path) -> None:
    whole, parts = net("ternary"), net("ternary")
    fit(whole, tmp_path / "whole", epochs=4)
    fit(parts, tmp_path / "parts", epochs=2)
    kept = [w.copy() for w in parts.get_weights()], [v.numpy() for v in parts.optimizer.variables]
    fit(parts, tmp_path / "parts", epochs=4, start=2)  # to be killed and taken back
    parts.set_weights(kept[0])
    for variable, value in zip(parts.optimizer.variables, kept[1], strict=True):
        variable.assign(value)
    fit(parts, tmp_path / "parts", epochs=4, start=2)
    one, other = (read(tmp_path / folder / "conv.kernel.npz") for folder in ("whole", "parts"))
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


def test_kernels_of_all_kinds_are_recorded_with_a_png_each(tmp_path) -> None:
    fit(net("ternary"), tmp_path)
    for kernel in ("conv.kernel", "depthwise.depthwise_kernel", "head.dense.kernel"):
        record = read(tmp_path / f"{kernel}.npz")
        assert record["epoch"].tolist() == [0, 1]
        assert np.isfinite(record["flips"]).all()
        assert (tmp_path / f"{kernel}.png").read_bytes().startswith(b"\x89PNG")


def test_png_of_one_epoch_and_of_levels_far_out(tmp_path) -> None:
    fit(net("larq.SteSign"), tmp_path, epochs=1)
    assert (tmp_path / "conv.kernel.png").exists()


def test_every_few_epochs_and_the_last_are_recorded(tmp_path) -> None:
    fit(net("binary"), tmp_path, epochs=5, every=2)
    assert read(tmp_path / "conv.kernel.npz")["epoch"].tolist() == [1, 3, 4]


def test_summaries_are_written_for_tensorboard(tmp_path) -> None:
    fit(net("ternary"), tmp_path)
    (path,) = tmp_path.glob("events.out.tfevents.*")
    tags = {
        value.tag
        for record in tf.data.TFRecordDataset(str(path))
        for value in tf.compat.v1.Event.FromString(record.numpy()).summary.value
    }
    assert {f"conv.kernel/{what}" for what in ("latent", "codes", "sparsity", "bit_flips")} <= tags


def test_steps_are_neither_called_back_nor_traced_again(tmp_path) -> None:
    for hook in ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"):
        assert getattr(WeightHistograms, hook) is getattr(tf.keras.callbacks.Callback, hook)
    model = net("ternary")
    model.compile("sgd", "mse")
    model.fit(X, Y, 16, verbose=0)
    traced = model.train_function.experimental_get_tracing_count()
    fit(model, tmp_path)
    assert model.train_function.experimental_get_tracing_count() == traced


def test_scales_by_sign_and_branches_are_recorded_by_value(tmp_path) -> None:
    for choice, levels in (({"class": "TTQ"}, 3), ({"class": "TGA", "branches": 2}, 5)):
        fit(net(choice), tmp_path / choice["class"], epochs=1)
        record = read(tmp_path / choice["class"] / "conv.kernel.npz")
        assert np.isfinite(record["levels"][0, :, 0]).sum() == levels


def test_mirrored_replicas_are_recorded(tmp_path) -> None:
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = net("ternary")
        model.compile("sgd", "mse")
    fit(model, tmp_path, epochs=1)
    assert read(tmp_path / "conv.kernel.npz")["counts"].sum() == 8 * 18


def test_bad_input_is_refused(tmp_path) -> None:
    with pytest.raises(TrainError, match="at least 1"):
        WeightHistograms(tmp_path, every=0)
    with pytest.raises(TrainError, match="no kernel has a quantizer"):
        fit(net("float"), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainError, match="cannot be made"):
        fit(net("binary"), tmp_path / "file")
