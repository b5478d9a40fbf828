"""The emulated board: its clock counts instructions, its stack is measured, its faults end the program."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import Net, float_net, samples
from tools_required import need

from tinyq.core.boards import boards_dir, load_board
from tinyq.emit import emit_graph
from tinyq.evaluate.interpreter import Interpreter
from tinyq.run import build, run
from tinyq.run.process import INPUT, OUTPUT, execute
from tinyq.run.qemu import qemu_job

pytestmark = pytest.mark.qemu

HEAD = '#include "tinyq/tq_port.h"\nint main(void) {\n  tq_port_init();\n'
TAIL = "  tq_port_write(&result, sizeof result);\n  tq_port_exit(0);\n  return 0;\n}\n"
# subs, bne: two instructions a turn.
LOOP = """  const uint32_t start = tq_port_ticks();
  uint32_t turns = {turns};
  __asm__ volatile("1: subs %0, %0, #1\\n\\tbne 1b" : "+r"(turns) : : "cc");
  const uint32_t result = tq_port_ticks() - start;
"""
STACK = """  volatile uint8_t deep[{bytes}];
  for (uint32_t i = 0; i < sizeof deep; ++i) {{ deep[i] = 1; }}
  const uint32_t result = tq_port_stack_bytes();
"""
FAULT = "  *(volatile uint32_t *)0xF0000000u = 1;\n  const uint32_t result = 0;\n"
OVERFLOW = STACK.replace("{bytes}", "9000").replace("{{", "{").replace("}}", "}")
INITIALISED = """  static volatile uint32_t set = 40, cleared;
  const uint32_t result = set + cleared + 2;
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An emitted folder: applications of the tests are added to it."""
    need("arm-none-eabi-gcc", "qemu-system-arm")
    net = Net(0)
    out = tmp_path_factory.mktemp("board") / "out"
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", "qemu_cortex_m4", out)
    return out


def run_app(folder: Path, name: str, body: str, tmp_path: Path) -> tuple[int, int]:
    """(exit status, result) of an application with that body."""
    source = folder / "apps" / name / "main.c"
    source.parent.mkdir()
    source.write_text(HEAD + body + TAIL)
    (tmp_path / INPUT).touch()
    job = qemu_job(load_board("qemu_cortex_m4"), build(folder, name), tmp_path)
    status = execute(job, lambda size: None, 20)
    written = (tmp_path / OUTPUT).read_bytes()
    return status, int(np.frombuffer(written, "<u4")[0]) if written else -1


@pytest.mark.parametrize("turns", [1000, 100_000, 20_000_000])
def test_a_loop_of_known_length_takes_as_many_instructions(folder: Path, turns: int, tmp_path: Path) -> None:
    status, ticks = run_app(folder, f"loop{turns}", LOOP.format(turns=turns), tmp_path)
    per_tick = load_board("qemu_cortex_m4").instructions_per_tick
    assert status == 0 and per_tick is not None
    # Beside the loop: a few instructions that read the timer, and one tick.
    assert 0 <= ticks * per_tick - 2 * turns <= 16


@pytest.mark.parametrize("size", [1000, 6000])
def test_the_stack_that_was_used_is_measured(folder: Path, size: int, tmp_path: Path) -> None:
    status, used = run_app(folder, f"stack{size}", STACK.format(bytes=size), tmp_path)
    assert status == 0 and size <= used <= size + 200


def test_a_fault_ends_the_program_with_its_status(folder: Path, tmp_path: Path) -> None:
    assert run_app(folder, "fault", FAULT, tmp_path) == (7, -1)


def test_a_stack_that_overflows_is_an_error_and_no_wrong_result(folder: Path, tmp_path: Path) -> None:
    assert run_app(folder, "overflow", OVERFLOW, tmp_path) == (7, -1)


def test_initial_values_and_zeros_are_in_place(folder: Path, tmp_path: Path) -> None:
    assert run_app(folder, "initialised", INITIALISED, tmp_path) == (0, 42)


def test_another_core_is_another_folder_of_facts(tmp_path: Path) -> None:
    """A Cortex-M3 without FPU: not a line of code changes."""
    need("arm-none-eabi-gcc", "qemu-system-arm")
    mine = tmp_path / "m3"
    shutil.copytree(boards_dir() / "qemu_cortex_m4", mine)
    facts = (mine / "board.toml").read_text()
    changes = {
        "qemu_cortex_m4": "m3",
        "cortex-m4": "cortex-m3",
        "fpv4-sp-d16": "none",
        "mps2-an386": "mps2-an385",
    }
    for old, new in changes.items():
        facts = facts.replace(f'"{old}"', f'"{new}"')
    (mine / "board.toml").write_text(facts)
    emit_graph(float_net(), "net", mine, tmp_path / "out")
    given = samples(float_net(), 3)
    result = run(tmp_path / "out", given)
    assert np.array_equal(result.outputs[0], Interpreter(float_net()).predict(given[0][:, 0])[0])
    assert result.instructions is not None
