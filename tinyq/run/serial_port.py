"""A serial port of this computer, to which a board is connected."""

from __future__ import annotations

import errno
import importlib
from typing import Any

from tinyq.core.errors import RunError

_WRITE_S = 10.0

_WHY = {
    errno.ENOENT: ("there is no such port", "connect the board, or name another port"),
    errno.EBUSY: ("another program has it open", "close that program"),
    errno.EACCES: ("you may not open it", "on Debian: sudo usermod -aG dialout $USER, and log in again"),
}


def open_port(port: str, baud: int, timeout_s: float = 1.0) -> Any:
    """A `serial.Serial` that no other program may open; a read ends after `timeout_s` at the latest, and a
    write of some hundred bytes, which a board that hangs may not take, after 10 s.

    Raises:
        RunError: the port is not there, busy, or not yours to open.
    """
    serial = importlib.import_module("serial")
    listed = importlib.import_module("serial.tools.list_ports")
    try:
        return serial.serial_for_url(port, baud, timeout=timeout_s, write_timeout=_WRITE_S, exclusive=True)
    except (serial.SerialException, ValueError) as error:
        number = getattr(error, "errno", None) or 0
        busy = "exclusively lock" in str(error)
        got, remedy = _WHY.get(errno.EBUSY if busy else number, (f"cannot be opened ({error})", ""))
        there = ", ".join(sorted(found.device for found in listed.comports())) or "none is connected now"
        raise RunError(f"port {port}", got, f"a serial port: {there}", remedy) from error
