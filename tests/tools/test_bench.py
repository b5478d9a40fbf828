"""tools/bench.py: what is asked of layers, how loops are found, what tables say, and counts as of `run`."""

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tools_required import need

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def tools_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))


@pytest.fixture
def layers(tools_on_path) -> ModuleType:
    from benchmark import layers

    return layers


def test_layers_have_the_multiply_accumulates_of_the_published_table(layers) -> None:
    wanted = [9_437_184, 2_097_152, 65_536, 147_456, 442_368, 2_359_296, 2_359_296]
    wanted += [12_672_000, 396_000, 35_840, 35_840, 491_520, 983_040]
    assert [layer.macs for layer in layers.LAYERS] == wanted


def test_a_target_is_a_share_of_cmsis_nn_or_so_many_a_mac(layers) -> None:
    conv = layers.LAYERS[0]
    assert layers.target_of(conv, "a1w1", "qemu_cortex_m4").limit(16_618_881, 100) == 20
    assert layers.faster(4).limit(1000, 7) == 250
    assert layers.target_of(conv, "a8w1", "qemu_cortex_m4") is None
    assert layers.target_of(conv, "a8wt", "qemu_cortex_m55").faster == 1


@pytest.mark.parametrize("scheme", ["a8w8", "a8wt", "a8w1", "a1w1", "atwt", "a2w2"])
def test_graphs_compute_what_their_layers_say(layers, scheme) -> None:
    from benchmark.graphs import graph_of, samples_of

    from tinyq.evaluate.interpreter import Interpreter
    from tinyq.graph.lowering import lower

    shapes = [
        layers.Layer("conv", layers.CONV, (1, 5, 6, 3), (4, 3, 2, 3)),
        layers.Layer("valid", layers.CONV, (1, 5, 6, 3), (4, 5, 1, 3), "VALID"),
        layers.Layer("depthwise", layers.DEPTHWISE, (1, 5, 6, 3), (1, 3, 3, 6)),
        layers.Layer("dense", layers.DENSE, (1, 20), (7, 20), ""),
    ]
    for layer in shapes:
        graph = graph_of(layer, scheme)
        (step,) = lower(graph)
        assert scheme in step.kernel or "_bits" in step.kernel
        assert step.macs == layer.macs
        (outputs,) = Interpreter(graph).predict(samples_of(layer, scheme))
        assert len(outputs) == 2 and len(np.unique(outputs)) > 1


LISTING = """
00000100 <tq_kernel>:
     100:      \tmovs\tr0, #9
     102:      \tb\t0x110 <$d+0x4>           @ imm = #2
     104:      \tldr\tr1, [r2], #4
     106:      \tadds\tr3, r3, r1
     108:      \tsubs\tr0, #1
     10a:      \tbne\t0x104 <tq_kernel+0x4>  @ imm = #-10

0000010c <$d>:
     10c:\t08 13 00 00\t.word\t0x00001308

00000110 <$t>:
     110:      \tcmp\tr4, #0
     112:      \tbne\t0x104 <tq_kernel+0x4>  @ imm = #-18
     114:      \tbx\tlr
"""


def test_instructions_of_blocks_are_counted_up_to_the_branch(monkeypatch) -> None:
    from benchmark import hot_loop

    from tinyq.core.boards import load_board

    class Done:
        stdout = LISTING

    monkeypatch.setattr(hot_loop.subprocess, "run", lambda *_, **__: Done)
    monkeypatch.setattr(hot_loop, "find_program", lambda *_: "objdump")
    board = load_board("qemu_cortex_m4")
    blocks = {0x100: 2, 0x104: 60, 0x110: 7, 0xF00: 5}
    monkeypatch.setattr(hot_loop, "blocks_of", lambda *_: blocks)
    listing = hot_loop.disassemble(Path("x.elf"), board)
    assert listing[0x10A].target == 0x104 and listing[0x112].function == "tq_kernel"
    counts = hot_loop.executed(listing, blocks)
    assert counts[0x100] == counts[0x102] == 2 and counts[0x106] == 60 and counts[0x112] == 7
    assert 0x10C not in counts
    loop = hot_loop.hot_loop(Path("x.elf"), board, b"")
    assert loop.function == "tq_kernel" and loop.body[0].address == 0x104 and loop.turns in (7, 60)
    assert loop.total == 4 + 240 + 14


def test_a_block_ends_where_the_next_one_begins_on_another_page() -> None:
    from benchmark.hot_loop import Instruction, executed

    texts = {0x3FC: "adds r1, r1, #1", 0x3FE: "adds r1, r1, #1", 0x400: "adds r1, r1, #1", 0x402: "bx lr"}
    listing = {address: Instruction(address, text, "tq_x", None) for address, text in texts.items()}
    assert executed(listing, {0x3FC: 3, 0x400: 3}) == {0x3FC: 3, 0x3FE: 3, 0x400: 3, 0x402: 3}
    assert executed(listing, {0x3FC: 3, 0x3FE: 2}) == {0x3FC: 3, 0x3FE: 5, 0x400: 5, 0x402: 5}


def test_a_loop_of_additions_takes_its_cycles_on_a_model_of_a_core() -> None:
    need("llvm-mca-14")
    from benchmark.cycles import cycles_per_turn
    from benchmark.hot_loop import Instruction, Loop

    body = [Instruction(4 * i, "adds r1, r1, #1", "tq_x", None) for i in range(10)]
    body.append(Instruction(40, "bne 0x0 <tq_x>", "tq_x", 0))
    cycles = cycles_per_turn(Loop("tq_x", tuple(body), 1, 11, 11), "thumbv7em-none-eabihf", "cortex-m4")
    assert 11 <= cycles < 13


def test_a_memory_forgets_what_other_sources_gave_and_keeps_the_rest(tmp_path) -> None:
    from benchmark.memory import Memory

    path = tmp_path / "rows.json"
    Memory(path, keeps=True).put("rows", "a", {"digest": "1", "n": 5})
    Memory(path, keeps=False).put("rows", "b", {"digest": "1"})
    again = Memory(path, keeps=True)
    assert again.get("rows", "a", "1") == {"digest": "1", "n": 5}
    assert again.get("rows", "a", "2") is None and again.get("loops", "a", "1") is None
    assert list(json.loads(path.read_text())["rows"]) == ["a"]


def row(**facts):
    from benchmark.measure import Row

    usual = {"layer": "conv 3x3, 16x16x64 -> 64", "scheme": "a8wt", "board": "qemu_cortex_m4"}
    sizes = dict.fromkeys(("weight_bytes", "scratch_bytes", "code_bytes", "arena_bytes"), 1)
    count = {"instructions": 5_000_000, "macs": 9_437_184, "variant": "tq_conv_2d_a8wt_dsp", "digest": ""}
    return Row(**{**usual, **sizes, **count, **facts})


@pytest.mark.parametrize(
    ("count", "verdict"),
    [(4_000_000, "met, and the stretch"), (6_000_000, "met"), (7_000_000, "missed by 1.14 x")],
)
def test_a_line_says_whether_the_target_is_met(layers, count, verdict) -> None:
    from benchmark.tables import layer_line

    line = layer_line(layers.LAYERS[0], row(instructions=count))
    assert f"| 0.65 per MAC | {verdict} |" in line and f"| {16_618_881 / count:.2f} x |" in line


def test_on_a_core_without_figures_the_target_is_a_share_of_the_reference(layers) -> None:
    from benchmark.tables import layer_line

    facts = {"board": "qemu_cortex_m0", "instructions": 100}
    slow = row(board="qemu_cortex_m0", instructions=199)
    assert "| 2 x the reference | missed by 1.01 x |" in layer_line(layers.LAYERS[0], row(**facts), slow)


def linear(graph) -> int:
    """Three a multiply-accumulate, and 700."""
    from tinyq.core.costs import terms
    from tinyq.graph.lowering import lower

    return 3 * terms(lower(graph)[-1].dims)[0] + 700


def test_factors_are_fitted_to_counts(tmp_path) -> None:
    from benchmark.fit import fit
    from benchmark.graphs import graph_of
    from benchmark.layers import CONV, LAYERS
    from benchmark.scaling import points

    convs = [layer for layer in (*LAYERS, *points()) if layer.kind == CONV]
    rows = [row(layer=la.title, instructions=linear(graph_of(la, "a8wt"))) for la in convs]
    (found,) = fit(rows, [], tmp_path / "costs.json")  # of rows and columns, there are too few
    assert found.key == "tq_conv_2d_a8wt_dsp" and found.worst < 0.01
    assert found.rows == sum(layer.input[3] > 1 or layer.filter[2] in (3, 4) for layer in convs)
    factors = json.loads((tmp_path / "costs.json").read_text())["cortex-m4"]["tq_conv_2d_a8wt_dsp"]
    assert min(factors) >= 0 and abs(factors[0] - 3) < 0.1


def test_factors_are_fitted_to_small_layers_of_every_operator(tmp_path) -> None:
    from benchmark.calibration import Calibration, pieces
    from benchmark.fit import fit

    graphs = pieces("a8w8")
    symbols = {title: f"tq_{title.split()[0]}_dsp" for title in graphs}
    counts = {title: linear(graph) for title, graph in graphs.items()}
    one = Calibration("a8w8", "qemu_arm64", symbols, counts, "")
    found = {fitted.key: fitted for fitted in fit([], [one], tmp_path / "costs.json")}
    forms = ("tq_conv_dsp", "tq_depthwise_dsp")
    wanted = {f"{symbol}{form}" for symbol in forms for form in ("", " row", " column")}
    assert set(found) == wanted | {"tq_dense_dsp", "tq_pool_dsp", "tq_add_dsp"}
    assert sum(fitted.rows for fitted in found.values()) == len(graphs)
    assert all(fitted.middle < 0.01 for fitted in found.values())


@pytest.mark.parametrize("scheme", ["a8wt", "a1w1", "a2w2"])
def test_small_layers_lie_side_by_side_in_one_graph(scheme, tmp_path) -> None:
    from benchmark.calibration import beside, pieces

    from tinyq.graph.lowering import lower

    graphs = pieces(scheme)
    steps = lower(beside(graphs.values()))
    assert len(steps) == sum(len(graph.operators) for graph in graphs.values())
    last = [lower(graph)[-1] for graph in graphs.values()]
    together = iter(steps)
    assert all(any(step.kernel == one.kernel and step.macs == one.macs for step in together) for one in last)


@pytest.mark.qemu
@pytest.mark.slow
def test_small_layers_are_counted_by_their_titles(layers, tmp_path, monkeypatch) -> None:
    need("arm-none-eabi-gcc", "qemu-system-arm")
    from benchmark import measure
    from benchmark.calibration import pieces
    from benchmark.memory import Memory

    few = dict(list(pieces("a8w8").items())[-3:])
    monkeypatch.setattr(measure, "pieces", lambda scheme: few)
    bench = measure.Bench(tmp_path / "objects", Memory(tmp_path / "rows.json", keeps=True))
    counted = bench.calibration("a8w8", "qemu_cortex_m4")
    assert counted.symbols.keys() == counted.instructions.keys() == few.keys()
    assert min(counted.instructions.values()) > 100 and set(counted.symbols.values()) == {"tq_add_a8_dsp"}
    assert bench.calibration("a8w8", "qemu_cortex_m4") == counted


@pytest.mark.qemu
@pytest.mark.slow
def test_the_bench_counts_what_run_counts(layers, tmp_path) -> None:
    need("arm-none-eabi-gcc", "qemu-system-arm")
    from benchmark.graphs import graph_of, samples_of
    from benchmark.measure import Bench
    from benchmark.memory import Memory

    from tinyq.emit import emit_graph
    from tinyq.run import run

    layer = layers.Layer("small", layers.CONV, (1, 6, 6, 8), (8, 3, 3, 8))
    bench = Bench(tmp_path / "objects", Memory(tmp_path / "rows.json", keeps=True))
    counted = bench.layer(layer, "a8wt", "qemu_cortex_m4")
    emit_graph(graph_of(layer, "a8wt"), "small", "qemu_cortex_m4", tmp_path / "model")
    result = run(tmp_path / "model", samples_of(layer, "a8wt"))
    assert counted.instructions == result.instructions[0] and counted.macs == layer.macs
    assert counted.code_bytes > 0 and bench.layer(layer, "a8wt", "qemu_cortex_m4") == counted
    assert sys.modules["benchmark.measure"].boards_of("cortex_m0,arm64") == ("qemu_cortex_m0", "qemu_arm64")
