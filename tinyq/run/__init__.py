"""Deployment, second half: an emitted folder -> an ELF file -> outputs, ticks and stack, from a board."""

from tinyq.run.build import build
from tinyq.run.runner import RunResult, run

__all__ = ["RunResult", "build", "run"]
