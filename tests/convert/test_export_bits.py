"""Keras networks with activation quantizers: low-bit layers on packed data, equal to Keras part by part."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from convert.keras_models import keras
from target_runs import randomize
from tools_required import need

from tinyq.convert import convert
from tinyq.convert.report import ConvertReport
from tinyq.graph import read

pytestmark = pytest.mark.train

# What int8 rounding alone gives, and a little for float32 sums that end near the middle of two integers.
ROUNDED = 0.51


@pytest.fixture(autouse=True)
def _tensorflow() -> None:
    need("python:tensorflow", "python:larq")


def samples(shape: tuple[int, ...], count: int = 16, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, *shape)).astype(np.float32)


def run(folder: Path, outputs_of: Callable[[Any], Any], shape: tuple[int, ...], **how: Any) -> ConvertReport:
    """Save a model input -> outputs_of(input) and convert it."""
    k = keras()
    k.utils.set_random_seed(0)
    x = k.Input(shape, name="entry")
    model = k.Model(x, outputs_of(x))
    randomize(model)
    model.save(folder / "model.keras")
    return convert(folder / "model.keras", folder / "packed.tflite", samples(shape), **how)


def assert_as_keras(folder: Path, shape: tuple[int, ...]) -> None:
    from convert.keras_segments import Segments

    segments = Segments(folder / "model.keras", folder / "packed.tflite", samples(shape))
    worst = segments.steps()
    assert worst and max(worst.values()) <= ROUNDED, worst


def kinds(folder: Path) -> list[str]:
    return [operator.kind for operator in read(folder / "packed.tflite").operators]


def quantizers(name: str) -> tuple[Any, Callable[[], Any], Callable[[], Any], dict[str, Any]]:
    """(weights of conv, of depthwise, activations, layer arguments)."""
    from tinyq.quantizers import (
        DEPTHWISE,
        RTN,
        EncodingActivation,
        EncodingDecomposition,
        RTNActivation,
    )
    from tinyq.quantizers.larq_api import larq

    q = larq.quantizers
    clip = {"kernel_constraint": "weight_clip"}
    return {
        "rtn": (RTN, lambda: RTN(axis=DEPTHWISE), RTNActivation, {}),
        "encoding-1": (
            lambda: EncodingDecomposition(1),
            lambda: EncodingDecomposition(1, axis=DEPTHWISE),
            lambda: EncodingActivation(1),
            clip,
        ),
        "encoding-2": (
            lambda: EncodingDecomposition(2),
            lambda: EncodingDecomposition(2, axis=DEPTHWISE),
            lambda: EncodingActivation(2),
            clip,
        ),
        "encoding-4-hrelu": (
            lambda: EncodingDecomposition(4),
            lambda: EncodingDecomposition(4, axis=DEPTHWISE),
            lambda: EncodingActivation(4, "hrelu"),
            clip,
        ),
        "larq sign": (q.SteSign, q.SteSign, q.ApproxSign, clip),
        "larq ternary": (q.SteTern, q.SteTern, q.SteTern, clip),
        "larq dorefa": (
            lambda: q.DoReFa(2, "weights"),
            lambda: q.DoReFa(2, "weights"),
            lambda: q.DoReFa(2),
            clip,
        ),
        "mixed": (RTN, lambda: RTN(axis=DEPTHWISE), lambda: EncodingActivation(1), {}),
    }[name]


def test_larq_s_own_layers_are_converted_as_ours(tmp_path: Path) -> None:
    from tinyq.quantizers.larq_api import larq

    signs = {"input_quantizer": "ste_sign", "kernel_quantizer": "ste_sign", "use_bias": False}

    def net(x: Any) -> Any:
        x = larq.layers.QuantConv2D(8, 3, kernel_quantizer="ste_sign", use_bias=False, name="first")(x)
        x = keras().layers.BatchNormalization()(x)
        x = larq.layers.QuantConv2D(8, 3, padding="same", pad_values=1.0, name="second", **signs)(x)
        x = keras().layers.Flatten()(keras().layers.BatchNormalization()(x))
        return larq.layers.QuantDense(3, name="last", **signs)(x)

    report = run(tmp_path, net, (6, 6, 2))
    assert {layer.keras: layer.stored for layer in report.layers} == {
        "first.kernel": "a8w1",
        "second.kernel": "a1w1",
        "last.kernel": "a1w1",
    }
    assert_as_keras(tmp_path, (6, 6, 2))


METHODS = {
    "rtn": "atwt",
    "encoding-1": "a1w1",
    "encoding-2": "a2w2",
    "encoding-4-hrelu": "a4w4",
    "larq sign": "a1w1",
    "larq ternary": "atwt",
    "larq dorefa": "a2w2",
    "mixed": "a1wt",
}


def chain(name: str, padding: str = "same") -> Callable[[Any], Any]:
    """int8 conv, low-bit conv, pooling, depthwise, pointwise, int8 dense; batch norms between."""
    from tinyq.quantizers import QuantConv2D, QuantDepthwiseConv2D

    weights, depthwise, activation, extra = quantizers(name)
    layers = keras().layers

    def outputs(x: Any) -> Any:
        x = layers.Conv2D(8, 3, padding="same", name="stem")(x)
        x = layers.BatchNormalization()(x)
        for i, stride in enumerate((1, 2)):
            how = {
                "input_quantizer": activation(),
                "kernel_quantizer": weights(),
                "padding": padding,
                **extra,
            }
            x = QuantConv2D(12, 3, stride, name=f"conv_{i}", use_bias=bool(i), **how)(x)
            x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(2)(x)
        how = {"input_quantizer": activation(), "depthwise_quantizer": depthwise(), "padding": padding}
        x = QuantDepthwiseConv2D(3 if padding == "same" else 1, depth_multiplier=2, name="depthwise", **how)(
            x
        )
        x = layers.BatchNormalization()(x)
        how = {"input_quantizer": activation(), "kernel_quantizer": weights(), **extra}
        x = QuantConv2D(16, 1, name="pointwise", **how)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        return layers.Dense(5, name="head")(layers.GlobalAveragePooling2D()(x))

    return outputs


@pytest.mark.parametrize("name", list(METHODS))
def test_a_chain_of_layers_is_packed_from_end_to_end(name: str, tmp_path: Path) -> None:
    report = run(tmp_path, chain(name), (10, 10, 3), strict=True)
    asked = METHODS[name]
    assert [(row.name, row.asked) for row in report.layers] == [
        ("stem", ""),
        ("conv_0", asked),
        ("conv_1", asked),
        ("depthwise", asked),
        ("pointwise", asked),
        ("head", ""),
    ]
    stored = {row.stored for row in report.layers[1:5]}
    expected = {"encoding-4-hrelu": {"a3w4"}, "larq sign": {"atw1", "a1w1"}}.get(name, {asked})
    assert stored == expected
    assert kinds(tmp_path) == [
        "CONV_2D",
        "TqQuantize",
        "TqBitConv2D",
        "TqBitConv2D",
        "TqBitMaxPool2D",
        "TqBitDepthwiseConv2D",
        "TqBitConv2D",
        "MEAN",
        "FULLY_CONNECTED",
    ]
    assert all(row.macs and not row.refused for row in report.layers)
    assert_as_keras(tmp_path, (10, 10, 3))


@pytest.mark.parametrize(
    ("name", "padding"),
    [("rtn", "causal"), ("encoding-1", "same"), ("encoding-2", "valid"), ("larq dorefa", "same")],
)
def test_separable_layers_of_one_dimension(name: str, padding: str, tmp_path: Path) -> None:
    from tinyq.quantizers import QuantSeparableConv1D

    weights, depthwise, activation, _ = quantizers(name)
    layers = keras().layers

    def outputs(x: Any) -> Any:
        x = layers.BatchNormalization()(layers.Conv1D(8, 5, name="stem")(x))
        how = {"strides": 2} if padding == "same" else {"dilation_rate": 2} if padding == "valid" else {}
        x = QuantSeparableConv1D(
            12, 5, padding=padding, depth_multiplier=2, name="separable", input_quantizer=activation(),
            depthwise_quantizer=depthwise(), pointwise_quantizer=weights(), **how
        )(x)  # fmt: skip
        x = layers.ReLU()(layers.BatchNormalization()(x))
        return layers.Dense(5, name="head")(layers.GlobalAveragePooling1D()(x))

    report = run(tmp_path, outputs, (30, 3), strict=True)
    stored = {row.keras: row.stored for row in report.layers}
    assert stored["separable.depthwise_kernel"] == METHODS[name], stored
    assert_as_keras(tmp_path, (30, 3))
