"""Runs a script of this folder with the C loader under AddressSanitizer and UBSan."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from c_kernels import SANITIZERS
from c_loader import build_loader
from tools_required import need

FOUND = 86  # exit status of a sanitizer's finding
LIBRARY = "TINYQ_LOADER_SANITIZED"


def environment(folder: Path) -> dict[str, str]:
    """Preloads libasan, and names a loader that is built in `folder`."""
    need("cc")
    asked = ["cc", "-print-file-name=libasan.so"]
    libasan = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(libasan).is_absolute():
        need("libasan.so")
    return {
        **os.environ,
        LIBRARY: str(build_loader(folder, SANITIZERS)),
        "LD_PRELOAD": libasan,
        "ASAN_OPTIONS": f"detect_leaks=0:exitcode={FOUND}",  # Python itself leaks
        "UBSAN_OPTIONS": f"exitcode={FOUND}",
    }


def library() -> str:
    """The sanitized loader. Where none is named, one is built, and the script is run again with it."""
    if LIBRARY not in os.environ:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, *sys.argv], env=environment(Path(folder)), check=False)
        sys.exit(done.returncode)
    return os.environ[LIBRARY]
