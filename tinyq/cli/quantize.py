"""`tinyq quantize`: a float Keras model gets quantizers by the rules of a method; each layer says why."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.markup import escape
from rich.table import Table

from tinyq.cli.console import err, existing, need_training_extra, out, print_json
from tinyq.core.errors import TrainError
from tinyq.core.files import check_writable, write_whole

if TYPE_CHECKING:
    from tinyq.training.quantize import Choice


def quantize(
    source: Path = typer.Argument(None, help="A float .keras file; none to list the methods."),
    output: Path = typer.Option(
        None, "--out", "-o", help="The .keras file to write; <source>.<method>.keras unless told."
    ),
    finish: bool = typer.Option(
        False,
        "--finish",
        help="Instead: put the quantizers that the model has already at the end of their schedule, as a "
        "training that was stopped never did; it writes <source>.finished.keras unless told.",
    ),
    method: str = typer.Option(
        "ternary", "--method", "-m", help="A method by name, or a .toml file like one."
    ),
    rule: list[str] = typer.Option(
        [], help="LAYERS=WEIGHTS after the method's, e.g. '@first=float'; repeatable, later ones win."
    ),
    explain: bool = typer.Option(
        False, "--explain", help="Say which rule hit which layer, and what it gets; write nothing."
    ),
    json: bool = typer.Option(False, "--json", help="Print that as JSON."),
) -> None:
    """Put quantizers on a float Keras model, weights kept; train it then with the callbacks that are named.

    Without a model it lists the methods. A method is a file of rules: patterns of layer names, "@first",
    "@last"; a later rule wins; layers that it drops are taken out. `tinyq train MODEL --method M` does the
    same, and trains.
    """
    if source is None:
        _print_methods()
        return
    existing(source, "file")
    if not explain:
        check_writable(output or source.with_suffix(".keras"), ".keras")
    need_training_extra()
    from tinyq.quantizers import load_model
    from tinyq.training import explain as explain_model
    from tinyq.training import load_method, make_callbacks, quantize_model
    from tinyq.training.method import parse_rules

    model = load_model(source)
    if finish:
        _finish(model, output or source.with_suffix(".finished.keras"))
        return
    how = load_method(method).with_rules(parse_rules(rule))
    make_callbacks(how)  # its mistakes are said now, not in the training
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        choices = explain_model(model, how)
        quantized = None if explain else quantize_model(model, how)
    if json:
        print_json({"method": how.name, "layers": [_row(choice) for choice in choices]})
    else:
        _print_choices(how.name, choices)
    for words in dict.fromkeys(str(each.message) for each in caught if each.category is UserWarning):
        err.print(f"warning: {words}", markup=False)
    if quantized is None:
        return
    target = output or source.with_suffix(f".{how.name}.keras")
    _save(quantized, target)
    callbacks = ", ".join(table["class"] for table in how.callbacks) or "none"
    err.print(f"wrote {target}; callbacks for its training: {callbacks}", markup=False)
    err.print("in Python: tinyq.load_model(file), tinyq.training.make_callbacks(method)", markup=False)


def _finish(model: Any, target: Path) -> None:
    from tinyq.quantizers import finish, quantized_kernels

    done = finish(model)
    if next(quantized_kernels(model), None) is None:
        raise TrainError(f"model {model.name}", "no quantizers", "a model that was quantized")
    _save(model, target)
    for line in done or ["every quantizer was at the end of its schedule already"]:
        out.print(f"was {line}" if done else line, markup=False)
    measure = "; its outputs are others now: measure it, or train on" if done else ""
    err.print(f"wrote {target}{measure}", markup=False)


def _save(model: Any, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        write_whole(target, path.read_bytes())


def _print_methods() -> None:
    from tinyq.training.method import load_method, method_names

    table = Table(title="methods", title_justify="left")
    for column in ("name", "what it is", "source"):
        table.add_column(column, overflow="fold")
    for name in method_names():
        method = load_method(name)
        table.add_row(name, method.title, method.source)
    out.print(table)


def _row(choice: Choice) -> dict[str, Any]:
    return {
        "layer": choice.layer,
        "kind": choice.kind,
        "weights": choice.weights,
        "activations": choice.activations,
        "constraint": choice.constraint,
        "rules": [{"rule": number, "pattern": pattern} for number, pattern in choice.hits],
        "dropped": choice.dropped,
    }


def _print_choices(method: str, choices: list[Choice]) -> None:
    table = Table(title=f"method {method}", title_justify="left")
    for column in ("layer", "class", "rules that hit", "weights", "activations"):
        table.add_column(column, overflow="fold")
    for choice in choices:
        words = [f"{number} {pattern}" for number, pattern in choice.hits]
        hits = ", ".join([*words, f"drop {choice.dropped}"] if choice.dropped else words) or "-"
        gets = (_words(choice.weights), _words(choice.activations))
        cells = (choice.layer, choice.kind, hits, *(("taken out", "-") if choice.gone else gets))
        table.add_row(*map(escape, cells))
    out.print(table)


def _words(choice: str | Mapping[str, Any]) -> str:
    """A quantizer in short: RPR(levels=3)."""
    if isinstance(choice, str):
        return choice
    arguments = ", ".join(f"{key}={value}" for key, value in choice.items() if key != "class")
    return f"{choice.get('class')}({arguments})"
