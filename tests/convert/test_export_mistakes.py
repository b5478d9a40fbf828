"""Keras models that a user must change: each is one error with the names that he gave."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from convert.keras_models import keras, samples, save
from tools_required import need

from tinyq.convert import convert
from tinyq.core.errors import ConvertError, TinyqError

pytestmark = pytest.mark.train
SHAPE = (6, 6, 2)


@pytest.fixture(autouse=True)
def _tensorflow() -> None:
    need("python:tensorflow", "python:larq")


def refusal(path: Path, **how: Any) -> str:
    with pytest.raises(TinyqError) as caught:
        convert(path, path.with_suffix(".tflite"), samples(SHAPE), **how)
    assert not path.with_suffix(".tflite").exists()
    return str(caught.value)


@pytest.mark.parametrize("scheme", ["a8wt", "a8w1"])
def test_a_filter_of_zeros_is_refused_by_channel_and_packed_without_strict(
    scheme: str, tmp_path: Path
) -> None:
    from tinyq.quantizers import Binary, QuantConv2D, Ternary
    from tinyq.quantizers.models import load_model

    quantizer = Ternary() if scheme == "a8wt" else Binary()
    path = save(tmp_path, QuantConv2D(4, 3, kernel_quantizer=quantizer, name="conv"), SHAPE)
    model = load_model(path)
    kernel, bias = model.get_layer("conv").get_weights()
    kernel[..., [1, 3]] = 0
    model.get_layer("conv").set_weights([kernel, bias])
    model.save(path)
    said = refusal(path)
    assert "conv" in said
    assert "2 of 4 filters are all zeros: output channels 1, 3" in said
    assert "another seed" in said
    assert "--no-strict" in said
    report = convert(path, tmp_path / "packed.tflite", samples(SHAPE), strict=False)
    (row,) = report.layers
    assert row.packed
    assert row.refused
    assert "all zeros" in row.why


def test_lambda_layers_are_named(tmp_path: Path) -> None:
    layers = keras().layers
    path = save(tmp_path, lambda x: layers.Lambda(lambda t: t * 2, name="twice")(layers.ReLU()(x)), SHAPE)
    assert "Lambda layers, whose Python code Keras does not load: twice" in refusal(path)


@pytest.mark.parametrize("what", ["layer", "activation"])
def test_layers_that_tinyq_cannot_run_are_named_as_the_author_named_them(what: str, tmp_path: Path) -> None:
    layers = keras().layers
    odd = {
        "layer": layers.LeakyReLU(name="odd"),
        "activation": layers.Conv2D(2, 3, activation="sigmoid", name="odd"),
    }[what]
    said = refusal(save(tmp_path, lambda x: odd(layers.Conv2D(2, 3, name="fine")(x)), SHAPE))
    assert ("odd (LeakyReLU)" if what == "layer" else "odd (activation sigmoid)") in said
    assert "fine" not in said
    assert "put others in their place" in said


def test_shapes_are_said_in_one_style(tmp_path: Path) -> None:
    path = save(tmp_path, keras().layers.ReLU(), SHAPE)
    with pytest.raises(ConvertError) as caught:
        convert(path, tmp_path / "packed.tflite", np.zeros((4, 5, 6, 2), np.float32))
    assert "float32 [4, 5, 6, 2]" in str(caught.value)
    assert "float32 [n, 6, 6, 2]" in str(caught.value)


def scaled(tmp_path: Path, size: float, **how: Any) -> Path:
    """A convolution whose weights are `size` and -`size`."""
    from tinyq.quantizers import QuantConv2D
    from tinyq.quantizers.models import load_model

    path = save(tmp_path, QuantConv2D(4, 3, name="conv", **how), SHAPE)
    model = load_model(path)
    kernel, bias = model.get_layer("conv").get_weights()
    model.get_layer("conv").set_weights([np.sign(kernel) * np.float32(size), bias])
    model.save(path)
    return path


def test_ternary_weights_too_small_for_int8_are_dead_filters(tmp_path: Path) -> None:
    from tinyq.quantizers import Ternary

    said = refusal(scaled(tmp_path, 1e-10, kernel_quantizer=Ternary()))
    assert "4 of 4 filters are all zeros: output channels 0, 1, 2, 3" in said


def test_weights_with_which_float32_overflows_are_named(tmp_path: Path) -> None:
    said = refusal(scaled(tmp_path, 3e38))
    assert "outputs are NaN or infinite; the largest of its weights is 3e+38, in conv" in said
