"""tools/check.py: what it makes of a compiler that is not there, and that it sees warnings everywhere."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from tools_required import need

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check", ROOT / "tools" / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("required", "well"), [("1", False), ("", True)])
def test_a_missing_arm_compiler_fails_only_where_tools_are_required(
    check, monkeypatch, capsys, required, well
) -> None:
    need("cc")
    which = check.shutil.which
    monkeypatch.setattr(check.shutil, "which", lambda name: None if name == check.ARM else which(name))
    monkeypatch.setattr(check, "list_boards", lambda: ("host", "qemu_cortex_m4"))
    monkeypatch.setenv("TINYQ_REQUIRE_TOOLS", required)
    assert sorted(check.c_checks()) == [well, True, True]  # the Arm board; the host's core and board
    assert "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi" in capsys.readouterr().out


@pytest.mark.parametrize("part", ["kernels/common", "runtime", "apps/hello", "boards/host"])
def test_a_warning_in_any_part_of_the_firmware_fails(check, monkeypatch, tmp_path, part) -> None:
    need("cc")
    (tmp_path / part).mkdir(parents=True)
    (tmp_path / part / "bad.c").write_text("int f(long x);\nint f(long x) { return x; }\n")
    board = check.load_board("host")
    monkeypatch.setattr(check, "FIRMWARE", tmp_path)
    monkeypatch.setattr(check, "list_boards", lambda: ("host",))
    folder = tmp_path / "boards" / "host"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "board.cmake").write_text("list(APPEND TQ_BOARD_SOURCES bad.c)")
    (tmp_path / "runtime" / "good.c").parent.mkdir(exist_ok=True)
    (tmp_path / "runtime" / "good.c").write_text("extern int g;\n")
    (folder / "good.c").write_text("extern int g;\n")
    monkeypatch.setattr(check, "load_board", lambda _: replace(board, folder=folder))
    assert list(check.c_checks()) == [part == "boards/host", part != "boards/host"]


def test_a_board_is_compiled_with_the_shared_sources_that_its_cmake_files_name(check) -> None:
    names = {path.name for path in check.board_sources(check.load_board("nucleo_f446re"))}
    assert {"stm32f4_port.c", "stm32_port.c", "startup_cortex_m.c", "uart_stream.c"} < names
    assert not any(word in name for name in names for word in ("arm64", "nrf", "rp2", "cmsdk"))
