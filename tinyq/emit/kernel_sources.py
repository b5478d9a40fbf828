"""Which files of firmware/kernels/ a model needs."""

from __future__ import annotations

import re
from pathlib import Path

from tinyq.core.errors import EmitError
from tinyq.core.resources import firmware_dir
from tinyq.emit.layout import Layout


def kernel_sources(layout: Layout) -> dict[str, str]:
    """Path below firmware/kernels/ -> text: the kernels of a model, and what they need of other files.

    A C file is named as the one symbol that it defines, so words of a source tell what it needs. Headers
    lie beside the source that includes them, or in common/.

    Raises:
        EmitError: a kernel's file is missing.
    """
    kernels = firmware_dir() / "kernels"
    defined = {path.stem: path.relative_to(kernels).as_posix() for path in sorted(kernels.rglob("*.c"))}
    found: dict[str, str] = {}
    wanted = {name for step in layout.steps for name in layout.variant(step).files}
    while wanted:
        name = wanted.pop()
        path = kernels / name
        if not path.is_file():
            raise EmitError(str(path), "is missing", remedy="install tinyq again")
        text = found[name] = path.read_text(encoding="utf-8")
        there = {header.relative_to(kernels.resolve()) for header in headers_of(path, text)}
        sources = {defined[word] for word in _used_words(name, text) if word in defined}
        wanted |= ({file.as_posix() for file in there} | sources) - found.keys()
    return dict(sorted(found.items()))


def headers_of(path: Path, text: str) -> set[Path]:
    """The headers of kernels that a source with this text includes."""
    names = re.findall(r'#include "((?:\.\./\w+/)?tq_\w+\.h)"', text)
    return {(path.parent / name).resolve() for name in names}


def _used_words(name: str, text: str) -> list[str]:
    """What a source calls or points to; of a header, what its inline functions do, not what it declares."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    if name.endswith(".c"):
        return re.findall(r"\btq_\w+\b", code)
    indented = "\n".join(line for line in code.splitlines() if line.startswith("  "))
    return re.findall(r"\btq_\w+\b", indented)
