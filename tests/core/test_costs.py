"""tinyq.core.costs: terms of shapes, factors of variants that exist, None where nothing was measured."""

import json
from pathlib import Path

import pytest

from tinyq.core import costs
from tinyq.core.boards import list_boards, load_board
from tinyq.core.kernels import Step
from tinyq.core.params import AddDims, ConvDims, CountDims, Dims, FullyConnectedDims, RowsDims, UnaryDims
from tinyq.core.variants import VARIANTS, best_variant, variants_of

DIMS = ConvDims(Dims(1, 5, 7, 3), Dims(4, 3, 2, 3), Dims(1, 5, 7, 4))
DEPTHWISE = ConvDims(Dims(1, 5, 7, 3), Dims(1, 3, 2, 6), Dims(1, 5, 7, 6))


@pytest.fixture
def factors(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, list[float]]]:
    """A table of one core: int8 takes 2 a MAC, ternary 1, signs 0.25 a MAC of whole blocks."""
    best = {name: best_variant(name, "cortex-m4", DIMS).symbol for name in ("conv_2d_a8w8", "conv_2d_a8wt")}
    table = {
        "cortex-m4": {
            best["conv_2d_a8w8"]: [2, 0, 0, 0, 0, 0, 5],
            best["conv_2d_a8wt"]: [1, 0, 0, 0, 0, 0, 0],
            f"{best_variant('conv_2d_bits', 'cortex-m4', DIMS).symbol} 2x2": [0, 0, 0, 0, 0, 0.25, 0],
        }
    }
    monkeypatch.setattr(costs, "_factors", lambda: table)
    return table


def step(kernel: str, dims: object, params: object = None) -> Step:
    return Step("layer", 0, kernel, params, dims, (0,), (), 1, 0)


def test_terms_of_a_convolution() -> None:
    assert costs.terms(DIMS) == (36 * 72, 35 * 4, 72, 35 * 6 * 3, 35 * 3, 64 * 6 * 32 * 4, 1)


def test_terms_of_a_depthwise_convolution_count_one_product_a_tap() -> None:
    assert costs.terms(DEPTHWISE) == (36 * 36, 35 * 6, 36, 35 * 6 * 3, 35 * 3, 64 * 6 * 32 * 6, 1)


def test_terms_of_a_dense_layer() -> None:
    assert costs.terms(FullyConnectedDims(2, 10, 5)) == (100, 10, 50, 20, 2, 2 * 32 * 8, 1)


def test_terms_of_layers_without_weights() -> None:
    small, large = Dims(1, 2, 3, 5), Dims(1, 4, 6, 5)
    assert costs.terms(UnaryDims(large, small)) == (120, 30, 24, 6, 6 * 8, 6 * 32, 1)
    assert costs.terms(AddDims(large, large, large)) == (240, 120, 48, 24, 24 * 8, 24 * 32, 1)
    assert costs.terms(RowsDims(7, 33)) == (231, 231, 7, 7, 7 * 40, 7 * 64, 1)
    assert costs.terms(CountDims(9)) is None


def test_long_filters_of_one_row_or_column_have_factors_of_their_own() -> None:
    def of(h: int, w: int, c: int, c_in: int, c_out: int) -> str:
        n = 1 if c == c_out else c_out
        return costs.form_of(ConvDims(Dims(1, 9, 99, c_in), Dims(n, h, w, c), Dims(1, 9, 99, c_out)))

    assert [of(1, 8, 1, 1, 4), of(1, 7, 1, 1, 4), of(1, 8, 2, 2, 4), of(3, 3, 1, 1, 4)] == ["row", "", "", ""]
    assert [of(22, 1, 1, 1, 4), of(1, 1, 1, 1, 4), of(22, 1, 16, 8, 16)] == ["column", "", "column"]
    assert [of(1, 64, 16, 8, 16), of(22, 1, 3, 3, 16)] == ["row", ""]


def test_a_layer_takes_the_factors_of_the_variant_that_its_core_gets(factors) -> None:
    macs = 36 * 6 * 3 * 4  # of whole fours of positions
    assert costs.estimate(step("conv_2d_a8wt", DIMS), "cortex-m4") == macs
    assert costs.estimate_int8(step("conv_2d_a8wt", DIMS), "cortex-m4") == 2 * macs + 5


def test_packed_layers_are_told_apart_by_their_levels(factors) -> None:
    class Levels:
        x_levels, w_levels = 2, 2

    class More:
        x_levels, w_levels = 4, 4

    assert costs.estimate(step("conv_2d_bits", DIMS, Levels), "cortex-m4") == 0.25 * 64 * 6 * 32 * 4
    assert costs.estimate(step("conv_2d_bits", DIMS, More), "cortex-m4") is None


def test_a_variant_that_counts_show_to_be_much_faster_is_taken_and_no_other(factors) -> None:
    usual = best_variant("conv_2d_a8wt", "cortex-m4", DIMS)
    other = next(v for v in variants_of("conv_2d_a8wt") if v.suffix == "opt")
    for factor, taken in ((0.5, other), (0.9, usual)):
        factors["cortex-m4"][other.symbol] = [factor, 0, 0, 0, 0, 0, 0]
        assert costs.choose("conv_2d_a8wt", "cortex-m4", DIMS) is taken
    assert costs.choose("conv_2d_a8wt", "cortex-m0plus", DIMS).suffix == "opt"
    assert costs.choose("conv_2d_a8wt", None, DIMS).suffix == "opt"


def test_what_was_not_measured_is_none_and_int8_has_no_int8(factors) -> None:
    assert costs.estimate(step("conv_2d_a8wt", DIMS), "cortex-z9") is None
    assert costs.estimate(step("add_a8", CountDims(3)), "cortex-m4") is None
    assert costs.estimate_int8(step("add_a8", CountDims(3)), "cortex-m4") is None
    assert costs.estimate_int8(step("conv_2d_a8w8", DIMS), "cortex-m4") is None


def test_the_table_names_cores_of_boards_and_variants_that_there_are() -> None:
    table = json.loads(Path(costs.__file__).with_name("costs.json").read_text())
    cores = {load_board(name).cpu for name in list_boards()}
    symbols = {variant.symbol for variant in VARIANTS}
    assert table.keys() <= cores
    for rows in table.values():
        assert {key.split()[0] for key in rows} <= symbols
        assert all(len(row) == 7 and min(row) >= 0 for row in rows.values())
