"""How the C sources are built: headers stand alone, objects hold what their names say, no compiler warns."""

import re
import subprocess
from pathlib import Path

import pytest
from c_kernels import WARNINGS, include_dir, kernel_sources
from tools_required import need

from tinyq.core.resources import firmware_dir

CORTEX_M = ("cortex-m0plus", "cortex-m4", "cortex-m7", "cortex-m55")
HEADERS = sorted(path.name for path in (include_dir() / "tinyq").glob("*.h"))
SOURCES = [*kernel_sources(), firmware_dir() / "runtime/tq_invoke.c"]
FLASH_BUDGET = 6 * 1024 + 204  # steps that cannot overflow took 48 more; walking over stripes 124
# On a core without 64-bit multiplication and without division these are functions of the compiler's library.
DIVISIONS = {"__aeabi_idiv", "__aeabi_idivmod", "__aeabi_uidiv", "__aeabi_uidivmod"}
MAY_BE_CALLED = {"__aeabi_lmul", "__aeabi_lasr", "__aeabi_llsl", *DIVISIONS, "memcpy", "memset"}

# int8 outputs that Larq Compute Engine defines by float32 arithmetic.
REAL_INSIDE = ("tq_lce_bconv_2d_a8_", "tq_sliced_lce_a8")


def run(*command: object, cwd: Path | None = None) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def symbols(tool: str, objects: Path, *flags: str) -> dict[str, set[str]]:
    """object -> names that nm prints for it."""
    found: dict[str, set[str]] = {}
    for line in run(tool, *flags, "-A", *sorted(objects.glob("*.o"))).splitlines():
        path, _, entry = line.partition(":")
        found.setdefault(Path(path).stem, set()).add(entry.split()[-1])
    return found


@pytest.fixture(scope="module")
def host_objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("cc", "nm")
    folder = tmp_path_factory.mktemp("host")
    run("cc", *WARNINGS, "-O2", "-I", include_dir(), "-c", *SOURCES, cwd=folder)
    return folder


def compile_for(core: str, folder: Path) -> Path:
    need("arm-none-eabi-gcc", "arm-none-eabi-nm", "arm-none-eabi-size")
    flags = [f"-mcpu={core}", "-mthumb", "-mfloat-abi=soft", *WARNINGS, "-O2"]
    run("arm-none-eabi-gcc", *flags, "-I", include_dir(), "-c", *SOURCES, cwd=folder)
    return folder


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_stands_alone_and_may_be_included_twice(tmp_path: Path, header: str) -> None:
    need("cc")
    (tmp_path / "a.c").write_text(f'#include "tinyq/{header}"\n#include "tinyq/{header}"\nint a(void);\n')
    run("cc", *WARNINGS, "-fsyntax-only", "-I", include_dir(), "a.c", cwd=tmp_path)


def test_two_translation_units_with_every_header_link(tmp_path: Path) -> None:
    need("cc")
    includes = "".join(f'#include "tinyq/{header}"\n' for header in HEADERS)
    (tmp_path / "a.c").write_text(includes + "int other(void);\nint main(void) { return other(); }\n")
    (tmp_path / "b.c").write_text(includes + "int other(void);\nint other(void) { return 0; }\n")
    run("cc", *WARNINGS, "-I", include_dir(), "a.c", "b.c", "-o", "linked", cwd=tmp_path)
    run(tmp_path / "linked")


def test_every_object_defines_one_public_symbol_its_file_name(host_objects: Path) -> None:
    defined = symbols("nm", host_objects, "-g", "--defined-only")
    assert {name: {name} for name in defined} == defined
    assert len(defined) == len(SOURCES)


def test_no_object_has_writable_data(host_objects: Path) -> None:
    for path in sorted(host_objects.glob("*.o")):
        kinds = {line.split()[-2] for line in run("nm", path).splitlines()}
        assert not kinds & set("BbCDdGgSs"), path.name


def test_the_headers_declare_all_kernels_and_nothing_else() -> None:
    paths = sorted((include_dir() / "tinyq").glob("tq_kernels*.h"))
    text = re.sub(r"/\*.*?\*/", "", "".join(path.read_text() for path in paths), flags=re.S)
    declared = set(re.findall(r"\b(tq_\w+)\(", text))
    assert declared == {path.stem for path in kernel_sources() if path.parent.name != "common"}


@pytest.mark.qemu
@pytest.mark.parametrize("core", CORTEX_M)
def test_all_kernels_compile_without_a_warning_for(core: str, tmp_path: Path) -> None:
    objects = compile_for(core, tmp_path)
    assert len(list(objects.glob("*.o"))) == len(SOURCES)


@pytest.mark.qemu
def test_no_float_no_64_bit_division_and_no_library_is_called(tmp_path: Path) -> None:
    called = symbols("arm-none-eabi-nm", compile_for("cortex-m0plus", tmp_path), "-u")
    for name, undefined in called.items():
        outside = {symbol for symbol in undefined if not symbol.startswith("tq_")}
        for_64_bits = "neon" in name or "x86" in name
        if "f32" not in name and not name.startswith(REAL_INSIDE) and not for_64_bits:
            assert outside <= MAY_BE_CALLED, name


@pytest.mark.qemu
def test_a_ternary_net_needs_little_flash(tmp_path: Path) -> None:
    """Convolution, depthwise, pointwise and dense: all that is linked for them."""
    objects = compile_for("cortex-m4", tmp_path)
    calls = symbols("arm-none-eabi-nm", objects, "-u")
    linked: set[str] = set()
    wanted = {
        "tq_conv_2d_a8wt_opt",
        "tq_depthwise_conv_2d_a8wt_opt",
        "tq_fully_connected_a8wt_opt",
        "tq_invoke",
    }
    while wanted:
        linked |= wanted
        wanted = {
            symbol for name in wanted for symbol in calls.get(name, ()) if symbol.startswith("tq_")
        } - linked
    sizes = run("arm-none-eabi-size", *[objects / f"{name}.o" for name in sorted(linked)]).splitlines()[1:]
    assert sum(int(line.split()[0]) for line in sizes) <= FLASH_BUDGET
