"""Layers of tinyq's LiteRT library beside XNNPACK's int8 ones: four 3x3 convolutions in a row."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from deploy_bits import BitsNet
from net_builder import Net
from rich.progress import track

from tinyq.graph import Graph, Quantization, Tensor, serialize
from tinyq.run.litert import Interpreter, litert

LAYERS = 4
INSTRUCTIONS = {"AVX-512": "avx512", "AVX2": "avx2"}  # TINYQ_X86
LEVELS = {"a1w1": 2, "atwt": 3}


@dataclass(frozen=True)
class Row:
    """A scheme on some instructions; `target` is how many times as fast as XNNPACK's int8 it should be."""

    scheme: str
    instructions: str
    target: float | None


ROWS = (
    Row("a1w1", "AVX-512", 4.0),
    Row("a1w1", "AVX2", 1.5),
    Row("atwt", "AVX-512", 2.2),
    Row("atwt", "AVX2", None),
    Row("a8wt", "AVX-512", 0.95),
    Row("a8wt", "AVX2", None),
)
HEADER = """
## Layers beside XNNPACK's int8

Four 3x3 convolutions in a row, int8 input and int8 output, one thread. XNNPACK's layers are int8 (a8w8),
run by LiteRT's own interpreter with its defaults. tinyq's run in the same interpreter with tinyq's library:
a1w1 and atwt begin with a quantization to packed codes. Weights are laid out once, in the first inference.
The least of {rounds} rounds, all kinds in turns in each round; a ratio is XNNPACK's time by tinyq's. AVX2 is
the same library with TINYQ_X86=avx2; XNNPACK always has all instructions of the computer. Weights: bytes in
the file, as a part of int8's. Load average while it ran: {load}.

What bounds the inner loops, counted, on Zen 5: it starts four vector operations a cycle, whatever their
width, of which two may be population counts, shuffles, shifts or VNNI's dot products, and two vector loads
(measured, one kind at a time). "Reached" is the loop alone with weights in cache, measured on family 26,
model 2, at 3.94 GHz. Layers add outputs (thresholds, requantization), padding, and what is not in cache when
they begin: more where channels are few, as 3x3 windows are 18 words of 32 signs at 64 channels, 144 at 512.

| loop | vector operations | for MACs | MAC/cycle, at most | reached |
|---|---|---|---|---|
| XNNPACK int8 | 1: `vpdpbusd` | 64 | 128 | 114 (layers) |
| a1w1, AVX-512 | 3: xor, count, add | 512 | 683 | 590 to 650 |
| atwt, AVX-512 | 6: and, ternary logic, 2 counts, 2 adds | 512 | 341 | 290 to 330 |
| a1w1, AVX2 | 29: 8 look-ups of 4 bits of 2 positions, adds, masks | 2048 | 282 | 180 to 200 |

Full adders (`vpternlogd`) before the counts need 5 operations for 1024 MACs of a1w1, at most 819 MAC/cycle,
and reached 510: an operation whose operands are all just being made starts at half the rate there.

| shape | XNNPACK int8 | scheme | instructions | tinyq | GMAC/s | ratio | target | weights |
|---|---|---|---|---|---|---|---|---|
"""


def chain(scheme: str, size: int, channels: int) -> Graph:
    """The layers' graph."""
    if scheme in LEVELS:
        bits, levels = BitsNet(0), LEVELS[scheme]
        codes = bits.quantize(bits.input(1, size, size, channels), levels)
        for _ in range(LAYERS - 1):
            codes = bits.layer("conv", codes, channels, levels, levels, pad_code=1)
        return bits.graph(bits.layer("conv", codes, channels, levels, "int8", pad_code=1))
    net = Net(0)
    x = net.input(1, size, size, channels)
    for _ in range(LAYERS):
        x = net.conv(x, channels, scheme=scheme)
    return with_scales_of_biases(net.graph(x)) if scheme == "a8w8" else net.graph(x)


def with_scales_of_biases(graph: Graph) -> Graph:
    """XNNPACK asks for them; they are the products of the input's and the weights' scales."""
    tensors = list(graph.tensors)
    for operator in graph.operators:
        x, weights, bias = operator.inputs
        scales = tensors[x].quantization.scale * tensors[weights].quantization.scale
        zeros = np.zeros(len(scales), np.int64)
        old = tensors[bias]
        tensors[bias] = Tensor(old.name, old.shape, old.dtype, Quantization(scales, zeros, 0), old.data)
    return Graph(tuple(tensors), graph.operators, graph.inputs, graph.outputs, graph.name)


def weight_bytes(graph: Graph) -> int:
    """Of the layers; thresholds, biases and scales do not count."""
    return sum(
        graph.tensors[operator.inputs[1]].data.nbytes
        for operator in graph.operators
        if "Quantize" not in operator.kind
    )


def ready(interpreter: Any) -> Callable[[], float]:
    """Seconds of one inference."""
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    x = np.random.default_rng(1).integers(-128, 128, source["shape"]).astype(np.int8)
    interpreter.set_tensor(source["index"], x)

    def once() -> float:
        started = time.perf_counter()
        interpreter.invoke()
        return time.perf_counter() - started

    return once


def capped(once: Callable[[], float], instructions: str) -> float:
    os.environ["TINYQ_X86"] = instructions
    try:
        return once()
    finally:
        del os.environ["TINYQ_X86"]


def lines_of(size: int, channels: int, rounds: int) -> list[str]:
    """A shape's lines of the table."""
    graphs = {scheme: chain(scheme, size, channels) for scheme in ("a8w8", *(row.scheme for row in ROWS))}
    files = {scheme: serialize(graph) for scheme, graph in graphs.items()}
    theirs = ready(litert().Interpreter(model_content=files["a8w8"], num_threads=1))
    ours = {
        scheme: ready(Interpreter(model_content=files[scheme], num_threads=1))
        for scheme in dict.fromkeys(row.scheme for row in ROWS)
    }
    times: list[list[float]] = [[] for _ in ROWS]
    xnnpack: list[float] = []
    for _ in track(range(rounds), f"{size}x{size}x{channels}"):
        xnnpack.append(theirs())
        for row, found in zip(ROWS, times, strict=True):
            found.append(capped(ours[row.scheme], INSTRUCTIONS[row.instructions]))
    int8, macs = min(xnnpack), LAYERS * (size * channels * 3) ** 2
    of_int8 = weight_bytes(graphs["a8w8"])
    lines = []
    for row, found in zip(ROWS, times, strict=True):
        least = min(found)
        target = "" if row.target is None else f">= {row.target}"
        part = weight_bytes(graphs[row.scheme]) / of_int8
        cells = [f"{size}x{size}x{channels}", f"{int8 * 1e3:.2f} ms", row.scheme, row.instructions]
        cells += [f"{least * 1e3:.2f} ms", f"{macs / least * 1e-9:.0f}", f"{int8 / least:.2f}", target]
        lines.append(f"| {' | '.join(cells)} | {part:.3f} |")
    return lines


def section(shapes: tuple[tuple[int, int], ...], rounds: int) -> str:
    """The section of docs/runtime.md."""
    before = os.getloadavg()[0]
    lines = [line for size, channels in shapes for line in lines_of(size, channels, rounds)]
    load = f"{before:.1f} to {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs"
    return HEADER.format(rounds=rounds, load=load) + "\n".join(lines) + "\n"
