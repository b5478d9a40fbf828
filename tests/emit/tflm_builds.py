"""Programs of the tests with TFLite Micro, where TFLM_INCLUDE_DIRS and TFLM_LIBRARY say that it is."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from tools_required import need

from tinyq.core.boards import load_board
from tinyq.core.errors import BuildError
from tinyq.core.resources import firmware_dir
from tinyq.run.tflm import build_options

TOOLS = {
    "host": ("cc", "c++", "cmake"),
    "qemu_cortex_m4": ("arm-none-eabi-gcc", "qemu-system-arm", "cmake"),
}
_CHECKED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")


def options(board: str) -> dict[str, str]:
    """What builds an emitted application; skips where there is no TFLite Micro for the board."""
    if not (os.environ.get("TFLM_INCLUDE_DIRS") and os.environ.get("TFLM_LIBRARY")):
        pytest.skip("TFLM_INCLUDE_DIRS and TFLM_LIBRARY name no TFLite Micro")
    need(*TOOLS[board])
    try:
        return {**build_options(load_board(board)), "TQ_WERROR": "ON"}
    except BuildError as error:
        if "names no library for" not in error.got:
            raise
        pytest.skip(error.got)


def compile_program(source: Path, folder: Path) -> Path:
    """A program of this computer with all of tinyq's operators, under the sanitizers."""
    given = options("host")
    firmware = firmware_dir()
    include = [f"-I{firmware / name}" for name in ("include", "loader", "tflm")]
    system = [f"-isystem{path}" for path in given["TFLM_INCLUDE_DIRS"].split(";")]
    files = [*(firmware / "loader").glob("*.c"), *(firmware / "kernels").rglob("*.c")]
    objects = folder / "objects"
    objects.mkdir()
    _call("cc", "-std=c99", "-O1", *_CHECKED, *include, "-c", *map(str, files), cwd=objects)
    cxx = [str(source), str(firmware / "tflm/tinyq_ops.cc"), *map(str, objects.glob("*.o"))]
    flags = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fno-rtti", *_CHECKED]
    flags += ["-fno-sanitize=vptr", "-DTF_LITE_STATIC_MEMORY", "-DTF_LITE_STRIP_ERROR_STRINGS"]
    _call("c++", *flags, *include, *system, *cxx, given["TFLM_LIBRARY"], "-lm", "-o", "program", cwd=folder)
    return folder / "program"


def operators_of_the_library() -> list[str]:
    """Names in tq_operators.def."""
    text = (firmware_dir() / "loader/tq_operators.def").read_text()
    return re.findall(r"^TQ_OPERATOR\((\w+)\)$", text, re.MULTILINE)


def _call(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
