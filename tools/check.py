"""`make check`: format, lint, types, and the C kernels under strict warnings. Prints what failed; exit 1."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WARNINGS = [
    *("-std=c99", "-Wall", "-Wextra", "-pedantic", "-Wmissing-prototypes", "-Wconversion", "-Werror"),
]


def run(title: str, command: list[str]) -> bool:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {title}")
    if done.returncode:
        print(done.stdout + done.stderr)
    return done.returncode == 0


def c_check(compiler: str, flags: list[str]) -> bool:
    sources = sorted(
        str(p) for folder in ("kernels", "runtime") for p in (ROOT / "firmware" / folder).rglob("*.c")
    )
    include = ["-Ifirmware/include", "-Ifirmware/kernels/common"]
    return run(f"C warnings, {compiler}", [compiler, *WARNINGS, *flags, *include, "-fsyntax-only", *sources])


def main() -> int:
    python = sys.executable
    results = [
        run("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        run("ruff lint", [python, "-m", "ruff", "check", "."]),
        run("mypy --strict core graph convert emit run", [python, "-m", "mypy"]),
        c_check("cc", []),
    ]
    if shutil.which("arm-none-eabi-gcc"):
        results.append(c_check("arm-none-eabi-gcc", ["-mcpu=cortex-m4", "-mthumb"]))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
