"""A program that was damaged after it was built runs no model: it says why, and tinyq explains it."""

import re
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import NETS, samples
from tools_required import need

from tinyq.core.boards import load_board
from tinyq.core.errors import RunError
from tinyq.core.faults import fault_at_end
from tinyq.core.resources import firmware_dir
from tinyq.emit import emit_graph
from tinyq.emit.expected import self_test_inputs
from tinyq.graph.lowering import lower
from tinyq.run import build, run
from tinyq.run.qemu import UART_READY, qemu_job

NET = "ternary"
BOARDS = ["host", *(pytest.param(board, marks=pytest.mark.qemu) for board in ("qemu_cortex_m4", "stm32f405"))]
LINE = b"tinyq fault 09\n"


@pytest.fixture(scope="module", params=BOARDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    board = load_board(request.param)
    need(board.compiler, *([board.emulator] if board.runner == "qemu" else []))
    out = tmp_path_factory.mktemp(board.name) / "out"
    emit_graph(NETS[NET](), NET, board.name, out)
    build(out)
    return out


def weights(folder: Path) -> tuple[bytes, bytes]:
    """A layer's weights as the program holds them, and the same with one bit flipped."""
    found = bytes(next(s.constants[0] for s in lower(NETS[NET]()) if s.constants).tobytes())
    return found, found[:-1] + bytes([found[-1] ^ 4])


def golden(folder: Path) -> tuple[bytes, bytes]:
    """The CRC-32 of the expected outputs, and another."""
    text = (folder / "model_check.c").read_text()
    crc = int(re.search(r"\.outputs_crc32 = (\d+)u", text)[1])
    return struct.pack("<I", crc), struct.pack("<I", crc ^ 1)


def abi(folder: Path) -> tuple[bytes, bytes]:
    """TQ_ABI and what stands behind it in the model, and the same with another TQ_ABI."""
    text = (folder / "model.h").read_text()
    number = int(re.search(r"#if TQ_ABI != (\d+)", text)[1])
    behind = [
        int(re.search(rf"#define \w+_{what} (\d+)", text)[1])
        for what in ("ARENA_BYTES", "INPUT_COUNT", "OUTPUT_COUNT", "LAYER_COUNT")
    ]
    return struct.pack("<5i", number, *behind), struct.pack("<5i", number + 1, *behind)


def damaged(folder: Path, damage: Callable[[Path], tuple[bytes, bytes]], app: str = "evaluate") -> Path:
    """The program, with what `damage` says replaced."""
    elf = build(folder, app)
    right, wrong = damage(folder)
    content = elf.read_bytes()
    assert content.count(right) == 1
    patched = elf.with_name(f"{damage.__name__}.elf")
    patched.write_bytes(content.replace(right, wrong))
    patched.chmod(0o755)
    return patched


@pytest.mark.parametrize(
    ("damage", "fault", "says"),
    [
        (abi, 8, "another TQ_ABI"),
        (weights, 9, "constants are not those that were emitted"),
        (golden, 10, "other outputs than the NumPy reference"),
    ],
)
def test_damage_is_found_at_start_and_explained(
    folder: Path, damage: Callable[[Path], tuple[bytes, bytes]], fault: int, says: str
) -> None:
    inputs = samples(NETS[NET](), 2)
    with pytest.raises(RunError, match=rf"(?s)(exit status|fault) {fault} \(.*{says}"):
        run(folder, inputs, elf=damaged(folder, damage))


def test_what_is_whole_runs_and_the_check_is_charged_to_no_inference(folder: Path) -> None:
    result = run(folder, samples(NETS[NET](), 2))
    assert result.arena_kept
    assert result.check_ticks > result.ticks.min()  # it is an inference and more
    if result.instructions is not None:
        assert result.ticks.max() < result.check_ticks


def test_a_damaged_program_says_so_to_whoever_looks_at_its_console(folder: Path, tmp_path: Path) -> None:
    board = load_board(folder.name if folder.name != "out" else folder.parent.name[:-1])
    elf = damaged(folder, weights, "hello")
    if board.runner == "host":
        done = subprocess.run([str(elf)], capture_output=True, stdin=subprocess.DEVNULL)
        assert (done.returncode, done.stdout) == (9, LINE)
        return
    command = qemu_job(board, elf, tmp_path).command
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as emulator:
        said = next(line for line in emulator.stdout if line.startswith(b"tinyq"))
        if board.console == "uart":  # it waits, and answers every byte
            for _ in range(3):
                emulator.stdin.write(b"?")
                emulator.stdin.flush()
                assert emulator.stdout.readline() == LINE
            assert emulator.poll() is None
            emulator.kill()
        else:
            assert emulator.wait(20) == 9
    assert said == LINE and fault_at_end(said) == 9 and said != UART_READY


def test_inputs_of_the_self_test_are_fixed_and_in_range() -> None:
    one, two = (self_test_inputs(NETS["float"]())[0] for _ in range(2))
    assert one.tobytes() == two.tobytes() and one.dtype == np.float32
    assert one.min() >= -4 and one.max() < 4 and len(np.unique(one)) > 50


@pytest.mark.qemu
def test_a_program_that_does_not_ask_for_the_check_links_none_of_it(tmp_path: Path) -> None:
    need("arm-none-eabi-gcc")
    emit_graph(NETS[NET](), NET, "stm32f100", tmp_path / "out")
    (tmp_path / "out/apps/bare").mkdir()
    (tmp_path / "out/apps/bare/main.c").write_text(
        '#include "model.h"\n'
        "static uint64_t words[(TQ_MODEL_ARENA_BYTES + 7) / 8];\n"
        "int main(void) { return tq_invoke(&TQ_MODEL, (uint8_t *)words, NULL, NULL); }\n"
    )
    of_check = (b"tq_crc32", b"tq_check", b"tq_self_test", b"tq_test_inputs", b"ternary_expected")
    without, with_check = (build(tmp_path / "out", app).read_bytes() for app in ("bare", "hello"))
    assert not any(name in without for name in of_check)
    assert all(name in with_check for name in of_check)


@pytest.mark.qemu
@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4"])
def test_the_check_is_small(core: str, tmp_path: Path) -> None:
    """Its code; besides it takes 8 bytes an array of constants, and 24."""
    need("arm-none-eabi-gcc")
    names = ("tq_crc32", "tq_check", "tq_check_constants", "tq_self_test", "tq_test_inputs")
    sources = [str(firmware_dir() / "runtime" / f"{name}.c") for name in names]
    flags = ["-O2", "-mthumb", f"-mcpu={core}", "-I", str(firmware_dir() / "include"), "-c"]
    subprocess.run(["arm-none-eabi-gcc", *flags, *sources], cwd=tmp_path, check=True)
    command = ["arm-none-eabi-size", "-t", *(f"{name}.o" for name in names)]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    text, data, bss = (int(word) for word in printed.splitlines()[-1].split()[:3])
    assert text < 512 and data + bss == 0
