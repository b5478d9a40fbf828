"""A training method as a data file: which layers get which quantizers, and what drives them.

title = "random partition relaxation, ternary"
source = "Cavigelli, Benini, arXiv 2001.01091"
drop = ["@relu"]                  # layers to take out, by path; "@relu": ReLUs before quantized activations

[[rule]]                          # a later rule wins, key by key
layers = "*"                      # shell pattern(s) of layer names; "@first", "@last": with a kernel
weights = { class = "RPR", levels = 3 }   # as `make_quantizer` takes it
activations = "float"             # of the layer's input, as `make_activation` takes it
constraint = "weight_clip"        # Keras constraint of the quantized kernels

[[rule]]
layers = ["@first", "@last"]
weights = "float"

[[callback]]                      # of tinyq.training.callbacks, with its arguments
class = "RandomPartition"
freezing = [[0, 0.9], [0.8, 1.0]]

[train]                           # what a recipe may override, see `Stage`
learning_rate = 1e-3

With qat = true above the tables, all activations are rounded to int8 in training, with ranges that are
learned, and so are the kernels that the rules leave in float; then no rule quantizes activations.
"""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyq.core.errors import TrainError

FOLDER = Path(__file__).with_name("methods")
_TOP = ("title", "source", "drop", "rule", "callback", "train", "qat")
_RULE = ("layers", "weights", "activations", "constraint")


@dataclass(frozen=True)
class Rule:
    """What some layers get.

    Args:
        layers: patterns of layer paths ("conv_*", "encoder/*"), "@first", "@last".
        weights, activations: as `make_quantizer` and `make_activation` take them.
        constraint: Keras constraint of the quantized kernels; "" for none.

    What is None is left as the rules before say.
    """

    layers: tuple[str, ...]
    weights: str | Mapping[str, Any] | None = None
    activations: str | Mapping[str, Any] | None = None
    constraint: str | None = None


@dataclass(frozen=True)
class Method:
    """How a float net becomes a quantized one, and is trained as such.

    Args:
        name: of the file, or the user's.
        title, source: in words.
        rules: in order; a later one wins.
        callbacks: tables of a class of tinyq.training.callbacks and its arguments.
        train: defaults for a recipe's stage.
        qat: whether tensorflow-model-optimization rounds to int8 what the rules leave: all activations, and
            the kernels without a quantizer.
        drop: patterns of layers to take out; "@relu": ReLUs that feed quantized activations.
    """

    name: str
    title: str = ""
    source: str = ""
    rules: tuple[Rule, ...] = ()
    callbacks: tuple[Mapping[str, Any], ...] = ()
    train: Mapping[str, Any] | None = None
    qat: bool = False
    drop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse activations of few bits that are to be int8 too."""
        for number, rule in enumerate(self.rules, 1):
            if self.qat and rule.activations not in (None, "float"):
                raise TrainError(
                    f"method {self.name}, rule {number}, activations",
                    repr(rule.activations),
                    '"float" with qat = true (--qat), which rounds all activations to int8; any weights',
                    "take qat out: codes of few bits need no ranges in int8",
                )

    def with_qat(self) -> Method:
        """The same with int8 quantization-aware training of what its rules leave.

        Raises:
            TrainError: a rule quantizes activations.

        Example:
            >>> load_method("tga").with_qat().qat
            True
        """
        return dataclasses.replace(self, qat=True)

    def with_rules(self, tables: Sequence[Mapping[str, Any]]) -> Method:
        """The same with more rules after its own; a method that quantizes nothing stays as it is.

        Args:
            tables: each as a [[rule]] of a file.

        Raises:
            TrainError: a key or value that is not allowed.

        Example:
            >>> load_method("ternary").with_rules([{"layers": "@last", "weights": "float"}]).rules[-1].layers
            ('@last',)
        """
        more = tuple(_rule(f"rule {i + 1} for {self.name}", table) for i, table in enumerate(tables))
        return dataclasses.replace(self, rules=self.rules + more) if self.rules or self.qat else self


def method_names() -> tuple[str, ...]:
    """Names of the methods that come with tinyq.

    Example:
        >>> [name for name in method_names() if name.startswith("rpr")]
        ['rpr-8bit', 'rpr-binary', 'rpr-ternary']
    """
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load_method(method: str | Path | Mapping[str, Any] | Method) -> Method:
    """A method by name, of a TOML file, or of a table like one.

    Raises:
        TrainError: no such method or file, or a key or value that is not allowed.

    Example:
        >>> load_method("tga").source
        'He, Fan, arXiv 1810.01018'
        >>> load_method({"rule": [{"layers": "conv*", "weights": "ternary"}]}).rules[0].layers
        ('conv*',)
    """
    if isinstance(method, Method):
        return method
    if isinstance(method, Mapping):
        return _method("method", "custom", method)
    path = Path(method)
    if path.suffix != ".toml":
        path = FOLDER / f"{method}.toml"
    if not path.is_file():
        raise TrainError(
            f"method {str(method)!r}", "unknown", f"{', '.join(method_names())}, or a .toml file"
        )
    # Python 3.10 has no tomllib; tomli is the same under another name.
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        table = toml.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, toml.TOMLDecodeError) as error:
        raise TrainError(str(path), f"cannot be read: {error}", "a TOML file") from error
    return _method(str(path), path.stem, table)


def parse_rules(words: Sequence[str]) -> tuple[dict[str, str], ...]:
    """Tables of rules from words of a command line.

    Args:
        words: LAYERS=WEIGHTS each: a pattern of layer names, and a quantizer's name or "float".

    Raises:
        TrainError: a word without "=", or with nothing before or after it.

    Example:
        >>> parse_rules(["@first=float"])
        ({'layers': '@first', 'weights': 'float'},)
    """
    pairs = [word.partition("=") for word in words]
    for word, (layers, _, weights) in zip(words, pairs, strict=True):
        if not layers or not weights:
            raise TrainError(f"rule {word!r}", "no LAYERS=WEIGHTS", "e.g. @first=float, conv_*=ternary")
    return tuple({"layers": layers, "weights": weights} for layers, _, weights in pairs)


def _method(where: str, name: str, table: Mapping[str, Any]) -> Method:
    _check_keys(where, table, _TOP)
    kinds: dict[str, Any] = dict.fromkeys(("rule", "callback", "drop"), list)
    kinds |= {"title": str, "source": str, "train": Mapping, "qat": bool}
    for key, value in table.items():
        if not isinstance(value, kinds[key]):
            raise TrainError(f"{where}, {key}", repr(value), f"a {kinds[key].__name__.lower()}")
    return Method(
        name=name,
        title=table.get("title", ""),
        source=table.get("source", ""),
        rules=tuple(_rule(f"{where}, rule {i + 1}", rule) for i, rule in enumerate(table.get("rule", []))),
        callbacks=tuple(_callback(where, one) for one in table.get("callback", [])),
        train=dict(table.get("train", {})),
        qat=table.get("qat", False),
        drop=_patterns(f"{where}, drop", table.get("drop", [])),
    )


def _rule(where: str, table: Any) -> Rule:
    _check_keys(where, table, _RULE)
    layers = _patterns(f"{where}, layers", table.get("layers", []))
    if not layers:
        raise TrainError(f"{where}, layers", "missing", 'a pattern or a list of them, as "conv_*"')
    for key in ("weights", "activations"):
        if not isinstance(table.get(key, ""), str | Mapping):
            raise TrainError(f"{where}, {key}", repr(table[key]), "a name or a table")
    if not isinstance(table.get("constraint", ""), str):
        raise TrainError(f"{where}, constraint", repr(table["constraint"]), "the name of a Keras constraint")
    return Rule(layers, *(table.get(key) for key in _RULE[1:]))


def _patterns(where: str, given: Any) -> tuple[str, ...]:
    patterns = [given] if isinstance(given, str) else given
    if not isinstance(patterns, list | tuple) or not all(isinstance(pattern, str) for pattern in patterns):
        raise TrainError(where, repr(given), 'a pattern or a list of them, as "conv_*"')
    return tuple(patterns)


def _callback(where: str, table: Any) -> Mapping[str, Any]:
    if not isinstance(table, Mapping) or not isinstance(table.get("class"), str):
        raise TrainError(f"{where}, callback", repr(table), "a table with class = ...")
    return dict(table)


def _check_keys(where: str, table: Any, allowed: tuple[str, ...]) -> None:
    if not isinstance(table, Mapping):
        raise TrainError(where, repr(table), "a table")
    for key in table:
        if key not in allowed:
            raise TrainError(where, f"unknown key {key!r}", ", ".join(allowed))
