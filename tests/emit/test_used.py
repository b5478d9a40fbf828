"""Ways of kernels that a model does not take are not linked, and what it takes is."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deploy_bits import BitsNet
from deploy_nets import samples
from net_builder import Net
from tools_required import need

from tinyq.core.resources import firmware_dir
from tinyq.emit import Kernels, emit_graph, lay_out
from tinyq.emit.used import HEADER, used, used_header
from tinyq.evaluate.footprint import footprint
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph
from tinyq.graph.lowering import lower
from tinyq.run import run

NAMES = set(re.findall(r"#define TQ_USED_(\w+) 1", (firmware_dir() / HEADER).read_text()))


def conv(shape: Any, c_out: int, *args: Any, **how: Any) -> Graph:
    net = Net(3)
    return net.graph(net.conv(net.input(1, *shape), c_out, *args, **how))


def depthwise(shape: Any, *args: Any, **how: Any) -> Graph:
    net = Net(4)
    return net.graph(net.depthwise(net.input(1, *shape), *args, **how))


def dense(c_in: int, c_out: int, scheme: str) -> Graph:
    net = Net(7)
    return net.graph(net.dense(net.input(1, c_in), c_out, scheme))


def average(shape: Any, size: Any) -> Graph:
    net = Net(5)
    return net.graph(net.pool("AVERAGE_POOL_2D", net.input(1, *shape), size))


def bits(what: str, shape: Any, x_levels: int, w_levels: int, out: Any, c_out: int, **how: Any) -> Graph:
    net = BitsNet(6)
    x = net.quantize(net.input(1, *shape), x_levels)
    y = net.layer(what, x, c_out, w_levels, out, **how)
    return net.graph(y[0] if isinstance(y, tuple) else y)


# One layer each, so that each is built without the ways of all others.
GRAPHS = {
    "row": conv((3, 40, 1), 9, (1, 16), "a8wt"),
    "row with steps": conv((3, 40, 1), 9, (1, 16), "a8wt", stride=(1, 2)),
    "dilated row": conv((3, 40, 1), 9, (1, 5), "a8w1", dilation=(1, 2)),
    "one channel": conv((7, 9, 1), 9, (3, 3), "a8wt"),
    "channels": conv((7, 9, 5), 9, (3, 3), "a8w1"),
    "groups of one channel": conv((7, 9, 4), 8, (3, 3), "a8wt", groups=4),
    "int8": conv((7, 9, 8), 9, (3, 3)),
    "int8 row": conv((3, 40, 1), 9, (1, 16)),
    "two positions": depthwise((7, 9, 6), 1, (3, 3), "a8wt"),
    "far apart": depthwise((7, 9, 6), 1, (2, 2), "a8wt", stride=(2, 2)),
    "many taps": depthwise((12, 12, 6), 1, (8, 9), "a8w1"),
    "two filters": depthwise((7, 9, 6), 2, (3, 3), "a8wt"),
    "three filters": depthwise((7, 9, 6), 3, (3, 3), "a8w1"),
    "int8 depthwise": depthwise((7, 9, 6), 1, (3, 3)),
    "int8 two filters": depthwise((7, 9, 6), 2, (3, 3)),
    "long rows": depthwise((2, 40, 6), 1, (1, 16), "a8wt"),
    "long int8 rows": depthwise((2, 40, 6), 2, (1, 16)),
    "long rows with steps": depthwise((2, 40, 6), 1, (1, 16), "a8wt", stride=(1, 2)),
    "ternary weights": dense(70, 9, "a8wt"),
    "binary weights": dense(70, 9, "a8w1"),
    "int8 weights": dense(70, 9, "a8w8"),
    "small windows": average((8, 8, 5), (4, 4)),
    "large windows": average((40, 40, 3), (20, 20)),
    "signs": bits("conv", (6, 6, 40), 2, 2, 2, 35),
    "narrow signs": bits("conv", (6, 6, 12), 2, 2, 3, 33),
    "few signs": bits("conv", (16, 16, 3), 2, 2, 2, 16),
    "one channel of codes": bits("conv", (3, 70, 1), 4, 4, "int8", 9, size=(1, 16)),
    "few ternary channels": bits("conv", (7, 40, 2), 3, 3, 3, 17),
    "holes": bits("conv", (6, 6, 40), 3, 2, 3, 35),
    "pairs": bits("conv", (6, 6, 40), 3, 3, "int8", 35),
    "narrow pairs": bits("conv", (6, 6, 9), 2, 3, 4, 35),
    "planes of weights": bits("conv", (6, 6, 40), 2, 4, 16, 35),
    "planes": bits("conv", (6, 6, 40), 4, 4, "float32", 35),
    "planes by ternary": bits("conv", (6, 6, 12), 8, 3, 2, 35),
    "many planes": bits("conv", (6, 6, 40), 256, 2, 2, 35),
    "groups": bits("conv", (6, 6, 40), 2, 2, 2, 10, groups=2),
    "few positions": bits("conv", (1, 3, 40), 3, 3, 3, 35, size=(1, 1)),
    "depthwise signs": bits("depthwise", (6, 6, 40), 2, 2, 2, 40),
    "depthwise copies": bits("depthwise", (6, 6, 40), 2, 2, 2, 80),
    "depthwise ternary": bits("depthwise", (6, 6, 40), 3, 3, 3, 40),
    "depthwise signs or zeros": bits("depthwise", (6, 6, 40), 3, 2, 2, 40),
    "depthwise planes": bits("depthwise", (6, 6, 40), 4, 2, 8, 40),
    "depthwise sums": bits("depthwise", (6, 6, 40), 2, 2, "int8", 40),
    "depthwise, many levels": bits("depthwise", (6, 6, 40), 2, 2, 256, 40),
    "depthwise, many planes": bits("depthwise", (6, 6, 40), 256, 2, 2, 40),
    "depthwise rows": bits("depthwise", (1, 40, 9), 2, 2, 3, 18, size=(1, 11)),
    "depthwise columns": bits("depthwise", (9, 400, 9), 4, 3, "int8", 9, size=(9, 1), padding="VALID"),
    "dense signs": bits("dense", (70,), 2, 2, 2, 40),
    "dense ternary": bits("dense", (70,), 3, 2, 3, 40),
    "dense planes": bits("dense", (70,), 4, 4, "int8", 40),
    "dense words": bits("dense", (70,), 3, 4, 4, 40),
}


VECTORS = [name for name in GRAPHS if "windows" not in name]
# Of int8 activations, where cores without SIMD instructions have ways.
CODES = ("row", "row with steps", "dilated row", "channels", "far apart", "three filters", "ternary weights")


CORES = ("cortex-m4", "cortex-m55", "cortex-m0plus")


def ways(graph: Graph, cpu: str = "cortex-m4") -> frozenset[str]:
    return used(lay_out(graph, lower(graph), cpu))


def test_the_graphs_take_every_way_and_no_other() -> None:
    taken = [ways(graph, cpu) for graph in GRAPHS.values() for cpu in CORES]
    assert frozenset().union(*taken) == NAMES


def test_the_header_has_a_1_for_what_is_taken() -> None:
    graph = GRAPHS["two positions"]
    text = used_header(ways(graph))
    assert set(re.findall(r"#define TQ_USED_(\w+) 1", text)) == ways(graph)
    assert set(re.findall(r"#define TQ_USED_(\w+) TQ_USED_ALL", text)) == NAMES - ways(graph)


@pytest.mark.qemu
@pytest.mark.parametrize(
    ("core", "name"),
    [(core, name) for core, names in (("m4", GRAPHS), ("m55", VECTORS), ("m0", CODES)) for name in names],
)
def test_a_layer_alone_gives_the_integers_of_the_reference(core: str, name: str, tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "qemu-system-arm")
    graph = GRAPHS[name]
    report = emit_graph(graph, "net", f"qemu_cortex_{core}", tmp_path / "net")
    result = run(report.folder, samples(graph, 2), options={"TQ_WERROR": "ON"})
    wanted = Interpreter(graph).predict([array[:, 0] for array in samples(graph, 2)])
    for got, want in zip(result.outputs, wanted, strict=True):
        np.testing.assert_array_equal(got.reshape(want.shape), want)


@pytest.mark.qemu
def test_small_kernels_take_a_fraction_of_the_code(tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "qemu-system-arm")
    graph = GRAPHS["pairs"]
    code, outputs = {}, {}
    for kernels in Kernels:
        report = emit_graph(graph, "net", "qemu_cortex_m4", tmp_path / kernels.value, kernels=kernels)
        result = run(report.folder, samples(graph, 2))
        outputs[kernels] = result.outputs[0]
        code[kernels] = int(footprint(result.elf).flash["kernels"])
    assert code[Kernels.small] < code[Kernels.auto] / 3
    np.testing.assert_array_equal(outputs[Kernels.small], outputs[Kernels.auto])
