"""Which files of firmware/kernels/ a model needs."""

from __future__ import annotations

import re

from tinyq.core.errors import EmitError
from tinyq.core.resources import firmware_dir
from tinyq.emit.layout import Layout


def kernel_sources(layout: Layout) -> dict[str, str]:
    """Path below firmware/kernels/ -> text: the kernels of a model, and what of common/ they need.

    A C file in common/ is named as the one symbol that it defines, so words of a source tell what it needs.

    Raises:
        EmitError: a kernel's file is missing.
    """
    kernels = firmware_dir() / "kernels"
    common = {path.stem: path.name for path in sorted((kernels / "common").glob("*.c"))}
    found: dict[str, str] = {}
    wanted = {name for step in layout.steps for name in layout.variant(step).files}
    while wanted:
        name = wanted.pop()
        path = kernels / name
        if not path.is_file():
            raise EmitError(str(path), "is missing", remedy="install tinyq again")
        text = found[name] = path.read_text(encoding="utf-8")
        headers = re.findall(r'#include "(?:\.\./common/)?(tq_\w+\.h)"', text)
        sources = [common[word] for word in _used_words(name, text) if word in common]
        wanted |= {f"common/{file}" for file in (*headers, *sources)} - found.keys()
    return dict(sorted(found.items()))


def _used_words(name: str, text: str) -> list[str]:
    """What a source calls or points to; of a header, what its inline functions call, not what it declares."""
    if name.endswith(".c"):
        return re.findall(r"\btq_\w+\b", text)
    indented = "\n".join(line for line in text.splitlines() if line.startswith("  "))
    return re.findall(r"\b(tq_\w+)\(", indented)
