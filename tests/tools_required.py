"""Outside tools of the tests: missing ones skip, unless TINYQ_REQUIRE_TOOLS=1 says they must be there."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest


def _missing(what: str) -> None:
    if os.environ.get("TINYQ_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{what} is missing, and TINYQ_REQUIRE_TOOLS=1 demands it")
    pytest.skip(f"{what} is missing")


def need(*tools: str) -> None:
    """Skip (or fail) unless every program is on PATH, or every 'python:<module>' can be imported."""
    for tool in tools:
        kind, _, module = tool.partition(":")
        found = importlib.util.find_spec(module) if kind == "python" else shutil.which(tool)
        if not found:
            _missing(tool)


def shared(*parts: str) -> Path:
    """A file below the folder that TINYQ_SHARED names (benchmark data and others' models)."""
    root = os.environ.get("TINYQ_SHARED")
    if not root:
        pytest.skip("TINYQ_SHARED names no folder")
    path = Path(root, *parts)
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path
