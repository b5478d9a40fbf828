"""Small made-up image sets, in every form that users have them in."""

import gzip
import io
import pickle
from pathlib import Path

import numpy as np

TRAIN, TEST = 20, 10  # images


def images(part: str, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    """uint8 [20 or 10, *shape] and labels 0 to 9 in turn."""
    n = TRAIN if part == "train" else TEST
    random = np.random.default_rng(n)
    return random.integers(0, 256, (n, *shape), np.uint8), (np.arange(n) % 10).astype(np.uint8)


def write_npz(folder: Path, *shape: int, **changes: np.ndarray) -> None:
    """train.npz and test.npz; `changes` to arrays of train.npz."""
    for part in ("train", "test"):
        x, y = images(part, *shape)
        np.savez(folder / f"{part}.npz", **({"x": x, "y": y} | (changes if part == "train" else {})))


def write_idx(folder: Path, packed: bool = False, separator: str = "-") -> None:
    """LeCun's four files."""
    for part, prefix in (("train", "train"), ("test", "t10k")):
        for kind, array in zip(("images", "labels"), images(part, 28, 28), strict=True):
            header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
            name = f"{prefix}-{kind}{separator}idx{array.ndim}-ubyte"
            content = header + array.tobytes()
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)


def write_batches(folder: Path) -> None:
    """cifar-10-batches-py: five training batches of four images, and a test batch."""
    x, y = images("train", 32, 32, 3)
    for i in range(5):
        write_batch(folder / f"data_batch_{i + 1}", x[4 * i : 4 * i + 4], y[4 * i : 4 * i + 4])
    write_batch(folder / "test_batch", *images("test", 32, 32, 3))


def write_batch(path: Path, x: np.ndarray, y: np.ndarray) -> None:
    planes = np.ascontiguousarray(x.transpose(0, 3, 1, 2)).reshape(len(x), -1)
    content = {b"batch_label": b"made up", b"labels": y.tolist(), b"data": planes, b"filenames": [b"a.png"]}
    path.write_bytes(pickle.dumps(content, protocol=2))


def write_jpegs(folder: Path, **changes: np.ndarray) -> None:
    """JPEG files of one colour each, one behind another; `changes` to arrays of train.npz."""
    from PIL import Image

    for part in ("train", "test"):
        _, y = images(part, 1)
        files = []
        for label in y:
            file = io.BytesIO()
            Image.new("RGB", (32, 32), (25 * int(label), 128, 0)).save(file, "JPEG", quality=95)
            files.append(file.getvalue())
        arrays = {
            "jpeg": np.frombuffer(b"".join(files), np.uint8),
            "offsets": np.cumsum([0, *map(len, files)]),
            "y": y,
        }
        np.savez(folder / f"{part}.npz", **(arrays | (changes if part == "train" else {})))
