"""train: a .keras file, the same for the same seed, whole or not at all."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from small_net import OVERFLOW, same, small_data, write_model  # noqa: E402

from tinyq.core.errors import DataError, TinyqError, TrainError  # noqa: E402
from tinyq.quantizers import load_model, quantized_kernels  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training import accuracy, dry_run, method_names, predict, train  # noqa: E402

pytestmark = pytest.mark.train
DATA = small_data()
PARAMETERS = 54 + 4 * 6 + 30 + 110  # of the float net: conv, norm, depthwise, dense


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "net")


def test_a_ternary_net_is_trained_from_float_and_saved(folder: Path, tmp_path: Path) -> None:
    out, reports = tmp_path / "t.keras", []
    history = train(folder, DATA, out=out, progress=lambda done, total: reports.append((done, total)))
    assert [stage.weights for stage in history.stages] == ["float", "ternary"]
    assert reports[0] == (0, 45)
    assert reports[-1] == (45, 45)
    assert reports == sorted(reports)
    assert {done for done, _ in reports} == set(range(0, 46, 5))
    assert (history.model, history.method, history.seed) == ("net", "ternary", 3)
    assert history.test_accuracy == accuracy(out, DATA.x_test, DATA.y_test) >= 0.9
    assert history.train_accuracy == accuracy(out, DATA.x_train, DATA.y_train)
    model = load_model(out)
    assert history.parameters == PARAMETERS
    assert [kernel.quantizer.spec().scheme for kernel in quantized_kernels(model)] == ["a8wt"] * 3
    written = json.loads((tmp_path / "t.history.json").read_text())
    assert written["stages"][1]["loss"] == list(history.stages[1].loss)
    assert [stage["epochs"] for stage in written["recipe"]] == [4, 5]
    assert written["seconds"] > 0
    assert model.optimizer is None  # what belongs to the training is not in the file


def test_the_same_seed_gives_the_same_bits_and_another_does_not(folder: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"{i}.keras" for i in range(3)]
    for path, seed in zip(files, (5, 5, 6), strict=True):
        train(folder, DATA, method="ternary", out=path, seed=seed)
    assert same(files[0], files[1])
    assert not same(files[0], files[2])


def test_starting_from_the_float_file_gives_the_same_bits_as_training_both(
    folder: Path, tmp_path: Path
) -> None:
    train(folder, DATA, method="float", out=tmp_path / "f.keras")
    history = train(folder, DATA, method="ternary", out=tmp_path / "t.keras", start=tmp_path / "f.keras")
    assert [stage.weights for stage in history.stages] == ["ternary"]
    train(folder, DATA, method="ternary", out=tmp_path / "both.keras")
    assert same(tmp_path / "t.keras", tmp_path / "both.keras")


def test_epochs_can_be_told(folder: Path, tmp_path: Path) -> None:
    history = train(folder, DATA, out=tmp_path / "t.keras", epochs=1)
    assert [len(stage.loss) for stage in history.stages] == [1, 1]


def test_rules_can_be_told(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.keras"
    train(folder, DATA, out=out, epochs=1, rules=[{"layers": ["@first", "@last"], "weights": "float"}])
    assert len(list(quantized_kernels(load_model(out)))) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"out": "t.h5"}, "keras"),
        ({"out": "none/t.keras"}, "no folder"),
        ({"seed": -1}, "0 or more"),
        ({"epochs": 0}, "1 or more"),
        ({"method": "int4"}, "binaryrelax-ternary, .*rpr"),
        ({"method": "float", "start": "f.keras"}, "starts from nothing"),
    ],
)
def test_wrong_arguments_are_refused_before_any_epoch(
    options: dict[str, object], message: str, folder: Path, tmp_path: Path
) -> None:
    options = {"out": "t.keras", **options}
    paths = {key: tmp_path / str(options[key]) for key in ("out", "start") if key in options}
    with pytest.raises(TrainError, match=message):
        train(folder, DATA, **{**options, **paths}, progress=lambda done, total: pytest.fail("an epoch ran"))


def test_a_start_of_another_shape_is_refused(folder: Path, tmp_path: Path) -> None:
    train(folder, DATA, method="float", out=tmp_path / "f.keras", epochs=1)
    recipe = folder / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("width = 6", "width = 7"))
    with pytest.raises(TrainError, match=r"conv"):
        train(folder, DATA, out=tmp_path / "t.keras", start=tmp_path / "f.keras")


def test_a_missing_or_damaged_start_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "f.keras").write_bytes(b"zip?")
    for name in ("f.keras", "none.keras"):
        with pytest.raises(TinyqError, match=name):
            train(folder, DATA, out=tmp_path / "t.keras", start=tmp_path / name)


def test_a_failed_training_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "net", model=OVERFLOW)
    out = tmp_path / "t.keras"
    out.write_bytes(b"earlier work")
    with pytest.raises(TrainError, match="the loss is"):
        train(folder, DATA, out=out)
    assert out.read_bytes() == b"earlier work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net", "t.keras"]


def test_predict_gives_logits_in_batches(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.keras"
    train(folder, DATA, method="binary", out=out, epochs=1)
    x = np.concatenate([DATA.x_train] * 4)  # more than one batch
    logits = predict(out, x)
    assert logits.shape == (len(x), 2)
    np.testing.assert_allclose(logits[:5], predict(load_model(out), x[:5]), atol=1e-5)
    with pytest.raises(DataError, match="inputs"):
        predict(out, x[:, :5])
    with pytest.raises(DataError, match="inputs"):
        predict(out, x[:0])


def test_a_dry_run_reports_stages_layers_and_a_first_loss(folder: Path) -> None:
    run = dry_run(folder, DATA)
    assert [stage.weights for stage in run.stages] == ["float", "ternary"]
    assert run.steps == (5 * 4, 5 * 5)  # 90 samples, batch 16
    found = {layer.name: (layer.kind, layer.quantizers) for layer in run.layers}
    assert found["conv"] == ("QuantConv2D", ("kernel: Ternary",))
    assert found["depthwise"] == ("QuantDepthwiseConv2D", ("depthwise_kernel: Ternary",))
    assert sum(layer.parameters for layer in run.layers) == run.parameters == PARAMETERS
    assert dry_run(folder, DATA, "rpr").parameters == PARAMETERS  # without masks
    assert np.isfinite(run.loss)
    assert run.warnings == ()


# Variables that a method's quantizers learn, on three kernels or, of "rtn" and "ttq", on the one between.
LEARNED = {"rpr-ternary": 0, "binaryrelax-ternary": 0, "tga": 3, "rtn": 3, "ttq": 2}


@pytest.mark.parametrize("method", LEARNED)
def test_methods_learn_from_a_float_teacher_and_end_fully_quantized(
    method: str, folder: Path, tmp_path: Path
) -> None:
    """Every method has its callbacks from its data file, and [train] its distillation."""
    assert method in method_names()
    out = tmp_path / "m.keras"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # kernels of 18 weights are small for some schedules
        history = train(folder, DATA, method=method, out=out)
    assert history.test_accuracy >= 0.8
    assert history.parameters == PARAMETERS + LEARNED[method]  # no masks, phases and fractions
    assert [kernel.quantizer.unfinished() for kernel in quantized_kernels(load_model(out))] == [""] * len(
        list(quantized_kernels(load_model(out)))
    )


def test_a_users_callbacks_get_the_stage_and_its_model(folder: Path, tmp_path: Path) -> None:
    seen = []

    class Mine(tf.keras.callbacks.Callback):
        def on_train_end(self, logs: object = None) -> None:
            seen.append(self.model.get_layer("conv").name)

    train(
        folder,
        DATA,
        out=tmp_path / "t.keras",
        epochs=1,
        callbacks=lambda stage, model: [seen.append(stage.weights) or Mine()],
    )
    assert seen == ["float", "conv", "ternary", "conv"]
