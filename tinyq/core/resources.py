"""Where firmware sources, models and licence are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

from tinyq.core.errors import TinyqError

_PACKAGE = Path(__file__).resolve().parent.parent


def _find(name: str) -> Path:
    for candidate in (_PACKAGE / f"_{name}", _PACKAGE.parent / name):
        if candidate.exists():
            return candidate
    raise TinyqError(
        f"tinyq's {name}",
        f"neither {_PACKAGE / ('_' + name)} nor {_PACKAGE.parent / name} exists",
        remedy="install tinyq again: the wheel carries it",
    )


def firmware_dir() -> Path:
    """Folder of the C sources, boards and applications."""
    return _find("firmware")


def models_dir() -> Path:
    """Folder of the model zoo, one `<task>_<net>/` each."""
    return _find("models")


def license_file() -> Path:
    """The licence of all that tinyq writes beside a model."""
    return _find("LICENSE")
