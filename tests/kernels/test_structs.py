"""The C structs and the dataclasses that mirror them have the same fields."""

import ctypes
import dataclasses
import re

import pytest
from c_kernels import c_struct, include_dir

from tinyq.core import params, params_bits, params_float, params_lce

# Where structs are -> where their dataclasses are.
MIRRORS = {
    "tq_types.h": params,
    "tq_kernels_bits.h": params_bits,
    "tq_kernels_f32.h": params_float,
    "tq_kernels_lce.h": params_lce,
}
DATACLASSES = [
    value
    for module in MIRRORS.values()
    for value in vars(module).values()
    if dataclasses.is_dataclass(value) and value.__module__ == module.__name__
]
C_TYPES = {
    "int32_t": ctypes.c_int32,
    "float": ctypes.c_float,
    "const int32_t *": ctypes.POINTER(ctypes.c_int32),
    "const int8_t *": ctypes.POINTER(ctypes.c_int8),
    "const float *": ctypes.POINTER(ctypes.c_float),
}


def c_structs() -> dict[str, list[tuple[str, str]]]:
    """name -> [(field, type)] of every struct of the headers."""
    text = "".join((include_dir() / "tinyq" / header).read_text() for header in MIRRORS)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    structs = {}
    for body, name in re.findall(r"typedef struct \{(.*?)\} (\w+);", text, re.S):
        fields = []
        for declaration in filter(None, map(str.strip, body.split(";"))):
            kind, names = re.fullmatch(r"((?:const )?\w+ \*?)(.*)", declaration, re.S).groups()
            fields += [(field.strip(), kind.strip()) for field in names.split(",")]
        structs[name] = fields
    return structs


def struct_name(cls: type) -> str:
    return "tq" + re.sub(r"([A-Z])", r"_\1", cls.__name__).lower()


def test_every_struct_has_its_dataclass_and_the_other_way_round() -> None:
    assert {struct_name(cls) for cls in DATACLASSES} == set(c_structs())


@pytest.mark.parametrize("cls", DATACLASSES, ids=lambda cls: cls.__name__)
def test_fields_have_the_same_names_order_and_types(cls: type) -> None:
    mine = c_struct(cls)._fields_
    theirs = c_structs()[struct_name(cls)]
    assert [name for name, _ in mine] == [name for name, _ in theirs]
    for (name, kind), (_, c_kind) in zip(mine, theirs, strict=True):
        nested = {struct_name(each): each for each in DATACLASSES}.get(c_kind)
        assert kind is (c_struct(nested) if nested else C_TYPES[c_kind]), name
