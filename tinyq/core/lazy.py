"""Public names of a package that are loaded on first use, so that importing it loads no TensorFlow."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy(package: str, home: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A package's `__getattr__` and `__dir__` (PEP 562).

    Args:
        package: its `__name__`.
        home: public name -> module that defines it.

    Example:
        >>> load, names = lazy("tinyq.example", {"sqrt": "math"})
        >>> load("sqrt")(9.0), names()
        (3.0, ['sqrt'])
    """

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(home[name]), name)

    return load, lambda: sorted(home)
