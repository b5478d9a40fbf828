"""A .tflite file for a board that has to be flashed: refused before a folder is emitted that nobody keeps."""

from __future__ import annotations

import shlex
from pathlib import Path

from tinyq.core.boards import load_board
from tinyq.core.errors import RunError
from tinyq.run.session import require_runner

_APPS = {"profile": "bench", "run": "evaluate", "stream": "stream"}


def refuse_unflashed(model: Path, board: str, command: str, port: str = "") -> None:
    """Do nothing where a program of this .tflite file can be started here.

    Args:
        model: the file.
        board: its name or folder; "": none was named.
        command: what talks to the board once it is flashed: profile, run or stream.
        port: where a board is connected, whose program is an emitted folder's.

    Raises:
        RunError: a board has to be flashed; the remedy says how.
    """
    app = _APPS[command]
    named = f"-b {shlex.quote(board) if board else 'BOARD'}{' --app stream' if app == 'stream' else ''}"
    folder = f"{shlex.quote(str(model))} --folder DIR" if command == "run" else "DIR"
    remedy = (
        f"tinyq emit {shlex.quote(str(model))} {named} -o DIR, then tinyq flash DIR --app {app}, "
        f"then tinyq {command} {folder} --port {port or 'PORT'}"
    )
    if port:
        raise RunError(
            str(model), "--port with a .tflite file", "the emitted folder that was flashed", remedy
        )
    if board:
        require_runner(load_board(board), remedy)
