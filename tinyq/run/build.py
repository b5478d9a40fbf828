"""An emitted folder -> an ELF file, through CMake."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tinyq.core.boards import Board
from tinyq.core.errors import BuildError
from tinyq.core.packages import debian_packages
from tinyq.run.emitted import read_emitted
from tinyq.run.tools import c_compiler, find_program

_LAST_LINES = 15
_TIMEOUT_S = 600.0
_ROOM_BYTES = 1 << 20
_REMEDY_ROOM = (
    "make room on that disk, or build on another: --keep FOLDER, and TMPDIR=FOLDER for the compiler"
)
_REMEDY_BUILD = "if the folder was changed by hand, emit it again; if not, this is a defect: please report it"
_REMEDY_BOARD = "correct that in board.toml of the board's own folder, and emit for it again"
_NOT_IN_PATHS = ';"\\%$#,:|?'  # tried one by one with CMake's makefiles and both compilers


def build(folder: Path | str, app: str = "evaluate", options: Mapping[str, str] | None = None) -> Path:
    """Compile an emitted folder below its own build/, each application and set of options by itself.

    Args:
        folder: what `emit` wrote.
        app: a folder of its apps/.
        options: CMake cache entries besides, such as {"TQ_SANITIZE": "ON"}.

    Returns:
        The ELF file; firmware.map lies beside it.

    Raises:
        BuildError: no emitted folder, a missing tool (naming the Debian package), or a compiler's error.
    """
    emitted = read_emitted(folder)
    if not (emitted.folder / "apps" / app / "main.c").is_file():
        apps = sorted(path.parent.name for path in (emitted.folder / "apps").glob("*/main.c"))
        remedy = f"tinyq emit --app {app}" if app == "stream" else ""
        raise BuildError(f"application {app!r}", "not in apps/", ", ".join(apps), remedy)
    cmake = _check_tools(emitted.board)
    there = emitted.folder / "build" / _place(app, options or {})
    defines = [f"-D{key}={value}" for key, value in {"TQ_APP": app, **(options or {})}.items()]
    _check_path(emitted.folder)
    _call([cmake, "-S", str(emitted.folder), "-B", str(there), *defines], emitted.folder)
    _call([cmake, "--build", str(there), "--parallel", str(os.cpu_count() or 1)], emitted.folder)
    elf = there / "firmware.elf"
    if not elf.is_file():
        remedy = "delete the folder, emit it again, and build that"
        raise BuildError(str(elf), "CMake succeeded, but wrote no such file", "", remedy)
    return elf


def _check_path(folder: Path) -> None:
    """CMake and make take some characters of a path for their own."""
    bad = sorted({c for c in str(folder) if c in _NOT_IN_PATHS or not c.isprintable()})
    if bad:
        raise BuildError(
            str(folder),
            f"{', '.join(map(repr, bad))} in the path, which CMake or make does not take as it is",
            "letters, digits, spaces and other marks",
            "use a folder of another name (--keep FOLDER, or TMPDIR=FOLDER)",
        )


def _place(app: str, options: Mapping[str, str]) -> str:
    """CMake remembers options of earlier calls; so other options go elsewhere."""
    if not options:
        return app
    return f"{app}-{hashlib.sha256(repr(sorted(options.items())).encode()).hexdigest()[:8]}"


def _check_tools(board: Board) -> str:
    """Path of CMake, once all that it will call is there; its own messages are about other things."""
    compiler = find_program(c_compiler() if board.compiler == "cc" else board.compiler, BuildError)
    cmake = find_program("cmake", BuildError)
    if "CMAKE_GENERATOR" not in os.environ:
        find_program("make", BuildError)
    if board.compiler == "arm-none-eabi-gcc":
        specs = _output([compiler, "-print-file-name=nano.specs"])
        if "/" not in specs:
            remedy = f"on Debian: apt-get install {debian_packages(board.compiler)}"
            raise BuildError("newlib-nano", "arm-none-eabi-gcc finds no nano.specs", "", remedy)
    return cmake


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, errors="replace").stdout


def _call(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            check=False,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        got = f"{command[0]} did not end within {_TIMEOUT_S:.0f} s"
        raise BuildError(str(folder), got, remedy="close other programs, and try again") from error
    except OSError as error:
        got = f"{command[0]} cannot be started ({error.strerror or error})"
        raise BuildError(str(folder), got, remedy="install CMake again: pip install cmake") from error
    if done.returncode != 0:
        said = [line for line in done.stdout.splitlines() if line.strip()]
        shown = "\n    ".join(_telling(said))
        full = _full_disk(done.stdout, folder)
        why = f"no room is left in {full}: " if full else ""
        fact = any("board.toml:" in line for line in said)
        remedy = _REMEDY_ROOM if full else _REMEDY_BOARD if fact else _REMEDY_BUILD
        got = f"{why}the C build failed with status {done.returncode}:\n    {shown}"
        raise BuildError(str(folder), got, remedy=remedy)


def _telling(said: Sequence[str]) -> Sequence[str]:
    """The last lines, and the first that says "error:" if it is not among them."""
    last = said[-_LAST_LINES:]
    first = next((line for line in said if "error:" in line), None)
    return last if first is None or first in last else [first, "...", *last]


def _full_disk(said: str, folder: Path) -> str:
    """Where no room is left, of the places that a build writes; "" if there is some. CMake may not say so."""
    free = {}
    for place in (str(folder), os.environ.get("TMPDIR", tempfile.gettempdir())):
        with suppress(OSError):
            free[place] = shutil.disk_usage(place).free
    least = min(free, key=lambda place: free[place], default=str(folder))
    full = "No space left on device" in said or free.get(least, _ROOM_BYTES) < _ROOM_BYTES
    return least if full else ""
