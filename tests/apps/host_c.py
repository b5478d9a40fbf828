"""Small C programs around sources of firmware/apps/stream, built with the sanitizers."""

import subprocess
from pathlib import Path

from c_kernels import SANITIZERS, WARNINGS
from tools_required import need

from tinyq.core.resources import firmware_dir

STREAM = firmware_dir() / "apps" / "stream"


def build_program(out: Path, sources: list[Path], *flags: str) -> Path:
    """Compile and link `sources`; warnings are errors."""
    need("cc")
    folders = ["-I", str(STREAM), "-I", str(firmware_dir() / "include")]
    command = ["cc", *WARNINGS, *SANITIZERS, *folders, *flags, *map(str, sources), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


def answer(program: Path, given: bytes, *arguments: object) -> bytes:
    """What a program writes for the bytes that it reads; it must end well."""
    done = subprocess.run([program, *map(str, arguments)], input=given, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
