"""The most stack that a program can use: frames of its functions, summed along its calls.

A frame is what the compiler says of it (-fstack-usage, .su files beside the objects), or what the
function's instructions take where that is more: the compiler does not see what assembly in a function
pushes, and says nothing of the C library and of start-up code. Calls are those of the linked program. A
call through a pointer may reach every function whose address is taken: from kernels one of the kernels,
from elsewhere one of the generated model or of the application. No function of ours calls itself, so
functions that may call each other in a circle are counted once each.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tinyq.core.boards import Board
from tinyq.core.errors import BuildError
from tinyq.run.image import segments

_EXCEPTION_BYTES = 36  # what a Cortex-M stores for an interrupt, and the gap that aligns it
_EXCEPTION_BYTES_FPU = 108
_HARD_FAULT = 3  # its place in the vector table
_FUNCTION = re.compile(r"^([0-9a-f]+) <([^>]+)>:$")
_BRANCH = re.compile(r"\t(bl|b|b\.w|b\.n|b[a-z]{2}(?:\.[nw])?|b\.[a-z]{2}|cbn?z|tbn?z)\t.*<([^>+]+)>")
_INDIRECT = re.compile(r"\t(blx\t(?!.*<)|bx\t(?!lr)|blr\t|br\t)")
_SU = re.compile(r"^(.*?):\d+:\d+:(\S+)\t(\d+)\t(\S+)$", re.MULTILINE)
_VECTORS = re.compile(r"^([0-9a-f]+) .*\.vectors\t([0-9a-f]+) (?:\.hidden )?(\w+)$", re.MULTILINE)
_CLONE = re.compile(r"\.(?:\d+|constprop|isra|part|cold)")


_NEVER = "tq_reset", "main", "tq_systick", "uart_interrupt"  # called by the core and by start-up code alone


@dataclass
class Function:
    """A function of the linked program.

    Args:
        address: where it begins.
        frame: bytes of stack, the calls that it makes not counted.
        calls: whom it calls, or goes on in.
        indirect: whether it calls through a pointer.
        place: "kernels", or "" for everything else.
    """

    address: int
    frame: int = 0
    calls: set[str] = field(default_factory=set)
    indirect: bool = False
    place: str = ""


def stack_bound(elf: Path, board: Board) -> int | None:
    """Bytes of stack that a program never exceeds; None for a program of this computer.

    Args:
        elf: what `tinyq.run.build` made, with the compiler's .su files below its folder.
        board: what it was built for.

    Raises:
        BuildError: it cannot be taken apart.
    """
    tool = board.compiler.replace("gcc", "objdump")
    if board.compiler == "cc" or shutil.which(tool) is None:
        return None
    done = subprocess.run([tool, "-d", "-t", str(elf)], capture_output=True, text=True, check=False)
    functions = _functions(done.stdout)
    if "tq_reset" not in functions:
        raise BuildError(
            str(elf), f"{tool} finds no tq_reset in it", "a program for a board", "build it again"
        )
    _take_frames(functions, elf.parent)
    _resolve(functions, _addresses(elf, functions))
    handlers = _handlers(functions, elf, done.stdout)
    stored = _EXCEPTION_BYTES if board.fpu == "none" else _EXCEPTION_BYTES_FPU
    interrupts = sum(stored + _deepest(functions, name) for name in handlers)  # each at most once
    return _deepest(functions, "tq_reset") + interrupts


def _functions(listing: str) -> dict[str, Function]:
    found: dict[str, Function] = {}
    name, one = "", Function(0)
    for line in listing.splitlines():
        if head := _FUNCTION.match(line):
            name, one = head[2], Function(int(head[1], 16))
            found[name] = one
            continue
        one.frame += _pushed(line)
        if (branch := _BRANCH.search(line)) and branch[2] != name:
            one.calls.add(branch[2])
        one.indirect |= _INDIRECT.search(line) is not None
    return found


def _pushed(line: str) -> int:
    """Bytes by which an instruction lowers the stack pointer."""
    if stored := re.search(r"\t(v?push|stmdb|vstmdb)(?:\.w)?\t(?:sp!, )?\{(.*)\}", line):
        return sum(_registers(part) for part in stored[2].split(", "))
    if lowered := re.search(r"\tsub(?:\.w|w)?\tsp,(?: sp,)? #(0x[0-9a-f]+|\d+)(, lsl #12)?", line):
        return int(lowered[1], 0) << (12 if lowered[2] else 0)
    before = re.search(r"\[sp, #-(\d+)\]!", line)
    return int(before[1]) if before else 0


def _registers(part: str) -> int:
    """Bytes of r4, or d8-d15."""
    each = 8 if part.startswith("d") else 4
    first, _, last = part.partition("-")
    return each * (int(last[1:]) - int(first[1:]) + 1 if last else 1)


def _take_frames(functions: Mapping[str, Function], folder: Path) -> None:
    frames: dict[str, int] = {}
    places: dict[str, str] = {}
    for path in sorted(folder.rglob("*.su")):
        for source, name, size, _ in _SU.findall(path.read_text(encoding="utf-8")):
            key = _CLONE.sub("", name)
            frames[key] = max(frames.get(key, 0), int(size))
            places[key] = "kernels" if "/kernels/" in source else ""
    for name, function in functions.items():
        key = _CLONE.sub("", name)
        function.frame = max(frames.get(key, 0), function.frame)
        function.place = places.get(key, "")


def _addresses(elf: Path, functions: Mapping[str, Function]) -> set[str]:
    """Functions whose address a word of the program holds, or which nobody calls by name."""
    at = {function.address: name for name, function in functions.items()}
    words = {
        int.from_bytes(content[i : i + 4], "little") & ~1
        for _, content in segments(elf)
        for i in range(0, len(content) - 3, 4)
    }
    called = {name for function in functions.values() for name in function.calls}
    return {at[word] for word in words & at.keys()} | (functions.keys() - called)


def _resolve(functions: Mapping[str, Function], taken: Iterable[str]) -> None:
    for function in functions.values():
        if function.indirect:
            here = function.place
            function.calls |= {x for x in taken if functions[x].place == here and x not in _NEVER}


def _handlers(functions: Mapping[str, Function], elf: Path, listing: str) -> set[str]:
    """Interrupts that the vector table has: all but the reset, and the faults, which begin another stack."""
    at = {function.address: name for name, function in functions.items()}
    tables = {name: (int(start, 16), int(size, 16)) for start, size, name in _VECTORS.findall(listing)}
    entries = {name: _entries(elf, *where) for name, where in tables.items() if where[1]}
    if "tq_vectors" not in entries:  # an ARM64's are code, and faults all
        return set()
    fault = entries["tq_vectors"][_HARD_FAULT]
    entries["tq_vectors"][:2] = []  # the stack, and the reset
    return {at[entry] for table in entries.values() for entry in table if entry in at and entry != fault}


def _entries(elf: Path, start: int, size: int) -> list[int]:
    """Addresses that a table in flash holds."""
    address, content = next(
        (address, content) for address, content in segments(elf) if address <= start < address + len(content)
    )
    table = content[start - address : start - address + size]
    return [int.from_bytes(table[i : i + 4], "little") & ~1 for i in range(0, size, 4)]


def _deepest(functions: Mapping[str, Function], root: str) -> int:
    """The most bytes below a function's start, its own among them."""
    circles = _circles(functions, root)
    depth: dict[int, int] = {}
    for number in sorted(set(circles.values())):  # callees come before their callers
        members = [name for name, circle in circles.items() if circle == number]
        below = (
            depth[circles[callee]]
            for name in members
            for callee in functions[name].calls & functions.keys()
            if circles[callee] != number
        )
        depth[number] = sum(functions[name].frame for name in members) + max(below, default=0)
    return depth[circles[root]]


def _circles(functions: Mapping[str, Function], root: str) -> dict[str, int]:
    """Function -> number of its strongly connected component (R. Tarjan, 1972), callees' numbers first."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    circles: dict[str, int] = {}

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for callee in functions[name].calls & functions.keys():
            if callee not in index:
                visit(callee)
            if callee not in circles:
                low[name] = min(low[name], low[callee])
        if low[name] == index[name]:
            number = len(set(circles.values()))
            while name not in circles:
                circles[stack.pop()] = number

    visit(root)
    return circles
