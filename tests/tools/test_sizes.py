"""The table of sizes says what `tinyq.convert` writes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "sizes.md").read_text()


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tinyq_sizes", ROOT / "tools" / "sizes.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SIZES = tool()


def cells() -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in TABLE.splitlines() if "1/" in line]


def test_every_network_has_a_row_of_every_scheme() -> None:
    wanted = [(net.title, scheme) for net in SIZES.NETS for scheme in ("float32", "int8", *SIZES.METHODS)]
    assert [(row[0], row[1]) for row in cells()] == wanted


def test_ternary_resnet_20_takes_a_fourteenth_of_float32() -> None:
    found = {row[1]: int(row[2].replace(",", "")) for row in cells() if row[0] == "ResNet-20"}
    assert 14 * found["a8wt"] <= found["float32"]


def test_the_rows_of_a_small_network_are_what_convert_writes(tmp_path: Path) -> None:
    from tinyq.quantizers.larq_api import tf

    if f"TensorFlow {tf.__version__}'s" not in TABLE:
        pytest.skip("the table was written with another TensorFlow, whose converter names tensors otherwise")
    net = next(net for net in SIZES.NETS if net.title == "MI-BMInet")
    rows = SIZES.rows_of(net, tmp_path, ("a8wt",))
    assert [row.scheme for row in rows] == ["float32", "int8", "a8wt"]
    assert rows[-1].file_bytes == (tmp_path / "net.tflite").stat().st_size
    lines = SIZES.lines_of(net, rows)
    assert set(lines) <= set(TABLE.splitlines()), "\n".join(lines)


def test_random_weights_are_the_same_in_every_run() -> None:
    net = next(net for net in SIZES.NETS if net.title == "MI-BMInet")
    first, second = (SIZES.network(net).get_weights() for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
