"""Puts tests/loader/ and tests/kernels/ on the path, and builds the C loader once a session."""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "kernels")]

from c_kernels import OPTIMIZED  # noqa: E402
from c_loader import CLoader, build_loader  # noqa: E402


@pytest.fixture(scope="session")
def c_loader(tmp_path_factory: pytest.TempPathFactory) -> CLoader:
    """firmware/loader with the kernels (or the library that the sanitized run names)."""
    given = os.environ.get("TINYQ_LOADER_SANITIZED")
    return CLoader(given or build_loader(tmp_path_factory.mktemp("c_loader"), OPTIMIZED))
