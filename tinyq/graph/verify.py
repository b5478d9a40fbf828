"""Walks a .tflite file before anything else reads it, as flatbuffers::Verifier does in C++.

flatbuffers has no verifier for Python, and its generated classes follow any offset. After `verify`
every table, vector and string that `schema.TABLES` names lies inside the file, aligned, and its fields lie
inside their table. Offsets only point forward, so there are no cycles; but many offsets may share one
target, so the work is limited too.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NoReturn

import tflite

from tinyq.core.errors import GraphError
from tinyq.graph.schema import IDENTIFIER, SCALAR_BYTES, TABLES, VERSION, Field

MAX_FILE_BYTES = 1 << 28
MAX_TABLES = 20_000
# Bytes walked per byte of the file: 1 if nothing is shared.
MAX_SHARING = 4

_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_I32 = struct.Struct("<i")

# Number in `Operator.builtin_options_type` -> table.
OPTIONS_TABLES: dict[int, str] = {
    number: name for name, number in vars(tflite.BuiltinOptions).items() if not name.startswith("_")
}


def verify(data: bytes, where: str) -> None:
    """Check the structure of a .tflite file: everything but the meaning of its numbers.

    Args:
        data: the whole file.
        where: its name, for the error.

    Raises:
        GraphError: it is not a .tflite file of schema version 3, it is cut or damaged, or its size is absurd.
    """
    if len(data) > MAX_FILE_BYTES:
        raise GraphError(where, f"{len(data)} bytes", f"at most {MAX_FILE_BYTES} bytes")
    if len(data) < 8 or data[4:8] != IDENTIFIER:
        raise GraphError(
            where,
            f"{len(data)} bytes that do not start like a .tflite file",
            f"a flatbuffer with the identifier {IDENTIFIER.decode()}",
            "give the file that the TFLite converter or tinyq wrote",
        )
    walk = _Walk(data, where)
    root = walk.target(0, "the file's root")
    walk.table("Model", root, "Model")
    version = walk.number(root, "Model", "version")
    if version != VERSION:
        raise GraphError(where, f"schema version {version}", f"version {VERSION}")


class _Walk:
    """One pass over one file."""

    def __init__(self, data: bytes, where: str) -> None:
        self._data = data
        self._where = where
        self._bytes_left = MAX_SHARING * len(data) + 4096
        self._tables_left = MAX_TABLES

    def fail(self, path: str, got: str) -> NoReturn:
        raise GraphError(
            f"{self._where}: {path}", got, remedy="the file is cut or damaged: copy or convert it again"
        )

    def span(self, start: int, size: int, align: int, path: str) -> None:
        """`size` bytes from `start` must be in the file, and `start` a multiple of `align`."""
        if start < 0 or start + size > len(self._data):
            self.fail(
                path, f"{size} bytes at {start} reach over the end of the file, {len(self._data)} bytes"
            )
        if start % align:
            self.fail(path, f"lies at {start}, which is no multiple of {align}")

    def _spend(self, size: int, path: str) -> None:
        self._bytes_left -= size
        if self._bytes_left < 0:
            self.fail(path, "so many offsets share their targets that the file unfolds without end")

    def target(self, at: int, path: str) -> int:
        """Position that the unsigned offset at `at` points to."""
        self.span(at, 4, 4, path)
        offset: int = _U32.unpack_from(self._data, at)[0]
        if not 0 < offset < len(self._data) - at:
            self.fail(path, f"an offset of {offset} at {at} leaves the file")
        return at + offset

    def table(self, kind: str, at: int, path: str) -> None:
        """The table at `at`, and all that it holds."""
        self._tables_left -= 1
        if self._tables_left < 0:
            self.fail(path, f"more than {MAX_TABLES} tables")
        present = self._present(kind, at, path)
        self._spend(4 + 4 * len(present), path)
        for field in TABLES[kind]:
            if field.name in present:
                self._field(field, present, f"{path}.{field.name}")

    def number(self, at: int, kind: str, name: str) -> int:
        """An unsigned 32-bit field of a table that was walked before; 0 if it is not there."""
        position = self._present(kind, at, kind).get(name)
        return 0 if position is None else int(_U32.unpack_from(self._data, position)[0])

    def _present(self, kind: str, at: int, path: str) -> dict[str, int]:
        """Field name -> position, for the fields that this table has."""
        self.span(at, 4, 4, path)
        vtable = at - _I32.unpack_from(self._data, at)[0]
        if not 0 <= vtable <= len(self._data) - 4 or vtable % 2:
            self.fail(path, f"a table's field list at {vtable} is not in the file")
        vtable_bytes, table_bytes = struct.unpack_from("<HH", self._data, vtable)
        if vtable_bytes < 4 or vtable_bytes % 2 or vtable + vtable_bytes > len(self._data):
            self.fail(path, f"a table's field list of {vtable_bytes} bytes")
        self.span(at, table_bytes, 1, path)
        present = {}
        for slot, field in zip(range(4, vtable_bytes, 2), TABLES[kind], strict=False):
            offset = _U16.unpack_from(self._data, vtable + slot)[0]
            if not offset:
                continue
            size = 4 if field.vector else SCALAR_BYTES.get(field.type, 4)
            if offset < 4 or offset + size > table_bytes:
                self.fail(f"{path}.{field.name}", f"lies at byte {offset} of a table of {table_bytes} bytes")
            self.span(at + offset, size, size, f"{path}.{field.name}")
            present[field.name] = at + offset
        return present

    def _field(self, field: Field, present: Mapping[str, int], path: str) -> None:
        at = present[field.name]
        if field.vector:
            self._vector(field.type, self.target(at, path), path)
        elif field.type == "string":
            self._string(self.target(at, path), path)
        elif field.type == "union":
            kind_at = present.get(f"{field.name}_type")
            kind = OPTIONS_TABLES.get(self._data[kind_at], "") if kind_at is not None else ""
            if kind in TABLES:
                self.table(kind, self.target(at, path), f"{path}({kind})")
        elif field.type in TABLES:
            self.table(field.type, self.target(at, path), path)

    def _vector(self, element: str, at: int, path: str) -> None:
        count = self._count(at, path)
        size = count * SCALAR_BYTES.get(element, 4)
        self.span(at + 4, size, 1, path)
        self._spend(size, path)
        if element in TABLES:
            for i in range(count):
                item = f"{path}[{i}]"
                self.table(element, self.target(at + 4 + 4 * i, item), item)

    def _string(self, at: int, path: str) -> None:
        count = self._count(at, path)
        self.span(at + 4, count + 1, 1, path)
        self._spend(count, path)
        if self._data[at + 4 + count]:
            self.fail(path, "a string without its closing zero")

    def _count(self, at: int, path: str) -> int:
        self.span(at, 4, 4, path)
        return int(_U32.unpack_from(self._data, at)[0])
