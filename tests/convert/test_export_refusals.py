"""Files, layers, weights and samples that cannot be converted as asked: each is one error that says why."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from convert.keras_models import keras, run, samples, save
from tools_required import need

from tinyq.convert import convert
from tinyq.core.errors import ConvertError, GraphError

pytestmark = pytest.mark.train


@pytest.fixture(autouse=True)
def _tensorflow() -> None:
    need("python:tensorflow", "python:larq")


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
