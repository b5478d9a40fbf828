"""tools/bench_boards.py: which rows there are, what a line says, and where stack bounds come from."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from deploy_nets import ternary_net
from tools_required import need

from tinyq.emit import emit_graph
from tinyq.emit.layout import Stripes

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import bench_boards

    return bench_boards


def test_the_networks_of_eeg_have_rows_of_the_least_memory(tool: ModuleType) -> None:
    rows = [row for _, row in tool.jobs("")]
    smallest = [row for row in rows if row.stripes is Stripes.smallest]
    assert {(row.network.split()[0], row.board) for row in smallest} == {
        (net, board) for net in ("EEGNet", "MI-BMInet") for board in ("nrf52840", "stm32f405")
    }
    assert {row.arena_limit for row in smallest} == {None}
    limited = {row.key: row.arena_limit for row in rows if row.arena_limit}
    assert limited["MI-BMInet 22x750 | a8wt in 32 KiB | stm32f405"] == 32 * 1024
    assert len({row.key for row in rows}) == len(rows)
    networks = [row.network for row in rows]
    assert networks == sorted(networks, key=networks.index)  # each in one block of the table


def test_a_line_has_a_cell_for_every_column(tool: ModuleType) -> None:
    ran = tool.Row("net", "a8wt", "stm32f405", "", "", 20_000, 30_000, 1_200, 1_500, 168_000, "2 of 2")
    assert tool.line_of(ran) == (
        "| net | a8wt | stm32f405 | 20,000 | 30,000 | 1,200 | 1,500 | 168,000 | 1.0 | 2 of 2 |"
    )
    short = tool.Row("net", "a8wt", "stm32f100", "", "too small: RAM by 8")
    assert tool.line_of(short).count("|") == tool.line_of(ran).count("|") == len(tool.COLUMNS) + 1


def test_a_row_without_the_parts_of_its_ram_is_measured_again(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, row = ternary_net(), tool.Row("net", "a8wt smallest", "nrf52840", "")
    memory = tool.Memory(tmp_path / "rows.json", keeps=False)
    facts = {"flash_bytes": 1, "variables_bytes": 2, "stack_bound": 3}
    built: list[Stripes] = []
    monkeypatch.setattr(tool, "network_samples", lambda _: tool.np.zeros(1))
    monkeypatch.setattr(tool, "_built", lambda *_: built.append(row.stripes) or facts)
    measured = tool.measure(graph, row, None, memory)
    assert tool.measure(graph, row, None, memory) == measured and built == [Stripes.smallest]
    old = {key: value for key, value in tool.asdict(measured).items() if key != "variables_bytes"}
    memory.put(tool.KIND, row.key, {**old, "ram_bytes": 5})
    assert tool.measure(graph, row, None, memory) == measured and len(built) == 2


@pytest.mark.qemu
def test_a_kept_object_keeps_what_the_compiler_says_of_its_stack(tool: ModuleType, tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "cmake")
    builder = sys.modules["benchmark.build"].Builder(tmp_path / "objects")
    bounds = []
    for name in ("first", "again"):
        report = emit_graph(ternary_net(), "net", "nrf52840", tmp_path / name)
        elf = builder.build(report.folder)
        assert any(path.read_text() for path in elf.parent.rglob("*.su"))
        bounds.append(tool.stack_bound(elf, report.board))
    assert bounds[0] == bounds[1] and 200 < bounds[0] <= report.fit.stack_bytes
