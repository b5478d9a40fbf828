"""Files are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tinyq.core.errors import TinyqError


def write_whole(path: Path, content: bytes | str) -> None:
    """Write `content` to `path` through a temporary file beside it; on any failure `path` is untouched.

    Raises:
        TinyqError: the folder does not exist, or cannot be written, or the disk is full.
    """
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes | str]) -> None:
    """Write several files that belong together; on any failure all of them are as they were before.

    Raises:
        TinyqError: a folder does not exist, or cannot be written, or the disk is full.
    """
    staged: dict[Path, str] = {}  # path -> temporary file with its new content
    saved: dict[Path, str] = {}  # path -> copy of its old content
    path = Path()
    try:
        for path, content in contents.items():
            staged[path] = _temporary(path)
            _fill(staged[path], content.encode() if isinstance(content, str) else content)
        # The last one needs no copy: once it is replaced, there is nothing left to fail.
        for path in [p for p in list(staged)[:-1] if p.is_file()]:
            saved[path] = _temporary(path)
            shutil.copy2(path, saved[path])
        for path, temporary in staged.items():
            Path(temporary).replace(path)
    except BaseException as error:
        _restore(staged, saved)
        if not isinstance(error, OSError):
            raise
        raise TinyqError(
            str(path),
            f"cannot be written ({error.strerror or error})",
            remedy="choose a folder that exists, with room and write permission; nothing was changed",
        ) from error
    finally:
        for temporary in (*staged.values(), *saved.values()):
            Path(temporary).unlink(missing_ok=True)


def _temporary(path: Path) -> str:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    return name


def _fill(temporary: str, data: bytes) -> None:
    with Path(temporary).open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    umask = os.umask(0)
    os.umask(umask)
    Path(temporary).chmod(0o666 & ~umask)


def _restore(staged: Mapping[Path, str], saved: Mapping[Path, str]) -> None:
    """Undo the replacements that were made: those whose temporary file is gone. If all are, all is well."""
    replaced = [path for path, temporary in staged.items() if not Path(temporary).exists()]
    for path in replaced if len(replaced) < len(staged) else []:
        if path in saved:
            Path(saved[path]).replace(path)
        else:
            path.unlink(missing_ok=True)
