"""`--target lce` and `--target tflite`: small networks in LCE's and TensorFlow's interpreters, against Keras.

1e-4 is what the sums of float32 numbers in another order, and batch norms folded into weights, may differ by.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from convert.keras_models import keras
from target_runs import outputs_of, randomize
from tools_required import need

from tinyq.convert import convert
from tinyq.convert.report import ConvertReport
from tinyq.core.errors import ConvertError
from tinyq.graph import read

pytestmark = pytest.mark.train

SAME = 1e-4
SHAPE = (9, 8, 3)
LCE = {"LceQuantize", "LceDequantize", "LceBconv2d", "LceBMaxPool2d"}


@pytest.fixture(autouse=True)
def _tensorflow() -> None:
    need("python:tensorflow", "python:larq", "python:larq_compute_engine")


def samples(shape: tuple[int, ...], count: int = 6) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(count, *shape)).astype(np.float32)


def saved(folder: Path, outputs_of_input: Callable[[Any], Any], shape: tuple[int, ...]) -> np.ndarray:
    """Save a model input -> outputs_of_input(input); returns what Keras computes for the samples."""
    k = keras()
    k.utils.set_random_seed(0)
    x = k.Input(shape, name="entry")
    model = randomize(k.Model(x, outputs_of_input(x)))
    model.save(folder / "model.keras")
    from tinyq.quantizers.models import load_model

    return np.asarray(load_model(folder / "model.keras")(samples(shape)))


def same(
    folder: Path, outputs: Callable[[Any], Any], target: str, shape: Any = SHAPE, **how: Any
) -> ConvertReport:
    """Convert and compare with Keras."""
    expected = saved(folder, outputs, shape)
    report = convert(folder / "model.keras", folder / "out.tflite", target=target)
    found = outputs_of(folder / "out.tflite", samples(shape), target, **how)
    limit = SAME * max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found, expected, rtol=0, atol=limit)
    assert np.unique(np.round(expected, 3)).size > 1
    assert all(row.macs and row.why for row in report.layers)
    return report


def slow(*values: Any) -> Any:
    """A case that only the slow tests run."""
    return pytest.param(*values, marks=pytest.mark.slow)


def kinds(folder: Path) -> list[str]:
    return [operator.kind for operator in read(folder / "out.tflite").operators]


def activations(name: str) -> Any:
    from tinyq.quantizers import EncodingActivation, RTNActivation
    from tinyq.quantizers.larq_api import larq

    q = larq.quantizers
    return {
        "1": lambda: EncodingActivation(1),
        "t": RTNActivation,
        "2": lambda: EncodingActivation(2),
        "3": lambda: EncodingActivation(4, "hrelu"),
        "8": lambda: EncodingActivation(8),
        "larq 1": q.ApproxSign,
        "dorefa 2": lambda: q.DoReFa(2),
    }[name]()


def weights(name: str) -> Any:
    from tinyq.quantizers import RTN, EncodingDecomposition

    return {
        "1": lambda: EncodingDecomposition(1),
        "t": RTN,
        "2": lambda: EncodingDecomposition(2),
        "4": lambda: EncodingDecomposition(4),
    }[name]()


def few_bits(x_quantizer: str, w_quantizer: str, first: int = 6, **how: Any) -> Callable[[Any], Any]:
    """A float32 stem, two low-bit convolutions, pooling, a dense low-bit layer, a float32 head."""
    from tinyq.quantizers import QuantConv2D, QuantDense

    layers = keras().layers

    def outputs(x: Any) -> Any:
        x = layers.BatchNormalization()(layers.Conv2D(first, 3, padding="same", name="stem")(x))
        for i in range(2):
            options = {"padding": "same", "use_bias": bool(i), **(how if not i else {})}
            quantizers = {
                "input_quantizer": activations(x_quantizer),
                "kernel_quantizer": weights(w_quantizer),
            }
            x = QuantConv2D(first, 3, name=f"conv_{i}", **quantizers, **options)(x)
            x = layers.BatchNormalization()(x)
        x = layers.Flatten()(layers.MaxPooling2D(2)(x))
        x = QuantDense(
            7, input_quantizer=activations(x_quantizer), kernel_quantizer=weights(w_quantizer), name="dense"
        )(x)
        return layers.Dense(5, name="head")(layers.ReLU()(layers.BatchNormalization()(x)))

    return outputs


MORE_PAIRS = [("dorefa 2", "2"), ("1", "1"), ("t", "t"), ("t", "1"), ("2", "2"), ("3", "4"), ("larq 1", "1")]
PAIRS = [("1", "t"), *(slow(pair) for pair in MORE_PAIRS)]


@pytest.mark.parametrize("target", ["lce", "tflite"])
@pytest.mark.parametrize("padding", ["same", slow("valid")])
@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_few_bit_layers_compute_what_keras_does(pair: Any, padding: str, target: str, tmp_path: Path) -> None:
    report = same(tmp_path, few_bits(*pair, padding=padding), target)
    rows = {row.name: row for row in report.layers}
    assert list(rows) == ["stem", "conv_0", "conv_1", "dense", "head"]
    low = [rows[name] for name in ("conv_0", "conv_1", "dense")]
    assert all(row.asked == low[0].asked for row in low)
    if target == "lce":
        assert set(kinds(tmp_path)) & LCE
        assert all(row.kind == "LceBconv2d" and row.bit_operations >= row.macs for row in low)
    else:
        assert not any(kind.startswith(("Lce", "Tq")) for kind in kinds(tmp_path))
        assert all("int8 codes" in row.why and row.bit_operations == 0 for row in low)


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        {"strides": 2},
        {"strides": (1, 2), "padding": "valid"},
        {"dilation_rate": 2},
        {"dilation_rate": (2, 1), "padding": "valid"},
        {"kernel_size": (11, 1)},
    ],
    ids=str,
)
@pytest.mark.parametrize("pair", [("larq 1", "1"), ("t", "t"), ("dorefa 2", "2")], ids=" ".join)
def test_windows_are_those_of_keras(pair: Any, how: Any, tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv2D

    options = {"kernel_size": 3, "padding": "same"} | how
    quantizers = {"input_quantizer": activations(pair[0]), "kernel_quantizer": weights(pair[1])}
    same(tmp_path, lambda x: QuantConv2D(5, **options, **quantizers, name="conv")(x), "lce")


@pytest.mark.slow
@pytest.mark.parametrize(("groups", "channels"), [(2, 64), (3, 6)])
@pytest.mark.parametrize("target", ["lce", "tflite"])
def test_groups_are_lces_where_their_channels_fill_words(groups, channels, target, tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv2D

    how = {"input_quantizer": activations("t"), "kernel_quantizer": weights("t"), "groups": groups}
    report = same(
        tmp_path,
        lambda x: QuantConv2D(channels, 3, padding="same", name="conv", **how)(x),
        target,
        (6, 5, channels),
        **({"use_indirect_bgemm": True} if target == "lce" else {}),
    )
    (row,) = report.layers
    if target == "lce":
        assert (row.kind == "LceBconv2d") == (groups == 2)
        assert ("use_indirect_bgemm" if groups == 2 else "groups of a multiple of 32") in row.why


@pytest.mark.slow
@pytest.mark.parametrize("name", ["1", "t", "2", "dorefa 2"])
@pytest.mark.parametrize("target", ["lce", "tflite"])
def test_depthwise_separable_and_1d_layers_have_a_reason(name: str, target: str, tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv1D, QuantDepthwiseConv2D

    layers = keras().layers
    bits = {"dorefa 2": "2"}.get(name, name)

    def outputs(x: Any) -> Any:
        how = {"input_quantizer": activations(name), "depthwise_quantizer": weights(bits), "padding": "same"}
        x = QuantDepthwiseConv2D(3, depth_multiplier=2, name="each", **how)(x)
        x = layers.Reshape((72, 6))(layers.BatchNormalization()(x))
        how = {"input_quantizer": activations(name), "kernel_quantizer": weights(bits), "padding": "same"}
        return QuantConv1D(4, 3, name="line", **how)(x)

    each, line = same(tmp_path, outputs, target).layers
    if target == "lce":
        assert each.kind == "DEPTHWISE_CONV_2D"
        assert "LCE has no depthwise operator" in each.why
        assert each.weight_bytes < each.weights
        assert line.kind == "LceBconv2d"


def weight_quantizers() -> dict[str, Callable[[], Any]]:
    from tinyq.quantizers import RPR, TGA, TTQ, Binary, EncodingDecomposition, Ternary
    from tinyq.quantizers.larq_api import larq

    return {
        "Binary": Binary,
        "Ternary": Ternary,
        "RPR": lambda: RPR(levels=255, norm="max"),
        "TGA": lambda: TGA(branches=2),
        "TTQ": TTQ,
        "Encoding 2": lambda: EncodingDecomposition(2),
        "Encoding 8": lambda: EncodingDecomposition(8),
        "DoReFa 3": lambda: larq.quantizers.DoReFa(3, "weights"),
        "SteTern": larq.quantizers.SteTern,
    }


@pytest.mark.parametrize("target", ["lce", "tflite"])
@pytest.mark.parametrize(
    "name",
    [
        *map(slow, ("Binary", "Ternary", "RPR", "TGA", "Encoding 2", "Encoding 8", "SteTern", "DoReFa 3")),
        "TTQ",
    ],
)
def test_weights_of_layers_on_real_numbers_are_packed(name: str, target: str, tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv2D, QuantConv2DTranspose, QuantDense, QuantDepthwiseConv2D
    from tinyq.quantizers.models import finish

    make = weight_quantizers()[name]
    layers = keras().layers

    def outputs(x: Any) -> Any:
        x = QuantConv2D(8, 3, kernel_quantizer=make(), padding="same", name="conv")(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = QuantDepthwiseConv2D(3, 2, depthwise_quantizer=make(), name="each")(x)
        x = layers.BatchNormalization()(x)
        if name in ("Encoding 2", "DoReFa 3"):
            x = QuantConv2DTranspose(4, 3, 2, kernel_quantizer=make(), name="up")(x)
        model_head = QuantDense(5, kernel_quantizer=make(), name="dense")
        return model_head(layers.Flatten()(x))

    expected = saved_finished(tmp_path, outputs, finish)
    report = convert(tmp_path / "model.keras", tmp_path / "out.tflite", target=target)
    found = outputs_of(tmp_path / "out.tflite", samples(SHAPE), target)
    limit = SAME * max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found, expected, rtol=0, atol=limit)
    assert all(row.asked and row.keras and row.macs for row in report.layers)
    if target == "lce":
        assert all("no operator for real inputs" in row.why for row in report.layers)
        assert all(
            row.weight_bytes <= row.weights + 32 for row in report.layers
        )  # at most 8 bits, whole words
        assert name != "Ternary" or all(row.stored == "a32wt" and row.packed for row in report.layers)
    else:
        assert {row.stored for row in report.layers} == {"a32w8"}


def saved_finished(folder: Path, outputs: Callable[[Any], Any], finish: Callable[[Any], Any]) -> np.ndarray:
    """As `saved`, with schedules at their end."""
    from tinyq.quantizers.models import load_model

    k = keras()
    k.utils.set_random_seed(0)
    x = k.Input(SHAPE)
    model = randomize(k.Model(x, outputs(x)))
    finish(model)
    model.save(folder / "model.keras")
    return np.asarray(load_model(folder / "model.keras")(samples(SHAPE)))


def test_quantizers_of_many_levels_round_in_float32(tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv2D

    how = {"input_quantizer": activations("8"), "kernel_quantizer": weights("2")}
    report = same(tmp_path, lambda x: QuantConv2D(4, 3, padding="same", name="conv", **how)(x), "lce")
    (row,) = report.layers
    assert row.kind == "CONV_2D" and row.packed
    assert "RELU_N1_TO_1" in [
        o.options.get("fused_activation_function") for o in read(tmp_path / "out.tflite").operators
    ]


def test_signs_between_layers_stay_packed(tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv2D

    layers = keras().layers

    def outputs(x: Any) -> Any:
        for i in range(3):
            how = {"input_quantizer": activations("1"), "kernel_quantizer": weights("1")}
            x = QuantConv2D(40, 3, padding="same", name=f"conv_{i}", **how)(x)
            x = layers.BatchNormalization()(x)
            x = layers.MaxPooling2D(2, padding="same")(x) if i == 1 else x
        return x

    same(tmp_path, outputs, "lce")
    found = [kind for kind in kinds(tmp_path) if kind in LCE]
    assert found == ["LceQuantize", "LceBconv2d", "LceBconv2d", "LceBMaxPool2d", "LceBconv2d"]


def test_int8_needs_typical_inputs_and_is_near_keras(tmp_path: Path) -> None:
    expected = saved(tmp_path, few_bits("t", "t"), SHAPE)
    report = convert(
        tmp_path / "model.keras", tmp_path / "out.tflite", representative=samples(SHAPE), target="tflite"
    )
    graph = read(tmp_path / "out.tflite")
    assert {graph.tensors[i].dtype for i in (*graph.inputs, *graph.outputs)} == {"int8"}
    assert not any(kind.startswith(("Lce", "Tq")) for kind in kinds(tmp_path))
    found = outputs_of(tmp_path / "out.tflite", samples(SHAPE), "tflite")
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.9
    assert [row.stored for row in report.layers] == ["a8w8", "atw8", "atw8", "atw8", "a8w8"]
    assert json.loads((tmp_path / "report.json").read_text())["target"] == "tflite"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "onnx"}, "tinyq, lce, tflite"),
        ({"target": "lce", "asks": ["*=a8wt"]}, "for target tinyq"),
        ({"target": "tflite", "keep_int8": "x.tflite"}, "for target tinyq"),
    ],
)
def test_options_that_a_target_does_not_have_are_refused(options: Any, words: str, tmp_path: Path) -> None:
    saved(tmp_path, lambda x: keras().layers.Dense(2)(x), (4,))
    with pytest.raises(ConvertError, match=words):
        convert(tmp_path / "model.keras", tmp_path / "out.tflite", **options)
    assert not (tmp_path / "out.tflite").exists()


def test_a_tflite_source_has_no_other_target(tmp_path: Path) -> None:
    (tmp_path / "in.tflite").write_bytes(b"")
    with pytest.raises(ConvertError, match="the .keras file that it was made from"):
        convert(tmp_path / "in.tflite", tmp_path / "out.tflite", target="lce")


def test_a_float_kernel_on_codes_is_refused_unless_told(tmp_path: Path) -> None:
    from tinyq.quantizers import QuantConv2D

    def outputs(x: Any) -> Any:
        return QuantConv2D(4, 3, input_quantizer=activations("1"), name="conv")(x)

    expected = saved(tmp_path, outputs, SHAPE)
    with pytest.raises(ConvertError, match="its kernel is float"):
        convert(tmp_path / "model.keras", tmp_path / "out.tflite", target="lce")
    report = convert(tmp_path / "model.keras", tmp_path / "out.tflite", target="lce", strict=False)
    (row,) = report.layers
    assert row.refused and row.remedy and (row.asked, row.stored) == ("a1", "float32")
    found = outputs_of(tmp_path / "out.tflite", samples(SHAPE), "lce")
    np.testing.assert_allclose(found, expected, rtol=0, atol=SAME)
