"""tinyq.core.code_bytes: what is added up, and that the table is of today's kernels."""

import subprocess
from pathlib import Path

import pytest
from tools_required import need

from tinyq.core import code_bytes as module
from tinyq.core.code_bytes import code_bytes
from tinyq.core.kernels import KERNELS
from tinyq.core.resources import firmware_dir
from tinyq.core.variants import FAMILIES, variants_of

TABLE = {
    "cortex-m4": {
        "tq_a": {"bytes": 10, "calls": ["tq_b", "memcpy"]},
        "tq_b": {
            "bytes": 100,
            "calls": ["tq_c", "tq_d", "tq_e"],
            "least": {"bytes": 20, "calls": ["tq_d"]},
            "ways": {
                "ROWS": {"bytes": 50, "calls": ["tq_c"], "alone": ["tq_c"]},
                "COLUMNS": {"bytes": 30, "calls": ["tq_d"], "alone": []},
                "OTHERS": {"bytes": 5, "calls": ["tq_e"], "alone": ["tq_e"]},
            },
        },
        "tq_c": {"bytes": 1000, "calls": ["tq_b"]},
        "tq_d": {"bytes": 2000, "calls": []},
        "tq_e": {"bytes": 4000, "calls": []},
    },
    "cortex-m4 libraries": {"memcpy": 7},
}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_table", lambda: TABLE)


def test_functions_count_once_with_all_that_they_call(table) -> None:
    every = {"ROWS", "COLUMNS", "OTHERS"}
    assert code_bytes("cortex-m4", ["tq_a", "tq_b"], every) == 10 + 7 + 100 + 1000 + 2000 + 4000


def test_ways_that_are_not_taken_and_what_only_they_call_do_not_count(table) -> None:
    assert code_bytes("cortex-m4", ["tq_a"], {"ROWS"}) == 10 + 7 + (100 - 30 - 5) + 1000
    assert code_bytes("cortex-m4", ["tq_b"], {"COLUMNS"}) == (100 - 50 - 5) + 2000
    assert code_bytes("cortex-m4", ["tq_b"], {"ROWS", "COLUMNS"}) == (100 - 5) + 1000 + 2000


def test_cores_with_the_same_instructions_share_a_table_and_others_have_none(table) -> None:
    assert code_bytes("cortex-m7", ["tq_c"], ()) == code_bytes("cortex-m4", ["tq_c"], ())
    assert code_bytes("cortex-a53", ["tq_c"], ()) is None and code_bytes(None, ["tq_c"], ()) is None
    assert code_bytes("cortex-m4", ["tq_new"], ()) is None


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m33", "cortex-m55"])
def test_every_variant_of_a_core_is_in_the_table(core: str) -> None:
    for kernel in KERNELS:
        for variant in variants_of(kernel):
            if FAMILIES[variant.suffix].runs_on(core) and kernel != "reshape":
                assert code_bytes(core, [variant.symbol], ()), f"{variant.symbol}: run tools/code_sizes.py"


def test_the_table_is_of_these_sources(tmp_path: Path) -> None:
    """Files without ways, compiled as tools/code_sizes.py does it: one in fifteen."""
    need("arm-none-eabi-gcc")
    records = module._table()["cortex-m4"]
    plain = sorted(name for name, record in records.items() if "ways" not in record)[::15]
    include = [f"-I{firmware_dir() / name}" for name in ("include", "kernels/common")]
    flags = [
        "-mcpu=cortex-m4",
        "-mthumb",
        "-mfloat-abi=hard",
        "-mfpu=fpv4-sp-d16",
        "--specs=nano.specs",
        "-O2",
    ]
    for name in plain:
        (source,) = firmware_dir().glob(f"kernels/*/{name}.c")
        command = ["arm-none-eabi-gcc", *flags, "-std=c99", *include, "-c", source, "-o", tmp_path / "a.o"]
        subprocess.run(command, check=True)
        printed = subprocess.run(
            ["arm-none-eabi-size", tmp_path / "a.o"], capture_output=True, text=True, check=True
        )
        text, data = map(int, printed.stdout.splitlines()[1].split()[:2])
        assert abs(text + data - records[name]["bytes"]) <= 16, f"{name}: run tools/code_sizes.py"
