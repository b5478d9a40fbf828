"""A program at the other end of a serial port, which is a pseudo-terminal."""

import os
import subprocess
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serial_program(command: Sequence[str | Path]) -> Iterator[str]:
    """Runs it with the port as input and output; yields the name of the other end."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)  # no echo
    with subprocess.Popen(command, stdin=ours, stdout=ours) as program:
        try:
            yield os.ttyname(theirs)
        finally:
            program.kill()
            os.close(ours)
            os.close(theirs)
