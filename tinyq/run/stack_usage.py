"""The most stack that a program can use: frames of its functions, summed along its calls.

A frame is what the compiler says of it (-fstack-usage, .su files beside the objects), or what the
function's instructions take where that is more: the compiler does not see what assembly in a function
pushes, and says nothing of the C library and of start-up code. Calls are those of the linked program. A
call through a pointer may reach every function whose address is taken, as the objects' relocations tell:
below a kernel one of the kernels' that something below it takes, from elsewhere one of the generated model or
of the application. No function of ours calls itself, so functions that may call each other in a circle are
counted once each. Functions of one name, of several files, are taken for one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tinyq.core.boards import Board
from tinyq.core.errors import BuildError
from tinyq.run.image import segments

# What a Cortex-M stores for an interrupt, by FPU, and the gap that aligns it; an ARM64 stores nothing.
_EXCEPTION_BYTES = {"none": 36, "native": 0}
_EXCEPTION_BYTES_FPU = 108
_HARD_FAULT = 3  # its place in the vector table
_FUNCTION = re.compile(r"^([0-9a-f]+) <([^>]+)>:$")
_BRANCH = re.compile(r"\t(bl|b|b\.w|b\.n|b[a-z]{2}(?:\.[nw])?|b\.[a-z]{2}|cbn?z|tbn?z)\t.*<([^>+]+)>")
_INDIRECT = re.compile(r"\t(blx\t(?!.*<)|bx\t(?!lr)|blr\t|br\t)")
_SU = re.compile(r"^(.*?):\d+:\d+:(\S+)\t(\d+)\t(\S+)$", re.MULTILINE)
_SECTION = r"(?:\.text\.(?:startup\.|unlikely\.)?)?"  # before the name of the function in it
_HOLDER = re.compile(rf"^RELOCATION RECORDS FOR \[{_SECTION}([^\]]+)\]")
_HELD = re.compile(rf"^[0-9a-f]+ R_(?!\w*(?:CALL|JUMP))\w+ +{_SECTION}([\w.]+)")
_VECTORS = re.compile(r"^([0-9a-f]+) .*\.vectors\t([0-9a-f]+) (?:\.hidden )?(\w+)$", re.MULTILINE)
_CLONE = re.compile(r"\.(?:\d+|constprop|isra|part|cold)")
# Called by the core and by start-up code alone.
_NEVER = {"tq_reset", "main", "tq_systick", "tq_interrupt", "uart_interrupt"}


@dataclass
class Function:
    """A function of the linked program.

    Args:
        address: where it begins.
        frame: bytes of stack, the calls that it makes not counted.
        calls: whom it calls, or goes on in.
        indirect: whether it calls through a pointer.
        takes: functions whose addresses it knows.
        place: "kernels", or "" for everything else.
    """

    address: int
    frame: int = 0
    calls: set[str] = field(default_factory=set)
    indirect: bool = False
    takes: set[str] = field(default_factory=set)
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
    if board.runner == "host" or shutil.which(tool) is None:
        return None
    listing, functions, anybody = _taken_apart(elf, tool)
    if "tq_reset" not in functions:
        raise BuildError(
            str(elf), f"{tool} finds no tq_reset in it", "a program for a board", "build it again"
        )
    others = [function for function in functions.values() if not function.place]
    entries = {name for one in others for name in one.calls if name in functions and functions[name].place}
    functions.update({name: _kernel(functions, name, anybody) for name in entries})
    pointed = anybody.union(*(function.takes for function in others))
    pointed = {name for name in pointed if not functions[name].place} - _NEVER
    for function in others:
        if function.indirect:
            function.calls |= pointed
    handlers = _handlers(functions, elf, listing)
    stored = _EXCEPTION_BYTES.get(board.fpu, _EXCEPTION_BYTES_FPU)
    interrupts = sum(stored + _deepest(functions, name) for name in handlers)  # each at most once
    return _deepest(functions, "tq_reset") + interrupts


def depth_of(elf: Path, objdump: str, kernel: str) -> int:
    """Bytes of stack that a kernel takes with all that it calls.

    Args:
        elf: a linked program, with the compiler's .su files below its folder.
        objdump: the program that takes it apart.
        kernel: a function's name.
    """
    _, functions, anybody = _taken_apart(elf, objdump)
    return _kernel(functions, kernel, anybody).frame


def _taken_apart(elf: Path, objdump: str) -> tuple[str, dict[str, Function], set[str]]:
    """(what objdump prints, the functions, those that anything may call through a pointer)."""
    done = subprocess.run([objdump, "-d", "-t", str(elf)], capture_output=True, text=True, check=False)
    functions = _functions(done.stdout)
    _take_frames(functions, elf.parent)
    return done.stdout, functions, _take_addresses(functions, elf.parent, objdump)


def _functions(listing: str) -> dict[str, Function]:
    found: dict[str, Function] = {}
    for part in re.split(r"\n(?=[0-9a-f]+ <[^>]+>:\n)", listing):
        lines = part.splitlines()
        if head := _FUNCTION.match(lines[0]) if lines else None:
            one = _function(head[2], int(head[1], 16), lines)
            same = found.get(head[2], one)
            frame, indirect = max(one.frame, same.frame), one.indirect or same.indirect
            found[head[2]] = replace(one, frame=frame, indirect=indirect, calls=one.calls | same.calls)
    return found


def _function(name: str, address: int, lines: Iterable[str]) -> Function:
    one = Function(address)
    for line in lines:
        one.frame += _pushed(line)
        if (branch := _BRANCH.search(line)) and branch[2] != name:
            one.calls.add(branch[2])
        one.indirect |= _INDIRECT.search(line) is not None
    return one


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


def _take_addresses(functions: Mapping[str, Function], folder: Path, objdump: str) -> set[str]:
    """Fills `takes`; functions whose addresses tables hold, or that nothing known refers to."""
    objects = [*folder.rglob("*.o"), *folder.rglob("*.obj")]
    done = subprocess.run([objdump, "-r", *map(str, objects)], capture_output=True, text=True, check=False)
    holder, anybody = "", set[str]()
    known = {name for function in functions.values() for name in function.calls}
    for line in done.stdout.splitlines():
        if head := _HOLDER.match(line):
            holder = head[1]
        elif (held := _HELD.match(line)) and held[1] in functions:
            if holder in functions:
                functions[holder].takes.add(held[1])
                known.add(held[1])
            elif holder.startswith("."):  # else a function that is not linked
                anybody.add(held[1])
    return anybody | (functions.keys() - known)


def _kernel(functions: Mapping[str, Function], kernel: str, anybody: set[str]) -> Function:
    """A kernel whose frame is all that it takes, with whom it calls."""
    below, pointed = {kernel}, {name for name in anybody if functions[name].place}
    known = -1
    while known != len(below) + len(pointed):
        known = len(below) + len(pointed)
        for name in tuple(below):
            one = functions[name]
            below |= {*one.calls, *(pointed if one.indirect else ())} & functions.keys()
            pointed |= {taken for taken in one.takes if functions[taken].place}
    inside = {
        name: replace(one, calls=one.calls | pointed if one.indirect else one.calls)
        for name, one in functions.items()
        if name in below
    }
    return replace(functions[kernel], frame=_deepest(inside, kernel), calls=set(), indirect=False)


def _handlers(functions: Mapping[str, Function], elf: Path, listing: str) -> set[str]:
    """Interrupts that the vector table has: all but the reset, and the faults, which begin another stack."""
    at = {function.address: name for name, function in functions.items()}
    tables = {name: (int(start, 16), int(size, 16)) for start, size, name in _VECTORS.findall(listing)}
    entries = {name: _entries(elf, *where) for name, where in tables.items() if where[1]}
    if "tq_vectors" not in entries:  # an ARM64's are code, and faults all but for the UART's
        return {"tq_interrupt"} if "uart_interrupt" in functions else set()
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
