"""Keras layers with weights of 4 to 16 levels; transposed, grouped, dilated and 1-D ones: all packed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tools_required import need

from tinyq.convert import ConvertReport, convert
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import read

pytestmark = pytest.mark.train


def converted(model: Any, tmp_path: Path, **how: Any) -> ConvertReport:
    """Convert a model; the packed file must give the integers of the stock converter's."""
    model.save(tmp_path / "net.keras")
    shape = model.input_shape[1:]
    x = np.random.default_rng(0).normal(size=(24, *shape)).astype(np.float32)
    report = convert(
        tmp_path / "net.keras", tmp_path / "net.tflite", x, keep_int8=tmp_path / "int8.tflite", **how
    )
    packed, int8 = Interpreter(read(tmp_path / "net.tflite")), Interpreter(read(tmp_path / "int8.tflite"))
    samples = np.random.default_rng(1).integers(-128, 128, (20, *shape)).astype(np.int8)
    (got,), (wanted,) = packed.predict(samples), int8.predict(samples)
    np.testing.assert_array_equal(got, wanted)
    assert np.unique(got).size > 10
    return report


def keras() -> Any:
    need("python:tensorflow", "python:larq")
    from tinyq.quantizers.larq_api import tf

    tf.keras.utils.set_random_seed(3)
    return tf.keras


def shifted(model: Any) -> Any:
    """Batch norms as after training, some gains negative."""
    rng = np.random.default_rng(5)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            gamma, beta, mean, variance = layer.get_weights()
            signs = rng.choice([-1, 1, 1], gamma.shape)
            new = (gamma * rng.uniform(0.5, 2, gamma.shape) * signs, beta + rng.normal(size=beta.shape) * 0.1)
            layer.set_weights([*new, mean, variance * rng.uniform(0.5, 2, variance.shape)])
    return model


def test_two_dimensional_layers_of_all_kinds_and_levels(tmp_path: Path) -> None:
    k = keras()
    import larq

    from tinyq import quantizers as q

    model = k.Sequential([
        k.Input((12, 12, 4)),
        q.QuantConv2D(8, 3, padding="same", name="dorefa2",
                      kernel_quantizer=larq.quantizers.DoReFa(2, mode="weights")),
        k.layers.BatchNormalization(),
        k.layers.ReLU(),
        q.QuantConv2D(8, 3, dilation_rate=2, padding="same", name="dorefa4",
                      kernel_quantizer=larq.quantizers.DoReFa(4, mode="weights")),
        k.layers.BatchNormalization(),
        k.layers.ReLU(),
        q.QuantDepthwiseConv2D(5, padding="same", dilation_rate=2, name="encoding3",
                               depthwise_quantizer=q.EncodingDecomposition(bits=3)),
        k.layers.BatchNormalization(),
        q.QuantConv2D(8, 3, strides=2, groups=2, kernel_quantizer=q.Ternary(), name="groups"),
        k.layers.ReLU(),
        q.QuantConv2DTranspose(8, 3, strides=2, kernel_quantizer=q.Ternary(axis=-2), name="ternary_up"),
        k.layers.BatchNormalization(),
        k.layers.ReLU(),
        q.QuantConv2DTranspose(6, 4, strides=2, padding="same", name="levels5",
                               kernel_quantizer=q.EncodingDecomposition(bits=2, axis=-2)),
        k.layers.Flatten(),
        q.QuantDense(5, kernel_quantizer=larq.quantizers.DoReFa(3, mode="weights"), name="dorefa3"),
    ])  # fmt: skip
    report = converted(shifted(model), tmp_path)
    rows = {row.keras: row for row in report.layers}
    assert {name: (row.asked, row.stored, row.refused) for name, row in rows.items()} == {
        "dorefa2.kernel": ("a8w2", "a8w2", False),
        "dorefa4.kernel": ("a8w4", "a8w4", False),
        "encoding3.depthwise_kernel": ("a8w3", "a8w3", False),
        "groups.kernel": ("a8wt", "a8wt", False),
        "ternary_up.kernel": ("a8wt", "a8wt", False),
        "levels5.kernel": ("a8w2", "a8w2", False),
        "dorefa3.kernel": ("a8w3", "a8w3", False),
    }
    kinds = [operator.kind for operator in read(tmp_path / "net.tflite").operators]
    assert kinds.count("TqTransposeConv") == 2 and kinds.count("TqConv2D") == 3
    assert not {"SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"} & set(kinds)
    assert any("channels negated" in row.why for row in report.layers)
    options = {
        o.options["channels_in"] for o in read(tmp_path / "net.tflite").operators if o.kind == "TqConv2D"
    }
    assert options == {4, 8}  # 4 of 8 channels a group


def test_one_dimensional_layers(tmp_path: Path) -> None:
    k = keras()
    from tinyq import quantizers as q

    model = k.Sequential([
        k.Input((40, 6)),
        q.QuantConv1D(8, 5, padding="same", dilation_rate=2, kernel_quantizer=q.Ternary(), name="ternary"),
        k.layers.BatchNormalization(),
        k.layers.ReLU(),
        q.QuantConv1D(8, 4, padding="causal", name="causal",
                      kernel_quantizer=q.EncodingDecomposition(bits=4)),
        q.QuantSeparableConv1D(12, 7, padding="same", depth_multiplier=2, name="separable",
                               depthwise_quantizer=q.Ternary(axis=(-2, -1)),
                               pointwise_quantizer=q.EncodingDecomposition(bits=2)),
        k.layers.ReLU(),
        k.layers.GlobalAveragePooling1D(),
        q.QuantDense(5, kernel_quantizer=q.Ternary(), name="dense"),
    ])  # fmt: skip
    report = converted(shifted(model), tmp_path)
    rows = {row.keras: row for row in report.layers}
    assert {name: (row.stored, row.refused) for name, row in rows.items()} == {
        "ternary.kernel": ("a8wt", False),
        "causal.kernel": ("a8w4", False),
        "separable.depthwise_kernel": ("a8wt", False),
        "separable.pointwise_kernel": ("a8w2", False),
        "dense.kernel": ("a8wt", False),
    }


def test_many_levels_are_int8_and_said_to_be(tmp_path: Path) -> None:
    k = keras()
    from tinyq import quantizers as q
    from tinyq.core.errors import ConvertError

    model = k.Sequential([
        k.Input((90,)),
        q.QuantDense(16, kernel_initializer=k.initializers.RandomUniform(-1, 1),
                     kernel_quantizer=q.EncodingDecomposition(bits=5), name="five_bits"),
        k.layers.ReLU(),
        q.QuantDense(8, kernel_quantizer=q.RPR(levels=255, norm="max", fold=False), name="rpr"),
    ])  # fmt: skip
    for layer in model.layers:
        if hasattr(layer, "kernel_quantizer") and hasattr(layer.kernel_quantizer, "finish"):
            layer.kernel_quantizer.finish()
    with pytest.raises(ConvertError, match="five_bits: asked a8w5") as caught:
        converted(model, tmp_path)
    assert "1 of 2 layers" in str(caught.value)
    report = converted(model, tmp_path, strict=False)
    assert [(row.asked, row.stored, row.refused) for row in report.layers] == [
        ("a8w5", "a8w8", True),
        ("a8w8", "a8w8", False),
    ]
