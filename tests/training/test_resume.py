"""A training that is killed at any step and resumed gives the weights of one that was not, bit for bit."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from small_net import FLOAT_STEPS, STEPS, same, small_data, write_model  # noqa: E402

from tinyq.core.errors import TrainError  # noqa: E402
from tinyq.training import method_names, train  # noqa: E402

pytestmark = pytest.mark.train
DATA = small_data()
WORKER = Path(__file__).parent / "train_worker.py"


class Killed(Exception):
    """Raised by a test in the place of a kill, where a process of its own is not needed."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("resume") / "net")


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The uninterrupted trainings."""
    found = {}
    for method in ("ternary", "rpr"):
        found[method] = tmp_path_factory.mktemp("whole") / f"{method}.keras"
        train(folder, DATA, method=method, out=found[method])
    return found


def run(folder: Path, out: Path, run_dir: Path, kill: int = 0, method: str = "ternary", **options: object):
    def progress(done: int, total: int) -> None:
        if kill and done >= kill:
            raise Killed

    options = {"resume": True, "checkpoint_every": 2, **options}
    return train(
        folder,
        DATA,
        method=method,
        out=out,
        run_dir=run_dir,
        progress=progress,
        **options,
    )


@pytest.mark.parametrize("method", ["ternary", "rpr"])
def test_a_killed_process_goes_on_bit_for_bit(
    method: str, folder: Path, whole: dict[str, Path], tmp_path: Path
) -> None:
    random = np.random.default_rng(len(method))
    kill = FLOAT_STEPS + int(random.integers(2, STEPS))
    job = {"folder": str(folder), "out": str(tmp_path / "a.keras"), "method": method, "kill": kill}
    job["run"] = str(tmp_path / "run")
    done = subprocess.run([sys.executable, str(WORKER), json.dumps(job)], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    assert list((tmp_path / "run").glob(f"{method}/step-*.index")), kill
    run(folder, tmp_path / "a.keras", tmp_path / "run", method=method)
    assert same(tmp_path / "a.keras", whole[method]), kill


@pytest.mark.slow
def test_stopped_again_and_again_it_still_arrives(
    folder: Path, whole: dict[str, Path], tmp_path: Path
) -> None:
    for kill in (3, 8, 23, 24, 31, 44):
        with pytest.raises(Killed):
            run(folder, tmp_path / "a.keras", tmp_path / "run", kill, "rpr")
    history = run(folder, tmp_path / "a.keras", tmp_path / "run", method="rpr")
    assert same(tmp_path / "a.keras", whole["rpr"])
    uninterrupted = json.loads(whole["rpr"].with_suffix(".history.json").read_text())
    for found, wanted in zip(history.stages, uninterrupted["stages"], strict=True):
        np.testing.assert_allclose(found.loss, wanted["loss"], rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("method", [name for name in method_names() if name not in ("float", "ternary")])
@pytest.mark.filterwarnings("ignore::UserWarning")  # some kernels here are small for some schedules
def test_every_method_goes_on_bit_for_bit(method: str, folder: Path, tmp_path: Path) -> None:
    train(folder, DATA, method=method, out=tmp_path / "a.keras")
    for kill in (FLOAT_STEPS + 8, FLOAT_STEPS + 19):
        with pytest.raises(Killed):
            run(folder, tmp_path / "b.keras", tmp_path / "run", kill, method)
    run(folder, tmp_path / "b.keras", tmp_path / "run", method=method)
    assert same(tmp_path / "a.keras", tmp_path / "b.keras")


def test_a_finished_run_is_not_trained_again(folder: Path, tmp_path: Path) -> None:
    first = run(folder, tmp_path / "a.keras", tmp_path / "run", epochs=1)
    again = train(
        folder,
        DATA,
        out=tmp_path / "b.keras",
        run_dir=tmp_path / "run",
        resume=True,
        epochs=1,
        callbacks=lambda stage, model: pytest.fail("a stage was trained again"),
    )
    assert same(tmp_path / "a.keras", tmp_path / "b.keras")
    assert again.test_accuracy == first.test_accuracy
    assert not list((tmp_path / "run").glob("*/step-*"))


def test_a_damaged_checkpoint_is_passed_over_with_a_word(
    folder: Path, whole: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        run(folder, tmp_path / "a.keras", tmp_path / "run", 38)
    stage = tmp_path / "run" / "ternary"
    indices = sorted(stage.glob("step-*.index"), key=lambda path: int(path.stem.split("-")[1]))
    assert len(indices) == 3
    indices[-1].write_bytes(indices[-1].read_bytes()[:100])
    data = next(stage.glob(f"{indices[-2].stem}.data*"))
    content = bytearray(data.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    data.write_bytes(content)
    with pytest.warns(UserWarning, match="damaged checkpoint") as caught:
        run(folder, tmp_path / "a.keras", tmp_path / "run")
    named = [str(one.message) for one in caught if "damaged" in str(one.message)]
    assert [index.stem in text for index, text in zip(indices[:0:-1], named, strict=True)] == [True, True]
    assert same(tmp_path / "a.keras", whole["ternary"])


def test_without_any_readable_checkpoint_the_remedy_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        run(folder, tmp_path / "a.keras", tmp_path / "run", 5)
    for path in (tmp_path / "run" / "float").glob("step-*.index"):
        path.write_bytes(b"")
    with pytest.raises(TrainError, match="none of its") as caught, pytest.warns(UserWarning, match="damaged"):
        run(folder, tmp_path / "a.keras", tmp_path / "run")
    assert "remove the folder" in caught.value.remedy


@pytest.mark.parametrize(
    ("options", "differing"),
    [
        ({"seed": 4}, "seed 3, now 4"),
        ({"epochs": 2}, r"\[float\] epochs 1, now 2"),
        ({"method": "binary"}, "method 'ternary', now 'binary'"),
        ({"precision": "mixed_bfloat16"}, "precision 'float32', now 'mixed_bfloat16'"),
    ],
)
def test_a_folder_of_another_training_is_refused(
    options: dict[str, object], differing: str, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        run(folder, tmp_path / "a.keras", tmp_path / "run", 1, epochs=1)
    with pytest.raises(TrainError, match=differing):
        run(folder, tmp_path / "a.keras", tmp_path / "run", **{"epochs": 1, **options})


def test_other_data_or_a_changed_model_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "net")
    with pytest.raises(Killed):
        run(copy, tmp_path / "a.keras", tmp_path / "run", 1)
    with pytest.raises(TrainError, match="data .small"):
        train(copy, small_data(100), out=tmp_path / "a.keras", run_dir=tmp_path / "run", resume=True)
    (copy / "model.py").write_text((copy / "model.py").read_text() + "\n# another\n")
    with pytest.raises(TrainError, match=r"model\.py"):
        run(copy, tmp_path / "a.keras", tmp_path / "run")


def test_a_run_is_resumed_on_demand_only_and_other_folders_are_left_alone(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        run(folder, tmp_path / "a.keras", tmp_path / "run", 1)
    with pytest.raises(TrainError, match="holds a training already") as caught:
        run(folder, tmp_path / "a.keras", tmp_path / "run", resume=False)
    assert "--resume" in caught.value.remedy
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(TrainError, match="not empty"):
        run(folder, tmp_path / "a.keras", tmp_path / "mine")
    with pytest.raises(TrainError, match="1 step or more"):
        run(folder, tmp_path / "a.keras", tmp_path / "new", checkpoint_every=0)
    with pytest.raises(TrainError, match="no run folder"):
        train(folder, DATA, out=tmp_path / "a.keras", resume=True)


def test_ctrl_c_leaves_a_checkpoint_of_that_very_step(
    folder: Path, whole: dict[str, Path], tmp_path: Path
) -> None:
    def interrupt(done: int, total: int) -> None:
        if done >= FLOAT_STEPS + 7:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(folder, DATA, out=tmp_path / "a.keras", run_dir=tmp_path / "run", progress=interrupt,
              checkpoint_every=3)  # fmt: skip
    assert signal.getsignal(signal.SIGINT) is before
    assert (tmp_path / "run" / "ternary" / "step-8.index").exists()
    run(folder, tmp_path / "a.keras", tmp_path / "run")
    assert same(tmp_path / "a.keras", whole["ternary"])
