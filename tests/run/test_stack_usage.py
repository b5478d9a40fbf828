"""tinyq.run.stack_usage: no program uses more stack than its bound, and the bound is not far above."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import NETS, Net, samples
from tools_required import need

from tinyq.core.boards import load_board
from tinyq.core.errors import BuildError
from tinyq.emit import emit_graph
from tinyq.run import build, run
from tinyq.run.stack_usage import stack_bound

pytestmark = pytest.mark.qemu

DEEP = """#include "tinyq/tq_port.h"
#include <string.h>
static __attribute__((noinline)) int leaf(int n) {
  volatile char bytes[1000];
  memset((char *)bytes, n, sizeof bytes);
  return bytes[n];
}
static __attribute__((noinline)) int by_pointer(int n) { return leaf(n) + 1; }
int (*const volatile table[])(int) = {by_pointer};
int main(void) {
  volatile char bytes[500];
  tq_port_init();
  bytes[3] = (char)table[0](3);
  const uint32_t used = tq_port_stack_bytes();
  tq_port_write(&used, sizeof used);
  return bytes[3] != 4;
}
"""


@pytest.mark.parametrize(
    ("board", "net"),
    [
        ("qemu_cortex_m4", "bits"),
        ("qemu_cortex_m4", "float"),
        ("stm32f405", "ternary"),
        ("qemu_arm64", "ternary"),
    ],
)
def test_what_was_painted_is_below_the_bound(board: str, net: str, tmp_path: Path) -> None:
    facts = load_board(board)
    need(facts.compiler, facts.emulator)
    emit_graph(NETS[net](), net, board, tmp_path / "out")
    result = run(tmp_path / "out", samples(NETS[net](), 2))
    assert result.stack_bytes is not None and result.stack_bound is not None
    assert result.stack_bytes <= result.stack_bound < 2 * result.stack_bytes
    assert result.stack_bound <= facts.stack_bytes


@pytest.mark.parametrize("board", ["qemu_cortex_m0", "qemu_cortex_m4", "qemu_cortex_m55"])
@pytest.mark.parametrize("net", ["bits", "float", "ternary", "few_bits", "int16"])
def test_what_emit_reserves_is_enough_for_every_application(board: str, net: str, tmp_path: Path) -> None:
    need("arm-none-eabi-gcc")
    small = dataclasses.replace(load_board(board), stack_kib=0)
    report = emit_graph(NETS[net](), net, small, tmp_path / "out")
    for app in ("hello", "bench", "evaluate"):
        bound = stack_bound(build(report.folder, app), small)
        assert bound is not None and bound <= report.fit.stack_bytes


def test_what_assembly_pushes_counts(tmp_path: Path) -> None:
    """tq_dsp_sum_codes lowers the stack pointer by itself, which the compiler does not know."""
    need("arm-none-eabi-gcc", "qemu-system-arm")
    net = Net(0)
    x = net.conv(net.input(1, 8, 8, 16), 32, (3, 3), scheme="a8wt", stride=(2, 2))
    emit_graph(net.graph(x), "net", "qemu_cortex_m4", tmp_path / "out")
    result = run(tmp_path / "out", np.zeros((1, 8, 8, 16), np.int8))
    assert result.stack_bytes is not None and result.stack_bound is not None
    assert result.stack_bytes <= result.stack_bound


@pytest.mark.parametrize(
    ("board", "interrupts"),  # bytes that the core stores for SysTick's and the UART's, with FPU
    [("qemu_cortex_m0", 0), ("qemu_arm64", 0), ("raspi3b", 672), ("stm32f405", 2 * 108)],
)
def test_frames_add_up_through_pointers_the_c_library_and_interrupts(
    board: str, interrupts: int, tmp_path: Path
) -> None:
    facts = load_board(board)
    need(facts.compiler)
    emit_graph(NETS["two_input"](), "net", board, tmp_path / "out")
    (tmp_path / "out/apps/deep").mkdir()
    (tmp_path / "out/apps/deep/main.c").write_text(DEEP)
    bound = stack_bound(build(tmp_path / "out", "deep"), facts)
    assert bound is not None and 1500 + interrupts < bound < 1800 + interrupts


def test_programs_of_this_computer_have_none_and_others_are_no_programs(tmp_path: Path) -> None:
    assert stack_bound(tmp_path / "none.elf", load_board("host")) is None
    need("arm-none-eabi-gcc")
    (tmp_path / "none.elf").write_bytes(b"text")
    with pytest.raises(BuildError, match="finds no tq_reset"):
        stack_bound(tmp_path / "none.elf", load_board("qemu_cortex_m4"))
