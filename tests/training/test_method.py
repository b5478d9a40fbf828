"""Methods as data files: all that come with tinyq can be read and made, and mistakes are named."""

from pathlib import Path

import pytest

from tinyq.core.errors import TrainError
from tinyq.training import load_method, method_names
from tinyq.training.method import parse_rules


@pytest.mark.parametrize("name", method_names())
def test_every_method_says_what_it_is_and_where_it_is_from(name: str) -> None:
    method = load_method(name)
    assert method.name == name
    assert method.title
    assert method.source == "-" or "arXiv" in method.source
    assert method.rules or name in ("float", "int8-qat")


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[rule]]\nlayers = ["a*", "b"]\nweights = "ternary"\n')
    (rule,) = load_method(path).rules
    assert (rule.layers, rule.weights, rule.activations) == (("a*", "b"), "ternary", None)
    assert load_method(load_method(path)) == load_method(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[rules]]", "unknown key 'rules'"),
        ("rule = 3", "a list"),
        ('drop = "relu"', "a list"),
        ("drop = [3]", r"drop: \[3\]"),
        ('[[rule]]\nweights = "ternary"', "layers"),
        ('[[rule]]\nlayers = [1]\nweights = "ternary"', "a pattern or a list"),
        ('[[rule]]\nlayers = "*"\nweights = 3', "a name or a table"),
        ('[[rule]]\nlayers = "*"\nactivations = 3', "a name or a table"),
        ('[[rule]]\nlayers = "*"\nconstraint = 3', "constraint"),
        ('[[rule]]\nlayers = "*"\nbits = 3', "unknown key 'bits'"),
        ("[[callback]]\nfreezing = 3", "class ="),
        ("rule = [", "cannot be read"),
        ('[[rule]]\nlayers = []\nweights = "ternary"', "layers: missing"),
    ],
)
def test_mistakes_are_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(TrainError, match=message):
        load_method(path)


def test_an_unknown_method_is_refused_with_the_known() -> None:
    with pytest.raises(TrainError, match="rpr-binary, rpr-ternary"):
        load_method("int5")


def test_rules_of_ones_own_come_last() -> None:
    rules = load_method("tga").with_rules(parse_rules(["@first=float", "conv=binary"])).rules
    assert [(rule.layers, rule.weights) for rule in rules[-2:]] == [
        (("@first",), "float"),
        (("conv",), "binary"),
    ]
    assert load_method("float").with_rules(parse_rules(["*=binary"])) == load_method("float")
    with pytest.raises(TrainError, match="rule 1 for tga: unknown key 'bits'"):
        load_method("tga").with_rules([{"bits": 2}])


@pytest.mark.parametrize("word", ["conv", "=float", "conv="])
def test_a_rule_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(TrainError, match="no LAYERS=WEIGHTS"):
        parse_rules([word])
