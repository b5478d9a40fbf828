"""Calls the C loader through ctypes: an operator of a graph -> what tq_load makes of it."""

from __future__ import annotations

import ctypes
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from c_kernels import WARNINGS, c_struct, include_dir, kernel_sources
from tools_required import need

from tinyq.core.kernels import Step
from tinyq.core.resources import firmware_dir
from tinyq.graph.ir import ABSENT, Graph, Operator, Tensor
from tinyq.graph.options import ENUMS, write_flex

STATUSES = (
    *("OK", "UNKNOWN_OPERATOR", "BAD_OPTIONS", "NEWER_ABI", "BAD_OPTION", "BAD_TENSOR", "BAD_SCALE"),
    *("BAD_WEIGHTS", "NO_MEMORY"),
)
ELEMENTS = {None: 0, "int8": 2, "uint8": 3, "int16": 4, "int32": 5, "int64": 6, "float32": 7, "bool": 8}
OTHER = 1
Allocate = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class CTensor(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("element", ctypes.c_int),
        ("rank", ctypes.c_int32),
        ("shape", ctypes.POINTER(ctypes.c_int32)),
        ("scale_count", ctypes.c_int32),
        ("zero_point_count", ctypes.c_int32),
        ("axis", ctypes.c_int32),
        ("scale", ctypes.POINTER(ctypes.c_float)),
        ("zero_point", ctypes.POINTER(ctypes.c_int32)),
        ("data", ctypes.c_void_p),
        ("bytes", ctypes.c_size_t),
    ]


class CNode(ctypes.Structure):
    _fields_ = [
        ("kind", ctypes.c_char_p),
        ("index", ctypes.c_int32),
        ("options", ctypes.c_void_p),
        ("option_bytes", ctypes.c_size_t),
        ("input_count", ctypes.c_int32),
        ("output_count", ctypes.c_int32),
        ("inputs", ctypes.POINTER(CTensor)),
        ("outputs", ctypes.POINTER(CTensor)),
        ("keeps", ctypes.c_int32),
    ]


class CError(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("text", ctypes.c_char * 256)]


class CLoaded(ctypes.Structure):
    _fields_ = [
        ("operator", ctypes.c_void_p),
        ("run", ctypes.c_void_p),
        ("state", ctypes.c_void_p),
        ("scratch_bytes", ctypes.c_int32),
    ]


@dataclass
class Loaded:
    """What came of one tq_load: a status, a sentence, and memory that it holds."""

    status: str
    text: str
    call: CLoaded
    held: list[Any] = field(repr=False)
    bytes: int = 0


def loader_sources() -> list[Path]:
    return sorted((firmware_dir() / "loader").glob("*.c"))


def build_loader(folder: Path, flags: list[str], extra: tuple[Path, ...] = ()) -> Path:
    """Compile the loader and the kernels into one shared library; warnings are errors."""
    need("cc")
    library = folder / "libtq_loader.so"
    folders = ["-I", str(include_dir()), "-I", str(firmware_dir() / "loader")]
    sources = [str(path) for path in (*loader_sources(), *kernel_sources(), *extra)]
    command = ["cc", *WARNINGS, *flags, "-shared", "-fPIC", *folders, *sources, "-lm", "-o", str(library)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return library


class CLoader:
    """The loader's functions on operators of `tinyq.graph.ir`."""

    def __init__(self, library: Path | str) -> None:
        self.library = ctypes.CDLL(str(library))
        self.library.tq_find_operator.restype = ctypes.c_void_p
        self.library.tq_load.argtypes = [ctypes.c_void_p, ctypes.POINTER(CNode), Allocate, ctypes.c_void_p]
        self.library.tq_load.argtypes += [ctypes.POINTER(CLoaded), ctypes.POINTER(CError)]

    def load(
        self,
        graph: Graph,
        index: int = 0,
        options: bytes | None = None,
        room: int = 1 << 30,
        longer: int = 0,
    ) -> Loaded:
        """tq_load of an operator.

        `options` stand in place of its own, and are said to be `longer` bytes longer than they are; `room` is
        the memory that it gets.
        """
        operator = graph.operators[index]
        if options is None:
            options = options_of(operator)
        held: list[Any] = []
        inputs = [None if i == ABSENT else graph.tensors[i] for i in operator.inputs]
        outputs = [graph.tensors[i] for i in operator.outputs]
        node = CNode(operator.kind.encode(), index)
        # A block of exactly its size: the sanitizer then sees every byte that is read beside it.
        node.options, node.option_bytes = (
            _block(np.frombuffer(options, np.uint8), held),
            len(options) + longer,
        )
        node.inputs, node.input_count = (
            (CTensor * len(inputs))(*(_tensor(t, held) for t in inputs)),
            len(inputs),
        )
        node.outputs, node.output_count = (
            (CTensor * len(outputs))(*(_tensor(t, held) for t in outputs)),
            len(outputs),
        )
        return self.load_node(node, held, room)

    def load_node(self, node: CNode, held: list[Any], room: int = 1 << 30) -> Loaded:
        given = 0

        def allocate(_: Any, size: int) -> int | None:
            nonlocal given
            if given + size > room:
                return None
            given += size
            held.append(np.empty(-(-size // 8), np.uint64))
            return int(held[-1].ctypes.data)

        operator = self.library.tq_find_operator(node.kind)
        call, error = CLoaded(), CError()
        arguments = (operator, ctypes.byref(node), Allocate(allocate), None, ctypes.byref(call))
        status = self.library.tq_load(*arguments, ctypes.byref(error))
        assert status == error.status
        return Loaded(STATUSES[status], error.text.decode("utf-8", "replace"), call, [node, *held], given)

    def run(self, loaded: Loaded, inputs: list[np.ndarray | None], output: np.ndarray) -> np.ndarray:
        """tq_run: inputs as the operator has them."""
        scratch = np.empty(loaded.call.scratch_bytes, np.uint8)
        arrays = [None if a is None else np.ascontiguousarray(a) for a in inputs]
        pointers = (ctypes.c_void_p * len(arrays))(*(None if a is None else a.ctypes.data for a in arrays))
        self.library.tq_run(
            ctypes.byref(loaded.call),
            pointers,
            ctypes.c_void_p(output.ctypes.data),
            ctypes.c_void_p(scratch.ctypes.data),
        )
        return output


def options_of(operator: Operator) -> bytes:
    """The bytes of its options, unchecked: what a file may lie about; none, as LCE has it, for no options."""
    numbers = {
        name: ENUMS[name].get(value, 99) if name in ENUMS else value
        for name, value in operator.options.items()
    }
    return write_flex(numbers) if numbers else b""


def constants_of(graph: Graph, index: int = 0) -> list[np.ndarray | None]:
    """Data of an operator's inputs; None for activations and what is absent."""
    return [None if i == ABSENT else graph.tensors[i].data for i in graph.operators[index].inputs]


def _block(array: np.ndarray, held: list[Any]) -> int | None:
    """Address of a copy in memory of exactly its size; aligned to 16 bytes, as malloc has it."""
    if array.nbytes == 0:
        return None
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    held.append(_Freed(libc.malloc(array.nbytes)))
    ctypes.memmove(held[-1].address, array.tobytes(), array.nbytes)
    return held[-1].address


class _Freed:
    def __init__(self, address: int) -> None:
        self.address = address

    def __del__(self) -> None:
        libc = ctypes.CDLL(None)
        libc.free.argtypes = [ctypes.c_void_p]
        libc.free(self.address)


def _tensor(tensor: Tensor | None, held: list[Any]) -> CTensor:
    if tensor is None:
        return CTensor()
    made = CTensor(tensor.name.encode(), ELEMENTS.get(tensor.dtype, OTHER), len(tensor.shape))
    made.shape = (ctypes.c_int32 * len(tensor.shape))(*tensor.shape)
    if tensor.quantization is not None:
        q = tensor.quantization
        made.scale_count, made.zero_point_count, made.axis = len(q.scale), len(q.zero_point), q.axis
        made.scale = (ctypes.c_float * len(q.scale))(*q.scale.tolist())
        made.zero_point = (ctypes.c_int32 * len(q.zero_point))(*q.zero_point.tolist())
    if tensor.data is not None:
        made.data, made.bytes = _block(np.asarray(tensor.data), held), np.asarray(tensor.data).nbytes
    return made


def fields_of(loaded: Loaded, step: Step) -> tuple[Any, Any]:
    """The params and dims structs that the loaded state begins with, as those of `step`."""
    params, dims = c_struct(type(step.params)), c_struct(type(step.dims))
    align = ctypes.alignment(dims)
    address = loaded.call.state
    there = -(-ctypes.sizeof(params) // align) * align
    return params.from_address(address), dims.from_address(address + there)
