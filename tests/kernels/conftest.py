"""Puts tests/kernels/ on the path, and builds the C kernels once a session."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from c_kernels import OPTIMIZED, SANITIZED, CKernels, build_library  # noqa: E402


@pytest.fixture(scope="session")
def c_kernels(tmp_path_factory: pytest.TempPathFactory) -> CKernels:
    """The kernels of firmware/kernels, built by the system's compiler (or those that it is told to use)."""
    return CKernels(SANITIZED or build_library(tmp_path_factory.mktemp("c_kernels"), OPTIMIZED))
