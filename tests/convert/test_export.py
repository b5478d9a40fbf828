"""Keras to int8: what TensorFlow makes of quantized layers, what is asked, and what is refused."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tflm import run_tflm
from tools_required import need

from tinyq.convert import convert
from tinyq.convert.report import ConvertReport
from tinyq.core.errors import ConvertError, GraphError
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import read

pytestmark = pytest.mark.train


@pytest.fixture(autouse=True)
def _tensorflow() -> None:
    need("python:tensorflow", "python:larq")


def keras() -> Any:
    from tinyq.quantizers.larq_api import tf

    return tf.keras


def save(tmp_path: Path, outputs_of: Any, shape: tuple[int, ...], seed: int = 0) -> Path:
    """Save a model input -> outputs_of(input) with random batch-norm values, half of the gains negative."""
    k = keras()
    k.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = k.Input(shape)
    model = k.Model(x, outputs_of(x))
    for layer in model.layers:
        if isinstance(layer, k.layers.BatchNormalization):
            n = layer.gamma.shape[0]
            gains = rng.uniform(0.5, 1.5, n) * np.where(np.arange(n) % 2, 1, -1)
            layer.set_weights([gains, rng.normal(size=n), rng.normal(size=n), rng.uniform(0.5, 2, n)])
        elif getattr(layer, "use_bias", False):
            *kernels, bias = layer.get_weights()
            layer.set_weights([*kernels, rng.normal(size=bias.shape) * 0.1])
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def samples(shape: tuple[int, ...], count: int = 24, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, *shape)).astype(np.float32)


def run(path: Path, shape: tuple[int, ...], **how: Any) -> ConvertReport:
    out = path.parent
    return convert(path, out / "packed.tflite", samples(shape), keep_int8=out / "int8.tflite", **how)


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


def test_a_quantizer_of_many_levels_is_refused_with_numbers_or_a_row(tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv2D, QuantDense, Ternary
    from tinyq.quantizers.larq_api import larq

    def six_bits(x: Any) -> Any:
        quantizer = larq.quantizers.DoReFa(k_bit=6, mode="weights")
        x = QuantConv2D(4, 3, kernel_quantizer=quantizer, name="dorefa")(x)
        return QuantDense(3, kernel_quantizer=Ternary(), name="head")(keras().layers.Flatten()(x))

    path = save(tmp_path, six_bits, (6, 6, 2))
    with pytest.raises(
        ConvertError, match=r"1 of 2 layers(.|\n)*dorefa: asked DoReFa(.|\n)*several magnitudes"
    ):
        run(path, (6, 6, 2))
    assert not (tmp_path / "packed.tflite").exists() and not (tmp_path / "int8.tflite").exists()
    report = run(path, (6, 6, 2), strict=False)
    assert [(row.asked, row.stored, row.refused) for row in report.layers] == [
        ("DoReFa", "a8w8", True),
        ("a8wt", "a8wt", False),
    ]


def test_batch_norm_in_front_of_a_dense_layer_is_refused_with_numbers(tmp_path: Path) -> None:
    """TensorFlow folds it into the dense weights, which are then no longer ternary."""
    from tinyq.quantizers import QuantDense, Ternary

    def fed(x: Any) -> Any:
        return QuantDense(3, kernel_quantizer=Ternary(), name="head")(keras().layers.BatchNormalization()(x))

    with pytest.raises(
        ConvertError, match=r"asked a8wt by head\.kernel; 3 of 3 channels hold several magnitudes"
    ):
        run(save(tmp_path, fed, (16,)), (16,))


def test_all_layers_with_unsupported_quantization_are_one_error(tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv2D, QuantDense, Ternary
    from tinyq.quantizers.larq_api import larq

    layers = keras().layers

    def unsupported(x: Any) -> Any:
        x = QuantConv2D(4, 3, padding="same", pad_values=1.0, kernel_quantizer=Ternary(), name="padded")(x)
        x = larq.layers.QuantLocallyConnected2D(4, 3, kernel_quantizer=Ternary(), name="local")(x)
        x = layers.Reshape((-1, 4))(x)
        x = layers.TimeDistributed(QuantDense(3, kernel_quantizer=Ternary()), name="steps")(x)
        return QuantDense(3, kernel_quantizer=Ternary(), name="fine")(layers.Flatten()(x))

    with pytest.raises(ConvertError) as caught:
        run(save(tmp_path, unsupported, (6, 6, 2)), (6, 6, 2))
    text = str(caught.value)
    assert "padded: pad_values 1.0" in text
    assert "local: a weight quantizer on QuantLocallyConnected2D" in text
    assert "steps: a quantized QuantDense inside a TimeDistributed" in text
    assert "fine" not in text


def simple(x: Any) -> Any:
    from tinyq.quantizers import QuantConv2D, QuantDense, Ternary

    x = QuantConv2D(4, 3, kernel_quantizer=Ternary(), name="conv")(x)
    return QuantDense(3, kernel_quantizer=Ternary(), name="head")(keras().layers.Flatten()(x))


@pytest.fixture(scope="module")
def simple_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("python:tensorflow", "python:larq")
    return save(tmp_path_factory.mktemp("simple"), simple, (6, 6, 2))


def test_all_weights_that_are_not_finite_are_one_error(simple_path: Path, tmp_path: Path) -> None:
    from tinyq.quantizers.models import load_model

    model = load_model(simple_path)
    kernel, bias = model.get_layer("conv").get_weights()
    kernel.flat[:3] = np.nan
    bias[0] = np.inf
    model.get_layer("conv").set_weights([kernel, bias])
    head = model.get_layer("head").get_weights()
    head[0].flat[0] = -np.inf
    model.get_layer("head").set_weights(head)
    model.save(tmp_path / "nan.keras")
    with pytest.raises(ConvertError) as caught:
        run(tmp_path / "nan.keras", (6, 6, 2))
    text = str(caught.value)
    assert "conv.kernel: 3 NaN and 0 infinite of 72" in text
    assert "conv.bias: 0 NaN and 1 infinite of 4" in text
    assert "head.kernel: 0 NaN and 1 infinite of 192" in text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((0, 6, 6, 2), np.float32), "empty"),
        (np.zeros((4, 6, 6, 3), np.float32), r"float32 \[4, 6, 6, 3\]"),
        (np.zeros((6, 6, 2), np.float32), r"float32 \[6, 6, 2\]"),
        (np.zeros((4, 6, 6, 2), np.float64), "float64"),
        (np.zeros((4, 6, 6, 2), np.uint8), "uint8"),
        (np.full((4, 6, 6, 2), np.nan, np.float32), "NaN or infinite values in 4 of 4 samples, first in 0"),
        (np.full((4, 6, 6, 2), 3.0, np.float32), "all 288 values are 3"),
        ([[1.0]], "a list"),
        (None, "no calibration data"),
    ],
)
def test_wrong_calibration_data_are_refused(
    simple_path: Path, tmp_path: Path, data: Any, message: str
) -> None:
    with pytest.raises(ConvertError, match=message):
        convert(simple_path, tmp_path / "packed.tflite", data)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 no zip either"])
def test_what_is_no_keras_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.keras").write_bytes(content)
    with pytest.raises(ConvertError, match="Keras"):
        convert(tmp_path / "a.keras", tmp_path / "b.tflite", samples((4,)))


def test_a_file_of_keras_3_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.5.0"}')
    with pytest.raises(ConvertError, match="saved by Keras 3.5.0") as caught:
        convert(tmp_path / "a.keras", tmp_path / "b.tflite", samples((4,)))
    assert "TF_USE_LEGACY_KERAS=1" in caught.value.remedy


def test_an_unknown_layer_is_refused_in_a_few_words(tmp_path: Path) -> None:
    path = save(tmp_path, lambda x: keras().layers.Dense(3)(x), (4,))
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "a.keras", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"Dense"', b'"Dance"'))
    with pytest.raises(ConvertError, match="cannot be read as a Keras model") as caught:
        convert(tmp_path / "a.keras", tmp_path / "b.tflite", samples((4,)))
    assert len(str(caught.value)) < 600


def test_open_sizes_and_several_inputs_are_refused(tmp_path: Path) -> None:
    k = keras()
    x = k.Input((None, 6, 2))
    k.Model(x, k.layers.Conv2D(2, 3)(x)).save(tmp_path / "open.keras")
    with pytest.raises(ConvertError, match="fixed sizes"):
        run(tmp_path / "open.keras", (6, 6, 2))
    y = k.Input((4,))
    z = k.Input((4,))
    k.Model([y, z], k.layers.Add()([y, z])).save(tmp_path / "two.keras")
    with pytest.raises(ConvertError, match="2 inputs"):
        run(tmp_path / "two.keras", (4,))
    whole = k.Input((4,), dtype="int32")
    k.Model(whole, k.layers.Embedding(5, 2)(whole)).save(tmp_path / "int.keras")
    with pytest.raises(ConvertError, match="int32"):
        run(tmp_path / "int.keras", (4,))


def test_operators_that_tinyq_cannot_run_are_refused_by_name(tmp_path: Path) -> None:
    path = save(tmp_path, lambda x: keras().layers.Activation("tanh")(keras().layers.Dense(3)(x)), (4,))
    with pytest.raises(GraphError, match="TANH"):
        run(path, (4,))
    assert not (tmp_path / "packed.tflite").exists()


def test_a_quantizer_whose_integers_are_wrong_is_refused(
    simple_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinyq.quantizers import Ternary

    real = Ternary.integers

    def wrong(self: Any, w: Any) -> Any:
        codes, scale = real(self, w)
        return codes, scale * np.float32(1.5)

    monkeypatch.setattr(Ternary, "integers", wrong)
    with pytest.raises(
        ConvertError, match=r"conv\.kernel: codes \* scale of Ternary differs(.|\n)*head\.kernel"
    ):
        convert(simple_path, tmp_path / "packed.tflite", samples((6, 6, 2)))


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
