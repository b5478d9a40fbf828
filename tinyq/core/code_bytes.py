"""Bytes of code and of stack that a model's kernels take on a core, without compiling them.

They lie in code_bytes.json, measured by tools/code_sizes.py with gcc 12.2 -O2.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).with_name("code_bytes.json")
_SAME_CODE = {"cortex-m0": "cortex-m0plus", "cortex-m7": "cortex-m4"}


def code_bytes(cpu: str | None, symbols: Iterable[str], ways: Collection[str]) -> int | None:
    """Bytes of functions, and of all that they call, the C library's part included; None for other cores.

    Args:
        cpu: the core, as `Board.cpu` spells it.
        symbols: C functions of kernels, such as `Variant.symbol`.
        ways: what follows TQ_USED_ in the macros that are 1 (firmware/include/tinyq/tq_used.h).

    Example:
        >>> code_bytes("cortex-m4", ["tq_relu_ref"], ()) is None
        True
    """
    kernels, wanted = _records(cpu), set(symbols)
    if not wanted <= kernels.keys():
        return None
    libraries = _records(cpu, " libraries")
    found: dict[str, int] = {}
    while wanted:
        name = wanted.pop()
        size, calls = _linked(kernels[name], ways) if name in kernels else (libraries.get(name, 0), set())
        found[name] = size
        wanted |= calls - found.keys()
    return sum(found.values())


def stack_bytes(cpu: str | None, symbols: Iterable[str]) -> int | None:
    """The most stack that one of these functions takes, with all that it calls; None for other cores.

    Args:
        cpu, symbols: see `code_bytes`.

    Example:
        >>> stack_bytes("cortex-a53", ["tq_relu_a8_ref"]) is None
        True
    """
    kernels, wanted = _records(cpu), set(symbols)
    if not wanted <= kernels.keys():
        return None
    return max((kernels[name]["stack"] for name in wanted), default=0)


def _records(cpu: str | None, kind: str = "") -> dict[str, Any]:
    core = _SAME_CODE.get(cpu or "", cpu or "")
    return _table().get(f"{core}{kind}", {})


def _linked(record: dict[str, Any], ways: Collection[str]) -> tuple[int, set[str]]:
    """(bytes, what it calls) of one file where these ways are taken; rather too much where they overlap."""
    known = record.get("ways")
    if known is None:
        return record["bytes"], set(record["calls"])
    left_out = [part for way, part in known.items() if way not in ways]
    size = max(record["least"]["bytes"], record["bytes"] - sum(part["bytes"] for part in left_out))
    reached = set(record["least"]["calls"]).union(*(known[way]["alone"] for way in known if way in ways))
    return size, reached.difference(*(part["calls"] for part in left_out))


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = json.loads(_TABLE.read_text(encoding="utf-8"))
    return table
