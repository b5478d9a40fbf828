"""Fuzzers that are led by coverage: libFuzzer on the C loader, atheris on the reader of files."""

import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from c_kernels import include_dir, kernel_sources
from c_loader import ELEMENTS, OTHER, loader_sources, options_of
from custom_cases import CASES
from tools_required import need

from tinyq.core.resources import firmware_dir
from tinyq.graph.ir import ABSENT, Graph, Tensor

HERE = Path(__file__).parent
RUNS_C, RUNS_PYTHON = 1_000_000, 10_000
MOST = 0xFFFF  # bytes of a constant, of a seed
pytestmark = pytest.mark.slow


def tensor_bytes(tensor: Tensor | None) -> bytes:
    """As fuzz_operators.c reads a tensor."""
    if tensor is None:
        return bytes(6)
    head = struct.pack("<BB", ELEMENTS.get(tensor.dtype, OTHER), len(tensor.shape))
    sizes = struct.pack(f"<{len(tensor.shape)}h", *tensor.shape)
    scales, points, axis = [], [], 0
    if tensor.quantization is not None:
        scales, points = tensor.quantization.scale.tolist(), tensor.quantization.zero_point.tolist()
        axis = tensor.quantization.axis
    pairs = b"".join(struct.pack("<fh", *pair) for pair in zip(scales, points, strict=True))
    constant = 0 if tensor.data is None else np.asarray(tensor.data).nbytes
    return head + sizes + struct.pack("<Bb", len(scales), axis) + pairs + struct.pack("<H", constant)


def seed(graph: Graph, kinds: list[str]) -> bytes:
    """Bytes that fuzz_operators.c takes for this operator."""
    operator = graph.operators[0]
    inputs = [None if i == ABSENT else graph.tensors[i] for i in operator.inputs]
    tensors = [*inputs, graph.tensors[operator.outputs[0]]]
    head = bytes([kinds.index(operator.kind), 1, len(inputs)])
    constants = [np.asarray(t.data).tobytes() for t in inputs if t is not None and t.data is not None]
    return b"".join([head, *map(tensor_bytes, tensors), *constants, options_of(operator)])


def seeds(folder: Path) -> None:
    """Operators that load, a few of each kind."""
    folder.mkdir()
    lines = (firmware_dir() / "loader" / "tq_operators.def").read_text()
    kinds = re.findall(r"TQ_OPERATOR\((\w+)\)", lines)
    rng = np.random.default_rng(0)
    for kind, make in CASES.items():
        for number in range(4):
            graph = make(rng)
            if all(t.data is None or np.asarray(t.data).nbytes <= MOST for t in graph.tensors):
                (folder / f"{kind}_{number}").write_bytes(seed(graph, kinds))


def test_a_million_operators_of_libfuzzer_touch_nothing_outside(tmp_path: Path) -> None:
    compiler = next((name for name in ("clang", "clang-14") if shutil.which(name)), "clang")
    need(compiler)
    sources = [*loader_sources(), *kernel_sources(), HERE / "fuzz_operators.c"]
    folders = [
        f"-I{include_dir()}",
        f"-I{firmware_dir() / 'loader'}",
        f"-I{firmware_dir() / 'kernels/common'}",
    ]
    flags = ["-std=c99", "-g", "-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]
    program = tmp_path / "fuzz"
    subprocess.run([compiler, *flags, *folders, *map(str, sources), "-lm", "-o", str(program)], check=True)
    seeds(tmp_path / "corpus")
    started = len(list((tmp_path / "corpus").iterdir()))
    command = [str(program), f"-runs={RUNS_C}", "-seed=1", "-max_len=4000", str(tmp_path / "corpus")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"Done {RUNS_C} runs" in done.stderr
    assert len(list((tmp_path / "corpus").iterdir())) > 5 * started  # new ways were found


def test_ten_thousand_files_of_atheris_are_read_or_refused(tmp_path: Path) -> None:
    need("python:atheris")
    script = HERE.parent / "graph" / "fuzz_reader.py"
    options = [f"-runs={RUNS_PYTHON}", "-seed=1", "-max_len=20000"]
    command = [sys.executable, str(script), str(tmp_path / "corpus"), *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"Done {RUNS_PYTHON} runs" in done.stderr
