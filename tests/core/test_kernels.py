"""The table of kernels names what the C header declares."""

import re

from tinyq.core.kernels import KERNELS
from tinyq.core.resources import firmware_dir


def header() -> str:
    text = (firmware_dir() / "include/tinyq/tq_kernels.h").read_text()
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def test_table_and_header_have_the_same_kernels() -> None:
    declared = set(re.findall(r"void tq_(\w+)_ref\(", header()))
    assert KERNELS.keys() - {"reshape"} == declared


def test_a_kernel_has_scratch_exactly_where_c_takes_it() -> None:
    for name, arguments in re.findall(r"void tq_(\w+)_ref\((.*?)\);", header(), re.S):
        assert (KERNELS[name].scratch is not None) == ("scratch" in arguments), name
        assert (f"tq_{name}_scratch(" in header()) == ("scratch" in arguments), name
        assert KERNELS[name].variadic == ("*const *inputs" in arguments), name


def test_names_are_their_keys() -> None:
    assert all(kernel.name == key for key, kernel in KERNELS.items())
