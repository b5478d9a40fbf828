"""The `tinyq` command, called in this process."""

import sys

import pytest

from tinyq.cli import main


def call(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Its exit status."""
    monkeypatch.setattr(sys, "argv", ["tinyq", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
        raise SystemExit(0)
    return int(end.value.code or 0)
