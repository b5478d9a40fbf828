"""Where a program spends its instructions: the innermost loop that executes most, and how often it turns.

QEMU logs every block of instructions that it executes; the disassembly says which instructions those are.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyq.core.boards import Board
from tinyq.core.errors import RunError
from tinyq.run.process import INPUT
from tinyq.run.qemu import qemu_job
from tinyq.run.tools import find_program

OBJDUMP = "llvm-objdump-14"
_TRACE = re.compile(rb"Trace \d+: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/")
_FUNCTION = re.compile(r"^([0-9a-f]+) <(.+)>:$")
_INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(.+?)\s*$")
_TARGET = re.compile(r"\b(?:0x)?([0-9a-f]+) <[^>]*>\s*$")
# What ends a block of QEMU's: any branch, call or return.
_BRANCH = re.compile(
    r"^(b|bl|blx|bx|cbz|cbnz|b(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)|b\.\w+|le|letp|wls|wlstp|dls|dlstp|tbz|tbnz|br|blr|ret|tbb|tbh|svc|bkpt|hlt)(\.[nw])?\b"
    r"|^(pop|ldm).*\bpc\b|^(ldr|mov)\S*\s+pc\b"
)
_PAGE = 1024
TRIPLES = {"arm-none-eabi-gcc": "thumb", "aarch64-linux-gnu-gcc": "aarch64"}


@dataclass(frozen=True)
class Instruction:
    """Of a disassembly; `target`: where a branch goes, if that is written in it."""

    address: int
    text: str
    function: str
    target: int | None


@dataclass(frozen=True)
class Loop:
    """A loop of a program, and how a run went through it.

    Args:
        function: the C function that it is in.
        body: its instructions, in order, the branch back at its end.
        turns: how often the branch back was executed.
        instructions: executed in it; total: in all kernels.
    """

    function: str
    body: tuple[Instruction, ...]
    turns: int
    instructions: int
    total: int


def hot_loop(elf: Path, board: Board, request: bytes) -> Loop:
    """The innermost loop with the most executed instructions, of the kernels.

    Args:
        elf: the application `evaluate`; request: what it reads (tinyq/run/protocol.py).

    Raises:
        RunError: there is no such loop.
    """
    listing = disassemble(elf, board)
    counts = executed(listing, blocks_of(elf, board, request))
    total = sum(count for address, count in counts.items() if _is_kernel(listing[address].function))
    loops = [_loop(listing, counts, bounds, total) for bounds in _innermost(listing)]
    found = [loop for loop in loops if _is_kernel(loop.function) and loop.turns]
    if not found:
        raise RunError(str(elf), "no loop was executed in its kernels")
    return max(found, key=lambda loop: loop.instructions)


def _is_kernel(function: str) -> bool:
    around = ("tq_port_", "tq_reset", "tq_start", "tq_crc32")  # the last of the check at the start
    return function.startswith("tq_") and not function.startswith(around)


def disassemble(elf: Path, board: Board) -> dict[int, Instruction]:
    """Address -> instruction, in order of addresses."""
    cpu = [f"--mcpu={board.cpu}"] if board.compiler in TRIPLES else []
    flags = ["-d", "--no-show-raw-insn", f"--triple={TRIPLES[board.compiler]}", *cpu]
    command = [find_program(OBJDUMP, RunError), *flags, str(elf)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[int, Instruction] = {}
    function = ""
    for line in text.splitlines():
        if head := _FUNCTION.match(line):
            function = function if head[2].startswith("$") else head[2]  # $d, $t: data, code
        elif instruction := _INSTRUCTION.match(line):
            words = instruction[2].replace("\t", " ").split("@")[0].split("//")[0].strip()
            goal = _TARGET.search(words)
            address = int(instruction[1], 16)
            target = int(goal[1], 16) if goal and _BRANCH.match(words) else None
            found[address] = Instruction(address, words, function, target)
    return found


def executed(listing: Mapping[int, Instruction], blocks: Mapping[int, int]) -> Counter[int]:
    """Address -> how often that instruction was executed.

    A block goes on to the next branch, or to the end of a page, of 1 KiB or more: another one begins there.
    """
    order = sorted(listing)
    place = {address: i for i, address in enumerate(order)}
    counts: Counter[int] = Counter()
    for start, count in blocks.items():
        for address in order[place[start] :] if start in place else ():
            if address in blocks and address // _PAGE != start // _PAGE:
                break
            counts[address] += count
            if _BRANCH.match(listing[address].text):
                break
    return counts


def blocks_of(
    elf: Path, board: Board, request: bytes, ranges: Sequence[tuple[int, int]] = ()
) -> Counter[int]:
    """Address of a block's first instruction -> how often it was executed; of some ranges, or of all."""
    among = ",".join(f"0x{first:x}..0x{last:x}" for first, last in ranges)
    with tempfile.TemporaryDirectory() as name:
        Path(name, INPUT).write_bytes(request)
        job = qemu_job(board, elf, Path(name))
        command = [*job.command, "-d", "exec,nochain", "-D", "/dev/stdout"]
        command += ["-dfilter", among] if among else []
        counts: Counter[int] = Counter()
        with subprocess.Popen(command, cwd=name, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
            for line in process.stdout or ():
                if found := _TRACE.match(line):
                    counts[int(found[1], 16)] += 1
        return counts


def _innermost(listing: Mapping[int, Instruction]) -> list[tuple[int, int]]:
    """(first, last) address of the loops that have no other one in them."""
    loops = {
        (one.target, one.address)
        for one in listing.values()
        if one.target is not None
        and one.target <= one.address
        and one.target in listing
        and listing[one.target].function == one.function
        and not one.text.startswith(("bl ", "blx "))
    }
    # Two branches back to one place, as of `continue`, are one loop: the longer.
    longest = {first: max(last for start, last in loops if start == first) for first, _ in loops}
    pairs = sorted(longest.items())
    return [
        (first, last)
        for first, last in pairs
        if not any(first <= start and end <= last and (start, end) != (first, last) for start, end in pairs)
    ]


def _loop(
    listing: Mapping[int, Instruction], counts: Counter[int], bounds: tuple[int, int], total: int
) -> Loop:
    body = tuple(one for address, one in sorted(listing.items()) if bounds[0] <= address <= bounds[1])
    spent = sum(counts[one.address] for one in body)
    return Loop(body[0].function, body, counts[bounds[1]], spent, total)
