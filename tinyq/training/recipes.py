"""recipe.toml: how the models of one folder are trained; checked key by key when it is read.

data = "digits"                  # a data set of tinyq.datasets
seed = 0

[model]                          # arguments of build() in model.py
channels = [32, 48]

[train]                          # of every stage; the keys are the fields of `Stage`
epochs = 60
batch = 64
learning_rate = 3e-3
start = "float"                  # begin with the weights of that stage, and learn from its outputs
distill = 0.7

[float]                          # a method's name: what is different for it
label_smoothing = 0.1

[mine]                           # a stage of another name
method = "tga"                   # or a table as in a method's .toml file
epochs = 100

With [train] every method can be trained, with a table of its own or without. Of one key [train] gives way to
the method's own [train], and that to the method's table here.
"""

from __future__ import annotations

import importlib
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tinyq.core.errors import TinyqError, TrainError
from tinyq.core.resources import models_dir
from tinyq.datasets import NAMES as DATA_SETS
from tinyq.training.augment import AUGMENTATIONS
from tinyq.training.method import Method, load_method, method_names

RECIPE, MODEL = "recipe.toml", "model.py"
OPTIMIZERS = ("adam", "adamw", "sgd")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
SCHEDULES = ("constant", "cosine")


@dataclass(frozen=True)
class _Rule:
    """What a value may be: one of some Python types, and a test, in words too."""

    types: tuple[type, ...]
    allowed: str
    test: Callable[[Any], bool] = lambda value: True

    def accepts(self, value: Any) -> bool:
        # bool is an int to Python, and `epochs = true` is a mistake
        if isinstance(value, bool) and bool not in self.types:
            return False
        return isinstance(value, self.types) and self.test(value)


def _one_of(names: tuple[str, ...]) -> _Rule:
    return _Rule((str,), ", ".join(names), lambda value: value in names)


_BOOL = _Rule((bool,), "true or false")
_POSITIVE = _Rule((int,), "a whole number, 1 or more", lambda value: value >= 1)
_FRACTION = _Rule((int, float), "0 to 1", lambda value: 0 <= value <= 1)
_RATE = _Rule((int, float), "a number above 0, at most 10", lambda value: 0 < value <= 10)


def _rule(rule: _Rule, **default: Any) -> Any:
    return field(metadata={"rule": rule}, **default)


@dataclass(frozen=True)
class Stage:
    """How one kind of weights is trained.

    Args:
        weights: the stage's name: a method's, or the author's own.
        epochs: passes over the training set.
        batch: samples a step; samples that fill no batch sit out one pass.
        learning_rate: of the optimizer; the peak, with a schedule.
        method: what becomes of the float net; in the file its name, a .toml file beside the recipe, or a
            table like one; the stage's name unless given.
        optimizer, schedule: "adam", "adamw" or "sgd" (momentum 0.9); "cosine" falls to 0 in the last step.
        nesterov: of "sgd".
        weight_decay: decoupled: a step takes learning_rate * weight_decay of every kernel, of nothing else.
        precision: of a step's arithmetic; weights, quantizers and logits are float32 in any case.
        jit_compile: whether XLA compiles the steps; on a CPU only where a few steps show that it is faster.
        warmup: fraction of the steps in which the learning rate climbs.
        label_smoothing: fraction of every label spread over all classes.
        augment: what `tinyq.training.augment` does to the training samples anew in every pass.
        start: a stage whose weights this one starts from, and whose model is the teacher.
        distill: weight of the teacher's outputs in the loss, the labels have the rest.
        temperature: of the teacher's softmax.
        norm_samples: training samples from which a quantized net's batch norms take their statistics in the
            end (`reestimate_batch_norms`); 0: they keep their moving averages.
    """

    weights: str
    epochs: int = _rule(_POSITIVE)
    batch: int = _rule(_POSITIVE)
    learning_rate: float = _rule(_RATE)
    method: Method = _rule(_Rule((str, dict), "a name or a table"), default=Method("float"))
    optimizer: str = _rule(_one_of(OPTIMIZERS), default="adam")
    nesterov: bool = _rule(_BOOL, default=False)
    weight_decay: float = _rule(_Rule((int, float), "0 to 1", lambda v: 0 <= v < 1), default=0.0)
    precision: str = _rule(_one_of(PRECISIONS), default="float32")
    jit_compile: bool = _rule(_BOOL, default=False)
    schedule: str = _rule(_one_of(SCHEDULES), default="cosine")
    warmup: float = _rule(_FRACTION, default=0.0)
    label_smoothing: float = _rule(_FRACTION, default=0.0)
    augment: str = _rule(_one_of(tuple(AUGMENTATIONS)), default="none")
    start: str = _rule(_Rule((str,), "the name of another stage"), default="")
    distill: float = _rule(_FRACTION, default=0.0)
    temperature: float = _rule(_Rule((int, float), "0.1 to 100", lambda v: 0.1 <= v <= 100), default=2.0)
    norm_samples: int = _rule(_Rule((int,), "a whole number, 0 or more", lambda v: v >= 0), default=8192)


_STAGE_FIELDS = {f.name: f for f in fields(Stage) if "rule" in f.metadata}


@dataclass(frozen=True)
class Recipe:
    """A folder's recipe.toml.

    Args:
        folder: where model.py and recipe.toml are.
        data: name of the data set.
        seed: of initial weights, shuffling, dropout and augmentation, unless told otherwise.
        model: arguments of build() in model.py.
        stages: by name: those that have a table, and with [train] all of `method_names()`.
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

    @staticmethod
    def number(weights: str) -> int:
        """A number of the stage's own, for its random numbers: other stages do not change it."""
        return zlib.crc32(weights.encode())


def model_names() -> tuple[str, ...]:
    """Names of the models that come with tinyq."""
    return tuple(sorted(path.parent.name for path in models_dir().glob(f"*/{RECIPE}")))


def parse_model_options(words: Sequence[str]) -> dict[str, Any]:
    """Arguments of build() from words of a command line.

    Args:
        words: NAME=VALUE each, the value as in a TOML file; what is no TOML is text.

    Raises:
        TrainError: a word without a name or "=".

    Example:
        >>> parse_model_options(["width=24", "channels=[8, 16]", "padding=same"])
        {'width': 24, 'channels': [8, 16], 'padding': 'same'}
    """
    options: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name.isidentifier() or not equals:
            raise TrainError(f"model option {word!r}", "no NAME=VALUE", "e.g. width=24")
        try:
            options[name] = _toml().loads(f"value = {value}")["value"]
        except _toml().TOMLDecodeError:
            options[name] = value
    return options


def _toml() -> Any:
    return importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def load_recipe(model: str | Path, options: Mapping[str, Any] | None = None) -> Recipe:
    """Read the recipe of a model of the zoo, or of a folder of the user's own.

    Args:
        model: a folder with model.py and recipe.toml, or a name of `model_names()`.
        options: arguments of build(), beside those of the recipe's [model] and before them.

    Raises:
        TrainError: no such folder or file, or a key or value that is not allowed: file, key, allowed values.
    """
    folder = _folder(model)
    path = folder / RECIPE
    toml = _toml()
    try:
        content = toml.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, toml.TOMLDecodeError) as error:
        raise TrainError(str(path), f"cannot be read: {error}", "a TOML file") from error
    head: dict[str, Any] = {"seed": 0, "model": {}}
    head |= {key: content.pop(key) for key in ("data", "seed", "model") if key in content}
    _check_value(path, "data", head.get("data"), _one_of(DATA_SETS))
    _check_value(path, "seed", head["seed"], _Rule((int,), "a whole number, 0 or more", lambda v: v >= 0))
    _check_value(path, "model", head["model"], _Rule((dict,), "a table"))
    head["model"] = {**head["model"], **(options or {})}
    if not content:
        raise TrainError(str(path), "no table says how to train", "[train], [float], [ternary], ...")
    common = content.pop("train", None)
    names = dict.fromkeys(content if common is None else (*method_names(), *content))
    stages = {name: _stage(path, name, content.get(name, {}), common or {}) for name in names}
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


def _stage(path: Path, name: str, table: Any, common: Any) -> Stage:
    for where, one in (("train", common), (name, table)):
        _check_table(path, where, one)
    method = table.get("method", common.get("method", name))
    if isinstance(method, str) and method.endswith(".toml"):
        method = path.parent / method
    if method == name and name not in method_names():
        raise TrainError(
            f"{path}, [{name}]",
            "no method of that name",
            ", ".join(method_names()),
            'method = "..." in the table',
        )
    method = load_method(method)
    _check_table(path, f"{name}, the method's", method.train or {})
    values = {**common, **(method.train or {}), **table, "method": method}
    missing = [key for key in ("epochs", "batch", "learning_rate") if key not in values]
    if missing:
        raise TrainError(f"{path}, [{name}]", f"no {', no '.join(missing)}", "all three are needed")
    return Stage(**{"weights": name, **values})


def _check_table(path: Path, name: str, table: Any) -> None:
    _check_value(
        path, name, table, _Rule((dict,), f"data, seed, [model], or a table of {', '.join(_STAGE_FIELDS)}")
    )
    for key, value in table.items():
        if key not in _STAGE_FIELDS:
            raise TrainError(f"{path}, [{name}]", f"unknown key {key!r}", ", ".join(_STAGE_FIELDS))
        _check_value(path, f"[{name}] {key}", value, _STAGE_FIELDS[key].metadata["rule"])


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
