"""Hatchling's build hook: compiles firmware/litert into the wheel, which then is one for this platform.

TINYQ_LITERT_AARCH64=1 cross-compiles it with aarch64-linux-gnu-gcc, for an aarch64 wheel. Without a compiler,
or with TINYQ_LITERT=none, the wheel is a pure one, and the library is compiled when it is first needed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "libtinyq_litert.so"
CROSS = {
    "CMAKE_SYSTEM_NAME": "Linux",
    "CMAKE_SYSTEM_PROCESSOR": "aarch64",
    "CMAKE_C_COMPILER": "aarch64-linux-gnu-gcc",
}


class WheelLibrary(BuildHookInterface):
    """Adds tinyq/_litert/ to the wheel and tells its platform."""

    PLUGIN_NAME = "wheel_library"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        cross = os.environ.get("TINYQ_LITERT_AARCH64") == "1"
        compiler = CROSS["CMAKE_C_COMPILER"] if cross else "cc"
        if version == "editable" or os.environ.get("TINYQ_LITERT") == "none":
            return
        if shutil.which(compiler) is None or shutil.which("cmake") is None:
            if cross:
                raise SystemExit(
                    f"{compiler} or cmake is missing: apt-get install gcc-aarch64-linux-gnu cmake"
                )
            self.app.display_warning(f"no {compiler} or no cmake: the wheel comes without {NAME}")
            return
        self.folder = tempfile.mkdtemp(prefix="tinyq-wheel-")
        options = [f"-D{key}={value}" for key, value in (CROSS if cross else {}).items()]
        source = str(Path(self.root) / "firmware/litert")
        subprocess.run(["cmake", "-S", source, "-B", self.folder, *options], check=True)
        subprocess.run(["cmake", "--build", self.folder, "--parallel", str(os.cpu_count() or 1)], check=True)
        build_data["force_include"][str(Path(self.folder) / NAME)] = f"tinyq/_litert/{NAME}"
        build_data["pure_python"] = False
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{'linux_aarch64' if cross else platform}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder, ignore_errors=True)
