"""What every board's folder needs, and that the template is one which runs."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import Net, samples
from own_board import copy_of_template
from stream_nets import built, emitted, expected, image_net, plan_of, seen
from tools_required import need

from tinyq.core.boards import boards_dir, list_boards, load_board
from tinyq.emit import emit_graph
from tinyq.evaluate.interpreter import Interpreter
from tinyq.run import build, run
from tinyq.run.link import program_link
from tinyq.run.stream import Session

EMULATED = [name for name in list_boards() if load_board(name).runner == "qemu"]
BARE = [name for name in list_boards() if load_board(name).shared == "bare_metal"]


@pytest.mark.parametrize("name", list_boards())
def test_a_board_says_how_to_get_to_its_output_and_what_was_seen(name: str) -> None:
    board = load_board(name)
    text = re.sub(r"\s+", " ", (board.folder / "README.md").read_text())
    assert text.startswith(f"# {name} ")
    assert f"tinyq emit model.tflite --board {name} -o digits" in text
    assert "Debian packages: " in text and "cmake make" in text
    assert ("Seen" in text) != ("not tried on hardware" in text)
    assert board.runner != "none" or "not tried on hardware" in text


@pytest.mark.qemu
@pytest.mark.parametrize("name", EMULATED)
def test_the_command_in_an_emulated_boards_readme_runs_what_was_emitted(name: str, tmp_path: Path) -> None:
    board = load_board(name)
    need(board.compiler, board.emulator)
    text = (board.folder / "README.md").read_text().replace("\\\n", " ")
    (command,) = re.findall(r"^    (qemu-system.* -kernel build/firmware\.elf)$", text, re.MULTILINE)
    net = Net(0)
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", name, tmp_path / "digits")
    (tmp_path / "digits" / "build").mkdir()
    shutil.copy(build(tmp_path / "digits", "hello"), tmp_path / "digits" / "build")
    done = subprocess.run(
        shlex.split(command),
        cwd=tmp_path / "digits",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^output .* \[1, 3\] int8$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", BARE)
def test_a_bare_board_has_memory_of_its_own_sizes_and_a_way_onto_it_or_an_emulator(name: str) -> None:
    board = load_board(name)
    own, shared = board.folder / "linker.ld", board.folder.parent / "bare_metal"
    linker = (own if own.exists() else shared / "stm32.ld").read_text()
    assert re.search(r"\bFLASH .*LENGTH = tq_flash_bytes", linker)
    assert re.search(r"\bRAM .*LENGTH = tq_ram_bytes$", linker, re.MULTILINE)
    assert linker.rstrip().endswith("INCLUDE sections.ld")
    assert board.runner == "qemu" or board.flasher
    assert board.tick == ("instructions" if board.runner == "qemu" else "cycles")
    cmake = (board.folder / "board.cmake").read_text()
    chip = re.search(r"\w+(?=\.cmake\)\n\Z)", cmake)  # all sources are the chip's
    core_counts = "cycles_cortex_m.c" in ((shared / f"{chip.group()}.cmake").read_text() if chip else cmake)
    of_core = "systick" if board.cpu.startswith("cortex-m0") else "dwt"  # a Cortex-M0 has no CYCCNT
    assert board.counter == (of_core if core_counts else "cntvct" if "cortex-a" in board.cpu else "timer")


def test_folders_of_boards_are_listed_and_others_are_not() -> None:
    folders = {path.name for path in boards_dir().iterdir() if path.is_dir()}
    assert folders - set(list_boards()) == {"_template", "bare_metal"}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A copy of the template."""
    need("arm-none-eabi-gcc", "qemu-system-arm")
    return copy_of_template(tmp_path)


@pytest.mark.qemu
def test_a_copy_of_the_template_streams(mine: Path, tmp_path: Path) -> None:
    made = emitted(tmp_path / "stream", str(mine), images=True)
    rows = np.random.default_rng(0).integers(-128, 128, (80, 8)).astype(np.int8)
    with program_link(made.board, built(made)) as link:
        session = Session(link, plan_of(made))
        session.begin()
        assert seen(list(session.play([rows]))) == expected(image_net(), plan_of(made), rows)


@pytest.mark.qemu
def test_a_copy_of_the_template_runs(mine: Path, tmp_path: Path) -> None:
    net = Net(0)
    graph = net.graph(net.dense(net.input(1, 8), 3))
    emit_graph(graph, "tiny", mine, tmp_path / "out")
    given = samples(graph, 3)
    result = run(tmp_path / "out", given, options={"TQ_WERROR": "ON"})
    assert np.array_equal(result.outputs[0], Interpreter(graph).predict(given[0][:, 0])[0])
    assert result.instructions is not None
