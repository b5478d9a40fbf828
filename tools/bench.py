"""`make bench`: instructions of single layers on the emulated Cortex-M4, into docs/performance.md.

Each layer is a one-operator .tflite, emitted, built at -O2, and run under QEMU's -icount: the whole layer,
with all that happens per inference. Outputs are checked against the NumPy reference in the same run.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from tinyq.convert import Request, run_passes
from tinyq.emit import emit
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import write
from tinyq.graph.ir import Graph, Operator, Quantization, Tensor
from tinyq.run import run

ROOT = Path(__file__).resolve().parent.parent
BOARD = "qemu_cortex_m4"
SCHEMES = ("a8w8", "a8wt", "a8w1")


@dataclass(frozen=True)
class Layer:
    title: str
    kind: str
    input: tuple[int, ...]
    filter: tuple[int, ...]  # OHWI, 1HWO, OI
    padding: str = "SAME"
    multiplier: int = 1
    cmsis_nn: int | None = None  # instructions of CMSIS-NN int8, measured elsewhere: see HEADER


LAYERS = (
    Layer("conv 3x3, 16x16x64 -> 64", "CONV_2D", (1, 16, 16, 64), (64, 3, 3, 64), cmsis_nn=16_618_881),
    Layer("conv 1x1, 16x16x64 -> 128", "CONV_2D", (1, 16, 16, 64), (128, 1, 1, 64), cmsis_nn=4_338_298),
    Layer("conv 3x3, 32x32x16 -> 16", "CONV_2D", (1, 32, 32, 16), (16, 3, 3, 16), cmsis_nn=5_487_493),
    Layer("dense 1024 -> 64", "FULLY_CONNECTED", (1, 1024), (64, 1024), cmsis_nn=126_173),
    Layer("depthwise 3x3, 16x16x64", "DEPTHWISE_CONV_2D", (1, 16, 16, 64), (1, 3, 3, 64), cmsis_nn=1_269_283),
    Layer(
        "EEGNet temporal 1x64, 22x1125x1 -> 8",
        "CONV_2D",
        (1, 22, 1125, 1),
        (8, 1, 64, 1),
        cmsis_nn=89_075_576,
    ),
    Layer(
        "EEGNet spatial depthwise 22x1, 22x1125x8 -> 16",
        "DEPTHWISE_CONV_2D",
        (1, 22, 1125, 8),
        (1, 22, 1, 16),
        padding="VALID",
        multiplier=2,
        cmsis_nn=12_703_692,
    ),
)


def graph_of(layer: Layer, scheme: str) -> Graph:
    rng = np.random.default_rng(0)
    values = {"a8w8": np.arange(-127, 128), "a8wt": [-127, 0, 127], "a8w1": [-127, 127]}[scheme]
    weights = rng.choice(values, layer.filter).astype(np.int8)
    channels = layer.filter[-1] if layer.kind == "DEPTHWISE_CONV_2D" else layer.filter[0]
    axis = 3 if layer.kind == "DEPTHWISE_CONV_2D" else 0
    one = lambda scale, zero_point: Quantization(np.float32([scale]), np.int64([zero_point]))  # noqa: E731
    per_channel = lambda scale, axis: Quantization(  # noqa: E731
        np.full(channels, scale, np.float32), np.zeros(channels, np.int64), axis
    )
    depth = weights.size // channels
    output_scale = 0.02 * 0.005 * np.sqrt(depth) * 60 * 80 / 100
    tensors = (
        Tensor("input", layer.input, "int8", one(0.02, -3)),
        Tensor("layer/weights", layer.filter, "int8", per_channel(0.005, axis), weights),
        Tensor(
            "layer/bias", (channels,), "int32", per_channel(0.02 * 0.005, 0), np.zeros(channels, np.int32)
        ),
        Tensor("layer", output_shape(layer, channels), "int8", one(output_scale, 5)),
    )
    return Graph(tensors, (Operator(layer.kind, (0, 1, 2), (3,), options_of(layer)),), (0,), (3,))


def output_shape(layer: Layer, channels: int) -> tuple[int, ...]:
    if layer.kind == "FULLY_CONNECTED":
        return (1, channels)
    n, h, w, _ = layer.input
    if layer.padding == "VALID":
        h, w = h - layer.filter[1] + 1, w - layer.filter[2] + 1
    return (n, h, w, channels)


def options_of(layer: Layer) -> dict[str, object]:
    if layer.kind == "FULLY_CONNECTED":
        return {"fused_activation_function": "RELU", "keep_num_dims": False}
    options: dict[str, object] = {
        "padding": layer.padding,
        "stride_w": 1,
        "stride_h": 1,
        "dilation_w_factor": 1,
        "dilation_h_factor": 1,
        "fused_activation_function": "RELU",
    }
    if layer.kind == "DEPTHWISE_CONV_2D":
        options["depth_multiplier"] = layer.multiplier
    return options


def measure(layer: Layer, scheme: str, folder: Path) -> dict[str, float]:
    graph = graph_of(layer, scheme)
    if scheme != "a8w8":
        graph = run_passes(graph, Request())[0]
    model = folder / f"{scheme}.tflite"
    write(graph, model)
    emit(model, BOARD, folder / scheme)
    x = np.random.default_rng(1).integers(-128, 128, (2, *layer.input[1:])).astype(np.int8)
    result = run(folder / scheme, x)
    reference = Interpreter(graph).predict(x)[0]
    if not np.array_equal(result.outputs[0], reference):
        raise SystemExit(f"{layer.title} {scheme}: the board's output differs from the reference")
    step = graph.tensors[graph.operators[0].inputs[1]]
    return {"instructions": result.instructions[0], "macs": macs(layer), "weight_bytes": step.data.nbytes}


def macs(layer: Layer) -> int:
    channels = layer.filter[-1] if layer.kind == "DEPTHWISE_CONV_2D" else layer.filter[0]
    out = int(np.prod(output_shape(layer, channels)))
    return out * (int(np.prod(layer.filter)) // channels)


def table() -> str:
    lines = [
        "| layer | scheme | instructions | per MAC | weight bytes | CMSIS-NN int8 / this |",
        "|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as temporary:
        for i, layer in enumerate(track(LAYERS, "layers on the emulated Cortex-M4")):
            for scheme in SCHEMES:
                folder = Path(temporary, f"{i}-{scheme}")
                folder.mkdir()
                row = measure(layer, scheme, folder)
                ratio = f"{layer.cmsis_nn / row['instructions']:.2f} x" if layer.cmsis_nn else ""
                lines.append(
                    f"| {layer.title} | {scheme} | {row['instructions']:,.0f} | "
                    f"{row['instructions'] / row['macs']:.2f} | {row['weight_bytes']:,} | {ratio} |"
                )
    return "\n".join(lines)


HEADER = """# Performance

Written by `make bench`. Instructions of one whole layer on QEMU's mps2-an386 (Cortex-M4), `-icount`, gcc -O2,
with the kernels that `emit` chooses for that core; outputs equal the NumPy reference in the same run.
Instructions are not cycles.

The last column is CMSIS-NN's int8 instructions divided by ours: above 1, ours are fewer. `make bench` does
not run CMSIS-NN: its figures are constants in `tools/bench.py`, from another measurement (CMSIS-NN of
2026-07, gcc 12.2 -O3, the same layers in int8, instructions counted the same way).

"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "performance.md")
    arguments = parser.parse_args()
    arguments.out.write_text(HEADER + table() + "\n")
    print(arguments.out.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
