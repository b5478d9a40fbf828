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
    assert list(check.c_checks()) == [True, well]
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
    monkeypatch.setattr(check, "load_board", lambda _: replace(board, folder=folder))
    assert list(check.c_checks()) == [False]
