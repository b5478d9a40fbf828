"""recipe.toml: what is read, and that every mistake names file, key and what is allowed."""

from pathlib import Path

import pytest
from toy_model import RECIPE, write_model

from tinyq.core.errors import TrainError
from tinyq.training import Recipe, load_recipe, method_names, model_names
from tinyq.training.recipes import parse_model_options


def test_a_recipe_is_read_with_defaults(tmp_path: Path) -> None:
    recipe = load_recipe(write_model(tmp_path / "toy"))
    assert (recipe.data, recipe.seed, recipe.model) == ("digits", 3, {"width": 6})
    assert list(recipe.stages) == ["float", "ternary", "binary"]
    ternary = recipe.stage("ternary")
    assert (ternary.method.name, ternary.start, ternary.epochs, ternary.optimizer) == (
        "ternary",
        "float",
        5,
        "adam",
    )
    assert recipe.stage("float").augment == "none"


def test_options_of_the_model_come_before_those_of_the_recipe(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "toy")
    assert load_recipe(folder, {"width": 9}).model == {"width": 9}
    assert load_recipe(folder, {"depth": 2}).model == {"width": 6, "depth": 2}


def test_options_of_the_model_are_words_of_a_command_line() -> None:
    words = ["width=24", "rate=0.5", "channels=[8, 16]", "last=true", "padding=same", "name=a=b"]
    options = {"width": 24, "rate": 0.5, "channels": [8, 16], "last": True, "padding": "same", "name": "a=b"}
    assert parse_model_options(words) == options


@pytest.mark.parametrize("word", ["width", "=3", "a b=3", "2=3"])
def test_words_that_are_no_options_are_refused(word: str) -> None:
    with pytest.raises(TrainError, match="NAME=VALUE"):
        parse_model_options([word])


def test_models_of_the_zoo_are_found_by_name_and_by_folder() -> None:
    assert {"digits_cnn", "eeg_eegnet"} <= set(model_names())
    by_name = load_recipe("digits_cnn")
    assert load_recipe(by_name.folder) == by_name


@pytest.mark.parametrize(
    ("before", "after", "where", "allowed"),
    [
        ('data = "digits"', 'data = "cifar"', "data", "digits, "),
        ('data = "digits"', "", "data", "digits, "),
        ("seed = 3", "seed = -1", "seed", "0 or more"),
        ("seed = 3", "seed = true", "seed", "0 or more"),
        ("width = 6", "width = 6\n[extra]\nepochs = 1", "[extra]", "method ="),
        ("width = 6", "width = 6\n[tga]\nepochs = 1", "[tga]", "needed"),
        ("epochs = 4", "epochs = 0", "[float] epochs", "1 or more"),
        ("epochs = 4", "epochs = 4.5", "[float] epochs", "1 or more"),
        ("epochs = 4", "epochs = true", "[float] epochs", "1 or more"),
        ("epochs = 4", "epoch = 4", "[float]", "epochs, batch, learning_rate"),
        ("epochs = 4", "", "[float]", "all three"),
        ("learning_rate = 1e-2\nwarmup", "learning_rate = 0\nwarmup", "[ternary] learning_rate", "above 0"),
        ("learning_rate = 1e-2\nwarmup", "learning_rate = nan\nwarmup", "[ternary] learning_rate", "above 0"),
        ("warmup = 0.2", 'warmup = "long"', "[ternary] warmup", "0 to 1"),
        ("distill = 0.5", "distill = 1.5", "[ternary] distill", "0 to 1"),
        ("distill = 0.5", "temperature = 0", "[ternary] temperature", "0.1 to 100"),
        ("distill = 0.5", "label_smoothing = -1", "[ternary] label_smoothing", "0 to 1"),
        ('"shift"', '"rotate"', "[ternary] augment", "none, shift"),
        ('"sgd"', '"lion"', "[binary] optimizer", "adam, adamw, sgd"),
        ('"constant"', '"steps"', "[binary] schedule", "constant, cosine"),
        ('start = "float"', 'start = "teacher"', "[ternary] start", "float, ternary, binary"),
        ('start = "float"', 'start = "ternary"', "[ternary] start", "no circle"),
        ('start = "float"', "", "[ternary] distill", "teacher"),
        ('start = "float"', 'start = "float"\nmethod = 3', "[ternary] method", "a name or a table"),
        ("width = 6", "width = 6\n[float.deep]\nx = 1", "[float]", ""),
        ("data", "= data", "recipe.toml", "TOML"),
    ],
)
def test_every_mistake_names_file_key_and_what_is_allowed(
    before: str, after: str, where: str, allowed: str, tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "toy", RECIPE.replace(before, after, 1))
    with pytest.raises(TrainError) as caught:
        load_recipe(folder)
    assert "recipe.toml" in caught.value.where
    assert where in caught.value.where
    assert allowed in str(caught.value)


def test_a_table_must_be_a_table(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="optimizer"):
        load_recipe(write_model(tmp_path / "toy", 'optimizer = "adam"\n' + RECIPE))


def test_a_recipe_without_stages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="how to train"):
        load_recipe(write_model(tmp_path / "toy", 'data = "digits"'))


def test_unknown_stage_is_refused_with_the_known(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="float, ternary, binary"):
        load_recipe(write_model(tmp_path / "toy")).stage("int4")


def test_unknown_model_is_refused_with_the_known() -> None:
    with pytest.raises(TrainError, match="digits_cnn, eeg_eegnet"):
        load_recipe("resnet_9000")


def test_a_folder_without_its_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"no model.py and no recipe.toml"):
        load_recipe(tmp_path)


def test_a_binary_recipe_file_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "toy")
    (folder / "recipe.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TrainError, match="cannot be read"):
        load_recipe(folder)


COMMON = """
data = "digits"
[train]
epochs = 7
batch = 16
learning_rate = 1e-2
start = "float"
distill = 0.5
[tga]
epochs = 9
[mine]
method = "rpr-binary"
batch = 8
"""


def test_with_common_values_every_method_can_be_trained(tmp_path: Path) -> None:
    recipe = load_recipe(write_model(tmp_path / "toy", COMMON))
    assert {*method_names(), "mine"} == set(recipe.stages)
    assert (recipe.stage("tga").epochs, recipe.stage("rtn").epochs) == (9, 7)
    assert (recipe.stage("mine").method.name, recipe.stage("mine").batch) == ("rpr-binary", 8)
    assert (recipe.stage("float").start, recipe.stage("float").distill) == ("", 0.0)


def test_a_method_file_beside_the_recipe_is_found(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "toy", COMMON.replace('"rpr-binary"', '"own.toml"'))
    (folder / "own.toml").write_text('[[rule]]\nlayers = "*"\nweights = "ternary"\n[train]\nepochs = 3\n')
    stage = load_recipe(folder).stage("mine")
    assert (stage.method.name, stage.epochs) == ("own", 3)


def test_other_stages_do_not_change_the_random_numbers_of_one() -> None:
    numbers = [Recipe.number(name) for name in method_names()]
    assert len(set(numbers)) == len(numbers)
