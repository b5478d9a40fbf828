"""plot-quantizers as a user calls it, and the curves that it draws."""

import numpy as np
import pytest
from command import call
from tools_required import need

need("python:tensorflow", "python:matplotlib")

from tinyq.quantizers.curves import activation_curves, drawable, weight_curves  # noqa: E402
from tinyq.quantizers.make import ACTIVATIONS, CLASSES  # noqa: E402

pytestmark = pytest.mark.train


@pytest.mark.parametrize("name", drawable()["weights"])
def test_every_weight_quantizer_has_curves(name: str) -> None:
    curves = weight_curves(name)
    assert len({curve.label for curve in curves}) == len(curves)
    for curve in curves:
        assert curve.x.shape == curve.forward.shape == curve.gradient.shape
        assert np.isfinite(curve.forward).all()
        assert np.isfinite(curve.gradient).all()
    assert curves[0].gradient.any()


@pytest.mark.parametrize("name", drawable()["activations"])
def test_every_activation_quantizer_has_curves(name: str) -> None:
    for curve in activation_curves(name):
        assert len(np.unique(curve.forward)) <= 16
        assert curve.gradient.any()


def test_the_whole_registry_is_drawable() -> None:
    assert set(CLASSES) <= set(drawable()["weights"])
    assert set(ACTIVATIONS) <= set(drawable()["activations"])


def test_curves_are_those_of_the_quantizer() -> None:
    one, two, *_ = weight_curves("EncodingDecomposition")
    assert np.unique(one.forward).tolist() == [-1, 1]
    assert np.unique(two.forward) == pytest.approx([-1, -1 / 3, 1 / 3, 1])
    np.testing.assert_array_equal(one.gradient, np.abs(one.x) <= 1)
    free, half, frozen = weight_curves("RPR")
    np.testing.assert_array_equal(free.forward, free.x)
    assert free.gradient.all() and not frozen.gradient.any()
    assert half.gradient.mean() == pytest.approx(0.5, abs=1e-3)
    floating, *_, projected = weight_curves("BinaryRelax")
    np.testing.assert_allclose(floating.forward, floating.x)
    assert len(np.unique(projected.forward.round(4))) == 3
    (triangle,) = weight_curves("larq.ApproxSign")
    np.testing.assert_allclose(triangle.gradient, np.maximum(2 - 2 * np.abs(triangle.x), 0), atol=1e-6)


def test_the_command_writes_one_figure_and_a_png_each(tmp_path, monkeypatch, capsys) -> None:
    folder = tmp_path / "a" / "plots"
    assert call(monkeypatch, "plot-quantizers", "-o", folder, "Binary", "larq.DoReFa") == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {"quantizers.png", "Binary.png", "larq.DoReFa.png", "larq.DoReFa.activations.png"}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in folder.iterdir())
    assert "4 PNG files" in capsys.readouterr().out


def test_unknown_names_and_folders_that_cannot_be_are_errors(tmp_path, monkeypatch, capsys) -> None:
    assert call(monkeypatch, "plot-quantizers", "-o", tmp_path, "Binary", "Dorefa") == 1
    said = capsys.readouterr().err
    assert "unknown: Dorefa" in said and "EncodingDecomposition" in said
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    assert call(monkeypatch, "plot-quantizers", "-o", tmp_path / "file", "Binary") == 1
    assert "file" in capsys.readouterr().err
