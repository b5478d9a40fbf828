"""`make check`: format, lint, types, and all C under strict warnings. Prints what failed; exit 1.

Without the Arm compiler its part is left out, and said so; with TINYQ_REQUIRE_TOOLS=1 that is a failure.
"""

import os
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
    """Its own, and those shared with boards of its kind: the others' have their kind in the name."""
    other = "arm64" if board.compiler == ARM else "cortex_m"
    shared = board.shared_folder.rglob("*.c") if board.shared_folder else ()
    return [*board.folder.rglob("*.c"), *(path for path in shared if other not in path.name)]


def compile_all(title: str, board: Board, sources: Iterable[Path], include: Path) -> bool:
    """`sources` as the board's compiler sees them; `include` holds a model.h."""
    folders = [
        f"-I{folder}"
        for folder in (include, "firmware/include", "firmware/apps/common", "firmware/kernels/common")
    ]
    command = [board.compiler, *WARNINGS, *flags_of(board), *folders, "-fsyntax-only"]
    return run(f"C warnings, {title}", [*command, *(str(path) for path in sorted(sources))])


def c_checks() -> Iterable[bool]:
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(os.cpu_count()) as pool:
        (Path(temporary) / "model.h").write_text(MODEL_H)
        (Path(temporary) / "stream_settings.h").write_text(STREAM_SETTINGS_H)
        yield from pool.map(lambda name: c_check(load_board(name), Path(temporary)), list_boards())


def c_check(board: Board, include: Path) -> bool:
    if shutil.which(board.compiler) is None:
        return missing(board)
    common = [path for part in ("kernels", "runtime", "apps") for path in (FIRMWARE / part).rglob("*.c")]
    sources = [*common, *board_sources(board)]
    return compile_all(f"{board.compiler}, board {board.name}", board, sources, include)


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
