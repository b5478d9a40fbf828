"""model.py of the user's: what build() must be, and what is warned of."""

import sys
from pathlib import Path

import pytest
from tools_required import need

need("python:tensorflow")
sys.path.insert(0, str(Path(__file__).parent))

from toy_model import MODEL, RECIPE, write_model  # noqa: E402

from tinyq.core.errors import QuantizerError, TrainError  # noqa: E402
from tinyq.quantizers import quantized_kernels  # noqa: E402
from tinyq.training import build_model, load_recipe  # noqa: E402

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
    table = 'start = "float"\nquantizer = { class = "Ternary", method = "twn" }'
    model = build(tmp_path, recipe=RECIPE.replace('start = "float"', table))
    assert {kernel.quantizer.method for kernel in quantized_kernels(model)} == {"twn"}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("import nothing_like_that", "cannot be run: ModuleNotFoundError"),
        ("build = (", "cannot be run: SyntaxError"),
        ("x = 1", r"no build\(\)"),
        ("def build(input_shape, classes, weights): return 3", r"TypeError.*width"),
        ("def build(input_shape, classes, weights, width): return 3", "gives a int"),
        ("def build(input_shape, classes, weights, width): return 1 / 0", "ZeroDivisionError"),
        (MODEL.replace("QuantDense(classes,", "QuantDense(classes + 1,"), r"-> \(None, 3\)"),
    ],
)
def test_mistakes_in_model_py_are_errors_of_that_file(model: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=message) as caught:
        build(tmp_path, model=model)
    assert caught.value.where.endswith("model.py")


def test_an_unknown_quantizer_is_the_quantizers_error(tmp_path: Path) -> None:
    recipe = RECIPE.replace('start = "float"', 'start = "float"\nquantizer = "int5"')
    with pytest.raises(QuantizerError, match="int5"):
        build(tmp_path, recipe=recipe)


def test_depthwise_channels_that_share_a_scale_are_warned_of(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"6 channels of depthwise share scales.*DEPTHWISE"):
        build(tmp_path, model=MODEL.replace("(weights, DEPTHWISE)", "(weights)"))
