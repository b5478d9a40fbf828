"""The `tinyq` command: composes the stages, which never import each other. One command a file."""

from __future__ import annotations

import sys
from typing import NoReturn

from tinyq.core.lazy import lazy

INTERRUPTED = 130  # as the shell counts a program that Ctrl-C ended

__getattr__, __dir__ = lazy(__name__, {"app": "tinyq.cli.program"})


def main() -> None:
    """Entry point: a mistake is one message and exit status 1, Ctrl-C is one word and status 130."""
    try:
        # Within the try: it takes half a second, in which Ctrl-C would end in a traceback.
        from tinyq.cli import program

        program.main()
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as end:
        # Typer makes a silent exit of Ctrl-C; a command that has caught it has said its own word.
        if isinstance(getattr(end.__context__, "__cause__", None), KeyboardInterrupt):
            _interrupted()
        raise


def _interrupted() -> NoReturn:
    sys.stderr.write("interrupted\n")
    sys.exit(INTERRUPTED)
