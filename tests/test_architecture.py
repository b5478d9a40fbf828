"""The house's rules: who may import whom, how long files and functions may be, what is never committed."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tinyq"

HEAVY = {"tensorflow", "tf_keras", "larq", "larq_compute_engine", "tensorflow_model_optimization", "keras"}
MAY_IMPORT = {
    "core": {"core"},
    "quantizers": {"core", "quantizers"},
    "training": {"core", "quantizers", "training", "datasets"},
    "datasets": {"core", "datasets"},
    "graph": {"core", "graph"},
    "convert": {"core", "graph", "convert"},
    "emit": {"core", "graph", "emit"},
    "run": {"core", "run"},
    "evaluate": {"core", "graph", "evaluate"},
}
MAY_IMPORT_HEAVY = {"quantizers", "training"}
# file -> extra tinyq packages and heavy modules that it alone may import, with the reason in the file itself
EXCEPTIONS = {
    "emit/expected.py": {"evaluate"},
    **{f"convert/{path.name}": HEAVY | {"quantizers"} for path in (PACKAGE / "convert").glob("export*.py")},
}

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
MAX_README_LINES = 200
MAX_C_LINES = 120
MAX_FAST_C_LINES = 300  # of what belongs to variants for one family of cores
FAST = re.compile(r"_(dsp|sliced|neon|x86|mve|swar)(_|\.)")
LONG_FUNCTIONS: dict[str, str] = {}  # "file:function" -> reason


def python_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names if node.module == "tinyq")
    return found


@pytest.mark.parametrize("path", python_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_follow_the_table(path: Path) -> None:
    relative = path.relative_to(PACKAGE)
    package = relative.parts[0]
    if package not in MAY_IMPORT:
        return
    extra = EXCEPTIONS.get(str(relative), set())
    for module in imported_modules(path):
        parts = module.split(".")
        if parts[0] == "tinyq" and len(parts) > 1 and (PACKAGE / parts[1]).is_dir():
            assert parts[1] in MAY_IMPORT[package] | extra, f"{relative} imports {module}"
        if parts[0] in HEAVY:
            assert package in MAY_IMPORT_HEAVY or parts[0] in extra, f"{relative} imports {module}"


def test_larq_is_imported_by_one_module_only() -> None:
    users = [
        str(p.relative_to(ROOT))
        for p in python_files()
        if any(m.split(".")[0] == "larq" for m in imported_modules(p))
    ]
    assert len(users) <= 1, users


def test_nobody_but_the_entry_point_imports_the_command_line() -> None:
    for path in python_files():
        if path.relative_to(PACKAGE).parts[0] not in ("cli", "__main__.py"):
            assert not any(m.startswith("tinyq.cli") for m in imported_modules(path)), path


def test_deployment_half_loads_no_tensorflow() -> None:
    code = (
        "import sys, tinyq, tinyq.cli, tinyq.convert, tinyq.emit, tinyq.run, tinyq.graph\n"
        "import tinyq.evaluate.interpreter\n"
        f"print([name for name in {sorted(HEAVY)} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", python_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_python_files_and_functions_are_short(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= MAX_FILE_LINES, f"{path}: {source.count(chr(10))} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
            start = body[1].lineno if ast.get_docstring(node) and len(body) > 1 else body[0].lineno
            length = node.end_lineno - start + 1
            key = f"{path.relative_to(PACKAGE)}:{node.name}"
            assert length <= MAX_FUNCTION_LINES or key in LONG_FUNCTIONS, f"{key}: {length} lines"


def test_c_files_are_short() -> None:
    for path in sorted((ROOT / "firmware").rglob("*.[c]")):
        lines = path.read_text().count("\n")
        most = MAX_FAST_C_LINES if FAST.search(path.name) else MAX_C_LINES
        assert lines <= most, f"{path.relative_to(ROOT)}: {lines} lines"


def test_kernels_call_no_board_no_stdio_and_no_malloc() -> None:
    banned = re.compile(r"#include\s*[<\"](stdio|tinyq/tq_port)|\b([mc]alloc|realloc|free|exit|printf)\s*\(")
    for path in sorted((ROOT / "firmware" / "kernels").rglob("*.[ch]")):
        assert not banned.search(path.read_text()), path


def test_readme_is_short() -> None:
    assert (ROOT / "README.md").read_text().count("\n") <= MAX_README_LINES


def test_no_stub_is_left() -> None:
    stub = re.compile(r"NotImplementedError|\bTODO\b|\bFIXME\b")
    for path in [*python_files(), *(ROOT / "firmware").rglob("*.[ch]")]:
        assert not stub.search(path.read_text()), path
