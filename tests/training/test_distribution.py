"""tf.distribute: replicas and workers agree, and together compute what one would."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from small_net import ALIKE, FLOAT_STEPS, RECIPE, same, small_data, weights_of, write_model  # noqa: E402

from tinyq.core.errors import TrainError  # noqa: E402
from tinyq.training import Stage, make_strategy, train  # noqa: E402
from tinyq.training.feed import Feed, Position  # noqa: E402

pytestmark = pytest.mark.train
DATA = small_data()
WORKER = Path(__file__).parent / "train_worker.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("distribution") / "net", RECIPE, ALIKE)


@pytest.fixture(scope="module")
def alone(folder: Path) -> Path:
    """What one process with one device learns."""
    out = folder.parent / "alone.keras"
    train(folder, DATA, method="rpr", out=out)
    return out


def start(job: dict[str, Any], **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WORKER), json.dumps(job)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def seen(process: subprocess.Popen[str]) -> list[list[str]]:
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err[-3000:]
    found: list[list[str]] = json.loads(out.splitlines()[-1])["seen"]
    return found


def close(one: Path, other: Path) -> bool:
    pairs = zip(weights_of(one), weights_of(other), strict=True)
    return all(np.allclose(a, b, rtol=1e-3, atol=1e-4) for a, b in pairs)


def test_two_devices_hold_the_same_masks_and_learn_what_one_does(folder: Path, alone: Path) -> None:
    out = folder.parent / "mirrored.keras"
    job = {"folder": str(folder), "out": str(out), "method": "rpr", "strategy": "mirrored"}
    epochs = seen(start(job))
    float_epochs, quantized = epochs[:4], epochs[4:]
    assert float_epochs == [[]] * 4
    assert len(quantized) == 5
    assert all(len(replicas) == 2 and len(set(replicas)) == 1 for replicas in quantized)
    assert len({replicas[0] for replicas in quantized}) == 5  # and they do change
    assert close(out, alone)


def test_a_killed_training_on_two_devices_goes_on_bit_for_bit(tmp_path: Path) -> None:
    """With a batch norm, whose averages are each replica's own, and dropout, which draws its own."""
    job = {"folder": str(write_model(tmp_path / "net")), "method": "rpr", "strategy": "mirrored"}
    whole = start({**job, "out": str(tmp_path / "whole.keras")})
    resumable = {**job, "out": str(tmp_path / "resumed.keras"), "run": str(tmp_path / "run")}
    killed = start({**resumable, "kill": FLOAT_STEPS + 13})
    _, err = killed.communicate(timeout=240)
    assert killed.returncode == -signal.SIGKILL, err[-3000:]
    assert (tmp_path / "run" / "rpr" / "step-12.index").exists()
    seen(start(resumable))
    seen(whole)
    assert same(tmp_path / "whole.keras", tmp_path / "resumed.keras")


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def start_workers(job: dict[str, Any], outs: list[Path]) -> list[subprocess.Popen[str]]:
    """Two workers, whose run folder and results lie beside each other."""
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    return [
        start(
            {**job, "out": str(outs[i]), "strategy": "multiworker"},
            TF_CONFIG=json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": i}}),
        )
        for i in range(2)
    ]


@pytest.mark.slow
def test_two_workers_hold_the_same_masks_and_learn_what_one_does(folder: Path, alone: Path) -> None:
    outs = [folder.parent / f"worker{i}.keras" for i in range(2)]
    job = {"folder": str(folder), "method": "rpr", "run": str(folder.parent / "run")}
    first, second = (seen(process) for process in start_workers(job, outs))
    assert [len(replicas) for replicas in first] == [0] * 4 + [1] * 5
    assert first == second
    assert close(outs[0], alone)
    assert not outs[1].exists()  # the first worker writes


@pytest.mark.slow
def test_two_killed_workers_go_on_bit_for_bit(tmp_path: Path) -> None:
    job = {"folder": str(write_model(tmp_path / "net")), "method": "rpr"}
    wholes, outs = ([tmp_path / f"{name}{i}.keras" for i in range(2)] for name in ("whole", "resumed"))
    for process in start_workers({**job, "run": str(tmp_path / "other")}, wholes):
        seen(process)
    resumable = {**job, "run": str(tmp_path / "run")}
    for process in start_workers({**resumable, "kill": FLOAT_STEPS + 13}, outs):
        process.communicate(timeout=240)
        assert process.returncode  # killed, or left alone by the other
    assert list((tmp_path / "run" / "rpr").glob("step-*.index"))
    for process in start_workers(resumable, outs):
        seen(process)
    assert same(wholes[0], outs[0])


def test_workers_share_each_batch_and_see_together_what_one_sees() -> None:
    stage = Stage("float", epochs=2, batch=16, learning_rate=0.01, augment="shift")
    feed = Feed(DATA, stage, (0, 1))
    whole = list(feed.chunks(Position(), 2, slice(None)))
    parts = [list(feed.chunks(Position(), 2, part)) for part in (slice(0, 8), slice(8, 16))]
    for chunk, *shared in zip(whole, *parts, strict=True):
        for i in range(2):
            np.testing.assert_array_equal(chunk[i], np.concatenate([part[i] for part in shared], axis=1))


def test_what_cannot_be_distributed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TrainError, match="none, mirrored, multiworker"):
        make_strategy("horovod")
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(TrainError, match="no TF_CONFIG") as caught:
        make_strategy("multiworker")
    assert "cluster" in caught.value.allowed


def test_a_batch_must_be_shared_evenly() -> None:
    class Three:
        num_replicas_in_sync = 3

    feed = Feed(DATA, Stage("float", epochs=2, batch=16, learning_rate=0.01), (0, 1))
    with pytest.raises(TrainError, match="16 samples for 3 replicas"):
        feed.dataset(Position(), 1, Three())
