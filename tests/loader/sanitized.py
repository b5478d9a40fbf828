"""Runs a script of this folder with the C loader under AddressSanitizer and UBSan."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from c_kernels import SANITIZERS, sanitized_environment
from c_loader import build_loader

LIBRARY = "TINYQ_LOADER_SANITIZED"


def environment(folder: Path) -> dict[str, str]:
    """Names a loader that is built in `folder`."""
    return sanitized_environment(**{LIBRARY: build_loader(folder, SANITIZERS)})


def library() -> str:
    """The sanitized loader. Where none is named, one is built, and the script is run again with it."""
    if LIBRARY not in os.environ:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, *sys.argv], env=environment(Path(folder)), check=False)
        sys.exit(done.returncode)
    return os.environ[LIBRARY]
