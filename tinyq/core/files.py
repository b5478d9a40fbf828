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

    A symbolic link stays one: what it leads to is written. A file that is there already keeps its mode.

    Raises:
        TinyqError: a folder does not exist, or cannot be written, or the disk is full, or something that is
            no file is in the way.
    """
    contents = {_target(path): content for path, content in contents.items()}
    staged: dict[Path, str] = {}  # path -> temporary file with its new content
    saved: dict[Path, str] = {}  # path -> copy of its old content
    path = Path()
    try:
        for path, content in contents.items():
            staged[path] = _temporary(path)
            _fill(staged[path], content.encode() if isinstance(content, str) else content)
            Path(staged[path]).chmod(_mode(path))
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
        raise _unwritable(path, error) from error
    finally:
        for temporary in (*staged.values(), *saved.values()):
            Path(temporary).unlink(missing_ok=True)


def check_writable(path: Path, suffix: str = "") -> None:
    """Refuse a place that `write_whole` could not write, before any work is spent on what goes there.

    Args:
        suffix: that the name must end in, as ".json"; "" for any.

    Raises:
        TinyqError: another suffix, no such folder, no permission, or something that is no file is there.
    """
    if suffix and path.suffix != suffix:
        raise TinyqError(str(path), f"a name that ends in {path.suffix!r}", suffix)
    target = _target(path)
    try:
        Path(_temporary(target)).unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def _target(path: Path) -> Path:
    """Where a symbolic link leads; never a device, a pipe or a folder, which a rename would replace."""
    target = Path(os.path.realpath(path))
    try:
        in_the_way = target.exists() and not target.is_file()
    except OSError as error:
        raise _unwritable(path, error) from error
    if in_the_way:
        raise TinyqError(str(path), "cannot be written: it is no file", remedy="choose another name")
    return target


def _unwritable(path: Path, error: OSError) -> TinyqError:
    return TinyqError(
        str(path),
        f"cannot be written ({error.strerror or error})",
        remedy="choose a folder that exists, with room and write permission; nothing was changed",
    )


def _temporary(path: Path) -> str:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    return name


def _fill(temporary: str, data: bytes) -> None:
    with Path(temporary).open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _mode(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _restore(staged: Mapping[Path, str], saved: Mapping[Path, str]) -> None:
    """Undo the replacements that were made: those whose temporary file is gone. If all are, all is well."""
    replaced = [path for path, temporary in staged.items() if not Path(temporary).exists()]
    for path in replaced if len(replaced) < len(staged) else []:
        if path in saved:
            Path(saved[path]).replace(path)
        else:
            path.unlink(missing_ok=True)
