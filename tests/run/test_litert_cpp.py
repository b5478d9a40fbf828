"""The library from C++: its header and its exports; and the example, where LiteRT's headers are.

LITERT_INCLUDE_DIRS names the folders of LiteRT (or TensorFlow), flatbuffers and Abseil, with : between them.
"""

import os
import subprocess
from pathlib import Path

import pytest
from tools_required import need

from tinyq.core.resources import firmware_dir
from tinyq.run import litert

FLAGS = ("-std=c++17", "-Wall", "-Wextra", "-pedantic", "-Werror")
PROGRAM = """
#include <cstdio>
#include <cstring>
#include "tinyq_litert.h"
static void Say(const char *text) { std::puts(text); }
int main() {
  const char *word = "threads";
  if (tflite_plugin_create_delegate(&word, &word, 1, Say) != nullptr) return 1;
  tq_tflite_delegate *made = tflite_plugin_create_delegate(nullptr, nullptr, 0, nullptr);
  if (made == nullptr || std::strlen(tinyq_litert_last_error(made)) != 0) return 2;
  tflite_plugin_destroy_delegate(made);
  std::printf("abi %d\\n", static_cast<int>(tinyq_litert_abi()));
}
"""


def test_a_cpp_program_makes_a_delegate_with_the_header_and_the_library_alone(tmp_path: Path) -> None:
    need("c++", "cc", "cmake")
    (tmp_path / "main.cc").write_text(PROGRAM)
    library = litert.library()
    include = f"-I{firmware_dir() / 'litert'}"
    command = [
        "c++",
        *FLAGS,
        include,
        "main.cc",
        str(library),
        f"-Wl,-rpath,{library.parent}",
        "-o",
        "program",
    ]
    subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"tinyq: there are no options\nabi {litert.ABI}\n")


def test_the_example_compiles_with_litert() -> None:
    need("c++")
    folders = os.environ.get("LITERT_INCLUDE_DIRS")
    if not folders:
        pytest.skip("LITERT_INCLUDE_DIRS names no LiteRT")
    example = firmware_dir() / "litert/example.cc"
    system = [f"-isystem{folder}" for folder in folders.split(":")]
    command = ["c++", "-fsyntax-only", *FLAGS, *system, f"-I{example.parent}", str(example)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
