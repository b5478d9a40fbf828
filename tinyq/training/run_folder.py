"""A training on disk: what it is, the stages that are done, the checkpoints of the one that is not."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tinyq.core.errors import TrainError
from tinyq.core.files import write_together, write_whole
from tinyq.datasets import Dataset
from tinyq.training.recipes import MODEL, Recipe, Stage

RUN, RESULT, DONE = "run.json", "result", "done.json"


def identity(  # noqa: PLR0913  (all that decides the weights)
    recipe: Recipe, stages: Iterable[Stage], data: Dataset, seed: int, replicas: int, start: Path | None
) -> dict[str, Any]:
    """All that the weights of a run depend on, as plain data."""
    arrays = hashlib.sha256()
    for array in (data.x_train, data.y_train):
        arrays.update(f"{array.shape} {array.dtype}".encode())
        arrays.update(memoryview(array).cast("B") if array.flags.c_contiguous else array.tobytes())
    facts = {
        "model": recipe.folder.name,
        "model.py": _digest((recipe.folder / MODEL).read_bytes()),
        "arguments": dict(recipe.model),
        "stages": [dataclasses.asdict(stage) for stage in stages],
        "seed": seed,
        "data": f"{data.name} {arrays.hexdigest()[:16]}",
        "replicas": replicas,
        "start": None if start is None else _digest(start.read_bytes()),
    }
    plain: dict[str, Any] = json.loads(json.dumps(facts, default=str))
    return plain


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


class RunFolder:
    """The folder of one run.

    Args:
        folder: is made if need be.
        facts: what `identity` gave.
        resume: whether to go on with the run that is there; without one, it is begun.
        writes: whether this process writes; of the workers of tf.distribute one does.

    Raises:
        TrainError: the folder holds a run and `resume` is false, or a run of other facts, or other files.
    """

    def __init__(self, folder: Path, facts: dict[str, Any], resume: bool, writes: bool = True) -> None:
        self.folder, self._writes = folder, writes
        told = folder / RUN
        if told.is_file():
            if not resume:
                raise TrainError(
                    str(folder), "holds a training already", remedy="--resume goes on; or another folder"
                )
            self._compare(told, facts)
        elif folder.is_dir() and any(folder.iterdir()) and writes:
            raise TrainError(str(folder), "is not empty, and no training's", "a new or an empty folder")
        elif writes:
            self._make(folder)
            write_whole(told, json.dumps(facts, indent=2) + "\n")

    @staticmethod
    def _make(folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainError(str(folder), f"cannot be made: {error.strerror}", "a folder's name") from error

    @staticmethod
    def _compare(told: Path, facts: dict[str, Any]) -> None:
        try:
            found = json.loads(told.read_text(encoding="utf-8"))
            differing = [name for name in facts if found.get(name) != facts[name]]
        except (OSError, ValueError, AttributeError) as error:
            raise TrainError(str(told), f"cannot be read: {error}", "what tinyq train wrote") from error
        if differing:
            lines = "; ".join(_difference(name, found.get(name), facts[name]) for name in differing)
            raise TrainError(
                str(told.parent),
                f"holds another training: {lines}",
                "the same recipe, model, data, seed and number of replicas",
                "go on with what it was begun with, or choose another folder",
            )

    def stage(self, stage: Stage) -> Path:
        """Where one stage's checkpoints and results are."""
        path = self.folder / re.sub(r"[^\w.-]", "_", stage.weights)
        if self._writes:
            self._make(path)
        return path

    @staticmethod
    def finished(folder: Path) -> dict[str, Any] | None:
        """What `finish` was told of the stage in `folder`; None while it is not done."""
        try:
            facts: dict[str, Any] = json.loads((folder / DONE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return facts

    def finish(self, folder: Path, files: dict[str, bytes], facts: dict[str, Any]) -> None:
        """Keep a stage's results; its checkpoints are not needed any more."""
        if not self._writes:
            return
        write_together({folder / name: content for name, content in files.items()})
        write_whole(folder / DONE, json.dumps(facts) + "\n")
        for path in [*folder.glob("step-*"), *folder.glob("checkpoint")]:
            path.unlink(missing_ok=True)


def _difference(name: str, found: Any, wanted: Any) -> str:
    """One fact that differs, in words; of the stages the fields that do."""
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for one, other in zip(found, wanted, strict=True):
            fields = [key for key in other if one.get(key) != other[key]]
            if fields:
                changes = (f"{key} {_short(one.get(key))}, now {_short(other[key])}" for key in fields)
                return f"[{other.get('weights')}] {', '.join(changes)}"
    return f"{name} {_short(found)}, now {_short(wanted)}"


def _short(value: Any) -> str:
    return repr(value.get("name", value) if isinstance(value, dict) else value)[:60]
