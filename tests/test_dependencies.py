"""What the package imports is what pyproject.toml asks for: always, or in an extra that is named there."""

import ast
import importlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Names under which distributions are imported, where these are not their own.
DISTRIBUTION = {"PIL": "pillow", "serial": "pyserial", "sklearn": "scikit-learn", "tf_keras": "tf-keras"}
TRAINING = {"quantizers", "training", "datasets"}  # packages that are no use without an extra


def declared() -> tuple[set[str], set[str]]:
    """Distributions that every installation has, and those of the extras but "dev"."""
    tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[^A-Za-z0-9_.-]", text)[0].lower().replace("_", "-") for text in requirements}

    extras = [lines for extra, lines in project["optional-dependencies"].items() if extra != "dev"]
    return names(project["dependencies"]), set().union(*map(names, extras))


def imported(tree: ast.AST) -> set[str]:
    """First names of all modules of others that a file imports, by importlib too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            texts = [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
            found.update(text for text in texts if isinstance(text, str))
    names = {name.split(".")[0] for name in found} - {"tinyq", "__future__", *sys.stdlib_module_names}
    return {name for name in names if name.isidentifier()}


def test_every_import_is_declared() -> None:
    always, extra = declared()
    seen = set()
    for path in sorted((ROOT / "tinyq").rglob("*.py")):
        for module in imported(ast.parse(path.read_text())):
            name = DISTRIBUTION.get(module, module.lower().replace("_", "-"))
            seen.add(name)
            assert name in always | extra, f"{path.relative_to(ROOT)} imports {module}: in no list"
    assert {"numpy", "typer", "pillow", "moabb", "tensorflow-model-optimization", "scipy"} <= seen


def test_what_needs_no_extra_imports_none_at_its_top() -> None:
    always, _ = declared()
    for path in sorted((ROOT / "tinyq").rglob("*.py")):
        relative = path.relative_to(ROOT / "tinyq")
        if relative.parts[0] in TRAINING or str(relative).startswith("convert/export"):
            continue
        top = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.Import | ast.ImportFrom)]
        for module in imported(ast.Module(top, [])):
            name = DISTRIBUTION.get(module, module.lower().replace("_", "-"))
            assert name in always, f"{relative} imports {module} at its top"
