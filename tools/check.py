"""`make check`: format, lint, types, and all C under strict warnings. Prints what failed; exit 1.

Without the Arm compiler its part is left out, and said so; with TINYQ_REQUIRE_TOOLS=1 that is a failure.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tinyq.core.boards import Board, list_boards, load_board
from tinyq.core.packages import debian_packages

ROOT = Path(__file__).resolve().parent.parent
FIRMWARE = ROOT / "firmware"
ARM = "arm-none-eabi-gcc"
WARNINGS = [
    *("-std=c99", "-Wall", "-Wextra", "-pedantic", "-Wmissing-prototypes", "-Wconversion", "-Werror"),
]
# What an application wants of the header that `tinyq emit` writes beside it.
MODEL_H = """#include "tinyq/tq_check.h"
extern const tq_model any_model;
extern const tq_expected any_expected;
#define TQ_MODEL any_model
#define TQ_MODEL_EXPECTED any_expected
#define TQ_MODEL_ARENA_BYTES 1000
#define TQ_MODEL_LAYER_COUNT 3
"""

STREAM_SETTINGS_H = "".join(
    f"#define STREAM_{name} {value}\n"
    for name, value in {
        **dict.fromkeys(("ID", "SIGNAL", "DECIMATE", "TIME_LAST", "ZERO_POINT", "HOP"), 1),
        **dict.fromkeys(("CHANNELS", "WINDOW", "SMOOTH", "CLASSES", "SECTIONS", "CREDIT"), 3),
        **{"SAMPLE_BYTES": 6, "PAYLOAD_BYTES": 10, "RECEIVE_BYTES": 128},
    }.items()
)


def run(title: str, command: list[str]) -> bool:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {title}")
    if done.returncode:
        print(done.stdout + done.stderr)
    return done.returncode == 0


def flags_of(board: Board) -> list[str]:
    if board.compiler == ARM:
        unit = ["-mfloat-abi=soft"] if board.fpu == "none" else ["-mfloat-abi=hard", f"-mfpu={board.fpu}"]
        return [f"-mcpu={board.cpu}", "-mthumb", *unit]
    return [] if board.cpu == "native" else [f"-mcpu={board.cpu}"]


def board_sources(board: Board) -> list[Path]:
    """Its own, and the shared ones that its CMake files name, and those that they include."""
    shared = {path.name: path for path in board.shared_folder.rglob("*")} if board.shared_folder else {}
    told, included = "", [(board.folder / "board.cmake").read_text()]
    while included:
        told += included[0]
        names = re.findall(r"(\w+\.cmake)\)", included.pop(0))
        included += [shared[name].read_text() for name in names if name in shared]
    used = set(re.findall(r"\w+\.c\b", told)) & shared.keys()
    return [*board.folder.rglob("*.c"), *(shared[name] for name in used)]


def facts_of(board: Board) -> list[str]:
    """Definitions that its CMake files make of facts."""
    return [f"-DTQ_BAUD={board.baud}u", f"-DTQ_CLOCK_HZ={board.clock_hz}", f"-DTQ_UART={board.uart.upper()}"]


def compile_all(title: str, command: list[str], sources: Iterable[Path], include: Path) -> bool:
    """`sources` as a board's compiler sees them; `include` holds a model.h."""
    folders = [
        f"-I{folder}"
        for folder in (include, "firmware/include", "firmware/apps/common", "firmware/kernels/common")
    ]
    named = '-DTQ_BOARD_NAME="board"'  # as cmake/tq_board.cmake does
    whole = [command[0], *WARNINGS, *command[1:], named, *folders, "-fsyntax-only"]
    return run(f"C warnings, {title}", [*whole, *(str(path) for path in sorted(sources))])


def c_checks() -> Iterable[bool]:
    """All C for each kind of core, then what is each board's."""
    common = [path for part in ("kernels", "runtime", "apps") for path in (FIRMWARE / part).rglob("*.c")]
    checks: dict[str, tuple[list[str], list[Path]]] = {}
    for board in map(load_board, list_boards()):
        if shutil.which(board.compiler) is None:
            yield missing(board)
            continue
        command = [board.compiler, *flags_of(board)]
        checks[" ".join(command)] = command, common
        checks[f"board {board.name}"] = [*command, *facts_of(board)], board_sources(board)
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(os.cpu_count()) as pool:
        (Path(temporary) / "model.h").write_text(MODEL_H)
        (Path(temporary) / "stream_settings.h").write_text(STREAM_SETTINGS_H)
        yield from pool.map(lambda title: compile_all(title, *checks[title], Path(temporary)), checks)


def missing(board: Board) -> bool:
    """Whether it is well that the board's compiler is not there."""
    required = os.environ.get("TINYQ_REQUIRE_TOOLS") == "1"
    remedy = f"no {board.compiler}: apt-get install {debian_packages(board.compiler)}"
    print(f"{'FAIL' if required else 'left out:'} C warnings, board {board.name}: {remedy}")
    return not required


def main() -> int:
    python = sys.executable
    results = [
        run("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        run("ruff lint", [python, "-m", "ruff", "check", "."]),
        run("mypy --strict core graph convert emit run", [python, "-m", "mypy"]),
        *c_checks(),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
