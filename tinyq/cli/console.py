"""What all commands share: the console, progress bars, and how an error ends a command."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tinyq.core.errors import TinyqError

out = Console(width=None if sys.stdout.isatty() else 110, highlight=False, markup=False)
err = Console(stderr=True, highlight=False)


def need_training_extra() -> None:
    """Load TensorFlow without its chatter; a clear error where it is not installed."""
    missing = [name for name in ("tensorflow", "tf_keras", "larq") if not importlib.util.find_spec(name)]
    if missing:
        raise TinyqError(
            "this command trains or reads Keras files",
            f"not installed: {', '.join(missing)}",
            remedy="pip install 'tinyq[train]'",
        )
    _import_quietly()


def _import_quietly() -> None:
    """Import TensorFlow with its start-up chatter about GPUs held back; it is shown if the import fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    with tempfile.TemporaryFile() as chatter:
        sys.stderr.flush()
        kept = os.dup(2)
        os.dup2(chatter.fileno(), 2)
        try:
            import tensorflow  # noqa: F401
        except Exception:
            chatter.seek(0)
            os.write(kept, chatter.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; yields `report(done, total)`."""
    columns = (
        TextColumn("{task.description:<44}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_json(value: Any) -> None:
    """Print plain JSON on stdout."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def existing(path: Path, what: str) -> Path:
    """`path`, if there is such a file or folder.

    Raises:
        TinyqError: there is none.
    """
    try:
        there = path.exists()
    except OSError as error:  # a folder on the way may not be looked into
        raise TinyqError(str(path), f"cannot be read ({error.strerror or error})") from error
    if not there:
        raise TinyqError(str(path), f"no such {what}", remedy="check the path")
    return path
