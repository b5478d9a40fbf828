"""Mixed precision: steps in 16 bits, weights, quantizers and logits in 32."""

from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow", "python:larq")

from small_net import small_data, write_model  # noqa: E402

from tinyq.convert import convert  # noqa: E402
from tinyq.core.errors import QuantizerError, TrainError  # noqa: E402
from tinyq.quantizers import QuantDense, load_model, quantized_kernels  # noqa: E402
from tinyq.quantizers.larq_api import latent_variable, tf  # noqa: E402
from tinyq.quantizers.make import make_activation, make_quantizer  # noqa: E402
from tinyq.training import train  # noqa: E402
from tinyq.training.precision import with_precision  # noqa: E402

pytestmark = pytest.mark.train
DATA = small_data()


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_codes_are_those_of_the_float32_weights_and_the_model_converts(
    precision: str, tmp_path: Path
) -> None:
    seen = {}

    class Look(tf.keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            kernels = list(quantized_kernels(self.model))
            seen["types"] = {kernel.latent.dtype.name for kernel in kernels}
            seen["logits"] = self.model(DATA.x_test[:2]).dtype
            seen["conv"] = self.model.get_layer("conv").compute_dtype
            seen["codes"] = [kernel.quantizer.integers(kernel.latent)[0] for kernel in kernels]
            seen["scaling"] = type(self.model.optimizer).__name__.startswith("LossScale")

    out = tmp_path / "net.keras"
    folder = write_model(tmp_path / "net")
    history = train(folder, DATA, out=out, precision=precision, callbacks=lambda stage, model: [Look()])
    assert history.test_accuracy >= 0.9
    assert seen["types"] == {"float32"}
    assert seen["logits"] == tf.float32
    assert seen["conv"] == precision.removeprefix("mixed_")
    assert seen["scaling"] == (precision == "mixed_float16")
    saved = load_model(out)
    assert {layer.compute_dtype for layer in saved.layers} == {"float32"}
    for kernel, codes in zip(quantized_kernels(saved), seen["codes"], strict=True):
        np.testing.assert_array_equal(kernel.quantizer.integers(kernel.latent)[0], codes)
    report = convert(out, tmp_path / "net.tflite", representative=DATA.x_train)
    assert [layer.stored for layer in report.layers] == ["a8wt"] * 3


def test_an_unknown_precision_is_refused_before_any_step(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="mixed_bfloat16"):
        train(write_model(tmp_path / "net"), DATA, out=tmp_path / "a.keras", precision="int4")


def test_models_within_models_follow_and_outputs_stay_in_float32() -> None:
    layers = tf.keras.layers
    inner = tf.keras.Sequential([tf.keras.Input((4,)), layers.Dense(3), layers.ReLU()], name="inner")
    net = tf.keras.Sequential([tf.keras.Input((4,)), inner, layers.Dense(2, name="last")])
    copy = with_precision(net, "mixed_bfloat16")
    assert [layer.compute_dtype for layer in copy.get_layer("inner").layers] == ["bfloat16"] * 2
    assert copy.get_layer("last").compute_dtype == "float32"
    for one, other in zip(net.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_cannot_be_copied_is_refused() -> None:
    class Own(tf.keras.Model):
        pass

    with pytest.raises(QuantizerError, match="a Own"):
        with_precision(Own(), "float32")
    net = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Lambda(lambda x: 2 * x)])
    with pytest.raises(QuantizerError, match="Lambda"):
        with_precision(net, "float32")


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", ["larq.SteSign", "larq.ApproxSign", "larq.SteTern", "larq.DoReFa"])
def test_larqs_own_quantizers_compute_in_float32_and_answer_in_16_bits(name: str, policy: str) -> None:
    layer = QuantDense(
        3,
        kernel_quantizer=make_quantizer(name),
        input_quantizer=make_activation(name),
        use_bias=False,
        dtype=policy,
    )
    x = np.random.default_rng(0).uniform(0, 1, (4, 64)).astype(np.float32)
    y = layer(x)
    assert y.dtype == policy.removeprefix("mixed_")
    latent = tf.convert_to_tensor(latent_variable(layer, "kernel"))
    codes = make_quantizer(name)(latent).numpy()  # a 16-bit mean would be another one
    wanted = make_activation(name)(tf.cast(tf.cast(x, y.dtype), tf.float32)).numpy() @ codes
    np.testing.assert_allclose(tf.cast(y, tf.float32), wanted, rtol=2e-2, atol=0.1)
