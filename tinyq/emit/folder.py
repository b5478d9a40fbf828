"""An emitted folder is written whole or not at all, and never over work that is not tinyq's."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tinyq.core.errors import EmitError

MANIFEST = "model.json"
BUILD = "build"


def write_folder(folder: Path, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> None:
    """Write `files` (relative path -> content) and the manifest to `folder`; on any failure it is untouched.

    A folder that holds nothing, or nothing but what tinyq wrote there (and CMake built below build/), is
    replaced. The manifest lists every file with its SHA-256, which is how the next call knows.

    Raises:
        EmitError: the folder holds other files, or cannot be written, or the disk is full.
    """
    folder = folder.resolve()
    refuse_foreign(folder)
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    text = json.dumps({**manifest, "files": listed}, indent=1) + "\n"
    temporary = Path()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        new = temporary / "new"
        for name, content in {**files, MANIFEST: text.encode()}.items():
            _write(new / name, content)
        _exchange(new, folder, temporary / "old")
    except OSError as error:
        raise EmitError(
            str(folder),
            f"cannot be written ({error.strerror or error})",
            remedy="choose a place with room and write permission; nothing was changed",
        ) from error
    finally:
        if temporary != Path():
            shutil.rmtree(temporary, ignore_errors=True)


def refuse_foreign(folder: Path) -> None:
    """Do nothing where `folder` may be replaced.

    Raises:
        EmitError: it is a file, or holds something that tinyq did not write or that was changed since.
    """
    if folder.is_dir():
        try:
            _refuse_foreign_files(folder)
        except OSError as error:
            raise EmitError(str(folder), f"cannot be read ({error.strerror or error})") from error
    elif folder.exists() or folder.is_symlink():
        raise EmitError(str(folder), "is a file", "a folder that is empty or does not exist")


def _refuse_foreign_files(folder: Path) -> None:
    listed = _listed(folder)
    for name in _names(folder):
        path = folder / name
        if listed is None:
            got = f"holds {name}, and is no folder that tinyq emitted"
        elif name not in listed:
            got = f"holds {name}, which tinyq did not write"
        elif path.is_symlink() or hashlib.sha256(path.read_bytes()).hexdigest() != listed[name]:
            got = f"{name} was changed since tinyq wrote it"
        else:
            continue
        remedy = "choose another folder, or move that file away" if listed else "choose another folder"
        raise EmitError(str(folder), got, "a folder that is empty, does not exist, or was emitted", remedy)


def _listed(folder: Path) -> dict[str, str] | None:
    """Files of an earlier emission with their hashes; None if there was none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {str(name): str(digest) for name, digest in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _names(folder: Path) -> Iterator[str]:
    """All files below `folder`, relative, but for the manifest and what CMake built."""
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        if here == folder and BUILD in folders and _is_build(folder / BUILD):
            folders.remove(BUILD)
        links = [name for name in folders if (here / name).is_symlink()]
        for name in sorted([*files, *links]):
            relative = str((here / name).relative_to(folder))
            if relative != MANIFEST:
                yield relative


def _is_build(folder: Path) -> bool:
    # CMakeFiles comes first: a configuration that was interrupted has no CMakeCache.txt yet.
    marks = ("CMakeCache.txt", "CMakeFiles")
    return any((there / mark).exists() for there in (folder, *folder.iterdir()) for mark in marks)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _exchange(new: Path, folder: Path, old: Path) -> None:
    """Put `new` in the place of `folder`, or its contents, so that who works in the folder stays in it."""
    if not folder.exists():
        new.rename(folder)
        return
    old.mkdir()
    moves: list[tuple[Path, Path]] = []
    try:
        for source, target in ((folder, old), (new, folder)):
            for path in sorted(source.iterdir()):
                moves.append((path, target / path.name))
                path.rename(target / path.name)
    except BaseException:  # an interrupt as well: the caller deletes `old`
        for before, after in reversed(moves):
            if not before.exists():
                after.rename(before)
        raise
