"""Why a program on a board stopped: mirrors firmware/include/tinyq/tq_faults.h."""

from __future__ import annotations

import re

_FLASH_AGAIN = (
    "write the program to the board again; if it says so again, the flash is worn or the supply bad"
)
FAULTS = {
    1: "the emulator or a sanitizer ended it",
    2: "the board has no byte stream to the host",
    3: "the program is of another model, board or TQ_ABI than this folder, or of the same with other "
    "options: build it again, and flash it",
    4: "the program got fewer input bytes than announced",
    5: "the host took no more output (is the disk full?)",
    6: "the model was refused",
    7: "the core took a fault: a stack overflow, or a defect",
    8: "the model was emitted for another TQ_ABI than its kernels: emit the whole folder again, and build it",
    9: f"the model's constants are not those that were emitted: {_FLASH_AGAIN}",
    10: "the self-test gave other outputs than the NumPy reference: emit and build again; if that does not "
    "help, this core does not compute as it should, or tinyq has a defect",
    11: "something was written beside the arena: a defect of a kernel or of the application",
}
_LINE = re.compile(rb"tinyq fault (\d\d)\n\Z")


def explain(fault: int) -> str:
    """What a fault, or an exit status, means.

    Example:
        >>> explain(4)
        'the program got fewer input bytes than announced'
        >>> explain(99)
        "not one of the program's own"
    """
    return FAULTS.get(fault, "not one of the program's own")


def fault_at_end(said: bytes) -> int | None:
    """The fault that a board said last; None if it said none, or went on.

    Example:
        >>> fault_at_end(b"tinyq fault 09\\n"), fault_at_end(b"tinyq\\n")
        (9, None)
    """
    found = _LINE.search(said)
    return int(found[1]) if found else None
