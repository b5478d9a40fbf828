"""The emulated boards: clocks count instructions, stacks are measured, faults end programs, sums agree."""

import re
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import Net, float_net, samples, ternary_net
from tools_required import need

from tinyq.core.boards import Board, boards_dir, list_boards, load_board
from tinyq.core.faults import fault_at_end
from tinyq.emit import emit_graph
from tinyq.evaluate.interpreter import Interpreter
from tinyq.run import build, run
from tinyq.run.process import INPUT, OUTPUT, execute
from tinyq.run.qemu import UART_READY, qemu_job

pytestmark = pytest.mark.qemu

BOARDS = [name for name in list_boards() if load_board(name).runner == "qemu"]
# A build takes seconds: a Cortex-M, one with a UART, and the ARM64 stand for the others in the fast tests.
FEW = [
    name
    if name in ("qemu_cortex_m4", "qemu_arm64", "stm32f405")
    else pytest.param(name, marks=pytest.mark.slow)
    for name in BOARDS
]

HEAD = '#include "tinyq/tq_port.h"\n{loop}int main(void) {\n  tq_port_init();\n'
TAIL = "  tq_port_write(&result, sizeof result);\n  tq_port_exit(0);\n  return 0;\n}\n"
# subs, bne: two instructions a turn.
LOOP = """#if defined(__aarch64__)
#define TURN(n) __asm__ volatile("1: subs %w0, %w0, #1\\n\\tbne 1b" : "+r"(n) : : "cc")
#else
#define TURN(n) __asm__ volatile(".syntax unified\\n1: subs %0, %0, #1\\n\\tbne 1b" : "+l"(n) : : "cc")
#endif
"""
FACTS = """  static volatile uint32_t set = 40, cleared;
  uint32_t result[4] = {{set + cleared + 2}};
  for (int i = 0; i < 2; ++i) {{
    const uint32_t start = tq_port_ticks();
    uint32_t turns = i == 0 ? 1000u : 20000000u;
    TURN(turns);
    result[1 + i] = tq_port_ticks() - start;
  }}
  volatile uint8_t deep[{bytes}];
  for (uint32_t i = 0; i < sizeof deep; ++i) {{ deep[i] = 1; }}
  result[3] = tq_port_stack_bytes();
  tq_port_write(result, sizeof result);
  *(volatile uint32_t *)0xE8000000u = 1;
"""
OVERFLOW = """  volatile uint8_t deep[{bytes}];
  for (uint32_t i = 0; i < sizeof deep; ++i) {{ deep[i] = 1; }}
  const uint32_t result = deep[9];
"""
UNALIGNED = """  static volatile uint32_t words[2] = {1, 2};
  volatile uint32_t one = 1; /* else the compiler sees what is coming, and reads bytes */
  const uintptr_t inside = (uintptr_t)words + one;
  const uint32_t result = *(volatile uint32_t *)inside;
"""
# Computes until 40 bytes have come; on ARM64, which keeps no register for an interrupt, with every register.
X, V = ",".join(map(str, range(18))), ",".join(map(str, range(32)))
CHANGED = ", ".join(f'"x{n}"' for n in (*range(18), 19)) + "".join(f', "v{n}"' for n in range(32))
BUSY = rf"""  static volatile uint8_t ring[64];
  uint8_t heard[64];
  uint32_t result = 0;
  tq_port_listen((uint8_t *)ring, sizeof ring);
  tq_port_ready();
  while (ring[39] == 0) {{
#if defined(__aarch64__)
    uint64_t general[18] = {{0}}, *to = general;
    uint8_t vectors[32][16] = {{{{0}}}}, (*vectors_to)[16] = vectors;
    __asm__ volatile(
        ".irp r, {X}\n\tmov x\\r, #(\\r + 1)\n\t.endr\n\t"
        ".irp r, {V}\n\tmovi v\\r\\().16b, #(\\r + 1)\n\t.endr\n\t"
        "mov x19, #50000\n1:\tsubs x19, x19, #1\n\tb.ne 1b\n\t"
        ".irp r, {X}\n\tstr x\\r, [%0], #8\n\t.endr\n\t"
        ".irp r, {V}\n\tstr q\\r, [%1], #16\n\t.endr"
        : "+r"(to), "+r"(vectors_to) : : {CHANGED}, "cc", "memory");
    for (int i = 0; i < 18; ++i) {{ result |= general[i] != (uint64_t)i + 1; }}
    for (int i = 0; i < 512; ++i) {{ result |= (uint32_t)(vectors[i / 16][i % 16] != i / 16 + 1) << 1; }}
#endif
  }}
  result |= (uint32_t)(tq_port_poll(heard, sizeof heard) != 40) << 2;
  for (int i = 0; i < 40; ++i) {{ result |= (uint32_t)(heard[i] != i + 1) << 3; }}
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Board -> an emitted folder, made when first needed: applications of the tests are added to it."""
    net, made = Net(0), tmp_path_factory.mktemp("boards")
    graph = net.graph(net.dense(net.input(1, 8), 3))

    class Folders(dict[str, Path]):
        def __missing__(self, board: str) -> Path:
            need(load_board(board).compiler, load_board(board).emulator)
            emit_graph(graph, "tiny", board, made / board)
            self[board] = made / board
            return self[board]

    return Folders()


def run_app(
    folder: Path, name: str, body: str, tmp_path: Path, board: Path | None = None, given: bytes = b""
) -> tuple[int, list[int]]:
    """(exit status, results) of an application with that body, on the board that the folder is for."""
    source = folder / "apps" / name / "main.c"
    source.parent.mkdir()
    source.write_text(HEAD.replace("{loop}", LOOP) + body + TAIL)
    (tmp_path / INPUT).write_bytes(given)
    job = qemu_job(load_board(board or folder.name), build(folder, name), tmp_path)
    status = 0
    with suppress(Stopped):
        status = execute(job, lambda size: stop_at_fault(tmp_path / OUTPUT), 20)
    said = (tmp_path / OUTPUT).read_bytes()
    fault = fault_at_end(said)
    assert fault is None or status in (0, fault)
    results = said.removeprefix(UART_READY).partition(b"tinyq fault")[0]
    return fault or status, np.frombuffer(results, "<u4").tolist()


class Stopped(Exception):
    """A board waits in its safe state."""


def stop_at_fault(output: Path) -> None:
    if fault_at_end(output.read_bytes()) is not None:
        raise Stopped


@pytest.mark.parametrize("board", FEW)
def test_clock_stack_and_memory_are_right_and_a_fault_is_said(
    folders: dict[str, Path], board: str, tmp_path: Path
) -> None:
    facts = load_board(board)
    size = facts.stack_bytes * 2 // 3
    status, results = run_app(folders[board], "facts", FACTS.format(bytes=size), tmp_path)
    assert status == 7
    initialised, *ticks, stack = results
    assert initialised == 42 and size <= stack <= size + 300
    assert facts.instructions_per_tick is not None
    for count, turns in zip(ticks, (1000, 20_000_000), strict=True):
        # Beside the loop: a few instructions that read the timer, a tick on either side, interrupts.
        interrupts = 12 * (count >> 24) if facts.console == "uart" else 0
        assert -2 <= count * facts.instructions_per_tick - 2 * turns <= 18 + interrupts


@pytest.mark.parametrize("board", FEW)
def test_a_stack_that_overflows_is_an_error_and_no_wrong_result(
    folders: dict[str, Path], board: str, tmp_path: Path
) -> None:
    body = OVERFLOW.format(bytes=load_board(board).stack_bytes + 1000)
    assert run_app(folders[board], "overflow", body, tmp_path) == (7, [])


@pytest.mark.parametrize("board", ["qemu_cortex_m3", "qemu_cortex_m33"])
def test_a_stack_that_overflows_into_other_memory_is_an_error_too(board: str, tmp_path: Path) -> None:
    """As on RP2040 and RP2350: what lies below the stack can be written."""
    need(load_board(board).compiler, load_board(board).emulator)
    mine = tmp_path / board
    shutil.copytree(boards_dir() / board, mine)
    script = (mine / "linker.ld").read_text()
    (mine / "linker.ld").write_text(re.sub(r"(RAM .*ORIGIN = 0x\w+)000,", r"\g<1>000 + 0x1000,", script))
    net = Net(0)
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", mine, tmp_path / "out")
    body = OVERFLOW.format(bytes=load_board(board).stack_bytes + 1000)
    assert run_app(tmp_path / "out", "overflow", body, tmp_path, mine) == (7, [])


@pytest.mark.slow
@pytest.mark.parametrize("board", ["qemu_cortex_m0", "qemu_cortex_m3"])
def test_an_unaligned_access_is_a_fault_where_the_core_has_none(
    folders: dict[str, Path], board: str, tmp_path: Path
) -> None:
    status, _ = run_app(folders[board], "unaligned", UNALIGNED, tmp_path)
    assert status == {"qemu_cortex_m0": 7, "qemu_cortex_m3": 0}[board]


@pytest.mark.parametrize("board", FEW)
def test_layers_give_the_references_integers_and_counts_are_the_same_twice(
    board: str, tmp_path: Path
) -> None:
    need(load_board(board).compiler, load_board(board).emulator)
    graph = ternary_net()
    emit_graph(graph, "net", board, tmp_path / "out")
    given = samples(graph, 3)
    first, second = (run(tmp_path / "out", given, options={"TQ_WERROR": "ON"}) for _ in range(2))
    wanted = Interpreter(graph).predict([x[:, 0] for x in given])
    assert all(np.array_equal(got, want) for got, want in zip(first.outputs, wanted, strict=True))
    # Where bytes come from a UART, the counter is at any point between two ticks when a frame has come.
    apart = 1 if first.board.console == "uart" else 0
    assert np.abs(first.ticks - second.ticks).max() <= apart and first.stack_bytes == second.stack_bytes
    assert first.stack_bytes is not None and first.stack_bound is not None
    assert 100 < first.stack_bytes <= first.stack_bound <= first.stack_reserved


@pytest.mark.parametrize("board", BOARDS)
def test_the_readme_has_the_command_of_the_facts(board: str) -> None:
    facts: Board = load_board(board)
    text = re.sub(r"\s+", " ", (facts.folder / "README.md").read_text())
    assert f"{facts.emulator} -M {facts.machine} -cpu {facts.emulated_cpu or facts.cpu} " in text
    assert f"-icount shift={facts.icount_shift} " in text and facts.compiler.removesuffix("-gcc") in text


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


@pytest.mark.parametrize("board", [name for name in BOARDS if load_board(name).console == "uart"])
def test_bytes_that_come_while_the_core_computes_are_kept_and_so_is_what_it_computes_with(
    folders: dict[str, Path], board: str, tmp_path: Path
) -> None:
    assert run_app(folders[board], "busy", BUSY, tmp_path, given=bytes(range(1, 41))) == (0, [0])


SAFE = """#include "tinyq/tq_faults.h"
#include "tinyq/tq_port.h"
void tq_safe_state(tq_fault fault);
static uint8_t ring[64];
int main(void) {
  tq_port_init();
  tq_port_listen(ring, sizeof ring);
  tq_safe_state(TQ_FAULT_ARENA);
  return 0;
}
"""


def alone(board: str, app: str, source: str | None, tmp_path: Path, sent: bytes = b"") -> bytes:
    """What a program says in 4 s, where no debugger and no emulator takes its end."""
    need(load_board(board).compiler, load_board(board).emulator)
    net, folder = Net(0), tmp_path / "out"
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", board, folder)
    if source:
        (folder / "apps" / app).mkdir()
        (folder / "apps" / app / "main.c").write_text(source)
    job = qemu_job(load_board(board), build(folder, app, {"TQ_WERROR": "ON"}), tmp_path)
    at = job.command.index("-semihosting-config")
    command = [*job.command[:at], *job.command[at + 2 :]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdin is not None and program.stdout is not None
        for byte in sent:
            time.sleep(1)
            program.stdin.write(bytes([byte]))
            program.stdin.flush()
        time.sleep(4 - len(sent))
        program.kill()
        return program.stdout.read()


@pytest.mark.parametrize(
    "board",
    ["stm32f405", *(pytest.param(name, marks=pytest.mark.slow) for name in ("stm32f100", "microbit"))],
)
def test_the_end_of_a_program_is_no_fault_where_nobody_debugs(board: str, tmp_path: Path) -> None:
    said = alone(board, "hello", None, tmp_path)
    assert b"layer" in said and b"fault" not in said


def test_a_safe_state_answers_each_byte_though_a_program_listened_before(tmp_path: Path) -> None:
    said = alone("stm32f405", "safe", SAFE, tmp_path, b"abc")
    assert said.count(b"tinyq fault") == 4
