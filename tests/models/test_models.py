"""Every model of the zoo: quantized from first to last layer, convertible, with a complete card."""

import dataclasses
import functools
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from tools_required import need, shared

need("python:tensorflow")
sys.path.insert(0, str(Path(__file__).parent))

from int8_kernels import convert_int8, filters, operators  # noqa: E402

from tinyq.core.resources import models_dir  # noqa: E402
from tinyq.datasets import Dataset  # noqa: E402
from tinyq.quantizers import quantized_kernels  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training import build_model, dry_run, load_recipe, method_names, model_names  # noqa: E402

pytestmark = pytest.mark.train

SHAPES = {
    "cifar10_resnet20": ((32, 32, 3), 10),
    "cifar10_resnet8": ((32, 32, 3), 10),
    "cifar10_vgg_small": ((32, 32, 3), 10),
    "digits_cnn": ((8, 8, 1), 10),
    "eeg_eegnet": ((64, 240, 1), 2),
    "eeg_mibminet": ((64, 240, 1), 2),
    "kws_dscnn": ((49, 10, 1), 12),
    "mnist_cnn": ((28, 28, 1), 10),
    "mnist_dense": ((28, 28, 1), 10),
    "ssvep_eegnet": ((8, 512, 1), 4),
}
METHODS = method_names()
FAST = ("digits_cnn", "eeg_mibminet", "mnist_dense")
CONVERTED = [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in SHAPES]
QUANTIZED = [pytest.param(n, marks=pytest.mark.slow) if "cifar10" in n else n for n in SHAPES]
ALLOWED = {
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "AVERAGE_POOL_2D",
    "MAX_POOL_2D",
    "RESHAPE",
    "ADD",
    "DELEGATE",
}
CODES = {"ternary": {-127, 0, 127}, "binary": {-127, 127}}


def noise(name: str, count: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, *SHAPES[name][0])).astype(np.float32)


@functools.cache
def build(name: str, weights: str) -> tf.keras.Model:
    recipe = load_recipe(name)
    tf.keras.utils.set_random_seed(0)
    return build_model(recipe, recipe.stage(weights), *SHAPES[name])


def test_every_model_has_a_shape_here() -> None:
    assert set(model_names()) == set(SHAPES)


@pytest.mark.parametrize("name", QUANTIZED)
@pytest.mark.parametrize("weights", CODES)
def test_every_kernel_has_a_quantizer_and_float_none(name: str, weights: str) -> None:
    model = build(name, weights)
    kernels = [
        w for layer in model.layers for w in layer.trainable_weights if w.shape.rank and w.shape.rank >= 2
    ]
    assert len(list(quantized_kernels(model))) == len(kernels)
    assert not list(quantized_kernels(build(name, "float")))


@pytest.mark.parametrize("name", QUANTIZED)
@pytest.mark.parametrize("weights", CODES)
def test_depthwise_kernels_have_a_scale_a_channel(name: str, weights: str) -> None:
    for kernel in quantized_kernels(build(name, weights)):
        expected = (
            kernel.latent.shape[-2] * kernel.latent.shape[-1]
            if "depth" in kernel.weight
            else kernel.latent.shape[-1]
        )
        assert kernel.quantizer.integers(kernel.latent)[1].size == expected, kernel.layer


@pytest.mark.parametrize("name", CONVERTED)
@pytest.mark.parametrize("weights", CODES)
def test_int8_conversion_keeps_every_layer_ternary_or_binary_and_nothing_in_float(
    name: str, weights: str
) -> None:
    content = convert_int8(build(name, weights), noise(name, 4))
    assert operators(content) <= ALLOWED
    found = list(filters(content))
    assert len(found) == len(list(quantized_kernels(build(name, weights))))
    for operator, values, scales in found:
        assert set(np.unique(values)) <= CODES[weights], operator
        assert scales == values.shape[-1 if operator == "DEPTHWISE_CONV_2D" else 0], operator


def rehearse(name: str, method: str) -> None:
    shape, classes = SHAPES[name]
    x, y = noise(name, 8), np.arange(8) % classes
    data = Dataset("noise", x, y, x, y, tuple(map(str, range(classes))), "noise", "none")
    run = dry_run(name, data, method)
    assert np.isfinite(run.loss)
    assert all(layer.quantizers for layer in run.layers if layer.kind.startswith("Quant"))


@pytest.mark.parametrize(
    ("name", "method"),
    [("digits_cnn", "float"), ("digits_cnn", "encoding-1"), ("ssvep_eegnet", "rpr-binary")],
)
def test_dry_run_goes_through(name: str, method: str) -> None:
    rehearse(name, method)


PAIRS = dict.fromkeys(
    [
        *((name, method) for name in ("digits_cnn", "eeg_mibminet") for method in METHODS),
        *((name, method) for name in SHAPES for method in ("ternary", "rtn", "encoding-1", "int8-qat")),
    ]
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "method"), PAIRS)
def test_dry_run_of_every_model_and_of_every_method(name: str, method: str) -> None:
    rehearse(name, method)


@pytest.mark.parametrize(
    ("name", "shape", "arguments", "parameters"),
    [
        ("cifar10_resnet8", ((32, 32, 3), 10), {}, 78_666),  # of MLPerf Tiny's file
        ("eeg_mibminet", ((64, 480, 1), 4), {"temporal_taps": 128}, 4_228),  # of the paper
        ("ssvep_eegnet", ((8, 512, 1), 4), {}, 2_340),
    ],
)
def test_published_numbers_of_parameters(name: str, shape, arguments, parameters: int) -> None:
    recipe = load_recipe(name)
    recipe = dataclasses.replace(recipe, model={**recipe.model, **arguments})
    assert build_model(recipe, recipe.stage("float"), *shape).count_params() == parameters


def test_resnet8_has_the_layers_of_mlperf_tiny() -> None:
    theirs = tf.keras.models.load_model(shared("models", "pretrainedResnet.h5"), compile=False)
    assert shapes(build("cifar10_resnet8", "float")) == shapes(theirs)


def shapes(model: tf.keras.Model) -> list[tuple]:
    """What a layer computes, by its weights; not where its ReLU is written."""
    passive = ("Activation", "ReLU", "InputLayer")
    return [
        (type(layer).__name__, [tuple(w.shape) for w in layer.weights], getattr(layer, "strides", None))
        for layer in model.layers
        if type(layer).__name__ not in passive
    ]


def test_dscnn_has_the_layers_of_mlperf_tiny() -> None:
    theirs = shared("models", "kws_ref_model_float32.tflite").read_bytes()
    ours = tf.lite.TFLiteConverter.from_keras_model(build("kws_dscnn", "float")).convert()
    assert steps(ours) == [step for step in steps(theirs) if step[0] != "SOFTMAX"]


def steps(content: bytes) -> list[tuple]:
    runs = tf.lite.Interpreter(model_content=content)
    tensors = {tensor["index"]: tuple(tensor["shape"]) for tensor in runs.get_tensor_details()}
    # Activation and weights: a bias of zeros is left out by the converter.
    return [(one["op_name"], [tensors[i] for i in one["inputs"][:2]]) for one in runs._get_ops_details()]


@pytest.mark.parametrize("name", SHAPES)
def test_model_cards_name_the_command_and_the_true_number_of_parameters(name: str) -> None:
    card = (models_dir() / name / "README.md").read_text()
    assert f"tinyq train {name}" in card
    counts = {int(text.replace(",", "")) for text in re.findall(r"([\d,]+) parameters", card)}
    assert build(name, "float").count_params() in counts
