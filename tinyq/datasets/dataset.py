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
            if not np.isfinite(x).all():
                raise DataError(where, f"{int((~np.isfinite(x)).sum())} values are NaN or infinite", "finite")
            if y.min() < 0 or y.max() >= len(self.classes):
                raise DataError(where, f"labels {y.min()} to {y.max()}", f"0 to {len(self.classes) - 1}")

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample: (h, w, channels)."""
        return self.x_train.shape[1:]
