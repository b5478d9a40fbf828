"""MNIST from .npz, from idx files and from Keras gives the same; damaged files are refused by name."""

import gzip
import hashlib
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from image_folders import images, write_idx, write_npz
from tools_required import shared

from tinyq.core.errors import DataError
from tinyq.datasets import load, load_mnist


def test_pixels_are_divided_by_255(tmp_path: Path) -> None:
    write_npz(tmp_path, 28, 28)
    data = load("mnist", tmp_path)
    x, y = images("train", 28, 28)
    assert data.x_train.shape == (20, 28, 28, 1)
    assert data.x_test.shape == (10, 28, 28, 1)
    assert data.x_train.dtype == np.float32
    np.testing.assert_array_equal(data.x_train[..., 0], (x / 255).astype(np.float32))
    np.testing.assert_array_equal(data.y_train, y)
    assert data.classes == tuple("0123456789")


def test_source_says_which_copy_it_is(tmp_path: Path) -> None:
    write_npz(tmp_path, 28, 28)
    data = load_mnist(tmp_path)
    digest = hashlib.sha256(images("test", 28, 28)[0].tobytes()).hexdigest()
    assert digest[:12] in data.source
    assert str(tmp_path) in data.source
    assert "20 training images, 10 test images" in data.split


@pytest.mark.parametrize(("packed", "separator"), [(False, "-"), (True, "-"), (True, ".")])
def test_idx_files_give_the_same_as_npz(packed: bool, separator: str, tmp_path: Path) -> None:
    (tmp_path / "idx").mkdir()
    write_idx(tmp_path / "idx", packed, separator)
    write_npz(tmp_path, 28, 28)
    one, other = load_mnist(tmp_path / "idx"), load_mnist(tmp_path)
    np.testing.assert_array_equal(one.x_train, other.x_train)
    np.testing.assert_array_equal(one.x_test, other.x_test)
    np.testing.assert_array_equal(one.y_test, other.y_test)


def test_keras_gives_the_same_as_npz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras = types.SimpleNamespace(load_data=lambda: (images("train", 28, 28), images("test", 28, 28)))
    monkeypatch.setitem(sys.modules, "tf_keras.datasets.mnist", keras)
    write_npz(tmp_path, 28, 28)
    data = load_mnist()
    np.testing.assert_array_equal(data.x_train, load_mnist(tmp_path).x_train)
    assert "downloaded by Keras" in data.source


def test_a_failed_download_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline() -> None:
        raise OSError("no route to host")

    monkeypatch.setitem(sys.modules, "tf_keras.datasets.mnist", types.SimpleNamespace(load_data=offline))
    with pytest.raises(DataError, match="no route to host") as caught:
        load_mnist()
    assert "train.npz" in caught.value.remedy


def test_without_tensorflow_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tf_keras.datasets.mnist", None)
    with pytest.raises(DataError, match=r"tinyq\[train\]"):
        load_mnist()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.zeros((20, 27, 28), np.uint8)}, r"\[n, 28, 28\]"),
        ({"x": np.zeros((20, 28, 28))}, "float64"),
        ({"x": np.zeros((0, 28, 28), np.uint8), "y": np.zeros(0, int)}, "0 images"),
        ({"y": np.zeros(19, int)}, "20 images, 19 labels"),
        ({"y": np.full(20, 10)}, "0 to 9"),
        ({"y": np.zeros((20, 10))}, "labels: float64"),
        ({"y": np.array([None] * 20)}, "cannot be read"),
    ],
)
def test_arrays_that_are_no_mnist_are_refused(changes: dict, message: str, tmp_path: Path) -> None:
    write_npz(tmp_path, 28, 28, **changes)
    with pytest.raises(DataError, match=message) as caught:
        load_mnist(tmp_path)
    assert "train.npz" in caught.value.where


def test_an_npz_without_labels_is_refused_with_what_it_has(tmp_path: Path) -> None:
    write_npz(tmp_path, 28, 28)
    np.savez(tmp_path / "test.npz", x=images("test", 28, 28)[0], labels=np.zeros(10))
    with pytest.raises(DataError, match="no array y; there are x, labels"):
        load_mnist(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_damaged_npz_is_refused(content: bytes, tmp_path: Path) -> None:
    write_npz(tmp_path, 28, 28)
    (tmp_path / "test.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"test\.npz"):
        load_mnist(tmp_path)


def test_cut_idx_files_are_refused_at_every_length(tmp_path: Path) -> None:
    write_idx(tmp_path)
    path = tmp_path / "t10k-labels-idx1-ubyte"
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match="t10k-labels"):
            load_mnist(tmp_path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(DataError, match="11 bytes of values"):
        load_mnist(tmp_path)


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    write_idx(tmp_path, packed=True)
    path = tmp_path / "train-labels-idx1-ubyte.gz"
    for content in (b"", b"no gzip", gzip.compress(b"x" * 99)[:-9], path.read_bytes()[:20]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="train-labels"):
            load_mnist(tmp_path)


def test_a_missing_idx_file_is_named(tmp_path: Path) -> None:
    write_idx(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(DataError, match="t10k-images-idx3-ubyte"):
        load_mnist(tmp_path)


@pytest.mark.slow
def test_real_images() -> None:
    data = load_mnist(shared("data", "mnist"))
    assert data.x_train.shape == (60000, 28, 28, 1)
    assert np.bincount(data.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
