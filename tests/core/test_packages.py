"""One list of Debian packages: whoever names them elsewhere says the same."""

import re
import subprocess
from pathlib import Path

import pytest

from tinyq.core.packages import debian_packages

ROOT = Path(__file__).resolve().parent.parent.parent
ARM = debian_packages("arm-none-eabi-gcc")
CROSS = debian_packages("arm-none-eabi-gcc", "qemu-system-arm")
TEXTS = [
    path
    for path in [
        *(ROOT / "README.md", ROOT / "Makefile", ROOT / "tools/setup.sh", ROOT / ".ci/run"),
        *(p for top in ("firmware", "tinyq", "docs") for p in (ROOT / top).rglob("*")),
    ]
    if path.is_file() and path.suffix not in {".pyc", ".stamp", ".png"}
]


def test_packages_of_several_programs_are_named_in_order() -> None:
    assert CROSS == "gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"
    assert debian_packages("cc", "no-such-program", "cmake") == "gcc libc6-dev cmake"
    assert debian_packages("no-such-program") == ""


@pytest.mark.parametrize("program", ["make", "c++", "arm-none-eabi-gcc", "qemu-system-arm"])
def test_the_shell_reads_the_same_list(program: str) -> None:
    asked = ["sh", str(ROOT / "tools/setup.sh"), "packages", program]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert said == debian_packages(program)


def test_whoever_names_the_arm_compilers_package_names_its_c_library_too() -> None:
    named = [path for path in TEXTS if "gcc-arm-none-eabi" in path.read_text(encoding="utf-8")]
    assert ROOT / "README.md" in named
    for path in named:
        text = re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))
        assert text.count("gcc-arm-none-eabi") == text.count(ARM), path


def test_what_a_missing_program_is_answered_with_is_in_the_list() -> None:
    from tinyq.core.errors import BuildError
    from tinyq.run import tools

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tools.shutil, "which", lambda *_, **__: None)
        for program in ("cmake", "make", "cc", "arm-none-eabi-gcc", "qemu-system-arm"):
            with pytest.raises(BuildError, match=f"apt-get install {debian_packages(program)}$"):
                tools.find_program(program, BuildError)
