"""model.py of the user's: what build() must be, and what is warned of."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from toy_model import MODEL, RECIPE, write_model  # noqa: E402

from tinyq.core.errors import QuantizerError, TrainError  # noqa: E402
from tinyq.quantizers import quantized_kernels  # noqa: E402
from tinyq.training import build_model, load_recipe, make_callbacks  # noqa: E402

pytestmark = pytest.mark.train


def build(folder: Path, weights: str = "ternary", **files: str):
    recipe = load_recipe(write_model(folder / "toy", **files))
    return build_model(recipe, recipe.stage(weights), (6, 6, 1), 2)


def test_the_stage_says_which_quantizers_the_layers_get(tmp_path: Path) -> None:
    schemes = {
        weights: [kernel.quantizer.spec().scheme for kernel in quantized_kernels(build(tmp_path, weights))]
        for weights in ("ternary", "binary", "float")
    }
    assert schemes == {"ternary": ["a8wt"] * 3, "binary": ["a8w1"] * 3, "float": []}


def test_a_table_reaches_the_quantizers(tmp_path: Path) -> None:
    rule = '{ layers = "*", weights = { class = "Ternary", method = "twn" } }'
    table = f'start = "float"\nmethod = {{ rule = [{rule}] }}'
    model = build(tmp_path, recipe=RECIPE.replace('start = "float"', table))
    assert {kernel.quantizer.method for kernel in quantized_kernels(model)} == {"twn"}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("import nothing_like_that", "cannot be run: ModuleNotFoundError"),
        ("build = (", "cannot be run: SyntaxError"),
        ("x = 1", r"no build\(\)"),
        ("def build(input_shape, classes): return 3", r"TypeError.*width"),
        ("def build(input_shape, classes, width): return 3", "gives a int"),
        ("def build(input_shape, classes, width): return 1 / 0", "ZeroDivisionError"),
        (MODEL.replace("Dense(classes,", "Dense(classes + 1,"), r"-> \(None, 3\)"),
    ],
)
def test_mistakes_in_model_py_are_errors_of_that_file(model: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=message) as caught:
        build(tmp_path, model=model)
    assert caught.value.where.endswith("model.py")


def test_an_unknown_quantizer_is_the_quantizers_error(tmp_path: Path) -> None:
    table = 'start = "float"\nmethod = { rule = [{ layers = "*", weights = "int5" }] }'
    with pytest.raises(QuantizerError, match="int5"):
        build(tmp_path, recipe=RECIPE.replace('start = "float"', table))


def test_a_stage_begins_with_the_weights_it_is_given(tmp_path: Path) -> None:
    recipe = load_recipe(write_model(tmp_path / "toy"))
    start = build(tmp_path, "float")
    model = build_model(recipe, recipe.stage("ternary"), (6, 6, 1), 2, start)
    for kernel in quantized_kernels(model):
        assert np.array_equal(kernel.latent, getattr(start.get_layer(kernel.layer), kernel.weight).numpy())


def test_a_start_of_other_layers_is_refused_with_their_names(tmp_path: Path) -> None:
    recipe = load_recipe(write_model(tmp_path / "toy"))
    other = dataclasses.replace(recipe, model={"width": 5})
    start = build_model(other, other.stage("float"), (6, 6, 1), 2)
    with pytest.raises(TrainError, match=r"conv: .*\(3, 3, 1, 5\)"):
        build_model(recipe, recipe.stage("ternary"), (6, 6, 1), 2, start)


def test_callbacks_of_a_method_are_made_with_the_seed() -> None:
    recipe = load_recipe("digits_cnn")
    (made,) = make_callbacks(recipe.stage("rpr-ternary"), 7)
    assert (type(made).__name__, made.seed) == ("RandomPartition", 7)
    assert make_callbacks(recipe.stage("ternary"), 7) == []


def test_callbacks_of_a_method_need_no_recipe() -> None:
    made, stop = make_callbacks("rpr-ternary")
    assert type(stop).__name__ == "StopNotFinite"
    assert (type(made).__name__, made.seed) == ("RandomPartition", 0)
    made, _ = make_callbacks({"callback": [{"class": "RelaxSchedule", "switch": 0.5}]})
    assert made.switch == 0.5
    assert len(make_callbacks("tga")) == 1


@pytest.mark.parametrize(
    ("table", "message"),
    [({"class": "Nothing"}, "RandomPartition"), ({"class": "RelaxSchedule", "speed": 3}, "speed")],
)
def test_callbacks_that_cannot_be_made_are_refused(table, message: str) -> None:
    stage = load_recipe("digits_cnn").stage("ternary")
    method = dataclasses.replace(stage.method, callbacks=(table,))
    with pytest.raises(TrainError, match=message):
        make_callbacks(dataclasses.replace(stage, method=method), 0)
