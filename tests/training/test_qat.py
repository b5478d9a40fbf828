"""int8 quantization-aware training: starts from the float net, and gives an int8 .tflite of its own."""

from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow", "python:tensorflow_model_optimization")

from small_net import same, small_data, write_model  # noqa: E402

from tinyq.core.errors import TrainError  # noqa: E402
from tinyq.quantizers import load_model  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training import predict, train  # noqa: E402
from tinyq.training.qat import int8_tflite, plain_copy, quantization_aware  # noqa: E402

pytestmark = pytest.mark.train
DATA = small_data()


def test_it_is_trained_saved_resumed_and_converted(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "net")
    history = train(folder, DATA, method="int8-qat", out=tmp_path / "q.keras")
    assert history.test_accuracy >= 0.9
    content = (tmp_path / "q.int8.tflite").read_bytes()
    runs = tf.lite.Interpreter(model_content=content)
    runs.allocate_tensors()
    entry, exit_ = runs.get_input_details()[0], runs.get_output_details()[0]
    assert (entry["dtype"], exit_["dtype"], list(entry["shape"])) == (np.int8, np.int8, [1, 6, 6, 1])
    scale, zero = entry["quantization"]
    right = 0
    for x, y in zip(DATA.x_test, DATA.y_test, strict=True):
        runs.set_tensor(entry["index"], np.clip(np.round(x[None] / scale + zero), -128, 127).astype(np.int8))
        runs.invoke()
        right += int(runs.get_tensor(exit_["index"]).argmax() == y)
    assert right / len(DATA.y_test) >= 0.9
    assert [layer.name for layer in load_model(tmp_path / "q.keras").layers if layer.weights][0] == "conv"

    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done > 30:
            raise Stop

    options = {"method": "int8-qat", "out": tmp_path / "r.keras", "run_dir": tmp_path / "run", "resume": True}
    with pytest.raises(Stop):
        train(folder, DATA, progress=stop, checkpoint_every=2, **options)
    train(folder, DATA, **options)
    assert same(tmp_path / "q.keras", tmp_path / "r.keras")
    assert (tmp_path / "r.int8.tflite").read_bytes() == content


def small() -> tf.keras.Model:
    return tf.keras.Sequential([tf.keras.Input((6,)), tf.keras.layers.Dense(3, name="d")])


def test_weights_go_in_and_come_back() -> None:
    net, other = small(), small()
    aware = quantization_aware(net)
    x = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    aware(x, training=True)  # finds the ranges
    plain_copy(aware, other)
    np.testing.assert_array_equal(predict_plain(net, x), predict_plain(other, x))
    assert len(int8_tflite(aware, other)) > 500


def test_separable_convolutions_are_trained_too() -> None:
    tf.keras.utils.set_random_seed(0)
    layers = tf.keras.layers
    separable = [layers.SeparableConv2D(n, 3, name=f"s{n}", use_bias=n == 3) for n in (3, 4)]
    net = tf.keras.Sequential(
        [tf.keras.Input((9, 9, 2)), *separable, layers.Flatten(), layers.Dense(2, name="d")]
    )
    for i, weight in enumerate(net.weights):
        weight.assign(weight + 0.03 * i)
    aware = quantization_aware(net)
    aware.compile(tf.keras.optimizers.SGD(1e-3), "mse")
    x = np.random.default_rng(0).normal(size=(20, 9, 9, 2)).astype(np.float32)
    aware.fit(x, np.zeros((20, 2)), verbose=0)
    other = tf.keras.models.clone_model(net)
    plain_copy(aware, other)
    moves = [np.abs(a - b).max() for a, b in zip(net.weights, other.weights, strict=True)]
    # One step moves every weight by less than the 0.03 that the weights of layers differ by.
    assert min(moves) > 0
    assert max(moves) < 0.03
    assert len(int8_tflite(aware, other)) > 500


def predict_plain(model: tf.keras.Model, x: np.ndarray) -> np.ndarray:
    return predict(model, x)


def test_what_it_cannot_train_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="float32 for int8"):
        train(
            write_model(tmp_path / "net"),
            DATA,
            method="int8-qat",
            out=tmp_path / "q.keras",
            precision="mixed_bfloat16",
        )
