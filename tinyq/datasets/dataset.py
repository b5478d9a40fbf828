"""What a data set is, and what every data set must satisfy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import DataError

Samples = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Dataset:
    """A classification task, split once and for all.

    Args:
        name: short, such as "digits".
        x_train, x_test: float32 [n, h, w, channels], scaled as the network wants them.
        y_train, y_test: int64 [n], class numbers.
        classes: one name a class.
        source: one sentence: what data this is and where it came from.
        split: one sentence: what was held out.

    Raises:
        DataError: shapes do not agree, a value is not finite, a label has no class, or a part is empty.
    """

    name: str
    x_train: Samples
    y_train: Labels
    x_test: Samples
    y_test: Labels
    classes: tuple[str, ...]
    source: str
    split: str

    def __post_init__(self) -> None:
        for part, x, y in (("train", self.x_train, self.y_train), ("test", self.x_test, self.y_test)):
            where = f"data set {self.name!r}, {part}"
            if x.ndim != 4 or len(x) != len(y) or not len(x) or x.shape[1:] != self.x_train.shape[1:]:
                got = f"samples {x.shape}, labels {y.shape}"
                raise DataError(
                    where, got, f"[n, h, w, channels] and [n], n > 0, as {self.x_train.shape[1:]}"
                )
            # NaN and infinities come through min and max, without a mask as large as the samples.
            if not (np.isfinite(x.min()) and np.isfinite(x.max())):
                raise DataError(where, f"{int((~np.isfinite(x)).sum())} values are NaN or infinite", "finite")
            if y.min() < 0 or y.max() >= len(self.classes):
                raise DataError(where, f"labels {y.min()} to {y.max()}", f"0 to {len(self.classes) - 1}")

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample: (h, w, channels)."""
        return self.x_train.shape[1:]

    def representative(self, n: int = 256, seed: int = 0) -> Samples:
        """Random training samples, every class with its share: what calibration of activations should see.

        The first samples will not do: files are often sorted by class, subject or session.

        Args:
            n: how many; all of them if there are fewer.
            seed: the same seed gives the same samples.

        Returns:
            float32 [n, h, w, channels].

        Raises:
            DataError: n is below 1.

        Example:
            >>> x = np.arange(6, dtype=np.float32).reshape(6, 1, 1, 1)
            >>> y = np.array([0, 0, 0, 0, 1, 1])
            >>> data = Dataset("toy", x, y, x, y, ("a", "b"), "made up", "none")
            >>> [int(value) >= 4 for value in data.representative(3).ravel()]  # 4 and 5 are of class b
            [False, False, True]
        """
        if n < 1:
            raise DataError(f"data set {self.name!r}, representative samples", str(n), "1 or more")
        n = min(n, len(self.y_train))
        # RandomState, not default_rng: its stream is frozen by NumPy's compatibility policy.
        mixed = np.random.RandomState(seed).permutation(len(self.y_train))  # noqa: NPY002
        by_class = mixed[np.argsort(self.y_train[mixed], kind="stable")]
        return self.x_train[np.sort(by_class[np.arange(n) * len(by_class) // n])]


def part_of_every_class(labels: Labels, fraction: float, seed: int = 0) -> npt.NDArray[np.bool_]:
    """Marks `fraction` of every class, rounded up, at random: bool [n]. It never changes for a seed.

    Example:
        >>> int(part_of_every_class(np.array([0] * 10 + [1] * 5), 0.2).sum())
        3
    """
    random = np.random.RandomState(seed)  # noqa: NPY002  (see above)
    marked = np.zeros(len(labels), bool)
    for number in np.unique(labels):
        members = np.flatnonzero(labels == number)
        marked[random.permutation(members)[: int(np.ceil(fraction * len(members)))]] = True
    return marked
