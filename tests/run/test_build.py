"""tinyq.run.build: missing tools are named with their Debian packages, a compiler's words are shown."""

import shutil
import sys
from pathlib import Path

import pytest
from deploy_nets import Net
from tools_required import need

from tinyq.core.errors import BuildError, RunError
from tinyq.emit import emit_graph
from tinyq.run import build
from tinyq.run.qemu import qemu_job
from tinyq.run.tools import find_program


def emitted(folder: Path, board: str = "host") -> Path:
    net = Net(0)
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", board, folder)
    return folder


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Leaves just the named programs on PATH, and none beside Python."""

    def leave(*programs: str) -> None:
        there = tmp_path / "bin"
        there.mkdir()
        for program in programs:
            (there / program).symlink_to(shutil.which(program) or f"/nowhere/{program}")
        monkeypatch.setenv("PATH", str(there))
        monkeypatch.delenv("CC", raising=False)
        monkeypatch.delenv("CMAKE_GENERATOR", raising=False)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))

    return leave


def test_without_a_compiler_the_host_board_names_gcc(tmp_path: Path, only) -> None:
    folder = emitted(tmp_path / "out")
    only()
    with pytest.raises(BuildError, match="(?s)cc: not found.*apt-get install gcc libc6-dev"):
        build(folder)


def test_without_the_arm_compiler_the_board_names_both_packages(tmp_path: Path, only) -> None:
    folder = emitted(tmp_path / "out", "qemu_cortex_m4")
    only()
    expected = "(?s)arm-none-eabi-gcc: not found.*apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"
    with pytest.raises(BuildError, match=expected):
        build(folder)


def test_without_newlib_the_packages_are_named(tmp_path: Path, only, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = emitted(tmp_path / "out", "qemu_cortex_m4")
    only()
    fake = {"arm-none-eabi-gcc": "echo nano.specs", "cmake": "exit 1", "make": "exit 1"}
    for name, script in fake.items():
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    with pytest.raises(BuildError, match="(?s)newlib.*libnewlib-arm-none-eabi"):
        build(folder)


def test_without_cmake_or_make_they_are_named(tmp_path: Path, only, monkeypatch: pytest.MonkeyPatch) -> None:
    need("cc")
    folder = emitted(tmp_path / "out")
    only("cc")
    with pytest.raises(BuildError, match="(?s)cmake: not found.*apt-get install cmake"):
        build(folder)
    fake = tmp_path / "bin" / "cmake"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    with pytest.raises(BuildError, match="(?s)make: not found.*apt-get install make"):
        build(folder)


def test_without_qemu_the_package_is_named(tmp_path: Path, only) -> None:
    folder = emitted(tmp_path / "out", "qemu_cortex_m4")
    only()
    from tinyq.run.emitted import read_emitted

    with pytest.raises(RunError, match="(?s)qemu-system-arm: not found.*apt-get install qemu-system-arm"):
        qemu_job(read_emitted(folder).board, Path("x.elf"), tmp_path)


def test_a_program_beside_python_is_found(tmp_path: Path, only) -> None:
    only("sh")
    (tmp_path / "bin" / "elsewhere").mkdir()
    assert find_program("sh", BuildError) == str(tmp_path / "bin" / "sh")


def test_a_compiler_error_shows_its_last_words(tmp_path: Path) -> None:
    need("cc")
    folder = emitted(tmp_path / "out")
    (folder / "model.c").write_text("#error somebody was here\n")
    with pytest.raises(BuildError, match="(?s)the C build failed with status.*somebody was here"):
        build(folder)


def test_kernels_of_another_abi_are_refused_by_the_preprocessor(tmp_path: Path) -> None:
    need("cc")
    folder = emitted(tmp_path / "out")
    types = folder / "include" / "tinyq" / "tq_types.h"
    types.write_text(types.read_text().replace("#define TQ_ABI 1", "#define TQ_ABI 999"))
    with pytest.raises(BuildError, match="generated for TQ_ABI 1, but these are other kernels"):
        build(folder)


def test_an_unknown_application_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="(?s)'solitaire'.*evaluate, hello"):
        build(emitted(tmp_path / "out"), "solitaire")


def test_a_folder_with_spaces_and_accents_builds(tmp_path: Path) -> None:
    need("cc")
    assert build(emitted(tmp_path / "my models" / "détection (2)"), "hello").is_file()


@pytest.mark.parametrize("character", ['"', ";", "\\", "$", "#", "%", ",", ":", "|", "?", "\t", "\n"])
def test_paths_that_cmake_misreads_are_refused_before_it_runs(tmp_path, character) -> None:
    need("cc")
    folder = emitted(tmp_path / f"a{character}b")
    with pytest.raises(BuildError, match="in the path"):
        build(folder)


@pytest.mark.parametrize("characters", ["a'b&c*d(e)f", "=@~!^ [x] {y}", "<a> `b` é"])
def test_paths_with_other_odd_characters_build(tmp_path, characters) -> None:
    need("cc")
    assert build(emitted(tmp_path / characters), "hello").is_file()


def test_the_first_error_is_shown_and_a_full_disk_has_its_own_remedy(tmp_path, monkeypatch) -> None:
    folder = emitted(tmp_path / "c")
    said = (
        "x.c:1: error: the first\n" + "\n".join(f"line {i}" for i in range(40)) + "\nNo space left on device"
    )
    program = f"import sys; sys.stdout.write({said!r}); sys.exit(3)"
    build_module = sys.modules["tinyq.run.build"]
    monkeypatch.setattr(build_module, "_check_tools", lambda board: sys.executable)
    real = build_module.subprocess.run
    monkeypatch.setattr(
        build_module.subprocess, "run", lambda command, **more: real([sys.executable, "-c", program], **more)
    )
    with pytest.raises(BuildError) as caught:
        build(folder)
    assert "error: the first" in str(caught.value)
    assert "line 39" in str(caught.value)
    assert "make room" in str(caught.value)


def test_a_full_disk_is_told_when_cmake_is_silent_about_it(tmp_path, monkeypatch) -> None:
    build_module = sys.modules["tinyq.run.build"]
    usage = build_module.shutil.disk_usage
    (tmp_path / "full").mkdir()

    def disk_usage(place: str) -> object:
        found = usage(place)
        return found._replace(free=4096) if str(place) == str(tmp_path / "full") else found

    monkeypatch.setattr(build_module.shutil, "disk_usage", disk_usage)
    monkeypatch.setattr(build_module, "_check_tools", lambda board: "false")
    folder = emitted(tmp_path / "c")
    with pytest.raises(BuildError, match="^((?!no room).|\n)*report it$"):
        build(folder)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "full"))
    with pytest.raises(BuildError, match="no room is left in .*full(.|\n)*make room"):
        build(folder)
