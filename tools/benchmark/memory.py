"""What was measured, kept in a JSON file by kind: docs/performance.json."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import Any

from benchmark.grouped_json import grouped_json


class Memory:
    """Records of several kinds, each a dict with the keys that it is found by.

    Args:
        path: the file.
        keeps: write there what is new.
    """

    def __init__(self, path: Path, keeps: bool) -> None:
        self._path, self._keeps = path, keeps
        self._kinds: dict[str, dict[str, dict[str, Any]]] = {}
        if path.exists() and path.stat().st_size:
            self._kinds = json.loads(path.read_text())

    def get(self, kind: str, key: str, digest: str) -> dict[str, Any] | None:
        """The record, if it was made of the same sources."""
        found = self._kinds.get(kind, {}).get(key)
        return found if found is not None and found["digest"] == digest else None

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All records of a kind."""
        return list(self._kinds.get(kind, {}).values())

    def put(self, kind: str, key: str, record: dict[str, Any]) -> None:
        """Keep a record, and write it to the file, where others may have written theirs meanwhile."""
        self._kinds.setdefault(kind, {})[key] = record
        if not self._keeps:
            return
        self._path.touch()
        with self._path.open("r+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            text = stream.read()
            kinds: dict[str, dict[str, Any]] = json.loads(text) if text else {}
            kinds.setdefault(kind, {})[key] = record
            stream.seek(0)
            stream.write(grouped_json(kinds))
            stream.truncate()
