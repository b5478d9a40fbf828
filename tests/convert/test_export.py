"""Keras to int8: what TensorFlow makes of quantized layers, and what is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from convert.keras_models import keras, run, samples, save
from tflm import run_tflm
from tools_required import need

from tinyq.convert import convert
from tinyq.convert.report import ConvertReport
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import read

pytestmark = pytest.mark.train


@pytest.fixture(autouse=True)
def _tensorflow() -> None:
    need("python:tensorflow", "python:larq")


def assert_same_as_tflm(folder: Path, shape: tuple[int, ...], count: int = 12) -> None:
    """The packed file in NumPy gives the integers of the stock int8 file in TFLite Micro."""
    rng = np.random.default_rng(2)
    inputs = [rng.integers(-128, 128, (1, *shape)).astype(np.int8) for _ in range(count)]
    witness = run_tflm((folder / "int8.tflite").read_bytes(), [[x] for x in inputs])
    packed = Interpreter(read(folder / "packed.tflite"))
    outputs = np.array([packed.run(x)[0] for x in inputs])
    np.testing.assert_array_equal(outputs, np.array([y for (y,) in witness]))
    assert len(np.unique(outputs)) > 3


def every_layer(x: Any) -> Any:
    """Conv, depthwise (multiplier 2), separable, 1-D, dense, first and last too; with and without bias."""
    from tinyq.quantizers import (
        DEPTHWISE,
        Binary,
        QuantConv1D,
        QuantConv2D,
        QuantDense,
        QuantDepthwiseConv2D,
        QuantSeparableConv2D,
        Ternary,
    )

    layers = keras().layers
    x = QuantConv2D(4, 3, padding="same", use_bias=False, kernel_quantizer=Ternary(), name="stem")(x)
    x = layers.ReLU(name="act")(layers.BatchNormalization(name="norm")(x))
    x = QuantDepthwiseConv2D(
        (3, 1), depth_multiplier=2, depthwise_quantizer=Ternary("exact", axis=DEPTHWISE), name="spatial"
    )(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.AveragePooling2D((1, 2))(x)
    x = QuantSeparableConv2D(
        6,
        3,
        strides=2,
        depthwise_quantizer=Binary(axis=DEPTHWISE),
        pointwise_quantizer=Ternary(),
        activation="relu",
        name="separable",
    )(x)
    x = layers.Reshape((-1, 6))(x)
    x = QuantConv1D(8, 2, padding="same", kernel_quantizer=Binary(), use_bias=False, name="along")(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.Flatten()(x)
    return QuantDense(5, kernel_quantizer=Ternary(), name="head")(x)


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, ConvertReport]]:
    need("python:tensorflow", "python:larq")
    folder = tmp_path_factory.mktemp("every")
    yield folder, run(save(folder, every_layer, (8, 8, 3)), (8, 8, 3))


def test_every_layer_kind_is_packed_as_asked(every: tuple[Path, ConvertReport]) -> None:
    _, report = every
    assert [(row.name, row.keras, row.asked, row.stored) for row in report.layers] == [
        ("stem", "stem.kernel", "a8wt", "a8wt"),
        ("spatial", "spatial.depthwise_kernel", "a8wt", "a8wt"),
        ("separable_depthwise", "separable.depthwise_kernel", "a8w1", "a8w1"),
        ("separable", "separable.pointwise_kernel", "a8wt", "a8wt"),
        ("along", "along.kernel", "a8w1", "a8w1"),
        ("head", "head.kernel", "a8wt", "a8wt"),
    ]
    assert not any(row.refused for row in report.layers)
    assert all(row.macs > 0 for row in report.layers)


def test_negative_gains_negate_channels_and_are_proved(every: tuple[Path, ConvertReport]) -> None:
    _, report = every
    why = {row.name: row.why for row in report.layers}
    assert "2 of 4 channels negated" in why["stem"]
    assert "4 of 8 channels negated" in why["spatial"]
    assert "4 of 8 channels negated" in why["along"]
    assert "negated" not in why["head"]


def test_the_packed_file_gives_the_integers_of_tflite_micro(every: tuple[Path, ConvertReport]) -> None:
    assert_same_as_tflm(every[0], (8, 8, 3), count=30)


def test_stored_weights_are_what_the_keras_layers_compute_with(every: tuple[Path, ConvertReport]) -> None:
    """codes * level * scale, before any gain is folded in: the dense head has no batch norm behind it."""
    from tinyq.core.packing import unpack_ternary
    from tinyq.quantizers import Ternary
    from tinyq.quantizers.models import load_model

    model = load_model(every[0] / "model.keras")
    expected = Ternary()(model.get_layer("head").kernel).numpy().T
    graph = read(every[0] / "packed.tflite")
    operator = graph.operators[-1]
    packed, levels, scales = (graph.tensors[operator.inputs[i]] for i in (1, 3, 4))
    codes = unpack_ternary(packed.data, expected.size).reshape(expected.shape)
    real = codes * (levels.data * scales.data)[:, None]
    np.testing.assert_allclose(real, expected, rtol=1e-6)


def test_a_keras_layer_that_is_called_twice_is_packed_in_both_places(tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv2D, Ternary

    def twice(x: Any) -> Any:
        conv = QuantConv2D(4, 3, padding="same", kernel_quantizer=Ternary(), name="twice")
        return keras().layers.BatchNormalization()(conv(keras().layers.ReLU()(conv(x))))

    report = run(save(tmp_path, twice, (6, 6, 4)), (6, 6, 4))
    assert [(row.keras, row.stored) for row in report.layers] == [("twice.kernel", "a8wt")] * 2
    assert len({row.name for row in report.layers}) == 2
    assert_same_as_tflm(tmp_path, (6, 6, 4))


def test_layers_of_nested_and_sequential_models_are_found(tmp_path: Path) -> None:
    from tinyq.quantizers import Binary, QuantConv2D, QuantDense, Ternary

    k = keras()

    def nested(x: Any) -> Any:
        inner = k.Input((6, 6, 2))
        y = QuantConv2D(4, 3, kernel_quantizer=Ternary(), name="conv")(inner)
        block = k.Model(inner, k.layers.BatchNormalization()(y), name="block")
        head = k.Sequential(
            [k.layers.Flatten(), QuantDense(3, kernel_quantizer=Binary(), name="conv")], name="head"
        )
        return head(block(x))

    report = run(save(tmp_path, nested, (6, 6, 2)), (6, 6, 2))
    assert [(row.keras, row.stored) for row in report.layers] == [
        ("block/conv.kernel", "a8wt"),
        ("head/conv.kernel", "a8w1"),
    ]
    assert_same_as_tflm(tmp_path, (6, 6, 2))


def test_a_plain_keras_model_becomes_int8_and_asks_nothing(tmp_path: Path) -> None:
    layers = keras().layers

    def plain(x: Any) -> Any:
        x = layers.Conv2D(4, 3, activation="relu")(x)
        return layers.Softmax()(layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))

    report = run(save(tmp_path, plain, (6, 6, 2)), (6, 6, 2))
    assert [(row.asked, row.stored, row.refused) for row in report.layers] == [("", "a8w8", False)] * 2
    assert_same_as_tflm(tmp_path, (6, 6, 2))


def test_someone_elses_tflite_of_ternary_kernels_is_packed(tmp_path: Path) -> None:
    """No quantizer, no tinyq layer, an open batch: plain Keras kernels with ternary values."""
    k = keras()
    from tinyq.quantizers.larq_api import tf

    rng = np.random.default_rng(3)
    layers = [
        k.layers.Conv2D(5, 3, activation="relu"),
        k.layers.DepthwiseConv2D(3, depth_multiplier=2),
        k.layers.Reshape((160,)),
        k.layers.Dense(4),
    ]
    model = k.Sequential([k.Input((8, 8, 2)), *layers])
    for layer in (layers[0], layers[1], layers[3]):
        kernel, bias = layer.get_weights()
        layer.set_weights([rng.choice((-0.3, 0, 0.3), kernel.shape), rng.normal(size=bias.shape)])
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([x[None]] for x in samples((8, 8, 2)))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    (tmp_path / "int8.tflite").write_bytes(converter.convert())
    report = convert(tmp_path / "int8.tflite", tmp_path / "packed.tflite", asks=["*=a8wt"])
    assert [row.stored for row in report.layers] == ["a8wt"] * 3
    assert "SHAPE" in {operator.kind for operator in read(tmp_path / "int8.tflite").operators}
    assert_same_as_tflm(tmp_path, (8, 8, 2))


def test_larq_quantizers_without_integers_are_recognised_by_their_values(tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv2D, QuantDense

    def foreign(x: Any) -> Any:
        x = QuantConv2D(4, 3, kernel_quantizer="ste_sign", kernel_constraint="weight_clip", name="sign")(x)
        x = QuantConv2D(4, 3, kernel_quantizer="ste_tern", name="tern")(x)
        return QuantDense(3, kernel_quantizer=None, name="float")(keras().layers.Flatten()(x))

    report = run(save(tmp_path, foreign, (7, 7, 2)), (7, 7, 2))
    assert [(row.keras, row.asked, row.stored) for row in report.layers] == [
        ("sign.kernel", "a8w1", "a8w1"),
        ("tern.kernel", "a8wt", "a8wt"),
        ("", "", "a8w8"),
    ]
    assert [row.name for row in report.layers] == ["sign", "tern", "float"]
    assert_same_as_tflm(tmp_path, (7, 7, 2))


def test_progress_counts_the_calibration_samples(simple_path: Path, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    convert(
        simple_path, tmp_path / "p.tflite", samples((6, 6, 2), 5), progress=lambda *done: calls.append(done)
    )
    assert calls == [(i, 5) for i in range(1, 6)]


def test_patterns_win_over_quantizers(simple_path: Path, tmp_path: Path) -> None:
    report = convert(simple_path, tmp_path / "p.tflite", samples((6, 6, 2)), asks=["head=a8w8"])
    assert [(row.name, row.asked, row.stored) for row in report.layers] == [
        ("conv", "a8wt", "a8wt"),
        ("head", "a8w8", "a8w8"),
    ]


def test_converting_prints_nothing(
    simple_path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    convert(simple_path, tmp_path / "p.tflite", samples((6, 6, 2)))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
