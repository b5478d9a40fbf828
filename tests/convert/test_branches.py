"""A net trained by residual expansion, `TGA(branches=2)`: converted as parallel ternary layers and sums."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tflm import run_tflm
from tools_required import need

from tinyq.convert import convert
from tinyq.convert.report import ConvertReport
from tinyq.core.packing import unpack_ternary
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import read

pytestmark = pytest.mark.train
SHAPE = (8, 8, 2)


def stripes(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images with horizontal, vertical or no stripes."""
    random = np.random.default_rng(seed)
    x = random.normal(scale=0.4, size=(count, *SHAPE)).astype(np.float32)
    y = random.integers(0, 3, count)
    x[y == 1, ::2] += 1
    x[y == 2, :, ::2] += 1
    return x, y


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, ConvertReport]:
    """The folder with model.keras, packed.tflite and int8.tflite, the Keras model, the report."""
    need("python:tensorflow", "python:larq")
    from tinyq import quantize_model
    from tinyq.quantizers.larq_api import tf

    k, layers = tf.keras, tf.keras.layers
    k.utils.set_random_seed(1)
    net = k.Sequential(
        [
            k.Input(SHAPE),
            layers.Conv2D(6, 3, use_bias=False, name="conv"),
            layers.BatchNormalization(momentum=0.5, name="norm"),
            layers.ReLU(),
            layers.DepthwiseConv2D(3, name="depthwise", activation="relu"),
            layers.Flatten(),
            layers.Dense(3, name="head"),
        ]
    )
    model = quantize_model(net, "tga-2")
    model.compile(k.optimizers.Adam(5e-3), k.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(*stripes(256, 0), epochs=12, batch_size=16, verbose=0)
    folder = tmp_path_factory.mktemp("branches")
    model.save(folder / "model.keras")
    report = convert(
        folder / "model.keras",
        folder / "packed.tflite",
        stripes(64, 0)[0],
        keep_int8=folder / "int8.tflite",
    )
    return folder, model, report


def test_each_branch_is_a_packed_layer_and_the_report_shows_it(
    trained: tuple[Path, Any, ConvertReport],
) -> None:
    folder, _, report = trained
    assert [(row.name, row.keras, row.stored) for row in report.layers] == [
        (f"{layer}_branch_{number}", f"{layer}_branch_{number}.{weight}", "a8wt")
        for layer, weight in (("conv", "kernel"), ("depthwise", "depthwise_kernel"), ("head", "kernel"))
        for number in (1, 2)
    ]
    assert not any(row.refused for row in report.layers)
    kinds = [operator.kind for operator in read(folder / "packed.tflite").operators]
    assert kinds.count("ADD") == 3
    assert "MUL" not in kinds  # the batch norm is in the branches


def test_branches_hold_the_codes_and_scales_that_were_trained(
    trained: tuple[Path, Any, ConvertReport],
) -> None:
    folder, model, _ = trained
    head = model.get_layer("head")
    expected = head.kernel_quantizer.branches_of(head.kernel.latent_variable.numpy())
    graph = read(folder / "packed.tflite")
    dense = [operator for operator in graph.operators if operator.kind == "TqFullyConnected"]
    assert len(dense) == len(expected) == 2
    for operator, (codes, scale) in zip(dense, expected, strict=True):
        packed, levels, scales = (graph.tensors[operator.inputs[i]] for i in (1, 3, 4))
        np.testing.assert_array_equal(unpack_ternary(packed.data, codes.size).reshape(codes.T.shape), codes.T)
        real = levels.data * scales.data
        np.testing.assert_allclose(real, np.broadcast_to(scale.ravel(), real.shape), rtol=1e-6)


def test_the_file_computes_what_the_net_does(trained: tuple[Path, Any, ConvertReport]) -> None:
    """Within the rounding of int8 of the net; to the integer of the int8 file in TFLite Micro."""
    folder, model, _ = trained
    x, y = stripes(48, 5)
    packed = Interpreter(read(folder / "packed.tflite"))
    graph = packed.graph
    ends = [graph.tensors[i].quantization for i in (graph.inputs[0], graph.outputs[0])]
    integers = np.clip(np.round(x / ends[0].scale + ends[0].zero_point), -128, 127).astype(np.int8)[:, None]
    outputs = np.array([packed.run(sample)[0] for sample in integers])
    logits = (outputs[:, 0].astype(np.float32) - ends[1].zero_point) * ends[1].scale
    float_logits = model(x).numpy()
    assert np.abs(logits - float_logits).max() < 0.05 * np.abs(float_logits).max()
    assert np.mean(logits.argmax(1) == y) > 0.9
    witness = run_tflm((folder / "int8.tflite").read_bytes(), [[sample] for sample in integers])
    np.testing.assert_array_equal(outputs, np.array([y for (y,) in witness]))


@pytest.mark.parametrize("name", ["dilated", "dilated_1d", "separable", "separable_1d"])
def test_what_branches_share_is_packed_once(name: str, tmp_path: Path) -> None:
    """TFLite's converter merges the shuffles of dilated branches, and equal depthwise convolutions."""
    need("python:tensorflow", "python:larq")
    from tinyq import quantize_model
    from tinyq.quantizers.larq_api import tf

    tf.keras.utils.set_random_seed(2)
    kinds = {
        "dilated": ((9, 9, 3), "Conv2D", {"dilation_rate": 2, "padding": "same"}, 2),
        "dilated_1d": ((20, 3), "Conv1D", {"dilation_rate": 2, "padding": "causal"}, 2),
        "separable": ((9, 9, 24), "SeparableConv2D", {}, 6),
        "separable_1d": ((20, 24), "SeparableConv1D", {}, 6),
    }
    shape, kind, options, count = kinds[name]
    layer = getattr(tf.keras.layers, kind)(16, 3, name="conv", activation="relu", **options)
    net = tf.keras.Sequential([tf.keras.Input(shape), layer, tf.keras.layers.Flatten()])
    quantize_model(net, "tga-2").save(tmp_path / "model.keras")
    samples = np.random.default_rng(0).normal(size=(32, *shape)).astype(np.float32)
    report = convert(tmp_path / "model.keras", tmp_path / "packed.tflite", samples)
    assert [row.stored for row in report.layers] == ["a8wt"] * count
