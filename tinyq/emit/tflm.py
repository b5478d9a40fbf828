"""A .tflite file and a board -> an application of TFLite Micro with tinyq's operators, built by CMake."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import tinyq
from tinyq.core.boards import Board, load_board
from tinyq.core.errors import EmitError
from tinyq.core.resources import firmware_dir, license_file
from tinyq.core.variants import best_alike
from tinyq.emit.c_values import c_array
from tinyq.emit.emitter import APPS
from tinyq.emit.endpoints import Endpoint, endpoint_facts, endpoint_of
from tinyq.emit.folder import refuse_foreign, write_folder
from tinyq.emit.identifiers import c_identifier, c_string, plain_text
from tinyq.emit.layout import Stripes, lay_out
from tinyq.emit.tensors import tensor_bytes
from tinyq.emit.text_templates import text_templates
from tinyq.graph import parse
from tinyq.graph.ir import ABSENT, Graph
from tinyq.graph.lowering import lower
from tinyq.graph.operators import KINDS
from tinyq.graph.schema import ABI

# Built-in operator -> method of MicroMutableOpResolver.
_METHODS = {
    "ADD": "AddAdd",
    "AVERAGE_POOL_2D": "AddAveragePool2D",
    "CONCATENATION": "AddConcatenation",
    "CONV_2D": "AddConv2D",
    "DEPTHWISE_CONV_2D": "AddDepthwiseConv2D",
    "DEQUANTIZE": "AddDequantize",
    "EXPAND_DIMS": "AddExpandDims",
    "FULLY_CONNECTED": "AddFullyConnected",
    "MAX_POOL_2D": "AddMaxPool2D",
    "MEAN": "AddMean",
    "MUL": "AddMul",
    "PAD": "AddPad",
    "PADV2": "AddPadV2",
    "QUANTIZE": "AddQuantize",
    "RELU": "AddRelu",
    "RELU6": "AddRelu6",
    "RESHAPE": "AddReshape",
    "SOFTMAX": "AddSoftmax",
    "SQUEEZE": "AddSqueeze",
    "SUB": "AddSub",
    "TRANSPOSE_CONV": "AddTransposeConv",
}
# Of TFLite Micro's own bookkeeping on a 64-bit computer, rounded up; a microcontroller's is half of it.
_ARENA_BYTES_FIXED = 4096
_ARENA_BYTES_PER_TENSOR = 192
_ARENA_BYTES_PER_OPERATOR = 512
_ARENA_BYTES_PER_CHANNEL = 16
_STACK_BYTES = 8192  # at least: TFLite Micro's own calls are in no table


@dataclass(frozen=True, eq=False)
class TflmReport:
    """What was written.

    Args:
        folder: where.
        board: the board's facts.
        model_bytes: of the .tflite file.
        arena_bytes: what TFLite Micro's tensor arena is set to: an estimate that is rather too large.
        operators: the lines that add an operator to the resolver.
        files: relative paths, sorted.
    """

    folder: Path
    board: Board
    model_bytes: int
    arena_bytes: int
    operators: tuple[str, ...]
    files: tuple[str, ...]


def emit_tflm(
    model: Path | str | bytes, board: str | Path, out_dir: Path | str, name: str | None = None
) -> TflmReport:
    """Write the folder of a TFLite Micro application. Building it needs TFLite Micro, writing it does not.

    Args:
        model: a .tflite file, or its bytes.
        board: a name of `tinyq.core.boards.list_boards`, or a folder of one's own.
        out_dir: does not exist, is empty, or was emitted before (then it is replaced).
        name: what the model is called; the file's name unless told.

    Raises:
        GraphError: the file is damaged or holds what tinyq does not know.
        BoardError: no such board.
        EmitError: TFLite Micro has no such operator, or the folder cannot be (or must not be) written.
    """
    data = model if isinstance(model, bytes) else Path(model).read_bytes()
    title = name or ("model" if isinstance(model, bytes) else Path(model).stem)
    graph = parse(data, title)
    facts = load_board(board)
    _check_biases(graph)
    refuse_foreign(Path(out_dir))
    kinds = sorted({operator.kind for operator in graph.operators})
    operators = tuple(_registration(kind) for kind in kinds)
    arena_bytes = estimate_arena(graph, facts.cpu)
    copies = dict(_copies([kind for kind in kinds if KINDS[kind].custom], facts))
    context = {
        **_names(title, facts, data),
        **_endpoints(graph),
        "operators": operators,
        "tflm_arena_bytes": arena_bytes,
        "stack_bytes": max(facts.stack_bytes, _STACK_BYTES),
        "sources": sorted(n for n in copies if re.match(r"(kernels|runtime|loader|apps/common)/.*\.c$", n)),
    }
    texts = {name: text.encode() for name, text in _render(context)}
    write_folder(Path(out_dir), {**copies, **texts}, _manifest(title, graph, context))
    return TflmReport(
        *(Path(out_dir), facts, len(data), arena_bytes, operators, tuple(sorted({**copies, **texts})))
    )


def estimate_arena(graph: Graph, cpu: str) -> int:
    """Bytes for TFLite Micro's tensor arena: activations, the core's scratch, and bookkeeping.

    Raises:
        GraphError: the graph cannot be lowered.
        EmitError: it computes nothing.
    """
    layout = lay_out(graph, lower(graph), cpu, Stripes.off, in_place=False)
    tensors = sum(1 for tensor in graph.tensors if tensor.data is None)
    channels = sum(t.shape[-1] for t in graph.tensors if t.data is None and t.shape)
    needed = (
        _ARENA_BYTES_FIXED
        + layout.plan.arena_bytes * 5 // 4
        + _ARENA_BYTES_PER_TENSOR * tensors
        + _ARENA_BYTES_PER_OPERATOR * len(graph.operators)
        + _ARENA_BYTES_PER_CHANNEL * channels
    )
    return -(-needed // 1024) * 1024


def _check_biases(graph: Graph) -> None:
    """TFLite Micro reads the bias of an int16 depthwise convolution without asking whether it is there."""
    for index, operator in enumerate(graph.operators):
        x = graph.tensors[operator.inputs[0]]
        without = operator.inputs[2:] in ((), (ABSENT,))
        if operator.kind == "DEPTHWISE_CONV_2D" and x.dtype == "int16" and without:
            where = f"operator {index} DEPTHWISE_CONV_2D '{graph.tensors[operator.outputs[0]].name}'"
            raise EmitError(where, "int16 without a bias", "a bias, for TFLite Micro", "add one of zeros")


def _registration(kind: str) -> str:
    if KINDS[kind].custom:
        return f"tinyq_register_{kind}(*resolver)"
    if kind not in _METHODS:
        raise EmitError(f"operator {kind}", "not among those that tinyq adds", ", ".join(sorted(_METHODS)))
    return f"resolver->{_METHODS[kind]}()"


def _names(title: str, board: Board, data: bytes) -> dict[str, Any]:
    identifier = c_identifier(title)
    return {
        "plain_name": plain_text(title),
        "c_name": c_string(title),
        "identifier": identifier,
        "upper": identifier.upper(),
        "board": board,
        "abi": ABI,
        "version": tinyq.__version__,
        "data": data,
        "data_crc32": zlib.crc32(data),
        "data_initialiser": c_array(np.frombuffer(data, np.uint8)),
    }


def _endpoints(graph: Graph) -> dict[str, Any]:
    """Inputs and outputs one behind the other, 16-byte aligned, in the application's arena."""
    made: dict[str, list[Endpoint]] = {"inputs": [], "outputs": []}
    offset = 0
    for kind, tensors in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        for number, index in enumerate(tensors):
            tensor = graph.tensors[index]
            made[kind].append(endpoint_of(f"{kind[:-1]}_{number}", tensor, offset))
            offset += -(-tensor_bytes(tensor) // 16) * 16
    return {**made, "arena_bytes": offset}


def _copies(kinds: list[str], board: Board) -> Iterator[tuple[str, bytes]]:
    """(path in the folder, content) of the sources: those operators and no others."""
    firmware = firmware_dir()
    yield "LICENSE", license_file().read_bytes()
    yield from _sources([f"tq_operator_{kind}" for kind in kinds], board.cpu)
    folders = ["include", "runtime", "cmake", "tflm", "apps/common", *(f"apps/{app}" for app in APPS)]
    for name, folder in [*((n, firmware / n) for n in folders), *board.folders.items()]:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield f"{name}/{path.relative_to(folder).as_posix()}", path.read_bytes()


def _sources(wanted: list[str], cpu: str) -> Iterator[tuple[str, bytes]]:
    """Loader and kernels: whatever the wanted files' words name, and what that needs; all headers."""
    firmware = firmware_dir()
    paths = [*(firmware / "loader").glob("*.[ch]"), *(firmware / "kernels").rglob("*.[ch]")]
    sources = {path.stem: path for path in paths if path.suffix == ".c"}
    headers = {path.stem: path for path in paths if path.suffix == ".h"}
    helpers = {s for s, path in sources.items() if path.parent.name == "loader" and "tq_operator" not in s}
    todo, found = {*helpers, *wanted}, set[str]()
    while todo:
        stem = todo.pop()
        found.add(stem)
        text = sources[stem].read_text(encoding="utf-8")
        for name in re.findall(r'#include "(?:\.\./\w+/)?(tq_\w+)\.h"', text):
            # Of a header, what its inline functions call, not what it declares.
            lines = headers[name].read_text(encoding="utf-8").splitlines() if name in headers else []
            text += "\n".join(line for line in lines if line.startswith("  "))
        words = [*re.findall(r"\btq_\w+\b", text), *_chosen(text, cpu)]
        todo |= {word for word in words if word in sources} - found
    yield "loader/tq_operators.def", (firmware / "loader/tq_operators.def").read_bytes()
    for path in (*headers.values(), *(sources[stem] for stem in sorted(found))):
        yield path.relative_to(firmware).as_posix(), path.read_bytes()


def _chosen(text: str, cpu: str) -> Iterator[str]:
    """What tq_<kernel>_best in a source of the loader may stand for (tq_best_kernels.h), and its scratch."""
    cores = (None, cpu, "armv8-a") if cpu == "native" else (None, cpu)
    for kernel in re.findall(r"\btq_(\w+)_best\b", text):
        for symbol in {best_alike(kernel, core).symbol for core in cores}:
            yield from (symbol, f"{symbol}_scratch")


def _render(context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    environment = text_templates("templates_tflm")
    for template in sorted(environment.list_templates()):
        yield template.removesuffix(".j2"), environment.get_template(template).render(context)


def _manifest(title: str, graph: Graph, context: Mapping[str, Any]) -> dict[str, Any]:
    """What `tinyq run` wants to know: all of TFLite Micro is one layer."""
    macs = sum(step.macs for step in lower(graph))
    return {
        "tinyq": tinyq.__version__,
        "runtime": "tflm",
        "abi": ABI,
        "name": title,
        "identifier": context["identifier"],
        "origin": {"sha256": hashlib.sha256(context["data"]).hexdigest()},
        "board": context["board"].name,
        "arena_bytes": context["tflm_arena_bytes"],
        "stack_bytes": context["stack_bytes"],
        "constants_crc32": context["data_crc32"],
        "inputs": _facts(graph, graph.inputs, context["inputs"]),
        "outputs": _facts(graph, graph.outputs, context["outputs"]),
        "layers": [{"name": "tflm", "kernel": "tflm", "macs": macs}],
    }


def _facts(graph: Graph, tensors: Sequence[int], endpoints: Sequence[Endpoint]) -> list[dict[str, Any]]:
    pairs = zip(tensors, endpoints, strict=True)
    return [endpoint_facts(graph.tensors[index], endpoint.offset) for index, endpoint in pairs]
