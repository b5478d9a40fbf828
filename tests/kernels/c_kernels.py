"""Calls the C kernels through ctypes, with guarded memory and structs made from the dataclasses.

TINYQ_KERNELS_SANITIZED names a library that was built with AddressSanitizer and UBSan (preload libasan): it
is used then, and every buffer is a block of malloc of exactly its size, so that an access beside it is seen.
"""

from __future__ import annotations

import ctypes
import dataclasses
import os
import subprocess
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from tools_required import need

from tinyq.core.kernels import KERNELS
from tinyq.core.resources import firmware_dir
from tinyq.core.variants import Variant, variants_of

SANITIZED = os.environ.get("TINYQ_KERNELS_SANITIZED", "")
WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Wmissing-prototypes", "-Wconversion", "-Werror"]
OPTIMIZED = ["-O2"]
SANITIZERS = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
FOUND = 86  # exit status of a sanitizer's finding
GARBAGE = 0xA5
GUARD = 61  # bytes on either side; odd, so that int8 arrays are not aligned either

_SCALARS: dict[Any, Any] = {int: ctypes.c_int32, float: ctypes.c_float}
_POINTERS: dict[str, Any] = {
    "Int32Array": ctypes.POINTER(ctypes.c_int32),
    "Int8Array": ctypes.POINTER(ctypes.c_int8),
    "Float32Array": ctypes.POINTER(ctypes.c_float),
}


def include_dir() -> Path:
    return firmware_dir() / "include"


def kernel_sources() -> list[Path]:
    return sorted((firmware_dir() / "kernels").rglob("*.c"))


def build_library(folder: Path, flags: list[str]) -> Path:
    """Compile every kernel and the runtime into one shared library; warnings are errors."""
    need("cc")
    library = folder / "libtq_kernels.so"
    sources = [str(path) for path in [*kernel_sources(), *sorted((firmware_dir() / "runtime").glob("*.c"))]]
    options = [*WARNINGS, *flags, "-shared", "-fPIC", "-I", str(include_dir())]
    command = ["cc", *options, *sources, "-o", str(library)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return library


def sanitized_environment(**libraries: Path) -> dict[str, str]:
    """The environment with libasan preloaded, and variables that name libraries which were built for it."""
    asked = ["cc", "-print-file-name=libasan.so"]
    libasan = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(libasan).is_absolute():
        need("libasan.so")
    return {
        **os.environ,
        **{name: str(path) for name, path in libraries.items()},
        "LD_PRELOAD": libasan,
        "ASAN_OPTIONS": f"detect_leaks=0:exitcode={FOUND}",  # Python itself leaks
        "UBSAN_OPTIONS": f"exitcode={FOUND}",
    }


def c_field(hint: Any, annotation: str) -> Any:
    """ctypes type of a dataclass field."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    if dataclasses.is_dataclass(hint):
        return c_struct(hint)
    return _POINTERS[annotation.removesuffix(" | None")]


_structs: dict[type, Any] = {}


def c_struct(cls: Any) -> Any:
    """ctypes.Structure of a dataclass of kernel parameters."""
    if cls not in _structs:
        hints = typing.get_type_hints(cls)
        fields = [(f.name, c_field(hints[f.name], f.type)) for f in dataclasses.fields(cls)]
        _structs[cls] = type(cls.__name__, (ctypes.Structure,), {"_fields_": fields})
    return _structs[cls]


class Memory:
    """Blocks of malloc: copies of arrays, guarded outputs; all freed and checked at the end."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None)
        self._libc.malloc.restype = ctypes.c_void_p
        self._libc.malloc.argtypes = [ctypes.c_size_t]
        self._libc.free.argtypes = [ctypes.c_void_p]
        self._blocks: list[tuple[int, int, int]] = []

    def new(self, size: int, alignment: int) -> int:
        """Address of `size` bytes of garbage between guards (or, sanitized, of exactly that size)."""
        guard = 0 if SANITIZED else GUARD if alignment == 1 else 64
        block = self._libc.malloc(size + 2 * guard or 1)
        ctypes.memset(block, GARBAGE, size + 2 * guard)
        self._blocks.append((block, size, guard))
        return block + guard

    def copy(self, array: np.ndarray) -> int:
        address = self.new(array.nbytes, array.itemsize)
        ctypes.memmove(address, array.tobytes(), array.nbytes)
        return address

    def read(self, address: int, count: int, dtype: Any) -> np.ndarray:
        return np.frombuffer(ctypes.string_at(address, count * np.dtype(dtype).itemsize), dtype)

    def struct(self, value: Any) -> Any:
        """C struct of a dataclass instance, arrays copied into this memory."""
        made = c_struct(type(value))()
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            kind = dict(made._fields_)[field.name]
            if dataclasses.is_dataclass(item):
                setattr(made, field.name, self.struct(item))
            elif isinstance(item, np.ndarray):
                setattr(made, field.name, ctypes.cast(self.copy(item), kind))
            elif item is not None:
                setattr(made, field.name, kind(item))
        return made

    def close(self) -> None:
        try:
            for block, size, guard in self._blocks:
                around = ctypes.string_at(block, guard) + ctypes.string_at(block + guard + size, guard)
                assert set(around) <= {GARBAGE}, "a kernel wrote beside a buffer"
        finally:
            for block, _, _ in self._blocks:
                self._libc.free(block)


@contextmanager
def memory() -> Iterator[Memory]:
    blocks = Memory()
    try:
        yield blocks
    finally:
        blocks.close()


def _of_the_file(kernel: str) -> Variant:
    return next(variant for variant in variants_of(kernel) if variant.arrange is None)


class CKernels:
    """The C kernels, called as their NumPy references are."""

    def __init__(self, library: Path | str) -> None:
        self.library = ctypes.CDLL(str(library))

    def scratch_bytes(self, variant: Variant, dims: Any) -> int:
        with memory() as blocks:
            return int(self.library[f"{variant.symbol}_scratch"](ctypes.byref(blocks.struct(dims))))

    def __call__(
        self,
        kernel: str | Variant,
        params: Any,
        dims: Any,
        inputs: Any,
        constants: Any,
        shape: Any,
        dtype: Any = np.int8,
    ) -> np.ndarray:
        """Output of a variant, or of a kernel's fastest that takes what files have: `shape` elements."""
        variant = _of_the_file(kernel) if isinstance(kernel, str) else kernel
        if variant.arrange is not None:
            constants = variant.arrange(params, dims, tuple(constants))
        count = int(np.prod(shape))
        with memory() as blocks:
            pointers = [ctypes.c_void_p(blocks.copy(x)) for x in inputs]
            if KERNELS[variant.kernel].variadic:
                pointers = [(ctypes.c_void_p * len(pointers))(*pointers)]
            pointers += [ctypes.c_void_p(None if x is None else blocks.copy(x)) for x in constants]
            output = blocks.new(count * np.dtype(dtype).itemsize, np.dtype(dtype).itemsize)
            pointers.append(ctypes.c_void_p(output))
            if variant.scratch is not None:
                pointers.append(ctypes.c_void_p(blocks.new(self.scratch_bytes(variant, dims), 4)))
            function = self.library[variant.symbol]
            function.restype = None
            function(ctypes.byref(blocks.struct(params)), ctypes.byref(blocks.struct(dims)), *pointers)
            return blocks.read(output, count, dtype).reshape(shape)
