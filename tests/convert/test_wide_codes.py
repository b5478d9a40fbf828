"""Codes that int8 cannot hold: the 256 odd integers to +-255 of `EncodingDecomposition(8)`."""

from pathlib import Path

import numpy as np
import pytest
from tools_required import need

from tinyq.convert import convert
from tinyq.core.errors import ConvertError

pytestmark = pytest.mark.train


def test_codes_beyond_int8_are_refused_and_stored_rounded_only_if_that_is_accepted(tmp_path: Path) -> None:
    need("python:tensorflow", "python:larq")
    from tinyq.quantizers import EncodingDecomposition, QuantDense
    from tinyq.quantizers.larq_api import tf

    tf.keras.utils.set_random_seed(0)
    wide = QuantDense(4, kernel_quantizer=EncodingDecomposition(8), name="wide")
    fits = QuantDense(3, kernel_quantizer=EncodingDecomposition(1), name="fits")
    tf.keras.Sequential([tf.keras.Input((6,)), wide, fits]).save(tmp_path / "net.keras")
    assert np.abs(wide.kernel_quantizer.integers(wide.kernel.latent_variable)[0]).max() > 127
    x = np.random.default_rng(0).normal(size=(16, 6)).astype(np.float32)
    with pytest.raises(ConvertError, match="1 of 2 layers cannot be stored as asked") as caught:
        convert(tmp_path / "net.keras", tmp_path / "net.tflite", x)
    assert "wide: asked EncodingDecomposition by wide.kernel; codes of EncodingDecomp" in str(caught.value)
    assert "int8 weights 127: they are rounded" in str(caught.value)
    report = convert(tmp_path / "net.keras", tmp_path / "net.tflite", x, strict=False)
    assert [(row.name, row.stored, row.refused) for row in report.layers] == [
        ("wide", "a8w8", True),
        ("fits", "a8w1", False),
    ]
    asked = convert(tmp_path / "net.keras", tmp_path / "net.tflite", x, asks=["wide=a8w8"])
    assert [(row.stored, row.refused) for row in asked.layers] == [("a8w8", False), ("a8w1", False)]
