"""TFLite Micro where it is installed: the user's own build, for applications that `tinyq emit` wrote.

Two environment variables say where it is, as its CMake takes them (firmware/tflm/README.md):

* TFLM_INCLUDE_DIRS: its folder and those of its libraries, with : or ; between them.
* TFLM_LIBRARY: the static library, or several for several cores, in the same way.
"""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from tinyq.core.boards import Board
from tinyq.core.errors import BuildError

INCLUDE_DIRS = "TFLM_INCLUDE_DIRS"
LIBRARY = "TFLM_LIBRARY"
HEADER = "tensorflow/lite/micro/micro_mutable_op_resolver.h"
_REMEDY = "build TFLite Micro as its own documentation says: see firmware/tflm/README.md"
_MACHINES = {"x86_64": 62, "aarch64": 183, "arm": 40}  # e_machine of ELF
_MEMBER = 60  # bytes of a member's header in an archive


def build_options(board: Board) -> dict[str, str]:
    """The CMake entries that build a TFLite Micro application for a board.

    Raises:
        BuildError: the environment variables are missing, or name nothing that fits the board.
    """
    folders = _paths(INCLUDE_DIRS)
    libraries = _paths(LIBRARY)
    if not any((folder / HEADER).is_file() for folder in folders):
        got = f"{INCLUDE_DIRS} ({os.environ[INCLUDE_DIRS]}) has no folder with {HEADER}"
        raise BuildError("TFLite Micro", got, "its sources, with that interface", _REMEDY)
    machine = platform.machine() if board.compiler == "cc" else "arm"
    fitting = [path for path in libraries if machine_of(path) == _MACHINES.get(machine)]
    if not fitting:
        got = f"{LIBRARY} ({os.environ[LIBRARY]}) names no library for {machine}"
        raise BuildError(f"TFLite Micro for {board.name}", got, f"one built for {board.cpu}", _REMEDY)
    return {INCLUDE_DIRS: ";".join(map(str, folders)), LIBRARY: str(fitting[0])}


def machine_of(path: Path) -> int | None:
    """ELF's number of the machine that a static library is for; None if it is no such library.

    Raises:
        BuildError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            if stream.read(8) != b"!<arch>\n":
                return None
            while len(header := stream.read(_MEMBER)) == _MEMBER:
                size = int(header[48:58])
                content = stream.read(min(size, 20))
                if content.startswith(b"\x7fELF"):
                    return int.from_bytes(content[18:20], "little")
                stream.seek(size + size % 2 - len(content), os.SEEK_CUR)
    except (OSError, ValueError) as error:
        raise BuildError(str(path), f"cannot be read ({error})", "a static library", _REMEDY) from error
    return None


def _paths(variable: str) -> list[Path]:
    told = os.environ.get(variable, "")
    if not told:
        raise BuildError("TFLite Micro", f"the environment variable {variable} is not set", "", _REMEDY)
    return [Path(part).resolve() for part in re.split("[:;]", told) if part]
