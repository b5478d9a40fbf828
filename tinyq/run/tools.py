"""Outside programs: where they are, and which Debian package has them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tinyq.core.errors import TinyqError
from tinyq.core.packages import debian_packages


def find_program(name: str, error: type[TinyqError]) -> str:
    """Path of a program: on PATH, or beside Python (where pip puts CMake).

    Raises:
        error: it is not there; the message names the Debian package.
    """
    beside = Path(sys.executable).parent
    found = shutil.which(name) or shutil.which(name, path=str(beside))
    if found is None:
        package = debian_packages(name)
        remedy = f"apt-get install {package}" if package else f"install {name}"
        raise error(name, "not found on PATH", "", f"on Debian: {remedy}" if package else remedy)
    return found


def c_compiler() -> str:
    """The host's C compiler as CMake would take it: $CC, else cc."""
    return (os.environ.get("CC", "").split() or ["cc"])[0]
