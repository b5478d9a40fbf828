"""recipe.toml: how the models of one folder are trained; checked key by key when it is read.

data = "digits"                  # a data set of tinyq.datasets
seed = 0

[model]                          # arguments of build() in model.py
channels = [32, 48]

[float]                          # one table a kind of weights; the keys are the fields of `Stage`
epochs = 60
batch = 64
learning_rate = 3e-3

[ternary]
quantizer = { class = "Ternary", method = "exact" }
start = "float"                  # begin with the weights of that stage, and learn from its outputs
distill = 0.7
...
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tinyq.core.errors import TinyqError, TrainError
from tinyq.core.resources import models_dir
from tinyq.datasets import NAMES as DATA_SETS
from tinyq.training.augment import AUGMENTATIONS

RECIPE, MODEL = "recipe.toml", "model.py"
OPTIMIZERS = ("adam", "sgd")
SCHEDULES = ("constant", "cosine")


@dataclass(frozen=True)
class _Rule:
    """What a value may be: one of some Python types, and a test, in words too."""

    types: tuple[type, ...]
    allowed: str
    test: Callable[[Any], bool] = lambda value: True

    def accepts(self, value: Any) -> bool:
        # bool is an int to Python, and `epochs = true` is a mistake
        return isinstance(value, self.types) and not isinstance(value, bool) and self.test(value)


def _one_of(names: tuple[str, ...]) -> _Rule:
    return _Rule((str,), ", ".join(names), lambda value: value in names)


_POSITIVE = _Rule((int,), "a whole number, 1 or more", lambda value: value >= 1)
_FRACTION = _Rule((int, float), "0 to 1", lambda value: 0 <= value <= 1)
_RATE = _Rule((int, float), "a number above 0, at most 10", lambda value: 0 < value <= 10)


def _rule(rule: _Rule, **default: Any) -> Any:
    return field(metadata={"rule": rule}, **default)


@dataclass(frozen=True)
class Stage:
    """How one kind of weights is trained.

    Args:
        weights: the table's name: "float", "ternary", "binary" or the author's own.
        epochs: passes over the training set.
        batch: samples a step; samples that fill no batch sit out one pass.
        learning_rate: of the optimizer; the peak, with a schedule.
        quantizer: what `build` gets as `weights`: a name or a table, see `make_quantizer`. The stage's name
            unless given.
        optimizer, schedule: "adam" or "sgd" (momentum 0.9); "cosine" falls to 0 in the last step.
        warmup: fraction of the steps in which the learning rate climbs.
        label_smoothing: fraction of every label spread over all classes.
        augment: what `tinyq.training.augment` does to the training samples anew in every pass.
        start: a stage whose weights this one starts from, and whose model is the teacher.
        distill: weight of the teacher's outputs in the loss, the labels have the rest.
        temperature: of the teacher's softmax.
    """

    weights: str
    epochs: int = _rule(_POSITIVE)
    batch: int = _rule(_POSITIVE)
    learning_rate: float = _rule(_RATE)
    quantizer: str | Mapping[str, Any] = _rule(_Rule((str, dict), "a name or a table"), default="")
    optimizer: str = _rule(_one_of(OPTIMIZERS), default="adam")
    schedule: str = _rule(_one_of(SCHEDULES), default="cosine")
    warmup: float = _rule(_FRACTION, default=0.0)
    label_smoothing: float = _rule(_FRACTION, default=0.0)
    augment: str = _rule(_one_of(tuple(AUGMENTATIONS)), default="none")
    start: str = _rule(_Rule((str,), "the name of another stage"), default="")
    distill: float = _rule(_FRACTION, default=0.0)
    temperature: float = _rule(_Rule((int, float), "0.1 to 100", lambda v: 0.1 <= v <= 100), default=2.0)


_STAGE_FIELDS = {f.name: f for f in fields(Stage) if "rule" in f.metadata}


@dataclass(frozen=True)
class Recipe:
    """A folder's recipe.toml.

    Args:
        folder: where model.py and recipe.toml are.
        data: name of the data set.
        seed: of initial weights, shuffling, dropout and augmentation, unless told otherwise.
        model: arguments of build() in model.py.
        stages: by kind of weights.
    """

    folder: Path
    data: str
    seed: int
    model: Mapping[str, Any]
    stages: Mapping[str, Stage]

    def stage(self, weights: str) -> Stage:
        """The stage that trains `weights`.

        Raises:
            TrainError: the recipe has none.
        """
        if weights not in self.stages:
            raise TrainError(str(self.folder / RECIPE), f"no [{weights}]", ", ".join(self.stages))
        return self.stages[weights]


def model_names() -> tuple[str, ...]:
    """Names of the models that come with tinyq."""
    return tuple(sorted(path.parent.name for path in models_dir().glob(f"*/{RECIPE}")))


def load_recipe(model: str | Path) -> Recipe:
    """Read the recipe of a model of the zoo, or of a folder of the user's own.

    Args:
        model: a folder with model.py and recipe.toml, or a name of `model_names()`.

    Raises:
        TrainError: no such folder or file, or a key or value that is not allowed: file, key, allowed values.
    """
    folder = _folder(model)
    path = folder / RECIPE
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        content = toml.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, toml.TOMLDecodeError) as error:
        raise TrainError(str(path), f"cannot be read: {error}", "a TOML file") from error
    head: dict[str, Any] = {"seed": 0, "model": {}}
    head |= {key: content.pop(key) for key in ("data", "seed", "model") if key in content}
    _check_value(path, "data", head.get("data"), _one_of(DATA_SETS))
    _check_value(path, "seed", head["seed"], _Rule((int,), "a whole number, 0 or more", lambda v: v >= 0))
    _check_value(path, "model", head["model"], _Rule((dict,), "a table"))
    if not content:
        raise TrainError(str(path), "no table says how to train", "[float], [ternary], ...")
    stages = {name: _stage(path, name, table) for name, table in content.items()}
    for stage in stages.values():
        _check_start(path, stage, stages)
    return Recipe(folder=folder, stages=stages, **head)


def _folder(model: str | Path) -> Path:
    given = Path(model)
    for folder in (given, models_dir() / given.name if len(given.parts) == 1 else given):
        if folder.is_dir():
            missing = [name for name in (MODEL, RECIPE) if not (folder / name).is_file()]
            if missing:
                raise TrainError(
                    str(folder), f"no {' and no '.join(missing)}", f"a folder with {MODEL}, {RECIPE}"
                )
            return folder
    try:
        known = ", ".join(model_names())
    except TinyqError:
        known = "none is installed"
    raise TrainError(f"model {str(model)!r}", "no such folder and no model of tinyq", known)


def _stage(path: Path, name: str, table: Any) -> Stage:
    _check_value(
        path, name, table, _Rule((dict,), f"data, seed, [model], or a table of {', '.join(_STAGE_FIELDS)}")
    )
    for key, value in table.items():
        if key not in _STAGE_FIELDS:
            raise TrainError(f"{path}, [{name}]", f"unknown key {key!r}", ", ".join(_STAGE_FIELDS))
        _check_value(path, f"[{name}] {key}", value, _STAGE_FIELDS[key].metadata["rule"])
    missing = [key for key in ("epochs", "batch", "learning_rate") if key not in table]
    if missing:
        raise TrainError(f"{path}, [{name}]", f"no {', no '.join(missing)}", "all three are needed")
    return Stage(**{"weights": name, "quantizer": name, **table})


def _check_value(path: Path, key: str, value: Any, rule: _Rule) -> None:
    if not rule.accepts(value):
        raise TrainError(f"{path}, {key}", "missing" if value is None else repr(value), rule.allowed)


def _check_start(path: Path, stage: Stage, stages: Mapping[str, Stage]) -> None:
    where = f"{path}, [{stage.weights}] start"
    if stage.start and stage.start not in stages:
        raise TrainError(where, repr(stage.start), ", ".join(stages))
    chain = [stage.weights]
    while start := stages[chain[-1]].start:
        if start in chain:
            raise TrainError(where, " -> ".join([*chain, start]), "no circle")
        chain.append(start)
        if start not in stages:
            return  # reported for that stage
    if stage.distill and not stage.start:
        raise TrainError(f"{path}, [{stage.weights}] distill", "no teacher", "start = the teacher's stage")
