"""tinyq package: each layout builds as its own build system does it, and computes what the reference does."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree
import zipfile
from pathlib import Path

import numpy as np
import pytest
from command import call
from deploy_nets import NETS, binary_net, ternary_net
from tools_required import need

from tinyq.core.errors import EmitError
from tinyq.core.resources import firmware_dir
from tinyq.emit import emit, emit_graph
from tinyq.emit.package import Package, package
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph, write

NAME = "model"  # as many files are called, and like the header of every model
HERE = Path(__file__).parent / "packages"  # what stands for a user's program, Arduino and Zephyr
USER = """
cmake_minimum_required(VERSION 3.19)
project(user C)
{find}
add_executable(user user.c)
target_link_libraries(user PRIVATE tinyq::{name})
"""


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("emitted") / "c"
    return emit_graph(ternary_net(), NAME, "host", folder).folder


def output_bytes() -> list[int]:
    """Of the first output, for an input of zeros."""
    first = Interpreter(ternary_net()).predict([np.zeros((1, 8, 8, 1), np.int8)])[0]
    return list(np.asarray(first).tobytes())


def run(*words: object, folder: Path) -> str:
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def printed_bytes(text: str, base: int) -> list[int]:
    return [int(word, base) for word in text.split()]


def user_program(folder: Path, find: str, *options: str) -> list[int]:
    """Bytes that a user's CMake project prints that takes the model as `find` says."""
    need("cmake", "cc", "make")
    folder.mkdir()
    shutil.copy(HERE / "user.c", folder)
    (folder / "CMakeLists.txt").write_text(USER.format(find=find, name=NAME))
    run("cmake", "-S", ".", "-B", "build", *options, folder=folder)
    run("cmake", "--build", "build", folder=folder)
    return printed_bytes(run("build/user", folder=folder), 16)


def test_cmake_takes_it_as_a_subdirectory(emitted: Path, tmp_path: Path) -> None:
    package(emitted, Package.cmake, tmp_path / "net")
    assert user_program(tmp_path / "user", f"add_subdirectory({tmp_path / 'net'} net)") == output_bytes()


def test_cmake_finds_it_where_it_was_installed(emitted: Path, tmp_path: Path) -> None:
    package(emitted, Package.cmake, tmp_path / "net")
    prefix = tmp_path / "prefix"
    need("cmake", "cc", "make")
    run("cmake", "-S", "net", "-B", "b", f"-DCMAKE_INSTALL_PREFIX={prefix}", folder=tmp_path)
    run("cmake", "--build", "b", "--target", "install", folder=tmp_path)
    shutil.rmtree(tmp_path / "net")
    find = f"find_package(tinyq_{NAME} 0.1 REQUIRED)"
    assert user_program(tmp_path / "user", find, f"-DCMAKE_PREFIX_PATH={prefix}") == output_bytes()


def test_find_package_tinyq_makes_a_library_of_a_tflite_file(tmp_path: Path) -> None:
    write(ternary_net(), tmp_path / "net.tflite")
    found = [
        f"-Dtinyq_DIR={firmware_dir() / 'package'}",
        f"-DTINYQ_PROGRAM={Path(sys.executable).parent / 'tinyq'}",
    ]
    find = f"find_package(tinyq REQUIRED)\ntinyq_add_model({NAME} ../net.tflite BOARD host)"
    assert user_program(tmp_path / "user", find, *found) == output_bytes()


@pytest.mark.parametrize("net", NETS)
def test_arduino_finds_all_headers_in_src_alone(net: str, tmp_path: Path) -> None:
    need("cc")
    emit_graph(NETS[net](), NAME, "host", tmp_path / "c")
    package(tmp_path / "c", Package.arduino, tmp_path / "net")
    source = tmp_path / "net" / "src"
    files = sorted(path for path in source.rglob("*.c"))
    run("cc", "-fsyntax-only", f"-I{source}", *files, folder=tmp_path)
    assert not re.search(r'#include "\.\./', "".join(path.read_text() for path in files))


def test_arduino_runs_the_sketch(emitted: Path, tmp_path: Path) -> None:
    need("cc", "c++")
    package(emitted, Package.arduino, tmp_path / "net")
    source = tmp_path / "net" / "src"
    run("cc", "-c", "-Os", f"-I{source}", *sorted(source.rglob("*.c")), folder=tmp_path)
    sketch = tmp_path / "net" / "examples" / "hello" / "hello.ino"
    words = ("c++", "-x", "c++", "-include", HERE / "Arduino.h", f"-I{source}", sketch, "-x", "none")
    run(*words, *sorted(tmp_path.glob("*.o")), "-lm", "-o", "sketch", folder=tmp_path)
    printed = run("./sketch", folder=tmp_path)
    assert printed.startswith("status 0, microseconds ")
    assert printed_bytes(printed.partition("bytes")[2], 10) == output_bytes()
    facts = dict(
        line.split("=", 1) for line in (tmp_path / "net/library.properties").read_text().splitlines()
    )
    assert facts["name"] == f"tinyq_{NAME}" and (source / facts["includes"]).is_file()
    assert re.fullmatch(r"\d+\.\d+\.\d+", facts["version"]) and len(facts["name"]) <= 63


def test_zephyr_builds_the_sample_with_the_module(emitted: Path, tmp_path: Path) -> None:
    """With a Zephyr of a few lines that has the functions which the module calls."""
    need("cmake", "cc", "make")
    package(emitted, Package.zephyr, tmp_path / "net")
    sample, module = tmp_path / "net" / "samples" / "hello", tmp_path / "net" / "zephyr"
    options = (f"-DZephyr_DIR={HERE / 'zephyr'}", f"-DZEPHYR_EXTRA_MODULES={tmp_path / 'net'}")
    run("cmake", "-S", sample, "-B", "build", *options, folder=tmp_path)
    run("cmake", "--build", "build", folder=tmp_path)
    first, second = run("build/app", folder=tmp_path).splitlines()
    assert first.startswith(f"{NAME}: status 0") and printed_bytes(second, 16) == output_bytes()
    symbol = f"TINYQ_{NAME.upper()}"
    assert f"config {symbol}\n" in (module / "Kconfig").read_text()
    assert f"CONFIG_{symbol}=y" in (sample / "prj.conf").read_text()


def test_cmsis_pack_has_every_file_that_it_lists(emitted: Path, tmp_path: Path) -> None:
    report = package(emitted, Package.cmsis_pack, tmp_path / "net")
    (pack,) = (tmp_path / "net").glob("*.pack")
    with zipfile.ZipFile(pack) as archive:
        names = set(archive.namelist())
        described = xml.etree.ElementTree.fromstring(archive.read(f"tinyq.{NAME}.pdsc"))
    listed = {item.attrib["name"] for item in described.iter("file")} - {"include/"}
    assert listed == names - {f"tinyq.{NAME}.pdsc"} and names == set(report.files) - {pack.name}
    (release,) = described.iter("release")
    assert described.findtext("license") == "LICENSE"
    assert pack.name == f"tinyq.{NAME}.{release.attrib['version']}.pack"
    before = pack.read_bytes()
    package(emitted, Package.cmsis_pack, tmp_path / "net")
    assert pack.read_bytes() == before


@pytest.mark.parametrize("kind", Package)
def test_the_licence_goes_along(kind: Package, emitted: Path, tmp_path: Path) -> None:
    files = package(emitted, kind, tmp_path / "net").files
    assert "LICENSE" in files and "Version 2.0" in (tmp_path / "net" / "LICENSE").read_text()
    assert "Apache-2.0" in (tmp_path / "net" / "README.md").read_text()


@pytest.mark.parametrize(
    ("board", "wanted"), [("host", "*"), ("nrf52840", "nrf52"), ("rp2350", "rp2040"), ("qemu_arm64", "*")]
)
def test_arduino_is_told_which_cores_have_the_instructions(board: str, wanted: str, tmp_path: Path) -> None:
    emit_graph(ternary_net(), NAME, board, tmp_path / "c")
    package(tmp_path / "c", Package.arduino, tmp_path / "net")
    text = (tmp_path / "net" / "library.properties").read_text()
    (said,) = re.findall(r"^architectures=(.*)$", text, re.MULTILINE)
    assert wanted in said.split(",") and ("no other core" in text) == (wanted != "*")


TWO_MODELS = """
cmake_minimum_required(VERSION 3.19)
project(user C)
add_subdirectory(../one one)
add_subdirectory(../two two)
add_executable(user user.c)
target_link_options(user PRIVATE -mcpu=cortex-m4 -mthumb --specs=nosys.specs)
target_link_libraries(user PRIVATE tinyq::one tinyq::two)
"""
TWO_MODELS_C = """#include "tinyq_one.h"
#include "tinyq_two.h"
int main(void) { return one_model.arena_bytes == two_model.arena_bytes; }
"""


def linked(folder: Path, nets: dict[str, Graph], *options: str) -> str:
    """What CMake says of a program with the packages of two nets; "" where it links."""
    need("cmake", "make", "arm-none-eabi-gcc")
    for name, net in nets.items():
        emit_graph(net, name, "qemu_cortex_m4", folder / f"c_{name}")
        package(folder / f"c_{name}", Package.cmake, folder / name)
    (folder / "user").mkdir(exist_ok=True)
    (folder / "user" / "CMakeLists.txt").write_text(TWO_MODELS)
    (folder / "user" / "user.c").write_text(TWO_MODELS_C)
    target = (
        *("-DCMAKE_C_FLAGS=-mcpu=cortex-m4 -mthumb", "-DCMAKE_SYSTEM_NAME=Generic"),
        *("-DCMAKE_C_COMPILER=arm-none-eabi-gcc", "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY"),
    )
    run("cmake", "-S", "user", "-B", "build", *target, *options, folder=folder)
    done = subprocess.run(
        ["cmake", "--build", "build"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stderr if done.returncode else ""


def test_libraries_of_two_models_are_not_linked_with_the_kernels_of_one(tmp_path: Path) -> None:
    nets = {"one": ternary_net(), "two": binary_net()}
    said = linked(tmp_path, nets)
    assert "multiple definition of `tq_kernels_are_of_another_model_compile_all_with_DTQ_USED_ALL_1'" in said
    assert linked(tmp_path, nets, "-DTQ_USED_ALL=1") == ""


def test_libraries_of_two_models_with_the_same_kernels_are_linked(tmp_path: Path) -> None:
    assert linked(tmp_path, {"one": ternary_net(), "two": ternary_net()}) == ""


def test_kernels_of_a_core_go_along(tmp_path: Path) -> None:
    write(ternary_net(), tmp_path / "net.tflite")
    emit(tmp_path / "net.tflite", "nrf52840", tmp_path / "c")
    files = package(tmp_path / "c", Package.zephyr, tmp_path / "net").files
    assert "src/tq_conv_2d_a8wt_dsp.c" in files and not any("boards" in name for name in files)


def test_the_command_says_what_it_wrote_and_where_find_package_looks(emitted, tmp_path, monkeypatch, capsys):
    assert call(monkeypatch, "package", emitted, "--as", "zephyr", "-o", tmp_path / "net") == 0
    assert "model for zephyr" in capsys.readouterr().out and (tmp_path / "net/README.md").is_file()
    assert call(monkeypatch, "package", "--cmake-dir") == 0
    assert (Path(capsys.readouterr().out.strip()) / "tinyqConfig.cmake").is_file()


def test_what_is_not_an_emitted_folder_or_was_changed_is_refused(emitted: Path, tmp_path: Path) -> None:
    with pytest.raises(EmitError, match=r"no model\.json that can be read"):
        package(tmp_path, Package.cmake, tmp_path / "net")
    package(emitted, Package.cmake, tmp_path / "net")
    with pytest.raises(EmitError, match=r"lacks .*board"):  # a package is no emitted folder
        package(tmp_path / "net", Package.cmake, tmp_path / "again")
    changed = tmp_path / "changed"
    shutil.copytree(emitted, changed)
    (changed / "model.c").write_text("int changed;")
    with pytest.raises(EmitError, match=r"(?s)model\.c was changed.*emit the model again"):
        package(changed, Package.cmake, tmp_path / "again")
    for inside in (emitted, emitted / "net", emitted / "build"):
        with pytest.raises(EmitError, match=r"(?s)lies in .*a folder elsewhere"):
            package(emitted, Package.cmake, inside)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(EmitError, match=r"holds notes\.txt"):
        package(emitted, Package.cmake, tmp_path / "mine")
    assert not (tmp_path / "again").exists()
