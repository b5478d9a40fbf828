"""Watchdogs: one that is not fed resets the board, one that is fed does not; boards without one say so."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deploy_nets import Net
from own_board import copy_of_template
from tools_required import need

from tinyq.core.boards import load_board
from tinyq.emit import emit_graph
from tinyq.run import build
from tinyq.run.qemu import qemu_job

pytestmark = pytest.mark.qemu

PROGRAM = """#include "tinyq/tq_port.h"
int main(void) {{
  tq_port_init();
  tq_port_write("begin\\n", 6);
  if (tq_port_watchdog_start(100) != 0) {{
    tq_port_exit(9);
  }}
  const uint32_t start = tq_port_ticks();
  while (tq_port_ticks() - start < {ticks}u) {{
    {feed}
  }}
  tq_port_exit(0);
  return 0;
}}
"""


# SysTick ends a sleep after 0.67 s of these 25 MHz.
IDLE = """#include "tinyq/tq_port.h"
static uint8_t ring[64];
int main(void) {
  uint8_t bytes[8];
  tq_port_init();
  tq_port_write("begin\\n", 6);
  tq_port_listen(ring, sizeof ring);
  tq_port_watchdog_start(1500);
  for (int i = 0; i < 5; ++i) {
    (void)tq_port_poll(bytes, sizeof bytes);
    tq_port_watchdog_feed();
  }
  tq_port_exit(0);
  return 0;
}
"""


@contextmanager
def started(board: str, feed: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that feeds its watchdog or not for 4 times its period, on an emulated board."""
    need(load_board(board).compiler, load_board(board).emulator)
    net, folder = Net(0), tmp_path / "out"
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", board, folder)
    source = folder / "apps" / "watchdog" / "main.c"
    source.parent.mkdir()
    source.write_text(PROGRAM.format(feed=feed, ticks=load_board(board).ticks_hz * 4 // 10))
    job = qemu_job(load_board(board), build(folder, "watchdog", {"TQ_WERROR": "ON"}), tmp_path)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(job.command, cwd=tmp_path, **streams) as program:
        try:
            yield program
        finally:
            program.kill()


def test_a_watchdog_that_is_not_fed_resets_the_board(tmp_path: Path) -> None:
    with started("qemu_cortex_m4", "", tmp_path) as program:
        assert program.stdout is not None
        assert [program.stdout.readline() for _ in range(3)] == [b"begin\n"] * 3


def test_a_watchdog_that_is_fed_does_not(tmp_path: Path) -> None:
    with started("qemu_cortex_m4", "tq_port_watchdog_feed();", tmp_path) as program:
        assert program.communicate(timeout=60)[0] == b"begin\n" and program.returncode == 0


@pytest.mark.parametrize(
    ("board", "status"),
    [
        ("qemu_cortex_m33", 9),
        # QEMU has no watchdog in these chips: the program sets it up, and goes on.
        ("stm32f405", 0),
        pytest.param("stm32f100", 0, marks=pytest.mark.slow),
        pytest.param("microbit", 0, marks=pytest.mark.slow),
    ],
)
def test_a_board_without_a_watchdog_goes_on_and_says_so(board: str, status: int, tmp_path: Path) -> None:
    with started(board, "tq_port_watchdog_feed();", tmp_path) as program:
        assert program.communicate(timeout=60)[0].endswith(b"begin\n") and program.returncode == status


@pytest.fixture
def idle(tmp_path: Path) -> Path:
    """A program that waits for bytes which never come, on a copy of the template with a DWT that counts."""
    need("arm-none-eabi-gcc", "qemu-system-arm")
    folder, net = tmp_path / "out", Net(0)
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", copy_of_template(tmp_path), folder)
    clock = folder / "boards" / "bare_metal" / "cycles_cortex_m.c"
    found = "return DWT->cycles > 0;"
    assert found in clock.read_text()
    clock.write_text(clock.read_text().replace(found, "return 1;"))
    source = folder / "apps" / "idle" / "main.c"
    source.parent.mkdir()
    source.write_text(IDLE)
    return folder


def test_a_board_that_waits_for_bytes_wakes_up_to_feed_its_watchdog(idle: Path, tmp_path: Path) -> None:
    job = qemu_job(load_board(tmp_path / "mine"), build(idle, "idle", {"TQ_WERROR": "ON"}), tmp_path)
    ended = subprocess.run(
        job.command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )
    assert ended.stdout == b"begin\n" and ended.returncode == 0
