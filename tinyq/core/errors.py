"""Errors: every one says where, what was got, what is allowed and what to do."""

from __future__ import annotations


class TinyqError(Exception):
    """Base of all errors that tinyq raises for a user's mistake or a broken environment.

    Args:
        where: the file, layer, tensor or option concerned.
        got: what was found there.
        allowed: what would have been accepted (may be empty).
        remedy: what the user can do (may be empty).
    """

    def __init__(self, where: str, got: str, allowed: str = "", remedy: str = "") -> None:
        self.where = where
        self.got = got
        self.allowed = allowed
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.got}"]
        if self.allowed:
            lines.append(f"  allowed: {self.allowed}")
        if self.remedy:
            lines.append(f"  remedy:  {self.remedy}")
        return "\n".join(lines)


class SpecError(TinyqError):
    """A quantization spec or a kernel parameter is out of its range."""


class QuantizerError(TinyqError):
    """A quantizer breaks its contract or gets weights it cannot quantize."""


class TrainError(TinyqError):
    """Training cannot start or go on."""


class DataError(TinyqError):
    """A data set is missing, damaged or of the wrong shape."""


class GraphError(TinyqError):
    """A .tflite file is damaged, or holds what tinyq does not know."""


class ConvertError(TinyqError):
    """A model cannot be converted as asked."""


class EmitError(TinyqError):
    """C code cannot be written for this model and board."""


class BoardError(TinyqError):
    """A board is unknown, or its facts are wrong."""


class BuildError(TinyqError):
    """A compiler, CMake or the C build failed."""


class RunError(TinyqError):
    """A built program did not run, or answered nonsense."""
