"""Which Debian packages have the outside programs: the one list, debian_packages.txt, read by shell, too."""

from __future__ import annotations

from pathlib import Path

_LIST = Path(__file__).with_name("debian_packages.txt")


def debian_packages(*programs: str) -> str:
    """Names of the packages that have these programs, as for apt-get install; of unknown programs, none.

    Example:
        >>> debian_packages("arm-none-eabi-gcc", "make")
        'gcc-arm-none-eabi libnewlib-arm-none-eabi make'
    """
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    packages = dict(line.split(": ", 1) for line in lines)
    return " ".join(packages[program] for program in programs if program in packages)
