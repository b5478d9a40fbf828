"""scikit-learn's handwritten digits: 1,797 real 8x8 images that come with the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyq.core.errors import DataError
from tinyq.datasets.dataset import Dataset, part_of_every_class

TEST_FRACTION = 0.2


def load_digits(folder: Path | None = None) -> Dataset:
    """1,433 training and 364 test images [n, 8, 8, 1] in 0..1, a fixed fifth of every class held out.

    The split does not depend on any training seed, nor on the version of scikit-learn.

    Args:
        folder: none: the images come with scikit-learn.

    Raises:
        DataError: scikit-learn is not installed, or a folder is given.

    Example:
        >>> data = load_digits()
        >>> data.x_train.shape, data.x_test.shape
        ((1433, 8, 8, 1), (364, 8, 8, 1))
    """
    if folder is not None:
        raise DataError("data set 'digits'", f"a folder, {folder}", "no folder: it comes with scikit-learn")
    try:
        from sklearn import datasets
    except ImportError as error:
        raise DataError(
            "data set 'digits'", "scikit-learn is not installed", remedy="pip install 'tinyq[train]'"
        ) from error
    images, labels = datasets.load_digits(return_X_y=True)
    test = part_of_every_class(labels, TEST_FRACTION)
    x = (images / 16.0).astype(np.float32).reshape(-1, 8, 8, 1)
    y = labels.astype(np.int64)
    return Dataset(
        name="digits",
        x_train=x[~test],
        y_train=y[~test],
        x_test=x[test],
        y_test=y[test],
        classes=tuple("0123456789"),
        source="scikit-learn's handwritten digits (UCI, 1,797 images of 8x8)",
        split=f"{int(test.sum())} test images, a fixed fifth of every class",
    )
