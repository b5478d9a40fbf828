"""`make sizes`: bytes of five networks in float32, int8 and every low-bit scheme, into docs/sizes.md.

The networks have random weights and batch norms as after some training: what a file takes depends on shapes
and schemes, not on what was learned. Each is quantized by a method, converted, and laid out for a Cortex-M4.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from tinyq.convert import convert
from tinyq.emit.layout import lay_out
from tinyq.graph import read
from tinyq.graph.lowering import lower
from tinyq.quantizers.larq_api import tf
from tinyq.training import build_model, load_recipe
from tinyq.training.quantize import quantize_model

ROOT = Path(__file__).resolve().parent.parent
CORE = "cortex-m4"
SEED = 0
CALIBRATION = 8  # samples


@dataclass(frozen=True)
class Net:
    title: str
    recipe: str
    shape: tuple[int, ...]
    classes: int
    options: Mapping[str, Any] = field(default_factory=dict)  # of build(), instead of the recipe's


NETS = (
    Net("EEGNet", "eeg_eegnet", (22, 1125, 1), 4),
    Net("MI-BMInet", "eeg_mibminet", (64, 480, 1), 4),
    Net("ResNet-8", "cifar10_resnet8", (32, 32, 3), 10),
    Net("ResNet-20", "cifar10_resnet20", (32, 32, 3), 10),
    Net("DS-CNN", "kws_dscnn", (49, 10, 1), 12),
)

SIGNS = {"class": "larq.SteSign"}
TERNS = {"class": "larq.SteTern"}
Method = str | dict[str, Any]


def codes(bits: int) -> dict[str, Any]:
    return {"class": "EncodingDecomposition", "bits": bits}


def weights_only(quantizer: str | dict[str, Any]) -> Method:
    """Every layer, activations in int8."""
    return {"rule": [{"layers": "*", "weights": quantizer}]}


def both(weights: dict[str, Any], activations: dict[str, Any]) -> Method:
    """All but the first layer and the last, which stay in int8."""
    ends = {"layers": ["@first", "@last"], "weights": "float", "activations": "float"}
    rule = {"layers": "*", "weights": weights, "activations": activations}
    return {"drop": ["@relu"], "rule": [rule, ends]}


def few_bits(bits: int) -> Method:
    limiter = "htanh" if bits == 1 else "hrelu"
    return both(codes(bits), {"class": "EncodingActivation", "bits": bits, "limiter": limiter})


METHODS: dict[str, Method] = {
    "a8w1": "binary",
    "a8wt": "ternary",
    "a8w2": weights_only(codes(2)),
    "a8w3": weights_only(codes(3)),
    "a8w4": weights_only(codes(4)),
    "a1w1": both(SIGNS, SIGNS),
    "a1wt": both(TERNS, SIGNS),
    "atwt": both(TERNS, TERNS),
    "a2w2": few_bits(2),
    "a3w3": few_bits(3),
    "a4w4": few_bits(4),
}


@dataclass(frozen=True)
class Row:
    """A line of the table; None where there is nothing to tell."""

    scheme: str
    file_bytes: int
    weight_bytes: int | None = None
    arena_bytes: int | None = None


def network(net: Net) -> Any:
    """The net with random weights and batch norms, the same in every run."""
    tf.keras.utils.set_random_seed(SEED)
    recipe = load_recipe(net.recipe)
    recipe = replace(recipe, model={**recipe.model, **net.options})
    model = build_model(recipe, recipe.stage("float"), net.shape, net.classes)
    rng = np.random.default_rng(SEED)
    for variable in model.variables:
        shape = variable.shape
        if "gamma" in variable.name:
            variable.assign(rng.uniform(0.5, 1.5, shape))
        elif "moving_variance" in variable.name:
            variable.assign(rng.uniform(0.5, 2, shape))
        elif any(word in variable.name for word in ("beta", "moving_mean", "bias")):
            variable.assign(rng.normal(0, 0.5, shape))
    return model


def row_of(scheme: str, path: Path, weight_bytes: int) -> Row:
    graph = read(path)
    layout = lay_out(graph, lower(graph), CORE)
    return Row(scheme, path.stat().st_size, weight_bytes, layout.plan.arena_bytes)


def rows_of(net: Net, folder: Path, schemes: tuple[str, ...] = tuple(METHODS)) -> list[Row]:
    """float32 and int8 as TensorFlow's own converter writes them, and tinyq's files."""
    model = network(net)
    samples = np.random.default_rng(SEED).normal(size=(CALIBRATION, *net.shape)).astype(np.float32)
    plain = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    rows = [Row("float32", len(plain))]
    int8 = folder / "int8.tflite"
    for scheme in ("", *schemes):
        source, out = folder / "net.keras", folder / "net.tflite"
        (quantize_model(model, METHODS[scheme]) if scheme else model).save(source)
        if not scheme:
            report = convert(source, out, samples, asks=("*=a8w8",), keep_int8=int8)
            rows.append(row_of("int8", int8, report.totals.stored_bytes))
            continue
        report = convert(source, out, samples)
        rows.append(row_of(scheme, out, report.totals.stored_bytes))
    return rows


def lines_of(net: Net, rows: list[Row]) -> list[str]:
    real, int8 = rows[0].file_bytes, rows[1].file_bytes
    lines = []
    for row in rows:
        cells = [net.title, row.scheme, f"{row.file_bytes:,}"]
        cells += [f"1/{real / row.file_bytes:.1f}", f"1/{int8 / row.file_bytes:.2f}"]
        cells += ["" if size is None else f"{size:,}" for size in (row.weight_bytes, row.arena_bytes)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


HEADER = """# Sizes

Written by `make sizes`. Bytes of the `.tflite` files of five networks; weight bytes are their codes alone,
without scales and biases; the arena is what the C that `emit` writes for a Cortex-M4 keeps in RAM, scratch
memory included. Weights are random and batch norms as after some training: what a file takes depends on
shapes and schemes, not on what was learned.

float32 and int8 are the files of TensorFlow {version}'s own converter. a8w1 to a8w4 store all layers' weights
in few bits. The schemes with packed activations (a1w1 to a4w4) keep the first layer and the last one in int8,
as the published methods do.

| network | scheme | file bytes | of float32 | of int8 | weight bytes | arena bytes |
|---|---|---|---|---|---|---|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "sizes.md")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = []
    for net in track(NETS, "networks"):
        with tempfile.TemporaryDirectory() as folder:
            lines += lines_of(net, rows_of(net, Path(folder)))
    arguments.out.write_text(HEADER.format(version=tf.__version__) + "\n".join(lines) + "\n")
    print(arguments.out.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
