"""The C kernels compiled for another processor, called under QEMU as `c_kernels.CKernels` calls them."""

from __future__ import annotations

import dataclasses
import re
import struct
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from c_kernels import WARNINGS, c_struct, include_dir, kernel_sources
from tools_required import need

from tinyq.core.variants import VARIANTS, Variant

SERVER = Path(__file__).with_name("call_server.c")
ABSENT = 0xFFFFFFFF


def needed(symbols: list[str]) -> list[Path]:
    """The sources that define symbols, and what these call: a file's name is the symbol that it defines."""
    defined = {path.stem: path for path in kernel_sources()}
    found: dict[str, Path] = {}
    wanted = set(symbols)
    while wanted:
        name = wanted.pop()
        found[name] = defined[name]
        text = defined[name].read_text()
        for header in re.findall(r'#include "[./a-z]*(tq_\w+\.h)"', text):
            path = defined[name].parent.parent / "common" / header
            text += path.read_text() if path.exists() else ""
        wanted |= {word for word in re.findall(r"\btq_\w+", text) if word in defined} - found.keys()
    return sorted(found.values())


def _symbols(variants: list[Variant]) -> list[str]:
    """What the call server can call: the kernels, and their scratch functions."""
    return [variant.symbol for variant in variants] + [f"{v.symbol}_scratch" for v in variants if v.scratch]


def build(
    folder: Path, variants: list[Variant], flags: list[str], compiler: str, link: Sequence[str] = ("-static",)
) -> Path:
    """The call server with these variants; `link`: what is added when it is linked."""
    need(compiler)
    symbols = _symbols(variants)
    table = "".join(f"void {name}(void);\n" for name in symbols)
    table += "extern void (*const call_table[])(void);\n"
    table += f"void (*const call_table[])(void) = {{{', '.join(symbols)}}};\n"
    (folder / "table.c").write_text(table)
    options = [*flags, "-I", str(include_dir())]

    def compile_one(source: Path) -> Path:
        warnings = WARNINGS if source.stem.startswith("tq_") else []
        made = folder / f"{source.stem}.o"
        command = [compiler, *warnings, *options, "-c", str(source), "-o", str(made)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return made

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(compile_one, [*needed(symbols), SERVER, folder / "table.c"]))
    program = folder / "call_server"
    command = [compiler, *flags, *link, *map(str, objects), "-lm", "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return program


class _Request:
    """Blocks of bytes, and the pointers in them."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.pointers: list[tuple[int, int, int]] = []

    def add(self, content: bytes) -> int:
        self.blocks.append(content)
        return len(self.blocks) - 1

    def array(self, value: np.ndarray | None) -> int:
        return ABSENT if value is None else self.add(np.ascontiguousarray(value).tobytes())

    def dataclass(self, value: Any) -> int:
        """The C struct of a dataclass, nested ones within; x86-64 and aarch64 lay them out alike."""
        made = c_struct(type(value))()
        pointers: list[tuple[int, int]] = []
        self._fill(made, value, 0, pointers)
        block = self.add(bytes(made))
        self.pointers += [(block, offset, to) for offset, to in pointers]
        return block

    def _fill(self, made: Any, value: Any, base: int, pointers: list[tuple[int, int]]) -> None:
        for field in dataclasses.fields(value):
            item, offset = getattr(value, field.name), base + getattr(type(made), field.name).offset
            if dataclasses.is_dataclass(item):
                self._fill(getattr(made, field.name), item, offset, pointers)
            elif isinstance(item, np.ndarray):
                pointers.append((offset, self.array(item)))
            elif item is not None:
                setattr(made, field.name, item)

    def message(self, kernel: int, arguments: list[int], wanted: int) -> bytes:
        parts = [struct.pack("<II", kernel, len(self.blocks))]
        parts += [struct.pack("<I", len(block)) + block for block in self.blocks]
        parts += [struct.pack("<I", len(self.pointers)), *(struct.pack("<III", *p) for p in self.pointers)]
        parts += [struct.pack(f"<I{len(arguments)}II", len(arguments), *arguments, wanted)]
        return b"".join(parts)


class _Request32(_Request):
    """The same for a processor whose pointers have four bytes, as all other fields of the structs have."""

    def dataclass(self, value: Any) -> int:
        content, pointers = bytearray(), []
        for item in _fields(value):
            if isinstance(item, np.ndarray):
                pointers.append((len(content), self.array(item)))
            number = item if isinstance(item, int | float) else 0
            content += struct.pack("<f" if isinstance(item, float) else "<i", number)
        block = self.add(bytes(content))
        self.pointers += [(block, offset, to) for offset, to in pointers]
        return block


def _fields(value: Any) -> Iterator[Any]:
    """All fields, those of nested dataclasses in their places."""
    for field in dataclasses.fields(value):
        item = getattr(value, field.name)
        if dataclasses.is_dataclass(item):
            yield from _fields(item)
        else:
            yield item


class EmulatedKernels:
    """A running call server.

    Args:
        command: an emulator, and what `build` made.
        pointer: bytes of a pointer.
    """

    def __init__(self, command: list[str], variants: list[Variant], pointer: int = 8) -> None:
        self.symbols = _symbols(variants)
        self.request = {4: _Request32, 8: _Request}[pointer]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)

    def close(self) -> None:
        self.process.stdin.close()
        assert self.process.wait() == 0, self.process.stderr.read().decode()

    def __call__(
        self,
        variant: Variant,
        params: Any,
        dims: Any,
        inputs: Any,
        constants: Any,
        shape: Any,
        dtype: Any = np.int8,
    ) -> np.ndarray:
        if variant.arrange is not None:
            constants = variant.arrange(params, dims, tuple(constants))
        request = self.request()
        arguments = [request.dataclass(params), request.dataclass(dims)]
        arguments += [request.array(x) for x in (*inputs, *constants)]
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        output = request.add(b"\xa5" * size)
        arguments.append(output)
        if variant.scratch is not None:
            arguments.append(request.add(b"\xa5" * variant.scratch(dims)))
        self.process.stdin.write(request.message(self.symbols.index(variant.symbol), arguments, output))
        self.process.stdin.flush()
        answer = self.process.stdout.read(4 + size)
        assert len(answer) == 4 + size, self.process.stderr.read().decode()
        assert answer[:4] == b"\1\0\0\0", f"{variant.symbol} wrote beside a buffer"
        return np.frombuffer(answer[4:], dtype).reshape(shape)


def variants_with(suffix: str) -> list[Variant]:
    return [variant for variant in VARIANTS if variant.suffix == suffix]
