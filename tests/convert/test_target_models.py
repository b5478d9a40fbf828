"""EEGNet, ResNet-8 and ResNet-20 in every method's scheme: other runtimes compute what Keras does.

Weights are random and batch norms as after some training. The printed table is the evidence: the largest
difference, beside the largest output; above 1, outputs are compared relative to it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from target_runs import outputs_of, randomize
from tools_required import need

pytestmark = [pytest.mark.train, pytest.mark.slow]

SHAPES = {
    "eeg_eegnet": ((64, 240, 1), 2),
    "cifar10_resnet8": ((32, 32, 3), 10),
    "cifar10_resnet20": ((32, 32, 3), 10),
}
METHODS = (
    *("rpr-binary", "rpr-ternary", "rpr-8bit", "binaryrelax-binary", "binaryrelax-ternary", "tga", "tga-2"),
    *("ternary", "binary", "ste-binary", "ste-ternary", "ttq", "rtn-weights", "dorefa-2", "dorefa-4"),
    *("rtn", "larq-atwt", "larq-a1w1", "larq-ste-sign", "larq-approx-sign", "encoding-1", "dorefa-1"),
    *("encoding-2", "encoding-4", "encoding-8", "dorefa-2-2", "float"),
)
SAME = 1e-4
# 256 levels are so near each other that float32 roundings put a few activations on the next one.
ROUNDED = {"encoding-8": 1e-3}
SAMPLES = 4


def trained(name: str, method: str, path: Path) -> np.ndarray:
    """Save a model as a method leaves it; returns its outputs."""
    from tinyq.quantizers.larq_api import tf
    from tinyq.quantizers.models import finish, load_model
    from tinyq.training import build_model, load_recipe, quantize_model

    recipe = load_recipe(name)
    tf.keras.utils.set_random_seed(0)
    model = randomize(build_model(recipe, recipe.stage("float"), *SHAPES[name]))
    if method != "float":
        model = quantize_model(model, method)
        finish(model)
    model.save(path)
    return np.asarray(load_model(path)(samples(name)))


def samples(name: str) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(SAMPLES, *SHAPES[name][0])).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SHAPES)
def test_lce_and_stock_tflite_compute_what_keras_does(name: str, method: str, tmp_path: Path, capsys) -> None:
    need("python:tensorflow", "python:larq", "python:larq_compute_engine")
    from tinyq.convert import convert

    keras = trained(name, method, tmp_path / "model.keras")
    line = f"{name:<17}{method:<20}"
    for target in ("lce", "tflite"):
        report = convert(tmp_path / "model.keras", tmp_path / f"{target}.tflite", target=target)
        found = outputs_of(tmp_path / f"{target}.tflite", samples(name), target)
        difference = float(np.abs(found - keras).max())
        stored = ",".join(dict.fromkeys(row.stored for row in report.layers))
        size = f"{report.totals.file_bytes:,} bytes"
        line += f" {target} {difference:.1e} of {np.abs(keras).max():.3g}, {size}, {stored};"
        assert difference <= ROUNDED.get(method, SAME) * max(1.0, float(np.abs(keras).max())), line
        assert all(row.why and row.macs for row in report.layers)
    with capsys.disabled():
        sys.stdout.write(f"\n{line}")
