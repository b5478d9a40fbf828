"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tinyq.core.errors import TinyqError


def write_whole(path: Path, content: bytes | str) -> None:
    """Write `content` to `path` through a temporary file beside it; on any failure `path` is untouched.

    Raises:
        TinyqError: the folder does not exist, or cannot be written, or the disk is full.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise TinyqError(
            str(path),
            f"cannot be written ({error.strerror or error})",
            remedy="choose a folder that exists, with room and write permission; nothing was changed",
        ) from error
