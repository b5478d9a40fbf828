"""Emitted C equals the NumPy reference bit for bit, on this computer and on the emulated Cortex-M4."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import NETS, samples
from tools_required import need

from tinyq.core.variants import best_variant
from tinyq.emit import emit_graph
from tinyq.emit.c_values import struct_fields, struct_type
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph.lowering import lower
from tinyq.run import RunResult, build, run

STRICT = {"TQ_WERROR": "ON"}
TOOLS = {
    "host": ("cc",),
    "qemu_cortex_m4": ("arm-none-eabi-gcc", "qemu-system-arm"),
}
Deploy = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Deploy:
    """Emits a net for a board, once."""
    done: dict[tuple[str, str], Path] = {}

    def emit_once(net: str, board: str) -> Path:
        need(*TOOLS[board])
        if (net, board) not in done:
            done[net, board] = tmp_path_factory.mktemp(f"{net}_{board}") / "out"
            emit_graph(NETS[net](), net, board, done[net, board])
        return done[net, board]

    return emit_once


def answer(folder: Path, net: str, count: int, **options: str) -> RunResult:
    return run(folder, samples(NETS[net](), count), options=STRICT | options)


def same_as_reference(result: RunResult, net: str, count: int) -> None:
    graph = NETS[net]()
    expected = Interpreter(graph).predict(
        [
            array[:, 0] if graph.tensors[index].shape[0] == 1 else array
            for array, index in zip(samples(graph, count), graph.inputs, strict=True)
        ]
    )
    assert len(result.outputs) == len(expected)
    for got, want in zip(result.outputs, expected, strict=True):
        assert got.dtype == want.dtype and got.shape == want.shape
        assert got.tobytes() == want.tobytes()


def spread(result: RunResult) -> int:
    """Distinct values of the first output: a test of a constant proves little."""
    return len(np.unique(result.outputs[0]))


@pytest.mark.parametrize("net", NETS)
def test_host_equals_the_reference(deploy: Deploy, net: str) -> None:
    result = answer(deploy(net, "host"), net, 40)
    same_as_reference(result, net, 40)
    assert spread(result) > 10
    assert result.instructions is None and result.stack_bytes is None
    assert len(result.ticks) == 40 and len(result.layer_ticks) == len(result.layers)


@pytest.mark.parametrize("net", NETS)
def test_host_with_sanitizers_equals_the_reference(deploy: Deploy, net: str, tmp_path: Path) -> None:
    same_as_reference(answer(deploy(net, "host"), net, 15, TQ_SANITIZE="ON"), net, 15)


@pytest.mark.qemu
@pytest.mark.parametrize("net", NETS)
def test_emulated_cortex_m4_equals_the_reference(deploy: Deploy, net: str) -> None:
    result = answer(deploy(net, "qemu_cortex_m4"), net, 20)
    same_as_reference(result, net, 20)
    assert result.stack_bytes is not None and 100 < result.stack_bytes < 4096


@pytest.mark.qemu
def test_instruction_counts_are_the_same_in_two_runs_and_layers_make_up_the_whole(deploy: Deploy) -> None:
    folder = deploy("ternary", "qemu_cortex_m4")
    first, second = answer(folder, "ternary", 5), answer(folder, "ternary", 5)
    assert first.ticks.tolist() == second.ticks.tolist()
    assert first.layer_ticks.tolist() == second.layer_ticks.tolist()
    assert first.stack_bytes == second.stack_bytes
    assert first.instructions is not None and first.layer_instructions is not None
    whole, layers = int(first.instructions[0]), int(first.layer_instructions.sum())
    assert abs(whole - layers) < 30 * len(first.layers)
    assert first.instructions.min() > 10_000


@pytest.mark.parametrize(
    "board", ["host", pytest.param("qemu_cortex_m4", marks=pytest.mark.qemu)], ids=lambda name: name
)
def test_hello_tells_what_it_is(deploy: Deploy, board: str, tmp_path: Path) -> None:
    elf = build(deploy("float", board), "hello", STRICT)
    emulator = [
        "qemu-system-arm",
        "-M",
        "mps2-an386",
        "-cpu",
        "cortex-m4",
        "-nographic",
        "-icount",
        "shift=5",
    ]
    emulator += ["-semihosting-config", "enable=on,target=native", "-kernel"]
    command = [str(elf)] if board == "host" else [*emulator, str(elf)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    text = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, text
    assert "model  float, arena " in text and "input  input_0 [1, 6, 5, 3] float32" in text
    zeros = [np.zeros((1, 6, 5, 3), np.float32)]
    expected = Interpreter(NETS["float"]()).predict([zeros[0]])[0].reshape(-1)
    line = next(line for line in text.splitlines() if line.endswith("e-6"))
    assert np.allclose([int(x[:-3]) for x in line.split()], np.trunc(expected * 1e6), atol=1)
    assert text.count(" ticks\n") == 12


@pytest.mark.parametrize("net", ["ternary", "binary", "bits"])
def test_the_plan_gives_kernels_the_scratch_that_c_asks_for(deploy: Deploy, net: str) -> None:
    folder = deploy(net, "host")
    variants = [(step, best_variant(step.kernel)) for step in lower(NETS[net]()) if step.kernel != "reshape"]
    scratched = [(step, variant) for step, variant in variants if variant.scratch is not None]
    calls = "".join(
        f"  {{ const {struct_type(s.dims)} d = {{ {', '.join(struct_fields(s.dims, {}))} }};\n"
        f'    printf("%d\\n", (int){variant.symbol}_scratch(&d)); }}\n'
        for s, variant in scratched
    )
    source = folder / "apps" / "scratch" / "main.c"
    source.parent.mkdir()
    headers = "".join(f'#include "tinyq/{name}"\n' for name in ("tq_kernels.h", "tq_kernels_bits.h"))
    source.write_text(f"{headers}#include <stdio.h>\nint main(void) {{\n{calls}return 0; }}\n")
    said = subprocess.run([str(build(folder, "scratch", STRICT))], capture_output=True, check=True).stdout
    assert [int(line) for line in said.split()] == [variant.scratch(s.dims) for s, variant in scratched]


def test_progress_is_reported_to_the_end(deploy: Deploy) -> None:
    seen: list[tuple[int, int]] = []
    graph = NETS["ternary"]()
    run(deploy("ternary", "host"), samples(graph, 9), progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 9) and seen[-1] == (9, 9)


def test_emission_is_the_same_in_two_calls(tmp_path: Path) -> None:
    for name in ("a", "b"):
        emit_graph(NETS["float"](), "net", "host", tmp_path / name)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)
