"""llvm-mca's cycles of a loop, on models of cores: no flash, no caches, no mispredicted branches."""

from __future__ import annotations

import re
import subprocess

from benchmark.hot_loop import Loop
from tinyq.core.errors import RunError
from tinyq.run.tools import find_program

MCA = "llvm-mca-14"
TURNS = 200
# Board -> models of cores that run its code: LLVM's triple and -mcpu.
MODELS = {
    "qemu_cortex_m4": (("thumbv7em-none-eabihf", "cortex-m4"),),
    "qemu_cortex_m7": (("thumbv7em-none-eabihf", "cortex-m7"),),
    "qemu_arm64": (
        ("aarch64-none-elf", "cortex-a53"),
        ("aarch64-none-elf", "cortex-a72"),
        ("aarch64-none-elf", "neoverse-n1"),
    ),
}


def cycles_per_turn(loop: Loop, triple: str, cpu: str) -> float:
    """Cycles of one turn of a loop, among many.

    Raises:
        RunError: llvm-mca is missing, or does not take the loop.
    """
    command = [find_program(MCA, RunError), f"-mtriple={triple}", f"-mcpu={cpu}", f"-iterations={TURNS}"]
    done = subprocess.run(command, input=assembly(loop), capture_output=True, text=True, check=False)
    found = re.search(r"^Total Cycles:\s+(\d+)$", done.stdout, re.MULTILINE)
    if done.returncode or found is None:
        raise RunError(f"{MCA} on a loop of {loop.function}", done.stderr[-400:])
    return int(found[1]) / TURNS


def assembly(loop: Loop) -> str:
    """Text for an assembler: branches go to the loop's start or its end, wherever they went."""
    first = loop.body[0].address
    lines = [".syntax unified", ".text", "start:"]
    for one in loop.body:
        text = one.text
        if text.startswith(("le ", "letp ")):  # llvm-mca has none; on the core it takes no cycle of its own
            continue
        if one.target is not None:
            goal = "start" if one.target <= first else "end"
            text = re.sub(r"(#-?\d+|(0x)?[0-9a-f]+)(\s*<[^>]*>)?$", goal, text)
        lines.append(re.sub(r"\s*<[^>]*>$", "", text))
    return "\n".join([*lines, "end:", ""])
