"""The tables of kernels and variants name what the C header declares, and the files that are there."""

import re

import pytest

from tinyq.core import variants
from tinyq.core.kernels import KERNELS
from tinyq.core.resources import firmware_dir
from tinyq.core.variants import FAMILIES, VARIANTS, Variant, best_variant, variants_of


def headers() -> str:
    """Text of all headers that declare kernels."""
    folder = firmware_dir() / "include/tinyq"
    return "".join(path.read_text() for path in sorted(folder.glob("tq_kernels*.h")))


def declarations() -> dict[str, str]:
    """C function of a kernel -> its arguments."""
    text = headers()
    return dict(re.findall(r"void (tq_\w+)\((.*?)\);", re.sub(r"/\*.*?\*/", "", text, flags=re.S), re.S))


def test_table_and_header_have_the_same_variants() -> None:
    assert declarations().keys() == {variant.symbol for variant in VARIANTS}
    assert len(VARIANTS) == len(declarations())


def test_the_table_names_all_files_of_kernels_and_no_others() -> None:
    kernels = firmware_dir() / "kernels"
    files = {path.relative_to(kernels).as_posix() for path in kernels.rglob("*.c")}
    assert {file for variant in VARIANTS for file in variant.files} == {
        file for file in files if not file.startswith("common/")
    }


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.symbol)
def test_a_variant_has_scratch_exactly_where_c_takes_it(variant: Variant) -> None:
    arguments = declarations()[variant.symbol]
    header = headers()
    assert (variant.scratch is not None) == ("void *scratch" in arguments)
    assert (variant.scratch is not None) == (f"{variant.symbol}_scratch(" in header)
    assert KERNELS[variant.kernel].variadic == ("*const *inputs" in arguments)


def test_every_kernel_that_computes_has_a_reference_in_c_and_takes_no_scratch_there() -> None:
    references = {v.kernel: v for v in VARIANTS if v.suffix == "ref"}
    assert references.keys() == KERNELS.keys() - {"reshape"}
    assert all(variant.scratch is None for variant in references.values())
    assert all(variants_of(name)[-1] is variant for name, variant in references.items())


def test_kernels_with_weights_have_a_faster_variant_for_every_core() -> None:
    for name in KERNELS:
        if re.search(r"a8w[8t1-4]$", name):
            assert best_variant(name).suffix == "opt"


@pytest.fixture
def with_dsp(monkeypatch: pytest.MonkeyPatch) -> Variant:
    """A variant of MUL for cores with the DSP extension, fast where there is more than one row."""
    added = Variant("mul_a8", "dsp", suits=lambda rows: rows > 1)
    monkeypatch.setattr(variants, "VARIANTS", (*VARIANTS, added))
    return added


def test_a_core_gets_the_fastest_variant_that_it_runs(with_dsp: Variant) -> None:
    assert best_variant("mul_a8", "cortex-m4", 2) is with_dsp
    assert with_dsp.files == ("cortex_m/tq_mul_a8_dsp.c",)
    assert best_variant("mul_a8", "cortex-m0plus", 2).suffix == best_variant("mul_a8").suffix == "ref"


def test_a_shape_gets_the_fastest_variant_that_suits_it(with_dsp: Variant) -> None:
    assert best_variant("mul_a8", "cortex-m4", 1).suffix == "ref"
    assert best_variant("mul_a8", "cortex-m4").suffix == "ref"  # no shape: what suits them all


def test_every_family_runs_on_a_core_and_the_last_three_on_all() -> None:
    assert [name for name, family in FAMILIES.items() if family.cores is None] == list(FAMILIES)[-3:]
    assert all(family.cores for family in list(FAMILIES.values())[:-3])


def test_names_are_their_keys() -> None:
    assert all(kernel.name == key for key, kernel in KERNELS.items())
