"""tinyq.evaluate.footprint: every byte of flash and RAM has a part."""

import subprocess
import sys
from pathlib import Path

import pytest
from deploy_nets import NETS, ternary_net
from tools_required import need

from tinyq.core.errors import BuildError
from tinyq.emit import EmitReport, emit_graph
from tinyq.evaluate.footprint import PARTS, footprint, part_of
from tinyq.run import build


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> EmitReport:
    need("arm-none-eabi-gcc")
    return emit_graph(ternary_net(), "digits", "qemu_cortex_m4", tmp_path_factory.mktemp("footprint") / "out")


@pytest.fixture(scope="module")
def elf(report: EmitReport) -> Path:
    return build(report.folder)


@pytest.mark.qemu
def test_flash_and_ram_are_those_of_the_size_tool(elf: Path) -> None:
    printed = subprocess.run(
        ["arm-none-eabi-size", str(elf)], capture_output=True, text=True, check=True
    ).stdout
    text, data, bss = (int(word) for word in printed.splitlines()[1].split()[:3])
    parts = footprint(elf)
    assert parts.flash_bytes == text + data
    assert parts.ram_bytes + parts.stack_reserved == data + bss
    assert parts.stack_reserved == 8192


@pytest.mark.qemu
def test_weights_are_the_constants_that_were_emitted(report: EmitReport, elf: Path) -> None:
    parts = footprint(elf)
    constants = report.fit.constant_bytes
    assert constants <= parts.flash["weights"] <= constants + 4 * len(report.layout.steps)
    assert parts.ram["application"] >= report.layout.plan.arena_bytes


@pytest.mark.qemu
def test_every_part_is_found_and_little_is_left(elf: Path) -> None:
    parts = footprint(elf)
    assert set(parts.flash) == set(parts.ram) == set(PARTS)
    assert all(parts.flash[part] > 0 for part in PARTS if part != "padding")
    assert 0 <= parts.flash["padding"] < 128
    code = parts.flash_bytes - sum(parts.flash[part] for part in ("weights", "check", "c_library"))
    assert parts.runtime_code_bytes == code < 32 * 1024
    assert parts.to_dict()["runtime_code_bytes"] == code


@pytest.mark.parametrize("board", ["qemu_cortex_m4", "qemu_cortex_m0", "qemu_cortex_m55", "stm32f100"])
@pytest.mark.parametrize("net", ["ternary", "bits"])
def test_the_estimate_before_the_compiler_is_a_little_above_the_truth(
    net: str, board: str, tmp_path: Path
) -> None:
    need("arm-none-eabi-gcc")
    report = emit_graph(NETS[net](), "net", board, tmp_path / "out")
    parts = footprint(build(report.folder, "evaluate"))
    assert parts.flash_bytes <= report.fit.flash_bytes < 1.25 * parts.flash_bytes
    assert parts.ram_bytes + parts.stack_reserved <= report.fit.ram_bytes


def test_a_host_program_has_parts_too(tmp_path: Path) -> None:
    need("cc")
    emit_graph(ternary_net(), "digits", "host", tmp_path / "out")
    parts = footprint(build(tmp_path / "out"))
    assert parts.flash["weights"] > 0 and parts.flash["kernels"] > 0 and parts.stack_reserved == 0


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"\x7fELF\x01\x01" + bytes(100), b"MZ" * 100])
def test_what_is_no_program_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.elf").write_bytes(content)
    (tmp_path / "a.map").write_text("Linker script and memory map\n")
    with pytest.raises(BuildError):
        footprint(tmp_path / "a.elf")


def test_a_missing_program_or_map_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"a\.elf.*cannot be read"):
        footprint(tmp_path / "a.elf")
    (tmp_path / "a.elf").write_bytes(Path(sys.executable).read_bytes())
    with pytest.raises(BuildError, match=r"a\.map.*cannot be read"):
        footprint(tmp_path / "a.elf")
    (tmp_path / "a.map").write_text("nothing\n")
    with pytest.raises(BuildError, match="not a map of GNU ld"):
        footprint(tmp_path / "a.elf")


def test_objects_are_told_apart_by_their_paths() -> None:
    below = "CMakeFiles/firmware.dir/"
    assert part_of(f"{below}model.c.obj") == "model"
    assert part_of(f"{below}model_weights.c.o") == "weights"
    assert part_of(f"{below}boards/x/kernels/port.c.o") == "board"
    assert part_of("/usr/lib/crt1.o") == part_of("libm.a(e_exp.o)") == "c_library"
