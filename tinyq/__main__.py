"""`tinyq` and `python -m tinyq`: the entry point, which answers to Ctrl-C from its first moment on."""

from __future__ import annotations

import sys
from typing import NoReturn

INTERRUPTED = 130  # as the shell counts a program that Ctrl-C ended


def main() -> None:
    """Run the command line; Ctrl-C is one word and exit status 130."""
    try:
        # Within the try: this takes half a second, in which Ctrl-C would end in a traceback.
        from tinyq.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer's way, without a word
            _interrupted()
        raise


def _interrupted() -> NoReturn:
    sys.stderr.write("interrupted\n")
    sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
