"""What all commands share: the console, progress bars, and how an error ends a command."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tinyq.core.errors import TinyqError

out = Console(width=None if sys.stdout.isatty() else 110, highlight=False)
err = Console(stderr=True, highlight=False)


def quiet_tensorflow() -> None:
    """Keep TensorFlow's start-up chatter out of the user's way; call it before TensorFlow is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def need_training_extra() -> None:
    """Raise a clear error where TensorFlow is not installed."""
    import importlib.util

    missing = [name for name in ("tensorflow", "tf_keras", "larq") if not importlib.util.find_spec(name)]
    if missing:
        raise TinyqError(
            "this command trains or reads Keras files",
            f"not installed: {', '.join(missing)}",
            remedy="pip install 'tinyq[train]'",
        )
    quiet_tensorflow()


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; yields `report(done, total)`."""
    columns = (
        TextColumn("{task.description:<44}"),
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
    if not path.exists():
        raise TinyqError(str(path), f"no such {what}", remedy="check the path")
    return path
