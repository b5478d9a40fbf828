"""CIFAR-10 from pickled batches, .npz, JPEG and Keras; a pickle that would run code is refused."""

import io
import os
import pickle
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from image_folders import images, write_batch, write_batches, write_jpegs, write_npz
from tools_required import need, shared

from tinyq.core.errors import DataError
from tinyq.datasets import load, load_cifar10


def test_the_int8_code_of_an_input_is_its_pixel_less_128(tmp_path: Path) -> None:
    write_npz(tmp_path, 32, 32, 3)
    data = load("cifar10", tmp_path)
    x, y = images("train", 32, 32, 3)
    assert data.x_train.dtype == np.float32
    np.testing.assert_array_equal(data.x_train * 128, x.astype(int) - 128)
    np.testing.assert_array_equal(data.y_train, y)
    assert data.classes[6] == "frog"
    assert "JPEG" not in data.source + data.split


@pytest.mark.parametrize("place", [".", "cifar-10-batches-py"])
def test_pickled_batches_give_the_same_as_npz(place: str, tmp_path: Path) -> None:
    (tmp_path / "npz").mkdir()
    write_npz(tmp_path / "npz", 32, 32, 3)
    (tmp_path / place).mkdir(exist_ok=True)
    write_batches(tmp_path / place)
    one, other = load_cifar10(tmp_path), load_cifar10(tmp_path / "npz")
    np.testing.assert_array_equal(one.x_train, other.x_train)
    np.testing.assert_array_equal(one.x_test, other.x_test)
    np.testing.assert_array_equal(one.y_train, other.y_train)


def test_keras_gives_the_same_as_npz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [images(part, 32, 32, 3) for part in ("train", "test")]
    keras = types.SimpleNamespace(load_data=lambda: [(x, y[:, None]) for x, y in parts])  # labels [n, 1]
    monkeypatch.setitem(sys.modules, "tf_keras.datasets.cifar10", keras)
    write_npz(tmp_path, 32, 32, 3)
    data = load_cifar10()
    np.testing.assert_array_equal(data.x_test, load_cifar10(tmp_path).x_test)
    np.testing.assert_array_equal(data.y_test, parts[1][1])
    assert "downloaded by Keras" in data.source


def test_jpeg_files_are_decoded_and_said_to_be_jpeg(tmp_path: Path) -> None:
    need("python:PIL")
    write_jpegs(tmp_path)
    data = load_cifar10(tmp_path)
    assert data.x_train.shape == (20, 32, 32, 3)
    pixels = data.x_train[:, 16, 16] * 128 + 128
    np.testing.assert_allclose(pixels[:, 0], 25 * data.y_train, atol=3)
    assert data.source.startswith("CIFAR-10 (JPEG)")
    assert data.split.startswith("CIFAR-10 (JPEG)")


class Intruder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.path),)


def test_a_pickle_that_would_run_code_is_refused_and_runs_none(tmp_path: Path) -> None:
    write_batches(tmp_path)
    (tmp_path / "data_batch_3").write_bytes(pickle.dumps({b"data": Intruder(tmp_path / "mark")}))
    with pytest.raises(DataError, match=r"data_batch_3.*mkdir"):
        load_cifar10(tmp_path)
    assert not (tmp_path / "mark").exists()


def test_damaged_batches_are_refused_by_name(tmp_path: Path) -> None:
    write_batches(tmp_path)
    path = tmp_path / "data_batch_5"
    whole = path.read_bytes()
    for content in (
        b"",
        b"no pickle",
        whole[:100],
        whole[:-50],
        pickle.dumps([1]),
        pickle.dumps({b"data": 3}),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match="data_batch_5"):
            load_cifar10(tmp_path)
    write_batch(path, np.zeros((4, 32, 32, 3)), np.zeros(4, int))
    with pytest.raises(DataError, match="float64"):
        load_cifar10(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="data_batch_5"):
        load_cifar10(tmp_path)


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    write_npz(tmp_path, 32, 32, 3)
    (tmp_path / "test.npz").unlink()
    with pytest.raises(DataError, match=r"nor test\.npz"):
        load_cifar10(tmp_path)


def jpeg(size: tuple[int, int] = (32, 32), mode: str = "RGB", kind: str = "JPEG") -> np.ndarray:
    from PIL import Image

    file = io.BytesIO()
    Image.new(mode, size).save(file, kind)
    return np.frombuffer(file.getvalue(), np.uint8)


def one(content: np.ndarray) -> dict[str, np.ndarray]:
    return {"jpeg": content, "offsets": np.array([0, content.size]), "y": np.zeros(1, int)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (lambda: one(jpeg((33, 32))), "image 0: RGB image of 33 x 32"),
        (lambda: one(jpeg(mode="L")), "L image"),
        (lambda: one(jpeg(kind="PNG")), "cannot be decoded"),
        (lambda: one(jpeg()[:-200]), "cannot be decoded"),
        (lambda: one(jpeg()) | {"offsets": np.array([0, 5])}, "offsets that rise"),
        (lambda: one(jpeg()) | {"offsets": np.array([0, 700, 5])}, "offsets that rise"),
        (lambda: one(jpeg()) | {"offsets": np.array([0.0, 1.0])}, "offsets that rise"),
        (lambda: one(jpeg()) | {"y": np.zeros(2, int)}, "1 images, 2 labels"),
    ],
)
def test_jpeg_arrays_that_make_no_sense_are_refused(changes, message: str, tmp_path: Path) -> None:
    need("python:PIL")
    write_jpegs(tmp_path, **changes())
    with pytest.raises(DataError, match=message) as caught:
        load_cifar10(tmp_path)
    assert "train.npz" in caught.value.where


def test_an_npz_with_neither_pixels_nor_jpeg_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "train.npz", y=np.zeros(3))
    np.savez(tmp_path / "test.npz", y=np.zeros(3))
    with pytest.raises(DataError, match="jpeg, offsets, y"):
        load_cifar10(tmp_path)


def test_without_pillow_the_message_says_what_to_install(tmp_path: Path, monkeypatch) -> None:
    need("python:PIL")
    write_jpegs(tmp_path)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DataError, match=r"pip install .*tinyq\[train\]"):
        load_cifar10(tmp_path)


@pytest.mark.slow
def test_real_images() -> None:
    data = load_cifar10(shared("data", "cifar10-jpeg"))
    assert data.x_train.shape == (50000, 32, 32, 3)
    assert np.bincount(data.y_test).tolist() == [1000] * 10
    assert data.source.startswith("CIFAR-10 (JPEG)")
