"""Each integer layer against its Keras layers, by itself."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.convert import convert  # noqa: E402
from tinyq.convert.levels import find_levels  # noqa: E402
from tinyq.evaluate.interpreter import Interpreter  # noqa: E402
from tinyq.evaluate.keras_parity import Distance, keras_distances  # noqa: E402
from tinyq.evaluate.parity import observed  # noqa: E402
from tinyq.graph import read  # noqa: E402
from tinyq.graph.ir import Graph  # noqa: E402
from tinyq.quantizers import (  # noqa: E402
    RTN,
    EncodingActivation,
    EncodingDecomposition,
    QuantConv2D,
    RTNActivation,
)
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training import quantize_model  # noqa: E402

pytestmark = pytest.mark.train
layers = tf.keras.layers


def net() -> tf.keras.Model:
    """Convolution, residual add, pool, separable convolution, dense; batch norms of a trained net."""
    tf.keras.utils.set_random_seed(1)
    entry = tf.keras.Input((8, 8, 2))
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, name="stem")(entry)
    stem = layers.ReLU(name="stem_relu")(layers.BatchNormalization(name="stem_norm")(x))
    x = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(stem)
    x = layers.Add(name="add")([stem, x])
    x = layers.AveragePooling2D(2, name="pool")(x)
    x = layers.SeparableConv2D(5, 3, name="separable")(x)
    x = layers.Dense(3, name="dense")(layers.Flatten(name="flatten")(x))
    model = tf.keras.Model(entry, x)
    random = np.random.default_rng(0)
    norm = model.get_layer("stem_norm")
    norm.set_weights(
        [random.uniform(0.5, 2, w.shape) * (1 - 2 * (w == 0)) for w in norm.get_weights()[:3]]
        + [random.uniform(0.5, 2, norm.get_weights()[3].shape)]
    )
    return model


@pytest.fixture(scope="module")
def case(tmp_path_factory) -> tuple[tf.keras.Model, Graph, np.ndarray]:
    folder: Path = tmp_path_factory.mktemp("parity")
    model = quantize_model(net(), "ternary")
    model.save(folder / "net.keras")
    x = np.random.default_rng(2).normal(size=(64, 8, 8, 2)).astype(np.float32)
    convert(folder / "net.keras", folder / "net.tflite", representative=x)
    return model, read(folder / "net.tflite"), x


def distances(model: tf.keras.Model, graph: Graph, x: np.ndarray) -> dict[str, Distance]:
    steps = Interpreter(graph).steps
    affine = graph.tensors[graph.inputs[0]].quantization
    stored = np.clip(np.round(x / affine.scale) + affine.zero_point, -128, 127).astype(np.int8)
    found = observed(graph, [stored])
    return {row.layer: row for row in keras_distances(model, graph, steps, found, find_levels)}


def test_packed_layers_are_within_one_step_of_keras(case) -> None:
    rows = distances(*case)
    assert set(rows) >= {"stem", "depthwise", "add", "pool", "dense"}
    for name in ("stem", "depthwise", "add", "pool", "dense"):
        assert rows[name].keras, name
        assert 0 < rows[name].largest <= 1.0, rows[name]
        assert rows[name].within[1] == 1.0
    assert "stem_norm" in rows["stem"].keras


def test_the_inner_half_of_a_separable_convolution_has_no_row_of_its_own(case) -> None:
    rows = distances(*case)
    inner, outer = rows["separable_depthwise"], rows["separable_pointwise"]
    assert (inner.keras, inner.within) == ((), ())
    assert outer.keras == ("separable",)
    assert 0 < outer.mean < 1.0  # two roundings to int8, so no bound of one step


def test_a_wrong_layer_stands_out_and_the_ones_after_it_do_not(case) -> None:
    model, graph, x = case
    step = next(step for step in Interpreter(graph).steps if step.name == "depthwise")
    bias = graph.operators[step.operator].inputs[2]
    wrong = replace(graph.tensors[bias], data=graph.tensors[bias].data + 4000)
    tensors = tuple(wrong if i == bias else tensor for i, tensor in enumerate(graph.tensors))
    rows = distances(model, replace(graph, tensors=tensors), x)
    assert rows["depthwise"].largest > 3
    assert rows["add"].largest <= 1.0
    assert rows["dense"].largest <= 1.0


def low_bit_net(activation, weights) -> tf.keras.Model:
    """Three low-bit layers in a row, a pool between them; batch norms with gains of both signs."""
    tf.keras.utils.set_random_seed(3)
    entry = tf.keras.Input((6, 6, 3), name="entry")
    x = layers.BatchNormalization(name="norm_0")(layers.Conv2D(8, 3, padding="same", name="stem")(entry))
    for number, channels in enumerate((12, 34, 5), 1):
        if number == 3:
            x = layers.MaxPooling2D(2, name="pool")(x)
        quantizers = {"input_quantizer": activation(), "kernel_quantizer": weights()}
        x = QuantConv2D(channels, 3, padding="same", use_bias=False, name=f"low_{number}", **quantizers)(x)
        x = layers.BatchNormalization(name=f"norm_{number}")(x)
    x = layers.Dense(4, name="dense")(layers.Flatten(name="flatten")(x))
    model = tf.keras.Model(entry, x)
    random = np.random.default_rng(5)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            n = layer.gamma.shape[0]
            gains = random.uniform(0.5, 1.5, n) * np.where(np.arange(n) % 3 == 1, -1, 1)
            layer.set_weights(
                [gains, random.normal(size=n) * 0.3, random.normal(size=n), random.uniform(0.5, 2, n)]
            )
        quantizer = getattr(layer, "input_quantizer", None)
        if hasattr(quantizer, "gamma"):
            quantizer.gamma.assign(7.0)
            quantizer.beta.assign(2.0)
    return model


LOW_BIT = {
    "atwt": (RTNActivation, RTN),
    "a2w2": (lambda: EncodingActivation(2), lambda: EncodingDecomposition(2)),
}


@pytest.fixture(scope="module", params=list(LOW_BIT))
def low_bit(request, tmp_path_factory) -> tuple[tf.keras.Model, Graph, np.ndarray]:
    folder: Path = tmp_path_factory.mktemp("low_bit")
    model = low_bit_net(*LOW_BIT[request.param])
    model.save(folder / "net.keras")
    x = np.random.default_rng(2).normal(size=(32, 6, 6, 3)).astype(np.float32)
    convert(folder / "net.keras", folder / "net.tflite", representative=x)
    return model, read(folder / "net.tflite"), x


def test_codes_are_those_that_keras_quantizers_give(low_bit) -> None:
    graph = low_bit[1]
    rows = distances(*low_bit)
    packed = [s.name for s in Interpreter(graph).steps if graph.tensors[s.output].dtype == "int32"]
    assert len(packed) >= 3
    for name in packed:
        assert rows[name].keras[-1].endswith("'s input quantizer"), name
        assert rows[name].largest < 0.01, rows[name]
    assert rows["low_3"].keras == ("low_3", "norm_3")
    assert all(row.keras for row in rows.values())
    assert all(row.largest <= 1 for name, row in rows.items() if name != "dense")
    assert rows["dense"].largest <= 2  # the stock converter's int8 weights


def test_a_wrong_threshold_stands_out_in_its_layer_alone(low_bit) -> None:
    model, graph, x = low_bit
    step = next(step for step in Interpreter(graph).steps if step.name == "low_1")
    index = graph.operators[step.operator].inputs[2]
    moved = graph.tensors[index].data.copy()
    moved[3] = moved[3].max()
    tensors = tuple(replace(t, data=moved) if i == index else t for i, t in enumerate(graph.tensors))
    rows = distances(model, replace(graph, tensors=tensors), x)
    assert rows["low_1"].largest >= 0.99
    assert rows["low_2"].largest < 0.01


def test_without_find_levels_packed_layers_have_no_numbers(low_bit) -> None:
    model, graph, x = low_bit
    steps = Interpreter(graph).steps
    affine = graph.tensors[graph.inputs[0]].quantization
    stored = np.clip(np.round(x / affine.scale) + affine.zero_point, -128, 127).astype(np.int8)
    rows = {row.layer: row for row in keras_distances(model, graph, steps, observed(graph, [stored]))}
    assert rows["low_1"].keras == ()
    assert rows["stem"].keras == ("stem", "norm_0")
